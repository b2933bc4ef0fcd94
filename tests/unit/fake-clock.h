/* SPDX-License-Identifier: Apache-2.0 */
/* fake-clock.h - a clock for unit tests that moves only when somebody waits. */
#ifndef TESTS_UNIT_FAKE_CLOCK_H
#define TESTS_UNIT_FAKE_CLOCK_H

#include "sensor/clock.h"

struct fake_clock {
	struct clock base;
	uint64_t now_ns;
};

static uint64_t fake_clock_now_ns(struct clock *clock)
{
	return ((struct fake_clock *)clock)->now_ns;
}

static int fake_clock_wait(struct clock *clock, struct pollfd *fds, unsigned n, uint64_t until_ns)
{
	struct fake_clock *fake = (struct fake_clock *)clock;

	(void)fds;
	(void)n;
	if (until_ns > fake->now_ns)
		fake->now_ns = until_ns;
	return 0;
}

static inline void fake_clock_init(struct fake_clock *fake)
{
	static const struct clock_ops ops = {.now_ns = fake_clock_now_ns, .wait = fake_clock_wait};

	fake->base.ops = &ops;
	fake->now_ns = 0;
}

#endif
