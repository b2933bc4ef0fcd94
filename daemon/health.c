/* SPDX-License-Identifier: Apache-2.0 */
/* health.c - counters, watchdog, status line (see health.h). */
#include "daemon/health.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define NS_PER_S 1000000000ull

/* --- latency -------------------------------------------------------------------------------------------------- */

/* 0..7 have a bucket each; then eight for every power of two. */
static unsigned bucket_of(uint64_t us)
{
	unsigned exponent;

	if (us > UINT32_MAX)
		us = UINT32_MAX;
	if (us < 8)
		return (unsigned)us;
	exponent = 63u - (unsigned)__builtin_clzll(us);
	return (exponent - 2) * 8 + (unsigned)(us >> (exponent - 3) & 7);
}

static uint32_t bucket_end(unsigned bucket)
{
	unsigned exponent = bucket / 8 + 2;

	if (bucket < 8)
		return bucket;
	return (uint32_t)(((uint64_t)(bucket % 8 + 9) << (exponent - 3)) - 1);
}

void latency_add(struct latency *latency, uint64_t us)
{
	latency->count[bucket_of(us)]++;
	if (++latency->total < HEALTH_MEMORY)
		return;
	latency->total = 0;
	for (unsigned i = 0; i < HEALTH_BUCKETS; i++) {
		latency->count[i] /= 2;
		latency->total += latency->count[i];
	}
}

uint32_t latency_percentile(const struct latency *latency, double share)
{
	uint32_t wanted = (uint32_t)(share * latency->total), sum = 0;

	if (latency->total == 0)
		return 0;
	if (wanted >= latency->total)
		wanted = latency->total - 1;
	for (unsigned i = 0; i < HEALTH_BUCKETS; i++) {
		sum += latency->count[i];
		if (sum > wanted)
			return bucket_end(i);
	}
	return bucket_end(HEALTH_BUCKETS - 1);
}

/* --- progress ------------------------------------------------------------------------------------------------- */

void health_init(struct health *health, uint64_t now_ns)
{
	*health = (struct health){.start_ns = now_ns};
	health->mark[0].t_ns = health->mark[1].t_ns = now_ns;
}

void health_frame(struct health *health, uint64_t ready_ns, uint64_t now_ns)
{
	health->frames_classified++;
	if (ready_ns != 0 && now_ns >= ready_ns)
		latency_add(&health->latency, (now_ns - ready_ns) / 1000);
}

void health_tick(struct health *health, uint64_t now_ns)
{
	if (now_ns - health->mark[1].t_ns < 2 * NS_PER_S)
		return;
	health->mark[0] = health->mark[1];
	health->mark[1].t_ns = now_ns;
	health->mark[1].frames = health->frames_classified;
}

float health_rate_hz(const struct health *health, uint64_t now_ns)
{
	uint64_t frames = health->frames_classified - health->mark[0].frames;
	uint64_t span_ns = now_ns - health->mark[0].t_ns;

	return span_ns > 0 ? (float)((double)frames * (double)NS_PER_S / (double)span_ns) : 0.0f;
}

bool health_progress(struct health *health, const struct source_health *source, uint64_t now_ns)
{
	bool in_time = source->deadline_ns == 0 || now_ns < source->deadline_ns;

	if (health->frames_classified != health->fed_frames) {
		health->fed_frames = health->frames_classified;
		return true;
	}
	switch (source->state) {
	case SOURCE_STARTING:
	case SOURCE_RECOVERING:
	case SOURCE_WAITING:
		return in_time;
	case SOURCE_ENDED:
	case SOURCE_FAULT: /* a restart would hide it and mend nothing */
		return true;
	default:
		return false;
	}
}

/* --- telling -------------------------------------------------------------------------------------------------- */

static uint32_t rss_kib(void)
{
	FILE *stream = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	if (!stream)
		return 0;
	if (fscanf(stream, "%*u %lu", &pages) != 1)
		pages = 0;
	fclose(stream);
	return (uint32_t)(pages * (unsigned long)sysconf(_SC_PAGESIZE) / 1024);
}

void health_diagnostics(const struct health *health, const struct source_health *source, uint64_t now_ns,
			struct diagnostics *ret_diagnostics)
{
	*ret_diagnostics = (struct diagnostics){
		.uptime_ns = now_ns - health->start_ns,
		.source = *source,
		.frames_classified = health->frames_classified,
		.frames_dropped = health->frames_dropped,
		.events = health->events,
		.rate_hz = health_rate_hz(health, now_ns),
		.latency_p50_us = latency_percentile(&health->latency, 0.50),
		.latency_p99_us = latency_percentile(&health->latency, 0.99),
		.rss_kib = rss_kib(),
		.reloads = health->reloads,
		.reloads_refused = health->reloads_refused,
	};
}

void health_describe(const struct diagnostics *diagnostics, const char *posture, char ret_text[HEALTH_STATUS])
{
	const struct source_health *source = &diagnostics->source;
	const struct link_health *link = &diagnostics->link;
	int n;

	if (source->state == SOURCE_RUNNING)
		n = snprintf(ret_text, HEALTH_STATUS, "%s, %.1f frames/s", posture, (double)diagnostics->rate_hz);
	else
		n = snprintf(ret_text, HEALTH_STATUS, "Sensor %s%s%s", source_state_text(source->state),
			     source->reason[0] ? ": " : "", source->reason);
	if (link->enabled && n >= 0 && n < HEALTH_STATUS)
		snprintf(ret_text + n, (size_t)(HEALTH_STATUS - n), ", broker %s%s%s",
			 link->connected ? "connected" : "not connected", link->reason[0] ? ": " : "", link->reason);
}

static void notify_with_status(struct health *health, const char *prefix, const char *status)
{
	snprintf(health->status, sizeof(health->status), "%s", status);
	(void)sd_notifyf(0, "%sSTATUS=%s", prefix, health->status);
}

void health_notify_ready(struct health *health, const char *status)
{
	notify_with_status(health, "READY=1\n", status);
}

void health_notify_status(struct health *health, const char *status)
{
	if (strcmp(health->status, status) != 0)
		notify_with_status(health, "", status);
}

void health_notify_reloading(uint64_t now_ns)
{
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now_ns / 1000);
}

void health_notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1\nSTATUS=Stopping");
}

void health_notify_watchdog(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}
