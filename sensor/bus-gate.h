/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus-gate.h - an adapter and a clock in front of a bus that let go of a driver which is deep in a wait.
 *
 * Uploading takes seconds, and so do the driver's time limits. Once the gate is closed, transfers fail with
 * ECANCELED and the clock jumps over each wait, so the driver reaches its limits and returns by itself, soon.
 */
#ifndef SENSOR_BUS_GATE_H
#define SENSOR_BUS_GATE_H

#include <stdatomic.h>
#include <stdint.h>

#include "sensor/bus.h"

struct bus_gate {
	struct i2c_adapter adapter; /* give these two to the driver */
	struct clock clock;
	const struct bus *bus;
	uint64_t skipped_ns;	   /* waits that were not waited */
	_Atomic uint64_t close_ns; /* CLOCK_MONOTONIC, 0 = never */
};

/* Opens it; bus is borrowed and may be opened and closed meanwhile. */
void bus_gate_init(struct bus_gate *gate, const struct bus *bus);

/* Closes it so many milliseconds from now, on the machine's clock. May be called by any thread. */
void bus_gate_close(struct bus_gate *gate, unsigned in_ms);

#endif
