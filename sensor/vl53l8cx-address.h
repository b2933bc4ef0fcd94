/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-address.h - several VL53L8CX on one bus. All wake up at 0x29; each gets an address of its own.
 *
 * A sensor whose LPn is low does not take part in the bus but keeps the address it was given, until power goes.
 * So: all LPn low; then one by one LPn high, address sent. Do it before init, or two downloads hit two sensors.
 *
 * Facts: ST UM3109 chapter 2.3.
 */
#ifndef SENSOR_VL53L8CX_ADDRESS_H
#define SENSOR_VL53L8CX_ADDRESS_H

#include "sensor/gpio.h"
#include "sensor/vl53l8cx.h"

enum { VL53L8CX_ADDRESS_MIN = 0x08, VL53L8CX_ADDRESS_MAX = 0x77 };

/*
 * Moves the chip, which answers at chip->i2c.address, to another 7-bit address and looks for it there.
 * Errors: ERROR_ADDRESS (not legal, or taken), those of identify.
 */
int vl53l8cx_address_set(struct vl53l8cx *chip, uint16_t address);

/*
 * Makes sure that the chip answers at chip->i2c.address: one found at 0x29 instead, fresh from power-on, is moved.
 * A chip at 0x29 that is in use (its firmware page is selected) is another's and stays: ERROR_ADDRESS.
 */
int vl53l8cx_address_claim(struct vl53l8cx *chip);

/*
 * Gives n sensors, all at 0x29 or at their own address, the addresses in chips[i]->i2c.address, which must differ;
 * one may keep 0x29. lpn[i] is sensor i's LPn; with n > 1 none may be NULL. All LPn are high when it returns 0.
 */
int vl53l8cx_address_assign(struct vl53l8cx *const *chips, struct gpio_line *const *lpn, unsigned n);

#endif
