/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - see report.h. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
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

static void take_zones(const cJSON *root, struct report_frame *frame)
{
	const cJSON *zones = cJSON_GetObjectItemCaseSensitive(root, "zones_mm"), *zone;
	double cols = take_number(root, "cols");
	unsigned count = 0;

	frame->cols = cols == 4 || cols == 8 ? (unsigned)cols : 0;
	if (!frame->cols)
		return;
	cJSON_ArrayForEach(zone, zones)
	{
		if (count == REPORT_ZONES)
			break;
		frame->mm[count++] = cJSON_IsNumber(zone) && isfinite(zone->valuedouble) ? zone->valuedouble : NAN;
	}
	frame->rows = count / frame->cols;
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
	diagnostics.rejects = sum_of(cJSON_GetObjectItemCaseSensitive(sensor, "rejects"));
	diagnostics.recoveries = sum_of(cJSON_GetObjectItemCaseSensitive(sensor, "recoveries"));
	cJSON_Delete(root);
	if (!diagnostics.version[0])
		return -EBADMSG;
	*ret_diagnostics = diagnostics;
	return 0;
}
