/* SPDX-License-Identifier: Apache-2.0 */
/* emulator-bus.h - the emulator's own view of the wire, the pins and the time (see emulator.h). */
#ifndef SENSOR_EMULATOR_EMULATOR_BUS_H
#define SENSOR_EMULATOR_EMULATOR_BUS_H

#include "sensor/emulator/emulator-chip.h"

enum line_kind { LINE_INT, LINE_LPN };

/* A pin of one sensor. INT's descriptor is an eventfd in virtual time and a timerfd in real time. */
struct line {
	struct gpio_line line;
	struct emulator *emulator;
	struct chip *chip;
	bool there;
	int fd;		   /* -1 for LPn */
	bool signalled;	   /* the descriptor can be read because of an edge */
	uint64_t armed_ns; /* what the timer is set to, 0 = not */
};

struct emulator {
	struct i2c_adapter adapter;
	struct clock clock;
	struct world world;
	bool virtual_time;
	uint32_t scl_hz;
	uint64_t now_ns;
	unsigned addressed; /* the sensor that answered last, for the faults of one sensor */
	struct line ints[EMULATOR_SENSORS_MAX], lpns[EMULATOR_SENSORS_MAX];
	unsigned sensors;
	struct chip chips[];
};

/* --- emulator.c: time --- */
/* The next moment at which something happens, UINT64_MAX for never. */
uint64_t emulator_next_ns(const struct emulator *emulator);
/* The next moment at which a fault strikes by itself, UINT64_MAX for never. */
uint64_t emulator_incident_ns(const struct emulator *emulator);
void emulator_advance(struct emulator *emulator, uint64_t to_ns);
/* Real time: lets happen what is due by now. */
void emulator_catch_up(struct emulator *emulator);
/* After anything that moved time: takes its real time, if wanted, and brings the pins up to date. */
void emulator_settle(struct emulator *emulator);

/* --- emulator-bus.c --- */
extern const struct i2c_adapter_ops bus_adapter_ops;

/* --- emulator-line.c --- */
int line_init(struct line *line, struct emulator *emulator, struct chip *chip, enum line_kind kind, bool there);
/* Makes the descriptor readable when there is an edge, or sets its timer to the next one. */
void line_update(struct line *line);

#endif
