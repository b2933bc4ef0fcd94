/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-vl53l8cx.c - the driver's life on the emulated chip: init, settings, frames, stop, power modes, and what each of
 * them costs on the wire. The commands are those that ST's driver sends, but for their ids.
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

static void test_identify(void **state)
{
	struct bench *bench = bench_open(NULL);

	(void)state;
	assert_int_equal(vl53l8cx_identify(&bench->chip), 0);
	assert_int_equal(bench->chip.id, VL53L8CX_ID);
	assert_int_equal(bench->chip.revision, VL53L8CX_REVISION);
	bench_close(bench);
}

/* Bounds: the data that must be sent and read at least, without any address, index or poll, and 2 % on top. */
static void test_init_cost(void **state)
{
	static const struct {
		uint32_t scl_hz;
		uint64_t limit_ms;
	} speeds[] = {{400000, 2300}, {1000000, 1060}};
	/* firmware, NVM command and reply, offset, crosstalk, configuration, two settings */
	const uint64_t needed = FIRMWARE_IMAGE_BYTES + 40 + 488 + 488 + 776 + 972 + 2 * 16;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct bench_config config = {.scl_hz = speeds[i].scl_hz};
		struct bench *bench = bench_open(&config);
		const uint64_t start_ms = bench_now_ms(bench);
		struct emulator_counts counts;
		uint64_t took_ms;

		assert_int_equal(vl53l8cx_init(&bench->chip, 1), 0);
		took_ms = bench_now_ms(bench) - start_ms;
		emulator_counts(bench->emulator, &counts);
		print_message("# init at %u Hz: %llu ms, %llu bytes in %llu transactions\n", speeds[i].scl_hz,
			      (unsigned long long)took_ms, (unsigned long long)counts.bytes,
			      (unsigned long long)counts.transactions);
		assert_in_range(took_ms, 1, speeds[i].limit_ms);
		assert_in_range(counts.bytes, needed, needed * 102 / 100);
		bench_close(bench);
	}
}

static void test_init_state(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct vl53l8cx_settings settings;

	(void)state;
	assert_int_equal(vl53l8cx_init(&bench->chip, 1), 0);
	bench_assert_command(bench_command(bench, 1), 0x2ff0, "DB800040 00010001 0000000F 0501000C");
	bench_assert_command(bench_command(bench, 0), 0x2ff0, "D9640040 00000001 0000000F 0501000C");
	assert_int_equal(vl53l8cx_settings_read(&bench->chip, &settings), 0);
	assert_int_equal(settings.resolution, 4);
	assert_int_equal(settings.rate_hz, 1);
	assert_int_equal(settings.integration_ms, 10);
	assert_false(settings.continuous);
	assert_int_equal(settings.order, VL53L8CX_ORDER_STRONGEST);
	assert_int_equal(settings.xtalk_margin_kcps, 50);
	bench_close(bench);
}

/* The firmware computes two targets at least, and reports as many as it is told. */
static void test_targets_in_the_configuration(void **state)
{
	struct bench *bench = bench_open(NULL);

	(void)state;
	for (uint8_t targets = 1; targets <= VL53L8CX_TARGETS_MAX; targets++) {
		const struct bench_command *command;
		unsigned back = 0;

		assert_int_equal(vl53l8cx_init(&bench->chip, targets), 0);
		do
			command = bench_command(bench, back++);
		while (command->n != FIRMWARE_CONFIGURATION_BYTES);
		assert_int_equal(command->index, 0x2c34);
		assert_int_equal(command->bytes[FIRMWARE_TARGETS_OFFSET], targets == 1 ? 2 : targets);
	}
	assert_int_equal(vl53l8cx_init(&bench->chip, 0), -EINVAL);
	assert_int_equal(vl53l8cx_init(&bench->chip, 5), -EINVAL);
	bench_close(bench);
}

static void test_ids_are_unique(void **state)
{
	struct bench *bench = bench_open(NULL);
	unsigned n;

	(void)state;
	bench_init(bench);
	n = bench->n_commands < BENCH_COMMANDS ? bench->n_commands : BENCH_COMMANDS;
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = i + 1; k < n; k++) {
			const struct bench_command *a = bench_command(bench, i), *b = bench_command(bench, k);

			assert_int_not_equal(a->bytes[a->n - 4], b->bytes[b->n - 4]);
		}
	for (unsigned i = 0; i < 300; i++) {
		uint8_t id = bench->chip.transaction;
		struct vl53l8cx_settings settings;

		assert_int_equal(vl53l8cx_settings_read(&bench->chip, &settings), 0);
		assert_int_not_equal(bench->chip.transaction, id);
		assert_in_range(bench->chip.transaction, 1, 254);
	}
	bench_close(bench);
}

static void test_start_on_the_wire(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct vl53l8cx_settings settings;

	(void)state;
	bench_init(bench);
	settings = bench->chip.wanted;
	settings.outputs = VL53L8CX_OUTPUTS_ALL;
	assert_int_equal(vl53l8cx_configure(&bench->chip, &settings), 0);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_assert_sent(bench, 0x2fc4,
			  "D9800300 0000000D 54B400C0 54C00040 54D00404 55D00404 DB840401 DBC40404 DEC40402 DF440402 "
			  "E0440401 E0840401 D85808C0 0000000F 05010038");
	bench_assert_sent(bench, 0x2fec, "D9680080 000005A4 0000000D 0000000F 05010010");
	bench_assert_sent(bench, 0x2fe4, "D9700100 00000FFF 00000000 00000000 C0000000 0000000F 05010018");
	bench_close(bench);
}

static void assert_scene(const struct frame *frame, unsigned zones)
{
	assert_int_equal(frame->cols * frame->rows, zones);
	for (unsigned zone = 0; zone < zones; zone++) {
		assert_int_equal(frame->count[zone], 1);
		assert_int_equal(frame->status[zone], FRAME_STATUS_VALID);
		assert_int_equal(frame->distance_q2[zone], (200 + 4 * zone) * 4);
		assert_int_equal(frame->signal_q11[zone], (100 + zone) * 2048);
	}
}

/* Both resolutions, 1 to 4 targets, both trailers, few and all outputs. */
static void test_frames_of_every_kind(void **state)
{
	(void)state;
	for (unsigned trailer = 24; trailer <= 32; trailer += 8) {
		const struct bench_config config = {.trailer = (uint16_t)trailer};
		struct bench *bench = bench_open(&config);

		assert_int_equal(vl53l8cx_init(&bench->chip, 1), 0);
		for (unsigned i = 0; i < 16; i++) {
			struct vl53l8cx_settings settings;
			struct frame frame;

			vl53l8cx_settings_default(&settings);
			settings.resolution = i & 1 ? 8 : 4;
			settings.targets = (uint8_t)(1 + (i >> 1 & 3));
			settings.outputs = i & 8 ? VL53L8CX_OUTPUTS_ALL : VL53L8CX_OUTPUTS_NEEDED;
			settings.results_crc = trailer == 32;
			assert_int_equal(vl53l8cx_configure(&bench->chip, &settings), 0);
			assert_int_equal(vl53l8cx_start(&bench->chip), 0);
			for (unsigned k = 0; k < 3; k++) {
				bench_frame(bench, 1000, &frame);
				assert_scene(&frame, settings.resolution * settings.resolution);
				assert_int_equal(frame.lost, 0);
			}
			assert_int_equal(vl53l8cx_stop(&bench->chip), 0);
		}
		bench_close(bench);
	}
}

/* After an edge one read is all there is: 580 bytes of result in one transaction. */
static void test_frame_cost(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct emulator_counts before, after;
	enum vl53l8cx_verdict verdict;
	struct frame frame;

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_sleep_ms(bench, 80);
	assert_int_equal(vl53l8cx_read_frame(&bench->chip, &frame, &verdict), 1);
	bench_sleep_ms(bench, 67);
	emulator_counts(bench->emulator, &before);
	assert_int_equal(vl53l8cx_read_frame(&bench->chip, &frame, &verdict), 1);
	emulator_counts(bench->emulator, &after);
	assert_scene(&frame, 64);
	print_message("# a frame: %llu bytes, %llu transaction\n", (unsigned long long)(after.bytes - before.bytes),
		      (unsigned long long)(after.transactions - before.transactions));
	assert_int_equal(after.transactions - before.transactions, 1);
	assert_int_equal(after.bytes - before.bytes, 580 + 4);
	/* polled: one look more */
	bench_sleep_ms(bench, 67);
	emulator_counts(bench->emulator, &before);
	assert_int_equal(vl53l8cx_data_ready(&bench->chip), 1);
	assert_int_equal(vl53l8cx_read_frame(&bench->chip, &frame, &verdict), 1);
	emulator_counts(bench->emulator, &after);
	assert_in_range(after.bytes - before.bytes, 580, 600);
	bench_close(bench);
}

static void test_no_frame_is_taken_twice(void **state)
{
	struct bench *bench = bench_open(NULL);
	enum vl53l8cx_verdict verdict;
	struct frame frame;

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	assert_int_equal(vl53l8cx_read_frame(&bench->chip, &frame, &verdict), 0);
	assert_int_equal(verdict, VL53L8CX_VERDICT_NOT_READY);
	bench_frame(bench, 200, &frame);
	assert_int_equal(vl53l8cx_data_ready(&bench->chip), 0);
	assert_int_equal(vl53l8cx_read_frame(&bench->chip, &frame, &verdict), 0);
	assert_int_equal(verdict, VL53L8CX_VERDICT_STALE);
	bench_close(bench);
}

static void test_lost_frames_are_counted_over_the_wrap(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct frame frame;
	uint32_t lost = 0;

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	for (unsigned i = 0; i < 150; i++) {
		bench_sleep_ms(bench, 3 * 1000 / 15 - 4);
		bench_frame(bench, 100, &frame);
		assert_in_range(frame.lost, 1, 3);
		lost += frame.lost;
	}
	assert_in_range(lost, 200, 450);
	bench_close(bench);
}

static void test_configure_while_ranging(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct vl53l8cx_settings settings;
	struct frame frame;

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	settings = bench->chip.wanted;
	settings.resolution = 4;
	settings.rate_hz = 60;
	assert_int_equal(vl53l8cx_configure(&bench->chip, &settings), 0);
	assert_true(bench->chip.ranging);
	bench_frame(bench, 200, &frame);
	assert_scene(&frame, 16);
	bench_close(bench);
}

static void test_order_of_calls(void **state)
{
	struct bench *bench = bench_open(NULL);
	enum vl53l8cx_verdict verdict;
	struct frame frame;

	(void)state;
	assert_int_equal(vl53l8cx_start(&bench->chip), -EPERM);
	assert_int_equal(vl53l8cx_init(&bench->chip, 1), 0);
	assert_int_equal(vl53l8cx_start(&bench->chip), -EPERM);
	assert_int_equal(vl53l8cx_data_ready(&bench->chip), -EPERM);
	assert_int_equal(vl53l8cx_read_frame(&bench->chip, &frame, &verdict), -EPERM);
	assert_int_equal(vl53l8cx_stop(&bench->chip), 0);
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	assert_int_equal(vl53l8cx_start(&bench->chip), -EPERM);
	bench->chip.firmware = NULL;
	assert_int_equal(vl53l8cx_init(&bench->chip, 1), -ENOENT);
	assert_int_equal(bench->chip.error, VL53L8CX_ERROR_NO_FIRMWARE);
	bench_close(bench);
}

static void test_power_modes(void **state)
{
	struct bench *bench = bench_open(NULL);
	enum vl53l8cx_power power;
	struct frame frame;

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_power_get(&bench->chip, &power), 0);
	assert_int_equal(power, VL53L8CX_POWER_AWAKE);
	assert_int_equal(vl53l8cx_power_set(&bench->chip, VL53L8CX_POWER_SLEEP), 0);
	assert_int_equal(vl53l8cx_power_get(&bench->chip, &power), 0);
	assert_int_equal(power, VL53L8CX_POWER_SLEEP);
	assert_int_equal(vl53l8cx_power_set(&bench->chip, VL53L8CX_POWER_AWAKE), 0);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	assert_scene(&frame, 64);
	assert_int_equal(vl53l8cx_power_set(&bench->chip, VL53L8CX_POWER_SLEEP), -EPERM);
	assert_int_equal(vl53l8cx_stop(&bench->chip), 0);
	assert_int_equal(vl53l8cx_power_set(&bench->chip, VL53L8CX_POWER_DEEP_SLEEP), 0);
	assert_int_equal(vl53l8cx_power_get(&bench->chip, &power), 0);
	assert_int_equal(power, VL53L8CX_POWER_DEEP_SLEEP);
	assert_int_equal(vl53l8cx_start(&bench->chip), -EPERM);
	assert_int_equal(vl53l8cx_power_set(&bench->chip, VL53L8CX_POWER_AWAKE), 0);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	assert_scene(&frame, 64);
	bench_close(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identify),
		cmocka_unit_test(test_init_cost),
		cmocka_unit_test(test_init_state),
		cmocka_unit_test(test_targets_in_the_configuration),
		cmocka_unit_test(test_ids_are_unique),
		cmocka_unit_test(test_start_on_the_wire),
		cmocka_unit_test(test_frames_of_every_kind),
		cmocka_unit_test(test_frame_cost),
		cmocka_unit_test(test_no_frame_is_taken_twice),
		cmocka_unit_test(test_lost_frames_are_counted_over_the_wrap),
		cmocka_unit_test(test_configure_while_ranging),
		cmocka_unit_test(test_order_of_calls),
		cmocka_unit_test(test_power_modes),
	};

	return cmocka_run_group_tests_name("vl53l8cx", tests, NULL, NULL);
}
