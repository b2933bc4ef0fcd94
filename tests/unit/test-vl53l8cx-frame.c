/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-vl53l8cx-frame.c - output list, packet sizes and the parser: good results of every layout, hostile ones.
 *
 * The two hashes are of results that ST's driver 2.0.0 and 2.1.0 accepted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sensor/firmware-parts.h"
#include "tests/unit/synthetic-result.h"

static const struct vl53l8cx_layout all_8x8 = {
	.outputs = VL53L8CX_OUTPUTS_ALL, .zones = 64, .targets = 1, .trailer = 24};
static const struct vl53l8cx_layout all_8x8_crc = {
	.outputs = VL53L8CX_OUTPUTS_ALL, .zones = 64, .targets = 1, .trailer = 32, .crc = true};
static const struct vl53l8cx_layout hand_8x8 = {
	.outputs = VL53L8CX_OUTPUTS_NEEDED, .zones = 64, .targets = 1, .trailer = 24};

static void assert_sha256(const uint8_t *data, size_t n, const char *expected)
{
	uint8_t sha256[FIRMWARE_SHA256_BYTES];
	char hex[2 * FIRMWARE_SHA256_BYTES + 1];

	firmware_sha256(data, n, sha256);
	for (size_t i = 0; i < sizeof(sha256); i++)
		snprintf(hex + 2 * i, 3, "%02x", sha256[i]);
	assert_string_equal(hex, expected);
}

static void test_packet_sizes(void **state)
{
	static const struct {
		uint16_t outputs;
		uint16_t bytes[6]; /* 4x4 with 1 and 4 targets, 8x8 with 1, 2, 3, 4 */
	} rows[] = {
		{VL53L8CX_OUTPUTS_ALL, {532, 1012, 1444, 2084, 2724, 3364}},
		{VL53L8CX_OUTPUTS_ALL & ~VL53L8CX_OUTPUT_MOTION, {388, 868, 1300, 1940, 2580, 3220}},
		{VL53L8CX_OUTPUTS_NEEDED, {196, 532, 580, 1028, 1476, 1924}},
		{VL53L8CX_OUTPUTS_NEEDED & ~VL53L8CX_OUTPUT_SIGNAL, {128, 272, 320, 512, 704, 896}},
	};
	static const uint8_t zones[] = {16, 16, 64, 64, 64, 64}, targets[] = {1, 4, 1, 2, 3, 4};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		for (size_t i = 0; i < 6; i++) {
			struct vl53l8cx_layout layout = {
				.outputs = rows[row].outputs, .zones = zones[i], .targets = targets[i], .trailer = 24};

			assert_int_equal(vl53l8cx_layout_bytes(&layout), rows[row].bytes[i]);
			layout.trailer = 32;
			assert_int_equal(vl53l8cx_layout_bytes(&layout), rows[row].bytes[i] + 8);
			assert_in_range(vl53l8cx_layout_bytes(&layout), 0, VL53L8CX_FRAME_BYTES_MAX);
		}
}

static void test_output_list(void **state)
{
	static const uint32_t one[VL53L8CX_OUTPUT_WORDS] = {
		0x0000000d, 0x54b400c0, 0x54c00040, 0x54d00404, 0x55d00404, 0xdb840401,
		0xdbc40404, 0xdec40402, 0xdf440402, 0xe0440401, 0xe0840401, 0xd85808c0,
	};
	static const uint32_t four_4x4[VL53L8CX_OUTPUT_WORDS] = {
		0x0000000d, 0x54b400c0, 0x54c00040, 0x54d00104, 0x55d00404, 0x57d00101,
		0x58900404, 0x64900402, 0x66900402, 0x6a900401, 0x6b900401, 0xcc5008c0,
	};
	struct vl53l8cx_layout layout = {.outputs = VL53L8CX_OUTPUTS_NEEDED, .zones = 16, .targets = 4, .trailer = 24};
	uint32_t words[VL53L8CX_OUTPUT_WORDS];

	(void)state;
	vl53l8cx_layout_list(&all_8x8, words);
	assert_memory_equal(words, one, sizeof(one));
	vl53l8cx_layout_list(&layout, words);
	assert_memory_equal(words, four_4x4, sizeof(four_4x4));
}

static void assert_synthetic(const struct vl53l8cx_layout *layout, const struct frame *frame)
{
	assert_int_equal(frame->cols * frame->rows, layout->zones);
	assert_int_equal(frame->temperature_c, 31);
	assert_int_equal(frame->stream, 0);
	for (unsigned zone = 0; zone < layout->zones; zone++) {
		assert_int_equal(frame->count[zone], 1);
		assert_int_equal(frame->status[zone], FRAME_STATUS_VALID);
		assert_int_equal(frame->distance_q2[zone], (200 + 4 * zone) * 4);
		assert_int_equal(frame->signal_q11[zone], (100 + zone) * 2048);
		if (frame->fields & FRAME_HAS_AMBIENT)
			assert_int_equal(frame->ambient_q11[zone], 2 * 2048);
		if (frame->fields & FRAME_HAS_SPADS)
			assert_int_equal(frame->spads[zone], 16 * 256);
		if (frame->fields & FRAME_HAS_SIGMA)
			assert_int_equal(frame->sigma_q7[zone], 3 * 128);
		if (frame->fields & FRAME_HAS_REFLECTANCE)
			assert_int_equal(frame->reflectance[zone], 80);
	}
	for (unsigned zone = layout->zones; zone < FRAME_ZONES_MAX; zone++)
		assert_int_equal(frame->status[zone] | frame->count[zone] | frame->distance_q2[zone], 0);
}

static void test_results_that_st_accepts(void **state)
{
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX];
	struct frame frame;
	size_t n = synthetic_result(&all_8x8, raw);

	(void)state;
	assert_sha256(raw, n, "d86d3446b9ade5d43fe32b890f1e4e6ec854b8c47faf1985dd5581e7f44c162b");
	assert_int_equal(vl53l8cx_frame_parse(&all_8x8, raw, n, &frame), VL53L8CX_VERDICT_GOOD);
	assert_synthetic(&all_8x8, &frame);
	n = synthetic_result(&all_8x8_crc, raw);
	assert_sha256(raw, n, "909842b7f2bedf00cd56f8fab032ed1cd38e42a9db8c9c40eec3c3b460968131");
	assert_int_equal(vl53l8cx_frame_parse(&all_8x8_crc, raw, n, &frame), VL53L8CX_VERDICT_GOOD);
	assert_synthetic(&all_8x8_crc, &frame);
	assert_int_equal(frame.fields, FRAME_HAS_AMBIENT | FRAME_HAS_SPADS | FRAME_HAS_SIGMA | FRAME_HAS_REFLECTANCE |
					       FRAME_HAS_MOTION | FRAME_HAS_TEMPERATURE);
}

static void test_every_layout(void **state)
{
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX];
	struct frame frame;

	(void)state;
	for (unsigned i = 0; i < 2 * 4 * 2 * 32; i++) {
		const unsigned extra = i >> 4;
		const struct vl53l8cx_layout layout = {
			/* each combination of ambient, SPADs, sigma, reflectance, motion */
			.outputs = (uint16_t)(VL53L8CX_OUTPUTS_NEEDED | (extra & 3) << 3 | (extra >> 2 & 1) << 7 |
					      (extra >> 3 & 1) << 9 | (extra >> 4 & 1) << 11),
			.zones = i & 1 ? 64 : 16,
			.targets = (uint8_t)(1 + (i >> 1 & 3)),
			.trailer = i & 8 ? 32 : 24,
			.crc = i & 8,
		};
		size_t n = synthetic_result(&layout, raw);

		assert_int_equal(n, vl53l8cx_layout_bytes(&layout));
		assert_int_equal(vl53l8cx_frame_parse(&layout, raw, n, &frame), VL53L8CX_VERDICT_GOOD);
		assert_synthetic(&layout, &frame);
	}
}

static void test_values_at_the_edges(void **state)
{
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX];
	struct frame frame;
	size_t n = synthetic_result(&hand_8x8, raw);
	/* blocks: 16 metadata, 32 common, 40 count, 108 signal, 368 distance, 500 status */
	uint8_t *count = raw + 44, *signal = raw + 112, *distance = raw + 372, *status = raw + 504;

	(void)state;
	count[0 ^ 3] = 0;
	bytes_put_be32(distance, 0xfff00001);	  /* zone 0: 1, zone 1: -16 */
	bytes_put_be32(distance + 4, 0x7fff8000); /* zone 2: -32768, zone 3: 32767 */
	bytes_put_be32(signal + 4 * 5, 0xffffffff);
	status[6 ^ 3] = 255;
	status[7 ^ 3] = 13;
	raw[20 + (8 ^ 3)] = (uint8_t)-40;
	assert_int_equal(vl53l8cx_frame_parse(&hand_8x8, raw, n, &frame), VL53L8CX_VERDICT_GOOD);
	assert_int_equal(frame.status[0], FRAME_STATUS_NONE);
	assert_int_equal(frame.distance_q2[0], 1);
	assert_int_equal(frame.distance_q2[1], -16);
	assert_int_equal(frame.distance_q2[2], -32768);
	assert_int_equal(frame.distance_q2[3], 32767);
	assert_int_equal(frame.signal_q11[5], 0xffffffff);
	assert_int_equal(frame.status[6], 255);
	assert_int_equal(frame.status[7], 13);
	assert_int_equal(frame.temperature_c, -40);
	assert_int_equal(frame.fields, FRAME_HAS_TEMPERATURE);
}

static void assert_rejected(const struct vl53l8cx_layout *layout, const uint8_t *raw, size_t n,
			    enum vl53l8cx_verdict verdict)
{
	static const struct frame untouched = {.seq = 77};
	struct frame frame = untouched;

	assert_int_equal(vl53l8cx_frame_parse(layout, raw, n, &frame), verdict);
	assert_memory_equal(&frame, &untouched, sizeof(frame));
}

static void test_all_zero_and_all_ones(void **state)
{
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX];
	const size_t n = vl53l8cx_layout_bytes(&hand_8x8);

	(void)state;
	memset(raw, 0, sizeof(raw));
	assert_rejected(&hand_8x8, raw, n, VL53L8CX_VERDICT_MALFORMED);
	memset(raw, 0xff, sizeof(raw));
	assert_rejected(&hand_8x8, raw, n, VL53L8CX_VERDICT_MALFORMED);
}

static void test_wrong_lengths(void **state)
{
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX + 8] = {0};
	const size_t good = synthetic_result(&hand_8x8, raw);

	(void)state;
	for (size_t n = 0; n < good + 8; n++)
		if (n != good)
			assert_rejected(&hand_8x8, raw, n, VL53L8CX_VERDICT_MALFORMED);
}

static void test_torn(void **state)
{
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX];
	size_t n = synthetic_result(&hand_8x8, raw);

	(void)state;
	raw[n - 1]++;
	assert_rejected(&hand_8x8, raw, n, VL53L8CX_VERDICT_TORN);
	n = synthetic_result(&all_8x8_crc, raw);
	raw[10]++;
	assert_rejected(&all_8x8_crc, raw, n, VL53L8CX_VERDICT_TORN);
	n = synthetic_result(&all_8x8_crc, raw);
	raw[n - 9]++;
	assert_rejected(&all_8x8_crc, raw, n, VL53L8CX_VERDICT_TORN);
}

/* Every single bit between the head and the CRC; ids are noticed as torn, all else by the CRC. */
static void test_crc_sees_every_bit(void **state)
{
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX];
	const size_t n = synthetic_result(&all_8x8_crc, raw);
	struct frame frame;

	(void)state;
	for (size_t bit = 32; bit < 8 * (n - 4); bit++) {
		raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(vl53l8cx_frame_parse(&all_8x8_crc, raw, n, &frame), VL53L8CX_VERDICT_GOOD);
		raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(vl53l8cx_frame_parse(&all_8x8_crc, raw, n, &frame), VL53L8CX_VERDICT_GOOD);
}

/* Where the headers of a result are, by its own list. */
static size_t header_places(const struct vl53l8cx_layout *layout, size_t places[VL53L8CX_OUTPUT_WORDS])
{
	uint32_t words[VL53L8CX_OUTPUT_WORDS];
	size_t n = 0, at = 16;

	vl53l8cx_layout_list(layout, words);
	for (unsigned k = 1; k < VL53L8CX_OUTPUT_WORDS; k++)
		if ((layout->outputs | VL53L8CX_OUTPUT_ALWAYS) >> k & 1) {
			places[n++] = at;
			at += 4 + firmware_block_payload(words[k]);
		}
	return n;
}

/* Every bit of every header, and every possible size: never good, whatever the others are. */
static void test_hostile_headers(void **state)
{
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX];
	size_t places[VL53L8CX_OUTPUT_WORDS];
	const size_t n = synthetic_result(&all_8x8, raw), n_places = header_places(&all_8x8, places);

	(void)state;
	assert_int_equal(n_places, 11);
	for (size_t i = 0; i < n_places; i++) {
		const uint32_t header = bytes_get_be32(raw + places[i]);

		for (uint32_t low = 0; low < 0x10000; low++) {
			const uint32_t mutated = (header & 0xffff0000) | low;

			if (firmware_block_payload(mutated) == firmware_block_payload(header) && (low & 0xf) < 0xe)
				continue; /* the same block, said in another way */
			bytes_put_be32(raw + places[i], mutated);
			assert_rejected(&all_8x8, raw, n, VL53L8CX_VERDICT_MALFORMED);
		}
		for (uint32_t index = 0; index < 0x10000; index++) {
			if (index == header >> 16)
				continue;
			bytes_put_be32(raw + places[i], (header & 0xffff) | index << 16);
			assert_rejected(&all_8x8, raw, n, VL53L8CX_VERDICT_MALFORMED);
		}
		bytes_put_be32(raw + places[i], header);
	}
}

static void test_unknown_blocks_are_skipped(void **state)
{
	/* Results with ambient, read by somebody who does not want it; the lengths are made equal by hand. */
	const struct vl53l8cx_layout more = {
		.outputs = VL53L8CX_OUTPUTS_NEEDED | VL53L8CX_OUTPUT_MOTION, .zones = 64, .targets = 1, .trailer = 24};
	struct vl53l8cx_layout asked = more;
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX];
	const size_t n = synthetic_result(&more, raw);
	struct frame frame;

	(void)state;
	bytes_put_be32(raw + n - 12 - 144, 0x12340000 | 140 << 4); /* the motion block becomes a stranger */
	assert_rejected(&more, raw, n, VL53L8CX_VERDICT_MALFORMED);
	asked.outputs = VL53L8CX_OUTPUTS_NEEDED;
	assert_int_equal(vl53l8cx_frame_parse(&asked, raw, n, &frame), VL53L8CX_VERDICT_MALFORMED); /* length */
	bytes_put_be32(raw + n - 12 - 144, 0x54d00000 | 140 << 4); /* a known index that was not asked for */
	assert_rejected(&more, raw, n, VL53L8CX_VERDICT_MALFORMED);
}

static void test_blocks_in_another_order(void **state)
{
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX], swapped[VL53L8CX_FRAME_BYTES_MAX];
	const size_t n = synthetic_result(&hand_8x8, raw);
	struct frame frame;

	(void)state;
	/* count (68 bytes at 40) and signal (260 at 108) change places */
	memcpy(swapped, raw, n);
	memcpy(swapped + 40, raw + 108, 260);
	memcpy(swapped + 300, raw + 40, 68);
	assert_int_equal(vl53l8cx_frame_parse(&hand_8x8, swapped, n, &frame), VL53L8CX_VERDICT_GOOD);
	assert_synthetic(&hand_8x8, &frame);
	/* twice the status and no count */
	memcpy(swapped, raw, n);
	memcpy(swapped + 40, raw + 500, 68);
	assert_rejected(&hand_8x8, swapped, n, VL53L8CX_VERDICT_MALFORMED);
}

/* A stranger without payload moves all blocks behind it by a word: the last one ends in the trailer. */
static void test_block_in_the_trailer(void **state)
{
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX];
	const size_t n = synthetic_result(&hand_8x8, raw);

	(void)state;
	memmove(raw + 44, raw + 40, n - 12 - 40);
	bytes_put_be32(raw + 40, 0x12340000);
	assert_rejected(&hand_8x8, raw, n, VL53L8CX_VERDICT_MALFORMED);
}

static void test_inferred_words_are_not_required(void **state)
{
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX];
	const size_t n = synthetic_result(&hand_8x8, raw);
	struct frame frame;

	(void)state;
	memset(raw + 4, 0xa5, 4);
	memset(raw + 12, 0xa5, 4);
	memset(raw + n - 12, 0xa5, 8);
	memset(raw + 8, 0, 4);
	memset(raw + n - 4, 0, 4);
	raw[8] = 0x77; /* only the low halves are ids */
	assert_int_equal(vl53l8cx_frame_parse(&hand_8x8, raw, n, &frame), VL53L8CX_VERDICT_GOOD);
	assert_synthetic(&hand_8x8, &frame);
}

static void test_block_lookup(void **state)
{
	uint8_t raw[VL53L8CX_FRAME_BYTES_MAX];
	size_t n = synthetic_result(&all_8x8, raw);

	(void)state;
	assert_ptr_equal(vl53l8cx_frame_block(&all_8x8, raw, n, 0xd858, 140), raw + n - 12 - 140);
	assert_null(vl53l8cx_frame_block(&all_8x8, raw, n, 0xd858, 144));
	assert_null(vl53l8cx_frame_block(&all_8x8, raw, n, 0xcc50, 140));
	n = synthetic_result(&hand_8x8, raw);
	assert_null(vl53l8cx_frame_block(&hand_8x8, raw, n, 0xd858, 140));
	assert_non_null(vl53l8cx_frame_block(&hand_8x8, raw, n, 0x54b4, 12));
	raw[10]++;
	assert_null(vl53l8cx_frame_block(&hand_8x8, raw, n, 0x54b4, 12));
}

/* Exactly-sized heap copies, so that a sanitizer or valgrind sees the first byte beyond. */
static void test_random_bytes(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		const struct vl53l8cx_layout layout = {
			.outputs = VL53L8CX_OUTPUTS_NEEDED | (round & 1 ? VL53L8CX_OUTPUTS_ALL : 0),
			.zones = round & 2 ? 64 : 16,
			.targets = (uint8_t)(1 + (round >> 2 & 3)),
			.trailer = round & 16 ? 32 : 24,
		};
		const size_t n = vl53l8cx_layout_bytes(&layout);
		uint8_t *raw = malloc(VL53L8CX_FRAME_BYTES_MAX);
		struct frame frame;

		assert_non_null(raw);
		synthetic_result(&layout, raw);
		raw = realloc(raw, n);
		assert_non_null(raw);
		for (unsigned i = 0; i < 1 + round % 32; i++) {
			seed = seed * 1664525 + 1013904223;
			raw[16 + (seed >> 8) % (n - 16)] = (uint8_t)(seed >> 24);
		}
		(void)vl53l8cx_frame_parse(&layout, raw, n, &frame);
		free(raw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packet_sizes),
		cmocka_unit_test(test_output_list),
		cmocka_unit_test(test_results_that_st_accepts),
		cmocka_unit_test(test_every_layout),
		cmocka_unit_test(test_values_at_the_edges),
		cmocka_unit_test(test_all_zero_and_all_ones),
		cmocka_unit_test(test_wrong_lengths),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_crc_sees_every_bit),
		cmocka_unit_test(test_hostile_headers),
		cmocka_unit_test(test_unknown_blocks_are_skipped),
		cmocka_unit_test(test_blocks_in_another_order),
		cmocka_unit_test(test_block_in_the_trailer),
		cmocka_unit_test(test_inferred_words_are_not_required),
		cmocka_unit_test(test_block_lookup),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests_name("vl53l8cx-frame", tests, NULL, NULL);
}
