/* SPDX-License-Identifier: Apache-2.0 */
/* vl53l8cx-grids.c - offset and crosstalk commands for both resolutions (layout in vl53l8cx-grids.h). */
#include "sensor/vl53l8cx-grids.h"

#include <string.h>

#include "sensor/vl53l8cx-internal.h"

enum {
	OFFSET_GRID = 0x10, /* second word of the grid */
	OFFSET_SIGNAL = 0x3c,
	OFFSET_RANGE = 0x140,
	OFFSET_SKIP = 8, /* the map version is read, never written */
	XTALK_GRID = 0x08,
	XTALK_9FE4 = 0x20,
	XTALK_SIGNAL = 0x34,
	SIDE = 4,
	ZONES_4X4 = 16,
	ZONES_8X8 = 64,
};

/* The first of the four zones of the 8x8 grid under zone i of the 4x4 grid. */
static size_t under(size_t i)
{
	return 2 * (i % SIDE) + 16 * (i / SIDE);
}

/* The sum wraps at 32 bit: so does ST's, and these are the numbers the firmware was qualified with. */
static void average_signal(uint8_t *wire)
{
	for (size_t i = 0; i < ZONES_4X4; i++) {
		size_t k = under(i);

		bytes_put_be32(wire + 4 * i, (wire_u32(wire, k) + wire_u32(wire, k + 1) + wire_u32(wire, k + 8) +
					      wire_u32(wire, k + 9)) /
						     4);
	}
	memset(wire + 4 * ZONES_4X4, 0, 4 * (ZONES_8X8 - ZONES_4X4));
}

/* Rounds towards zero. In place: a zone is never written before its four are read. */
static void average_range(uint8_t *wire)
{
	for (size_t i = 0; i < ZONES_4X4; i++) {
		size_t k = under(i);
		int sum = (int16_t)wire_u16(wire, k) + (int16_t)wire_u16(wire, k + 1) + (int16_t)wire_u16(wire, k + 8) +
			  (int16_t)wire_u16(wire, k + 9);

		wire_put_u16(wire, i, (uint16_t)(sum / 4));
	}
	memset(wire + 2 * ZONES_4X4, 0, 2 * (ZONES_8X8 - ZONES_4X4));
}

static void put_end(uint8_t *end, size_t blocks)
{
	bytes_put_be32(end, DCI_END);
	bytes_put_be32(end + 4, (uint32_t)DCI_SET << 16 | (uint32_t)(blocks + 4));
}

void vl53l8cx_offset_command(const uint8_t offset[VL53L8CX_OFFSET_BYTES], uint8_t resolution,
			     uint8_t ret_wire[VL53L8CX_OFFSET_BYTES])
{
	static const uint8_t grid_4x4[] = {0x0f, 0x04, 0x04, 0x00, 0x08, 0x10, 0x10, 0x07};
	const size_t blocks = VL53L8CX_OFFSET_BYTES - OFFSET_SKIP;
	uint8_t data[VL53L8CX_OFFSET_BYTES];

	memcpy(data, offset, sizeof(data));
	if (resolution == SIDE) {
		memcpy(data + OFFSET_GRID, grid_4x4, sizeof(grid_4x4));
		average_signal(data + OFFSET_SIGNAL);
		average_range(data + OFFSET_RANGE);
	}
	memcpy(ret_wire, data + OFFSET_SKIP, blocks);
	put_end(ret_wire + blocks, blocks);
}

void vl53l8cx_xtalk_command(const uint8_t xtalk[FIRMWARE_XTALK_BYTES], uint8_t resolution,
			    uint8_t ret_wire[FIRMWARE_XTALK_BYTES])
{
	static const uint8_t grid_4x4[] = {0x0f, 0x04, 0x04, 0x17, 0x08, 0x10, 0x10, 0x07};
	static const uint8_t block_9fe4_4x4[] = {0x00, 0x78, 0x00, 0x08, 0x00, 0x00, 0x00, 0x08};
	const size_t blocks = FIRMWARE_XTALK_BYTES - DCI_FOOTER;

	memmove(ret_wire, xtalk, blocks);
	if (resolution == SIDE) {
		memcpy(ret_wire + XTALK_GRID, grid_4x4, sizeof(grid_4x4));
		memcpy(ret_wire + XTALK_9FE4, block_9fe4_4x4, sizeof(block_9fe4_4x4));
		average_signal(ret_wire + XTALK_SIGNAL);
	}
	put_end(ret_wire + blocks, blocks);
}
