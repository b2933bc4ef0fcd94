/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-frame.c - the parser of sensor results against any bytes.
 *
 * Input: u8 targets - 1 (low two bits), 4x4 (bit 2), trailer 32 (bit 3), CRC (bit 4); u8 further outputs (ambient, SPADs,
 * sigma, reflectance, motion); the result. What is too short for the layout is taken as it is.
 */
#include <stdint.h>
#include <stdlib.h>

#include "sensor/vl53l8cx-frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t extras[] = {VL53L8CX_OUTPUT_AMBIENT, VL53L8CX_OUTPUT_SPADS, VL53L8CX_OUTPUT_SIGMA,
					  VL53L8CX_OUTPUT_REFLECTANCE, VL53L8CX_OUTPUT_MOTION};
	struct vl53l8cx_layout layout = {.outputs = VL53L8CX_OUTPUTS_NEEDED};
	struct frame frame;

	if (size < 2)
		return 0;
	layout.targets = (uint8_t)(1 + (data[0] & 3));
	layout.zones = data[0] & 4 ? 16 : 64;
	layout.trailer = data[0] & 8 ? VL53L8CX_TRAILER_MM1801 : VL53L8CX_TRAILER_MM18;
	layout.crc = data[0] & 16;
	for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++)
		if (data[1] >> i & 1)
			layout.outputs |= extras[i];
	if (vl53l8cx_frame_parse(&layout, data + 2, size - 2, &frame) == VL53L8CX_VERDICT_GOOD &&
	    (frame.cols * frame.rows != layout.zones || !vl53l8cx_frame_block(&layout, data + 2, size - 2, 0x54b4, 12)))
		abort();
	return 0;
}
