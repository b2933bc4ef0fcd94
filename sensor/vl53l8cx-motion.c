/* SPDX-License-Identifier: Apache-2.0 */
/* vl53l8cx-motion.c - configuration and result of the motion indicator (layout in vl53l8cx-motion.h). */
#include "sensor/vl53l8cx-motion.h"

#include <string.h>

#include "sensor/vl53l8cx-internal.h"

enum {
	REF_BIN_OFFSET_DEFAULT = 13633,
	DETECTION_THRESHOLD = 2883584,
	UPDATE_MODE = 6,
	UPDATE_CHOICE = 2,
	AGGREGATES = 16,
	ACCUMULATIONS = 16,
	LEAST_FOR_GLOBAL = 1,
	GLOBAL_FORMAT_1 = 8,
	MAP_OFFSET = 28,
	NO_GROUP = 0xff,
	RESULT_BYTES = 140,
};

static uint8_t group_of(uint8_t resolution, unsigned zone)
{
	if (resolution == 8)
		return (uint8_t)(zone % 8 / 2 + 4 * (zone / 16));
	return zone < 16 ? (uint8_t)zone : NO_GROUP;
}

int vl53l8cx_motion_image(uint16_t trailer, uint8_t resolution, uint16_t min_mm, uint16_t max_mm,
			  uint8_t ret_image[VL53L8CX_MOTION_BYTES])
{
	const bool newer = trailer == VL53L8CX_TRAILER_MM1801;
	const int span_max = newer ? VL53L8CX_MOTION_SPAN_MM1801_MM : VL53L8CX_MOTION_SPAN_MM;
	int32_t ref_bin_offset = REF_BIN_OFFSET_DEFAULT;
	uint8_t feature_length = newer ? 12 : 9;

	if (min_mm || max_mm) {
		if (min_mm < VL53L8CX_MOTION_MIN_MM || max_mm > VL53L8CX_MOTION_MAX_MM || max_mm < min_mm ||
		    max_mm - min_mm > span_max)
			return -EINVAL;
		/* A bin of the histogram is 37.5348 mm, of the features 15.01392 half-millimetre tens. */
		ref_bin_offset = (int32_t)((min_mm / 37.5348 - 4.0) * 2048.5);
		feature_length = (uint8_t)(((max_mm - min_mm) / 10.0 + 30.02784) / 15.01392 + 0.5);
	}
	memset(ret_image, 0, VL53L8CX_MOTION_BYTES);
	bytes_put_le32(ret_image, (uint32_t)ref_bin_offset);
	bytes_put_le32(ret_image + 4, DETECTION_THRESHOLD);
	ret_image[16] = UPDATE_MODE;
	ret_image[17] = UPDATE_CHOICE;
	ret_image[18] = newer ? 6 : 4; /* sum span */
	ret_image[19] = feature_length;
	ret_image[20] = AGGREGATES;
	ret_image[21] = ACCUMULATIONS;
	ret_image[22] = LEAST_FOR_GLOBAL;
	ret_image[23] = GLOBAL_FORMAT_1;
	for (unsigned zone = 0; zone < FRAME_ZONES_MAX; zone++)
		ret_image[MAP_OFFSET + zone] = group_of(resolution, zone);
	return 0;
}

int vl53l8cx_motion_set(struct vl53l8cx *chip, uint16_t min_mm, uint16_t max_mm)
{
	uint8_t image[VL53L8CX_MOTION_BYTES];
	int r = vl53l8cx_require_idle(chip);

	if (r < 0)
		return r;
	if (vl53l8cx_motion_image(chip->trailer, chip->now.resolution, min_mm, max_mm, image) < 0)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_SETTING, 0);
	return vl53l8cx_dci_set(chip, DCI_MOTION, image, sizeof(image));
}

int vl53l8cx_motion_get(const struct vl53l8cx *chip, struct vl53l8cx_motion *ret_motion)
{
	const uint16_t index = chip->layout.targets == 1 ? DCI_MOTION_RESULT_1 : DCI_MOTION_RESULT_N;
	const uint8_t *wire = vl53l8cx_frame_block(&chip->layout, chip->raw, vl53l8cx_layout_bytes(&chip->layout),
						   index, RESULT_BYTES);

	if (!wire)
		return -ENODATA;
	ret_motion->global[0] = wire_u32(wire, 0);
	ret_motion->global[1] = wire_u32(wire, 1);
	ret_motion->status = wire_u8(wire, 8);
	ret_motion->detected = wire_u8(wire, 9);
	ret_motion->groups = wire_u8(wire, 10);
	for (size_t i = 0; i < VL53L8CX_MOTION_GROUPS; i++)
		ret_motion->motion[i] = wire_u32(wire, 3 + i);
	return 0;
}
