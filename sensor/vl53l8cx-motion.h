/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-motion.h - the chip's motion indicator: how much changes in each of 16 groups of zones.
 *
 * Configuration at BFAC, 156 bytes, little-endian image:
 *
 *    0 s32 reference bin offset   4 u32 detection threshold   8 u32 extra noise sigma   12 u32 null denominator clip
 *   16 u8 update mode, update choice, sum span, feature length, aggregates, accumulations, least number for a global
 *      detection, global format 1, global format 2, 3 spare
 *   28 s8 group of each zone [64], -1 = none    92 u8 format 1 [32]    124 u8 format 2 [32]
 *
 * Result in a frame with VL53L8CX_OUTPUT_MOTION, 140 bytes: u32 global 1, u32 global 2, u8 status, u8 groups in motion,
 * u8 groups, u8 spare, u32 motion[32] in 1/65535.
 *
 * Facts: host protocol notes from ST's motion plugin 1.3.0 and 2.1.0 (spans differ); ST UM3109.
 */
#ifndef SENSOR_VL53L8CX_MOTION_H
#define SENSOR_VL53L8CX_MOTION_H

#include "sensor/vl53l8cx.h"

enum {
	VL53L8CX_MOTION_BYTES = 156,
	VL53L8CX_MOTION_MIN_MM = 400,
	VL53L8CX_MOTION_MAX_MM = 4000,
	VL53L8CX_MOTION_SPAN_MM = 1500,	       /* widest window, MM1.8 */
	VL53L8CX_MOTION_SPAN_MM1801_MM = 3500, /* MM1.8.0.1 */
	VL53L8CX_MOTION_GROUPS = 32,
};

struct vl53l8cx_motion {
	uint32_t global[2];
	uint8_t status;
	uint8_t detected; /* groups in motion */
	uint8_t groups;
	uint32_t motion[VL53L8CX_MOTION_GROUPS]; /* 1/65535 */
};

/*
 * The configuration for a window of distances; 0, 0 = the chip's default window. Pure.
 * Returns 0 or -EINVAL for a window outside the limits above.
 */
int vl53l8cx_motion_image(uint16_t trailer, uint8_t resolution, uint16_t min_mm, uint16_t max_mm,
			  uint8_t ret_image[VL53L8CX_MOTION_BYTES]);

/* Sends it for the present resolution; again after the resolution was changed. ERROR_SETTING for a bad window. */
int vl53l8cx_motion_set(struct vl53l8cx *chip, uint16_t min_mm, uint16_t max_mm);

/* The motion of the frame that was read last; -ENODATA when that was not good or had none. */
int vl53l8cx_motion_get(const struct vl53l8cx *chip, struct vl53l8cx_motion *ret_motion);

#endif
