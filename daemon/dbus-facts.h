/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbus-facts.h - what the service says of itself as D-Bus properties: a copy, so that it can be compared with what was
 * told before. Texts are UTF-8 without surprises: whatever is not printable ASCII has become '?'.
 */
#ifndef DAEMON_DBUS_FACTS_H
#define DAEMON_DBUS_FACTS_H

#include <stdint.h>

#include "daemon/publish-dbus.h"

/* Only types that D-Bus knows: int is its boolean. */
struct dbus_facts {
	char version[64];
	int online;
	uint64_t uptime_s;
	uint32_t rss_kib;

	char posture[NN_LABEL_MAX];
	double confidence, distance_mm;
	int hand;
	double rate_hz;
	uint32_t latency_p50_us, latency_p99_us;
	uint64_t frames, frames_dropped, events;

	char sensor_state[16], sensor_reason[192], sensor_device[96], sensor_warning[128];
	int32_t temperature_c;
	uint64_t bus_time_us;
	struct source_health source; /* for the counters by reason */

	char model[NN_LABEL_MAX * 2], sha256[65], origin[320], backend[16];
	unsigned classes;
	char label[NN_CLASSES_MAX][NN_LABEL_MAX];
	double gate_min_mm, gate_max_mm;

	int broker_enabled, broker_connected;
	char broker[300], broker_reason[192];
	struct link_health link;

	char m4_state[16], m4_reason[192];
	struct remote_status cores; /* for the counters */

	uint64_t reloads, reloads_refused;
	double threshold;
	uint32_t confirm_frames;
	char backends[8][16]; /* "" at the end */

	uint32_t clients;
	uint64_t stream_sent, stream_dropped;
};

void dbus_facts_state(struct dbus_facts *facts, const struct dbus_state *state);
void dbus_facts_posture(struct dbus_facts *facts, const struct message *message);

#endif
