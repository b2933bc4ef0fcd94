/* SPDX-License-Identifier: Apache-2.0 */
/* test-emulator-detect.c - thresholds, motion and crosstalk calibration of the emulated chip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/bytes.h"
#include "tests/unit/emulator-rig.h"

enum { FRAME_MAX = 4096 };

static unsigned edges(struct rig *rig)
{
	struct gpio_line *line = emulator_int(rig->emulator, 0);
	unsigned count;
	uint64_t t_ns;

	assert_int_equal(line->ops->drain(line, &count, &t_ns), 0);
	return count;
}

/* Zone 10 lies at 240 mm. */
static void thresholds_set(struct rig *rig, int low_mm, int high_mm, uint8_t type, bool auto_stop)
{
	static const uint8_t statuses[8] = {5, 5, 5, 5, 5, 5, 5, 5};
	static const uint8_t on[8] = {1, 1, 1, 0};
	uint8_t list[768] = {0}, interrupt[20] = {0}, pipe[4] = {1, 0, 1, auto_stop};

	bytes_put_le32(list, (uint32_t)(low_mm * 4));
	bytes_put_le32(list + 4, (uint32_t)(high_mm * 4));
	list[8] = 1;
	list[9] = type;
	list[10] = 10 | 0x80;
	interrupt[0x11] = 0x04;
	assert_int_equal(rig_set(rig, 0xB9F0, statuses, sizeof(statuses)), 3);
	assert_int_equal(rig_set(rig, 0xB6E8, list, sizeof(list)), 3);
	assert_int_equal(rig_set(rig, 0xB6E0, on, sizeof(on)), 3);
	assert_int_equal(rig_set(rig, 0x5488, interrupt, sizeof(interrupt)), 3);
	assert_int_equal(rig_set(rig, 0xDB80, pipe, sizeof(pipe)), 3);
}

static void test_thresholds(void **state)
{
	static const struct {
		int low_mm, high_mm;
		uint8_t type;
		bool fires;
	} cases[] = {
		{230, 250, 0, true}, {250, 300, 0, false}, {250, 300, 1, true}, {230, 250, 1, false},
		{240, 0, 2, true},   {239, 0, 2, false},   {0, 239, 3, true},	{0, 240, 3, false},
		{240, 0, 4, true},   {241, 0, 4, false},   {241, 0, 5, true},	{240, 0, 5, false},
	};
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	rig_start(&rig, RIG_POSTURE, 1);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		thresholds_set(&rig, cases[i].low_mm, cases[i].high_mm, cases[i].type, false);
		rig_sleep_ms(&rig, 70);
		edges(&rig);
		rig_sleep_ms(&rig, 200);
		assert_int_equal(edges(&rig), cases[i].fires ? 3 : 0);
		rig_page(&rig, 0);
		assert_int_equal(rig_get(&rig, 0x0006), cases[i].fires ? 0x35 : 0x31);
		rig_page(&rig, 2);
	}
	rig_close(&rig);
}

/* Two conditions on zone 10, at 240 mm and 110 kcps/SPAD, together. */
static void test_threshold_and(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	rig_start(&rig, RIG_POSTURE, 1);
	for (unsigned least_kcps = 109; least_kcps <= 111; least_kcps++) {
		uint8_t list[768] = {0};

		thresholds_set(&rig, 230, 250, 0, false);
		bytes_put_le32(list, 230 * 4);
		bytes_put_le32(list + 4, 250 * 4);
		list[8] = 1;
		list[10] = 10;
		bytes_put_le32(list + 16, least_kcps * 2048);
		list[20] = 2;
		list[21] = 3;
		list[22] = 10 | 0x80;
		list[23] = 2;
		assert_int_equal(rig_set(&rig, 0xB6E8, list, sizeof(list)), 3);
		rig_sleep_ms(&rig, 70);
		edges(&rig);
		rig_sleep_ms(&rig, 200);
		assert_int_equal(edges(&rig), least_kcps < 110 ? 3 : 0);
	}
	rig_close(&rig);
}

static void test_auto_stop(void **state)
{
	struct emulator_counts before, after;
	uint8_t status[4], mark[4];
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	rig_start(&rig, RIG_POSTURE, 1);
	thresholds_set(&rig, 230, 250, 0, true);
	assert_true(rig_wait(&rig, 0xFF, status));
	assert_int_equal(status[1], 5); /* the frame that fired can be read */
	rig_read(&rig, 0x2FFC, mark, 4);
	assert_memory_equal(mark, "\xFF\x04\x00\x00", 4);
	emulator_counts(rig.emulator, &before);
	rig_sleep_ms(&rig, 500);
	emulator_counts(rig.emulator, &after);
	assert_int_equal(after.frames, before.frames);
	assert_int_equal(edges(&rig), 1);
	/* a new start works without a stop */
	rig_start(&rig, RIG_POSTURE, 1);
	assert_true(rig_wait(&rig, 0xFF, status));
	rig_close(&rig);
}

/* A hand that comes in: zones 0 to 15 are brighter from the third measurement on. */
static int waving_render(struct scene *scene, uint32_t n, uint64_t t_ns, uint8_t cols, struct frame *ret_frame)
{
	(void)scene;
	(void)t_ns;
	for (unsigned z = 0; z < (unsigned)cols * cols; z++) {
		ret_frame->count[z] = 1;
		ret_frame->status[z] = FRAME_STATUS_VALID;
		ret_frame->signal_q11[z] = 2048 * (n >= 2 && z < 16 ? 300 : 100);
	}
	return 0;
}

static struct scene *waving_free(struct scene *scene)
{
	(void)scene;
	return NULL;
}

static void test_motion(void **state)
{
	static const struct scene_ops ops = {.render = waving_render, .free = waving_free};
	struct scene scene = {&ops};
	struct emulator_config config = {.scene = &scene};
	uint8_t motion[156] = {0}, frame[FRAME_MAX], status[4], last = 0xFF;
	const uint8_t *result;
	struct rig rig;
	size_t n;

	(void)state;
	rig_open(&rig, &config);
	rig_boot(&rig);
	bytes_put_le32(motion + 4, 2883584);
	motion[20] = 16;
	for (unsigned i = 0; i < 64; i++)
		motion[28 + i] = (uint8_t)(i % 8 / 2 + 4 * (i / 16));
	assert_int_equal(rig_set(&rig, 0xBFAC, motion, sizeof(motion)), 3);
	n = rig_start(&rig, RIG_ALL, 1);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(rig_wait(&rig, last, status));
		last = status[0];
		rig_read(&rig, 0, frame, n);
		result = rig_block(frame, n, 0xD858);
		assert_non_null(result);
		/* aggregates 0..3 are zones 0..15: 200 kcps/SPAD more, once */
		for (unsigned a = 0; a < 16; a++)
			assert_int_equal(bytes_get_be32(result + 12 + 4 * a), i == 2 && a < 4 ? 200 * 65535 : 0);
		assert_int_equal(result[9 ^ 3], i == 2 ? 4 : 0);
		assert_int_equal(result[10 ^ 3], 16);
	}
	rig_close(&rig);
}

/* The output list of the calibration, its run, and the data that it leaves. */
static void test_xtalk_calibration(void **state)
{
	static const uint32_t words[17] = {0x0000000D, 0x54000040, 0x9FD800C0, 0x9FE40140, 0x9FF80040, 0x9FFC0404,
					   0xA0FC0100, 0xA10C0100, 0xA11C00C0, 0xA1280402, 0xA2480040, 0xA24C0401,
					   0xA2540401, 0xA25C0401, 0xA2640401, 0xA26C0404, 0xA28C0402};
	static const uint8_t start[4] = {0x00, 0x03, 0x00, 0x00};
	static const uint8_t run[8] = {0x60, 0x09, 0x30, 0x00, 4, 0, 0, 0};
	uint8_t list[68], output[8], enables[16] = {0}, status[4], signal[256];
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	for (unsigned i = 0; i < 17; i++)
		bytes_put_le32(list + 4 * i, words[i]);
	bytes_put_le32(output, 1204);
	bytes_put_le32(output + 4, 18);
	bytes_put_le32(enables, 0x0001FFFF);
	bytes_put_le32(enables + 12, 0xC0000000);
	assert_int_equal(rig_set(&rig, 0x5470, run, sizeof(run)), 3);
	assert_int_equal(rig_set(&rig, 0xD980, list, sizeof(list)), 3);
	assert_int_equal(rig_set(&rig, 0xD968, output, sizeof(output)), 3);
	assert_int_equal(rig_set(&rig, 0xD970, enables, sizeof(enables)), 3);
	assert_int_equal(rig_command(&rig, start, sizeof(start)), 3);
	rig_read(&rig, 0, status, 4);
	assert_int_equal(status[0], 0xFF);
	assert_true(rig_wait(&rig, 0xFF, status));
	assert_int_equal(status[3] & 0x80, 0); /* not "cover glass too good" */
	assert_int_equal(rig_fetch(&rig, 0x9FFC, signal, sizeof(signal)), 3);
	assert_int_not_equal(bytes_get_le32(signal), 0);
	/* it has ended by itself */
	assert_false(rig_wait(&rig, status[0], status));
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thresholds),	  cmocka_unit_test(test_threshold_and),
		cmocka_unit_test(test_auto_stop),	  cmocka_unit_test(test_motion),
		cmocka_unit_test(test_xtalk_calibration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
