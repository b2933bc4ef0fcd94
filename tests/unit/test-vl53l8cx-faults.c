/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-vl53l8cx-faults.c - what the driver says and does when the bus or the chip fails before the first frame: each
 * cause has its own error, bounded in time, and what can be mended below the ladder of recovery is.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/driver-bench.h"

/* --- init -------------------------------------------------------------------------------------------------------- */

static void test_init_failures(void **state)
{
	static const struct {
		const char *faults;
		enum vl53l8cx_error error;
		int code;
		uint32_t value;
		uint64_t limit_ms;
	} rows[] = {
		{"always: off-bus", VL53L8CX_ERROR_BUS, -ENXIO, ENXIO, 300},
		{"always: bus-stuck", VL53L8CX_ERROR_BUS, -ETIMEDOUT, ETIMEDOUT, 60000},
		{"always: wrong-id 0xab 0x0c", VL53L8CX_ERROR_WRONG_ID, -ENODEV, 0xab, 200},
		{"always: wrong-id", VL53L8CX_ERROR_WRONG_REVISION, -ENOTSUP, 0x02, 200},
		{"always: twin", VL53L8CX_ERROR_CHECKSUM_FIRMWARE, -EBADF, 0, 2000},
		{"always: twin 0x02", VL53L8CX_ERROR_WRONG_REVISION, -ENOTSUP, 0, 200},
		{"at boot 2..: rom-dead", VL53L8CX_ERROR_ROM_BOOT, -ETIME, 0, 2300},
		{"always: ram-denied", VL53L8CX_ERROR_RAM_ACCESS, -EACCES, 0, 2400},
		{"always: mcu-dead", VL53L8CX_ERROR_MCU_TIMEOUT, -EHOSTDOWN, 0, 1600},
		{"always: mcu-trap 0xc5", VL53L8CX_ERROR_MCU_TRAP, -ENOEXEC, 0xc5, 1100},
		{"always: wrong-checksum", VL53L8CX_ERROR_CHECKSUM_FIRMWARE, -EBADF, 0, 2000},
		{"at boot 2: firmware-flip 100; at boot 3: firmware-flip 40001", VL53L8CX_ERROR_CHECKSUM_DOWNLOAD,
		 -EBADMSG, 0, 2000},
		{"at command 1: reply-index", VL53L8CX_ERROR_NVM, -EUCLEAN, 0, 1100},
		{"at command 1: command-stuck", VL53L8CX_ERROR_COMMAND_TIMEOUT, -ETIMEDOUT, 0, 3200},
		{"at command 4: command-error", VL53L8CX_ERROR_COMMAND_FAILED, -EBADR, 0, 1100},
		{"at command 4: command-size", VL53L8CX_ERROR_MCU_ERROR, -EREMCHG, 0, 1100},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench *bench = bench_faulty(rows[i].faults);
		const uint64_t start_ms = bench_now_ms(bench);
		char text[256];
		int r = vl53l8cx_init(&bench->chip, 1);

		print_message("# %s: %s\n", rows[i].faults, vl53l8cx_explain(&bench->chip, text, sizeof(text)));
		assert_int_equal(bench->chip.error, rows[i].error);
		assert_int_equal(r, rows[i].code);
		if (rows[i].value)
			assert_int_equal(bench->chip.error_value, rows[i].value);
		assert_in_range(bench_now_ms(bench) - start_ms, 0, rows[i].limit_ms);
		assert_false(bench->chip.booted);
		bench_close(bench);
	}
}

/* Nothing of the 84 KiB goes out to a chip that is another one, or that refuses. */
static void test_no_upload_to_the_wrong_chip(void **state)
{
	static const char *const faults[] = {"always: wrong-id", "at boot 2..: rom-dead", "always: ram-denied"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct bench *bench = bench_faulty(faults[i]);

		assert_in_range(vl53l8cx_init(&bench->chip, 1), -4096, -1);
		assert_in_range(bench->chip.i2c.counters.bytes_out, 0, 2000);
		bench_close(bench);
	}
}

static void test_init_survives(void **state)
{
	static const char *const faults[] = {
		"at transfer 5: nack",
		"at transfer 60..62: nack",
		"at transfer 100: nack 500",
		"with probability 0.02: nack",
		"with probability 0.02: arbitration",
		"at transfer 80: bus-stuck",
		"at transfer 90: short-transfer",
		"at boot 2: rom-slow 1500ms",
		"at boot 2: firmware-flip 100",
		"always: length-limit 255 255",
		"always: length-limit 34 31",
		"always: length-invalid 130 8192",
		"always: no-combined",
		"always: command-stale 50ms",
		"at command 3: command-slow 1900ms",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct bench *bench = bench_faulty(faults[i]);
		struct vl53l8cx_settings settings;
		struct frame frame;

		print_message("# %s\n", faults[i]);
		bench_init(bench);
		assert_int_equal(vl53l8cx_settings_read(&bench->chip, &settings), 0);
		assert_int_equal(settings.resolution, 8);
		assert_int_equal(settings.rate_hz, 15);
		assert_int_equal(vl53l8cx_start(&bench->chip), 0);
		bench_frame(bench, 300, &frame);
		assert_int_equal(frame.distance_q2[63], (200 + 4 * 63) * 4);
		bench_close(bench);
	}
}

/* A page selection without effect is found by the silence that follows, and made good. */
static void test_lost_page_selection(void **state)
{
	struct bench *bench = bench_faulty("at command 10 once: page-ignored");
	struct frame frame;

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 300, &frame);
	bench_close(bench);
}

/* The page is sent only when it changes, but again after any trouble, mended or not. */
static void test_page_is_sent_again_after_trouble(void **state)
{
	struct bench *bench = bench_open(NULL);
	unsigned page_writes;

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	page_writes = bench->page_writes;
	for (unsigned i = 0; i < 3; i++)
		assert_in_range(vl53l8cx_data_ready(&bench->chip), 0, 1);
	assert_int_equal(bench->page_writes, page_writes);
	bench->nacks = 1;
	assert_in_range(vl53l8cx_data_ready(&bench->chip), 0, 1);
	assert_int_equal(bench->page_writes, page_writes);
	assert_in_range(vl53l8cx_data_ready(&bench->chip), 0, 1);
	assert_int_equal(bench->page_writes, page_writes + 1);
	bench->nacks = 1 + I2C_RETRIES;
	assert_int_equal(vl53l8cx_data_ready(&bench->chip), -ENXIO);
	assert_in_range(vl53l8cx_data_ready(&bench->chip), 0, 1);
	assert_int_equal(bench->page_writes, page_writes + 2);
	bench_close(bench);
}

/* --- commands and start ------------------------------------------------------------------------------------------ */

static void test_command_failures(void **state)
{
	static const struct {
		const char *fault;
		enum vl53l8cx_error error;
	} rows[] = {
		{"command-stuck 1", VL53L8CX_ERROR_COMMAND_TIMEOUT},
		{"command-stuck 2", VL53L8CX_ERROR_COMMAND_TIMEOUT},
		{"command-error", VL53L8CX_ERROR_COMMAND_FAILED},
		{"command-size", VL53L8CX_ERROR_MCU_ERROR},
		{"reply-index", VL53L8CX_ERROR_REPLY},
		{"reply-length", VL53L8CX_ERROR_REPLY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vl53l8cx_settings settings;
		char faults[64];
		struct bench *bench;

		snprintf(faults, sizeof(faults), "at command 7..12: %s", rows[i].fault);
		bench = bench_faulty(faults);
		assert_int_equal(vl53l8cx_init(&bench->chip, 1), 0);
		vl53l8cx_settings_default(&settings);
		assert_in_range(vl53l8cx_configure(&bench->chip, &settings), -4096, -1);
		assert_int_equal(bench->chip.error, rows[i].error);
		/* nothing is believed to be set after that */
		assert_int_equal(vl53l8cx_start(&bench->chip), -EPERM);
		for (unsigned n = 0; n < 8; n++)
			(void)vl53l8cx_configure(&bench->chip, &settings);
		assert_int_equal(vl53l8cx_configure(&bench->chip, &settings), 0);
		assert_int_equal(vl53l8cx_start(&bench->chip), 0);
		bench_close(bench);
	}
}

static void test_start_failures(void **state)
{
	static const struct {
		const char *faults;
		enum vl53l8cx_error error;
	} rows[] = {
		{"always: packet-size 100", VL53L8CX_ERROR_PACKET_SIZE},
		{"always: packet-size -12", VL53L8CX_ERROR_PACKET_SIZE},
		{"always: laser", VL53L8CX_ERROR_LASER_SAFETY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench *bench = bench_faulty(rows[i].faults);

		bench_init(bench);
		assert_in_range(vl53l8cx_start(&bench->chip), -4096, -1);
		assert_int_equal(bench->chip.error, rows[i].error);
		assert_false(bench->chip.ranging);
		assert_int_equal(bench->chip.trailer, 24);
		bench_close(bench);
	}
}

/* A firmware whose frames are longer than its file says: found at start, from the size that it reports. */
static void test_unknown_trailer(void **state)
{
	const struct bench_config config = {.trailer = 32};
	struct bench *bench = bench_open(&config);
	struct frame frame;

	(void)state;
	bench->firmware.trailer = 24;
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	assert_int_equal(bench->chip.trailer, 32);
	bench_frame(bench, 300, &frame);
	bench_close(bench);
}

/* The same size reported by mistake: harmless, for the footer id is in the same place, and gone after a reinit. */
static void test_trailer_by_mistake(void **state)
{
	struct bench *bench = bench_faulty("at boot 2: packet-size 8");
	struct frame frame;

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	assert_int_equal(bench->chip.trailer, 32);
	bench_frame(bench, 200, &frame);
	assert_int_equal(vl53l8cx_reinit(&bench->chip), 0);
	assert_int_equal(bench->chip.trailer, 24);
	bench_frame(bench, 200, &frame);
	bench_close(bench);
}

/* Every cause has a name, a sentence, and an errno; no two sentences are the same. */
static void test_sentences(void **state)
{
	struct vl53l8cx chip = {.error_value = 0x1a};
	char text[VL53L8CX_ERRORS_COUNT][256];

	(void)state;
	for (unsigned i = 0; i < VL53L8CX_ERRORS_COUNT; i++) {
		chip.error = i;
		assert_non_null(vl53l8cx_error_name(i));
		vl53l8cx_explain(&chip, text[i], sizeof(text[i]));
		assert_in_range(strlen(text[i]), 8, 191); /* fits a source's reason */
		assert_null(strstr(text[i], VL53L8CX_ERROR_VALUE));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(text[i], text[k]);
	}
	assert_null(vl53l8cx_error_name(VL53L8CX_ERRORS_COUNT));
	chip.error = VL53L8CX_ERROR_WRONG_ID;
	assert_int_equal(strlen(vl53l8cx_explain(&chip, text[0], 12)), 11);
	assert_non_null(strstr(vl53l8cx_explain(&chip, text[0], sizeof(text[0])), "0x1a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init_failures),
		cmocka_unit_test(test_no_upload_to_the_wrong_chip),
		cmocka_unit_test(test_init_survives),
		cmocka_unit_test(test_lost_page_selection),
		cmocka_unit_test(test_page_is_sent_again_after_trouble),
		cmocka_unit_test(test_command_failures),
		cmocka_unit_test(test_start_failures),
		cmocka_unit_test(test_unknown_trailer),
		cmocka_unit_test(test_trailer_by_mistake),
		cmocka_unit_test(test_sentences),
	};

	return cmocka_run_group_tests_name("vl53l8cx-faults", tests, NULL, NULL);
}
