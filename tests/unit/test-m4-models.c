/* SPDX-License-Identifier: Apache-2.0 */
/* test-m4-models.c - models on their way to the M4 and in it, message by message; Linux' own side, and messages that get lost. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mcu-offload/link.h"
#include "nn/runtime/sha256.h"
#include "tests/unit/models-fixture.h"

/* --- every request in every state ------------------------------------------------------------------------------- */

enum state { BAKED, UPLOADED, BEGUN, WHOLE, FAULT, STATES };

/* The int8 one is on its way where one is; in UPLOADED it has arrived. */
static void go_to(enum state state)
{
	begin();
	use_int8();
	if (state == UPLOADED)
		assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	if (state == BEGUN || state == WHOLE) {
		assert_int_equal(ask_begin().status, PROTOCOL_STATUS_OK);
		send_chunks(0, state == BEGUN ? 448 : file.size);
	}
	if (state == FAULT) {
		bench.selftest_fails = true;
		ask(PROTOCOL_SELFTEST);
	}
}

static int status_of(uint8_t type)
{
	switch (type) {
	case PROTOCOL_MODEL_BEGIN:
		return ask_begin().status;
	case PROTOCOL_MODEL_CHUNK:
		return ask_chunk(0, 448).status;
	case PROTOCOL_MODEL_COMMIT:
		return ask_commit().status;
	case PROTOCOL_MODEL_ABORT:
		return ask(type).body.upload.status;
	default:
		return ask(PROTOCOL_SELFTEST).body.selftest.status;
	}
}

#define ROW(type, ...)                                                                                                 \
	{                                                                                                              \
		PROTOCOL_##type,                                                                                       \
		{                                                                                                      \
			__VA_ARGS__                                                                                    \
		}                                                                                                      \
	}
#define S(name, then) PROTOCOL_STATUS_##name, PROTOCOL_STATE_##then

static void every_request_in_every_state(void **unused)
{
	/* What is answered, and the state as PONG tells it. */
	static const struct {
		uint8_t type;
		int expected[2 * STATES];
	} rows[] = {
		ROW(MODEL_BEGIN, S(OK, LOADING), S(ALREADY, READY), S(OK, LOADING), S(OK, LOADING), S(INTERNAL, FAULT)),
		ROW(MODEL_CHUNK, S(NO_UPLOAD, READY), S(NO_UPLOAD, READY), S(OK, LOADING), S(OK, LOADING),
		    S(NO_UPLOAD, FAULT)),
		ROW(MODEL_COMMIT, S(NO_UPLOAD, READY), S(ALREADY, READY), S(HASH, READY), S(OK, READY),
		    S(NO_UPLOAD, FAULT)),
		ROW(MODEL_ABORT, S(NO_UPLOAD, READY), S(NO_UPLOAD, READY), S(OK, READY), S(OK, READY),
		    S(NO_UPLOAD, FAULT)),
		ROW(SELFTEST, S(OK, READY), S(OK, READY), S(OK, LOADING), S(OK, LOADING), S(SELFTEST, FAULT)),
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (enum state state = BAKED; state < STATES; state++) {
			const int *expected = &rows[i].expected[2 * state];
			int status, then;

			go_to(state);
			status = status_of(rows[i].type);
			then = ask(PROTOCOL_PING).body.pong.state;
			if (status != expected[0] || then != expected[1])
				fail_msg("request %#x in state %d: status %d, then %d", rows[i].type, state, status,
					 then);
		}
}

/* --- with Linux' own side ----------------------------------------------------------------------------------------- */

/* About one of `every` messages is lost, whoever sends it. */
struct line {
	struct link link;
	unsigned every, passed;
};

static bool gets_lost(struct line *line)
{
	return line->every && (++line->passed * 2654435761u >> 16) % line->every == 0;
}

static int line_send(void *userdata, const struct protocol_message *message, size_t size)
{
	struct line *line = userdata;

	if (gets_lost(line))
		return 0;
	if (!driver_send(&bench.driver, BENCH_LINUX, PROTOCOL_ADDRESS, message, (uint16_t)size))
		return -EAGAIN;
	bench.to_m4 |= 1u << M4_DOORBELL_VRING1;
	return 0;
}

static void line_run(struct line *line, uint64_t now_ns)
{
	struct protocol_message message;
	uint32_t token;

	do {
		bench_run(&bench);
		while (bench_receive(&bench, &message))
			if (!gets_lost(line))
				link_take(&line->link, &message, PROTOCOL_STATUS_OK, now_ns, &token);
	} while (bench.to_m4 & 1u << M4_DOORBELL_VRING1);
}

/* Of 13 and more messages each way some are lost, COMMIT and its answer too: the model arrives, and works. */
static void linux_sends_it_whatever_is_lost(void **unused)
{
	(void)unused;
	for (unsigned every = 0; every < 40; every += every ? 1 : 3) {
		struct link_model model;
		struct line line = {.every = every};
		uint64_t now_ns = 1;

		begin();
		use_int8();
		model = (struct link_model){
			.bytes = file.bytes, .bytes_size = file.size, .arena_bytes = file.arena_bytes};
		memcpy(model.sha256, file.sha256, sizeof(file.sha256));
		link_init(&line.link, &model, 5 + every, line_send, &line);
		link_opened(&line.link, now_ns);
		while (line.link.state != LINK_READY && now_ns < 100000000000) {
			line_run(&line, now_ns);
			now_ns = link_wake(&line.link) > now_ns ? link_wake(&line.link) : now_ns + 1;
			if (line.link.state != LINK_READY)
				link_tick(&line.link, now_ns);
		}
		line.every = 0;
		line_run(&line, now_ns);
		assert_int_equal(line.link.state, LINK_READY);
		assert_memory_equal(models.network.sha256, file.sha256, sizeof(file.sha256));
		assert_true(line.link.selftested || every);
		assert_false(models.network.loading);
	}
}

/* --- good ones --------------------------------------------------------------------------------------------------- */

static void models_of_all_kinds_become_active(void **unused)
{
	struct protocol_message hello;
	struct protocol_hello_ack ack;

	(void)unused;
	begin();
	for (unsigned round = 0; round < 3; round++) {
		use_int8();
		assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
		answers_are_right();
		use_float();
		assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
		answers_are_right();
	}
	hello = bench_message(&bench, PROTOCOL_HELLO, sizeof(struct protocol_hello));
	hello.header.boot_id = 0;
	hello.body.hello.version_min = hello.body.hello.version_max = PROTOCOL_VERSION;
	ack = bench_ask(&bench, &hello).body.hello_ack;
	assert_memory_equal(ack.model_sha256, file.sha256, sizeof(file.sha256));
	assert_int_equal(ack.input_elements, 128);
	assert_int_equal(ack.output_elements, 3);
	assert_int_equal(ack.output_type, NN_TYPE_F32);
	assert_int_equal(ack.model_bytes_max, SLOT_BYTES);
	assert_int_equal(ack.arena_bytes, ROOM_BYTES);
	assert_int_equal(ack.chunk_bytes_max, PROTOCOL_CHUNK_BYTES);
	assert_true(ack.can & PROTOCOL_CAN_UPLOAD);
	answers_are_right(); /* a new session does not lose it */
	assert_int_equal(ask(PROTOCOL_STATS).body.stats.uploads, 6);
}

/* The baked one needs no bytes, and what is active none either. */
static void what_is_there_is_not_sent(void **unused)
{
	uint32_t tag = BENCH_TAG;

	(void)unused;
	begin();
	use_int8();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	assert_int_equal(ask_begin().status, PROTOCOL_STATUS_ALREADY);
	assert_int_equal(ask_commit().status, PROTOCOL_STATUS_ALREADY);
	answers_are_right();
	memset(file.sha256, 0, sizeof(file.sha256));
	memcpy(file.sha256, &tag, sizeof(tag));
	assert_int_equal(ask_begin().status, PROTOCOL_STATUS_ALREADY);
	baked_is_active();
}

/* While the old one answers; an INFER that waits for it when the new one comes is refused. */
static void the_old_one_answers_until_the_switch(void **unused)
{
	struct protocol_message message, reply;

	(void)unused;
	begin();
	use_float();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	use_int8();
	assert_int_equal(ask_begin().status, PROTOCOL_STATUS_OK);
	for (uint32_t offset = 0; offset < file.size; offset += PROTOCOL_CHUNK_BYTES) {
		send_chunks(offset,
			    offset + PROTOCOL_CHUNK_BYTES < file.size ? offset + PROTOCOL_CHUNK_BYTES : file.size);
		use_float();
		answers_are_right();
		use_int8();
	}
	use_float();
	message = frame(1, protocol_model_tag(file.sha256));
	bench_send(&bench, &message);
	use_int8();
	assert_int_equal(ask_commit().status, PROTOCOL_STATUS_OK);
	assert_true(bench_receive(&bench, &reply));
	assert_int_equal(reply.body.result.status, PROTOCOL_STATUS_MODEL_TAG);
	answers_are_right();
}

/* --- the way ------------------------------------------------------------------------------------------------------ */

static void chunks_in_any_order(void **unused)
{
	struct protocol_upload reply;
	struct protocol_message message;

	(void)unused;
	begin();
	use_int8();
	assert_int_equal(ask_begin().status, PROTOCOL_STATUS_OK);
	assert_int_equal(ask_chunk(448, 448).offset, 0); /* too early */
	assert_int_equal(ask_chunk(0, 448).offset, 448);
	assert_int_equal(ask_chunk(0, 448).offset, 448); /* twice */
	assert_int_equal(ask_chunk(100, 448).offset, 448);
	assert_int_equal(ask_chunk(UINT32_MAX, 448).offset, 448);
	assert_int_equal(ask_chunk(448, 0).offset, 448);
	send_chunks(448, file.size - 7);
	reply = ask_chunk(file.size - 7, 8); /* beyond the end */
	assert_int_equal(reply.status, PROTOCOL_STATUS_BAD_LENGTH);
	assert_int_equal(reply.offset, file.size - 7);
	message = bench_message(&bench, PROTOCOL_MODEL_CHUNK, 8 + 6); /* less than it says */
	message.body.model_chunk.offset = file.size - 7;
	message.body.model_chunk.bytes = 7;
	assert_int_equal(bench_ask(&bench, &message).body.upload.status, PROTOCOL_STATUS_BAD_LENGTH);
	assert_int_equal(ask_chunk(file.size - 7, 7).offset, file.size);
	assert_int_equal(ask_chunk(file.size, 1).status, PROTOCOL_STATUS_BAD_LENGTH);
	assert_int_equal(ask_commit().status, PROTOCOL_STATUS_OK);
	answers_are_right();
}

/* The same model again goes on where it was; another one, another session and ABORT begin anew. */
static void going_on_after_a_loss(void **unused)
{
	(void)unused;
	begin();
	use_int8();
	assert_int_equal(ask_begin().offset, 0);
	send_chunks(0, 1344);
	assert_int_equal(ask_begin().offset, 1344);
	use_float();
	assert_int_equal(ask_begin().offset, 0);
	send_chunks(0, 448);
	use_int8();
	assert_int_equal(ask_begin().offset, 0);
	send_chunks(0, 448);
	bench_hello(&bench);
	assert_int_equal(ask(PROTOCOL_PING).body.pong.state, PROTOCOL_STATE_READY);
	assert_int_equal(ask_chunk(448, 448).status, PROTOCOL_STATUS_NO_UPLOAD);
	assert_int_equal(ask_begin().offset, 0);
	send_chunks(0, 448);
	assert_int_equal(ask(PROTOCOL_MODEL_ABORT).body.upload.status, PROTOCOL_STATUS_OK);
	assert_int_equal(ask_begin().offset, 0);
	send_chunks(0, file.size);
	assert_int_equal(ask_commit().status, PROTOCOL_STATUS_OK);
	answers_are_right();
}

static void a_boot_forgets_it(void **unused)
{
	(void)unused;
	begin();
	use_int8();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	begin();
	baked_is_active();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	answers_are_right();
}

/* --- self-test ----------------------------------------------------------------------------------------------------- */

/* A bit that flips in memory: the network is not used any more, and can be sent again. */
static void damage_is_found_and_healed(void **unused)
{
	struct protocol_message message;

	(void)unused;
	begin();
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_OK);
	use_int8();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_OK);
	answers_are_right();
	slots[models.active][file.size - 100] ^= 4;
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_SELFTEST);
	message = frame(1, protocol_model_tag(file.sha256));
	assert_int_equal(bench_ask(&bench, &message).body.result.status, PROTOCOL_STATUS_MODEL_TAG);
	baked_is_active();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	answers_are_right();
}

/* What arrives meanwhile goes on arriving where it began. */
static void damage_leaves_an_upload_alone(void **unused)
{
	(void)unused;
	begin();
	use_int8();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	use_float();
	assert_int_equal(ask_begin().status, PROTOCOL_STATUS_OK);
	send_chunks(0, 500);
	slots[models.active][1000] ^= 4;
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_SELFTEST);
	assert_int_equal(ask(PROTOCOL_PING).body.pong.state, PROTOCOL_STATE_LOADING);
	send_chunks(500, file.size);
	assert_int_equal(ask_commit().status, PROTOCOL_STATUS_OK);
	answers_are_right();
}

/* Weights as they were packed have no check sum: what they make is compared with what the file's make. */
static void packed_weights_that_differ_are_found(void **unused)
{
	struct nn_header *in_slot;

	(void)unused;
	begin();
	use_int8();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	if (!models.run.steps)
		skip();
	in_slot = (struct nn_header *)(void *)slots[models.active];
	for (uint32_t i = 0; i < in_slot->sections[NN_SECTION_DATA].bytes; i++)
		((uint8_t *)in_slot)[in_slot->sections[NN_SECTION_DATA].offset + i] ^= 0x10;
	nn_sha256_of((uint8_t *)in_slot + 64, in_slot->bytes - 64, in_slot->sha256);
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_SELFTEST);
	baked_is_active();
}

static void the_baked_ones_fault_is_told(void **unused)
{
	(void)unused;
	begin();
	bench.selftest_fails = true;
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_SELFTEST);
	assert_int_equal(ask(PROTOCOL_PING).body.pong.state, PROTOCOL_STATE_FAULT);
	use_int8();
	assert_int_equal(upload().status, PROTOCOL_STATUS_INTERNAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_request_in_every_state),
		cmocka_unit_test(linux_sends_it_whatever_is_lost),
		cmocka_unit_test(models_of_all_kinds_become_active),
		cmocka_unit_test(what_is_there_is_not_sent),
		cmocka_unit_test(the_old_one_answers_until_the_switch),
		cmocka_unit_test(chunks_in_any_order),
		cmocka_unit_test(going_on_after_a_loss),
		cmocka_unit_test(a_boot_forgets_it),
		cmocka_unit_test(damage_is_found_and_healed),
		cmocka_unit_test(damage_leaves_an_upload_alone),
		cmocka_unit_test(packed_weights_that_differ_are_found),
		cmocka_unit_test(the_baked_ones_fault_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
