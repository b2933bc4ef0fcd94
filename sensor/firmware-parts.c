/* SPDX-License-Identifier: Apache-2.0 */
/* firmware-parts.c - shapes and known hashes of a firmware's pieces (see firmware-parts.h). */
#include "sensor/firmware-parts.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/bytes.h"
#include "sensor/firmware.h"

#define BLOCK(index, size, type) ((uint32_t)(index) << 16 | (uint32_t)(size) << 4 | (type))

enum {
	END_WORD = 0x0000000f,
	COMMAND_SET = 1,
	TAIL_BYTES = 8, /* end word and footer */
};

static const uint32_t configuration_blocks[] = {
	BLOCK(0x5450, 8, 0),  BLOCK(0xad30, 8, 0),  BLOCK(0xad38, 16, 0), BLOCK(0x5458, 4, 0),	BLOCK(0x545c, 20, 0),
	BLOCK(0x5470, 8, 0),  BLOCK(0x5478, 16, 0), BLOCK(0x5488, 20, 0), BLOCK(0xad48, 16, 0), BLOCK(0xad60, 16, 0),
	BLOCK(0xad70, 8, 0),  BLOCK(0xad78, 8, 0),  BLOCK(0xad80, 4, 0),  BLOCK(0xad84, 8, 0),	BLOCK(0xad8c, 8, 0),
	BLOCK(0xad94, 16, 0), BLOCK(0xada4, 12, 0), BLOCK(0xadb0, 12, 0), BLOCK(0xadbc, 68, 0), BLOCK(0xae00, 16, 4),
	BLOCK(0xae40, 4, 0),  BLOCK(0xae44, 4, 0),  BLOCK(0xae48, 4, 0),  BLOCK(0xae4c, 4, 0),	BLOCK(0xae50, 20, 0),
	BLOCK(0xae64, 4, 0),  BLOCK(0xaed8, 16, 0), BLOCK(0xb550, 40, 2), BLOCK(0xb5a0, 40, 2), BLOCK(0xb5f0, 4, 0),
	BLOCK(0xb39c, 16, 0), BLOCK(0xb6c0, 12, 0), BLOCK(0xaea8, 4, 0),  BLOCK(0xaeac, 8, 0),	BLOCK(0xaeb4, 4, 0),
	BLOCK(0xaeb8, 8, 1),  BLOCK(0xaec0, 8, 1),  BLOCK(0xaec8, 8, 1),  BLOCK(0xaed0, 8, 1),	BLOCK(0xb5f4, 8, 0),
	BLOCK(0xb5fc, 8, 0),  BLOCK(0xb604, 4, 0),  BLOCK(0xb608, 4, 4),  BLOCK(0xb618, 4, 4),	BLOCK(0xb628, 4, 4),
	BLOCK(0xb638, 4, 4),  BLOCK(0xb648, 16, 0), BLOCK(0xb658, 16, 0), BLOCK(0xb668, 16, 0), 0,
};

static const uint32_t xtalk_blocks[] = {
	BLOCK(0x9fd8, 12, 0), BLOCK(0x9fe4, 20, 0), BLOCK(0x9ff8, 4, 0),  BLOCK(0x9ffc, 64, 4),
	BLOCK(0xa0fc, 16, 0), BLOCK(0xa10c, 16, 0), BLOCK(0xa11c, 12, 0), BLOCK(0xa128, 144, 2),
	BLOCK(0xa248, 4, 0),  BLOCK(0xa24c, 8, 1),  BLOCK(0xa254, 8, 1),  BLOCK(0xa25c, 8, 1),
	BLOCK(0xa264, 8, 1),  BLOCK(0xa26c, 8, 4),  BLOCK(0xa28c, 8, 2),  0,
};

/* Hashes of arrays, not of header files: those vary with white space. The target count counts as 2. */
static const struct firmware_known known[] = {
	{FIRMWARE_PART_IMAGE, "MM1.8", NULL, "fc50ff57e426b6c43532042e08a6b4bb7dcc3dac36c9d79787c511ef074e9cda",
	 0x0c0b6c9e, 24},
	{FIRMWARE_PART_IMAGE, "MM1.8.0.1", NULL, "4a63e9d37a4054608e70397fd97effd092bfbcb3a7f25734a9d21095f0fd2b31",
	 0xcadf7caf, 32},
	{FIRMWARE_PART_IMAGE, "VL53L5CX 2.0.0", "firmware for the VL53L5CX",
	 "c4befc0fe154bcea1f61ef595a3044526b3b98ca2244bc4c39c99883ca0c3b17", 0x0daaacf6, 0},
	{FIRMWARE_PART_IMAGE, "MM1.5", "firmware MM1.5 of the VL53L5CX and of VL53L8CX drivers before 1.1",
	 "96ab5ca91d2079ed8b4ae49fc17a711509b7104c517b3bc05a02084842b8697a", 0x35d938b8, 0},
	{FIRMWARE_PART_IMAGE, "MM1.6", "firmware MM1.6 of the VL53LMZ driver",
	 "18d8ee1f67f8da655390253444b78cec3336d4071928072003395e6f9f587ed2", 0xf95f297e, 0},
	{FIRMWARE_PART_IMAGE, "VL53L7CX", "firmware for the VL53L7CX", NULL, 0x8b118ce7, 0},
	{FIRMWARE_PART_CONFIGURATION, "MM1.8", NULL, "5c7b4ed4f1af635829c7306d98276d9ad5d72fdd81e8aa3d445759366d7cb0e7",
	 0, 0},
	{FIRMWARE_PART_CONFIGURATION, "MM1.8.0.1", NULL,
	 "b8012cebc08078a91452b84b64e3f1b72a21896ba4786eef4b36c8a3c4441568", 0, 0},
	{FIRMWARE_PART_CONFIGURATION, "VL53L5CX 2.0.0", "the default configuration of the VL53L5CX",
	 "23607f5deebd6a287a2e43d59a077ff32a8fb18df69cd6c6e8d01f3504d1461c", 0, 0},
	{FIRMWARE_PART_CONFIGURATION, "VL53L5CX 1.3.11", "the default configuration of the VL53L5CX or VL53L7CX",
	 "0298e05621665f3b352e56062b61c74b2ff9b8420093b1d903626b68166b3fc7", 0, 0},
	{FIRMWARE_PART_XTALK, "all", NULL, "5278d26d8a6591b78abbc6f67cd07a8014d2379d93fb19eb4c49837768ac3d1a", 0, 0},
	{FIRMWARE_PART_XTALK_CALIBRATION, "all", NULL,
	 "5c59d9dd7738da21922917d2361876eacd763ce34ab150e35d7125566a250399", 0, 0},
	{FIRMWARE_PART_XTALK_CALIBRATION, "VL53L5CX", "the crosstalk calibration of the VL53L5CX",
	 "a31ea262f41bfca9b525d60c82bcb513975d4f97c4cdd982ff262dea28a0c840", 0, 0},
};

const char *firmware_part_name(enum firmware_part part)
{
	static const char *const names[] = {
		[FIRMWARE_PART_IMAGE] = "firmware",
		[FIRMWARE_PART_CONFIGURATION] = "default configuration",
		[FIRMWARE_PART_XTALK] = "default crosstalk",
		[FIRMWARE_PART_XTALK_CALIBRATION] = "crosstalk calibration",
		[FIRMWARE_PART_LICENCE] = "licence text",
	};

	return names[part];
}

size_t firmware_part_length(enum firmware_part part)
{
	static const size_t lengths[] = {
		[FIRMWARE_PART_IMAGE] = FIRMWARE_IMAGE_BYTES,
		[FIRMWARE_PART_CONFIGURATION] = FIRMWARE_CONFIGURATION_BYTES,
		[FIRMWARE_PART_XTALK] = FIRMWARE_XTALK_BYTES,
		[FIRMWARE_PART_XTALK_CALIBRATION] = FIRMWARE_XTALK_CALIBRATION_BYTES,
		[FIRMWARE_PART_LICENCE] = 0,
	};

	return lengths[part];
}

const uint32_t *firmware_part_blocks(enum firmware_part part)
{
	if (part == FIRMWARE_PART_CONFIGURATION)
		return configuration_blocks;
	return part == FIRMWARE_PART_XTALK ? xtalk_blocks : NULL;
}

size_t firmware_block_payload(uint32_t header)
{
	uint32_t size = header >> 4 & 0xfff;
	uint32_t type = header & 0xf;

	return type >= 1 && type <= 0xc ? size * type : size;
}

/* Walks a command. wanted: the headers it must consist of, NULL when any sound block will do. */
static int command_check(const char *name, const uint8_t *data, size_t n, const uint32_t *wanted, char *ret_reason)
{
	size_t at = 0;
	size_t blocks = 0;

	while (at + TAIL_BYTES < n) {
		uint32_t header = bytes_get_be32(data + at);
		size_t payload = firmware_block_payload(header);

		if ((header & 0xf) > 0xc || payload % 4 != 0 || header >> 16 & 3 || payload > n - TAIL_BYTES - 4 - at ||
		    (wanted && (!wanted[blocks] || header != wanted[blocks]))) {
			snprintf(ret_reason, FIRMWARE_REASON, "%s: unexpected block 0x%08x at byte %zu", name, header,
				 at);
			return -EBADMSG;
		}
		at += 4 + payload;
		blocks++;
	}
	if ((wanted && wanted[blocks] != 0) || bytes_get_be32(data + at) != END_WORD) {
		snprintf(ret_reason, FIRMWARE_REASON, "%s: no end of data at byte %zu", name, at);
		return -EBADMSG;
	}
	if ((bytes_get_be32(data + at + 4) & 0x00ffffff) != (COMMAND_SET << 16 | (uint32_t)(n - 4))) {
		snprintf(ret_reason, FIRMWARE_REASON, "%s: bad footer 0x%08x", name, bytes_get_be32(data + at + 4));
		return -EBADMSG;
	}
	return 0;
}

/* The byte with the number of targets must lie in block 5478 (the driver patches it), whatever stands before. */
static int targets_check(const char *name, const uint8_t *data, char *ret_reason)
{
	size_t at = 0;

	while (at + 4 + firmware_block_payload(bytes_get_be32(data + at)) <= FIRMWARE_TARGETS_OFFSET)
		at += 4 + firmware_block_payload(bytes_get_be32(data + at));
	if (bytes_get_be32(data + at) == BLOCK(0x5478, 16, 0) && data[FIRMWARE_TARGETS_OFFSET] >= 1 &&
	    data[FIRMWARE_TARGETS_OFFSET] <= 4)
		return 0;
	snprintf(ret_reason, FIRMWARE_REASON, "%s: byte %d is not the number of targets", name,
		 FIRMWARE_TARGETS_OFFSET);
	return -EBADMSG;
}

/* All images that ST ever released start so. */
static int image_check(const uint8_t *data, char *ret_reason)
{
	static const uint8_t start[8] = {0xe0, 0x00, 0x03, 0x08, 0xe0, 0x00, 0x0a, 0xc8};

	if (memcmp(data, start, sizeof(start)) == 0)
		return 0;
	snprintf(ret_reason, FIRMWARE_REASON,
		 "firmware: it does not start like any known image (e0 00 03 08 e0 00 0a c8)");
	return -EBADMSG;
}

int firmware_part_check(enum firmware_part part, const uint8_t *data, size_t n, char *ret_reason)
{
	const char *name = firmware_part_name(part);
	size_t wanted = firmware_part_length(part);
	int r;

	if (part == FIRMWARE_PART_LICENCE ? n > FIRMWARE_LICENCE_BYTES_MAX : n != wanted) {
		snprintf(ret_reason, FIRMWARE_REASON, "%s: %zu bytes, must be %zu", name, n, wanted);
		return -EBADMSG;
	}
	switch (part) {
	case FIRMWARE_PART_IMAGE:
		return image_check(data, ret_reason);
	case FIRMWARE_PART_CONFIGURATION:
	case FIRMWARE_PART_XTALK_CALIBRATION:
		r = command_check(name, data, n, firmware_part_blocks(part), ret_reason);
		return r < 0 ? r : targets_check(name, data, ret_reason);
	case FIRMWARE_PART_XTALK:
		return command_check(name, data, n, firmware_part_blocks(part), ret_reason);
	case FIRMWARE_PART_LICENCE:
		break;
	}
	return 0;
}

void firmware_sha256(const void *data, size_t n, uint8_t ret_sha256[FIRMWARE_SHA256_BYTES])
{
	/* A libcrypto without SHA-256 is not one we can run with. */
	if (EVP_Digest(data, n, ret_sha256, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

const struct firmware_known *firmware_part_known(enum firmware_part part, const uint8_t *data, size_t n)
{
	uint32_t checksum = part == FIRMWARE_PART_IMAGE ? firmware_checksum(data) : 0;
	uint8_t sha256[FIRMWARE_SHA256_BYTES];
	char hex[2 * FIRMWARE_SHA256_BYTES + 1];

	firmware_sha256(data, n, sha256);
	for (size_t i = 0; i < sizeof(sha256); i++)
		snprintf(hex + 2 * i, 3, "%02x", sha256[i]);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].part != part)
			continue;
		if (known[i].sha256 ? strcmp(known[i].sha256, hex) == 0 : known[i].checksum == checksum)
			return &known[i];
	}
	return NULL;
}
