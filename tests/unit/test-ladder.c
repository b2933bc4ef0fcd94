/* SPDX-License-Identifier: Apache-2.0 */
/* test-ladder.c - the policy of recovery as a table of stories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/ladder.h"

/* What happens, one letter each: symptoms that need at least (s) resync, (t) restart, (b) reboot, (p) power cycle;
 * (x) nothing helps; (g) enough good frames, (f) not quite enough, (-) a bad one.
 * What is answered to the symptoms: S, T, B, P, and the seconds before when there are any. */
struct story {
	const char *name;
	int lpn;
	const char *happens;
	const char *answers;
};

static const struct story stories[] = {
	{"each rung in turn, then the top with back-off", 1, "sssssssssss", "S T B P 1P 2P 5P 10P 30P 60P 60P "},
	{"without LPn the top is the reboot", 0, "sssssssssss", "S T B 1B 2B 5B 10B 30B 60B 60B 60B "},
	{"a symptom chooses its rung", 1, "b", "B "},
	{"and goes on from there", 1, "tsss", "T B P 1P "},
	{"a lower symptom does not lead down", 1, "bs", "B P "},
	{"a higher one leads up", 1, "sbs", "S B P "},
	{"power cycle wanted without LPn", 0, "pp", "B 1B "},
	{"power cycle wanted with LPn", 1, "pp", "P 1P "},
	{"lasting health leads to the bottom", 1, "sssgs", "S T B S "},
	{"and forgets the back-off", 0, "bbbbgbbb", "B 1B 2B 5B B 1B 2B "},
	{"short health does not", 1, "ssfs", "S T B "},
	{"a bad frame breaks the row", 1, "ssf-fs", "S T B "},
	{"but short health twice in a row does", 1, "ssffs", "S T S "},
	{"each trouble breaks the row", 1, "sfsfs", "S T B "},
	{"what can't be helped waits at once", 1, "xbxb", "1P 2P "},
	{"without LPn too", 0, "xbxb", "1B 2B "},
};

static void tell(const struct story *story, char *answers)
{
	struct ladder ladder;

	ladder_init(&ladder, story->lpn);
	for (const char *p = story->happens; *p; p++) {
		const char *symptom = strchr("stbp", *p);
		struct ladder_step step;

		if (*p == 'x')
			ladder_exhaust(&ladder);
		if (*p == '-')
			ladder_bad(&ladder);
		if (*p == 'g' || *p == 'f')
			for (int i = *p == 'f'; i < LADDER_GOOD_FRAMES; i++)
				ladder_good(&ladder);
		if (!symptom)
			continue;
		step = ladder_next(&ladder, (enum source_rung)(symptom - "stbp"));
		if (step.wait_s >= 10)
			*answers++ = (char)('0' + step.wait_s / 10);
		if (step.wait_s)
			*answers++ = (char)('0' + step.wait_s % 10);
		*answers++ = "STBP"[step.rung];
		*answers++ = ' ';
	}
	*answers = '\0';
}

static void test_stories(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		char answers[256];

		tell(&stories[i], answers);
		if (strcmp(answers, stories[i].answers) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", stories[i].name, answers, stories[i].answers);
	}
}

static void test_back_off(void **state)
{
	(void)state;
	assert_int_equal(ladder_back_off_s(0), 1);
	for (unsigned n = 1; n < 100; n++) {
		assert_true(ladder_back_off_s(n) >= ladder_back_off_s(n - 1));
		assert_in_range(ladder_back_off_s(n), 1, LADDER_BACK_OFF_MAX_S);
	}
	assert_int_equal(ladder_back_off_s(UINT32_MAX), LADDER_BACK_OFF_MAX_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_stories), cmocka_unit_test(test_back_off)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
