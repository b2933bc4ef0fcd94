/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - see report.h. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/posturectl/report.h"

void report_text(const char *text, size_t length, size_t size, char *ret_text)
{
	size_t i;

	for (i = 0; i < length && i < size - 1 && text[i]; i++)
		ret_text[i] = (char)(text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?');
	ret_text[i] = '\0';
}

static void take_text(const cJSON *object, const char *key, size_t size, char *ret_text)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	report_text(text ? text : "", text ? strlen(text) : 0, size, ret_text);
}

static double number_of(const cJSON *item)
{
	return cJSON_IsNumber(item) && isfinite(item->valuedouble) ? item->valuedouble : 0;
}

static double take_number(const cJSON *object, const char *key)
{
	return number_of(cJSON_GetObjectItemCaseSensitive(object, key));
}

static double sum_of(const cJSON *object)
{
	const cJSON *item;
	double sum = 0;

	cJSON_ArrayForEach(item, object) sum += number_of(item);
	return sum;
}

int report_posture_parse(const char *payload, size_t length, struct report_posture *ret_posture)
{
	cJSON *root = cJSON_ParseWithLength(payload, length);
	struct report_posture posture = {0};

	take_text(root, "posture", sizeof(posture.posture), posture.posture);
	take_text(root, "previous", sizeof(posture.previous), posture.previous);
	take_text(root, "ts", sizeof(posture.ts), posture.ts);
	posture.confidence = take_number(root, "confidence");
	posture.distance_mm = take_number(root, "distance_mm");
	posture.hand = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "hand"));
	cJSON_Delete(root);
	if (!posture.posture[0])
		return -EBADMSG;
	*ret_posture = posture;
	return 0;
}

static unsigned take_grid(const cJSON *zones, double *ret_values)
{
	const cJSON *zone;
	unsigned count = 0;

	for (unsigned i = 0; i < REPORT_ZONES; i++)
		ret_values[i] = NAN;
	cJSON_ArrayForEach(zone, zones)
	{
		if (count == REPORT_ZONES)
			break;
		ret_values[count++] = cJSON_IsNumber(zone) && isfinite(zone->valuedouble) ? zone->valuedouble : NAN;
	}
	return count;
}

static void take_zones(const cJSON *root, struct report_frame *frame)
{
	double cols = take_number(root, "cols");

	frame->cols = cols == 4 || cols == 8 ? (unsigned)cols : 0;
	if (!frame->cols)
		return;
	frame->rows = take_grid(cJSON_GetObjectItemCaseSensitive(root, "zones_mm"), frame->mm) / frame->cols;
	(void)take_grid(cJSON_GetObjectItemCaseSensitive(root, "zones_kcps"), frame->kcps);
}

int report_frame_parse(const char *payload, size_t length, struct report_frame *ret_frame)
{
	cJSON *root = cJSON_ParseWithLength(payload, length);
	const cJSON *probability;
	struct report_frame frame = {0};

	take_zones(root, &frame);
	cJSON_ArrayForEach(probability, cJSON_GetObjectItemCaseSensitive(root, "probabilities"))
	{
		if (frame.classes == REPORT_CLASSES || !probability->string)
			break;
		report_text(probability->string, strlen(probability->string), REPORT_TEXT, frame.label[frame.classes]);
		frame.probability[frame.classes++] = fmin(1, fmax(0, number_of(probability)));
	}
	cJSON_Delete(root);
	if (frame.rows == 0 && frame.classes == 0)
		return -EBADMSG;
	*ret_frame = frame;
	return 0;
}

/* "torn 2, crc 1" of those that are not 0. */
static void take_counts(const cJSON *object, char ret_text[REPORT_LONG])
{
	char name[REPORT_TEXT];
	const cJSON *item;
	size_t at = 0;

	ret_text[0] = '\0';
	cJSON_ArrayForEach(item, object)
	{
		if (number_of(item) <= 0 || !item->string || at >= REPORT_LONG - 1)
			continue;
		report_text(item->string, strlen(item->string), sizeof(name), name);
		at += (size_t)snprintf(ret_text + at, REPORT_LONG - at, "%s%s %.0f", at ? ", " : "", name,
				       number_of(item));
	}
}

static void take_broker(const cJSON *mqtt, struct report_diagnostics *diagnostics)
{
	diagnostics->has_broker = cJSON_IsObject(mqtt);
	diagnostics->broker_connected = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(mqtt, "connected"));
	take_text(mqtt, "broker", sizeof(diagnostics->broker), diagnostics->broker);
	take_text(mqtt, "reason", sizeof(diagnostics->broker_reason), diagnostics->broker_reason);
}

static void take_m4(const cJSON *m4, struct report_diagnostics *diagnostics)
{
	const cJSON *own = cJSON_GetObjectItemCaseSensitive(m4, "own");
	char results_of[REPORT_TEXT];

	diagnostics->has_m4 = cJSON_IsObject(m4);
	diagnostics->m4_has_own = cJSON_IsObject(own);
	take_text(m4, "state", sizeof(diagnostics->m4_state), diagnostics->m4_state);
	take_text(m4, "reason", sizeof(diagnostics->m4_reason), diagnostics->m4_reason);
	take_text(m4, "firmware", sizeof(diagnostics->m4_firmware), diagnostics->m4_firmware);
	take_text(m4, "results_of", sizeof(results_of), results_of);
	diagnostics->m4_gives = strcmp(results_of, "m4") == 0;
	diagnostics->results_m4 = take_number(m4, "results_m4");
	diagnostics->results_local = take_number(m4, "results_local");
	diagnostics->fallbacks = take_number(m4, "fallbacks");
	diagnostics->compared = take_number(m4, "compared");
	diagnostics->mismatches = take_number(m4, "mismatches");
	diagnostics->own_inferences = take_number(own, "inferences");
	diagnostics->own_busy = take_number(own, "busy");
	diagnostics->own_late = take_number(own, "late");
	diagnostics->own_bad_messages = take_number(own, "bad_messages");
	diagnostics->own_replies_lost = take_number(own, "replies_lost");
	diagnostics->own_run_us_min = take_number(own, "run_us_min");
	diagnostics->own_run_us_average = take_number(own, "run_us_average");
	diagnostics->own_run_us_max = take_number(own, "run_us_max");
	diagnostics->own_stack_free = take_number(own, "stack_free_least_bytes");
}

static void take_bus(const cJSON *i2c, struct report_diagnostics *diagnostics)
{
	diagnostics->bus_ms = take_number(i2c, "bus_ms");
	diagnostics->bus_bytes = take_number(i2c, "bytes_in") + take_number(i2c, "bytes_out");
	diagnostics->bus_failures = take_number(i2c, "failures");
	diagnostics->bus_retries = take_number(i2c, "retries");
}

int report_diagnostics_parse(const char *payload, size_t length, struct report_diagnostics *ret_diagnostics)
{
	cJSON *root = cJSON_ParseWithLength(payload, length);
	const cJSON *sensor = cJSON_GetObjectItemCaseSensitive(root, "sensor");
	const cJSON *model = cJSON_GetObjectItemCaseSensitive(root, "model");
	struct report_diagnostics diagnostics = {0};

	take_text(root, "version", sizeof(diagnostics.version), diagnostics.version);
	take_text(root, "ts", sizeof(diagnostics.ts), diagnostics.ts);
	take_text(model, "name", sizeof(diagnostics.model), diagnostics.model);
	take_text(model, "backend", sizeof(diagnostics.backend), diagnostics.backend);
	take_text(sensor, "state", sizeof(diagnostics.state), diagnostics.state);
	take_text(sensor, "device", sizeof(diagnostics.device), diagnostics.device);
	take_text(sensor, "reason", sizeof(diagnostics.reason), diagnostics.reason);
	diagnostics.rate_hz = take_number(root, "rate_hz");
	diagnostics.latency_p50_us = take_number(root, "latency_p50_us");
	diagnostics.latency_p99_us = take_number(root, "latency_p99_us");
	diagnostics.uptime_s = take_number(root, "uptime_s");
	diagnostics.rss_kib = take_number(root, "rss_kib");
	diagnostics.frames = take_number(root, "frames_classified");
	diagnostics.dropped = take_number(root, "frames_dropped");
	diagnostics.events = take_number(root, "events");
	diagnostics.temperature_c = take_number(sensor, "temperature_c");
	take_text(model, "origin", sizeof(diagnostics.origin), diagnostics.origin);
	take_text(model, "sha256", sizeof(diagnostics.sha256), diagnostics.sha256);
	take_text(sensor, "warning", sizeof(diagnostics.warning), diagnostics.warning);
	take_counts(cJSON_GetObjectItemCaseSensitive(sensor, "rejects"), diagnostics.rejects_by);
	take_counts(cJSON_GetObjectItemCaseSensitive(sensor, "recoveries"), diagnostics.recoveries_by);
	take_broker(cJSON_GetObjectItemCaseSensitive(root, "mqtt"), &diagnostics);
	take_bus(cJSON_GetObjectItemCaseSensitive(root, "i2c"), &diagnostics);
	take_m4(cJSON_GetObjectItemCaseSensitive(root, "coprocessor"), &diagnostics);
	diagnostics.missed_edges = take_number(sensor, "missed_edges");
	diagnostics.lost = take_number(sensor, "lost");
	diagnostics.rejects = sum_of(cJSON_GetObjectItemCaseSensitive(sensor, "rejects"));
	diagnostics.recoveries = sum_of(cJSON_GetObjectItemCaseSensitive(sensor, "recoveries"));
	cJSON_Delete(root);
	if (!diagnostics.version[0])
		return -EBADMSG;
	*ret_diagnostics = diagnostics;
	return 0;
}

void report_print_json(const char *payload, size_t length)
{
	cJSON *root = cJSON_ParseWithLength(payload, length);
	char *text = cJSON_PrintUnformatted(root);

	if (text)
		puts(text);
	free(text);
	cJSON_Delete(root);
}
