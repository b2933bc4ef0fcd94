/* SPDX-License-Identifier: Apache-2.0 */
/* test-emulator-ranging.c - frames, their times and the stop of the emulated chip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "sensor/bytes.h"
#include "tests/unit/emulator-rig.h"

enum { FRAME_MAX = 4096 };

static void assert_sha256(const uint8_t *data, size_t n, const char *expected)
{
	uint8_t hash[32];
	char hex[65];

	SHA256(data, n, hash);
	for (unsigned i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	assert_string_equal(hex, expected);
}

/* The frame that ST's driver accepted from both firmware generations, ready 2624 ms after power-on. */
static void test_frame_bytes(void **state)
{
	static const struct {
		uint16_t trailer;
		size_t n;
		const char *sha256;
	} expected[] = {
		{24, 1444, "d86d3446b9ade5d43fe32b890f1e4e6ec854b8c47faf1985dd5581e7f44c162b"},
		{32, 1452, "909842b7f2bedf00cd56f8fab032ed1cd38e42a9db8c9c40eec3c3b460968131"},
	};
	static const uint8_t first[24] = {0x00, 0x05, 0x85, 0x31, 0,	0,    0,    0,	  0,	0,    0x80, 0x01,
					  0x00, 0x00, 0x00, 0x0D, 0x54, 0xB4, 0x00, 0xC0, 0x00, 0x00, 0x0A, 0x40};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct emulator_config config = {.trailer = expected[i].trailer};
		uint8_t frame[FRAME_MAX], status[4];
		struct clock *clock;
		struct rig rig;
		uint64_t power_on;

		rig_open(&rig, &config);
		clock = emulator_clock(rig.emulator);
		power_on = clock_now_ns(clock);
		rig_boot(&rig);
		/* the commands before the start take 2 ms each, four of them; then one period of 66.67 ms */
		rig_sleep_ms(&rig, 2557 - 8 - (unsigned)((clock_now_ns(clock) - power_on) / 1000000));
		assert_int_equal(rig_start(&rig, RIG_ALL, 1), expected[i].n);
		assert_true(rig_wait(&rig, 0xFF, status));
		rig_read(&rig, 0, frame, expected[i].n);
		assert_memory_equal(frame, first, sizeof(first));
		assert_sha256(frame, expected[i].n, expected[i].sha256);
		rig_close(&rig);
	}
}

static void test_packet_sizes(void **state)
{
	static const struct {
		uint32_t enables;
		unsigned targets;
		size_t n;
	} expected[] = {
		{RIG_ALL, 1, 1444}, {RIG_ALL, 2, 2084}, {RIG_ALL, 3, 2724}, {RIG_ALL, 4, 3364},
		{0x7FF, 1, 1300},   {0x7FF, 4, 3220},	{0x567, 1, 580},    {0x567, 2, 1028},
		{0x567, 3, 1476},   {0x567, 4, 1924},	{0x527, 1, 320},    {0x527, 4, 896},
	};
	uint8_t frame[FRAME_MAX], status[4];
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		size_t n = rig_start(&rig, expected[i].enables, expected[i].targets);

		assert_int_equal(n, expected[i].n);
		assert_true(rig_wait(&rig, 0xFF, status));
		rig_read(&rig, 0, frame, n);
		assert_int_equal(bytes_get_be32(frame + n - 4), bytes_get_be32(frame + 8));
		assert_non_null(rig_block(frame, n, 0x54B4));
		rig_stop(&rig);
	}
	rig_close(&rig);
}

/* A host that expects another packet than the firmware makes finds the firmware's size in 5440. */
static void test_packet_size_is_the_firmwares(void **state)
{
	static const uint8_t start[4] = {0x00, 0x03, 0x00, 0x00};
	uint8_t output[8] = {0}, packet[12];
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	rig_start(&rig, RIG_POSTURE, 1);
	rig_stop(&rig);
	bytes_put_le32(output, 588);
	bytes_put_le32(output + 4, 13);
	assert_int_equal(rig_set(&rig, 0xD968, output, sizeof(output)), 3);
	assert_int_equal(rig_command(&rig, start, sizeof(start)), 3);
	assert_int_equal(rig_fetch(&rig, 0x5440, packet, sizeof(packet)), 3);
	assert_int_equal(bytes_get_le16(packet + 8), 580);
	rig_close(&rig);
}

/* A list that would not fit, or points outside the memory, is refused at the start, also while frames come. */
static void test_hostile_output_list(void **state)
{
	static const uint8_t start[4] = {0x00, 0x03, 0x00, 0x00};
	static const uint32_t words[] = {0x54D00404, 0x6B90FFFC, 0xFFFC0404, 0x0000FFFC};
	uint8_t list[4], output[8] = {0, 0, 0, 0, 2, 0, 0, 0}, enables[16] = {1};
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	assert_int_equal(rig_set(&rig, 0xD968, output, sizeof(output)), 3);
	assert_int_equal(rig_set(&rig, 0xD970, enables, sizeof(enables)), 3);
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		bytes_put_le32(list, words[i]);
		assert_int_equal(rig_set(&rig, 0xD980, list, sizeof(list)), 3);
		assert_int_equal(rig_command(&rig, start, sizeof(start)), i == 0 ? 3 : 4);
		rig_sleep_ms(&rig, 100); /* the frames of the first, harmless list have ended */
	}
	rig_close(&rig);
}

static int16_t zone_s16(const uint8_t *block, unsigned element)
{
	/* words travel with their halves reversed */
	const uint8_t *p = block + 4 * (element / 2) + (element % 2 ? 0 : 2);

	return (int16_t)(p[0] << 8 | p[1]);
}

/* Element (zone, target) stands at zone x targets + target; a zone with one target has no second one. */
static void test_several_targets(void **state)
{
	uint8_t frame[FRAME_MAX], status[4];
	const uint8_t *distance, *state_of;
	struct rig rig;
	size_t n;

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	n = rig_start(&rig, RIG_ALL, 2);
	assert_true(rig_wait(&rig, 0xFF, status));
	rig_read(&rig, 0, frame, n);
	distance = rig_block(frame, n, 0x6690);
	state_of = rig_block(frame, n, 0x6B90);
	assert_non_null(distance);
	assert_non_null(state_of);
	for (unsigned z = 0; z < 64; z++) {
		assert_int_equal(zone_s16(distance, 2 * z), 4 * (200 + 4 * (int)z));
		assert_int_equal(zone_s16(distance, 2 * z + 1), 0);
		assert_int_equal(state_of[(2 * z) ^ 3], 5);
		assert_int_equal(state_of[(2 * z + 1) ^ 3], 0);
	}
	assert_null(rig_block(frame, n, 0xDF44));
	rig_close(&rig);
}

static void test_flags_and_stop(void **state)
{
	struct rig rig;
	uint8_t status[4], again[4];

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	rig_start(&rig, RIG_POSTURE, 1);
	rig_read(&rig, 0, status, 4);
	assert_memory_equal(status, "\xFF\x05\x85\x01", 4);
	assert_true(rig_wait(&rig, 0xFF, status));
	assert_memory_equal(status, "\x00\x05\x85\x31", 4);
	assert_true(rig_wait(&rig, 0, status));
	assert_int_equal(status[0], 1);
	rig_stop(&rig);
	rig_read(&rig, 0, status, 4);
	rig_sleep_ms(&rig, 500);
	rig_read(&rig, 0, again, 4);
	assert_int_equal(again[0], status[0]);
	rig_page(&rig, 0);
	assert_int_equal(rig_get(&rig, 0x0006), 0x01);
	assert_int_equal(rig_get(&rig, 0x0007), 0x85);
	rig_page(&rig, 2);
	rig_start(&rig, RIG_POSTURE, 1);
	rig_read(&rig, 0, status, 4);
	assert_memory_equal(status, "\xFF\x05\x85\x01", 4);
	rig_close(&rig);
}

static void test_stream_wraps(void **state)
{
	struct rig rig;
	uint8_t status[4], last = 0xFF;
	bool wrapped = false;

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	rig_start(&rig, RIG_POSTURE, 1);
	for (unsigned i = 0; i < 300; i++) {
		assert_true(rig_wait(&rig, last, status));
		assert_int_equal(status[0], last == 0xFF ? 0 : (last + 1) % 255);
		wrapped |= status[0] < last && last == 254;
		last = status[0];
	}
	assert_true(wrapped);
	rig_close(&rig);
}

static uint64_t period_us(struct rig *rig)
{
	struct clock *clock = emulator_clock(rig->emulator);
	uint8_t status[4];
	uint64_t first;

	rig_start(rig, RIG_POSTURE, 1);
	assert_true(rig_wait(rig, 0xFF, status));
	first = clock_now_ns(clock);
	for (unsigned i = 0; i < 10; i++)
		assert_true(rig_wait(rig, status[0], status));
	rig_stop(rig);
	return (clock_now_ns(clock) - first) / 10000;
}

/* Autonomous mode needs 4 integrations of the 8x8 grid and the overhead; continuous mode does not wait. */
static void test_period(void **state)
{
	static const uint8_t continuous[8] = {3, 1, 1, 3, 0, 3, 0, 0};
	uint8_t integration[20] = {0};
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	assert_in_range(period_us(&rig), 66000, 67000);
	bytes_put_le32(integration, 50000);
	assert_int_equal(rig_set(&rig, 0x545C, integration, sizeof(integration)), 3);
	assert_in_range(period_us(&rig), 200500, 201500);
	assert_int_equal(rig_set(&rig, 0xAD30, continuous, sizeof(continuous)), 3);
	assert_in_range(period_us(&rig), 66000, 67000);
	rig_close(&rig);
}

/* The window is live: 1444 bytes at 100 kHz take two periods of 15 Hz. */
static void test_slow_bus_tears_frames(void **state)
{
	struct emulator_config config = {.scl_hz = 100000};
	uint8_t frame[FRAME_MAX], status[4];
	struct rig rig;
	size_t n;

	(void)state;
	rig_open(&rig, &config);
	rig.chunk = 8190;
	rig_boot(&rig);
	n = rig_start(&rig, RIG_ALL, 1);
	for (unsigned i = 0; i < 3; i++) {
		rig_read(&rig, 0, frame, n);
		assert_int_not_equal(bytes_get_be32(frame + n - 4), bytes_get_be32(frame + 8));
	}
	rig_stop(&rig);
	n = rig_start(&rig, RIG_POSTURE, 1);
	assert_true(rig_wait(&rig, 0xFF, status));
	rig_read(&rig, 0, frame, n);
	assert_int_equal(bytes_get_be32(frame + n - 4), bytes_get_be32(frame + 8));
	rig_close(&rig);
}

static void test_scene_ends(void **state)
{
	struct emulator_config config = {.scene = rig_scene(3)};
	struct emulator_counts counts;
	uint8_t status[4], last = 0xFF;
	struct rig rig;

	(void)state;
	rig_open(&rig, &config);
	rig_boot(&rig);
	rig_start(&rig, RIG_POSTURE, 1);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(rig_wait(&rig, last, status));
		assert_false(emulator_ended(rig.emulator));
		last = status[0];
	}
	assert_false(rig_wait(&rig, last, status));
	assert_true(emulator_ended(rig.emulator));
	emulator_counts(rig.emulator, &counts);
	assert_int_equal(counts.frames, 3);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame_bytes),
		cmocka_unit_test(test_packet_sizes),
		cmocka_unit_test(test_packet_size_is_the_firmwares),
		cmocka_unit_test(test_hostile_output_list),
		cmocka_unit_test(test_several_targets),
		cmocka_unit_test(test_flags_and_stop),
		cmocka_unit_test(test_stream_wraps),
		cmocka_unit_test(test_period),
		cmocka_unit_test(test_slow_bus_tears_frames),
		cmocka_unit_test(test_scene_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
