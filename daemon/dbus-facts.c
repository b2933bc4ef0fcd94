/* SPDX-License-Identifier: Apache-2.0 */
/* dbus-facts.c - see dbus-facts.h. */
#include "daemon/dbus-facts.h"

#include <math.h>
#include <string.h>

#include "daemon/payload.h"

void dbus_facts_text(char *ret_text, size_t size, const char *text)
{
	size_t i;

	for (i = 0; i + 1 < size && text[i] != '\0'; i++)
		ret_text[i] = (char)(text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?');
	memset(ret_text + i, 0, size - i); /* so that memory can be compared */
}

static void take_source(struct dbus_facts *facts, const struct source_health *source)
{
	facts->source = *source;
	dbus_facts_text(facts->sensor_state, sizeof(facts->sensor_state), source_state_text(source->state));
	dbus_facts_text(facts->sensor_reason, sizeof(facts->sensor_reason), source->reason);
	dbus_facts_text(facts->sensor_device, sizeof(facts->sensor_device), source->device);
	dbus_facts_text(facts->sensor_warning, sizeof(facts->sensor_warning), source->warning);
	facts->temperature_c = source->temperature_c;
	facts->bus_time_us = source->i2c.bus_ns / 1000;
}

static void take_model(struct dbus_facts *facts, const struct nn_description *model)
{
	dbus_facts_text(facts->model, sizeof(facts->model), model->model);
	dbus_facts_text(facts->sha256, sizeof(facts->sha256), model->sha256);
	dbus_facts_text(facts->backend, sizeof(facts->backend), model->backend);
	memset(facts->label, 0, sizeof(facts->label));
	facts->classes = model->classes < NN_CLASSES_MAX ? model->classes : NN_CLASSES_MAX;
	for (unsigned i = 0; i < facts->classes; i++)
		dbus_facts_text(facts->label[i], NN_LABEL_MAX, model->labels[i]);
	facts->gate_min_mm = (double)model->preprocess.min_mm;
	facts->gate_max_mm = (double)model->preprocess.max_mm;
}

static void take_link(struct dbus_facts *facts, const struct link_health *link)
{
	facts->link = *link;
	facts->broker_enabled = link->enabled;
	facts->broker_connected = link->connected;
	dbus_facts_text(facts->broker, sizeof(facts->broker), link->broker);
	dbus_facts_text(facts->broker_reason, sizeof(facts->broker_reason), link->reason);
}

/* Nothing to say while this core does all. */
static void take_cores(struct dbus_facts *facts, const struct remote_status *cores)
{
	bool used = cores->mode != REMOTE_LOCAL;

	facts->cores = *cores;
	dbus_facts_text(facts->m4_state, sizeof(facts->m4_state), used ? cores->state_text : "");
	dbus_facts_text(facts->m4_reason, sizeof(facts->m4_reason), used && cores->reason ? cores->reason : "");
}

void dbus_facts_state(struct dbus_facts *facts, const struct dbus_state *state)
{
	const struct diagnostics *diagnostics = state->diagnostics;

	dbus_facts_text(facts->version, sizeof(facts->version), diagnostics->version);
	facts->uptime_s = diagnostics->uptime_ns / 1000000000u;
	facts->rss_kib = diagnostics->rss_kib;
	/* To a tenth, or every look at it would be news. */
	facts->rate_hz = round((double)diagnostics->rate_hz * 10) / 10;
	facts->latency_p50_us = diagnostics->latency_p50_us;
	facts->latency_p99_us = diagnostics->latency_p99_us;
	facts->frames = diagnostics->frames_classified;
	facts->frames_dropped = diagnostics->frames_dropped;
	facts->events = diagnostics->events;
	facts->reloads = diagnostics->reloads;
	facts->reloads_refused = diagnostics->reloads_refused;
	take_source(facts, &diagnostics->source);
	take_model(facts, diagnostics->model);
	dbus_facts_text(facts->origin, sizeof(facts->origin), diagnostics->model_origin);
	take_link(facts, &diagnostics->link);
	take_cores(facts, &diagnostics->cores);
	facts->threshold = round(state->threshold * 1e6) / 1e6; /* a float's 0.9 */
	facts->confirm_frames = state->confirm_frames;
	memset(facts->backends, 0, sizeof(facts->backends));
	for (unsigned i = 0; i + 1 < sizeof(facts->backends) / sizeof(facts->backends[0]) && state->backends[i]; i++)
		dbus_facts_text(facts->backends[i], sizeof(facts->backends[i]), state->backends[i]);
}

void dbus_facts_posture(struct dbus_facts *facts, const struct message *message)
{
	const struct decision *decision = message->decision;

	dbus_facts_text(facts->posture, sizeof(facts->posture), payload_label(message->model, decision->posture));
	facts->confidence = (double)decision->confidence;
	facts->distance_mm = (double)decision->distance_mm;
	facts->hand = decision->hand;
}
