/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health.h - counters of the hall, the watchdog that only progress feeds, and the STATUS= line.
 *
 * The watchdog is fed when a frame was classified since the last feed, or when the source is in a state that declares
 * itself (starting, waiting, recovering) and its deadline has not passed. Never by a timer alone.
 */
#ifndef DAEMON_HEALTH_H
#define DAEMON_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/classifier.h"
#include "sensor/source.h"

/* What the link to the broker knows of itself (publish-mqtt.c fills it). */
struct link_health {
	bool enabled, connected;
	unsigned protocol; /* 5 or 4 (3.1.1), 0 = not connected yet */
	char broker[300];  /* "mqtts://host:8883" */
	char reason[128];  /* why not connected, "" when connected */
	uint64_t connects, connection_losses, connect_failures;
	uint64_t published, acknowledged;
	uint64_t states_coalesced, events_dropped, frames_dropped, send_failures;
	uint64_t commands, commands_refused; /* set/<key> */
};

struct diagnostics {
	uint64_t uptime_ns;
	struct source_health source;
	struct link_health link;
	const struct nn_description *model;
	uint64_t frames_classified, frames_dropped; /* dropped: the classifier was busy */
	uint64_t events;
	float rate_hz;				 /* of classified frames, over the last seconds */
	uint32_t latency_p50_us, latency_p99_us; /* frame ready -> handed to the publishers */
	uint32_t rss_kib;
	uint64_t reloads, reloads_refused;
	char version[64];
};

#endif
