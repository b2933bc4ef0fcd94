/* SPDX-License-Identifier: Apache-2.0 */
/* payload.c - messages as JSON texts (see payload.h). */
#include "daemon/payload.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "daemon/health.h"
#include "sensor/recording.h"

#define US_PER_S 1000000ull
#define NS_PER_S 1000000000ull

const char *payload_label(const struct nn_description *model, int posture)
{
	return posture >= 0 && (unsigned)posture < model->classes ? model->labels[posture] : "None";
}

void payload_time(uint64_t wall_us, char ret_text[PAYLOAD_TIME])
{
	time_t seconds = (time_t)(wall_us / US_PER_S);
	struct tm tm;
	size_t n;

	/* What time_t can't hold (32 bits on some boards), and years beyond four digits: a broken recording's clock. */
	if ((uint64_t)seconds != wall_us / US_PER_S || !gmtime_r(&seconds, &tm) || tm.tm_year > 9999 - 1900) {
		ret_text[0] = '\0';
		return;
	}
	n = strftime(ret_text, PAYLOAD_TIME, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(ret_text + n, PAYLOAD_TIME - n, ".%03uZ", (unsigned)(wall_us % US_PER_S / 1000));
}

static double rounded(float value, double scale)
{
	return isfinite(value) ? round((double)value * scale) / scale : 0.0;
}

static void add_time(cJSON *object, uint64_t wall_us)
{
	char text[PAYLOAD_TIME] = "";

	if (wall_us != 0)
		payload_time(wall_us, text);
	if (text[0] != '\0')
		cJSON_AddStringToObject(object, "ts", text);
	else
		cJSON_AddNullToObject(object, "ts");
}

static void add_count(cJSON *object, const char *name, uint64_t value)
{
	cJSON_AddNumberToObject(object, name, (double)value);
}

/* Prints and frees object. cJSON's adders do nothing on NULL, so one check here covers them all but theirs. */
static char *finish(cJSON *object)
{
	char *text = object ? cJSON_PrintUnformatted(object) : NULL;

	cJSON_Delete(object);
	return text;
}

static cJSON *begin_state(const struct message *message)
{
	const struct decision *decision = message->decision;
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "posture", payload_label(message->model, decision->posture));
	cJSON_AddNumberToObject(object, "confidence", rounded(decision->confidence, 1e4));
	cJSON_AddNumberToObject(object, "distance_mm", rounded(decision->distance_mm, 1));
	cJSON_AddBoolToObject(object, "hand", decision->hand);
	add_count(object, "seq", decision->seq);
	add_time(object, message->wall_us);
	return object;
}

char *payload_posture(const struct message *message)
{
	return finish(begin_state(message));
}

char *payload_event(const struct message *message)
{
	cJSON *object = begin_state(message);

	cJSON_AddStringToObject(object, "event_type", payload_label(message->model, message->decision->posture));
	cJSON_AddStringToObject(object, "previous", payload_label(message->model, message->decision->previous));
	return finish(object);
}

/* --- frame --------------------------------------------------------------------------------------------------- */

static void add_zones(cJSON *object, const struct frame *frame)
{
	cJSON *distances, *signals;
	unsigned zones = (unsigned)frame->rows * frame->cols;

	add_count(object, "cols", frame->cols);
	distances = cJSON_AddArrayToObject(object, "zones_mm");
	signals = cJSON_AddArrayToObject(object, "zones_kcps");
	for (unsigned i = 0; i < zones && i < FRAME_ZONES_MAX; i++) {
		bool seen = frame->count[i] > 0 &&
			    (frame->status[i] == FRAME_STATUS_VALID || frame->status[i] == FRAME_STATUS_VALID_WIDE);

		cJSON_AddItemToArray(distances,
				     seen ? cJSON_CreateNumber(frame->distance_q2[i] / 4.0) : cJSON_CreateNull());
		cJSON_AddItemToArray(signals, seen ? cJSON_CreateNumber(round(frame->signal_q11[i] / 2048.0))
						   : cJSON_CreateNull());
	}
}

char *payload_frame(const struct message *message, bool zones)
{
	const struct nn_result *result = message->result;
	const struct frame *frame = message->frame;
	cJSON *object = begin_state(message), *probabilities;

	/* The network's own word of this frame, before anything is decided; null without a hand. */
	if (result->hand.present)
		cJSON_AddStringToObject(object, "class", payload_label(message->model, result->best));
	else
		cJSON_AddNullToObject(object, "class");
	probabilities = cJSON_AddObjectToObject(object, "probabilities");
	for (unsigned i = 0; i < result->classes && i < message->model->classes; i++)
		cJSON_AddNumberToObject(probabilities, message->model->labels[i], rounded(result->probability[i], 1e4));
	if ((frame->fields & FRAME_HAS_LABEL) && recording_label_name(frame->label))
		cJSON_AddStringToObject(object, "label", recording_label_name(frame->label));
	if (zones)
		add_zones(object, frame);
	return finish(object);
}

/* --- diagnostics ---------------------------------------------------------------------------------------------- */

static void add_source(cJSON *object, const struct source_health *source)
{
	cJSON *sensor = cJSON_AddObjectToObject(object, "sensor"), *group;

	cJSON_AddStringToObject(sensor, "state", source_state_text(source->state));
	cJSON_AddStringToObject(sensor, "reason", source->reason);
	cJSON_AddStringToObject(sensor, "device", source->device);
	add_count(sensor, "rate_hz", source->rate_hz);
	cJSON_AddNumberToObject(sensor, "temperature_c", source->temperature_c);
	add_count(sensor, "frames", source->frames);
	add_count(sensor, "lost", source->lost);
	group = cJSON_AddObjectToObject(sensor, "rejects");
	for (int i = 0; i < SOURCE_REJECTS_COUNT; i++)
		add_count(group, source_reject_text((enum source_reject)i), source->rejects[i]);
	group = cJSON_AddObjectToObject(sensor, "recoveries");
	for (int i = 0; i < SOURCE_RUNGS_COUNT; i++)
		add_count(group, source_rung_text((enum source_rung)i), source->recoveries[i]);
	add_count(sensor, "reboots_failed", source->reboots_failed);
	add_count(sensor, "spurious_edges", source->spurious_edges);
	add_count(sensor, "missed_edges", source->missed_edges);
	add_count(sensor, "warnings", source->warnings);
	cJSON_AddStringToObject(sensor, "warning", source->warning);
}

static void add_i2c(cJSON *object, const struct i2c_counters *i2c)
{
	cJSON *bus = cJSON_AddObjectToObject(object, "i2c");

	add_count(bus, "transfers", i2c->transfers);
	add_count(bus, "bytes_out", i2c->bytes_out);
	add_count(bus, "bytes_in", i2c->bytes_in);
	add_count(bus, "bus_ms", i2c->bus_ns / 1000000);
	add_count(bus, "nacks", i2c->nacks);
	add_count(bus, "timeouts", i2c->timeouts);
	add_count(bus, "arbitration", i2c->arbitration);
	add_count(bus, "short_counts", i2c->short_counts);
	add_count(bus, "other_errors", i2c->other_errors);
	add_count(bus, "retries", i2c->retries);
	add_count(bus, "failures", i2c->failures);
}

static void add_link(cJSON *object, const struct link_health *link)
{
	cJSON *mqtt = cJSON_AddObjectToObject(object, "mqtt");

	cJSON_AddBoolToObject(mqtt, "connected", link->connected);
	cJSON_AddStringToObject(mqtt, "broker", link->broker);
	cJSON_AddStringToObject(mqtt, "reason", link->reason);
	add_count(mqtt, "connects", link->connects);
	add_count(mqtt, "connection_losses", link->connection_losses);
	add_count(mqtt, "connect_failures", link->connect_failures);
	add_count(mqtt, "published", link->published);
	add_count(mqtt, "acknowledged", link->acknowledged);
	add_count(mqtt, "states_coalesced", link->states_coalesced);
	add_count(mqtt, "events_dropped", link->events_dropped);
	add_count(mqtt, "frames_dropped", link->frames_dropped);
	add_count(mqtt, "send_failures", link->send_failures);
	add_count(mqtt, "commands", link->commands);
	add_count(mqtt, "commands_refused", link->commands_refused);
}

/* What the other core says of itself, since its boot. */
static void add_stats(cJSON *object, const struct protocol_stats *stats)
{
	cJSON *own = cJSON_AddObjectToObject(object, "own");

	add_count(own, "uptime_s", stats->uptime_ms / 1000);
	add_count(own, "inferences", stats->inferences);
	add_count(own, "busy", stats->busy);
	add_count(own, "late", stats->late);
	add_count(own, "refused", stats->refused);
	add_count(own, "bad_messages", stats->bad_messages);
	add_count(own, "duplicates", stats->duplicates);
	add_count(own, "replies_lost", stats->no_buffer);
	add_count(own, "run_us_min", stats->run_us_min);
	add_count(own, "run_us_average", stats->run_us_average);
	add_count(own, "run_us_max", stats->run_us_max);
	add_count(own, "stack_free_least_bytes", stats->stack_free_least_bytes);
	add_count(own, "watchdog_margin_least_us", stats->watchdog_margin_least_us);
	add_count(own, "uploads", stats->uploads);
}

/* The other core, when the backend has one. */
static void add_coprocessor(cJSON *object, const struct remote_status *cores)
{
	cJSON *m4 = cJSON_AddObjectToObject(object, "coprocessor");

	cJSON_AddStringToObject(m4, "state", cores->state_text);
	cJSON_AddStringToObject(m4, "reason", cores->reason ? cores->reason : "");
	cJSON_AddStringToObject(m4, "firmware", cores->firmware);
	cJSON_AddStringToObject(m4, "results_of", cores->core == POLICY_REMOTE ? "m4" : "local");
	add_count(m4, "results_m4", cores->remote);
	add_count(m4, "results_local", cores->local);
	add_count(m4, "fallbacks", cores->fallbacks);
	add_count(m4, "compared", cores->compared);
	add_count(m4, "mismatches", cores->mismatches);
	add_count(m4, "deadline_misses", cores->link.misses);
	add_count(m4, "bad_messages", cores->bad + cores->link.bad + cores->link.stale + cores->link.late);
	add_count(m4, "sessions", cores->link.sessions);
	add_count(m4, "reboots", cores->link.reboots);
	add_count(m4, "uploads", cores->link.uploads);
	cJSON_AddStringToObject(m4, "selftest", cores->selftest ? cores->selftest : "");
	add_count(m4, "selftest_us", cores->selftest_us);
	add_count(m4, "changes", cores->changes);
	cJSON_AddNumberToObject(m4, "cost_local_us", rounded((float)cores->local_us, 10));
	cJSON_AddNumberToObject(m4, "cost_m4_us", rounded((float)cores->remote_us, 10));
	if (cores->has_stats)
		add_stats(m4, &cores->stats);
}

char *payload_diagnostics(const struct message *message)
{
	const struct diagnostics *diagnostics = message->diagnostics;
	cJSON *object = cJSON_CreateObject(), *model;

	add_time(object, message->wall_us);
	add_count(object, "uptime_s", diagnostics->uptime_ns / NS_PER_S);
	cJSON_AddStringToObject(object, "version", diagnostics->version);
	cJSON_AddNumberToObject(object, "rate_hz", rounded(diagnostics->rate_hz, 10));
	add_count(object, "latency_p50_us", diagnostics->latency_p50_us);
	add_count(object, "latency_p99_us", diagnostics->latency_p99_us);
	add_count(object, "frames_classified", diagnostics->frames_classified);
	add_count(object, "frames_dropped", diagnostics->frames_dropped);
	add_count(object, "events", diagnostics->events);
	add_count(object, "rss_kib", diagnostics->rss_kib);
	add_count(object, "reloads", diagnostics->reloads);
	add_count(object, "reloads_refused", diagnostics->reloads_refused);
	model = cJSON_AddObjectToObject(object, "model");
	cJSON_AddStringToObject(model, "name", diagnostics->model->model);
	cJSON_AddStringToObject(model, "sha256", diagnostics->model->sha256);
	cJSON_AddStringToObject(model, "origin", diagnostics->model_origin ? diagnostics->model_origin : "");
	cJSON_AddStringToObject(model, "backend", diagnostics->model->backend);
	if (diagnostics->cores.mode != REMOTE_LOCAL)
		add_coprocessor(object, &diagnostics->cores);
	add_source(object, &diagnostics->source);
	add_i2c(object, &diagnostics->source.i2c);
	if (diagnostics->link.enabled)
		add_link(object, &diagnostics->link);
	return finish(object);
}

const char *payload_availability(const struct message *message)
{
	return message->online ? "online" : "offline";
}
