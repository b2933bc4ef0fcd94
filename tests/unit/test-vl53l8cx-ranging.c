/* SPDX-License-Identifier: Apache-2.0 */
/* test-vl53l8cx-ranging.c - faults while ranging: rejected results, traps, silence, stops that fail. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/driver-bench.h"

/* --- frames ------------------------------------------------------------------------------------------------------ */

/* Reads frame after frame; ret_verdicts counts what became of them. */
static int run(struct bench *bench, unsigned frames, unsigned verdicts[VL53L8CX_VERDICTS_COUNT])
{
	struct frame frame;

	memset(verdicts, 0, VL53L8CX_VERDICTS_COUNT * sizeof(verdicts[0]));
	for (unsigned ms = 0; ms < frames * 70; ms++) {
		enum vl53l8cx_verdict verdict;
		int r = vl53l8cx_data_ready(&bench->chip);

		if (r == 1) {
			r = vl53l8cx_read_frame(&bench->chip, &frame, &verdict);
			verdicts[verdict] += r >= 0;
		}
		if (r < 0)
			return r;
		bench_sleep_ms(bench, 1);
	}
	return 0;
}

static void test_rejected_frames(void **state)
{
	static const struct {
		const char *faults;
		enum vl53l8cx_verdict verdict;
	} rows[] = {
		{"at frame 4..6: footer-id", VL53L8CX_VERDICT_TORN},
		{"at frame 4..6: block-size", VL53L8CX_VERDICT_MALFORMED},
		{"at frame 4..6: block-index", VL53L8CX_VERDICT_MALFORMED},
		{"at frame 4..6: block-missing", VL53L8CX_VERDICT_MALFORMED},
		{"at frame 4..6: block-size 0x54b4", VL53L8CX_VERDICT_MALFORMED},
		{"at frame 4..6: block-index 0xe084", VL53L8CX_VERDICT_MALFORMED},
	};
	unsigned verdicts[VL53L8CX_VERDICTS_COUNT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench *bench = bench_faulty(rows[i].faults);

		bench_init(bench);
		assert_int_equal(vl53l8cx_start(&bench->chip), 0);
		assert_int_equal(run(bench, 12, verdicts), 0);
		assert_int_equal(verdicts[rows[i].verdict], 3);
		assert_in_range(verdicts[VL53L8CX_VERDICT_GOOD], 8, 12);
		bench_close(bench);
	}
}

static void test_torn_is_read_again(void **state)
{
	struct bench *bench = bench_faulty("at frame 4 once: torn");
	unsigned verdicts[VL53L8CX_VERDICTS_COUNT];

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	assert_int_equal(run(bench, 12, verdicts), 0);
	assert_int_equal(bench->chip.torn_again, 1);
	assert_int_equal(verdicts[VL53L8CX_VERDICT_TORN], 0);
	bench_close(bench);
}

static void test_wrong_crc(void **state)
{
	const struct bench_config config = {.trailer = 32, .faults = "at frame 4..6: crc"};
	struct bench *bench = bench_open(&config);
	unsigned verdicts[VL53L8CX_VERDICTS_COUNT];
	struct vl53l8cx_settings settings;

	(void)state;
	bench_init(bench);
	settings = bench->chip.wanted;
	settings.results_crc = true;
	assert_int_equal(vl53l8cx_configure(&bench->chip, &settings), 0);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	assert_int_equal(run(bench, 12, verdicts), 0);
	assert_int_equal(verdicts[VL53L8CX_VERDICT_CRC], 3);
	bench_close(bench);
}

static void test_traps(void **state)
{
	static const char *const faults[] = {"at frame 5: trap 0xca", "at frame 5: trap-silent 0xca"};
	unsigned verdicts[VL53L8CX_VERDICTS_COUNT];
	enum vl53l8cx_condition condition;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct bench *bench = bench_faulty(faults[i]);

		bench_init(bench);
		assert_int_equal(vl53l8cx_start(&bench->chip), 0);
		assert_int_equal(run(bench, 12, verdicts), -ENOTRECOVERABLE);
		assert_int_equal(bench->chip.error, VL53L8CX_ERROR_TRAP);
		assert_int_equal(bench->chip.error_value, 0xca);
		assert_int_equal(vl53l8cx_check(&bench->chip, &condition), 0);
		assert_int_equal(condition, VL53L8CX_CONDITION_TRAPPED);
		assert_int_equal(vl53l8cx_reinit(&bench->chip), 0);
		assert_int_equal(run(bench, 3, verdicts), 0);
		assert_in_range(verdicts[VL53L8CX_VERDICT_GOOD], 2, 4);
		bench_close(bench);
	}
}

/* --- silence ----------------------------------------------------------------------------------------------------- */

static void test_check(void **state)
{
	struct bench *bench = bench_open(NULL);
	enum vl53l8cx_condition condition;
	struct frame frame;

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_check(&bench->chip, &condition), 0);
	assert_int_equal(condition, VL53L8CX_CONDITION_IDLE);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	assert_int_equal(vl53l8cx_check(&bench->chip, &condition), 0);
	assert_int_equal(condition, VL53L8CX_CONDITION_RANGING);
	bench_frame(bench, 200, &frame);
	emulator_power_cycle(bench->emulator);
	bench_sleep_ms(bench, 20);
	assert_int_equal(vl53l8cx_check(&bench->chip, &condition), 0);
	assert_int_equal(condition, VL53L8CX_CONDITION_RESET);
	assert_int_equal(vl53l8cx_reinit(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	bench_close(bench);
}

static void test_brown_out(void **state)
{
	struct bench *bench = bench_faulty("at frame 5: brown-out");
	enum vl53l8cx_condition condition;
	unsigned verdicts[VL53L8CX_VERDICTS_COUNT];

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	(void)run(bench, 12, verdicts);
	assert_in_range(verdicts[VL53L8CX_VERDICT_GOOD], 3, 5);
	assert_int_equal(vl53l8cx_check(&bench->chip, &condition), 0);
	assert_int_equal(condition, VL53L8CX_CONDITION_RESET);
	assert_int_equal(vl53l8cx_reinit(&bench->chip), 0);
	assert_int_equal(run(bench, 4, verdicts), 0);
	assert_in_range(verdicts[VL53L8CX_VERDICT_GOOD], 3, 5);
	bench_close(bench);
}

static void test_lost_page(void **state)
{
	struct bench *bench = bench_faulty("at frame 5: page-lost");
	enum vl53l8cx_condition condition;
	unsigned verdicts[VL53L8CX_VERDICTS_COUNT];
	unsigned n;

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	assert_int_equal(run(bench, 12, verdicts), 0);
	assert_in_range(verdicts[VL53L8CX_VERDICT_GOOD], 3, 5);
	n = bench->n_commands;
	assert_int_equal(vl53l8cx_check(&bench->chip, &condition), 0);
	assert_int_equal(condition, VL53L8CX_CONDITION_PAGE_LOST);
	assert_int_equal(run(bench, 4, verdicts), 0);
	assert_in_range(verdicts[VL53L8CX_VERDICT_GOOD], 3, 5);
	assert_int_equal(bench->n_commands, n);
	bench_close(bench);
}

static void test_stop_failures(void **state)
{
	static const struct {
		const char *faults;
		enum vl53l8cx_error error;
	} rows[] = {{"always: stop-dead", VL53L8CX_ERROR_STOP_TIMEOUT},
		    {"always: stop-wrong", VL53L8CX_ERROR_STOP_STATUS}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct bench *bench = bench_faulty(rows[i].faults);
		uint64_t start_ms;

		bench_init(bench);
		assert_int_equal(vl53l8cx_start(&bench->chip), 0);
		start_ms = bench_now_ms(bench);
		assert_in_range(vl53l8cx_stop(&bench->chip), -4096, -1);
		assert_int_equal(bench->chip.error, rows[i].error);
		assert_in_range(bench_now_ms(bench) - start_ms, 0, 5100);
		assert_int_equal(vl53l8cx_start(&bench->chip), -EPERM);
		assert_int_equal(vl53l8cx_init(&bench->chip, 1), 0);
		bench_close(bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rejected_frames), cmocka_unit_test(test_torn_is_read_again),
		cmocka_unit_test(test_wrong_crc),	cmocka_unit_test(test_traps),
		cmocka_unit_test(test_check),		cmocka_unit_test(test_brown_out),
		cmocka_unit_test(test_lost_page),	cmocka_unit_test(test_stop_failures),
	};

	return cmocka_run_group_tests_name("vl53l8cx-ranging", tests, NULL, NULL);
}
