/* SPDX-License-Identifier: Apache-2.0 */
/* test-link.c - Linux's state machine: every message in every state. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mcu-offload/link-private.h"
#include "nn/models/builtin.h"
#include "nn/runtime/model.h"
#include "tests/unit/link-fixture.h"

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

static void selftest_failed(struct protocol_message *message)
{
	message->body.selftest.status = PROTOCOL_STATUS_SELFTEST;
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
	{"SELFTEST_REPLY", PROTOCOL_SELFTEST_REPLY, 12, NULL, "ahursp", "uuu--u"},
	{"SELFTEST_REPLY, failed", PROTOCOL_SELFTEST_REPLY, 12, selftest_failed, "ahuppp", "uuu--u"},
	{"SELFTEST_REPLY, stale", PROTOCOL_SELFTEST_REPLY, 12, other_session, "ahursp", "ussssu"},
	{"SELFTEST_REPLY, truncated", PROTOCOL_SELFTEST_REPLY, 12, truncated, "ahursp", "ubbbbu"},
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
	{"SELFTEST", PROTOCOL_SELFTEST, 0, NULL, "ahursp", "ubbbbu"},
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

/* After HELLO and after an upload, not when a suspicion was wrong. */
static void the_selftest_is_asked_for_once_a_session(void **unused)
{
	struct protocol_message message;

	(void)unused;
	begin();
	link_opened(&link_, now);
	message = hello_ack();
	message.body.hello_ack.can |= PROTOCOL_CAN_SELFTEST;
	take(&message);
	assert_int_equal(last()->header.type, PROTOCOL_SELFTEST);
	assert_false(link_.selftested);
	message = reply(PROTOCOL_SELFTEST_REPLY, sizeof(struct protocol_selftest));
	message.body.selftest.run_us = 1234;
	take(&message);
	assert_true(link_.selftested);
	assert_int_equal(link_.selftest.run_us, 1234);
	link_enter(&link_, LINK_SUSPECT, now);
	message = reply(PROTOCOL_PONG, sizeof(struct protocol_pong));
	take(&message);
	assert_int_equal(link_.state, LINK_READY);
	assert_int_equal(last()->header.type, PROTOCOL_PING);
	assert_true(link_.selftested);

	go_to(LINK_UPLOAD);
	link_.peer.can |= PROTOCOL_CAN_SELFTEST;
	message = reply(BEGUN, UPLOADED);
	already(&message);
	take(&message);
	assert_int_equal(link_.state, LINK_READY);
	assert_int_equal(last()->header.type, PROTOCOL_SELFTEST);
}

/* It goes into logs, JSON and terminals, which take no other bytes. */
static void the_firmware_has_a_printable_name(void **unused)
{
	struct protocol_message message;

	(void)unused;
	begin();
	link_opened(&link_, now);
	message = hello_ack();
	memcpy(message.body.hello_ack.firmware, "m4\xff\x1b;K\n\x7f 1", 11);
	take(&message);
	assert_string_equal(link_.peer.firmware, "m4??;K?? 1");
}

/* Without an end to it, both cores would do nothing but greet each other. */
static void sessions_that_do_not_last_end_in_patience(void **unused)
{
	unsigned sessions = 0;

	(void)unused;
	begin();
	link_opened(&link_, now);
	while (link_.state != LINK_PARKED && sessions++ < 100) {
		struct protocol_message message = hello_ack();

		take(&message);
		assert_int_equal(link_.state, LINK_READY);
		message = reply(PROTOCOL_ERROR, sizeof(struct protocol_error));
		message.body.error.status = PROTOCOL_STATUS_NO_SESSION;
		if (sessions % 2)
			rebooted(&message);
		take(&message);
	}
	assert_in_range(sessions, 2, 5);
	assert_string_equal(link_.reason, "it forgets each session at once");
}

static void refuse(int status, int detail, uint32_t op, const char *reason)
{
	struct protocol_message message;

	go_to(LINK_UPLOAD);
	link_.model.bytes = model_builtin_begin;
	link_.model.bytes_size = (uint32_t)model_builtin_size();
	message = reply(BEGUN, UPLOADED);
	message.body.upload = (struct protocol_upload){(int16_t)status, (int16_t)detail, op};
	take(&message);
	assert_int_equal(link_.state, LINK_PARKED);
	assert_string_equal(link_.reason, reason);
}

static void a_refusal_says_what_is_wrong(void **unused)
{
	(void)unused;
	refuse(PROTOCOL_STATUS_BAD_MODEL, NN_ERROR_OPERATOR, 1,
	       "the other core refuses the model at operator 1, max-pool2d: unknown operator");
	refuse(PROTOCOL_STATUS_BAD_MODEL, NN_ERROR_OPERATOR, 1000,
	       "the other core refuses the model at operator 1000, unknown: unknown operator");
	refuse(PROTOCOL_STATUS_BAD_MODEL, NN_ERROR_VERSION, NN_NO_OPERATOR,
	       "the other core refuses the model: format version is not supported");
	refuse(PROTOCOL_STATUS_NO_MEMORY, 0, NN_NO_OPERATOR,
	       "the other core refuses the model: the model is too large");
	refuse(-99, 0, 0, "the other core refuses the model: for a reason that we don't know");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_in_every_state),
		cmocka_unit_test(a_foreign_version_parks),
		cmocka_unit_test(a_closed_channel_ends_every_state),
		cmocka_unit_test(the_selftest_is_asked_for_once_a_session),
		cmocka_unit_test(the_firmware_has_a_printable_name),
		cmocka_unit_test(sessions_that_do_not_last_end_in_patience),
		cmocka_unit_test(a_refusal_says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
