/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor.c - tells the operator what changed below (see supervisor.h). */
#include "daemon/supervisor.h"

#include <errno.h>
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

static void look_at_link(struct supervisor *supervisor, const struct link_health *link)
{
	uint64_t dropped = link->events_dropped;

	if (link->connected && !supervisor->connected)
		log_event(LOG_BROKER_BACK, "mqtt", NULL, "connected to %s, MQTT %s", link->broker,
			  link->protocol == 5 ? "5" : "3.1.1");
	else if (!link->connected && supervisor->connected)
		log_event(LOG_BROKER_LOST, "mqtt", NULL, "lost %s: %s", link->broker, link->reason);
	supervisor->connected = link->connected;
	if (dropped > supervisor->dropped)
		log_event(LOG_QUEUE_OVERFLOW, "mqtt", NULL,
			  "%llu events were dropped while the broker did not take them",
			  (unsigned long long)(dropped - supervisor->dropped));
	supervisor->dropped = dropped;
}

bool supervisor_look(struct supervisor *supervisor, const struct source_health *source, const struct link_health *link)
{
	bool changed = source->state != supervisor->state || source->error != supervisor->error;

	if (changed)
		look_at_source(supervisor, source);
	if (source->warnings > supervisor->warnings)
		log_warning("sensor", "%s", source->warning);
	supervisor->state = source->state;
	supervisor->error = source->error;
	supervisor->warnings = source->warnings;
	if (link->enabled)
		look_at_link(supervisor, link);
	return changed;
}
