/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus.h - what a chip hangs on, opened together: the I2C adapter, its clock, the INT and LPn lines.
 *
 * This is the one place that decides between the machine's hardware and the emulator. Above it everything is
 * the same code.
 */
#ifndef SENSOR_BUS_H
#define SENSOR_BUS_H

#include "sensor/clock.h"
#include "sensor/gpio.h"
#include "sensor/i2c.h"
#include "sensor/source.h"

struct emulator;

struct bus {
	struct i2c_adapter *adapter;
	struct clock *clock;
	struct gpio_line *int_line; /* NULL = poll */
	struct gpio_line *lpn_line; /* NULL = none */
	struct emulator *emulator;  /* NULL on hardware */
};

/*
 * Opens config->bus (and the lines). Returns 0 or a negative errno; ret_reason (at least 192 bytes, never
 * NULL) then says what is missing and what to do about it. An adapter or a line that is not there is ENODEV, never
 * ENOENT: a source keeps that for its firmware file.
 */
int bus_open(const struct source_config *config, struct bus *ret_bus, char *ret_reason);

/* Closes what is open and zeroes the struct. */
void bus_close(struct bus *bus);

/* True when the emulated scene has played its last frame; false on hardware. */
bool bus_ended(const struct bus *bus);

#endif
