/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor.h - watches what the lower rooms say of themselves and tells the operator what changed: sensor lost and
 * back, firmware missing, laser fault, broker lost and back, messages dropped.
 */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/health.h"

struct supervisor {
	bool started; /* the sensor has run once */
	bool online;  /* frames come, or will within its recovery */
	enum source_state state;
	int error;
	uint64_t warnings;
	bool connected;
	uint64_t dropped;
};

void supervisor_init(struct supervisor *supervisor);

/* Logs what is new. Returns true when online or the state changed: time to publish availability and diagnostics. */
bool supervisor_look(struct supervisor *supervisor, const struct source_health *source, const struct link_health *link);

#endif
