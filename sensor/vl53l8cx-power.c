/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-power.c - sleep, deep sleep, awake.
 *
 *   awake        XSHUT 0x04, regulators 0x40        sleep  XSHUT 0x02, regulators 0x40 (firmware and settings stay)
 *   deep sleep   XSHUT 0x02, regulators 0x43 (everything is lost but the address)
 *
 * Facts: host protocol notes; ST UM3109 chapter 4.7 (not while ranging).
 */
#include "sensor/vl53l8cx-internal.h"

enum { POWER_MS = 2000 };

static int await_mcu(struct vl53l8cx *chip, uint8_t booted)
{
	const struct vl53l8cx_poll poll = {
		.page = PAGE_HARDWARE,
		.index = REG_GO2_STATUS_0,
		.mask = GO2_0_MCU_BOOTED,
		.value = booted,
		.limit_ms = POWER_MS,
		.error = VL53L8CX_ERROR_POWER,
	};

	return vl53l8cx_poll(chip, &poll);
}

int vl53l8cx_power_get(struct vl53l8cx *chip, enum vl53l8cx_power *ret_power)
{
	uint8_t xshut, regulators;
	int r;

	if (chip->ranging)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_STATE, 0);
	r = vl53l8cx_read_reg(chip, PAGE_HARDWARE, REG_XSHUT, &xshut);
	if (r == 0)
		r = vl53l8cx_read_reg(chip, PAGE_HARDWARE, REG_REGULATORS, &regulators);
	if (r == 0)
		r = vl53l8cx_select(chip, PAGE_FIRMWARE);
	if (r < 0)
		return r;
	if (xshut == XSHUT_AWAKE)
		*ret_power = VL53L8CX_POWER_AWAKE;
	else if (xshut == XSHUT_SLEEP)
		*ret_power = regulators == REGULATORS_OFF ? VL53L8CX_POWER_DEEP_SLEEP : VL53L8CX_POWER_SLEEP;
	else
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_POWER, xshut);
	return 0;
}

static int fall_asleep(struct vl53l8cx *chip, bool deep)
{
	int r = vl53l8cx_write_reg(chip, PAGE_HARDWARE, REG_XSHUT, XSHUT_SLEEP);

	if (r == 0)
		r = await_mcu(chip, 0);
	if (r == 0 && deep) {
		chip->booted = false;
		r = vl53l8cx_write_reg(chip, PAGE_HARDWARE, REG_REGULATORS, REGULATORS_OFF);
	}
	return r < 0 ? r : vl53l8cx_select(chip, PAGE_FIRMWARE);
}

static int wake_up(struct vl53l8cx *chip, bool deep)
{
	int r = vl53l8cx_write_reg(chip, PAGE_HARDWARE, REG_XSHUT, XSHUT_AWAKE);

	if (r == 0 && deep)
		r = vl53l8cx_write_reg(chip, PAGE_HARDWARE, REG_REGULATORS, REGULATORS_ON);
	if (r == 0)
		r = await_mcu(chip, GO2_0_MCU_BOOTED);
	if (r == 0)
		r = vl53l8cx_select(chip, PAGE_FIRMWARE);
	return r == 0 && deep ? vl53l8cx_reinit(chip) : r;
}

int vl53l8cx_power_set(struct vl53l8cx *chip, enum vl53l8cx_power power)
{
	enum vl53l8cx_power now;
	int r = vl53l8cx_power_get(chip, &now);

	if (r < 0 || now == power)
		return r;
	if (now != VL53L8CX_POWER_AWAKE)
		r = wake_up(chip, now == VL53L8CX_POWER_DEEP_SLEEP);
	return r < 0 || power == VL53L8CX_POWER_AWAKE ? r : fall_asleep(chip, power == VL53L8CX_POWER_DEEP_SLEEP);
}
