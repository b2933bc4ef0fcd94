/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - the machine's own clock (see clock.h). */
#include "sensor/clock.h"

#include <errno.h>
#include <time.h>

#define NS_PER_S 1000000000ull

static uint64_t monotonic_now_ns(struct clock *clock)
{
	struct timespec ts;

	(void)clock;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static int monotonic_wait(struct clock *clock, struct pollfd *fds, unsigned n, uint64_t until_ns)
{
	for (;;) {
		uint64_t now = monotonic_now_ns(clock);
		uint64_t left = until_ns > now ? until_ns - now : 0;
		struct timespec ts = {
			.tv_sec = (time_t)(left / NS_PER_S),
			.tv_nsec = (long)(left % NS_PER_S),
		};
		int r = ppoll(fds, n, &ts, NULL);

		if (r >= 0)
			return r;
		if (errno != EINTR)
			return -errno;
	}
}

struct clock *clock_monotonic(void)
{
	static const struct clock_ops ops = {.now_ns = monotonic_now_ns, .wait = monotonic_wait};
	static struct clock clock = {.ops = &ops};

	return &clock;
}
