/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator.h - a register-level VL53L8CX behind the I2C seam.
 *
 * It answers the same I2C messages as the chip: pages, ROM boot, RAM download with checksum, the DCI command
 * window, ranging, INT and LPn. What it sees comes from a scene (scene.h), what goes wrong from a fault script
 * (faults.h). Facts: the host protocol as ST's driver uses it on the wire.
 *
 * Two ways to use it: as an i2c_adapter with clock and lines (what postured does), or message by message with
 * emulator_write() and emulator_read(), for a driver that brings its own platform layer.
 */
#ifndef SENSOR_EMULATOR_EMULATOR_H
#define SENSOR_EMULATOR_EMULATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/clock.h"
#include "sensor/emulator/scene.h"
#include "sensor/gpio.h"
#include "sensor/i2c.h"

struct emulator;

enum { EMULATOR_SENSORS_MAX = 4 };

struct emulator_config {
	struct scene *scene; /* owned from now on; NULL = empty */
	bool virtual_time;   /* own clock, moved by transfers and waits; otherwise CLOCK_MONOTONIC */
	uint32_t scl_hz;     /* a byte takes 9 / scl_hz; 0 = no wire time */
	uint16_t trailer;    /* 24 (MM1.8, default for 0) or 32 (MM1.8.0.1) */
	unsigned sensors;    /* on this bus, 0 and 1 = one; all start at 0x29, each with its own LPn */
	bool without_int;    /* no INT line */
	bool without_lpn;
	const char *faults; /* script text, borrowed during the call; NULL = none */
	uint64_t seed;
};

/* What went over the emulated wire. */
struct emulator_counts {
	uint64_t transactions; /* START .. STOP */
	uint64_t messages;
	uint64_t bytes;					 /* address bytes included */
	uint64_t wire_ns_100k, wire_ns_400k, wire_ns_1m; /* 9 clocks a byte */
	uint64_t frames;
	uint64_t commands;
};

/* Errors: ENOMEM, EINVAL bad fault script (ret_reason, 192 bytes or NULL, says where). The scene is freed on error too. */
int emulator_new(const struct emulator_config *config, struct emulator **ret_emulator, char *ret_reason);
struct emulator *emulator_free(struct emulator *emulator);

/* Borrowed, valid as long as the emulator. Their free() does nothing. */
struct i2c_adapter *emulator_adapter(struct emulator *emulator);
struct clock *emulator_clock(struct emulator *emulator);
struct gpio_line *emulator_int(struct emulator *emulator, unsigned sensor); /* NULL when without */
struct gpio_line *emulator_lpn(struct emulator *emulator, unsigned sensor);

/*
 * One I2C message each, as a platform layer sends it. A write starts with the two index bytes. Returns 0 or a
 * negative errno (ENXIO no acknowledge).
 */
int emulator_write(struct emulator *emulator, uint16_t address, const uint8_t *data, size_t n);
int emulator_read(struct emulator *emulator, uint16_t address, uint8_t *data, size_t n);
void emulator_sleep_us(struct emulator *emulator, uint64_t us);

void emulator_counts(const struct emulator *emulator, struct emulator_counts *ret_counts);
/* True when the scene has no further frame. */
bool emulator_ended(const struct emulator *emulator);
/* Switches all supplies off and on again: everything is lost, the address is 0x29. */
void emulator_power_cycle(struct emulator *emulator);

#endif
