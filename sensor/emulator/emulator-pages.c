/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator-pages.c - what the host reads and writes in the pages of the emulated chip (see emulator-chip.h).
 *
 * A message with one data byte for 7FFF selects the page. The same byte inside a burst is data: the firmware
 * fills its first two pages to the last byte.
 */
#include <string.h>

#include "sensor/emulator/emulator-chip.h"

/* Registers of page 1. */
enum { RAM_OPEN = 1, RAM_CLOSE = 3, RAM_GRANTED = 0x04 };

static void hardware_write(struct chip *chip, uint16_t index, uint8_t value, uint64_t now_ns)
{
	uint8_t before = chip->hardware[index];

	switch (index) {
	case REG_DEVICE_ID:
	case REG_REVISION_ID:
	case REG_STATUS_0:
	case REG_STATUS_1:
		return; /* read only */
	}
	chip->hardware[index] = value;
	switch (index) {
	case REG_I2C_ADDRESS:
		chip->address = value & 0x7F;
		break;
	case REG_XSHUT:
		chip_xshut(chip, value);
		break;
	case REG_RESET:
		chip_reset(chip, value, now_ns);
		break;
	case REG_MCU_RUN:
		if (value == 1 && before == 0)
			chip_run(chip, now_ns);
		break;
	case REG_REGULATORS:
		chip_regulators(chip, value, now_ns);
		break;
	case REG_STOP_REQUEST:
		if (value == 1)
			chip_stop(chip, now_ns);
		else if (value == 0)
			chip_resume(chip);
		break;
	}
}

static void mcu_write(struct chip *chip, uint16_t index, uint8_t value)
{
	chip->mcu[index] = value;
	if (index != REG_MCU_RAM)
		return;
	if (value == RAM_OPEN && chip->state == CHIP_ROM_IDLE)
		chip->state = CHIP_RAM_OPEN;
	else if (value == RAM_CLOSE && chip->state == CHIP_RAM_OPEN)
		chip->state = CHIP_RAM_CLOSED;
}

static void ram_write(struct chip *chip, const uint8_t *data, size_t n)
{
	size_t at = (size_t)(chip->page - CHIP_RAM_PAGE) * CHIP_PAGE_BYTES + chip->index;

	if (chip->state != CHIP_RAM_OPEN || at >= CHIP_RAM_BYTES)
		return;
	if (n > CHIP_RAM_BYTES - at)
		n = CHIP_RAM_BYTES - at;
	memcpy(chip->ram + at, data, n);
}

static bool ui_lives(const struct chip *chip)
{
	return chip->state == CHIP_IDLE || chip->state == CHIP_RANGING || chip->state == CHIP_STOPPED ||
	       chip->state == CHIP_TRAPPED;
}

static void ui_write(struct chip *chip, const uint8_t *data, size_t n, uint64_t now_ns)
{
	if (!ui_lives(chip))
		return;
	memcpy(chip->ui + chip->index, data, n);
	if (chip->index < UI_END && chip->index + n >= UI_END)
		dci_trigger(chip, now_ns);
}

void chip_write(struct chip *chip, const uint8_t *data, size_t n, uint64_t now_ns)
{
	size_t fits = chip->index < CHIP_PAGE_BYTES ? (size_t)(CHIP_PAGE_BYTES - chip->index) : 0;

	if (n == 1 && chip->index == REG_PAGE) {
		if (!chip_fault(chip, FAULT_PAGE_IGNORED))
			chip->page = data[0];
		chip->index++;
		return;
	}
	if (fits > n)
		fits = n;
	switch (chip->page) {
	case PAGE_HARDWARE:
		for (size_t i = 0; i < fits; i++)
			hardware_write(chip, (uint16_t)(chip->index + i), data[i], now_ns);
		break;
	case PAGE_MCU:
		for (size_t i = 0; i < fits; i++)
			mcu_write(chip, (uint16_t)(chip->index + i), data[i]);
		break;
	case PAGE_UI:
		ui_write(chip, data, fits, now_ns);
		break;
	case CHIP_RAM_PAGE:
	case CHIP_RAM_PAGE + 1:
	case CHIP_RAM_PAGE + 2:
		ram_write(chip, data, fits);
		break;
	}
	chip->index = (uint16_t)(chip->index + n);
}

static uint8_t hardware_read(const struct chip *chip, uint16_t index)
{
	bool asleep = chip->state == CHIP_SLEEP || chip->state == CHIP_DEEP || chip->state == CHIP_HELD;

	switch (index) {
	case REG_STATUS_0:
		return asleep ? 0 : chip->status_0;
	case REG_STATUS_1:
		return asleep ? 0 : chip->status_1;
	}
	return chip->hardware[index];
}

static uint8_t mcu_read(struct chip *chip, uint16_t index)
{
	if (index == REG_MCU_RAM_STATUS)
		return chip->state == CHIP_RAM_OPEN && !chip_fault(chip, FAULT_RAM_DENIED) ? RAM_GRANTED : 0;
	return chip->mcu[index];
}

static uint8_t byte_read(struct chip *chip, uint16_t index)
{
	size_t at;

	if (index == REG_PAGE)
		return chip->page;
	if (index > REG_PAGE)
		return 0;
	switch (chip->page) {
	case PAGE_HARDWARE:
		return hardware_read(chip, index);
	case PAGE_MCU:
		return mcu_read(chip, index);
	case PAGE_UI:
		return ui_lives(chip) ? chip->ui[index] : 0;
	case CHIP_RAM_PAGE:
	case CHIP_RAM_PAGE + 1:
	case CHIP_RAM_PAGE + 2:
		at = (size_t)(chip->page - CHIP_RAM_PAGE) * CHIP_PAGE_BYTES + index;
		return chip->state == CHIP_RAM_OPEN && at < CHIP_RAM_BYTES ? chip->ram[at] : 0;
	}
	return 0;
}

/* Another chip's identity, if the script wants one. */
static void identity_fake(struct chip *chip, uint8_t *data, size_t n)
{
	const struct fault_hit *wrong;

	if (chip->page != PAGE_HARDWARE || chip->index > REG_REVISION_ID)
		return;
	wrong = chip_fault(chip, FAULT_WRONG_ID);
	for (size_t i = 0; wrong && i < n && chip->index + i <= REG_REVISION_ID; i++)
		data[i] = (uint8_t)wrong->arguments[chip->index + i];
}

void chip_read(struct chip *chip, uint8_t *data, size_t n)
{
	if (chip->page == PAGE_UI && chip->index + n <= REG_PAGE && ui_lives(chip))
		memcpy(data, chip->ui + chip->index, n);
	else
		for (size_t i = 0; i < n; i++)
			data[i] = byte_read(chip, (uint16_t)(chip->index + i));
	identity_fake(chip, data, n);
	chip->index = (uint16_t)(chip->index + n);
}
