/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware.h - the file with the sensor's firmware, cut by vl53l8cx-fwcut from the user's copy of ST's header.
 *
 * Container (little-endian, 4-byte aligned), version 1:
 *
 *   0x00  char magic[8] "VL53L8FW"
 *   0x08  u32 format version (1)
 *   0x0c  u32 header size in bytes (parts included)
 *   0x10  u32 file size
 *   0x14  u32 CRC-32 (IEEE) of the whole file with this field as zero
 *   0x18  u32 expected download checksum (register 2:2FFC)
 *   0x1c  u16 trailer bytes of a frame (24 or 32)     0x1e  u16 offset of the target count in the configuration
 *   0x20  char version[16] "MM1.8", "MM1.8.0.1", "unknown", "synthetic"
 *   0x30  u8 sha256 of the header file it was cut from [32]
 *   0x50  u32 number of parts
 *   0x54  parts: {u32 id, u32 offset, u32 length, u8 sha256[32]} (44 bytes each)
 *
 * Part ids: 1 firmware (86016 bytes), 2 default configuration (972), 3 default crosstalk (776),
 * 4 crosstalk calibration configuration (984, optional), 5 the licence text of the user's copy (optional).
 */
#ifndef SENSOR_FIRMWARE_H
#define SENSOR_FIRMWARE_H

#include <stddef.h>
#include <stdint.h>

enum {
	FIRMWARE_IMAGE_BYTES = 86016,
	FIRMWARE_CONFIGURATION_BYTES = 972,
	FIRMWARE_XTALK_BYTES = 776,
	FIRMWARE_XTALK_CALIBRATION_BYTES = 984,
	FIRMWARE_TARGETS_OFFSET = 107, /* byte of the configuration that holds the number of targets */
	FIRMWARE_REASON = 192,
};

/* Where the service looks when the configuration names no file. */
#define FIRMWARE_NAME "postured/vl53l8cx.fw"

struct firmware {
	uint8_t image[FIRMWARE_IMAGE_BYTES];
	uint8_t configuration[FIRMWARE_CONFIGURATION_BYTES];
	uint8_t xtalk[FIRMWARE_XTALK_BYTES];
	uint8_t xtalk_calibration[FIRMWARE_XTALK_CALIBRATION_BYTES];
	int has_xtalk_calibration;
	uint32_t checksum;
	uint16_t trailer; /* 24 or 32 */
	char version[17];
};

/*
 * Reads and checks a container. Errors: ENOENT, EACCES, EBADMSG (magic, CRC, hash, sizes, blocks),
 * EPROTONOSUPPORT (format version). On any error ret_reason (FIRMWARE_REASON bytes) says what to do.
 */
int firmware_load(const char *path, struct firmware *ret_firmware, char *ret_reason);

/* The word that the chip computes over its RAM after the download. */
uint32_t firmware_checksum(const uint8_t image[FIRMWARE_IMAGE_BYTES]);

/*
 * A firmware of our own making for the emulator: pseudo-random image from the seed, a configuration with all 49 blocks
 * and the values that the host reads back, a crosstalk command. Nothing of ST's is in it.
 */
void firmware_synthetic(uint64_t seed, struct firmware *ret_firmware);

/* Writes the container (used by the cutter and by tests). */
int firmware_save(const struct firmware *firmware, const uint8_t source_sha256[32], const char *licence,
		  const char *path);

#endif
