/* SPDX-License-Identifier: Apache-2.0 */
/* test-m4-session.c - the M4's column of mcu-offload/PROTOCOL.md: every message in every state, and the order of checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nn/runtime/crc32.h"
#include "tests/offload/bench.h"

static struct bench bench;

enum state { WAITING, READY, NO_MODEL, LOADING, FAULT, STATES };

static const char *const state_names[] = {"WAITING", "READY", "NO_MODEL", "LOADING", "FAULT"};

static struct protocol_message ask(uint8_t type)
{
	struct protocol_message message = bench_message(&bench, type, (size_t)protocol_body_least(type));

	switch (type) {
	case PROTOCOL_HELLO:
		message.header.boot_id = 0;
		message.body.hello.version_min = message.body.hello.version_max = PROTOCOL_VERSION;
		break;
	case PROTOCOL_INFER:
		message.body.infer.model_tag = BENCH_TAG;
		break;
	case PROTOCOL_MODEL_BEGIN:
		message.body.model_begin.bytes = 100;
		break;
	}
	return bench_ask(&bench, &message);
}

static void go_to(enum state state)
{
	bench_start(&bench);
	bench_probe(&bench);
	bench_run(&bench);
	bench.network.upload = &bench.upload_ops;
	bench.network.active = state != NO_MODEL;
	bench.network.faulty = bench.selftest_fails = state == FAULT;
	if (state != WAITING)
		bench_hello(&bench);
	if (state == LOADING)
		assert_int_equal(ask(PROTOCOL_MODEL_BEGIN).body.upload.status, PROTOCOL_STATUS_OK);
}

/* Of the state as PONG tells it; WAITING when there is no PONG. */
static enum state state_now(void)
{
	static const enum state states[] = {
		[PROTOCOL_STATE_READY] = READY,
		[PROTOCOL_STATE_NO_MODEL] = NO_MODEL,
		[PROTOCOL_STATE_LOADING] = LOADING,
		[PROTOCOL_STATE_FAULT] = FAULT,
	};
	struct protocol_message reply = ask(PROTOCOL_PING);

	return reply.header.type == PROTOCOL_PONG ? states[reply.body.pong.state] : WAITING;
}

enum { SILENCE = 0, ANY = 1000 };

struct expected {
	uint8_t type; /* SILENCE: no reply */
	int status;   /* ANY: the reply has none */
	enum state then;
};

#define NO_SESSION                                                                                                     \
	{                                                                                                              \
		PROTOCOL_ERROR, PROTOCOL_STATUS_NO_SESSION, WAITING                                                    \
	}
#define UPLOAD(request, status, then)                                                                                  \
	{                                                                                                              \
		request | PROTOCOL_REPLY, PROTOCOL_STATUS_##status, then                                               \
	}

static const struct row {
	uint8_t type;
	struct expected expected[STATES];
} table[] = {
	{PROTOCOL_HELLO,
	 {{PROTOCOL_HELLO_ACK, ANY, READY},
	  {PROTOCOL_HELLO_ACK, ANY, READY},
	  {PROTOCOL_HELLO_ACK, ANY, NO_MODEL},
	  {PROTOCOL_HELLO_ACK, ANY, READY},
	  {PROTOCOL_HELLO_ACK, ANY, FAULT}}},
	{PROTOCOL_PING,
	 {NO_SESSION,
	  {PROTOCOL_PONG, ANY, READY},
	  {PROTOCOL_PONG, ANY, NO_MODEL},
	  {PROTOCOL_PONG, ANY, LOADING},
	  {PROTOCOL_PONG, ANY, FAULT}}},
	{PROTOCOL_STATS,
	 {NO_SESSION,
	  {PROTOCOL_STATS_REPLY, ANY, READY},
	  {PROTOCOL_STATS_REPLY, ANY, NO_MODEL},
	  {PROTOCOL_STATS_REPLY, ANY, LOADING},
	  {PROTOCOL_STATS_REPLY, ANY, FAULT}}},
	{PROTOCOL_SELFTEST,
	 {NO_SESSION,
	  {PROTOCOL_SELFTEST_REPLY, PROTOCOL_STATUS_OK, READY},
	  {PROTOCOL_SELFTEST_REPLY, PROTOCOL_STATUS_NO_MODEL, NO_MODEL},
	  {PROTOCOL_SELFTEST_REPLY, PROTOCOL_STATUS_OK, LOADING},
	  {PROTOCOL_SELFTEST_REPLY, PROTOCOL_STATUS_SELFTEST, FAULT}}},
	{PROTOCOL_INFER,
	 {NO_SESSION,
	  {PROTOCOL_RESULT, PROTOCOL_STATUS_OK, READY},
	  {PROTOCOL_RESULT, PROTOCOL_STATUS_NO_MODEL, NO_MODEL},
	  {PROTOCOL_RESULT, PROTOCOL_STATUS_OK, LOADING},
	  {PROTOCOL_RESULT, PROTOCOL_STATUS_INTERNAL, FAULT}}},
	{PROTOCOL_MODEL_BEGIN,
	 {NO_SESSION, UPLOAD(PROTOCOL_MODEL_BEGIN, OK, LOADING), UPLOAD(PROTOCOL_MODEL_BEGIN, OK, LOADING),
	  UPLOAD(PROTOCOL_MODEL_BEGIN, OK, LOADING), UPLOAD(PROTOCOL_MODEL_BEGIN, INTERNAL, FAULT)}},
	{PROTOCOL_MODEL_CHUNK,
	 {NO_SESSION, UPLOAD(PROTOCOL_MODEL_CHUNK, NO_UPLOAD, READY), UPLOAD(PROTOCOL_MODEL_CHUNK, NO_UPLOAD, NO_MODEL),
	  UPLOAD(PROTOCOL_MODEL_CHUNK, OK, LOADING), UPLOAD(PROTOCOL_MODEL_CHUNK, NO_UPLOAD, FAULT)}},
	{PROTOCOL_MODEL_COMMIT,
	 {NO_SESSION, UPLOAD(PROTOCOL_MODEL_COMMIT, NO_UPLOAD, READY),
	  UPLOAD(PROTOCOL_MODEL_COMMIT, NO_UPLOAD, NO_MODEL), UPLOAD(PROTOCOL_MODEL_COMMIT, OK, READY),
	  UPLOAD(PROTOCOL_MODEL_COMMIT, NO_UPLOAD, FAULT)}},
	{PROTOCOL_MODEL_ABORT,
	 {NO_SESSION, UPLOAD(PROTOCOL_MODEL_ABORT, NO_UPLOAD, READY), UPLOAD(PROTOCOL_MODEL_ABORT, NO_UPLOAD, NO_MODEL),
	  UPLOAD(PROTOCOL_MODEL_ABORT, OK, READY), UPLOAD(PROTOCOL_MODEL_ABORT, NO_UPLOAD, FAULT)}},
	{PROTOCOL_BYE,
	 {NO_SESSION,
	  {SILENCE, ANY, WAITING},
	  {SILENCE, ANY, WAITING},
	  {SILENCE, ANY, WAITING},
	  {SILENCE, ANY, WAITING}}},
};

static int status_of(const struct protocol_message *reply)
{
	switch (reply->header.type) {
	case PROTOCOL_ERROR:
		return reply->body.error.status;
	case PROTOCOL_RESULT:
		return reply->body.result.status;
	case PROTOCOL_SELFTEST_REPLY:
		return reply->body.selftest.status;
	case PROTOCOL_MODEL_BEGIN | PROTOCOL_REPLY:
	case PROTOCOL_MODEL_CHUNK | PROTOCOL_REPLY:
	case PROTOCOL_MODEL_COMMIT | PROTOCOL_REPLY:
	case PROTOCOL_MODEL_ABORT | PROTOCOL_REPLY:
		return reply->body.upload.status;
	default:
		return ANY;
	}
}

static void every_message_in_every_state(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (enum state state = WAITING; state < STATES; state++) {
			const struct expected *expected = &table[i].expected[state];
			struct protocol_message reply;
			enum state then;

			go_to(state);
			reply = ask(table[i].type);
			then = state_now();
			if (reply.header.type != expected->type || status_of(&reply) != expected->status ||
			    then != expected->then)
				fail_msg("message %#x in %s: reply %#x, status %d, then %s", table[i].type,
					 state_names[state], reply.header.type, status_of(&reply), state_names[then]);
			if (reply.header.type == PROTOCOL_ERROR)
				assert_int_equal(reply.body.error.type, table[i].type);
		}
	}
}

static void without_upload_its_requests_are_unsupported(void **unused)
{
	(void)unused;
	for (uint8_t type = PROTOCOL_MODEL_BEGIN; type <= PROTOCOL_MODEL_ABORT; type++) {
		struct protocol_message reply;

		go_to(READY);
		bench.network.upload = NULL;
		reply = ask(type);
		assert_int_equal(reply.header.type, PROTOCOL_ERROR);
		assert_int_equal(reply.body.error.status, PROTOCOL_STATUS_UNSUPPORTED);
	}
}

/* What is sent instead of a good PING, and the error; 0: silence. */
static void the_checks_in_their_order(void **unused)
{
	static const struct {
		const char *what;
		uint8_t version, type;
		uint16_t body_bytes;
		uint32_t session_change, boot_change;
		int seq_change;
		int error;
		uint16_t detail;
	} wrong[] = {
		{"version", 2, PROTOCOL_PING, 8, 0, 0, 0, PROTOCOL_STATUS_BAD_VERSION, 0},
		{"version, and unknown", 2, 0x55, 8, 1, 0, 0, PROTOCOL_STATUS_BAD_VERSION, 0},
		{"a reply", 1, PROTOCOL_PONG, 16, 0, 0, 0, 0, 0},
		{"a reply of another version", 2, PROTOCOL_PONG, 16, 0, 0, 0, 0, 0},
		{"an error", 1, PROTOCOL_ERROR, 8, 0, 0, 0, 0, 0},
		{"unknown type", 1, 0x55, 8, 1, 0, 0, PROTOCOL_STATUS_BAD_TYPE, 0},
		{"too short", 1, PROTOCOL_PING, 7, 1, 0, 0, PROTOCOL_STATUS_BAD_LENGTH, 8},
		{"too short INFER", 1, PROTOCOL_INFER, 407, 0, 0, 0, PROTOCOL_STATUS_BAD_LENGTH, 408},
		{"session", 1, PROTOCOL_PING, 8, 1, 0, 0, PROTOCOL_STATUS_NO_SESSION, 0},
		{"boot", 1, PROTOCOL_PING, 8, 0, 1, -1, PROTOCOL_STATUS_NO_SESSION, 0},
		{"duplicate", 1, PROTOCOL_PING, 8, 0, 0, -1, 0, 0},
		{"older", 1, PROTOCOL_PING, 8, 0, 0, -2, 0, 0},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct protocol_message message, reply = {0};
		size_t size;

		go_to(READY);
		message = bench_message(&bench, wrong[i].type, wrong[i].body_bytes);
		message.header.session += wrong[i].session_change;
		message.header.boot_id += wrong[i].boot_change;
		message.header.seq += (uint32_t)wrong[i].seq_change;
		size = protocol_seal(&message);
		message.header.version = wrong[i].version;
		message.header.crc32 = 0;
		message.header.crc32 = nn_crc32(&message, size);
		driver_send(&bench.driver, BENCH_LINUX, PROTOCOL_ADDRESS, &message, (uint16_t)size);
		bench_run(&bench);
		if (bench_receive(&bench, &reply) != (wrong[i].error != 0) ||
		    (wrong[i].error &&
		     (reply.header.type != PROTOCOL_ERROR || reply.body.error.status != wrong[i].error ||
		      reply.body.error.detail != wrong[i].detail || reply.header.seq != message.header.seq)))
			fail_msg("%s: reply %#x, status %d", wrong[i].what, reply.header.type, reply.body.error.status);
		assert_int_equal(state_now(), READY);
	}
}

static void damage_is_counted_and_not_answered(void **unused)
{
	struct protocol_message message, reply;
	size_t size;

	(void)unused;
	go_to(READY);
	message = bench_message(&bench, PROTOCOL_PING, 8);
	size = protocol_seal(&message);
	for (size_t byte = 0; byte < size; byte++) {
		uint8_t damaged[PROTOCOL_MESSAGE_BYTES];

		memcpy(damaged, &message, size);
		damaged[byte] ^= 0x40;
		driver_send(&bench.driver, BENCH_LINUX, PROTOCOL_ADDRESS, damaged, (uint16_t)size);
		bench_run(&bench);
		assert_false(bench_receive(&bench, &reply));
	}
	driver_send(&bench.driver, BENCH_LINUX, PROTOCOL_ADDRESS, &message, (uint16_t)(size - 1));
	driver_send(&bench.driver, BENCH_LINUX, PROTOCOL_ADDRESS, &message, 3);
	driver_send(&bench.driver, BENCH_LINUX, PROTOCOL_ADDRESS, &message, 0);
	bench_run(&bench);
	assert_false(bench_receive(&bench, &reply));
	assert_int_equal(ask(PROTOCOL_STATS).body.stats.bad_messages, size + 3);
}

static void hello_tells_what_it_is(void **unused)
{
	struct protocol_hello_ack ack;

	(void)unused;
	go_to(READY);
	ack = ask(PROTOCOL_HELLO).body.hello_ack;
	assert_int_equal(ack.version, PROTOCOL_VERSION);
	assert_int_equal(ack.body_bytes_max, PROTOCOL_BODY_BYTES);
	assert_int_equal(ack.boot_id, BENCH_BOOT);
	assert_int_equal(ack.boot_count, 3);
	assert_int_equal(ack.core_hz, 200000000);
	assert_int_equal(ack.can,
			 PROTOCOL_CAN_STATS | PROTOCOL_CAN_CYCLES | PROTOCOL_CAN_UPLOAD | PROTOCOL_CAN_SELFTEST);
	assert_int_equal(ack.in_flight_max, M4_SESSION_QUEUE);
	assert_int_equal(ack.input_elements, 128);
	assert_int_equal(ack.output_elements, 8);
	assert_int_equal(protocol_model_tag(ack.model_sha256), BENCH_TAG);
}

static void versions_without_a_common_one(void **unused)
{
	static const uint8_t ranges[][2] = {{2, 3}, {0, 0}, {255, 255}};

	(void)unused;
	for (size_t i = 0; i < 3; i++) {
		struct protocol_message message, reply;

		go_to(LOADING);
		message = bench_message(&bench, PROTOCOL_HELLO, 2);
		message.body.hello.version_min = ranges[i][0];
		message.body.hello.version_max = ranges[i][1];
		reply = bench_ask(&bench, &message);
		assert_int_equal(reply.body.error.status, PROTOCOL_STATUS_BAD_VERSION);
		assert_int_equal(reply.body.error.version_min, PROTOCOL_VERSION_MIN);
		assert_int_equal(reply.body.error.version_max, PROTOCOL_VERSION_MAX);
		assert_int_equal(state_now(), LOADING);
	}
}

static void session_0_is_refused(void **unused)
{
	struct protocol_message message;

	(void)unused;
	go_to(READY);
	message = bench_message(&bench, PROTOCOL_HELLO, 32);
	message.header.session = 0;
	message.body.hello.version_min = message.body.hello.version_max = 1;
	assert_int_equal(bench_ask(&bench, &message).body.error.status, PROTOCOL_STATUS_NO_SESSION);
	assert_int_equal(state_now(), READY);
}

static struct protocol_message infer(uint32_t frame)
{
	struct protocol_message message = bench_message(&bench, PROTOCOL_INFER, sizeof(struct protocol_infer));

	message.body.infer.model_tag = BENCH_TAG;
	message.body.infer.frame = frame;
	return message;
}

static void a_frame_arrives_as_it_was(void **unused)
{
	struct protocol_message message, reply;
	float output[BENCH_OUTPUTS];

	(void)unused;
	go_to(READY);
	bench.network_us = 700;
	message = infer(77);
	message.body.infer.seen[0] = 1;
	message.body.infer.distance_q2[0] = -1234;
	message.body.infer.signal_q11[63] = 40960;
	reply = bench_ask(&bench, &message);
	assert_int_equal(reply.header.body_bytes, 40 + sizeof(output));
	assert_int_equal(reply.body.result.frame, 77);
	assert_int_equal(reply.body.result.model_tag, BENCH_TAG);
	assert_true(reply.body.result.present);
	assert_int_equal(reply.body.result.run_us, 700);
	assert_int_equal(reply.body.result.cycles, 140000);
	assert_int_equal(reply.body.result.zones, 3);
	assert_true(reply.body.result.nearest_mm == 12);
	assert_int_equal(reply.body.result.output_bytes, sizeof(output));
	memcpy(output, reply.body.result.output, sizeof(output));
	assert_true(output[0] == -1234 && output[1] == 40960);

	message = infer(78);
	message.body.infer.seen[0] = 2; /* zone 1, not zone 0 */
	reply = bench_ask(&bench, &message);
	assert_false(reply.body.result.present);
	assert_int_equal(reply.body.result.output_bytes, 0);
	assert_int_equal(reply.header.body_bytes, 40);
}

/* A network that fails when it is asked is not asked for results any more, until it passes. */
static void a_selftest_tells_and_decides(void **unused)
{
	struct protocol_message message, reply;

	(void)unused;
	go_to(READY);
	bench.network_us = 300;
	reply = ask(PROTOCOL_SELFTEST);
	assert_int_equal(reply.body.selftest.run_us, 300);
	assert_int_equal(reply.body.selftest.cycles, 60000);
	bench.selftest_fails = true;
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_SELFTEST);
	message = infer(1);
	assert_int_equal(bench_ask(&bench, &message).body.result.status, PROTOCOL_STATUS_INTERNAL);
	bench.selftest_fails = false;
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_OK);
	message = infer(2);
	assert_int_equal(bench_ask(&bench, &message).body.result.status, PROTOCOL_STATUS_OK);
}

/* Also what was asked before and waits. */
static void a_network_that_has_failed_gives_no_result(void **unused)
{
	struct protocol_message message, reply;

	(void)unused;
	go_to(READY);
	bench.selftest_fails = true;
	message = infer(1);
	bench_send(&bench, &message);
	message = bench_message(&bench, PROTOCOL_SELFTEST, 0);
	bench_send(&bench, &message);
	bench_run(&bench);
	assert_true(bench_receive(&bench, &reply) && reply.body.selftest.status == PROTOCOL_STATUS_SELFTEST);
	assert_true(bench_receive(&bench, &reply) && reply.header.type == PROTOCOL_RESULT);
	assert_int_equal(reply.body.result.status, PROTOCOL_STATUS_INTERNAL);
	assert_int_equal(reply.body.result.frame, 1);
}

/* As many wait as were announced; refusals overtake results. */
static void more_than_can_wait_is_refused(void **unused)
{
	struct protocol_message message, reply;

	(void)unused;
	go_to(READY);
	for (uint32_t frame = 0; frame < M4_SESSION_QUEUE + 2; frame++) {
		message = infer(frame);
		bench_send(&bench, &message);
	}
	bench_run(&bench);
	for (uint32_t frame = M4_SESSION_QUEUE; frame < M4_SESSION_QUEUE + 2; frame++) {
		assert_true(bench_receive(&bench, &reply));
		assert_int_equal(reply.body.result.status, PROTOCOL_STATUS_BUSY);
		assert_int_equal(reply.body.result.frame, frame);
	}
	for (uint32_t frame = 0; frame < M4_SESSION_QUEUE; frame++) {
		assert_true(bench_receive(&bench, &reply));
		assert_int_equal(reply.body.result.status, PROTOCOL_STATUS_OK);
		assert_int_equal(reply.body.result.frame, frame);
	}
	reply = ask(PROTOCOL_STATS);
	assert_int_equal(reply.body.stats.busy, 2);
	assert_int_equal(reply.body.stats.inferences, M4_SESSION_QUEUE);
}

static void refusals_of_a_frame(void **unused)
{
	struct protocol_message message, reply;

	(void)unused;
	go_to(READY);
	message = infer(1);
	message.body.infer.model_tag++;
	assert_int_equal(bench_ask(&bench, &message).body.result.status, PROTOCOL_STATUS_MODEL_TAG);

	bench.network_us = 500;
	message = infer(2);
	bench_send(&bench, &message);
	message = infer(3);
	message.body.infer.budget_us = 499;
	bench_send(&bench, &message);
	bench_run(&bench);
	assert_true(bench_receive(&bench, &reply) && reply.body.result.status == PROTOCOL_STATUS_OK);
	assert_true(bench_receive(&bench, &reply) && reply.body.result.status == PROTOCOL_STATUS_LATE);

	bench.network_error = -1;
	message = infer(4);
	reply = bench_ask(&bench, &message);
	assert_int_equal(reply.body.result.status, PROTOCOL_STATUS_BAD_FRAME);
	assert_int_equal(reply.body.result.run_us, 0);
	reply = ask(PROTOCOL_STATS);
	assert_int_equal(reply.body.stats.late, 1);
	assert_int_equal(reply.body.stats.refused, 2);
	assert_int_equal(reply.body.stats.last_error, PROTOCOL_STATUS_BAD_FRAME);
}

static void a_new_session_drops_what_waits(void **unused)
{
	static const uint8_t endings[] = {PROTOCOL_HELLO, PROTOCOL_BYE};

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		struct protocol_message message, reply;

		go_to(READY);
		message = infer(1);
		bench_send(&bench, &message);
		reply = ask(endings[i]);
		assert_int_not_equal(reply.header.type, PROTOCOL_RESULT);
		assert_false(bench_receive(&bench, &reply));
	}
}

static void seq_may_wrap(void **unused)
{
	struct protocol_message message;

	(void)unused;
	go_to(READY);
	bench.seq = UINT32_MAX - 3;
	bench_hello(&bench);
	for (unsigned i = 0; i < 6; i++) {
		message = infer(i);
		assert_int_equal(bench_ask(&bench, &message).body.result.frame, i);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_in_every_state),
		cmocka_unit_test(without_upload_its_requests_are_unsupported),
		cmocka_unit_test(the_checks_in_their_order),
		cmocka_unit_test(damage_is_counted_and_not_answered),
		cmocka_unit_test(hello_tells_what_it_is),
		cmocka_unit_test(versions_without_a_common_one),
		cmocka_unit_test(session_0_is_refused),
		cmocka_unit_test(a_frame_arrives_as_it_was),
		cmocka_unit_test(a_selftest_tells_and_decides),
		cmocka_unit_test(a_network_that_has_failed_gives_no_result),
		cmocka_unit_test(more_than_can_wait_is_refused),
		cmocka_unit_test(refusals_of_a_frame),
		cmocka_unit_test(a_new_session_drops_what_waits),
		cmocka_unit_test(seq_may_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
