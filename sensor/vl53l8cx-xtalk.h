/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-xtalk.h - crosstalk calibration: what the cover glass throws back, measured once per device.
 *
 * The result is 776 bytes (layout in vl53l8cx-grids.h), which the host keeps and gives back after each power-on.
 * Facts: host protocol notes from ST's crosstalk plugin; ST UM3109 chapter 6.
 */
#ifndef SENSOR_VL53L8CX_XTALK_H
#define SENSOR_VL53L8CX_XTALK_H

#include "sensor/vl53l8cx.h"

enum {
	VL53L8CX_XTALK_DISTANCE_MIN_MM = 600,
	VL53L8CX_XTALK_DISTANCE_MAX_MM = 3000,
	VL53L8CX_XTALK_SAMPLES_MAX = 16,
};

/*
 * Measures against a target of 1..99 % reflectance that fills the view at 600..3000 mm, with 1..16 samples; up to 20 s.
 * The settings are as before afterwards, on failure too, and the new data are in use (chip->xtalk).
 * Errors: ERROR_SETTING, ERROR_STATE (not idle), ERROR_NO_FIRMWARE (the firmware file has no calibration part),
 * ERROR_XTALK_GLASS (nothing to correct: the data stay as they were), ERROR_XTALK_TIMEOUT.
 */
int vl53l8cx_xtalk_calibrate(struct vl53l8cx *chip, uint8_t reflectance_percent, uint8_t samples, uint16_t distance_mm);

/* The data in use (after init), to be kept by the host. */
void vl53l8cx_xtalk_save(const struct vl53l8cx *chip, uint8_t ret_xtalk[FIRMWARE_XTALK_BYTES]);

/* Kept data into use; also before init. -EBADMSG when they are not crosstalk data: nothing is changed. */
int vl53l8cx_xtalk_restore(struct vl53l8cx *chip, const uint8_t xtalk[FIRMWARE_XTALK_BYTES]);

#endif
