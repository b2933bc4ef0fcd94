/* SPDX-License-Identifier: Apache-2.0 */
/* test-link-time.c - Linux's state machine: deadlines, silence, backing off, and a model that is uploaded. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/link-fixture.h"

/* --- time ------------------------------------------------------------------------------------------------------- */

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
	struct protocol_message message =
		reply((uint8_t)(wire.sent[at].header.type | PROTOCOL_REPLY), sizeof(struct protocol_upload));
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
