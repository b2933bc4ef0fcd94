/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-vl53l8cx-trouble.c - the frame source when something goes wrong: which rungs of the ladder it takes, what it
 * counts, when it gives up, and that it can be stopped at any time. In virtual time a minute of trouble takes a moment.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/clock.h"
#include "tests/unit/source-rig.h"

#define NONE                                                                                                           \
	{                                                                                                              \
		0, 0                                                                                                   \
	}
#define ONE                                                                                                            \
	{                                                                                                              \
		1, 1                                                                                                   \
	}
#define SOME                                                                                                           \
	{                                                                                                              \
		1, 1000000                                                                                             \
	}
#define ANY                                                                                                            \
	{                                                                                                              \
		0, 1000000                                                                                             \
	}

/* Each runs until so many frames have come; then the counters must lie in their ranges. */
struct trouble_case {
	const char *faults;
	unsigned frames;
	struct range {
		uint64_t low, high;
	} torn, malformed, stale, bus, resync, restart, reboot, power, lost, missed, spurious, warnings;
};

static const struct trouble_case troubles[] = {
	/* faults, frames, torn malformed stale bus, resync restart reboot power, lost missed spurious warnings */
	{"at transfer 400: nack", 40, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
	{"at transfer 400: arbitration", 40, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
	{"at transfer 400: short-transfer", 40, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
	{": length-limit 64 32", 40, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, ANY, ANY, NONE},
	{"at frame 12..21: int-lost", 40, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, {1, 10}, NONE, NONE},
	{"at frame 12: int-spurious 5", 40, NONE, NONE, ANY, NONE, NONE, NONE, NONE, NONE, NONE, NONE, ANY, NONE},
	{"after 2510ms: int-spurious 5", 60, NONE, NONE, ANY, NONE, NONE, NONE, NONE, NONE, NONE, NONE, ONE, NONE},
	{"at frame 12: int-stuck", 200, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, ANY, {1, 10}, ANY, NONE},
	{"at frame 20: stream-jump 3", 40, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, {3, 3}, ANY, ANY, NONE},
	{"at frame 20 once: footer-id", 40, ANY, NONE, NONE, NONE, NONE, NONE, NONE, NONE, {0, 1}, NONE, ANY, NONE},
	{"at frame 20..24: footer-id", 60, SOME, NONE, NONE, NONE, SOME, NONE, NONE, NONE, SOME, ANY, ANY, NONE},
	{"at frame 20: block-missing", 40, NONE, ONE, NONE, NONE, NONE, NONE, NONE, NONE, ONE, NONE, NONE, NONE},
	{"at frame 20: block-size", 40, NONE, ONE, NONE, NONE, NONE, NONE, NONE, NONE, ONE, NONE, NONE, NONE},
	{"at frame 20 : page-lost", 60, NONE, ANY, NONE, NONE, SOME, NONE, NONE, NONE, ANY, ANY, ANY, NONE},
	{"at frame 20 : brown-out", 60, NONE, ANY, NONE, ANY, ANY, ANY, ONE, NONE, ANY, ANY, ANY, NONE},
	{"at frame 20 : trap", 60, NONE, NONE, NONE, NONE, ANY, NONE, ONE, NONE, ANY, ANY, ANY, NONE},
	{"at frame 20 : trap-silent", 60, NONE, NONE, NONE, NONE, ANY, NONE, ONE, NONE, ANY, ANY, ANY, NONE},
	{"at frame 20 for 1s: frozen", 60, NONE, NONE, ANY, NONE, SOME, ANY, ANY, ANY, ANY, ANY, ANY, NONE},
	{"at frame 20 for 300ms: off-bus", 60, NONE, ANY, NONE, SOME, ANY, ANY, ANY, ANY, ANY, ANY, ANY, NONE},
	{"at frame 20 for 20s: off-bus", 60, NONE, ANY, NONE, SOME, ANY, ANY, SOME, SOME, ANY, ANY, ANY, NONE},
	{"at frame 20 for 5s: bus-stuck", 60, NONE, ANY, NONE, SOME, ANY, ANY, SOME, ANY, ANY, ANY, ANY, NONE},
	{"at frame 20 for 3s: charge-pump", 60, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, ANY, ANY, ANY, SOME},
	{"at frame 20 for 3s: avdd-lost", 60, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, ANY, ANY, ANY, SOME},
	{"at boot 2: firmware-flip", 20, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
	{"at boot 2: rom-dead", 20, NONE, NONE, NONE, NONE, NONE, NONE, ONE, NONE, NONE, NONE, NONE, NONE},
	{"at boot 2..3: mcu-dead", 20, NONE, NONE, NONE, NONE, NONE, NONE, ONE, ONE, NONE, NONE, NONE, NONE},
	{": rom-slow 1s", 20, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
	{"at command 12: command-stuck", 20, NONE, NONE, NONE, NONE, NONE, NONE, ONE, NONE, NONE, NONE, NONE, NONE},
};

static void in_range(const struct trouble_case *trouble, const char *what, uint64_t value, struct range range)
{
	if (value < range.low || value > range.high)
		fail_msg("%s: %s is %llu, not %llu..%llu", trouble->faults, what, (unsigned long long)value,
			 (unsigned long long)range.low, (unsigned long long)range.high);
}

static void test_trouble(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
		const struct trouble_case *t = &troubles[i];
		struct source_config config = rig_config();
		struct source_health h;
		struct source *source;

		config.faults = t->faults;
		source = rig_open(&config);
		rig_skip(source, t->frames);
		h = rig_health(source);
		in_range(t, "torn", h.rejects[SOURCE_REJECT_TORN], t->torn);
		in_range(t, "malformed", h.rejects[SOURCE_REJECT_MALFORMED], t->malformed);
		in_range(t, "stale", h.rejects[SOURCE_REJECT_STALE], t->stale);
		in_range(t, "bus", h.rejects[SOURCE_REJECT_BUS], t->bus);
		in_range(t, "resync", h.recoveries[SOURCE_RUNG_RESYNC], t->resync);
		in_range(t, "restart", h.recoveries[SOURCE_RUNG_RESTART], t->restart);
		in_range(t, "reboot", h.recoveries[SOURCE_RUNG_REBOOT], t->reboot);
		in_range(t, "power cycle", h.recoveries[SOURCE_RUNG_POWER_CYCLE], t->power);
		in_range(t, "lost", h.lost, t->lost);
		in_range(t, "missed", h.missed_edges, t->missed);
		in_range(t, "spurious", h.spurious_edges, t->spurious);
		in_range(t, "warnings", h.warnings, t->warnings);
		assert_int_equal(h.state, SOURCE_RUNNING);
		source_free(source);
	}
}

/* Edges without end must not keep the thread from frames, nor the bus busy. */
static void test_storm(void **state)
{
	struct source_config config = rig_config();
	struct source *source;
	struct source_health health;

	(void)state;
	config.faults = ": int-storm 1000";
	source = rig_open(&config);
	rig_skip(source, 300);
	health = rig_health(source);
	assert_int_equal(health.lost, 0);
	assert_true(health.i2c.transfers < 20 * health.frames + 2000);
	source_free(source);
}

static void test_laser_safety(void **state)
{
	struct source_config config = rig_config();
	struct source_health health;
	struct source *source;
	struct frame frame;

	(void)state;
	config.faults = ": laser 1";
	source = rig_open(&config);
	rig_await(source, SOURCE_FAULT);
	health = rig_health(source);
	assert_int_equal(health.error, -EHWPOISON);
	assert_non_null(strstr(health.reason, "laser safety"));
	for (int i = 0; i < SOURCE_RUNGS_COUNT; i++)
		assert_int_equal(health.recoveries[i], 0);
	assert_int_equal(source->ops->recover(source, SOURCE_RUNG_POWER_CYCLE), -EHWPOISON);
	poll(NULL, 0, 50);
	assert_int_equal(rig_health(source).state, SOURCE_FAULT);
	assert_int_equal(source->ops->dispatch(source, &frame), 0);
	source_free(source);
}

/* What no rung can help is waited for, with the reason. */
static void test_hopeless(void **state)
{
	static const struct {
		const char *faults, *reason;
	} table[] = {
		{": wrong-id", "revision 0x02"},    {": wrong-id 0x44 0x0c", "device id"},
		{": wrong-checksum", "checksum"},   {": off-bus", "does not answer"},
		{": rom-dead", "ROM did not boot"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct source_config config = rig_config();
		struct source *source;
		int seen = 0;

		config.faults = table[i].faults;
		source = rig_open(&config);
		for (int k = 0; k < 5000 && !seen; k++) {
			struct source_health health = rig_health(source);

			seen = health.state == SOURCE_WAITING && strstr(health.reason, table[i].reason) &&
			       health.reboots_failed >= 3;
			poll(NULL, 0, 1);
		}
		if (!seen)
			fail_msg("%s: %s", table[i].faults, rig_health(source).reason);
		source_free(source);
	}
}

static void test_slow_bus(void **state)
{
	struct source_config config = rig_config();
	struct source_health health;
	struct source *source;

	(void)state;
	config.all_outputs = true;
	config.scl_hz = 100000;
	source = rig_open(&config);
	/* All frames are torn. That is said, and no rung is tried: none makes the bus faster. */
	for (int i = 0; i < 5000 && rig_health(source).rejects[SOURCE_REJECT_TORN] < 200; i++)
		poll(NULL, 0, 1);
	health = rig_health(source);
	assert_true(health.rejects[SOURCE_REJECT_TORN] >= 200);
	assert_int_equal(health.warnings, 1);
	assert_int_equal(strncmp(health.warning, "slow bus: a frame takes 1", 25), 0);
	assert_int_equal(health.state, SOURCE_WAITING);
	assert_int_equal(strncmp(health.reason, "the bus is so slow", 18), 0);
	for (int i = 0; i < SOURCE_RUNGS_COUNT; i++)
		assert_int_equal(health.recoveries[i], 0);
	source_free(source);
}

static void test_recover_by_hand(void **state)
{
	struct source_config config = rig_config();
	struct source *source = rig_open(&config);

	(void)state;
	for (enum source_rung rung = 0; rung < SOURCE_RUNGS_COUNT; rung++) {
		rig_skip(source, 30);
		assert_int_equal(source->ops->recover(source, rung), 0);
		for (int i = 0; i < 100 && rig_health(source).recoveries[rung] == 0; i++)
			rig_skip(source, 5);
		for (enum source_rung other = 0; other < SOURCE_RUNGS_COUNT; other++)
			assert_int_equal(rig_health(source).recoveries[other], other <= rung);
	}
	rig_skip(source, 30);
	assert_int_equal(rig_health(source).state, SOURCE_RUNNING);
	assert_int_equal(source->ops->recover(source, SOURCE_RUNGS_COUNT), -EINVAL);
	source_free(source);
}

/* However deep the thread is in a wait. The limit is two seconds. */
static void test_stop(void **state)
{
	static const char *const faults[] = {
		"", ": rom-dead", ": off-bus", ": bus-stuck", "at frame 2..: stop-dead", "at command 5: command-stuck"};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		for (unsigned wait_ms = 0; wait_ms <= 600; wait_ms += 300) {
			struct source_config config = rig_config();
			struct source *source;
			uint64_t start;

			config.virtual_time = false;
			config.faults = faults[i];
			source = rig_open(&config);
			poll(NULL, 0, (int)wait_ms);
			start = clock_now_ns(clock_monotonic());
			assert_null(source_free(source));
			assert_in_range(clock_now_ns(clock_monotonic()) - start, 0, 2000000000);
		}
	}
	assert_null(source_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trouble),	     cmocka_unit_test(test_storm),
		cmocka_unit_test(test_laser_safety), cmocka_unit_test(test_hopeless),
		cmocka_unit_test(test_slow_bus),     cmocka_unit_test(test_recover_by_hand),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
