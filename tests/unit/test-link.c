/* SPDX-License-Identifier: Apache-2.0 */
/* test-link.c - Linux's state machine: every message in every state, and the ways through them. Time is made up. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mcu-offload/link.h"

#define MS 1000000ull
#define S  (1000 * MS)

enum {
	SENT_MAX = 64,
	MODEL_BYTES = 2000,
	BOOT = 9,
};

/* What went out, and whether it can. */
struct wire {
	struct protocol_message sent[SENT_MAX];
	unsigned count;
	int error;
};

static struct wire wire;
static struct link link_;
static uint8_t model_bytes[MODEL_BYTES];
static uint64_t now = 100 * S;

static int wire_send(void *userdata, const struct protocol_message *message, size_t size)
{
	struct wire *out = userdata;

	assert_int_equal(size, PROTOCOL_HEADER_BYTES + message->header.body_bytes);
	if (out->error)
		return out->error;
	assert_true(out->count < SENT_MAX);
	out->sent[out->count++] = *message;
	return 0;
}

static const struct protocol_message *last(void)
{
	assert_true(wire.count > 0);
	return &wire.sent[wire.count - 1];
}

static void begin(void)
{
	struct link_model model = {
		.sha256 = {1, 2, 3, 4}, .bytes = model_bytes, .bytes_size = MODEL_BYTES, .arena_bytes = 1000};

	wire = (struct wire){.count = 0};
	link_init(&link_, &model, 42, wire_send, &wire);
}

static struct protocol_message reply(uint8_t type, uint16_t body_bytes)
{
	return (struct protocol_message){.header = {.type = type,
						    .body_bytes = body_bytes,
						    .session = link_.session,
						    .seq = link_.seq,
						    .boot_id = BOOT}};
}

static bool take(const struct protocol_message *message)
{
	uint32_t token;

	return link_take(&link_, message, PROTOCOL_STATUS_OK, now, &token);
}

static struct protocol_message hello_ack(void)
{
	struct protocol_message message = reply(PROTOCOL_HELLO_ACK, sizeof(struct protocol_hello_ack));

	message.body.hello_ack = (struct protocol_hello_ack){.version = 1,
							     .body_bytes_max = PROTOCOL_BODY_BYTES,
							     .boot_id = BOOT,
							     .can = PROTOCOL_CAN_UPLOAD | PROTOCOL_CAN_STATS,
							     .arena_bytes = 4096,
							     .model_bytes_max = 65536,
							     .in_flight_max = 2,
							     .chunk_bytes_max = PROTOCOL_CHUNK_BYTES,
							     .model_sha256 = {1, 2, 3, 4}};
	return message;
}

static int infer(uint32_t token)
{
	struct protocol_infer frame = {.frame = token};

	return link_infer(&link_, &frame, token, now + 20 * MS, now);
}

static void go_ready(void)
{
	struct protocol_message message;

	link_opened(&link_, now);
	message = hello_ack();
	take(&message);
	assert_int_equal(link_.state, LINK_READY);
}

/* A request is under way in READY and SUSPECT. */
static void go_to(enum link_state state)
{
	struct protocol_message message;

	begin();
	switch (state) {
	case LINK_ABSENT:
		break;
	case LINK_HELLO:
		link_opened(&link_, now);
		break;
	case LINK_UPLOAD:
		link_opened(&link_, now);
		message = hello_ack();
		message.body.hello_ack.model_sha256[0] = 77;
		take(&message);
		break;
	case LINK_READY:
		go_ready();
		assert_int_equal(infer(5), 0);
		break;
	case LINK_SUSPECT:
		go_ready();
		assert_int_equal(infer(5), 0);
		wire.error = -EAGAIN;
		while (link_.state == LINK_READY)
			assert_int_equal(infer(6), -EAGAIN);
		wire.error = 0;
		link_.seq = link_.requests[PROTOCOL_IN_FLIGHT_MAX - 1].seq; /* of the reply that is to come */
		break;
	case LINK_PARKED:
		go_ready();
		link_park(&link_, "a test", now);
		break;
	}
	assert_int_equal(link_.state, state);
}

/* --- every message in every state ------------------------------------------------------------------------------ */

static void other_model(struct protocol_message *message)
{
	message->body.hello_ack.model_sha256[0] = 77;
}

static void other_model_no_upload(struct protocol_message *message)
{
	other_model(message);
	message->body.hello_ack.can = 0;
}

static void no_room(struct protocol_message *message)
{
	other_model(message);
	message->body.hello_ack.model_bytes_max = MODEL_BYTES - 1;
}

static void no_arena(struct protocol_message *message)
{
	other_model(message);
	message->body.hello_ack.arena_bytes = 999;
}

static void impossible_window(struct protocol_message *message)
{
	message->body.hello_ack.in_flight_max = 0;
}

static void faulty(struct protocol_message *message)
{
	message->body.hello_ack.state = PROTOCOL_STATE_FAULT;
}

static void future(struct protocol_message *message)
{
	message->body.hello_ack.version = 9;
}

static void other_seq(struct protocol_message *message)
{
	message->header.seq += 1000;
}

static void other_session(struct protocol_message *message)
{
	message->header.session++;
}

static void rebooted(struct protocol_message *message)
{
	message->header.boot_id++;
}

static void truncated(struct protocol_message *message)
{
	message->header.body_bytes = 3;
}

static void too_much_output(struct protocol_message *message)
{
	message->body.result.output_bytes = PROTOCOL_OUTPUT_BYTES;
}

static void busy(struct protocol_message *message)
{
	message->body.result.status = PROTOCOL_STATUS_BUSY;
}

static void refused(struct protocol_message *message)
{
	message->body.upload.status = PROTOCOL_STATUS_BAD_MODEL;
}

static void already(struct protocol_message *message)
{
	message->body.upload.status = PROTOCOL_STATUS_ALREADY;
}

static void beyond(struct protocol_message *message)
{
	message->body.upload.offset = MODEL_BYTES + 1;
}

static void error_version(struct protocol_message *message)
{
	message->body.error.status = PROTOCOL_STATUS_BAD_VERSION;
}

static void error_session(struct protocol_message *message)
{
	message->body.error.status = PROTOCOL_STATUS_NO_SESSION;
}

static void error_type(struct protocol_message *message)
{
	message->body.error.status = PROTOCOL_STATUS_BAD_TYPE;
}

#define BEGUN	 (PROTOCOL_MODEL_BEGIN | PROTOCOL_REPLY)
#define CHUNK	 (PROTOCOL_MODEL_CHUNK | PROTOCOL_REPLY)
#define COMMIT	 (PROTOCOL_MODEL_COMMIT | PROTOCOL_REPLY)
#define ABORTED	 (PROTOCOL_MODEL_ABORT | PROTOCOL_REPLY)
#define UPLOADED sizeof(struct protocol_upload)

/*
 * next: the states that follow absent, hello, upload, ready, suspect, parked, by their first letters. counter: what each
 * counts: s stale, b bad, u unexpected, l late, k a result, f refused, - nothing.
 */
static const struct {
	const char *name;
	uint8_t type;
	uint16_t body_bytes;
	void (*change)(struct protocol_message *message);
	const char *next, *counter;
} rows[] = {
	{"HELLO_ACK", PROTOCOL_HELLO_ACK, 128, NULL, "arursp", "u-uuuu"},
	{"HELLO_ACK, other model", PROTOCOL_HELLO_ACK, 128, other_model, "auursp", "u-uuuu"},
	{"HELLO_ACK, other model, no upload", PROTOCOL_HELLO_ACK, 128, other_model_no_upload, "apursp", "u-uuuu"},
	{"HELLO_ACK, no room for the model", PROTOCOL_HELLO_ACK, 128, no_room, "apursp", "u-uuuu"},
	{"HELLO_ACK, no room for activations", PROTOCOL_HELLO_ACK, 128, no_arena, "apursp", "u-uuuu"},
	{"HELLO_ACK, impossible", PROTOCOL_HELLO_ACK, 128, impossible_window, "ahursp", "ubuuuu"},
	{"HELLO_ACK, fault", PROTOCOL_HELLO_ACK, 128, faulty, "apursp", "u-uuuu"},
	{"HELLO_ACK, version not ours", PROTOCOL_HELLO_ACK, 128, future, "apursp", "u-uuuu"},
	{"HELLO_ACK, stale", PROTOCOL_HELLO_ACK, 128, other_session, "ahursp", "ussssu"},
	{"HELLO_ACK, truncated", PROTOCOL_HELLO_ACK, 128, truncated, "ahursp", "ubbbbu"},
	{"PONG", PROTOCOL_PONG, 16, NULL, "ahurrp", "uu---u"},
	{"PONG, stale", PROTOCOL_PONG, 16, other_session, "ahursp", "ussssu"},
	{"PONG, another boot", PROTOCOL_PONG, 16, rebooted, "ahhhhp", "uu---u"},
	{"PONG, truncated", PROTOCOL_PONG, 16, truncated, "ahursp", "ubbbbu"},
	{"RESULT", PROTOCOL_RESULT, 40, NULL, "ahursp", "ullkku"},
	{"RESULT of no request", PROTOCOL_RESULT, 40, other_seq, "ahursp", "ullllu"},
	{"RESULT, refused", PROTOCOL_RESULT, 40, busy, "ahursp", "ullffu"},
	{"RESULT, stale", PROTOCOL_RESULT, 40, other_session, "ahursp", "ussssu"},
	{"RESULT, another boot", PROTOCOL_RESULT, 40, rebooted, "ahhhhp", "ul---u"},
	{"RESULT, truncated", PROTOCOL_RESULT, 40, truncated, "ahursp", "ubbbbu"},
	{"RESULT, output beyond the body", PROTOCOL_RESULT, 44, too_much_output, "ahursp", "ullbbu"},
	{"MODEL_BEGIN reply", BEGUN, UPLOADED, NULL, "ahursp", "uu-uuu"},
	{"MODEL_BEGIN reply, already", BEGUN, UPLOADED, already, "ahrrsp", "uu-uuu"},
	{"MODEL_BEGIN reply, refused", BEGUN, UPLOADED, refused, "ahprsp", "uu-uuu"},
	{"MODEL_BEGIN reply, beyond the end", BEGUN, UPLOADED, beyond, "ahursp", "uubuuu"},
	{"MODEL_CHUNK reply, too early", CHUNK, UPLOADED, NULL, "ahursp", "uuuuuu"},
	{"MODEL_COMMIT reply, too early", COMMIT, UPLOADED, NULL, "ahursp", "uuuuuu"},
	{"MODEL_ABORT reply", ABORTED, UPLOADED, NULL, "ahursp", "uuuuuu"},
	{"MODEL_BEGIN reply, truncated", BEGUN, UPLOADED, truncated, "ahursp", "ubbbbu"},
	{"STATS_REPLY", PROTOCOL_STATS_REPLY, 64, NULL, "ahursp", "uuu--u"},
	{"STATS_REPLY, truncated", PROTOCOL_STATS_REPLY, 64, truncated, "ahursp", "ubbbbu"},
	{"ERROR BAD_VERSION", PROTOCOL_ERROR, 8, error_version, "appppp", "u----u"},
	{"ERROR NO_SESSION", PROTOCOL_ERROR, 8, error_session, "aphhhp", "u----u"},
	{"ERROR BAD_TYPE", PROTOCOL_ERROR, 8, error_type, "apprsp", "u--ffu"},
	{"ERROR, stale", PROTOCOL_ERROR, 8, other_session, "ahursp", "ussssu"},
	{"ERROR, truncated", PROTOCOL_ERROR, 8, truncated, "ahursp", "ubbbbu"},
	{"HELLO", PROTOCOL_HELLO, 32, NULL, "ahursp", "ubbbbu"},
	{"PING", PROTOCOL_PING, 8, NULL, "ahursp", "ubbbbu"},
	{"BYE", PROTOCOL_BYE, 0, NULL, "ahursp", "ubbbbu"},
	{"INFER", PROTOCOL_INFER, 408, NULL, "ahursp", "ubbbbu"},
	{"MODEL_BEGIN", PROTOCOL_MODEL_BEGIN, 40, NULL, "ahursp", "ubbbbu"},
	{"MODEL_CHUNK", PROTOCOL_MODEL_CHUNK, 8, NULL, "ahursp", "ubbbbu"},
	{"MODEL_COMMIT", PROTOCOL_MODEL_COMMIT, 32, NULL, "ahursp", "ubbbbu"},
	{"MODEL_ABORT", PROTOCOL_MODEL_ABORT, 0, NULL, "ahursp", "ubbbbu"},
	{"STATS", PROTOCOL_STATS, 0, NULL, "ahursp", "ubbbbu"},
	{"an unknown request", 0x55, 8, NULL, "ahursp", "ubbbbu"},
	{"an unknown reply", 0xd5, 8, NULL, "ahursp", "ubbbbu"},
};

static char counted(const struct link_counters *before, const struct link_counters *after)
{
	return after->stale > before->stale		? 's'
	       : after->bad > before->bad		? 'b'
	       : after->unexpected > before->unexpected ? 'u'
	       : after->late > before->late		? 'l'
	       : after->results > before->results	? 'k'
	       : after->refused > before->refused	? 'f'
							: '-';
}

static void every_message_in_every_state(void **unused)
{
	(void)unused;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		for (unsigned state = LINK_ABSENT; state <= LINK_PARKED; state++) {
			struct link_counters before;
			struct protocol_message message;
			char next, counter;

			go_to((enum link_state)state);
			before = link_.counters;
			message = reply(rows[row].type, rows[row].body_bytes);
			if (rows[row].type == PROTOCOL_HELLO_ACK)
				message = hello_ack();
			if (rows[row].change)
				rows[row].change(&message);
			take(&message);
			next = link_state_text(link_.state)[0];
			counter = counted(&before, &link_.counters);
			if (next != rows[row].next[state] || counter != rows[row].counter[state])
				fail_msg("%s in %s: now %s, counted %c", rows[row].name,
					 link_state_text((enum link_state)state), link_state_text(link_.state),
					 counter);
		}
	}
}

/* What only a status of the message tells: a version that isn't ours. */
static void a_foreign_version_parks(void **unused)
{
	static const char next[] = "appppp";

	(void)unused;
	for (unsigned state = LINK_ABSENT; state <= LINK_PARKED; state++) {
		struct protocol_message message;
		uint32_t token;

		go_to((enum link_state)state);
		message = reply(PROTOCOL_RESULT, 40);
		assert_false(link_take(&link_, &message, PROTOCOL_STATUS_BAD_VERSION, now, &token));
		assert_int_equal(link_state_text(link_.state)[0], next[state]);
	}
}

static void a_closed_channel_ends_every_state(void **unused)
{
	uint32_t token;

	(void)unused;
	for (unsigned state = LINK_ABSENT; state <= LINK_PARKED; state++) {
		bool under_way = state == LINK_READY || state == LINK_SUSPECT;

		go_to((enum link_state)state);
		link_closed(&link_, now);
		assert_int_equal(link_.state, LINK_ABSENT);
		assert_true(link_wake(&link_) == LINK_NEVER);
		assert_int_equal(link_failed(&link_, &token), under_way);
		if (under_way)
			assert_int_equal(token, 5);
		assert_false(link_failed(&link_, &token));
	}
}

/* --- time ------------------------------------------------------------------------------------------------------- */

/* Lets `passed` go by, stopping wherever the link wants to be woken. */
static void pass(uint64_t passed)
{
	uint64_t end = now + passed;

	while (link_wake(&link_) <= end) {
		assert_true(link_wake(&link_) >= now);
		now = link_wake(&link_);
		link_tick(&link_, now);
	}
	now = end;
	link_tick(&link_, now);
}

static unsigned count_sent(uint8_t type)
{
	unsigned count = 0;

	for (unsigned i = 0; i < wire.count; i++)
		count += wire.sent[i].header.type == type;
	return count;
}

static void silence_after_hello_parks_and_tries_again(void **unused)
{
	static const unsigned after_s[] = {1, 5, 30, 60, 60};
	uint32_t session;

	(void)unused;
	go_to(LINK_HELLO);
	for (unsigned i = 0; i < sizeof(after_s) / sizeof(after_s[0]); i++) {
		assert_int_equal(link_.state, LINK_HELLO);
		session = link_.session;
		pass(599 * MS);
		assert_int_equal(link_.state, LINK_HELLO);
		assert_int_equal(count_sent(PROTOCOL_HELLO), 3);
		pass(1 * MS);
		assert_int_equal(link_.state, LINK_PARKED);
		assert_string_equal(link_.reason, "no answer");
		wire.count = 0;
		pass(after_s[i] * S - 1);
		assert_int_equal(link_.state, LINK_PARKED);
		pass(1);
		assert_int_not_equal(link_.session, session);
	}
}

static void three_missed_deadlines_make_it_suspect(void **unused)
{
	struct protocol_message message;
	uint32_t token;

	(void)unused;
	begin();
	go_ready();
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(link_.state, LINK_READY);
		assert_int_equal(infer(i), 0);
		assert_false(link_failed(&link_, &token));
		pass(19 * MS);
		assert_false(link_failed(&link_, &token));
		pass(1 * MS);
		assert_true(link_failed(&link_, &token));
		assert_int_equal(token, i);
	}
	assert_int_equal(link_.state, LINK_SUSPECT);
	assert_int_equal(infer(9), -ENOTCONN);
	assert_int_equal(last()->header.type, PROTOCOL_PING);
	message = reply(PROTOCOL_PONG, sizeof(struct protocol_pong));
	take(&message);
	assert_int_equal(link_.state, LINK_READY);
	assert_int_equal(link_.counters.misses, 3);
}

static void a_result_in_between_forgives(void **unused)
{
	struct protocol_message message;
	uint32_t token;

	(void)unused;
	begin();
	go_ready();
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(infer(i), 0);
		if (i % 3 == 2) {
			message = reply(PROTOCOL_RESULT, 40);
			assert_true(take(&message));
		}
		pass(30 * MS);
		(void)link_failed(&link_, &token);
	}
	assert_int_equal(link_.state, LINK_READY);
}

static void a_hung_core_is_given_up_while_nothing_is_asked(void **unused)
{
	(void)unused;
	begin();
	go_ready();
	pass(999 * MS);
	assert_int_equal(count_sent(PROTOCOL_PING), 0);
	pass(1 * MS);
	assert_int_equal(count_sent(PROTOCOL_PING), 1);
	pass(300 * MS);
	assert_int_equal(link_.state, LINK_SUSPECT);
	pass(300 * MS);
	assert_int_equal(link_.state, LINK_PARKED);
	assert_string_equal(link_.reason, "it has stopped answering");
}

static void a_late_result_is_told_to_nobody(void **unused)
{
	struct protocol_message message;
	uint32_t token;

	(void)unused;
	begin();
	go_ready();
	assert_int_equal(infer(1), 0);
	message = reply(PROTOCOL_RESULT, 40);
	pass(25 * MS);
	assert_false(take(&message)); /* before it was collected */
	assert_true(link_failed(&link_, &token));
	assert_false(take(&message));
	assert_int_equal(infer(2), 0);
	message = reply(PROTOCOL_RESULT, 40);
	assert_true(take(&message));
	assert_false(take(&message)); /* twice */
	assert_int_equal(link_.counters.late, 3);
	assert_int_equal(link_.counters.results, 1);
}

static void no_more_are_under_way_than_the_other_core_takes(void **unused)
{
	struct protocol_message message;

	(void)unused;
	begin();
	go_ready();
	assert_int_equal(infer(1), 0);
	assert_int_equal(infer(2), 0);
	assert_int_equal(infer(3), -EBUSY);
	message = reply(PROTOCOL_RESULT, 40);
	assert_true(take(&message));
	assert_int_equal(infer(3), 0);
}

static void a_frame_carries_tag_budget_session_and_boot(void **unused)
{
	const struct protocol_message *message;

	(void)unused;
	begin();
	go_ready();
	assert_int_equal(infer(7), 0);
	message = last();
	assert_int_equal(message->body.infer.model_tag, 0x04030201);
	assert_int_equal(message->body.infer.budget_us, 20000);
	assert_int_equal(message->header.session, link_.session);
	assert_int_equal(message->header.boot_id, BOOT);
	assert_int_equal(wire.sent[0].header.boot_id, 0);
}

/* --- upload ----------------------------------------------------------------------------------------------------- */

static uint8_t arrived[MODEL_BYTES];
static uint32_t wanted;

/* The other core: takes chunks from sent[at] on but those that are lost, and answers what it would. */
static void answer(unsigned at, unsigned lost)
{
	struct protocol_message message = reply((uint8_t)(wire.sent[at].header.type | PROTOCOL_REPLY), UPLOADED);
	const struct protocol_model_chunk *chunk = &wire.sent[at].body.model_chunk;

	if (at == lost)
		return;
	if (wire.sent[at].header.type == PROTOCOL_MODEL_CHUNK && chunk->offset == wanted) {
		memcpy(arrived + wanted, chunk->data, chunk->bytes);
		wanted += chunk->bytes;
	}
	message.body.upload.offset = wanted;
	take(&message);
}

static void upload_losing(unsigned lost)
{
	unsigned done = 1;

	wanted = 0;
	memset(arrived, 0, sizeof(arrived));
	go_to(LINK_UPLOAD);
	for (unsigned round = 0; round < 100 && link_.state == LINK_UPLOAD; round++) {
		while (done < wire.count && link_.state == LINK_UPLOAD)
			answer(done++, lost);
		pass(50 * MS);
	}
	assert_int_equal(link_.state, LINK_READY);
	assert_memory_equal(arrived, model_bytes, MODEL_BYTES);
	assert_int_equal(link_.counters.uploads, 1);
}

static void a_model_arrives_whatever_message_is_lost(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < MODEL_BYTES; i++)
		model_bytes[i] = (uint8_t)(i * 7 + i / 256);
	for (unsigned lost = 0; lost < 10; lost++)
		upload_losing(lost);
}

static void an_upload_nobody_answers_is_given_up(void **unused)
{
	(void)unused;
	go_to(LINK_UPLOAD);
	pass(1100 * MS);
	assert_int_equal(link_.counters.parkings, 1);
	assert_string_equal(link_.reason, "it has stopped answering while the model was sent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_in_every_state),
		cmocka_unit_test(a_foreign_version_parks),
		cmocka_unit_test(a_closed_channel_ends_every_state),
		cmocka_unit_test(silence_after_hello_parks_and_tries_again),
		cmocka_unit_test(three_missed_deadlines_make_it_suspect),
		cmocka_unit_test(a_result_in_between_forgives),
		cmocka_unit_test(a_hung_core_is_given_up_while_nothing_is_asked),
		cmocka_unit_test(a_late_result_is_told_to_nobody),
		cmocka_unit_test(no_more_are_under_way_than_the_other_core_takes),
		cmocka_unit_test(a_frame_carries_tag_budget_session_and_boot),
		cmocka_unit_test(a_model_arrives_whatever_message_is_lost),
		cmocka_unit_test(an_upload_nobody_answers_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
