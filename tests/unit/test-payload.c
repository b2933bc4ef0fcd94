/* SPDX-License-Identifier: Apache-2.0 */
/* test-payload.c - the JSON texts, to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "daemon/health.h"
#include "daemon/payload.h"

static const struct nn_description model = {
	.backend = "local",
	.model = "test",
	.sha256 = "abc",
	.classes = 2,
	.labels = {"None", "Li\"ke"},
};
static const struct decision decision = {
	.changed = true,
	.posture = 1,
	.previous = DECIDE_NONE,
	.confidence = 0.94123456f,
	.hand = true,
	.distance_mm = 243.25f,
	.seq = 8123,
};

static void expect(char *text, const char *wanted)
{
	assert_non_null(text);
	assert_string_equal(text, wanted);
	free(text);
}

static void test_posture(void **state)
{
	struct message message = {.decision = &decision, .model = &model, .wall_us = 1795239585120999ull};

	(void)state;
	expect(payload_posture(&message),
	       "{\"posture\":\"Li\\\"ke\",\"confidence\":0.9412,\"distance_mm\":243,\"hand\":true,"
	       "\"seq\":8123,\"ts\":\"2026-11-21T05:39:45.120Z\"}");
	message.wall_us = 0;
	expect(payload_posture(&message),
	       "{\"posture\":\"Li\\\"ke\",\"confidence\":0.9412,\"distance_mm\":243,\"hand\":true,"
	       "\"seq\":8123,\"ts\":null}");
}

static void test_event(void **state)
{
	struct message message = {.decision = &decision, .model = &model};

	(void)state;
	expect(payload_event(&message),
	       "{\"posture\":\"Li\\\"ke\",\"confidence\":0.9412,\"distance_mm\":243,\"hand\":true,"
	       "\"seq\":8123,\"ts\":null,\"event_type\":\"Li\\\"ke\",\"previous\":\"None\"}");
}

static void test_frame(void **state)
{
	struct nn_result result = {.classes = 2, .best = 1, .probability = {0.25f, 0.75f}, .hand = {.present = true}};
	struct frame frame = {.cols = 2, .rows = 2, .fields = FRAME_HAS_LABEL, .label = 21};
	struct message message = {.decision = &decision, .model = &model, .result = &result, .frame = &frame};

	(void)state;
	frame.count[0] = frame.count[1] = frame.count[2] = 1;
	frame.status[0] = FRAME_STATUS_VALID;
	frame.status[1] = FRAME_STATUS_VALID_WIDE;
	frame.status[2] = FRAME_STATUS_NONE;
	frame.distance_q2[0] = 973;
	frame.distance_q2[1] = -4;
	frame.signal_q11[0] = 100 * 2048 + 1024;
	expect(payload_frame(&message, false),
	       "{\"posture\":\"Li\\\"ke\",\"confidence\":0.9412,\"distance_mm\":243,\"hand\":true,\"seq\":8123,\"ts\":null,"
	       "\"class\":\"Li\\\"ke\",\"probabilities\":{\"None\":0.25,\"Li\\\"ke\":0.75},\"label\":\"Like\"}");
	frame.fields = 0;
	result.hand.present = false;
	expect(payload_frame(&message, true),
	       "{\"posture\":\"Li\\\"ke\",\"confidence\":0.9412,\"distance_mm\":243,\"hand\":true,\"seq\":8123,\"ts\":null,"
	       "\"class\":null,\"probabilities\":{\"None\":0.25,\"Li\\\"ke\":0.75},"
	       "\"cols\":2,\"zones_mm\":[243.25,-1,null,null],\"zones_kcps\":[101,0,null,null]}");
}

static double number(const cJSON *object, const char *group, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(object, group), name);

	assert_true(cJSON_IsNumber(item));
	return item->valuedouble;
}

static void test_diagnostics(void **state)
{
	struct diagnostics diagnostics = {
		.uptime_ns = 61000000000ull,
		.model = &model,
		.rate_hz = __builtin_nanf(""),
		.source = {.state = SOURCE_RECOVERING, .i2c = {.retries = 7}},
		.version = "1.2",
	};
	struct message message = {.diagnostics = &diagnostics, .model = &model};
	cJSON *object;
	char *text;

	(void)state;
	diagnostics.source.rejects[SOURCE_REJECT_STALE] = 3;
	diagnostics.source.recoveries[SOURCE_RUNG_POWER_CYCLE] = 2;
	text = payload_diagnostics(&message);
	object = cJSON_Parse(text);
	assert_non_null(object);
	assert_int_equal(cJSON_GetObjectItemCaseSensitive(object, "uptime_s")->valueint, 61);
	assert_float_equal(cJSON_GetObjectItemCaseSensitive(object, "rate_hz")->valuedouble, 0, 0);
	assert_string_equal(
		cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(object, "sensor"), "state")
			->valuestring,
		"recovering");
	assert_int_equal(number(cJSON_GetObjectItemCaseSensitive(object, "sensor"), "rejects", "stale"), 3);
	assert_int_equal(number(cJSON_GetObjectItemCaseSensitive(object, "sensor"), "recoveries", "power_cycle"), 2);
	assert_int_equal(number(object, "i2c", "retries"), 7);
	assert_null(cJSON_GetObjectItemCaseSensitive(object, "mqtt"));
	cJSON_Delete(object);
	free(text);

	diagnostics.link.enabled = true;
	diagnostics.link.events_dropped = 4;
	text = payload_diagnostics(&message);
	object = cJSON_Parse(text);
	assert_int_equal(number(object, "mqtt", "events_dropped"), 4);
	cJSON_Delete(object);
	free(text);
}

static void test_coprocessor(void **state)
{
	struct diagnostics diagnostics = {
		.model = &model,
		.cores = {.mode = REMOTE_M4, .state_text = "ready", .core = POLICY_REMOTE, .firmware = "fw 1"}};
	struct message message = {.diagnostics = &diagnostics, .model = &model};
	const cJSON *m4;
	cJSON *object;
	char *text;

	(void)state;
	diagnostics.cores.stats = (struct protocol_stats){
		.uptime_ms = 61999, .inferences = 4000000000u, .no_buffer = 2, .run_us_max = 520};
	text = payload_diagnostics(&message);
	object = cJSON_Parse(text);
	m4 = cJSON_GetObjectItemCaseSensitive(object, "coprocessor");
	assert_string_equal(cJSON_GetObjectItemCaseSensitive(m4, "results_of")->valuestring, "m4");
	assert_null(cJSON_GetObjectItemCaseSensitive(m4, "own")); /* it has not told yet */
	cJSON_Delete(object);
	free(text);

	diagnostics.cores.has_stats = true;
	text = payload_diagnostics(&message);
	object = cJSON_Parse(text);
	assert_int_equal(number(object, "coprocessor", "results_m4"), 0);
	m4 = cJSON_GetObjectItemCaseSensitive(object, "coprocessor");
	assert_int_equal(number(m4, "own", "uptime_s"), 61);
	assert_true(number(m4, "own", "inferences") == 4e9);
	assert_int_equal(number(m4, "own", "replies_lost"), 2);
	assert_int_equal(number(m4, "own", "run_us_max"), 520);
	cJSON_Delete(object);
	free(text);

	diagnostics.cores.mode = REMOTE_LOCAL;
	text = payload_diagnostics(&message);
	assert_null(strstr(text, "coprocessor"));
	free(text);
}

static void test_words(void **state)
{
	struct message message = {.online = true};
	char text[PAYLOAD_TIME];

	(void)state;
	assert_string_equal(payload_availability(&message), "online");
	message.online = false;
	assert_string_equal(payload_availability(&message), "offline");
	assert_string_equal(payload_label(&model, 1), "Li\"ke");
	assert_string_equal(payload_label(&model, 2), "None");
	assert_string_equal(payload_label(&model, DECIDE_NONE), "None");
	payload_time(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	payload_time(253402300799999999ull, text);
	assert_string_equal(text, sizeof(time_t) > 4 ? "9999-12-31T23:59:59.999Z" : "");
	payload_time(UINT64_MAX, text);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_posture),	    cmocka_unit_test(test_event),	cmocka_unit_test(test_frame),
		cmocka_unit_test(test_diagnostics), cmocka_unit_test(test_coprocessor), cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
