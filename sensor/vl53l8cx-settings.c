/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-settings.c - everything that is set before ranging: what is allowed, and how the firmware wants it.
 *
 * Offsets are in the little-endian image of the block (see vl53l8cx-regs.h):
 *
 *   resolution   AD38: u8 4, 6 = 64 (4x4) | 16 (8x8), u8 9 = 4 | 1; 5450: u8 0, 1 = 4 | 8, u8 4, 5 = 8 | 4; grids
 *   rate         5458: u8 1 = Hz                 integration  545C: u32 0 = us
 *   mode         AD30: u8 1, 3 = 1, 3 continuous | 3, 2 autonomous; D964: u32 = 0 | 1
 *   sharpener    AED8: u8 13 = % x 255 / 100     order        AE64: u8 0 = 1 closest | 2 strongest
 *   VHV repeat   AD60: u32 4 = frames            sync         B5F0: u8 3 bit 1
 *   xtalk margin AD94: u32 0 = kcps x 2048       results CRC  E0C4: u8 5 (MM1.8.0.1)
 *
 * Facts: host protocol notes; ranges from ST UM3109 chapter 4.
 */
#include <string.h>

#include "sensor/vl53l8cx-grids.h"
#include "sensor/vl53l8cx-internal.h"

enum {
	US_PER_MS = 1000,
	US_PER_S = 1000000,
	XTALK_MARGIN_SCALE = 2048,
	SHARPENER_SCALE = 255,
	SYNC_BIT = 0x02,
};

void vl53l8cx_settings_default(struct vl53l8cx_settings *ret_settings)
{
	*ret_settings = (struct vl53l8cx_settings){
		.resolution = 8,
		.rate_hz = 10,
		.integration_ms = 10,
		.sharpener_percent = 5,
		.order = VL53L8CX_ORDER_CLOSEST,
		.xtalk_margin_kcps = 50,
		.targets = 1,
		.outputs = VL53L8CX_OUTPUTS_NEEDED,
	};
}

const char *vl53l8cx_settings_check(const struct vl53l8cx_settings *settings)
{
	const struct vl53l8cx_settings *s = settings;

	if (s->resolution != 4 && s->resolution != 8)
		return "the resolution must be 4 or 8 zones a side";
	if (s->rate_hz < 1 || s->rate_hz > VL53L8CX_RATE_4X4_MAX_HZ)
		return "the rate must be 1..60 Hz at 4x4 and 1..15 Hz at 8x8";
	if (s->resolution == 8 && s->rate_hz > VL53L8CX_RATE_8X8_MAX_HZ)
		return "the rate must be 1..15 Hz at 8x8; 4x4 goes up to 60 Hz";
	if (s->integration_ms < 2 || s->integration_ms > 1000)
		return "the integration time must be 2..1000 ms";
	if (s->sharpener_percent > 99)
		return "the sharpener must be 0..99 %";
	if (s->order != VL53L8CX_ORDER_CLOSEST && s->order != VL53L8CX_ORDER_STRONGEST)
		return "the target order must be closest or strongest";
	if (s->xtalk_margin_kcps > 10000)
		return "the crosstalk margin must be 0..10000 kcps per SPAD";
	if (s->external_sync && s->continuous)
		return "external synchronisation needs the autonomous mode";
	if (s->targets < 1 || s->targets > VL53L8CX_TARGETS_MAX)
		return "1..4 targets per zone are possible";
	if ((s->outputs & VL53L8CX_OUTPUTS_NEEDED) != VL53L8CX_OUTPUTS_NEEDED || s->outputs & ~VL53L8CX_OUTPUTS_ALL)
		return "the outputs must include count, signal, distance and status";
	return NULL;
}

uint32_t vl53l8cx_settings_period_us(const struct vl53l8cx_settings *settings)
{
	uint32_t period = US_PER_S / settings->rate_hz;
	uint32_t integrations = settings->resolution == 8 ? 4 : 1;
	uint32_t busy = (integrations * settings->integration_ms + 1) * US_PER_MS;

	return !settings->continuous && busy > period ? busy : period;
}

struct vl53l8cx_layout vl53l8cx_settings_layout(const struct vl53l8cx_settings *settings, uint16_t trailer)
{
	return (struct vl53l8cx_layout){
		.outputs = settings->outputs,
		.zones = (uint8_t)(settings->resolution * settings->resolution),
		.targets = settings->targets,
		.trailer = (uint8_t)trailer,
		.crc = settings->results_crc,
	};
}

/* --- one setting each: get, patch, set --------------------------------------------------------------------------- */

int vl53l8cx_send_grids(struct vl53l8cx *chip, uint8_t resolution)
{
	uint8_t offset[VL53L8CX_OFFSET_BYTES], xtalk[FIRMWARE_XTALK_BYTES];
	int r;

	vl53l8cx_offset_command(chip->offset, resolution, offset);
	r = vl53l8cx_dci_command(chip, DCI_SET, offset, sizeof(offset));
	if (r < 0)
		return r;
	vl53l8cx_xtalk_command(chip->xtalk, resolution, xtalk);
	return vl53l8cx_dci_command(chip, DCI_SET, xtalk, sizeof(xtalk));
}

static int set_resolution(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings)
{
	const bool fine = settings->resolution == 8;
	uint8_t dss[16], grid[8];
	int r = vl53l8cx_dci_get(chip, DCI_DSS, dss, sizeof(dss));

	if (r < 0)
		return r;
	dss[4] = dss[6] = fine ? 16 : 64;
	dss[9] = fine ? 1 : 4;
	r = vl53l8cx_dci_set(chip, DCI_DSS, dss, sizeof(dss));
	if (r == 0)
		r = vl53l8cx_dci_get(chip, DCI_ZONE_GRID, grid, sizeof(grid));
	if (r < 0)
		return r;
	grid[0] = grid[1] = fine ? 8 : 4;
	grid[4] = grid[5] = fine ? 4 : 8;
	r = vl53l8cx_dci_set(chip, DCI_ZONE_GRID, grid, sizeof(grid));
	return r < 0 ? r : vl53l8cx_send_grids(chip, settings->resolution);
}

static int set_rate(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings)
{
	return vl53l8cx_dci_replace(chip, DCI_RATE, 4, 1, &settings->rate_hz, 1);
}

static int set_integration(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings)
{
	uint8_t us[4];

	bytes_put_le32(us, (uint32_t)settings->integration_ms * US_PER_MS);
	return vl53l8cx_dci_replace(chip, DCI_INTEGRATION, 20, 0, us, sizeof(us));
}

static int set_mode(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings)
{
	const uint8_t single_range[4] = {settings->continuous ? 0 : 1, 0, 0, 0};
	uint8_t mode[8];
	int r = vl53l8cx_dci_get(chip, DCI_RANGING_MODE, mode, sizeof(mode));

	if (r < 0)
		return r;
	mode[1] = settings->continuous ? 1 : 3;
	mode[3] = settings->continuous ? 3 : 2;
	r = vl53l8cx_dci_set(chip, DCI_RANGING_MODE, mode, sizeof(mode));
	return r < 0 ? r : vl53l8cx_dci_set(chip, DCI_SINGLE_RANGE, single_range, sizeof(single_range));
}

static int set_sharpener(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings)
{
	uint8_t value = (uint8_t)(settings->sharpener_percent * SHARPENER_SCALE / 100);

	return vl53l8cx_dci_replace(chip, DCI_SHARPENER, 16, 13, &value, 1);
}

static int set_order(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings)
{
	return vl53l8cx_dci_replace(chip, DCI_ORDER, 4, 0, &settings->order, 1);
}

static int set_xtalk_margin(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings)
{
	uint8_t margin[4];

	bytes_put_le32(margin, (uint32_t)settings->xtalk_margin_kcps * XTALK_MARGIN_SCALE);
	return vl53l8cx_dci_replace(chip, DCI_XTALK_MARGIN, 16, 0, margin, sizeof(margin));
}

static int set_vhv_repeat(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings)
{
	uint8_t frames[4];

	bytes_put_le32(frames, settings->vhv_repeat);
	return vl53l8cx_dci_replace(chip, DCI_VHV, 16, 4, frames, sizeof(frames));
}

static int set_sync(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings)
{
	uint8_t sync[4];
	int r = vl53l8cx_dci_get(chip, DCI_SYNC, sync, sizeof(sync));

	if (r < 0)
		return r;
	sync[3] = (uint8_t)(settings->external_sync ? sync[3] | SYNC_BIT : sync[3] & ~SYNC_BIT);
	return vl53l8cx_dci_set(chip, DCI_SYNC, sync, sizeof(sync));
}

static int set_results_crc(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings)
{
	const uint8_t on = settings->results_crc;

	if (chip->trailer != VL53L8CX_TRAILER_MM1801)
		return 0;
	return vl53l8cx_dci_replace(chip, DCI_SAFETY, 8, 5, &on, 1);
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

int vl53l8cx_apply(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings)
{
	const struct vl53l8cx_settings *want = settings;
	int r = want->targets != chip->now.targets ? vl53l8cx_defaults(chip, want->targets) : 0;
	const struct vl53l8cx_settings now = chip->now;
	const bool all = now.resolution == 0;
	/* The resolution first: the highest rate depends on it. */
	const struct {
		bool differs;
		int (*send)(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings);
	} sends[] = {
		{want->resolution != now.resolution, set_resolution},
		{want->rate_hz != now.rate_hz, set_rate},
		{want->integration_ms != now.integration_ms, set_integration},
		{want->continuous != now.continuous, set_mode},
		{want->sharpener_percent != now.sharpener_percent, set_sharpener},
		{want->order != now.order, set_order},
		{want->xtalk_margin_kcps != now.xtalk_margin_kcps, set_xtalk_margin},
		{want->vhv_repeat != now.vhv_repeat, set_vhv_repeat},
		{want->external_sync != now.external_sync, set_sync},
		{want->results_crc != now.results_crc, set_results_crc},
	};

	chip->now.resolution = 0; /* until everything is sent */
	for (size_t i = 0; r == 0 && i < sizeof(sends) / sizeof(sends[0]); i++)
		if (all || sends[i].differs)
			r = sends[i].send(chip, want);
	if (r == 0)
		chip->now = *want;
	return r;
}

int vl53l8cx_configure(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings)
{
	const bool ranging = chip->ranging;
	int r;

	if (vl53l8cx_settings_check(settings) || (settings->results_crc && chip->trailer != VL53L8CX_TRAILER_MM1801))
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_SETTING, 0);
	chip->wanted = *settings;
	if (!chip->booted)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_STATE, 0);
	r = ranging ? vl53l8cx_halt(chip) : 0;
	if (r == 0)
		r = vl53l8cx_apply(chip, settings);
	return r == 0 && ranging ? vl53l8cx_start(chip) : r;
}

int vl53l8cx_settings_read(struct vl53l8cx *chip, struct vl53l8cx_settings *ret_settings)
{
	struct vl53l8cx_settings read = chip->now;
	static const struct {
		uint16_t index;
		uint8_t n;
	} blocks[] = {
		{DCI_ZONE_GRID, 8},  {DCI_RATE, 4},   {DCI_INTEGRATION, 20},  {DCI_RANGING_MODE, 8},
		{DCI_SHARPENER, 16}, {DCI_ORDER, 4},  {DCI_XTALK_MARGIN, 16}, {DCI_VHV, 16},
		{DCI_SYNC, 4},	     {DCI_SAFETY, 8},
	};
	uint8_t images[sizeof(blocks) / sizeof(blocks[0])][20];

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		int r = vl53l8cx_dci_get(chip, blocks[i].index, images[i], blocks[i].n);

		if (r < 0)
			return r;
	}
	read.resolution = images[0][0];
	read.rate_hz = images[1][1];
	read.integration_ms = (uint16_t)(bytes_get_le32(images[2]) / US_PER_MS);
	read.continuous = images[3][1] == 1;
	/* Rounded up, because it was rounded down when it was set. */
	read.sharpener_percent = (uint8_t)((images[4][13] * 100 + SHARPENER_SCALE - 1) / SHARPENER_SCALE);
	read.order = images[5][0];
	read.xtalk_margin_kcps = (uint16_t)(bytes_get_le32(images[6]) / XTALK_MARGIN_SCALE);
	read.vhv_repeat = bytes_get_le32(images[7] + 4);
	read.external_sync = images[8][3] & SYNC_BIT;
	read.results_crc = images[9][5] == 1;
	*ret_settings = read;
	return 0;
}
