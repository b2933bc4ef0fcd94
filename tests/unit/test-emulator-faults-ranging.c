/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-emulator-faults-ranging.c - what the faults of frames, interrupts and state look like to a host that is
 * ranging. The numbers are the table's.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/bytes.h"
#include "tests/unit/emulator-rig.h"

enum { FRAME = 580, FRAME_MAX = 4096 };

static void rig_faulty(struct rig *rig, const char *script)
{
	struct emulator_config config = {.faults = script};

	rig_open(rig, &config);
}

/* Up and running: the first frame is there. */
static void rig_ranging(struct rig *rig, const char *script)
{
	uint8_t status[4];

	rig_faulty(rig, script);
	rig_boot(rig);
	assert_int_equal(rig_start(rig, RIG_POSTURE, 1), FRAME);
	assert_true(rig_wait(rig, 0xFF, status));
}

/* 21, 22 */
static void test_stream(void **state)
{
	uint8_t status[4];
	struct rig rig;

	(void)state;
	rig_ranging(&rig, "at frame 2..4: frozen; at frame 6: stream-jump 3");
	rig_sleep_ms(&rig, 190);
	rig_read(&rig, 0, status, 4);
	assert_int_equal(status[0], 0);
	assert_true(rig_wait(&rig, 0, status));
	assert_int_equal(status[0], 1);
	assert_true(rig_wait(&rig, 1, status));
	assert_int_equal(status[0], 5);
	rig_close(&rig);
}

static bool ids_equal(const uint8_t *frame, size_t n)
{
	return bytes_get_be32(frame + n - 4) == bytes_get_be32(frame + 8);
}

/* 23 */
static void test_footer_id(void **state)
{
	uint8_t frame[FRAME], status[4] = {0};
	struct rig rig;

	(void)state;
	rig_ranging(&rig, "at frame 2: footer-id");
	for (unsigned i = 1; i <= 3; i++) {
		rig_read(&rig, 0, frame, FRAME);
		assert_int_equal(ids_equal(frame, FRAME), i != 2);
		assert_true(rig_wait(&rig, frame[0], status));
	}
	rig_close(&rig);
}

static uint32_t timestamp(const uint8_t *frame, size_t n)
{
	return bytes_get_be32(rig_block(frame, n, 0x54B4));
}

/* 24: a tear changes the data under the reader; reading again gives a whole frame. */
static void test_torn(void **state)
{
	uint8_t frame[FRAME];
	struct rig rig;

	(void)state;
	rig_ranging(&rig, "at frame 1: torn");
	rig_read(&rig, 0, frame, FRAME);
	assert_int_equal(frame[0], 0);
	assert_false(ids_equal(frame, FRAME));
	rig_read(&rig, 0, frame, FRAME);
	assert_int_equal(frame[0], 1);
	assert_true(ids_equal(frame, FRAME));
	rig_close(&rig);
	rig_ranging(&rig, "at frame 1: torn-same-id");
	rig_read(&rig, 0, frame, FRAME);
	assert_int_equal(frame[0], 0);
	assert_true(ids_equal(frame, FRAME));
	rig_close(&rig);
}

/* 25 */
static void test_crc(void **state)
{
	struct emulator_config config = {.faults = "at frame 2: crc", .trailer = 32};
	uint8_t frame[FRAME + 8], status[4];
	struct rig rig;

	(void)state;
	rig_open(&rig, &config);
	rig_boot(&rig);
	assert_int_equal(rig_start(&rig, RIG_POSTURE, 1), sizeof(frame));
	assert_true(rig_wait(&rig, 0xFF, status));
	for (unsigned i = 1; i <= 2; i++) {
		uint32_t crc = 0;

		rig_read(&rig, 0, frame, sizeof(frame));
		for (uint32_t k = 0; k < (sizeof(frame) - 12) / 4; k++)
			crc ^= bytes_get_be32(frame + 4 + 4 * k) + k;
		assert_int_equal(crc == bytes_get_be32(frame + sizeof(frame) - 8), i == 1);
		assert_true(rig_wait(&rig, frame[0], status));
	}
	rig_close(&rig);
}

/* 26 */
static void test_blocks(void **state)
{
	static const char *const scripts[] = {"once: block-size 0xDF44", "once: block-index 0xDF44",
					      "block-missing 0xDF44"};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		uint8_t frame[FRAME];
		const uint8_t *block;
		struct rig rig;

		rig_ranging(&rig, scripts[i]);
		rig_read(&rig, 0, frame, FRAME);
		assert_true(ids_equal(frame, FRAME));
		block = rig_block(frame, FRAME, 0xDF44);
		if (i == 0)
			assert_int_equal(bytes_get_be32(block - 4), 0xDF44FFF2);
		else
			assert_null(block);
		rig_close(&rig);
	}
}

static unsigned edges(struct rig *rig)
{
	struct gpio_line *line = emulator_int(rig->emulator, 0);
	unsigned count;
	uint64_t t_ns;

	assert_int_equal(line->ops->drain(line, &count, &t_ns), 0);
	return count;
}

/* 27, 28 */
static void test_edges(void **state)
{
	static const struct {
		const char *script;
		unsigned after_one, after_three; /* more frames */
	} cases[] = {
		{"", 1, 3},
		{"at frame 2: int-lost", 0, 2},
		{"at frame 2: int-spurious 5", 6, 2 + 6},
		{"at frame 2: int-storm 1000", 1001, 1003},
		{"at frame 2..: int-stuck", 1, 1},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t status[4];
		unsigned n;
		struct rig rig;

		rig_ranging(&rig, cases[i].script);
		assert_int_equal(edges(&rig), 1);
		assert_true(rig_wait(&rig, 0, status));
		n = edges(&rig);
		assert_int_equal(n, cases[i].after_one);
		assert_true(rig_wait(&rig, 1, status));
		assert_true(rig_wait(&rig, 2, status));
		assert_int_equal(n + edges(&rig), cases[i].after_three);
		rig_close(&rig);
	}
}

/* 28: edges out of nothing wake a waiting host at their time. */
static void test_edge_at_a_time(void **state)
{
	struct gpio_line *line;
	struct clock *clock;
	struct pollfd fd;
	struct rig rig;
	uint64_t began;

	(void)state;
	rig_faulty(&rig, "after 700ms: int-spurious");
	clock = emulator_clock(rig.emulator);
	began = clock_now_ns(clock);
	line = emulator_int(rig.emulator, 0);
	fd = (struct pollfd){.fd = line->ops->fd(line), .events = POLLIN};
	assert_int_equal(clock->ops->wait(clock, &fd, 1, began + 2000000000), 1);
	assert_int_equal(clock_now_ns(clock) - began, 700000000);
	assert_int_equal(edges(&rig), 1);
	assert_int_equal(clock->ops->wait(clock, &fd, 1, began + 2000000000), 0);
	rig_close(&rig);
}

/* 29, 30, 34 */
static void test_state_lost(void **state)
{
	uint8_t frame[FRAME], status[4], grid[8];
	struct rig rig;

	(void)state;
	rig_ranging(&rig, "at frame 2: brown-out");
	rig_sleep_ms(&rig, 100);
	rig_read(&rig, 0, frame, FRAME);
	assert_memory_equal(frame, "\xF0\x0C\x00\x00", 4); /* page 0 */
	assert_int_equal(rig_get(&rig, 0x7FFF), 0);
	rig_page(&rig, 2);
	rig_read(&rig, 0, frame, FRAME);
	for (unsigned i = 0; i < FRAME; i++)
		assert_int_equal(frame[i], 0);
	rig_boot(&rig);
	assert_int_equal(rig_start(&rig, RIG_POSTURE, 1), FRAME);
	assert_true(rig_wait(&rig, 0xFF, status));
	rig_close(&rig);

	rig_ranging(&rig, "at frame 2: page-lost");
	rig_sleep_ms(&rig, 100);
	assert_int_equal(rig_get(&rig, 0x7FFF), 0);
	rig_page(&rig, 2);
	assert_true(rig_wait(&rig, 1, status));
	rig_close(&rig);

	rig_faulty(&rig, "after 1s: address-lost");
	rig_page(&rig, 0);
	rig_put(&rig, 0x0004, 0x2A);
	rig.address = 0x2A;
	rig_boot(&rig);
	rig_sleep_ms(&rig, 1000);
	assert_int_equal(rig_try_read(&rig, 0, frame, 1), -ENXIO);
	rig.address = 0x29;
	assert_int_equal(rig_fetch(&rig, 0x5450, grid, sizeof(grid)), 3);
	rig_close(&rig);
}

/* 31 */
static void test_traps(void **state)
{
	static const struct {
		const char *script;
		uint8_t status[4];
	} cases[] = {
		{"at frame 2: trap 0xCA", {1, 5, 0xCA, 0xB1}},
		{"at frame 2: trap-silent 0xEA", {0, 5, 0xEA, 0xB1}},
	};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		uint8_t status[4];
		struct rig rig;

		rig_ranging(&rig, cases[i].script);
		rig_sleep_ms(&rig, 300);
		rig_read(&rig, 0, status, 4);
		assert_memory_equal(status, cases[i].status, 4);
		rig_page(&rig, 0);
		assert_int_equal(rig_get(&rig, 0x0006), 0xB1);
		assert_int_equal(rig_get(&rig, 0x0007), cases[i].status[2]);
		rig_boot(&rig); /* a reset helps */
		rig_close(&rig);
	}
}

/* 32 */
static void test_warnings(void **state)
{
	uint8_t status[4];
	struct rig rig;

	(void)state;
	rig_ranging(&rig, "at frame 2: charge-pump; at frame 3: avdd-lost");
	assert_true(rig_wait(&rig, 0, status));
	assert_int_equal(status[2], 0x95);
	assert_true(rig_wait(&rig, 1, status));
	assert_int_equal(status[2], 0x84);
	assert_true(rig_wait(&rig, 2, status));
	assert_int_equal(status[2], 0x85);
	rig_close(&rig);
}

/* 33 */
static void test_stops(void **state)
{
	static const struct {
		const char *script;
		unsigned ms;
		uint8_t status_0, status_1;
	} cases[] = {
		{"stop-dead", 6000, 0x31, 0x85},
		{"stop-wrong 0xC5", 0, 0xB1, 0xC5},
		{"stop-late 50ms", 49, 0x31, 0x85},
		{"stop-late 50ms", 51, 0xB1, 0x84},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig rig;

		rig_ranging(&rig, cases[i].script);
		rig_page(&rig, 0);
		rig_put(&rig, 0x0015, 0x16);
		rig_put(&rig, 0x0014, 0x01);
		rig_sleep_ms(&rig, cases[i].ms);
		assert_int_equal(rig_get(&rig, 0x0006), cases[i].status_0);
		assert_int_equal(rig_get(&rig, 0x0007), cases[i].status_1);
		rig_close(&rig);
	}
}

/* 35 */
static void test_strange_zones(void **state)
{
	uint8_t frame[FRAME];
	struct rig rig;

	(void)state;
	rig_ranging(&rig, "no-target");
	rig_read(&rig, 0, frame, FRAME);
	for (unsigned z = 0; z < 64; z++)
		assert_int_equal(rig_block(frame, FRAME, 0xDB84)[z], 0);
	rig_close(&rig);
	rig_ranging(&rig, "negative");
	rig_read(&rig, 0, frame, FRAME);
	assert_int_equal(rig_block(frame, FRAME, 0xDF44)[2] & 0x80, 0x80);
	rig_close(&rig);
	rig_ranging(&rig, "status 255");
	rig_read(&rig, 0, frame, FRAME);
	for (unsigned z = 0; z < 64; z++)
		assert_int_equal(rig_block(frame, FRAME, 0xE084)[z], 255);
	rig_close(&rig);
}

/* 36 */
static void test_strange_metadata(void **state)
{
	uint8_t frame[FRAME], status[4];
	uint32_t last;
	struct rig rig;

	(void)state;
	rig_ranging(&rig, "temperature -40");
	rig_read(&rig, 0, frame, FRAME);
	assert_int_equal((int8_t)rig_block(frame, FRAME, 0x54B4)[8 ^ 3], -40);
	rig_close(&rig);
	rig_ranging(&rig, "time-wrap");
	rig_read(&rig, 0, frame, FRAME);
	last = timestamp(frame, FRAME);
	assert_true(last > 0xFFFFFF00u);
	for (unsigned i = 0; i < 4; i++)
		assert_true(rig_wait(&rig, (uint8_t)i, status));
	rig_read(&rig, 0, frame, FRAME);
	assert_in_range(timestamp(frame, FRAME), 50, 100);
	assert_in_range(timestamp(frame, FRAME) - last, 266, 268);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_footer_id),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_crc),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_edge_at_a_time),
		cmocka_unit_test(test_state_lost),
		cmocka_unit_test(test_traps),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_stops),
		cmocka_unit_test(test_strange_zones),
		cmocka_unit_test(test_strange_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
