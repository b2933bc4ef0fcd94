/* SPDX-License-Identifier: Apache-2.0 */
/* test-posturectl.c - payloads read back, the heat map's characters, the tally. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "daemon/posturectl/heatmap.h"
#include "daemon/posturectl/report.h"
#include "daemon/posturectl/tally.h"

static void test_posture(void **state)
{
	static const char text[] = "{\"posture\":\"Like\",\"confidence\":0.94,\"distance_mm\":243,\"hand\":true,"
				   "\"ts\":\"2026-11-21T07:01:45.120Z\"}";
	struct report_posture posture;

	(void)state;
	assert_int_equal(report_posture_parse(text, strlen(text), &posture), 0);
	assert_string_equal(posture.posture, "Like");
	assert_string_equal(posture.ts, "2026-11-21T07:01:45.120Z");
	assert_float_equal(posture.confidence, 0.94, 1e-9);
	assert_true(posture.hand);
}

static void test_hostile(void **state)
{
	static const char *const bad[] = {"", "{", "[]", "null", "{\"posture\":3}", "{\"posture\":\"\"}"};
	static const char escape[] = "{\"posture\":\"\\u001b[2Jx\",\"confidence\":1e999}";
	static const char wide[] = "{\"cols\":1000000,\"zones_mm\":[1,2]}";
	static const char odd[] = "{\"cols\":8,\"zones_mm\":[\"x\",null,{},3]}";
	struct report_posture posture = {.posture = "untouched"};
	struct report_frame frame;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(report_posture_parse(bad[i], strlen(bad[i]), &posture), -EBADMSG);
	assert_string_equal(posture.posture, "untouched");
	assert_int_equal(report_posture_parse(escape, strlen(escape), &posture), 0);
	assert_string_equal(posture.posture, "?[2Jx");
	assert_float_equal(posture.confidence, 0, 0);
	assert_int_equal(report_frame_parse(wide, strlen(wide), &frame), -EBADMSG);
	assert_int_equal(report_frame_parse(odd, strlen(odd), &frame), -EBADMSG);
}

static void test_frame(void **state)
{
	char text[2048] = "{\"cols\":8,\"probabilities\":{\"None\":0.25,\"Like\":7},\"zones_mm\":[null";
	struct report_frame frame;

	(void)state;
	for (int i = 1; i < 70; i++) /* more than a frame has */
		strcat(text, i == 1 ? ",100.5" : ",200");
	strcat(text, "]}");
	assert_int_equal(report_frame_parse(text, strlen(text), &frame), 0);
	assert_int_equal(frame.rows, 8);
	assert_true(isnan(frame.mm[0]));
	assert_float_equal(frame.mm[1], 100.5, 1e-9);
	assert_int_equal(frame.classes, 2);
	assert_string_equal(frame.label[1], "Like");
	assert_float_equal(frame.probability[1], 1, 0);
}

static void test_heatmap(void **state)
{
	struct report_frame frame = {.cols = 8, .rows = 1, .mm = {100, 120, 150, 200, 250, 300, 2000, NAN}};
	struct heatmap_scale scale = heatmap_scale(&frame);
	char line[HEATMAP_LINE];

	(void)state;
	assert_float_equal(scale.near_mm, 100, 0);
	assert_float_equal(scale.far_mm, 300, 0);
	heatmap_row(&frame, &scale, 0, 4, false, line);
	assert_string_equal(line, "@@@@%%%%####++++----........    ");
	heatmap_row(&frame, &scale, 0, 4, true, line);
	assert_non_null(strstr(line, "\033[48;2;255;252;220m    "));
	assert_non_null(strstr(line, "\033[48;2;18;14;54m    "));
	assert_string_equal(line + strlen(line) - 4, "\033[0m");
}

static void test_heatmap_flat(void **state)
{
	struct report_frame frame = {.cols = 8, .rows = 8};
	struct heatmap_scale scale;
	char line[HEATMAP_LINE];

	(void)state;
	for (int i = 0; i < REPORT_ZONES; i++)
		frame.mm[i] = NAN;
	scale = heatmap_scale(&frame);
	heatmap_row(&frame, &scale, 7, 4, false, line);
	assert_string_equal(line, "                                ");
	frame.mm[0] = 1;
	scale = heatmap_scale(&frame);
	assert_true(scale.far_mm > scale.near_mm);
	for (int i = 0; i < REPORT_ZONES; i++)
		frame.mm[i] = 1e300 * i;
	scale = heatmap_scale(&frame);
	heatmap_row(&frame, &scale, 7, 4, true, line);
	assert_true(strlen(line) < HEATMAP_LINE - 1);
}

static void test_tally(void **state)
{
	struct tally tally = {0};
	struct options options = {.expect = 2};
	char name[REPORT_TEXT];

	(void)state;
	tally_count(&tally, "None");
	tally_count(&tally, "Like");
	tally_count(&tally, "Like");
	assert_int_equal(tally_different(&tally), 1);
	assert_int_equal(tally_finish(&tally, &options, stderr), 1);
	tally_count(&tally, "FlatHand");
	assert_int_equal(tally_finish(&tally, &options, stderr), 0);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "posture %d", i);
		tally_count(&tally, name);
	}
	assert_int_equal(tally.postures, REPORT_CLASSES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_posture), cmocka_unit_test(test_hostile),	     cmocka_unit_test(test_frame),
		cmocka_unit_test(test_heatmap), cmocka_unit_test(test_heatmap_flat), cmocka_unit_test(test_tally),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
