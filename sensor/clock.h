/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - time and waiting behind one small interface, so that the driver runs the same on the machine's
 * clock and on the emulator's virtual one (where an hour of faults takes a second).
 */
#ifndef SENSOR_CLOCK_H
#define SENSOR_CLOCK_H

#include <poll.h>
#include <stdint.h>

struct clock;

struct clock_ops {
	/* Nanoseconds, monotonic. */
	uint64_t (*now_ns)(struct clock *clock);
	/*
	 * Waits until one of the n descriptors is readable or the clock reaches until_ns.
	 * Returns the number of descriptors with revents set, 0 when the time is up, or a negative errno.
	 * n may be 0: a plain sleep. A virtual clock moves on at once when no descriptor is readable.
	 */
	int (*wait)(struct clock *clock, struct pollfd *fds, unsigned n, uint64_t until_ns);
};

struct clock {
	const struct clock_ops *ops;
};

/* CLOCK_MONOTONIC and ppoll(). Never fails, never needs freeing. */
struct clock *clock_monotonic(void);

static inline uint64_t clock_now_ns(struct clock *clock)
{
	return clock->ops->now_ns(clock);
}

/* Sleeps for so many microseconds. */
static inline void clock_sleep_us(struct clock *clock, uint64_t us)
{
	(void)clock->ops->wait(clock, 0, 0, clock_now_ns(clock) + us * 1000u);
}

#endif
