/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synthetic-result.h - a raw VL53L8CX result for any layout, as the firmware would put it into its window.
 *
 * First targets: distance 200 + 4 * zone mm, signal 100 + zone kcps/SPAD, sigma 3 mm, reflectance 40 %, status 5; further
 * targets have other numbers. Ambient 2 kcps/SPAD, 16 SPADs, one target, 31 degrees, stream count 0.
 */
#ifndef TESTS_UNIT_SYNTHETIC_RESULT_H
#define TESTS_UNIT_SYNTHETIC_RESULT_H

#include <string.h>

#include "sensor/bytes.h"
#include "sensor/vl53l8cx-frame.h"

/* The chip's XOR over words, from byte 4 up to and with the footer id. */
static inline uint32_t synthetic_crc(const uint8_t *raw, size_t n)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < (n - 12) / 4; i++)
		crc ^= bytes_get_be32(raw + 4 + 4 * i) + (uint32_t)i;
	return crc;
}

/* Element of an array: which word of the output list, zone, target. */
static inline uint32_t synthetic_element(unsigned k, unsigned zone, unsigned target)
{
	switch (k) {
	case 3:
		return 2 * 2048;
	case 4:
		return 16 * 256;
	case 5:
		return 1;
	case 6:
		return (100 + zone) * 2048 + target;
	case 7:
		return 3 * 128 + target;
	case 8:
		return (200 + 4 * zone) * 4 + 100 * target;
	case 9:
		return 80 + target;
	default:
		return 5 + target;
	}
}

static inline void synthetic_array(uint8_t *payload, unsigned k, uint32_t word, const struct vl53l8cx_layout *layout)
{
	const unsigned type = word & 0xf, n = word >> 4 & 0xfff, targets = n / layout->zones;

	for (unsigned i = 0; i < n; i++) {
		uint32_t value = synthetic_element(k, i / targets, i % targets);

		for (unsigned b = 0; b < type; b++)
			payload[(i * type + b) ^ 3] = (uint8_t)(value >> 8 * b);
	}
}

/* Fills raw (VL53L8CX_FRAME_BYTES_MAX) and returns the result's length. */
static inline size_t synthetic_result(const struct vl53l8cx_layout *layout, uint8_t *raw)
{
	static const uint8_t head[] = {0x00, 0x05, 0x85, 0x31, 0, 0, 0, 0, 0, 0, 0x80, 0x01, 0, 0, 0, 0x0d};
	static const uint8_t tail[] = {0, 0, 0, 0x0e, 0, 0, 0, 0x0f, 0, 0, 0x80, 0x01};
	uint32_t words[VL53L8CX_OUTPUT_WORDS];
	size_t at = sizeof(head);

	vl53l8cx_layout_list(layout, words);
	memset(raw, 0, VL53L8CX_FRAME_BYTES_MAX);
	memcpy(raw, head, sizeof(head));
	for (unsigned k = 1; k < VL53L8CX_OUTPUT_WORDS; k++) {
		const unsigned type = words[k] & 0xf, size = words[k] >> 4 & 0xfff;

		if (!((layout->outputs | VL53L8CX_OUTPUT_ALWAYS) >> k & 1))
			continue;
		bytes_put_be32(raw + at, words[k]);
		at += 4;
		if (k == 1) {
			bytes_put_be32(raw + at, 0xa40); /* ms */
			raw[at + (8 ^ 3)] = 31;
		} else if (k == 2) {
			raw[at + 1] = layout->zones; /* bytes 2 and 3 of the image */
			raw[at] = layout->targets;
		} else if (type) {
			synthetic_array(raw + at, k, words[k], layout);
		}
		at += type ? size * type : size;
	}
	memcpy(raw + at, tail, sizeof(tail));
	at += sizeof(tail);
	if (layout->trailer == VL53L8CX_TRAILER_MM1801) {
		bytes_put_be32(raw + at, synthetic_crc(raw, at + 8));
		at += 8;
	}
	return at;
}

#endif
