/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame.h - one picture of the time-of-flight sensor: the noun that all rooms share.
 *
 * A frame is a grid of zones, row by row, as the VL53L8CX numbers them: zone = row * cols + col. Row 0 is the
 * top of the scene for a sensor mounted upright. Distances and signals stay in the chip's fixed point, so
 * that a frame that came over I2C and the same frame read from a recording are equal to the last bit:
 *
 *   distance_q2  [zone]  signed,   1/4 mm            (chip index DF44)
 *   signal_q11   [zone]  unsigned, 1/2048 kcps/SPAD  (chip index DBC4)
 *   ambient_q11  [zone]  unsigned, 1/2048 kcps/SPAD  (chip index 54D0)
 *   sigma_q7     [zone]  unsigned, 1/128 mm          (chip index DEC4)
 *
 * Only the first target of a zone is kept (the closest or the strongest, as configured).
 * Only <stdint.h> is included here: this file also compiles for the Cortex-M4.
 */
#ifndef SENSOR_FRAME_H
#define SENSOR_FRAME_H

#include <stdint.h>

enum {
	FRAME_ZONES_MAX = 64,
	FRAME_COLS_MAX = 8,
};

/* Target status of a zone, as the chip gives it; FRAME_STATUS_NONE means that there was no target. */
enum frame_status {
	FRAME_STATUS_NOT_UPDATED = 0,
	FRAME_STATUS_VALID = 5,
	FRAME_STATUS_VALID_WIDE = 9,
	FRAME_STATUS_VALID_NEW = 10,
	FRAME_STATUS_NONE = 255,
};

/* Which of the optional arrays hold data. Count, distance, signal and status are always there. */
enum frame_field {
	FRAME_HAS_AMBIENT = 1u << 0,
	FRAME_HAS_SPADS = 1u << 1,
	FRAME_HAS_SIGMA = 1u << 2,
	FRAME_HAS_REFLECTANCE = 1u << 3,
	FRAME_HAS_MOTION = 1u << 4,
	FRAME_HAS_TEMPERATURE = 1u << 5,
	FRAME_HAS_LABEL = 1u << 6, /* from a labelled recording or scene */
};

struct frame {
	uint64_t t_ns;	      /* CLOCK_MONOTONIC (or the virtual clock) when the frame was ready */
	uint64_t wall_us;     /* CLOCK_REALTIME in microseconds, 0 = unknown */
	uint32_t seq;	      /* counts the source's good frames, wraps */
	uint32_t lost;	      /* frames the chip made since the last one that never arrived */
	uint16_t fields;      /* FRAME_HAS_* */
	uint8_t cols, rows;   /* 4x4 or 8x8 */
	int8_t temperature_c; /* silicon */
	uint8_t stream;	      /* the chip's stream count, 0..254 */
	int16_t label;	      /* ST label id (0, 20, 21, 24, 25, 27, 28, 32, ...), with FRAME_HAS_LABEL */
	uint8_t count[FRAME_ZONES_MAX];
	uint8_t status[FRAME_ZONES_MAX]; /* enum frame_status and the chip's other values */
	int16_t distance_q2[FRAME_ZONES_MAX];
	uint32_t signal_q11[FRAME_ZONES_MAX];
	uint32_t ambient_q11[FRAME_ZONES_MAX];
	uint32_t spads[FRAME_ZONES_MAX]; /* enabled SPADs x 256 */
	uint16_t sigma_q7[FRAME_ZONES_MAX];
	uint8_t reflectance[FRAME_ZONES_MAX]; /* 1/2 % */
};

#endif
