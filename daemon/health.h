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

#include "mcu-offload/remote.h"
#include "nn/classifier.h"
#include "sensor/source.h"

/* What the link to the broker knows of itself (publish-mqtt.c fills it). */
struct link_health {
	bool enabled, connected;
	unsigned protocol; /* 5 or 4 (3.1.1), 0 = not connected yet */
	char broker[300];  /* "mqtts://host:8883" */
	char reason[192];  /* why not connected, or what the broker refuses; "" when all is well */
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
	struct remote_status cores;
	const char *model_origin;		    /* "built-in", "taught 3", a path */
	uint64_t frames_classified, frames_dropped; /* dropped: the classifier was busy */
	uint64_t events;
	float rate_hz;				 /* of classified frames, over the last seconds */
	uint32_t latency_p50_us, latency_p99_us; /* frame ready -> handed to the publishers */
	uint32_t rss_kib;
	uint64_t reloads, reloads_refused;
	char version[64];
};

enum {
	HEALTH_STATUS = 512,   /* bytes of a STATUS= text */
	HEALTH_BUCKETS = 240,  /* 8 a power of two: a percentile is right within 12 % */
	HEALTH_MEMORY = 65536, /* frames after which older latencies count half */
};

/* A histogram of microseconds, 0 .. 2^32, in which old values fade. */
struct latency {
	uint32_t count[HEALTH_BUCKETS];
	uint32_t total;
};

void latency_add(struct latency *latency, uint64_t us);
/* Upper end of the bucket that holds the share-th (0..1) of all values, 0 when there are none. */
uint32_t latency_percentile(const struct latency *latency, double share);

struct health {
	uint64_t start_ns;
	uint64_t frames_classified, frames_dropped, events, reloads, reloads_refused;
	struct latency latency;
	struct {
		uint64_t t_ns, frames;
	} mark[2];		    /* a moment at least two seconds ago, and a newer one: the rate */
	uint64_t fed_frames;	    /* frames_classified when the watchdog was last fed */
	char status[HEALTH_STATUS]; /* as last sent */
};

void health_init(struct health *health, uint64_t now_ns);

/* One result was handed to the publishers. ready_ns: when its frame was; 0 = not of this clock, no latency. */
void health_frame(struct health *health, uint64_t ready_ns, uint64_t now_ns);

/* Call it about once a second. */
void health_tick(struct health *health, uint64_t now_ns);

/* Classified frames a second over the last two to four seconds. */
float health_rate_hz(const struct health *health, uint64_t now_ns);

/* True when there was progress since the last call that said so, or a declared wait that is not overdue. */
bool health_progress(struct health *health, const struct source_health *source, uint64_t now_ns);

/* Fills all but version, model, cores and link. */
void health_diagnostics(const struct health *health, const struct source_health *source, uint64_t now_ns,
			struct diagnostics *ret_diagnostics);

/* "Like, 15.0 frames/s, broker connected", or what is wrong. */
void health_describe(const struct diagnostics *diagnostics, const char *posture, char ret_text[HEALTH_STATUS]);

/* To the service manager; nothing happens without one. STATUS= is sent when it changed. */
void health_notify_ready(struct health *health, const char *status);
void health_notify_status(struct health *health, const char *status);
void health_notify_reloading(uint64_t now_ns);
void health_notify_stopping(void);
void health_notify_watchdog(void);

#endif
