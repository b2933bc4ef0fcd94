/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-vl53l8cx-plugins.c - offset and crosstalk grids, detection thresholds, motion indicator, crosstalk calibration.
 *
 * The hashes are of commands that ST's driver sends with the same data; its ids are put in before hashing.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/bytes.h"
#include "sensor/firmware-parts.h"
#include "sensor/vl53l8cx-grids.h"
#include "sensor/vl53l8cx-motion.h"
#include "sensor/vl53l8cx-thresholds.h"
#include "sensor/vl53l8cx-xtalk.h"
#include "tests/unit/driver-bench.h"

enum { SIGNAL = 0x3c, RANGE = 0x140, ID_OFFSET = 3 };

/* The factory data that the vectors were computed from. */
static void make_offset(uint8_t *wire)
{
	static const uint32_t headers[] = {0x54000040, 0x9e1400c0, 0x9e200140, 0x9e340040,
					   0x9e380404, 0x9f380402, 0x9fb80100, 0x9fc80100};
	static const uint8_t grid[12] = {0x60, 0x09, 0x20, 0x03, 0x19, 8, 8, 0x0b, 3, 8, 8, 8};
	size_t at = 0;

	memset(wire, 0, VL53L8CX_OFFSET_BYTES);
	for (size_t i = 0; i < 8; i++) {
		bytes_put_be32(wire + at, headers[i]);
		at += 4 + firmware_block_payload(headers[i]);
	}
	assert_int_equal(at, VL53L8CX_OFFSET_BYTES);
	for (size_t i = 0; i < sizeof(grid); i++)
		wire[(12 + i) ^ 3] = grid[i];
	for (uint32_t i = 0; i < 64; i++) {
		bool huge = i == 18 || i == 19 || i == 26 || i == 27;
		int16_t range = (int16_t)(37 * i % 401 - 200);

		bytes_put_be32(wire + SIGNAL + 4 * i, huge ? 0x60000001 + i : 1000 * i + 7);
		wire[(RANGE + 2 * i) ^ 3] = (uint8_t)range;
		wire[(RANGE + 2 * i + 1) ^ 3] = (uint8_t)(range >> 8);
	}
}

static void test_offset_grids(void **state)
{
	static const uint32_t signal[16] = {4507,  6507,  8507,	 10507, 20507, 536870935, 24507, 26507,
					    36507, 38507, 40507, 42507, 52507, 54507,	  56507, 58507};
	static const int16_t range[16] = {-33, -59, -86, -12, -43, 31, 105, -21, 47, 21, -105, -31, -62, 12, 86, 59};
	uint8_t offset[VL53L8CX_OFFSET_BYTES];
	struct bench_command command = {.n = VL53L8CX_OFFSET_BYTES};

	(void)state;
	make_offset(offset);
	vl53l8cx_offset_command(offset, 8, command.bytes);
	bench_assert_hash(&command, ID_OFFSET, "8888aab6beefabdc94eabe295b72f398c355a8bb69c44a1ae3a5acac05f9516c");
	vl53l8cx_offset_command(offset, 4, command.bytes);
	bench_assert_hash(&command, ID_OFFSET, "ef697cf67081164094e02a8c03157c7d2a49349caafbdd9cfce0d5e1b453a0c6");
	for (size_t i = 0; i < 16; i++) {
		const uint8_t *half = command.bytes + RANGE - 8;

		assert_int_equal(bytes_get_be32(command.bytes + SIGNAL - 8 + 4 * i), signal[i]);
		assert_int_equal((int16_t)(half[(2 * i) ^ 3] | half[(2 * i + 1) ^ 3] << 8), range[i]);
	}
}

static void test_xtalk_grids(void **state)
{
	static struct firmware firmware;
	uint8_t fine[FIRMWARE_XTALK_BYTES], coarse[FIRMWARE_XTALK_BYTES];
	static const uint8_t grid[] = {0x0f, 4, 4, 0x17, 8, 0x10, 0x10, 7};

	(void)state;
	firmware_synthetic(3, &firmware);
	vl53l8cx_xtalk_command(firmware.xtalk, 8, fine);
	fine[FIRMWARE_XTALK_BYTES - 4] = firmware.xtalk[FIRMWARE_XTALK_BYTES - 4];
	assert_memory_equal(fine, firmware.xtalk, FIRMWARE_XTALK_BYTES);
	vl53l8cx_xtalk_command(firmware.xtalk, 4, coarse);
	assert_memory_equal(coarse + 8, grid, sizeof(grid));
	for (uint32_t i = 0; i < 64; i++) {
		const uint8_t *from = fine + 0x34 + 4 * (2 * (i % 4) + 16 * (i / 4));
		uint32_t mean = 0;

		if (i < 16)
			mean = (bytes_get_be32(from) + bytes_get_be32(from + 4) + bytes_get_be32(from + 32) +
				bytes_get_be32(from + 36)) /
			       4;
		assert_int_equal(bytes_get_be32(coarse + 0x34 + 4 * i), mean);
	}
	assert_memory_equal(coarse + 0x134, fine + 0x134, FIRMWARE_XTALK_BYTES - 0x134 - 4);
}

static void test_grids_follow_the_resolution(void **state)
{
	struct bench *bench = bench_open(NULL);
	uint8_t expected[VL53L8CX_OFFSET_BYTES];

	(void)state;
	bench_init(bench);
	for (unsigned back = 0;; back++) {
		const struct bench_command *command = bench_command(bench, back);

		if (command->n != VL53L8CX_OFFSET_BYTES)
			continue;
		vl53l8cx_offset_command(bench->chip.offset, 8, expected);
		expected[VL53L8CX_OFFSET_BYTES - 4] = command->bytes[VL53L8CX_OFFSET_BYTES - 4];
		assert_memory_equal(command->bytes, expected, VL53L8CX_OFFSET_BYTES);
		assert_int_equal(command->index, 0x2e18);
		assert_int_equal(bench_command(bench, back - 1)->index, 0x2cf8);
		break;
	}
	bench_close(bench);
}

/* --- thresholds -------------------------------------------------------------------------------------------------- */

static void make_thresholds(struct vl53l8cx_threshold *thresholds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		thresholds[i] = (struct vl53l8cx_threshold){
			.low = 200,
			.high = 600,
			.measurement = VL53L8CX_MEASURE_DISTANCE_MM,
			.type = VL53L8CX_THRESHOLD_INSIDE,
			.zone = (uint8_t)i,
		};
}

static void test_thresholds_on_the_wire(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct vl53l8cx_threshold thresholds[VL53L8CX_THRESHOLDS_MAX];
	const struct bench_command *command;

	(void)state;
	bench_init(bench);
	make_thresholds(thresholds, 64);
	assert_int_equal(vl53l8cx_thresholds_set(&bench->chip, thresholds, 64), 0);
	bench_assert_hash(bench_command(bench, 0), 5,
			  "aa62c4e80480de27118cffc3bf66b6c1ee726a37482c015451d48c9a8b8d61be");
	thresholds[1] = (struct vl53l8cx_threshold){.low = -3,
						    .high = 7,
						    .measurement = VL53L8CX_MEASURE_SIGMA_MM,
						    .type = VL53L8CX_THRESHOLD_OUTSIDE,
						    .zone = 0,
						    .and_previous = true};
	thresholds[2].measurement = VL53L8CX_MEASURE_MOTION;
	thresholds[2].low = 44;
	assert_int_equal(vl53l8cx_thresholds_set(&bench->chip, thresholds, 64), 0);
	assert_int_equal(thresholds[0].low, 200); /* the caller's own are not scaled in place */
	bench_assert_command(bench_command(bench, 1), 0x2fec, "B9F00080 05050505 05050505 0000000F 05010010");
	command = bench_command(bench, 0);
	assert_int_equal(command->index, 0x2cf4);
	assert_int_equal(command->n, 780);
	assert_int_equal(bytes_get_be32(command->bytes), 0xb6e83000);
	assert_int_equal(bytes_get_be32(command->bytes + 4), 800);
	assert_int_equal(bytes_get_be32(command->bytes + 8), 2400);
	assert_int_equal(bytes_get_be32(command->bytes + 12), 0x00000001); /* or, zone 0, inside, distance */
	assert_int_equal((int32_t)bytes_get_be32(command->bytes + 16), -3 * 128);
	assert_int_equal(bytes_get_be32(command->bytes + 24), 0x02000104); /* and, zone 0, outside, sigma */
	assert_int_equal(bytes_get_be32(command->bytes + 28), 44 * 65535);
	assert_int_equal(bytes_get_be32(command->bytes + 4 + 63 * 12 + 8), 0x00bf0001); /* zone 63, the last */
	bench_close(bench);
}

static void test_thresholds_that_are_refused(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct vl53l8cx_threshold t[VL53L8CX_THRESHOLDS_MAX];

	(void)state;
	bench_init(bench);
	make_thresholds(t, 64);
	assert_int_equal(vl53l8cx_thresholds_set(&bench->chip, t, 63), -EINVAL);
	assert_int_equal(vl53l8cx_thresholds_set(&bench->chip, t, 16), -EINVAL);
#define REFUSED(entry, change)                                                                                         \
	do {                                                                                                           \
		make_thresholds(t, 64);                                                                                \
		change;                                                                                                \
		assert_int_equal(vl53l8cx_thresholds_set(&bench->chip, t, 64), -EINVAL);                               \
		assert_int_equal(bench->chip.error_value, entry);                                                      \
	} while (0)
	REFUSED(5, t[5].measurement = 3);
	REFUSED(6, t[6].type = 6);
	REFUSED(7, t[7].zone = 64);
	REFUSED(8, t[8].high = INT32_MAX / 4 + 1);
	REFUSED(9, (t[9].measurement = VL53L8CX_MEASURE_SIGNAL_KCPS, t[9].low = INT32_MIN / 2048 - 1));
	REFUSED(10, t[10].and_previous = true);
	bench_close(bench);
}

static void test_thresholds_switch(void **state)
{
	struct bench *bench = bench_open(NULL);
	bool on;

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_thresholds_enable(&bench->chip, true), 0);
	bench_assert_command(bench_command(bench, 2), 0x2fec, "B6E00080 00010101 00000000 0000000F 05010010");
	bench_assert_command(bench_command(bench, 0), 0x2fe0,
			     "54880140 00000000 00000000 00000000 00000000 00000400 0000000F 0501001C");
	assert_int_equal(vl53l8cx_thresholds_enabled(&bench->chip, &on), 0);
	assert_true(on);
	assert_int_equal(vl53l8cx_thresholds_enable(&bench->chip, false), 0);
	bench_assert_command(bench_command(bench, 0), 0x2fe0,
			     "54880140 00000000 00000000 00000000 00000000 00000C00 0000000F 0501001C");
	assert_int_equal(vl53l8cx_thresholds_enabled(&bench->chip, &on), 0);
	assert_false(on);
	bench_close(bench);
}

static void test_auto_stop(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct vl53l8cx_threshold t[VL53L8CX_THRESHOLDS_MAX];
	struct frame frame;

	(void)state;
	bench_init(bench);
	make_thresholds(t, 64);
	assert_int_equal(vl53l8cx_thresholds_set(&bench->chip, t, 64), 0);
	assert_int_equal(vl53l8cx_thresholds_enable(&bench->chip, true), 0);
	assert_int_equal(vl53l8cx_thresholds_auto_stop(&bench->chip, true), 0);
	bench_assert_command(bench_command(bench, 0), 0x2ff0, "DB800040 01010001 0000000F 0501000C");
	/* fires at the first frame, and the chip stops by itself */
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	bench_sleep_ms(bench, 300);
	assert_int_equal(vl53l8cx_data_ready(&bench->chip), 0);
	assert_int_equal(vl53l8cx_stop(&bench->chip), 0);
	/* does not fire: stopped by us, at once */
	for (unsigned i = 0; i < 64; i++)
		t[i].low = 3000, t[i].high = 3500;
	assert_int_equal(vl53l8cx_thresholds_set(&bench->chip, t, 64), 0);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	bench_frame(bench, 200, &frame);
	assert_int_equal(vl53l8cx_stop(&bench->chip), 0);
	assert_int_equal(vl53l8cx_thresholds_auto_stop(&bench->chip, false), 0);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	bench_close(bench);
}

/* --- motion ------------------------------------------------------------------------------------------------------ */

static void test_motion_vectors(void **state)
{
	static const struct {
		uint16_t trailer, min_mm, max_mm;
		const char *sha256;
	} vectors[] = {
		{24, 0, 0, "0aa0ba09bb96cf97c2bfac6319e61108f22e599e928a4a012d705d891f3fba71"},
		{24, 400, 1500, "443f79c050f6ec1262b7a542ef1e996fd273dbc9c17982ac8c900f4d14f92b47"},
		{24, 1000, 2000, "0f5d94a003a86529c59bec8b2c8b96da82f650792468c010dbfc1a5613a63cb2"},
		{32, 0, 0, "9832d563319e41f1245a188fafedba9ab0edc14ed3c5681bd5ad6aa0dd118926"},
		{32, 400, 1500, "de3f2d618bee52d41510c797d4b5dff6c7b3cc133562453b71614f0782f06a4d"},
		{32, 1000, 2000, "99eec15cb4d48d31f31baa4f4f7d481b14c662efb1181a9dcb4bd846d733b38d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const struct bench_config config = {.trailer = vectors[i].trailer};
		struct bench *bench = bench_open(&config);

		bench_init(bench);
		assert_int_equal(vl53l8cx_motion_set(&bench->chip, vectors[i].min_mm, vectors[i].max_mm), 0);
		assert_int_equal(bench_command(bench, 0)->index, 0x2f58);
		bench_assert_hash(bench_command(bench, 0), 5, vectors[i].sha256);
		bench_close(bench);
	}
}

static void test_motion_limits(void **state)
{
	uint8_t image[VL53L8CX_MOTION_BYTES];

	(void)state;
	assert_int_equal(vl53l8cx_motion_image(24, 8, 399, 1000, image), -EINVAL);
	assert_int_equal(vl53l8cx_motion_image(24, 8, 3000, 4001, image), -EINVAL);
	assert_int_equal(vl53l8cx_motion_image(24, 8, 1000, 900, image), -EINVAL);
	assert_int_equal(vl53l8cx_motion_image(24, 8, 500, 2001, image), -EINVAL);
	assert_int_equal(vl53l8cx_motion_image(24, 8, 500, 2000, image), 0);
	assert_int_equal(vl53l8cx_motion_image(32, 8, 500, 4000, image), 0);
	assert_int_equal(vl53l8cx_motion_image(24, 4, 0, 0, image), 0);
	for (unsigned zone = 0; zone < 64; zone++)
		assert_int_equal((int8_t)image[28 + zone], zone < 16 ? (int)zone : -1);
}

static void test_motion_result(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct vl53l8cx_settings settings;
	struct vl53l8cx_motion motion;
	struct frame frame;

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_motion_get(&bench->chip, &motion), -ENODATA);
	for (uint8_t targets = 1; targets <= 2; targets++) {
		settings = bench->chip.wanted;
		settings.targets = targets;
		settings.outputs |= VL53L8CX_OUTPUT_MOTION;
		assert_int_equal(vl53l8cx_configure(&bench->chip, &settings), 0);
		assert_int_equal(vl53l8cx_motion_set(&bench->chip, 400, 1500), 0);
		assert_int_equal(vl53l8cx_start(&bench->chip), 0);
		bench_frame(bench, 200, &frame);
		assert_true(frame.fields & FRAME_HAS_MOTION);
		assert_int_equal(vl53l8cx_motion_get(&bench->chip, &motion), 0);
		assert_int_equal(motion.groups, 16);
		assert_int_equal(vl53l8cx_stop(&bench->chip), 0);
	}
	bench_close(bench);
}

/* --- crosstalk calibration --------------------------------------------------------------------------------------- */

static void test_xtalk_calibration(void **state)
{
	struct bench *bench = bench_open(NULL);
	uint8_t before[FIRMWARE_XTALK_BYTES], after[FIRMWARE_XTALK_BYTES];
	struct vl53l8cx_settings settings, read;
	struct frame frame;

	(void)state;
	bench_init(bench);
	settings = bench->chip.wanted;
	settings.resolution = 4;
	settings.rate_hz = 30;
	settings.sharpener_percent = 44;
	assert_int_equal(vl53l8cx_configure(&bench->chip, &settings), 0);
	vl53l8cx_xtalk_save(&bench->chip, before);
	assert_int_equal(vl53l8cx_xtalk_calibrate(&bench->chip, 3, 4, 600), 0);
	vl53l8cx_xtalk_save(&bench->chip, after);
	assert_memory_not_equal(before, after, sizeof(before));
	assert_int_equal(bytes_get_be32(after + 768), 0x0000000f);
	assert_int_equal(vl53l8cx_settings_read(&bench->chip, &read), 0);
	assert_int_equal(read.resolution, 4);
	assert_int_equal(read.rate_hz, 30);
	assert_int_equal(read.sharpener_percent, 44);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	assert_int_equal(vl53l8cx_xtalk_calibrate(&bench->chip, 3, 4, 600), -EPERM);
	assert_int_equal(vl53l8cx_stop(&bench->chip), 0);
	/* kept by the host, back after a power-on */
	assert_int_equal(vl53l8cx_xtalk_restore(&bench->chip, before), 0);
	assert_int_equal(vl53l8cx_xtalk_restore(&bench->chip, after), 0);
	emulator_power_cycle(bench->emulator);
	assert_int_equal(vl53l8cx_reinit(&bench->chip), 0);
	assert_memory_equal(bench->chip.xtalk, after, sizeof(after));
	bench_close(bench);
}

static void test_xtalk_limits(void **state)
{
	struct bench *bench = bench_open(NULL);
	uint8_t xtalk[FIRMWARE_XTALK_BYTES], kept[FIRMWARE_XTALK_BYTES];

	(void)state;
	bench_init(bench);
	assert_int_equal(vl53l8cx_xtalk_calibrate(&bench->chip, 0, 4, 600), -EINVAL);
	assert_int_equal(vl53l8cx_xtalk_calibrate(&bench->chip, 100, 4, 600), -EINVAL);
	assert_int_equal(vl53l8cx_xtalk_calibrate(&bench->chip, 3, 0, 600), -EINVAL);
	assert_int_equal(vl53l8cx_xtalk_calibrate(&bench->chip, 3, 17, 600), -EINVAL);
	assert_int_equal(vl53l8cx_xtalk_calibrate(&bench->chip, 3, 4, 599), -EINVAL);
	assert_int_equal(vl53l8cx_xtalk_calibrate(&bench->chip, 3, 4, 3001), -EINVAL);
	bench->firmware.has_xtalk_calibration = 0;
	assert_int_equal(vl53l8cx_xtalk_calibrate(&bench->chip, 3, 4, 600), -ENOENT);
	/* data that are none are refused, wherever a header is wrong */
	vl53l8cx_xtalk_save(&bench->chip, kept);
	memcpy(xtalk, kept, sizeof(xtalk));
	for (size_t at = 0; at < FIRMWARE_XTALK_BYTES - 8;) {
		size_t next = at + 4 + firmware_block_payload(bytes_get_be32(xtalk + at));

		for (size_t bit = 0; bit < 32; bit++) {
			xtalk[at + bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(vl53l8cx_xtalk_restore(&bench->chip, xtalk), -EBADMSG);
			xtalk[at + bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		at = next;
	}
	assert_memory_equal(bench->chip.xtalk, kept, sizeof(kept));
	bench_close(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offset_grids),
		cmocka_unit_test(test_xtalk_grids),
		cmocka_unit_test(test_grids_follow_the_resolution),
		cmocka_unit_test(test_thresholds_on_the_wire),
		cmocka_unit_test(test_thresholds_that_are_refused),
		cmocka_unit_test(test_thresholds_switch),
		cmocka_unit_test(test_auto_stop),
		cmocka_unit_test(test_motion_vectors),
		cmocka_unit_test(test_motion_limits),
		cmocka_unit_test(test_motion_result),
		cmocka_unit_test(test_xtalk_calibration),
		cmocka_unit_test(test_xtalk_limits),
	};

	return cmocka_run_group_tests_name("vl53l8cx-plugins", tests, NULL, NULL);
}
