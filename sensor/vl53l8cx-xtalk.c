/* SPDX-License-Identifier: Apache-2.0 */
/* vl53l8cx-xtalk.c - crosstalk calibration, and its data kept and given back (see vl53l8cx-xtalk.h). */
#include "sensor/vl53l8cx-xtalk.h"

#include <string.h>

#include "sensor/firmware-parts.h"
#include "sensor/vl53l8cx-grids.h"
#include "sensor/vl53l8cx-internal.h"

enum {
	RESOLUTION = 8, /* the data are measured, read and kept at 8x8 */
	POLL_MS = 50,
	POLLS_MAX = 400,
	ENABLES = 0x0001ffff, /* all words of the output list */
	PREFIX_BYTES = 8,     /* the map version, which is read and not kept */
	DATA_BYTES = FIRMWARE_XTALK_BYTES - DCI_FOOTER,
	GLASS_TOO_GOOD = 0x80,
	MCU_ERROR = 0x7f,
	GROUP_START = 0x0000000d,
	MAP_VERSION = 0x54000040,
	XTALK_BLOCKS = 15,
};

/* Group start, map version and the crosstalk blocks, with the sizes they have (ST's driver overwrites those). */
static int send_outputs(struct vl53l8cx *chip)
{
	uint32_t words[2 + XTALK_BLOCKS] = {GROUP_START, MAP_VERSION};
	uint32_t bytes = chip->trailer;

	memcpy(words + 2, firmware_part_blocks(FIRMWARE_PART_XTALK), XTALK_BLOCKS * sizeof(words[0]));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		bytes += 4 + (uint32_t)firmware_block_payload(words[i]);
	return vl53l8cx_send_outputs(chip, words, sizeof(words) / sizeof(words[0]), ENABLES, bytes);
}

static int send_configuration(struct vl53l8cx *chip)
{
	uint8_t wire[FIRMWARE_XTALK_CALIBRATION_BYTES];
	const uint8_t targets = chip->now.targets;

	memcpy(wire, chip->firmware->xtalk_calibration, sizeof(wire));
	wire[FIRMWARE_TARGETS_OFFSET] = targets == 1 ? 2 : targets;
	return vl53l8cx_dci_command(chip, DCI_SET, wire, sizeof(wire));
}

static int send_target(struct vl53l8cx *chip, uint8_t reflectance_percent, uint8_t samples, uint16_t distance_mm)
{
	uint8_t target[8];
	int r = vl53l8cx_dci_get(chip, DCI_XTALK_TARGET, target, sizeof(target));

	if (r < 0)
		return r;
	bytes_put_le16(target, (uint16_t)(distance_mm * 4));
	bytes_put_le16(target + 2, (uint16_t)(reflectance_percent * 16));
	target[4] = samples;
	return vl53l8cx_dci_set(chip, DCI_XTALK_TARGET, target, sizeof(target));
}

/* The firmware measures and stops by itself. */
static int measure(struct vl53l8cx *chip)
{
	uint8_t command[4], head[4];
	int r = vl53l8cx_dci_command(chip, DCI_START, command, sizeof(command));

	for (unsigned i = 0; r == 0 && i < POLLS_MAX; i++) {
		r = vl53l8cx_read(chip, PAGE_FIRMWARE, REG_RESULT, head, sizeof(head));
		if (r == 0 && head[0] != VL53L8CX_STREAM_NONE)
			return head[2] >= MCU_ERROR && head[3] & GLASS_TOO_GOOD
				       ? vl53l8cx_fail(chip, VL53L8CX_ERROR_XTALK_GLASS, bytes_get_be32(head))
				       : 0;
		clock_sleep_us(chip->i2c.clock, POLL_MS * 1000);
	}
	return r < 0 ? r : vl53l8cx_fail(chip, VL53L8CX_ERROR_XTALK_TIMEOUT, bytes_get_be32(head));
}

static int read_data(struct vl53l8cx *chip, uint8_t ret_xtalk[FIRMWARE_XTALK_BYTES])
{
	uint32_t headers[1 + XTALK_BLOCKS] = {MAP_VERSION};
	uint8_t wire[PREFIX_BYTES + DATA_BYTES];
	int r;

	memcpy(headers + 1, firmware_part_blocks(FIRMWARE_PART_XTALK), XTALK_BLOCKS * sizeof(headers[0]));
	r = vl53l8cx_dci_get_blocks(chip, headers, sizeof(headers) / sizeof(headers[0]), wire, sizeof(wire));
	if (r < 0)
		return r;
	memcpy(ret_xtalk, wire + PREFIX_BYTES, DATA_BYTES);
	vl53l8cx_xtalk_command(ret_xtalk, RESOLUTION, ret_xtalk); /* its end */
	return 0;
}

static int calibrate(struct vl53l8cx *chip, uint8_t reflectance_percent, uint8_t samples, uint16_t distance_mm)
{
	struct vl53l8cx_settings fine = chip->now;
	uint8_t xtalk[FIRMWARE_XTALK_BYTES];
	int r;

	fine.resolution = RESOLUTION;
	fine.rate_hz = 1;
	r = vl53l8cx_apply(chip, &fine);
	if (r == 0)
		r = send_configuration(chip);
	if (r == 0)
		r = send_target(chip, reflectance_percent, samples, distance_mm);
	if (r == 0)
		r = send_outputs(chip);
	if (r == 0)
		r = measure(chip);
	if (r == 0)
		r = read_data(chip, xtalk);
	if (r < 0)
		return r;
	memcpy(chip->xtalk, xtalk, sizeof(chip->xtalk));
	chip->xtalk_own = true;
	return 0;
}

int vl53l8cx_xtalk_calibrate(struct vl53l8cx *chip, uint8_t reflectance_percent, uint8_t samples, uint16_t distance_mm)
{
	const struct vl53l8cx_settings before = chip->now;
	enum vl53l8cx_error error;
	uint32_t value;
	int r = vl53l8cx_require_idle(chip), restored;

	if (r < 0)
		return r;
	if (before.resolution == 0)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_STATE, 0);
	if (reflectance_percent < 1 || reflectance_percent > 99 || samples < 1 ||
	    samples > VL53L8CX_XTALK_SAMPLES_MAX || distance_mm < VL53L8CX_XTALK_DISTANCE_MIN_MM ||
	    distance_mm > VL53L8CX_XTALK_DISTANCE_MAX_MM)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_SETTING, 0);
	if (!chip->firmware->has_xtalk_calibration)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_NO_FIRMWARE, 0);
	r = calibrate(chip, reflectance_percent, samples, distance_mm);
	error = chip->error;
	value = chip->error_value;
	restored = vl53l8cx_defaults(chip, before.targets);
	if (restored == 0)
		restored = vl53l8cx_apply(chip, &before);
	if (r == 0)
		return restored;
	chip->error = error;
	chip->error_value = value;
	return r;
}

void vl53l8cx_xtalk_save(const struct vl53l8cx *chip, uint8_t ret_xtalk[FIRMWARE_XTALK_BYTES])
{
	memcpy(ret_xtalk, chip->xtalk, FIRMWARE_XTALK_BYTES);
}

int vl53l8cx_xtalk_restore(struct vl53l8cx *chip, const uint8_t xtalk[FIRMWARE_XTALK_BYTES])
{
	char reason[FIRMWARE_REASON];
	int r = firmware_part_check(FIRMWARE_PART_XTALK, xtalk, FIRMWARE_XTALK_BYTES, reason);

	if (r < 0)
		return r;
	if (chip->ranging)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_STATE, 0);
	memcpy(chip->xtalk, xtalk, FIRMWARE_XTALK_BYTES);
	chip->xtalk_own = true;
	return chip->booted && chip->now.resolution ? vl53l8cx_send_grids(chip, chip->now.resolution) : 0;
}
