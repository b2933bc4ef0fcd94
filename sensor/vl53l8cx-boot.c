/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-boot.c - from any state to a running firmware in default configuration.
 *
 *   identify -> software reset -> ROM boot -> RAM opened -> 84 KiB download -> MCU start -> checksum
 *            -> factory offset and crosstalk for 4x4 -> default configuration
 *
 * The order of the register writes matters; what most of them mean ST does not tell. The image fills pages 09 and 0A
 * up to 7FFF and takes 20 KiB of 0B; the MCU sees it at 0x00420000. Times: 100 ms for the reset, 5 ms before the MCU
 * starts, the rest are polls.
 *
 * Facts: host protocol notes from ST's Ultra Lite Driver 2.0.0 and 2.1.0 (same sequence).
 */
#include <string.h>

#include "sensor/vl53l8cx-address.h"
#include "sensor/vl53l8cx-grids.h"
#include "sensor/vl53l8cx-internal.h"

enum {
	RESET_MS = 100,
	ROM_BOOT_MS = 2000,
	RAM_ACCESS_MS = 2000,
	MCU_START_MS = 5,
	MCU_BOOT_MS = 500,
	DOWNLOADS = 2,
	TARGETS_IMAGE_OFFSET = 12, /* of DCI_TARGETS */
};

#define STEPS(chip, page, steps) vl53l8cx_write_steps(chip, page, steps, sizeof(steps) / sizeof((steps)[0]))

/* Clocks and power of the host interface; used twice. */
static const struct vl53l8cx_step interface_steps[] = {
	{REG_0101, 0x00}, {REG_0102, 0x00}, {REG_010A, 0x01}, {REG_4002, 0x01},
	{REG_4002, 0x00}, {REG_010A, 0x03}, {REG_0103, 0x01},
};

/*
 * Reads the page register for its effect on the bus alone: ST's sequence has these reads, between writes that change
 * the chip's state. While that happens the value means nothing.
 */
static int barrier(struct vl53l8cx *chip, uint8_t page)
{
	uint8_t ignored;

	return vl53l8cx_read_reg(chip, page, REG_PAGE, &ignored);
}

static int reset(struct vl53l8cx *chip)
{
	static const struct vl53l8cx_step hold[] = {
		{REG_XSHUT, XSHUT_AWAKE}, {REG_REGULATORS, REGULATORS_ON}, {REG_RESET, 0x03}};
	static const struct vl53l8cx_step power_down[] = {{REG_HOST_ACCESS, 0x00}, {REG_REGULATORS, REGULATORS_OFF}};
	static const struct vl53l8cx_step release[] = {{REG_REGULATORS, REGULATORS_ON}, {REG_RESET, 0x01}};
	const struct vl53l8cx_poll rom = {
		.page = PAGE_HARDWARE,
		.index = REG_GO2_STATUS_0,
		.mask = 0xff,
		.value = GO2_0_MCU_BOOTED,
		.limit_ms = ROM_BOOT_MS,
		.through_nacks = true,
		.error = VL53L8CX_ERROR_ROM_BOOT,
	};
	int r;

	vl53l8cx_forget_page(chip);
	r = STEPS(chip, PAGE_HARDWARE, hold);
	if (r == 0)
		r = barrier(chip, PAGE_HARDWARE);
	if (r == 0)
		r = vl53l8cx_write_reg(chip, PAGE_HARDWARE, REG_HOST_ACCESS, 0x01);
	if (r == 0)
		r = STEPS(chip, PAGE_HARDWARE, interface_steps);
	if (r == 0)
		r = STEPS(chip, PAGE_HARDWARE, power_down);
	if (r < 0)
		return r;
	clock_sleep_us(chip->i2c.clock, 1000);
	r = STEPS(chip, PAGE_HARDWARE, release);
	if (r < 0)
		return r;
	clock_sleep_us(chip->i2c.clock, RESET_MS * 1000);
	vl53l8cx_forget_page(chip);
	return vl53l8cx_poll(chip, &rom);
}

static int open_ram(struct vl53l8cx *chip)
{
	static const struct vl53l8cx_step ram_power[] = {
		{REG_400F, 0x00}, {REG_021A, 0x43}, {REG_021A, 0x03}, {REG_021A, 0x01},
		{REG_021A, 0x00}, {REG_0219, 0x00}, {REG_021B, 0x00},
	};
	const struct vl53l8cx_poll granted = {
		.page = PAGE_MCU,
		.index = REG_RAM_STATUS,
		.mask = 0xff,
		.value = RAM_OPEN,
		.limit_ms = RAM_ACCESS_MS,
		.error = VL53L8CX_ERROR_RAM_ACCESS,
	};
	int r;

	r = vl53l8cx_write_reg(chip, PAGE_HARDWARE, REG_000E, 0x01);
	if (r == 0)
		r = vl53l8cx_select(chip, PAGE_FIRMWARE);
	if (r == 0)
		r = vl53l8cx_write_reg(chip, PAGE_MCU, REG_RAM_GATE, 0x01);
	if (r == 0)
		r = vl53l8cx_poll(chip, &granted);
	if (r == 0)
		r = barrier(chip, PAGE_HARDWARE);
	if (r == 0)
		r = vl53l8cx_write_reg(chip, PAGE_HARDWARE, REG_HOST_ACCESS, 0x01);
	if (r == 0)
		r = STEPS(chip, PAGE_HARDWARE, interface_steps);
	if (r == 0)
		r = STEPS(chip, PAGE_HARDWARE, ram_power);
	if (r == 0)
		r = barrier(chip, PAGE_HARDWARE);
	return r;
}

/*
 * Selects a page of the RAM and makes sure of it: if that write got lost, the image would go to the hardware registers,
 * one of which is the chip's address.
 */
static int select_ram(struct vl53l8cx *chip, uint8_t page)
{
	uint8_t selected = PAGE_HARDWARE;
	int r = 0;

	for (unsigned i = 0; r == 0 && selected != page && i < DOWNLOADS; i++) {
		vl53l8cx_forget_page(chip);
		r = vl53l8cx_read_reg(chip, page, REG_PAGE, &selected);
	}
	return r == 0 && selected != page ? vl53l8cx_fail(chip, VL53L8CX_ERROR_RAM_ACCESS, selected) : r;
}

static int download(struct vl53l8cx *chip)
{
	uint8_t page = PAGE_RAM;

	for (size_t at = 0; at < FIRMWARE_IMAGE_BYTES; at += PAGE_BYTES) {
		size_t left = FIRMWARE_IMAGE_BYTES - at;
		int r = select_ram(chip, page);

		if (r == 0)
			r = vl53l8cx_write(chip, page++, 0, chip->firmware->image + at,
					   left < PAGE_BYTES ? left : PAGE_BYTES);
		if (r < 0)
			return r;
	}
	return vl53l8cx_write_reg(chip, PAGE_MCU, REG_RAM_GATE, 0x03);
}

/* Bit 0 says that the MCU is up, bit 7 that it trapped; ST's driver takes both, and silence, for success. */
static int await_mcu(struct vl53l8cx *chip)
{
	uint64_t start_ns = clock_now_ns(chip->i2c.clock);
	uint8_t status;

	do {
		int r = vl53l8cx_read_reg(chip, PAGE_HARDWARE, REG_GO2_STATUS_0, &status);

		if (r < 0)
			return r;
		if (status & GO2_0_MCU_BOOTED)
			return 0;
		if (status & GO2_0_TRAP) {
			r = vl53l8cx_read_reg(chip, PAGE_HARDWARE, REG_GO2_STATUS_1, &status);
			return r < 0 ? r : vl53l8cx_fail(chip, VL53L8CX_ERROR_MCU_TRAP, status);
		}
	} while (vl53l8cx_poll_pause(chip, start_ns, MCU_BOOT_MS));
	return vl53l8cx_fail(chip, VL53L8CX_ERROR_MCU_TIMEOUT, status);
}

static int start_mcu(struct vl53l8cx *chip)
{
	static const struct vl53l8cx_step boot_address[] = {
		{REG_MCU_BOOT_ADDRESS, 0x00},
		{REG_MCU_BOOT_ADDRESS + 1, 0x00},
		{REG_MCU_BOOT_ADDRESS + 2, 0x42},
		{REG_MCU_BOOT_ADDRESS + 3, 0x00},
		{REG_MCU_RUN, 0x00},
	};
	static const struct vl53l8cx_step run[] = {{REG_HOST_ACCESS, 0x00}, {REG_MCU_RUN, 0x01}};
	int r;

	clock_sleep_us(chip->i2c.clock, MCU_START_MS * 1000);
	r = barrier(chip, PAGE_HARDWARE);
	if (r == 0)
		r = vl53l8cx_write_reg(chip, PAGE_HARDWARE, REG_HOST_ACCESS, 0x01);
	if (r == 0)
		r = STEPS(chip, PAGE_HARDWARE, boot_address);
	if (r == 0)
		r = barrier(chip, PAGE_HARDWARE);
	if (r == 0)
		r = STEPS(chip, PAGE_HARDWARE, run);
	return r < 0 ? r : await_mcu(chip);
}

/* Reset to running MCU; ret_checksum is what the chip finds in its RAM. */
static int boot(struct vl53l8cx *chip, uint32_t *ret_checksum)
{
	uint8_t wire[4];
	int r = reset(chip);

	if (r == 0)
		r = open_ram(chip);
	if (r == 0)
		r = download(chip);
	if (r == 0)
		r = start_mcu(chip);
	if (r == 0)
		r = vl53l8cx_read(chip, PAGE_FIRMWARE, REG_CHECKSUM, wire, sizeof(wire));
	if (r == 0)
		*ret_checksum = bytes_get_be32(wire);
	return r;
}

/* A wrong checksum gets a second download: the same word again is not noise but other firmware. */
static int boot_checked(struct vl53l8cx *chip)
{
	uint32_t checksum[DOWNLOADS] = {0};

	for (unsigned i = 0; i < DOWNLOADS; i++) {
		int r = boot(chip, &checksum[i]);

		if (r < 0)
			return r;
		if (checksum[i] == chip->firmware->checksum)
			return 0;
	}
	return vl53l8cx_fail(
		chip, checksum[0] == checksum[1] ? VL53L8CX_ERROR_CHECKSUM_FIRMWARE : VL53L8CX_ERROR_CHECKSUM_DOWNLOAD,
		checksum[1]);
}

static int read_offset(struct vl53l8cx *chip)
{
	static const uint32_t headers[] = {
		0x54000040, 0x9e1400c0, 0x9e200140, 0x9e340040, 0x9e380404, 0x9f380402, 0x9fb80100, 0x9fc80100,
	};
	int r = vl53l8cx_dci_get_blocks(chip, headers, sizeof(headers) / sizeof(headers[0]), chip->offset,
					sizeof(chip->offset));

	return chip->error == VL53L8CX_ERROR_REPLY && r < 0 ? vl53l8cx_fail(chip, VL53L8CX_ERROR_NVM, chip->error_value)
							    : r;
}

int vl53l8cx_defaults(struct vl53l8cx *chip, uint8_t targets)
{
	const uint8_t pipe[4] = {targets, 0, 1, 0};
	const uint8_t single_range[4] = {1, 0, 0, 0};
	uint8_t wire[FIRMWARE_CONFIGURATION_BYTES];
	int r;

	memcpy(wire, chip->firmware->configuration, sizeof(wire));
	wire[FIRMWARE_TARGETS_OFFSET] = targets == 1 ? 2 : targets; /* computed; reported are `targets` */
	r = vl53l8cx_dci_command(chip, DCI_SET, wire, sizeof(wire));
	if (r == 0)
		r = vl53l8cx_dci_set(chip, DCI_PIPE_CONTROL, pipe, sizeof(pipe));
	if (r == 0 && targets != 1)
		r = vl53l8cx_dci_replace(chip, DCI_TARGETS, 16, TARGETS_IMAGE_OFFSET, &targets, 1);
	if (r == 0)
		r = vl53l8cx_dci_set(chip, DCI_SINGLE_RANGE, single_range, sizeof(single_range));
	if (r < 0)
		return r;
	chip->now = (struct vl53l8cx_settings){.targets = targets};
	chip->auto_stop = false;
	return 0;
}

int vl53l8cx_init(struct vl53l8cx *chip, uint8_t targets)
{
	int r;

	if (targets < 1 || targets > VL53L8CX_TARGETS_MAX)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_SETTING, targets);
	if (!chip->firmware)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_NO_FIRMWARE, 0);
	chip->booted = false;
	chip->ranging = false;
	chip->trailer = chip->firmware->trailer; /* what a start found out may have been a lie */
	r = vl53l8cx_address_claim(chip);
	if (r == 0)
		r = boot_checked(chip);
	if (r == 0)
		r = read_offset(chip);
	if (r < 0)
		return r;
	if (!chip->xtalk_own)
		memcpy(chip->xtalk, chip->firmware->xtalk, sizeof(chip->xtalk));
	r = vl53l8cx_send_grids(chip, 4);
	if (r == 0)
		r = vl53l8cx_defaults(chip, targets);
	if (r < 0)
		return r;
	chip->booted = true;
	return 0;
}

int vl53l8cx_reinit(struct vl53l8cx *chip)
{
	const struct vl53l8cx_settings wanted = chip->wanted;
	int r = vl53l8cx_init(chip, wanted.targets);

	if (r == 0)
		r = vl53l8cx_configure(chip, &wanted);
	if (r == 0 && chip->wanted_ranging)
		r = vl53l8cx_start(chip);
	return r;
}
