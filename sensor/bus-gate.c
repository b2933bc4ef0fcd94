/* SPDX-License-Identifier: Apache-2.0 */
/* bus-gate.c - stops a driver that is waiting for its chip (see bus-gate.h). */
#include "sensor/bus-gate.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

static bool is_closed(const struct bus_gate *gate)
{
	uint64_t close_ns = atomic_load(&gate->close_ns);

	return close_ns != 0 && clock_now_ns(clock_monotonic()) >= close_ns;
}

static int gate_transfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, unsigned n)
{
	struct bus_gate *gate = (struct bus_gate *)((char *)adapter - offsetof(struct bus_gate, adapter));

	if (is_closed(gate))
		return -ECANCELED;
	return gate->bus->adapter->ops->transfer(gate->bus->adapter, msgs, n);
}

static struct i2c_adapter *gate_free(struct i2c_adapter *adapter)
{
	(void)adapter;
	return NULL;
}

static uint64_t gate_now_ns(struct clock *clock)
{
	struct bus_gate *gate = (struct bus_gate *)((char *)clock - offsetof(struct bus_gate, clock));

	return clock_now_ns(gate->bus->clock) + gate->skipped_ns;
}

static int gate_wait(struct clock *clock, struct pollfd *fds, unsigned n, uint64_t until_ns)
{
	struct bus_gate *gate = (struct bus_gate *)((char *)clock - offsetof(struct bus_gate, clock));

	uint64_t now_ns = gate_now_ns(clock);

	if (!is_closed(gate))
		return gate->bus->clock->ops->wait(gate->bus->clock, fds, n, until_ns - gate->skipped_ns);
	if (until_ns > now_ns)
		gate->skipped_ns += until_ns - now_ns;
	return 0;
}

void bus_gate_init(struct bus_gate *gate, const struct bus *bus)
{
	static const struct i2c_adapter_ops adapter_ops = {.transfer = gate_transfer, .free = gate_free};
	static const struct clock_ops clock_ops = {.now_ns = gate_now_ns, .wait = gate_wait};

	*gate = (struct bus_gate){.adapter.ops = &adapter_ops, .clock.ops = &clock_ops, .bus = bus};
}

void bus_gate_close(struct bus_gate *gate, unsigned in_ms)
{
	atomic_store(&gate->close_ns, clock_now_ns(clock_monotonic()) + in_ms * 1000000ull);
}
