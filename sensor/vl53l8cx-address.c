/* SPDX-License-Identifier: Apache-2.0 */
/* vl53l8cx-address.c - address change, and its use for several sensors on a bus (see vl53l8cx-address.h). */
#include "sensor/vl53l8cx-address.h"

#include "sensor/vl53l8cx-internal.h"

enum { LPN_SETTLE_US = 1000 };

static bool legal(uint16_t address)
{
	return address >= VL53L8CX_ADDRESS_MIN && address <= VL53L8CX_ADDRESS_MAX;
}

/* Somebody answers at this address. */
static bool taken(struct vl53l8cx *chip, uint16_t address)
{
	struct i2c_device other;
	uint8_t byte;

	i2c_device_init(&other, chip->i2c.adapter, chip->i2c.clock, address);
	other.split_reads = chip->i2c.split_reads;
	return i2c_read(&other, REG_PAGE, &byte, 1) == 0;
}

/* The chip answers at the new address right after the write; nothing more goes to the old one. */
static int move(struct vl53l8cx *chip, uint16_t address)
{
	int r = vl53l8cx_write_reg(chip, PAGE_HARDWARE, REG_I2C_ADDRESS, (uint8_t)address);

	if (r < 0)
		return r;
	chip->i2c.address = address;
	return vl53l8cx_identify(chip);
}

int vl53l8cx_address_set(struct vl53l8cx *chip, uint16_t address)
{
	int r;

	if (address == chip->i2c.address)
		return 0;
	if (!legal(address) || taken(chip, address))
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_ADDRESS, address);
	r = vl53l8cx_identify(chip);
	return r < 0 ? r : move(chip, address);
}

int vl53l8cx_address_claim(struct vl53l8cx *chip)
{
	const uint16_t address = chip->i2c.address;
	uint8_t page;
	int r = vl53l8cx_identify(chip);

	if (r == 0 || address == VL53L8CX_ADDRESS || chip->error != VL53L8CX_ERROR_BUS)
		return r;
	chip->i2c.address = VL53L8CX_ADDRESS;
	vl53l8cx_forget_page(chip);
	if (i2c_read(&chip->i2c, REG_PAGE, &page, 1) == 0) {
		r = page == PAGE_FIRMWARE ? vl53l8cx_fail(chip, VL53L8CX_ERROR_ADDRESS, VL53L8CX_ADDRESS)
					  : vl53l8cx_identify(chip);
		if (r == 0)
			r = move(chip, address);
	}
	chip->i2c.address = address;
	return r;
}

static int lpn_set(struct vl53l8cx *chip, struct gpio_line *lpn, int value)
{
	int r;

	if (!lpn)
		return 0;
	r = lpn->ops->set(lpn, value);
	if (r < 0)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_BUS, (uint32_t)-r);
	clock_sleep_us(chip->i2c.clock, LPN_SETTLE_US);
	return 0;
}

/* Distinct legal addresses, and a line for each sensor when there are several. */
static int check_set(struct vl53l8cx *const *chips, struct gpio_line *const *lpn, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const uint16_t address = chips[i]->i2c.address;
		bool good = legal(address) && (n == 1 || lpn[i]);

		for (unsigned k = 0; k < i; k++)
			good = good && chips[k]->i2c.address != address;
		if (!good)
			return vl53l8cx_fail(chips[i], VL53L8CX_ERROR_ADDRESS, address);
	}
	return 0;
}

int vl53l8cx_address_assign(struct vl53l8cx *const *chips, struct gpio_line *const *lpn, unsigned n)
{
	int r = check_set(chips, lpn, n);

	for (unsigned i = 0; r == 0 && i < n; i++)
		r = lpn_set(chips[i], lpn[i], 0);
	/* The one that keeps 0x29 comes last: before, it would answer in the others' place. */
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; r == 0 && i < n; i++) {
			if ((chips[i]->i2c.address == VL53L8CX_ADDRESS) != (pass == 1))
				continue;
			r = lpn_set(chips[i], lpn[i], 1);
			if (r == 0)
				r = vl53l8cx_address_claim(chips[i]);
		}
	return r;
}
