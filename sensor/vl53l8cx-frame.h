/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-frame.h - the raw result of the VL53L8CX and its way into a struct frame. Pure: no bus, no clock.
 *
 * Result window, page 2, index 0, every word big-endian on the wire:
 *
 *      0  u8 stream count | u8 firmware state (5 = ranging) | u8 GO2_STATUS_1 | u8 GO2_STATUS_0
 *      4  word            | 8  word, low half = header id   | 12 word, start of the group (0000000D)
 *     16  blocks: header word (index << 16 | size << 4 | type) and payload, in the order of the output list
 *   n-12  0000000E 0000000F and a word whose low half is the footer id            trailer 24: MM1.8 and older
 *   n-20  0000000E 0000000F, footer id word, results CRC word, unknown word       trailer 32: MM1.8.0.1
 *
 * 8 and 16 bit elements are packed little-endian into the words: byte i of a payload travels at i ^ 3.
 * Header id == footer id says that the chip did not overwrite the window during the read; it does not see an
 * all-zero window, so every wanted block must be found with its size.
 *
 * Units: see sensor/frame.h. Facts: ST UM3109 rev 12 and what ST's driver does on the wire (host protocol notes).
 */
#ifndef SENSOR_VL53L8CX_FRAME_H
#define SENSOR_VL53L8CX_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/frame.h"

/* What the chip shall send; bit k enables word k of its output list. */
enum vl53l8cx_output {
	VL53L8CX_OUTPUT_AMBIENT = 1u << 3,
	VL53L8CX_OUTPUT_SPADS = 1u << 4,
	VL53L8CX_OUTPUT_COUNT = 1u << 5,
	VL53L8CX_OUTPUT_SIGNAL = 1u << 6,
	VL53L8CX_OUTPUT_SIGMA = 1u << 7,
	VL53L8CX_OUTPUT_DISTANCE = 1u << 8,
	VL53L8CX_OUTPUT_REFLECTANCE = 1u << 9,
	VL53L8CX_OUTPUT_STATUS = 1u << 10,
	VL53L8CX_OUTPUT_MOTION = 1u << 11,

	VL53L8CX_OUTPUT_ALWAYS = 0x007, /* start of group, metadata, common data */
	/* What struct frame always holds: 580 bytes at 8x8 with one target. */
	VL53L8CX_OUTPUTS_NEEDED =
		VL53L8CX_OUTPUT_COUNT | VL53L8CX_OUTPUT_SIGNAL | VL53L8CX_OUTPUT_DISTANCE | VL53L8CX_OUTPUT_STATUS,
	VL53L8CX_OUTPUTS_ALL = 0xff8,
};

enum {
	VL53L8CX_OUTPUT_WORDS = 12,
	VL53L8CX_TARGETS_MAX = 4,
	VL53L8CX_TRAILER_MM18 = 24,
	VL53L8CX_TRAILER_MM1801 = 32,
	VL53L8CX_FRAME_BYTES_MAX = 3372, /* 8x8, 4 targets, all outputs, trailer 32 */
};

/* Everything that decides how long a result is and what is where in it. */
struct vl53l8cx_layout {
	uint16_t outputs; /* VL53L8CX_OUTPUT_*, without OUTPUT_ALWAYS */
	uint8_t zones;	  /* 16 or 64 */
	uint8_t targets;  /* 1..4 in each zone */
	uint8_t trailer;  /* 24 or 32 */
	bool crc;	  /* the chip computes the results CRC (trailer 32 only) */
};

/* Bytes of a result. */
uint16_t vl53l8cx_layout_bytes(const struct vl53l8cx_layout *layout);

/* The 12 words of the chip's output list. */
void vl53l8cx_layout_list(const struct vl53l8cx_layout *layout, uint32_t ret_words[VL53L8CX_OUTPUT_WORDS]);

/* What became of a result. */
enum vl53l8cx_verdict {
	VL53L8CX_VERDICT_GOOD,
	VL53L8CX_VERDICT_NOT_READY, /* the chip has not finished a measurement, or is not ranging */
	VL53L8CX_VERDICT_STALE,	    /* the stream count of the result that was read last */
	VL53L8CX_VERDICT_TORN,	    /* header id and footer id differ */
	VL53L8CX_VERDICT_MALFORMED, /* a wanted block is missing or has another size, or the length is wrong */
	VL53L8CX_VERDICT_CRC,
	VL53L8CX_VERDICTS_COUNT,
};

/* "good", "not ready", ...; NULL when out of range. */
const char *vl53l8cx_verdict_text(enum vl53l8cx_verdict verdict);

/*
 * Checks n raw bytes and fills ret_frame: arrays (first target of each zone), fields, cols, rows, temperature_c and
 * stream. Zones without a target get FRAME_STATUS_NONE. t_ns, wall_us, seq, lost and label are left as 0.
 * Returns GOOD, TORN, MALFORMED or CRC; ret_frame is untouched unless GOOD. Safe with any bytes.
 */
enum vl53l8cx_verdict vl53l8cx_frame_parse(const struct vl53l8cx_layout *layout, const uint8_t *raw, size_t n,
					   struct frame *ret_frame);

/*
 * The payload of the block with this index in a result that was found GOOD, in wire order; NULL when there is none
 * or it has not exactly that many bytes.
 */
const uint8_t *vl53l8cx_frame_block(const struct vl53l8cx_layout *layout, const uint8_t *raw, size_t n, uint16_t index,
				    size_t bytes);

#endif
