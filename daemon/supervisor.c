/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor.c - tells the operator what changed below (see supervisor.h). */
#include "daemon/supervisor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "daemon/log.h"

void supervisor_init(struct supervisor *supervisor)
{
	*supervisor = (struct supervisor){.state = SOURCE_STARTING};
}

static void log_lost(const struct supervisor *supervisor, const struct source_health *source)
{
	char reason[sizeof(source->reason) + 8];
	const char *const fields[] = {reason, NULL};
	enum log_event event = LOG_SENSOR_LOST;

	snprintf(reason, sizeof(reason), "REASON=%s", source->reason);
	if (source->state == SOURCE_FAULT)
		event = LOG_LASER_FAULT;
	else if (source->state == SOURCE_WAITING && source->error == -ENOENT && !supervisor->started)
		event = LOG_FIRMWARE_MISSING;
	log_event(event, "sensor", fields, "%s: %s", source_state_text(source->state), source->reason);
}

static void look_at_source(struct supervisor *supervisor, const struct source_health *source)
{
	switch (source->state) {
	case SOURCE_RUNNING:
		if (supervisor->started)
			log_event(LOG_SENSOR_RECOVERED, "sensor", NULL, "frames again from %s", source->device);
		else
			log_event(LOG_READY, "sensor", NULL, "frames from %s", source->device);
		supervisor->started = true;
		supervisor->online = true;
		break;
	case SOURCE_RECOVERING:
		log_notice("sensor", "recovering: %s", source->reason);
		break;
	case SOURCE_WAITING:
	case SOURCE_FAULT:
		log_lost(supervisor, source);
		supervisor->online = false;
		break;
	case SOURCE_ENDED:
		log_info("sensor", "ended: %s", source->reason);
		supervisor->online = false;
		break;
	default:
		supervisor->online = false;
	}
}

bool supervisor_look(struct supervisor *supervisor, const struct source_health *source)
{
	bool changed = source->state != supervisor->state || source->error != supervisor->error;
	bool first = !supervisor->looked;

	if (changed)
		look_at_source(supervisor, source);
	if (source->warnings > supervisor->warnings)
		log_warning("sensor", "%s", source->warning);
	supervisor->looked = true;
	supervisor->state = source->state;
	supervisor->error = source->error;
	supervisor->warnings = source->warnings;
	return changed || first;
}

void supervisor_note_link(struct supervisor *supervisor, const struct link_health *link, int level, const char *text)
{
	if (link->connected != supervisor->connected)
		log_event(link->connected ? LOG_BROKER_BACK : LOG_BROKER_LOST, "mqtt", NULL, "%s", text);
	else
		log_print((enum log_level)level, "mqtt", "%s", text);
	supervisor->connected = link->connected;
}

void supervisor_note_losses(struct supervisor *supervisor, uint64_t events_dropped, uint64_t lines_dropped,
			    uint64_t frames_refused)
{
	if (events_dropped > supervisor->events_dropped)
		log_event(LOG_QUEUE_OVERFLOW, "mqtt", NULL,
			  "%" PRIu64 " events were dropped, the broker does not take them",
			  events_dropped - supervisor->events_dropped);
	if (lines_dropped > supervisor->lines_dropped)
		log_warning("stdout", "%" PRIu64 " lines were dropped, the reader is too slow",
			    lines_dropped - supervisor->lines_dropped);
	if (frames_refused > 0 && supervisor->frames_refused == 0)
		log_error("classifier", "the model can't take these frames: it needs resolution = 8x8");
	supervisor->events_dropped = events_dropped;
	supervisor->lines_dropped = lines_dropped;
	supervisor->frames_refused = frames_refused;
}
