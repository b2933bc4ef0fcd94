/* SPDX-License-Identifier: Apache-2.0 */
/* test-faults.c - fault scripts: grammar, conditions, and the table of faults. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/emulator/faults.h"

static void script_open(struct faults *faults, const char *script, uint64_t seed)
{
	char reason[FAULTS_REASON] = "";

	if (faults_init(faults, script, seed, reason) < 0)
		fail_msg("'%s': %s", script, reason);
}

static void test_empty(void **state)
{
	static const char *const scripts[] = {NULL, "", "\n\n", "# nothing\n", " ; ;\t\n"};
	struct faults faults;

	(void)state;
	for (unsigned i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		script_open(&faults, scripts[i], 0);
		assert_int_equal(faults.n, 0);
		assert_null(faults_hit(&faults, FAULT_NACK));
		assert_true(faults_next_ns(&faults) == UINT64_MAX);
		faults_clear(&faults);
	}
}

static void test_bad_scripts(void **state)
{
	static const struct {
		const char *script, *line, *complaint;
	} bad[] = {
		{"frobnicate", "line 1:", "unknown fault 'frobnicate'"},
		{"\n\nat frame 1: nope", "line 3:", "unknown fault 'nope'"},
		{"nack\n# at\nsoon: nack", "line 3:", "unknown condition 'soon'"},
		{"nack; torn 5", "line 1:", "one argument too many '5'"},
		{"at noon 3: nack", "line 1:", "transfer, frame, command, boot"},
		{"at frame 0: nack", "line 1:", "bad number '0'"},
		{"at frame x: nack", "line 1:", "bad number 'x'"},
		{"at frame 5..4: nack", "line 1:", "bad end of range '4'"},
		{"at: nack", "line 1:", "unknown counter ''"},
		{"at frame: nack", "line 1:", "bad number ''"},
		{"after 5: nack", "line 1:", "bad time '5'"},
		{"after 5h: nack", "line 1:", "bad time '5h'"},
		{"after -5s: nack", "line 1:", "bad time '-5s'"},
		{"for nan s: nack", "line 1:", "bad time 'nan'"},
		{"with luck 1: nack", "line 1:", "unknown word 'luck'"},
		{"with probability 1.5: nack", "line 1:", "bad probability '1.5'"},
		{"with probability nan: nack", "line 1:", "bad probability 'nan'"},
		{"times 0: nack", "line 1:", "bad number '0'"},
		{"sensor 4: nack", "line 1:", "0 to 3"},
		{"wrong-id 0xF0 0x100", "line 1:", "REVISION = 0 to 255"},
		{"rom-slow 3", "line 1:", "bad time '3'"},
		{"command-slow 2h", "line 1:", "bad time '2h'"},
		{"always:", "line 1:", "unknown fault ''"},
		{"firmware-file", "line 1:", "unknown fault 'firmware-file'"},
	};
	struct faults faults = {0};
	char reason[FAULTS_REASON];

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		*reason = '\0';
		assert_int_equal(faults_init(&faults, bad[i].script, 0, reason), -EINVAL);
		assert_non_null(strstr(reason, bad[i].line));
		assert_non_null(strstr(reason, bad[i].complaint));
		assert_int_equal(faults_init(&faults, bad[i].script, 0, NULL), -EINVAL);
	}
	assert_null(faults.lines);
}

static void test_bounds(void **state)
{
	static char script[FAULTS_SCRIPT_MAX + 1];
	struct faults faults;
	char reason[FAULTS_REASON] = "";

	(void)state;
	for (unsigned i = 0; i < FAULTS_MAX; i++)
		strcat(script, "nack\n");
	script_open(&faults, script, 0);
	assert_int_equal(faults.n, FAULTS_MAX);
	faults_clear(&faults);
	strcat(script, "nack\n");
	assert_int_equal(faults_init(&faults, script, 0, reason), -EINVAL);
	assert_non_null(strstr(reason, "line 65: too many"));
	memset(script, ' ', FAULTS_SCRIPT_MAX);
	assert_int_equal(faults_init(&faults, script, 0, reason), -E2BIG);
}

static bool hits(struct faults *faults, uint64_t frame, enum fault_kind kind)
{
	faults->moment.frame = frame;
	return faults_hit(faults, kind) != NULL;
}

static void test_counters(void **state)
{
	struct faults faults;

	(void)state;
	script_open(&faults, "at frame 3: torn; at frame 5..6: crc\nat frame 8.. : frozen; at command 2: command-error",
		    0);
	for (uint64_t frame = 0; frame < 12; frame++) {
		assert_int_equal(hits(&faults, frame, FAULT_TORN), frame == 3);
		assert_int_equal(hits(&faults, frame, FAULT_CRC), frame == 5 || frame == 6);
		assert_int_equal(hits(&faults, frame, FAULT_FROZEN), frame >= 8);
		assert_false(hits(&faults, frame, FAULT_NACK));
	}
	assert_null(faults_hit(&faults, FAULT_COMMAND_ERROR));
	faults.moment.command = 2;
	assert_non_null(faults_hit(&faults, FAULT_COMMAND_ERROR));
	faults_clear(&faults);
}

static bool hits_at(struct faults *faults, uint64_t ms, enum fault_kind kind)
{
	faults->moment.now_ns = ms * 1000000;
	return faults_hit(faults, kind) != NULL;
}

static void test_times(void **state)
{
	struct faults faults;

	(void)state;
	script_open(&faults, "after 2s for 300ms: bus-stuck; after 1500 ms: nack; for 1 s: arbitration", 0);
	assert_int_equal(faults_next_ns(&faults), 1500000000);
	assert_true(hits_at(&faults, 999, FAULT_ARBITRATION));
	assert_false(hits_at(&faults, 1000, FAULT_ARBITRATION));
	assert_false(hits_at(&faults, 1499, FAULT_NACK));
	assert_true(hits_at(&faults, 1500, FAULT_NACK));
	assert_int_equal(faults_next_ns(&faults), 2000000000);
	assert_false(hits_at(&faults, 1999, FAULT_BUS_STUCK));
	assert_true(hits_at(&faults, 2100, FAULT_BUS_STUCK)); /* seen late, ends in time */
	assert_true(hits_at(&faults, 2299, FAULT_BUS_STUCK));
	assert_false(hits_at(&faults, 2300, FAULT_BUS_STUCK));
	assert_true(hits_at(&faults, 9000, FAULT_NACK));
	assert_true(faults_next_ns(&faults) == UINT64_MAX);
	faults_clear(&faults);
}

/* "at ... for ...": it begins with the counter and ends with the time. */
static void test_counter_begins_a_time(void **state)
{
	struct faults faults;

	(void)state;
	script_open(&faults, "at frame 4 for 300ms: nack", 0);
	assert_false(hits_at(&faults, 1000, FAULT_NACK));
	faults.moment.frame = 4;
	assert_true(hits_at(&faults, 1100, FAULT_NACK));
	faults.moment.frame = 5;
	assert_true(hits_at(&faults, 1399, FAULT_NACK));
	assert_false(hits_at(&faults, 1400, FAULT_NACK));
	faults.moment.frame = 4;
	assert_false(hits_at(&faults, 1500, FAULT_NACK));
	faults_clear(&faults);
}

static void test_times_and_once(void **state)
{
	struct faults faults;
	unsigned n = 0;

	(void)state;
	script_open(&faults, "times 3: nack; once: torn", 0);
	for (unsigned i = 0; i < 10; i++)
		n += faults_hit(&faults, FAULT_NACK) != NULL;
	assert_int_equal(n, 3);
	assert_non_null(faults_hit(&faults, FAULT_TORN));
	assert_null(faults_hit(&faults, FAULT_TORN));
	faults_clear(&faults);
}

static void test_probability(void **state)
{
	uint64_t patterns[3] = {0};
	struct faults faults;

	(void)state;
	for (unsigned run = 0; run < 3; run++) {
		unsigned n = 0;

		script_open(&faults, "with probability 0.25: nack", run == 2 ? 8 : 7);
		for (unsigned i = 0; i < 4096; i++) {
			bool hit = faults_hit(&faults, FAULT_NACK) != NULL;

			n += hit;
			if (i < 64)
				patterns[run] |= (uint64_t)hit << i;
		}
		assert_in_range(n, 900, 1150);
		faults_clear(&faults);
	}
	assert_int_equal(patterns[0], patterns[1]);
	assert_int_not_equal(patterns[0], patterns[2]);
	script_open(&faults, "with probability 0: nack; with probability 1: torn", 1);
	for (unsigned i = 0; i < 100; i++) {
		assert_null(faults_hit(&faults, FAULT_NACK));
		assert_non_null(faults_hit(&faults, FAULT_TORN));
	}
	faults_clear(&faults);
}

/* What strikes, strikes once for each count, and once for a time. */
static void test_strikes(void **state)
{
	struct faults faults;

	(void)state;
	script_open(&faults, "at frame 3..4: brown-out; after 1s: page-lost", 0);
	assert_true(hits(&faults, 3, FAULT_BROWN_OUT));
	assert_false(hits(&faults, 3, FAULT_BROWN_OUT));
	assert_true(hits(&faults, 4, FAULT_BROWN_OUT));
	assert_false(hits(&faults, 5, FAULT_BROWN_OUT));
	assert_false(hits_at(&faults, 999, FAULT_PAGE_LOST));
	assert_true(hits_at(&faults, 1000, FAULT_PAGE_LOST));
	assert_false(hits_at(&faults, 2000, FAULT_PAGE_LOST));
	faults_clear(&faults);
}

static void test_sensor(void **state)
{
	struct faults faults;

	(void)state;
	script_open(&faults, "sensor 1 at frame 3: nack", 0);
	faults.moment.frame = 3;
	assert_null(faults_hit(&faults, FAULT_NACK));
	faults.moment.sensor = 1;
	assert_non_null(faults_hit(&faults, FAULT_NACK));
	faults_clear(&faults);
}

static void test_arguments(void **state)
{
	const struct fault_hit *hit;
	struct faults faults;

	(void)state;
	script_open(&faults, "wrong-id 0xF1; command-slow 1.5 s\ntemperature -40", 0);
	hit = faults_hit(&faults, FAULT_WRONG_ID);
	assert_int_equal(hit->arguments[0], 0xF1);
	assert_int_equal(hit->arguments[1], 0x02); /* the table's */
	assert_int_equal(faults_hit(&faults, FAULT_COMMAND_SLOW)->arguments[0], 1500000);
	assert_int_equal(faults_hit(&faults, FAULT_TEMPERATURE)->arguments[0], -40);
	faults_clear(&faults);
}

/* All forty are there, each name is unique and can be written in a script without arguments. */
static void test_table(void **state)
{
	struct fault_description description;
	uint64_t numbers = 0;
	unsigned i;

	(void)state;
	for (i = 0; faults_describe(i, &description); i++) {
		struct fault_description other;
		struct faults faults;

		assert_in_range(description.number, 1, 40);
		assert_true(*description.name && *description.effect);
		numbers |= 1ull << description.number;
		for (unsigned k = 0; k < i; k++) {
			assert_true(faults_describe(k, &other));
			assert_string_not_equal(other.name, description.name);
		}
		if (description.number == 40)
			continue;
		script_open(&faults, description.name, 0);
		faults.moment.frame = 1;
		assert_non_null(faults_hit(&faults, i));
		faults_clear(&faults);
	}
	assert_int_equal(i, FAULT_KINDS);
	assert_true(numbers == (1ull << 41) - 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),	       cmocka_unit_test(test_bad_scripts),
		cmocka_unit_test(test_bounds),	       cmocka_unit_test(test_counters),
		cmocka_unit_test(test_times),	       cmocka_unit_test(test_counter_begins_a_time),
		cmocka_unit_test(test_times_and_once), cmocka_unit_test(test_probability),
		cmocka_unit_test(test_strikes),	       cmocka_unit_test(test_sensor),
		cmocka_unit_test(test_arguments),      cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
