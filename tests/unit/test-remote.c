/* SPDX-License-Identifier: Apache-2.0 */
/* test-remote.c - the classifier with two cores against another core that fails in every way it can. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "mcu-offload/remote.h"
#include "tests/unit/fake-m4.h"

static char directory[64], channel[100], path[80];
static struct fake_m4 m4;
static struct classifier *classifier, *local;
static struct remote_config config;
static uint32_t frames;
static unsigned thinks_ms; /* the other core, before each answer */

static int set_up(void **unused)
{
	const struct nn_config nn = {.model = NULL};
	char reason[MODEL_FILE_REASON];

	(void)unused;
	snprintf(directory, sizeof(directory), "/tmp/test-remote.XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/m4", directory);
	snprintf(channel, sizeof(channel), "unix:%s", path);
	assert_int_equal(local_classifier_ops.open(&nn, &local, reason), 0);
	config = (struct remote_config){.mode = REMOTE_M4, .deadline_us = 15000, .channel = channel, .root = ""};
	frames = 0;
	thinks_ms = 0;
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	classifier = classifier_free(classifier);
	classifier_free(local);
	fake_m4_stop(&m4);
	return rmdir(directory);
}

static void begin(bool with_model)
{
	const struct nn_config nn = {.model = NULL};
	char reason[MODEL_FILE_REASON] = "";

	fake_m4_start(&m4, path, false, with_model);
	if (remote_open(&nn, &config, &classifier, reason) < 0)
		fail_msg("%s", reason);
}

/* Hands in front of walls, and one in eight without a hand. */
static struct frame next_frame(void)
{
	frames++;
	struct frame frame = {.cols = 8, .rows = 8, .seq = frames, .t_ns = frames * 66666667ull};
	uint32_t random = frames * 2654435761u;

	for (unsigned z = 0; z < FRAME_ZONES_MAX; z++) {
		random = random * 1664525 + 1013904223;
		frame.count[z] = 1;
		frame.status[z] = (random >> 28) == 0 ? FRAME_STATUS_NONE : FRAME_STATUS_VALID;
		frame.distance_q2[z] = (int16_t)((frames % 8 == 0 ? 3900 : 250 + (random >> 8) % 300) * 4);
		frame.signal_q11[z] = (40 + (random >> 16) % 900) * 2048;
	}
	return frame;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Waits as the hall does. Returns 1 with a result, 0 when none came for so long. */
static int wait_result(struct nn_result *ret_result, unsigned ms)
{
	uint64_t end = now_ms() + ms;

	for (;;) {
		struct pollfd fd = {.fd = classifier->ops->fd(classifier), .events = POLLIN};
		int r = classifier->ops->result(classifier, ret_result);

		if (r > 0)
			return 1;
		if (thinks_ms)
			poll(NULL, 0, (int)thinks_ms);
		fake_m4_work(&m4);
		if (now_ms() >= end)
			return 0;
		poll(&fd, 1, 2);
	}
}

static void check(const struct nn_result *result, const struct frame *frame)
{
	struct nn_result expected;

	assert_int_equal(local->ops->submit(local, frame), 0);
	assert_int_equal(local->ops->result(local, &expected), 1);
	assert_int_equal(result->seq, frame->seq);
	assert_int_equal(result->best, expected.best);
	assert_memory_equal(result->probability, expected.probability, sizeof(expected.probability));
	assert_int_equal(result->hand.present, expected.hand.present);
}

/* Each frame has the right result, whatever the other core does. */
static void run(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct frame frame = next_frame();
		struct nn_result result;

		assert_int_equal(classifier->ops->submit(classifier, &frame), 0);
		assert_int_equal(wait_result(&result, 1000), 1);
		check(&result, &frame);
	}
}

static struct remote_status status(void)
{
	struct remote_status now;

	remote_status(classifier, &now);
	return now;
}

static void wait_state(enum link_state state)
{
	struct nn_result result;
	uint64_t end = now_ms() + 3000;

	while (status().state != state && now_ms() < end)
		(void)wait_result(&result, 1);
	assert_int_equal(status().state, state);
}

static void begin_ready(void)
{
	begin(true);
	wait_state(LINK_READY);
	run(30); /* through the trial */
	assert_int_equal(status().remote, 10);
}

static void results_come_from_the_other_core(void **unused)
{
	(void)unused;
	begin_ready();
	run(100);
	assert_int_equal(status().remote, 110);
	assert_int_equal(status().fallbacks, 0);
	assert_int_equal(status().mismatches, 0);
	assert_int_equal(status().core, POLICY_REMOTE);
	assert_string_equal(status().firmware, "fake");
}

static void it_is_asked_how_it_is(void **unused)
{
	(void)unused;
	begin_ready();
	assert_true(status().has_stats);
	assert_int_equal(status().stats.run_us_average, 495);
	run(100);
	assert_int_equal(m4.asked_stats, 1);
	fake_m4_reboot(&m4, true);
	run(1);
	assert_int_equal(status().state, LINK_ABSENT);
	assert_false(status().has_stats);
	wait_state(LINK_READY);
	run(10);
	assert_true(status().has_stats);
	assert_int_equal(m4.asked_stats, 2);
}

static void without_another_core_all_is_local(void **unused)
{
	struct nn_result result;

	(void)unused;
	begin(true);
	fake_m4_stop(&m4);
	classifier = classifier_free(classifier);
	m4 = (struct fake_m4){.listener = -1, .fd = -1};
	{
		const struct nn_config nn = {.model = NULL};
		char reason[MODEL_FILE_REASON];

		assert_int_equal(remote_open(&nn, &config, &classifier, reason), 0);
	}
	for (unsigned i = 0; i < 20; i++) {
		struct frame frame = next_frame();

		assert_int_equal(classifier->ops->submit(classifier, &frame), 0);
		assert_int_equal(classifier->ops->result(classifier, &result), 1); /* at once */
		check(&result, &frame);
	}
	assert_int_equal(status().state, LINK_ABSENT);
	assert_string_equal(status().reason, "no channel");
}

static void it_is_found_when_it_comes(void **unused)
{
	(void)unused;
	without_another_core_all_is_local(NULL);
	fake_m4_start(&m4, path, false, true);
	wait_state(LINK_READY);
	run(30);
	assert_true(status().remote > 0);
}

/* Faults of single answers: local results at the deadline, and all is well when the fault is over. */
static struct fault {
	enum fake_fault fault;
	uint64_t bad, link_bad, stale, refused; /* how two of them are counted */
} corrupted = {.fault = FAKE_CORRUPT, .bad = 2}, truncated = {.fault = FAKE_TRUNCATED, .bad = 2},
  too_large = {.fault = FAKE_HUGE, .link_bad = 2}, no_number = {.fault = FAKE_NAN, .link_bad = 2},
  stale = {.fault = FAKE_STALE, .stale = 2}, busy = {.fault = FAKE_BUSY, .refused = 2};

static void an_answer_is_no_use(void **state)
{
	const struct fault *fault = *state;

	begin_ready();
	m4.fault = fault->fault;
	run(2);
	assert_int_equal(status().fallbacks, 2);
	assert_int_equal(status().bad, fault->bad);
	assert_int_equal(status().link.bad, fault->link_bad);
	assert_int_equal(status().link.stale, fault->stale);
	assert_int_equal(status().link.refused, fault->refused);
	m4.fault = FAKE_FINE;
	run(5);
	assert_true(status().remote >= 15);
	assert_int_equal(status().mismatches, 0);
}

static void an_answer_that_comes_twice(void **unused)
{
	(void)unused;
	begin_ready();
	m4.fault = FAKE_TWICE;
	run(5);
	assert_int_equal(status().fallbacks, 0);
	assert_true(status().link.late >= 4);
}

/* The first of two comes after the second, both in time: results keep the frames' order. */
static void answers_out_of_order(void **unused)
{
	(void)unused;
	config.deadline_us = 500000;
	begin_ready();
	m4.fault = FAKE_KEPT;
	for (unsigned i = 0; i < 5; i++) {
		struct frame a = next_frame(), b = next_frame();
		struct nn_result result;

		assert_int_equal(classifier->ops->submit(classifier, &a), 0);
		assert_int_equal(classifier->ops->result(classifier, &result), 0);
		assert_int_equal(classifier->ops->submit(classifier, &b), 0);
		assert_int_equal(wait_result(&result, 1000), 1);
		check(&result, &a);
		assert_int_equal(wait_result(&result, 1000), 1);
		check(&result, &b);
	}
	assert_int_equal(status().fallbacks, 0);
}

static void a_late_answer(void **unused)
{
	(void)unused;
	begin_ready();
	m4.fault = FAKE_KEPT;
	run(2); /* the first misses its deadline and comes with the second */
	assert_int_equal(status().fallbacks, 1);
	assert_int_equal(status().link.late, 1);
}

static void a_wrong_answer_parks_a_core_that_is_on_trial(void **unused)
{
	(void)unused;
	begin(true);
	wait_state(LINK_READY);
	m4.fault = FAKE_WRONG;
	run(2);
	assert_int_equal(status().state, LINK_PARKED);
	assert_string_equal(status().reason, "its results differ from this core's");
	assert_int_equal(status().remote, 0);
	assert_int_equal(status().mismatches, 1);
}

static void both_counts_every_difference(void **unused)
{
	(void)unused;
	config.mode = REMOTE_BOTH;
	begin(true);
	wait_state(LINK_READY);
	run(40);
	assert_int_equal(status().compared, 40);
	assert_int_equal(status().mismatches, 0);
	m4.fault = FAKE_WRONG;
	run(8); /* one without a hand: no output to spoil */
	assert_int_equal(status().compared, 48);
	assert_int_equal(status().mismatches, 7);
	assert_int_equal(status().state, LINK_READY);
}

static void a_hung_core_is_parked(void **unused)
{
	(void)unused;
	begin_ready();
	m4.fault = FAKE_SILENT;
	run(3);
	assert_int_equal(status().state, LINK_SUSPECT);
	wait_state(LINK_PARKED);
	assert_string_equal(status().reason, "it has stopped answering");
	m4.fault = FAKE_FINE;
	wait_state(LINK_READY);
	assert_true(m4.hellos >= 2);
}

static void a_crash_takes_the_channel_with_it(void **unused)
{
	struct frame frame = next_frame();
	struct nn_result result;

	(void)unused;
	begin_ready();
	frame = next_frame();
	assert_int_equal(classifier->ops->submit(classifier, &frame), 0);
	fake_m4_reboot(&m4, true);
	assert_int_equal(wait_result(&result, 1000), 1);
	check(&result, &frame);
	assert_int_equal(status().state, LINK_ABSENT);
	wait_state(LINK_READY);
	run(30);
	assert_int_equal(status().link.reboots, 1);
	assert_true(status().remote >= 20);
}

static void a_reboot_behind_the_same_channel(void **unused)
{
	(void)unused;
	begin_ready();
	fake_m4_reboot(&m4, false);
	run(1);
	wait_state(LINK_READY);
	run(30);
	assert_int_equal(status().link.reboots, 1);
	assert_int_equal(status().link.sessions, 2);
}

/* Its answers to the service before lie in the channel, and it still has the old session. */
static void a_restart_of_the_service(void **unused)
{
	const struct nn_config nn = {.model = NULL};
	char reason[MODEL_FILE_REASON];

	(void)unused;
	begin_ready();
	classifier = classifier_free(classifier);
	fake_m4_work(&m4);
	assert_int_equal(m4.byes, 1);
	m4.session = 12345; /* as if it had been killed */
	assert_int_equal(remote_open(&nn, &config, &classifier, reason), 0);
	wait_state(LINK_READY);
	run(30);
	assert_int_equal(status().remote, 10);
}

static void another_version_over_there(void **unused)
{
	(void)unused;
	begin(true);
	m4.fault = FAKE_VERSION;
	wait_state(LINK_PARKED);
	assert_string_equal(status().reason, "the other core has another version of the protocol");
	run(3);
	assert_int_equal(status().local, 3);
}

static void a_version_that_we_lack(void **unused)
{
	(void)unused;
	begin(true);
	m4.fault = FAKE_FUTURE;
	wait_state(LINK_PARKED);
	run(3);
}

static void a_model_is_uploaded(void **unused)
{
	(void)unused;
	begin(false);
	wait_state(LINK_READY);
	assert_int_equal(m4.uploads, 1);
	run(30);
	assert_int_equal(status().remote, 10);
}

static void a_failed_selftest_parks(void **unused)
{
	(void)unused;
	begin(true);
	m4.fault = FAKE_SICK;
	wait_state(LINK_PARKED);
	assert_string_equal(status().reason, "the other core's self-test failed");
	assert_string_equal(status().selftest, "the network's self-test failed");
	run(3);
	assert_int_equal(status().local, 3);
	m4.fault = FAKE_FINE;
	wait_state(LINK_READY);
	run(3);
	assert_string_equal(status().selftest, "ok");
}

static void over_a_stream(void **unused)
{
	const struct nn_config nn = {.model = NULL};
	char reason[MODEL_FILE_REASON];

	(void)unused;
	fake_m4_start(&m4, path, true, true);
	snprintf(channel, sizeof(channel), "stream:%s", path);
	assert_int_equal(remote_open(&nn, &config, &classifier, reason), 0);
	wait_state(LINK_READY);
	run(30);
	m4.fault = FAKE_TRUNCATED; /* the next message has to be found again */
	run(2);
	m4.fault = FAKE_FINE;
	run(20);
	assert_true(status().remote >= 25);
	assert_int_equal(status().mismatches, 0);
}

static void auto_measures_and_reports(void **unused)
{
	(void)unused;
	config.mode = REMOTE_AUTO;
	begin(true);
	wait_state(LINK_READY);
	run(200);
	assert_true(status().local_us > 0);
	assert_true(status().remote_us > 0);
	assert_int_equal(status().mismatches, 0);
	/* A socket and a test's polling are never faster than a tiny network. */
	assert_int_equal(status().core, POLICY_LOCAL);
}

/* Waiting for the other core costs time and no processor time. */
static void auto_measures_what_it_is_told_to(void **unused)
{
	(void)unused;
	config.mode = REMOTE_AUTO;
	config.deadline_us = 500000;
	begin(true);
	wait_state(LINK_READY);
	thinks_ms = 20;
	config.goal = POLICY_LATENCY;
	assert_int_equal(remote_configure(classifier, &config), 0);
	run(8);
	assert_true(status().remote_us >= 20000);
	config.goal = POLICY_CPU;
	assert_int_equal(remote_configure(classifier, &config), 0);
	assert_true(status().remote_us == 0);
	run(8);
	assert_true(status().remote_us > 0 && status().remote_us < 10000);
	assert_int_equal(status().fallbacks, 0);
}

static void modes_change_while_it_runs(void **unused)
{
	(void)unused;
	begin_ready();
	config.mode = REMOTE_LOCAL;
	assert_int_equal(remote_configure(classifier, &config), 0);
	run(5);
	assert_int_equal(status().state, LINK_ABSENT);
	config.mode = REMOTE_M4;
	assert_int_equal(remote_configure(classifier, &config), 0);
	wait_state(LINK_READY);
	run(25);
	config.channel = "nonsense";
	assert_int_equal(remote_configure(classifier, &config), -EINVAL);
	run(5);
	assert_int_equal(status().state, LINK_READY);
}

/* What the other core was asked is not waited for any more: neither for good, nor until its deadline. */
static void modes_change_with_a_frame_under_way(void **unused)
{
	struct frame frame = next_frame();
	struct nn_result result;

	(void)unused;
	config.deadline_us = 900000;
	begin_ready();
	run(20); /* the trial */
	assert_int_equal(classifier->ops->submit(classifier, &frame), 0);
	config.mode = REMOTE_LOCAL;
	assert_int_equal(remote_configure(classifier, &config), 0);
	assert_int_equal(classifier->ops->result(classifier, &result), 1);
	check(&result, &frame);
	run(5);
}

/* Like --fast: nothing is lost, and all is compared. */
static void patience_compares_everything(void **unused)
{
	unsigned done = 0;

	(void)unused;
	config.mode = REMOTE_BOTH;
	config.patient = true;
	config.deadline_us = 500000;
	begin(true);
	while (done < 200) {
		struct frame frame = next_frame();
		struct nn_result result;

		while (classifier->ops->submit(classifier, &frame) == -EBUSY)
			done += (unsigned)wait_result(&result, 5);
		while (wait_result(&result, 0) > 0)
			done++;
	}
	assert_true(status().compared >= 198); /* the last may be under way */
	assert_int_equal(status().local, done);
	assert_int_equal(status().mismatches, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(results_come_from_the_other_core),
		TEST(it_is_asked_how_it_is),
		TEST(without_another_core_all_is_local),
		TEST(it_is_found_when_it_comes),
		{"a corrupted answer", an_answer_is_no_use, set_up, tear_down, &corrupted},
		{"a truncated answer", an_answer_is_no_use, set_up, tear_down, &truncated},
		{"an answer that claims too much", an_answer_is_no_use, set_up, tear_down, &too_large},
		{"an answer that is no number", an_answer_is_no_use, set_up, tear_down, &no_number},
		{"a stale answer", an_answer_is_no_use, set_up, tear_down, &stale},
		{"a busy core", an_answer_is_no_use, set_up, tear_down, &busy},
		TEST(an_answer_that_comes_twice),
		TEST(answers_out_of_order),
		TEST(a_late_answer),
		TEST(a_wrong_answer_parks_a_core_that_is_on_trial),
		TEST(both_counts_every_difference),
		TEST(a_hung_core_is_parked),
		TEST(a_crash_takes_the_channel_with_it),
		TEST(a_reboot_behind_the_same_channel),
		TEST(a_restart_of_the_service),
		TEST(another_version_over_there),
		TEST(a_version_that_we_lack),
		TEST(a_model_is_uploaded),
		TEST(a_failed_selftest_parks),
		TEST(over_a_stream),
		TEST(auto_measures_and_reports),
		TEST(auto_measures_what_it_is_told_to),
		TEST(modes_change_while_it_runs),
		TEST(modes_change_with_a_frame_under_way),
		TEST(patience_compares_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
