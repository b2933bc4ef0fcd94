/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator.c - the emulated bus with its sensors, its clock and its pins (see emulator.h).
 *
 * Time: everything runs on the emulator's own clock. In virtual time it moves only with transfers, waits and
 * sleeps. In real time it follows CLOCK_MONOTONIC and is ahead of it for as long as a transfer takes on the wire.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sensor/emulator/emulator-bus.h"

#define NS_PER_US 1000ull
/* Virtual time starts here: 0 means "no time" in too many places. */
#define VIRTUAL_EPOCH_NS 1000000000ull

static struct emulator *of_clock(struct clock *clock)
{
	return (struct emulator *)((char *)clock - offsetof(struct emulator, clock));
}

uint64_t emulator_incident_ns(const struct emulator *emulator)
{
	uint64_t next = faults_next_ns(&emulator->world.faults);

	return next == UINT64_MAX ? next : next + emulator->world.origin_ns;
}

uint64_t emulator_next_ns(const struct emulator *emulator)
{
	uint64_t next = emulator_incident_ns(emulator);

	for (unsigned i = 0; i < emulator->sensors; i++)
		if (emulator->chips[i].next_ns < next)
			next = emulator->chips[i].next_ns;
	return next;
}

/* Lets the bus's own time pass, event by event. */
void emulator_advance(struct emulator *emulator, uint64_t to_ns)
{
	uint64_t next;

	while ((next = emulator_next_ns(emulator)) <= to_ns) {
		if (next > emulator->now_ns)
			emulator->now_ns = next;
		emulator->world.faults.moment.now_ns = emulator->now_ns - emulator->world.origin_ns;
		for (unsigned i = 0; i < emulator->sensors; i++) {
			chip_incident(&emulator->chips[i], emulator->now_ns);
			chip_advance(&emulator->chips[i], emulator->now_ns);
		}
	}
	if (to_ns > emulator->now_ns)
		emulator->now_ns = to_ns;
	emulator->world.faults.moment.now_ns = emulator->now_ns - emulator->world.origin_ns;
}

void emulator_catch_up(struct emulator *emulator)
{
	if (!emulator->virtual_time)
		emulator_advance(emulator, clock_now_ns(clock_monotonic()));
}

void emulator_settle(struct emulator *emulator)
{
	if (!emulator->virtual_time && emulator->scl_hz)
		(void)clock_monotonic()->ops->wait(clock_monotonic(), NULL, 0, emulator->now_ns);
	for (unsigned i = 0; i < emulator->sensors; i++)
		line_update(&emulator->ints[i]);
}

/* --- clock --- */

static uint64_t virtual_now_ns(struct clock *clock)
{
	return of_clock(clock)->now_ns;
}

static int descriptors_ready(struct pollfd *fds, unsigned n, int timeout_ms)
{
	int r = n ? poll(fds, n, timeout_ms) : 0;

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	return r;
}

/*
 * Time jumps from event to event until a descriptor can be read. Without any event and without an end to wait
 * for, only somebody outside can wake us: then the wait is a real one.
 */
static int virtual_wait(struct clock *clock, struct pollfd *fds, unsigned n, uint64_t until_ns)
{
	struct emulator *emulator = of_clock(clock);

	for (;;) {
		uint64_t next = emulator_next_ns(emulator);
		int r = descriptors_ready(fds, n, next == UINT64_MAX && until_ns == UINT64_MAX ? -1 : 0);

		if (r != 0)
			return r;
		if (emulator->now_ns >= until_ns)
			return 0;
		if (next == UINT64_MAX && until_ns == UINT64_MAX) {
			if (!n)
				return -EDEADLK; /* nothing to wait for */
			continue;
		}
		emulator_advance(emulator, next < until_ns ? next : until_ns);
		emulator_settle(emulator);
	}
}

static uint64_t real_now_ns(struct clock *clock)
{
	(void)clock;
	return clock_now_ns(clock_monotonic());
}

static int real_wait(struct clock *clock, struct pollfd *fds, unsigned n, uint64_t until_ns)
{
	(void)clock;
	return clock_monotonic()->ops->wait(clock_monotonic(), fds, n, until_ns);
}

static const struct clock_ops virtual_clock_ops = {.now_ns = virtual_now_ns, .wait = virtual_wait};
static const struct clock_ops real_clock_ops = {.now_ns = real_now_ns, .wait = real_wait};

/* --- life --- */

static int emulator_pins(struct emulator *emulator, const struct emulator_config *config)
{
	for (unsigned i = 0; i < emulator->sensors; i++) {
		int r = line_init(&emulator->ints[i], emulator, &emulator->chips[i], LINE_INT, !config->without_int);

		if (r == 0)
			r = line_init(&emulator->lpns[i], emulator, &emulator->chips[i], LINE_LPN,
				      !config->without_lpn);
		if (r < 0)
			return r;
	}
	return 0;
}

int emulator_new(const struct emulator_config *config, struct emulator **ret_emulator, char *ret_reason)
{
	unsigned sensors = config->sensors ? config->sensors : 1;
	struct emulator *emulator = NULL;
	int r = -EINVAL;

	if (sensors > EMULATOR_SENSORS_MAX || (config->trailer && config->trailer != 24 && config->trailer != 32)) {
		if (ret_reason)
			snprintf(ret_reason, FAULTS_REASON,
				 "emulator: %u sensors, trailer %u; allowed: 1 to %d, 24 or 32", sensors,
				 config->trailer, EMULATOR_SENSORS_MAX);
		goto fail;
	}
	emulator = calloc(1, sizeof(*emulator) + sensors * sizeof(emulator->chips[0]));
	r = -ENOMEM;
	if (!emulator)
		goto fail;
	emulator->adapter.ops = &bus_adapter_ops;
	emulator->clock.ops = config->virtual_time ? &virtual_clock_ops : &real_clock_ops;
	emulator->virtual_time = config->virtual_time;
	emulator->scl_hz = config->scl_hz;
	emulator->sensors = sensors;
	emulator->now_ns = config->virtual_time ? VIRTUAL_EPOCH_NS : clock_now_ns(clock_monotonic());
	emulator->world.origin_ns = emulator->now_ns;
	emulator->world.trailer = config->trailer ? config->trailer : 24;
	for (unsigned i = 0; i < EMULATOR_SENSORS_MAX; i++)
		emulator->ints[i].fd = -1;
	r = faults_init(&emulator->world.faults, config->faults, config->seed, ret_reason);
	if (r < 0)
		goto fail;
	for (unsigned i = 0; i < sensors; i++)
		chip_init(&emulator->chips[i], &emulator->world, i);
	emulator_power_cycle(emulator);
	r = emulator_pins(emulator, config);
	if (r < 0)
		goto fail;
	emulator->world.scene = config->scene;
	*ret_emulator = emulator;
	return 0;
fail:
	emulator_free(emulator);
	scene_free(config->scene);
	return r;
}

struct emulator *emulator_free(struct emulator *emulator)
{
	if (!emulator)
		return NULL;
	for (unsigned i = 0; i < EMULATOR_SENSORS_MAX; i++)
		if (emulator->ints[i].fd >= 0)
			close(emulator->ints[i].fd);
	faults_clear(&emulator->world.faults);
	scene_free(emulator->world.scene);
	free(emulator);
	return NULL;
}

struct i2c_adapter *emulator_adapter(struct emulator *emulator)
{
	return &emulator->adapter;
}

struct clock *emulator_clock(struct emulator *emulator)
{
	return &emulator->clock;
}

struct gpio_line *emulator_int(struct emulator *emulator, unsigned sensor)
{
	return sensor < emulator->sensors && emulator->ints[sensor].there ? &emulator->ints[sensor].line : NULL;
}

struct gpio_line *emulator_lpn(struct emulator *emulator, unsigned sensor)
{
	return sensor < emulator->sensors && emulator->lpns[sensor].there ? &emulator->lpns[sensor].line : NULL;
}

void emulator_sleep_us(struct emulator *emulator, uint64_t us)
{
	clock_sleep_us(&emulator->clock, us);
	emulator_catch_up(emulator);
	emulator_settle(emulator);
}

void emulator_counts(const struct emulator *emulator, struct emulator_counts *ret_counts)
{
	*ret_counts = emulator->world.counts;
}

bool emulator_ended(const struct emulator *emulator)
{
	return emulator->world.ended;
}

void emulator_power_cycle(struct emulator *emulator)
{
	emulator_catch_up(emulator);
	for (unsigned i = 0; i < emulator->sensors; i++)
		chip_power_on(&emulator->chips[i], emulator->now_ns);
	emulator_settle(emulator);
}
