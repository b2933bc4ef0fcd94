/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-grids.h - factory offset and crosstalk data, measured on 8x8 zones, as commands for 8x8 or 4x4. Pure.
 *
 * Offset data, 488 bytes in wire order, as the factory data are read:
 *
 *   000  5400 header, map version 4         008  9E14 header, grid 12          018  9E20 header, 20 bytes
 *   030  9E34 header, 4 bytes               038  9E38 header, u32 signal[64]   13C  9F38 header, s16 range[64]
 *   1C0  9FB8 header, 16 bytes              1D4  9FC8 header, 16 bytes
 *
 * Crosstalk data, 776 bytes in wire order, a complete command:
 *
 *   000  9FD8 header, grid 12               010  9FE4 header, 20 bytes         028  9FF8 header, 4 bytes
 *   030  9FFC header, u32 signal[64]        134  A0FC ... A28C                 300  end of data, footer
 *
 * Grid (little-endian image): u16 distance x 4 mm, u16 reflectance x 16 %, s8 temperature, u8 columns, u8 rows, u8 x
 * and y offset in SPADs, u8 x and y pitch, u8 average count.
 *
 * Facts: host protocol notes from ST's Ultra Lite Driver; field names as in ST's kernel driver.
 */
#ifndef SENSOR_VL53L8CX_GRIDS_H
#define SENSOR_VL53L8CX_GRIDS_H

#include <stdint.h>

#include "sensor/vl53l8cx.h"

/*
 * The set commands for 4 or 8 zones a side; a zone of the 4x4 grid is the mean of its four. The footer is complete but
 * for the id, which is 0.
 */
void vl53l8cx_offset_command(const uint8_t offset[VL53L8CX_OFFSET_BYTES], uint8_t resolution,
			     uint8_t ret_wire[VL53L8CX_OFFSET_BYTES]);
void vl53l8cx_xtalk_command(const uint8_t xtalk[FIRMWARE_XTALK_BYTES], uint8_t resolution,
			    uint8_t ret_wire[FIRMWARE_XTALK_BYTES]);

#endif
