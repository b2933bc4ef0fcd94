/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-faults.c - the fault table: every fault that the emulated chip and its bus can have, and what the driver makes of
 * it. One test for each of the forty numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/emulator/faults.h"
#include "sensor/ladder.h"
#include "tests/fault/fault-bench.h"
#include "tests/fault/fault-table.h"

enum {
	FRAMES = 120, /* taken in each row; the faults of ranging strike at frame 40 */
	STEADY = 20,  /* so many at the end come in time */
	WAITS = 9,    /* seen in each row that ends in waiting */
	UPLOAD_TRANSFERS = 700,
	POLLS_PER_S = 100,
	MESSAGES_SMALL = 34, /* for one of the usual length */
};

static struct source_config row_config(const struct fault_row *row)
{
	struct source_config config = fault_config(row->script);

	switch (row->variant) {
	case VARIANT_PLAIN:
		break;
	case VARIANT_POLL:
		config.int_line = "";
		break;
	case VARIANT_NO_LPN:
		config.lpn_line = "";
		break;
	case VARIANT_MOVED:
		config.address = 0x2a;
		break;
	}
	return config;
}

/* The settings of a chip that nothing happens to. */
static void clean_settings(const struct fault_row *row, uint8_t memory[FAULT_MEMORY])
{
	struct source_config config = row_config(row);
	struct fault_bench *bench = test_malloc(sizeof(*bench));

	config.faults = "";
	fault_bench_open(bench, &config);
	fault_bench_until(bench, SOURCE_RUNNING, 1);
	fault_bench_settings(bench, memory);
	fault_bench_close(bench);
	test_free(bench);
}

/* What it says about the trouble, or that there is nothing to say. */
static void check_words(const struct fault_bench *bench, const struct fault_row *row)
{
	const struct fault_moment *worst = fault_bench_find(bench, "");
	const char *warning = row->warning ? row->warning : "";

	while (worst && !*worst->reason)
		worst = worst + 1 < bench->history + bench->moments ? worst + 1 : NULL;
	if (row->reason ? !fault_bench_find(bench, row->reason) : worst != NULL) {
		fault_bench_print(bench);
		fail_msg("%s: the reason is not: %s", row->script, row->reason ? row->reason : "nothing");
	}
	if (!strstr(bench->health.warning, warning) || !*warning != !*bench->health.warning)
		fail_msg("%s: warning '%s', not '%s'", row->script, bench->health.warning, warning);
}

/* Nothing loops: traffic is in proportion to frames, time and attempts. */
static void check_bounded(const struct fault_bench *bench)
{
	const struct source_health *health = &bench->health;
	uint64_t boots = 1 + health->recoveries[SOURCE_RUNG_REBOOT] + health->recoveries[SOURCE_RUNG_POWER_CYCLE];
	uint64_t limit = 2 * boots * UPLOAD_TRANSFERS + bench->now_ns / 1000000000 * POLLS_PER_S + 10 * health->frames;

	if (health->i2c.step_downs)
		limit *= MESSAGES_SMALL;

	if (health->i2c.transfers > limit) {
		fault_bench_print(bench);
		fail_msg("%s: more than %u transfers", bench->config.faults, (unsigned)limit);
	}
}

static void check_steady(struct fault_bench *bench, const struct fault_row *row)
{
	uint64_t gap_ns = bench->gap_ns;

	if (gap_ns > row->gap_ms * 1000000ull) {
		fault_bench_print(bench);
		fail_msg("%s: no frame for %u ms, allowed %u", row->script, (unsigned)(gap_ns / 1000000), row->gap_ms);
	}
	bench->gap_ns = 0;
	fault_bench_until(bench, SOURCE_RUNNING, STEADY);
	if (bench->gap_ns > 3 * FAULT_PERIOD_MS * 1000000ull / 2)
		fail_msg("%s: still irregular", row->script);
	bench->gap_ns = gap_ns;
}

/* Frames come again, and nothing was forgotten. */
static void run_well(const struct fault_row *row)
{
	struct source_config config = row_config(row);
	struct fault_bench *bench = test_malloc(sizeof(*bench));
	uint8_t *wanted = test_malloc(2 * FAULT_MEMORY), *settings = wanted + FAULT_MEMORY;

	clean_settings(row, wanted);
	fault_bench_open(bench, &config);
	fault_bench_until(bench, SOURCE_RUNNING, FRAMES);
	fault_bench_check_counters(bench, row->counters);
	check_steady(bench, row);
	assert_int_equal(bench->health.state, SOURCE_RUNNING);
	assert_int_equal(bench->health.error, 0);
	assert_string_equal(bench->health.reason, "");
	assert_int_equal(bench->frame.cols, config.resolution);
	fault_bench_settings(bench, settings);
	for (size_t i = 0; i < FAULT_MEMORY; i++)
		if (settings[i] != wanted[i])
			fail_msg("%s: setting at %04zx is %02x, not %02x", row->script, i, settings[i], wanted[i]);
	check_words(bench, row);
	check_bounded(bench);
	fault_bench_close(bench);
	test_free(wanted);
	test_free(bench);
}

/* It tries again after 1, 2, 5, 10, 30, 60, 60, ... seconds; an attempt costs little. */
static void run_waits(const struct fault_row *row)
{
	struct source_config config = row_config(row);
	struct fault_bench *bench = test_malloc(sizeof(*bench));
	const struct fault_moment *before = NULL;
	unsigned waits = 0;

	fault_bench_open(bench, &config);
	fault_bench_until(bench, SOURCE_WAITING, WAITS);
	for (unsigned i = 0; i < bench->moments; i++) {
		const struct fault_moment *now = &bench->history[i];

		if (now->state != SOURCE_WAITING)
			continue;
		if (before)
			assert_in_range((now->t_ns - before->t_ns) / 1000000, ladder_back_off_s(waits - 1) * 1000,
					ladder_back_off_s(waits - 1) * 1000 + row->gap_ms);
		before = now;
		waits++;
	}
	assert_int_equal(waits, WAITS);
	assert_int_equal(bench->frames, 0);
	assert_in_range(bench->health.error, -4096, -1);
	assert_non_null(strstr(bench->health.reason, row->reason));
	fault_bench_check_counters(bench, row->counters);
	check_words(bench, row);
	check_bounded(bench);
	fault_bench_close(bench);
	test_free(bench);
}

static void test_fault(void **state)
{
	const struct fault_case *fault = *state;

	for (const struct fault_row *row = fault->rows; row->script; row++) {
		if (row->end == ENDS_WAITS)
			run_waits(row);
		else
			run_well(row);
	}
	if (fault->check)
		fault->check();
}

/* Every fault of a script with this number is in the line. */
static void check_scripts(unsigned number, const char *line)
{
	struct fault_description fault;

	for (unsigned i = 0; number < FAULTS && faults_describe(i, &fault); i++)
		if (fault.number == number && !strstr(line, fault.name))
			fail_msg("docs/faults.md: %s is missing in %s", fault.name, line);
}

/* The table for readers has a row for each fault, under the same name. */
static void test_documentation(void **state)
{
	const char *top = getenv("top_srcdir");
	char path[4096], line[1024];
	unsigned rows = 0;
	FILE *stream;

	(void)state;
	snprintf(path, sizeof(path), "%s/docs/faults.md", top ? top : ".");
	stream = fopen(path, "re");
	assert_non_null(stream);
	while (fgets(line, sizeof(line), stream)) {
		char name[128];
		unsigned number;

		if (sscanf(line, "| %127[^|]", name) != 1 || sscanf(name, "%u:", &number) != 1)
			continue;
		assert_in_range(number, 1, FAULTS);
		assert_int_equal(number, ++rows);
		name[strlen(name) - 1] = '\0'; /* the blank before the next column */
		assert_string_equal(name, fault_cases[number - 1].name);
		check_scripts(number, line);
	}
	fclose(stream);
	assert_int_equal(rows, FAULTS);
}

int main(void)
{
	struct CMUnitTest tests[FAULTS + 1] = {[FAULTS] = cmocka_unit_test(test_documentation)};

	for (unsigned i = 0; i < FAULTS; i++)
		tests[i] = (struct CMUnitTest){
			.name = fault_cases[i].name,
			.test_func = test_fault,
			.initial_state = (void *)&fault_cases[i],
		};
	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
