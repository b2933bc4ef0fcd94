/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-thresholds.h - detection thresholds: INT falls only when one of up to 64 conditions holds.
 *
 * On the chip an entry is 12 bytes, little-endian image: s32 low, s32 high, u8 measurement, u8 type, u8 zone (+128 on
 * the last entry), u8 operation; 64 entries at B6E8. Values here are in the measurement's own unit; the driver scales.
 *
 * Facts: host protocol notes; ST UM3109 chapter 6.
 */
#ifndef SENSOR_VL53L8CX_THRESHOLDS_H
#define SENSOR_VL53L8CX_THRESHOLDS_H

#include "sensor/vl53l8cx.h"

enum vl53l8cx_measurement {
	VL53L8CX_MEASURE_DISTANCE_MM = 1,
	VL53L8CX_MEASURE_SIGNAL_KCPS = 2,
	VL53L8CX_MEASURE_SIGMA_MM = 4,
	VL53L8CX_MEASURE_AMBIENT_KCPS = 8,
	VL53L8CX_MEASURE_TARGETS = 9,
	VL53L8CX_MEASURE_STATUS = 12,
	VL53L8CX_MEASURE_SPADS = 13,
	VL53L8CX_MEASURE_MOTION = 19,
};

enum vl53l8cx_threshold_type {
	VL53L8CX_THRESHOLD_INSIDE = 0,
	VL53L8CX_THRESHOLD_OUTSIDE = 1,
	VL53L8CX_THRESHOLD_AT_MOST_LOW = 2,
	VL53L8CX_THRESHOLD_ABOVE_HIGH = 3,
	VL53L8CX_THRESHOLD_EQUAL_LOW = 4,
	VL53L8CX_THRESHOLD_NOT_LOW = 5,
};

struct vl53l8cx_threshold {
	int32_t low, high;
	uint8_t measurement; /* enum vl53l8cx_measurement */
	uint8_t type;	     /* enum vl53l8cx_threshold_type */
	uint8_t zone;
	bool and_previous; /* with the entries before it; the first entry of a zone must not have it */
};

enum { VL53L8CX_THRESHOLDS_MAX = 64 };

/*
 * Sends n entries and lets the statuses 5 count as valid. n is 16 or 32 at 4x4 and 64 at 8x8.
 * Errors: ERROR_SETTING with the number of the entry that is not allowed (n for a wrong n).
 */
int vl53l8cx_thresholds_set(struct vl53l8cx *chip, const struct vl53l8cx_threshold *thresholds, unsigned n);

int vl53l8cx_thresholds_enable(struct vl53l8cx *chip, bool on);
int vl53l8cx_thresholds_enabled(struct vl53l8cx *chip, bool *ret_on);

/* The chip stops ranging when a threshold fires. */
int vl53l8cx_thresholds_auto_stop(struct vl53l8cx *chip, bool on);

#endif
