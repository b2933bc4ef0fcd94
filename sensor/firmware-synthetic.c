/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware-synthetic.c - a firmware of our own making, for the emulator and the tests.
 *
 * The image is noise behind the first eight bytes that all images share. Configuration and crosstalk have the
 * blocks that the chip wants, filled with zeros but for the fields that the host reads back or that say what the
 * state after the upload is. Facts: the host protocol as ST's driver uses it; UM3109.
 */
#include <string.h>

#include "sensor/bytes.h"
#include "sensor/firmware-parts.h"
#include "sensor/firmware.h"

/* Bytes of the little-endian image of a block. */
struct field {
	uint16_t index;
	uint8_t at;
	uint8_t length;
	uint8_t bytes[16];
};

static const struct field configuration_fields[] = {
	{0x5450, 0, 6, {4, 4, 4, 0, 8, 8}},					    /* grid: 4x4 */
	{0xad30, 0, 8, {3, 3, 1, 2, 0, 3, 0, 0}},				    /* autonomous */
	{0xad38, 0, 13, {0x40, 0x01, 0xe0, 0x01, 0x40, 0, 0x40, 0, 0, 4, 0, 1, 1}}, /* dynamic SPADs, 4x4 */
	{0x5458, 0, 4, {0x00, 0x01, 0x1a, 0x04}},				    /* 1 Hz, 1050 us overhead */
	{0x545c, 0, 4, {0x10, 0x27, 0x00, 0x00}},				    /* integration 10000 us */
	{0x5478, 0x0c, 1, {2}},							    /* targets */
	{0x5488, 0x11, 1, {0x0c}},						    /* interrupt at each frame */
	{0xad94, 0, 4, {0x00, 0x90, 0x01, 0x00}},				    /* margin 50 kcps x 2048 */
	{0xae64, 0, 1, {2}},							    /* strongest first */
	{0xaed8, 0x0d, 1, {3}},							    /* sharpener 1 % */
};

/* 600 mm x 4, 3 % x 16, 25 degrees, 8x8 zones, pitch 8. */
static const struct field xtalk_fields[] = {
	{0x9fd8, 0, 12, {0x60, 0x09, 0x30, 0x00, 25, 8, 8, 11, 3, 8, 8, 8}},
};

static uint32_t noise_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)(z >> 32);
}

/* Writes blocks (0 = end of the list) and the fields that belong to them. Returns the bytes written. */
static size_t blocks_write(uint8_t *data, const uint32_t *blocks, const struct field *fields, size_t n)
{
	size_t at = 0;

	for (; *blocks; blocks++) {
		uint8_t *payload = data + at + 4;

		bytes_put_be32(data + at, *blocks);
		memset(payload, 0, firmware_block_payload(*blocks));
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; fields[i].index == *blocks >> 16 && k < fields[i].length; k++)
				payload[(fields[i].at + k) ^ 3] = fields[i].bytes[k];
		at += 4 + firmware_block_payload(*blocks);
	}
	return at;
}

static void footer_write(uint8_t *data, size_t at, uint32_t transaction)
{
	bytes_put_be32(data + at, 0x0000000f);
	bytes_put_be32(data + at + 4, transaction << 24 | 1 << 16 | (uint32_t)(at + 4));
}

void firmware_synthetic(uint64_t seed, struct firmware *ret_firmware)
{
	/* The calibration's configuration is the default one and 12 bytes more: one block with 8 of payload. */
	static const uint32_t extra[] = {0xb6e00080, 0};
	static const uint8_t start[8] = {0xe0, 0x00, 0x03, 0x08, 0xe0, 0x00, 0x0a, 0xc8};
	enum { ZONES = 64, SIGNALS = 0x34 };
	const uint32_t *blocks = firmware_part_blocks(FIRMWARE_PART_CONFIGURATION);
	size_t n = sizeof(configuration_fields) / sizeof(configuration_fields[0]);
	size_t at;

	memset(ret_firmware, 0, sizeof(*ret_firmware));
	for (size_t i = 0; i < FIRMWARE_IMAGE_BYTES; i += 4)
		bytes_put_be32(ret_firmware->image + i, noise_next(&seed));
	memcpy(ret_firmware->image, start, sizeof(start));
	ret_firmware->checksum = firmware_checksum(ret_firmware->image);
	ret_firmware->trailer = 24;
	strcpy(ret_firmware->version, "synthetic");

	at = blocks_write(ret_firmware->configuration, blocks, configuration_fields, n);
	footer_write(ret_firmware->configuration, at, 0);
	at = blocks_write(ret_firmware->xtalk_calibration, blocks, configuration_fields, n);
	at += blocks_write(ret_firmware->xtalk_calibration + at, extra, NULL, 0);
	footer_write(ret_firmware->xtalk_calibration, at, 0);
	ret_firmware->has_xtalk_calibration = 1;

	at = blocks_write(ret_firmware->xtalk, firmware_part_blocks(FIRMWARE_PART_XTALK), xtalk_fields, 1);
	for (size_t zone = 0; zone < ZONES; zone++)
		bytes_put_be32(ret_firmware->xtalk + SIGNALS + 4 * zone, noise_next(&seed) % 4096);
	footer_write(ret_firmware->xtalk, at, 5);
}
