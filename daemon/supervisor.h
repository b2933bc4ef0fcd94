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
	bool looked;  /* before, at all */
	bool started; /* the sensor has run once */
	bool online;  /* frames come, or will within its recovery */
	enum source_state state;
	int error;
	uint64_t warnings;
	bool connected; /* to the broker, as last told */
	uint64_t events_dropped, lines_dropped, frames_refused;
};

void supervisor_init(struct supervisor *supervisor);

/* Logs what is new. Returns true at first and when the sensor's state changed: time to publish availability. */
bool supervisor_look(struct supervisor *supervisor, const struct source_health *source);

/* A publisher's word on its link: text is logged as an event when the connection came or went. */
void supervisor_note_link(struct supervisor *supervisor, const struct link_health *link, int level, const char *text);

/* What was lost between the rooms, as sums since the start. */
void supervisor_note_losses(struct supervisor *supervisor, uint64_t events_dropped, uint64_t lines_dropped,
			    uint64_t frames_refused);

#endif
