/* SPDX-License-Identifier: Apache-2.0 */
/* moment.h - now, for time-outs. */
#ifndef DAEMON_POSTURECTL_MOMENT_H
#define DAEMON_POSTURECTL_MOMENT_H

#include <time.h>

/* CLOCK_MONOTONIC in milliseconds. */
static inline long long moment_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

#endif
