/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - posturectl status: what the service says of itself, on one screen or as one JSON object. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/posturectl/commands.h"
#include "daemon/posturectl/report.h"
#include "daemon/posturectl/session.h"

enum { DEFAULT_SECONDS = 3, SETTLE_TICKS = 3, TICK_MS = 100 };

/* A service without diagnostics, or one that never ran, keeps some of these silent: then waiting is over as well. */
struct status {
	char availability[16];
	bool has_posture, has_diagnostics, connected;
	unsigned quiet; /* ticks since the last message */
	struct report_posture posture;
	struct report_diagnostics diagnostics;
	cJSON *json;
};

static void status_message(struct session *session, const char *name, const char *payload, size_t length,
			   __attribute__((unused)) bool retained)
{
	struct status *status = session->userdata;

	status->quiet = 0;
	if (strcmp(name, "availability") == 0) {
		report_text(payload, length, sizeof(status->availability), status->availability);
	} else if (strcmp(name, "posture") == 0) {
		if (report_posture_parse(payload, length, &status->posture) < 0)
			return;
		status->has_posture = true;
		cJSON_DeleteItemFromObject(status->json, "posture");
		cJSON_AddItemToObject(status->json, "posture", cJSON_ParseWithLength(payload, length));
	} else if (strcmp(name, "diagnostics") == 0) {
		if (report_diagnostics_parse(payload, length, &status->diagnostics) < 0)
			return;
		status->has_diagnostics = true;
		cJSON_DeleteItemFromObject(status->json, "diagnostics");
		cJSON_AddItemToObject(status->json, "diagnostics", cJSON_ParseWithLength(payload, length));
	}
	session->done = status->availability[0] && status->has_posture && status->has_diagnostics;
}

static void status_connection(struct session *session, bool connected, const char *reason)
{
	struct status *status = session->userdata;

	status->connected = connected;
	status->quiet = 0;
	if (!connected)
		fprintf(stderr, "posturectl: %s\n", reason);
}

/* Retained messages come at once: half a second of silence means that there are no more. */
static void status_tick(struct session *session)
{
	struct status *status = session->userdata;

	if (status->connected && status->availability[0] && status->quiet++ > SETTLE_TICKS)
		session->done = true;
}

static void print_sensor(const struct report_diagnostics *diagnostics)
{
	printf("  sensor    %s: %s, %.0f °C\n", diagnostics->state, diagnostics->device, diagnostics->temperature_c);
	if (diagnostics->reason[0])
		printf("            %s\n", diagnostics->reason);
	if (diagnostics->warning[0])
		printf("            warning: %s\n", diagnostics->warning);
	printf("  frames    %.1f a second, %.0f in all, %.0f lost, %.0f dropped\n", diagnostics->rate_hz,
	       diagnostics->frames, diagnostics->lost, diagnostics->dropped);
	printf("  rejected  %s\n", diagnostics->rejects_by[0] ? diagnostics->rejects_by : "none");
	printf("  recovery  %s\n", diagnostics->recoveries_by[0] ? diagnostics->recoveries_by : "none");
	printf("  bus time  %.0f ms for %.0f bytes", diagnostics->bus_ms, diagnostics->bus_bytes);
	if (diagnostics->uptime_s > 0)
		printf(", %.1f %% of the time", diagnostics->bus_ms / diagnostics->uptime_s / 10);
	printf("; %.0f retries, %.0f failures\n", diagnostics->bus_retries, diagnostics->bus_failures);
}

/* Both ends of the link to the other core. */
static void print_m4(const struct report_diagnostics *diagnostics)
{
	printf("  m4        %s%s%s%s%s; results are %s\n", diagnostics->m4_state, diagnostics->m4_reason[0] ? ": " : "",
	       diagnostics->m4_reason, diagnostics->m4_firmware[0] ? ", " : "", diagnostics->m4_firmware,
	       diagnostics->m4_gives ? "the m4's" : "this core's");
	printf("            results: %.0f of the m4, %.0f of this core (%.0f for want of an answer); %.0f compared, %.0f "
	       "differ\n",
	       diagnostics->results_m4, diagnostics->results_local, diagnostics->fallbacks, diagnostics->compared,
	       diagnostics->mismatches);
	if (!diagnostics->m4_has_own)
		return;
	printf("            it says: %.0f frames, %.0f refused as busy, %.0f late, %.0f bad messages, %.0f replies lost\n",
	       diagnostics->own_inferences, diagnostics->own_busy, diagnostics->own_late, diagnostics->own_bad_messages,
	       diagnostics->own_replies_lost);
	printf("                     %.0f us a frame (%.0f to %.0f), %.0f bytes of stack never used\n",
	       diagnostics->own_run_us_average, diagnostics->own_run_us_min, diagnostics->own_run_us_max,
	       diagnostics->own_stack_free);
}

static void print_diagnostics(const struct report_diagnostics *diagnostics)
{
	printf("  service   %s, up %.0f s, %.0f KiB\n", diagnostics->version, diagnostics->uptime_s,
	       diagnostics->rss_kib);
	print_sensor(diagnostics);
	printf("  backend   %s\n", diagnostics->backend);
	if (diagnostics->has_m4)
		print_m4(diagnostics);
	printf("  model     %s, sha256 %.12s, %s\n", diagnostics->model, diagnostics->sha256, diagnostics->origin);
	printf("  latency   %.0f us typical, %.0f us at 99 %%\n", diagnostics->latency_p50_us,
	       diagnostics->latency_p99_us);
	if (diagnostics->has_broker)
		printf("  broker    %s: %s%s%s\n", diagnostics->broker,
		       diagnostics->broker_connected ? "connected" : "not connected",
		       diagnostics->broker_reason[0] ? ", " : "", diagnostics->broker_reason);
	else
		printf("  broker    none wanted\n");
	printf("  as of     %s\n", diagnostics->ts);
}

static void status_print(const struct session *session)
{
	const struct status *status = session->userdata;

	printf("%s: %s\n", session->where, status->availability[0] ? status->availability : "unknown to the broker");
	if (status->has_posture) {
		printf("  posture   %s", status->posture.posture);
		if (status->posture.hand)
			printf(", %.0f %% sure, %.0f mm away", status->posture.confidence * 100,
			       status->posture.distance_mm);
		printf(", since %s\n", status->posture.ts);
	}
	if (status->has_diagnostics)
		print_diagnostics(&status->diagnostics);
}

static void status_print_json(const struct session *session)
{
	const struct status *status = session->userdata;
	char *text;

	cJSON_AddStringToObject(status->json, session->way == &session_bus ? "bus" : "topic", session->where);
	cJSON_AddStringToObject(status->json, "availability",
				status->availability[0] ? status->availability : "unknown");
	text = cJSON_Print(status->json);
	if (text)
		puts(text);
	free(text);
}

int status_run(const struct options *options)
{
	static const char *const names[] = {"availability", "posture", "diagnostics", NULL};
	const struct session_handlers handlers = {
		.message = status_message, .connection = status_connection, .tick = status_tick, .tick_ms = TICK_MS};
	struct status status = {.json = cJSON_CreateObject()};
	struct options bounded = *options;
	struct session session = {.options = &bounded, .handlers = &handlers, .userdata = &status};
	bool online;

	if (!bounded.seconds)
		bounded.seconds = DEFAULT_SECONDS;
	if (session_run(&session, names) < 0 || !session.was_connected) {
		cJSON_Delete(status.json);
		return 1;
	}
	if (options->json)
		status_print_json(&session);
	else
		status_print(&session);
	online = strcmp(status.availability, "online") == 0;
	cJSON_Delete(status.json);
	return online ? 0 : 1;
}
