/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware-parts.h - the pieces that a sensor firmware is made of: how long each is, what each must look like, and
 * which of them are known from ST's releases.
 *
 * Configuration and crosstalk are complete commands of the chip's protocol, big-endian words:
 *
 *   { index(16) size(12) type(4) | payload } ... | 0000000F | tx 01 count(16)      count = bytes before the last word
 *
 * payload = size bytes for type 0, size x type for types 1..12 (arrays of elements of type bytes).
 * Facts: the host protocol as ST's driver uses it; UM3109.
 */
#ifndef SENSOR_FIRMWARE_PARTS_H
#define SENSOR_FIRMWARE_PARTS_H

#include <stddef.h>
#include <stdint.h>

/* Ids in the container. */
enum firmware_part {
	FIRMWARE_PART_IMAGE = 1,
	FIRMWARE_PART_CONFIGURATION,
	FIRMWARE_PART_XTALK,
	FIRMWARE_PART_XTALK_CALIBRATION,
	FIRMWARE_PART_LICENCE,
};

enum {
	FIRMWARE_LICENCE_BYTES_MAX = 65536,
	FIRMWARE_SHA256_BYTES = 32,
};

/* A piece of one of ST's releases, found by its hash. */
struct firmware_known {
	enum firmware_part part;
	const char *version; /* of the firmware it belongs to: "MM1.8" */
	const char *refusal; /* what it is when it must not go to a VL53L8CX, NULL = good */
	const char *sha256;  /* hexadecimal, NULL = only the checksum is known */
	uint32_t checksum;   /* images: the download checksum */
	uint16_t trailer;    /* images: bytes after the last block of a frame */
};

/* "firmware", "default configuration", ... */
const char *firmware_part_name(enum firmware_part part);

/* Bytes that the part has; 0 for the licence, whose length is free. */
size_t firmware_part_length(enum firmware_part part);

/* Length and structure. Returns 0 or -EBADMSG with a sentence in ret_reason (FIRMWARE_REASON bytes). */
int firmware_part_check(enum firmware_part part, const uint8_t *data, size_t n, char *ret_reason);

/* The release it is from, NULL when unknown. n is the part's length. */
const struct firmware_known *firmware_part_known(enum firmware_part part, const uint8_t *data, size_t n);

/* Block headers of a part in order, as 32-bit words, 0 after the last; NULL for parts that are no command. */
const uint32_t *firmware_part_blocks(enum firmware_part part);

/* Bytes of payload behind a block header. */
size_t firmware_block_payload(uint32_t header);

void firmware_sha256(const void *data, size_t n, uint8_t ret_sha256[FIRMWARE_SHA256_BYTES]);

#endif
