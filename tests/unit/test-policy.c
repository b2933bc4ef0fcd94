/* SPDX-License-Identifier: Apache-2.0 */
/* test-policy.c - which core runs the network, as a table of stories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mcu-offload/policy.h"

#define NS_PER_MS 1000000

/*
 * What happens, a word each:
 *   L<us>x<n>  R<us>x<n>   n frames here (L) or on the other core (R) cost so many microseconds
 *   mx<n>  kx<n>           n of its answers are missed, or come in time
 *   +<ms>  -<ms>           the clock goes on, or back
 *   gone                   the other core has gone
 *   ?                      a decision: the core that is chosen, with ! when that is news
 */
struct story {
	const char *name;
	const char *happens;
	const char *answers;
};

static const struct story stories[] = {
	{"nothing is known: this core", "?", "L "},
	{"the cheaper core", "L100x32 R50x32 ?", "R! "},
	{"and no news afterwards", "L100x32 R50x32 ? ?", "R! R "},
	{"a fifth cheaper is not enough", "L100x32 R80x32 ?", "L "},
	{"a little more is", "L100x32 R79x32 ?", "R! "},
	{"this core when it is cheaper", "L50x32 R100x32 ?", "L "},
	{"too few frames there", "L100x32 R10x31 ? R10x1 ?", "L R! "},
	{"too few frames here", "L100x31 R10x32 ? L100x1 ?", "L R! "},

	{"no way back for a fifth", "L100x32 R50x32 ? +60000 L41x500 ?", "R! R "},
	{"a way back for more", "L100x32 R50x32 ? +60000 L39x500 ?", "R! L! "},
	{"costs that drift apart and together", "L100x32 R90x32 ? R70x500 ? +60000 R90x500 ? R130x500 ?", "L R! R L! "},
	{"the first change waits for nothing", "L100x32 R50x32 ?", "R! "},
	{"the next one 10 s", "L100x32 R50x32 ? R200x500 +9999 ? +1 ?", "R! R L! "},
	{"and so does every other", "L100x32 R50x32 ? R200x500 +10000 ? R50x500 +9999 ? +1 ?", "R! L! L R! "},
	{"one dear frame changes nothing", "L100x32 R50x32 ? +60000 R700x1 ?", "R! R "},
	{"many do", "L100x32 R50x32 ? +60000 R700x16 ?", "R! L! "},

	{"one miss is forgiven", "L100x32 R50x32 kx64 ? mx1 ?", "R! R "},
	{"two at once are not, whatever the clock says", "L100x32 R50x32 kx64 ? mx2 ?", "R! L! "},
	{"one in a hundred is", "L100x32 R50x32 kx64 ? mx1 kx99 mx1 kx99 mx1 kx99 mx1 ?", "R! R "},
	{"a core that fails is not chosen, however cheap", "L100x32 R1x32 mx64 ? +60000 ?", "L L "},
	{"it may come back", "L100x32 R50x32 mx2 ? +60000 kx28 ?", "L R! "},
	{"not at once", "L100x32 R50x32 kx64 ? mx2 ? kx64 ? +9999 ? +1 ?", "R! L! L L R! "},

	{"one that has gone is no longer chosen", "L100x32 R50x32 ? gone ?", "R! L "},
	{"and measured anew", "L100x32 R50x32 ? gone +60000 R50x31 ? R50x1 ?", "R! L R! "},
	{"what it cost before is forgotten", "L100x32 R50x500 ? gone +60000 R95x32 ?", "R! L "},
	{"so are its misses", "L100x32 R50x32 mx64 gone R50x32 ?", "R! "},
	{"its return is a change like any other", "L100x32 R50x32 ? gone R50x32 ? +10000 ?", "R! L R! "},

	{"a clock that goes back hurries nothing", "+60000 L100x32 R50x32 ? -50000 R200x500 ? +59999 ? +1 ?",
	 "R! R R L! "},
	{"nor does one that stands at 0", "+60000 L100x32 R50x32 ? -60000 R200x500 ?", "R! R "},
	{"one that leaps ahead ends the wait", "L100x32 R50x32 ? R200x500 +1000000000 ?", "R! L! "},
};

static void measure(struct policy *policy, enum policy_core core, const char *what)
{
	char *end;
	double cost_us = strtod(what, &end);

	for (long n = strtol(end + 1, NULL, 10); n > 0; n--)
		policy_add(policy, core, cost_us * 1000);
}

static void tell(const char *happens, char *ret_answers, size_t size)
{
	struct policy policy = {.chosen = POLICY_LOCAL};
	uint64_t now_ns = 3600000ull * NS_PER_MS;
	char words[200], *rest = NULL;

	snprintf(words, sizeof(words), "%s", happens);
	ret_answers[0] = '\0';
	for (const char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		size_t used = strlen(ret_answers);

		if (*word == 'L' || *word == 'R') {
			measure(&policy, *word == 'L' ? POLICY_LOCAL : POLICY_REMOTE, word + 1);
		} else if (*word == 'm' || *word == 'k') {
			for (long n = strtol(word + 2, NULL, 10); n > 0; n--)
				policy_note(&policy, *word == 'm');
		} else if (*word == '+' || *word == '-') {
			now_ns += (uint64_t)(strtoll(word, NULL, 10) * NS_PER_MS);
		} else if (*word == 'g') {
			policy_forget(&policy, now_ns);
		} else {
			bool news = policy_decide(&policy, now_ns);

			snprintf(ret_answers + used, size - used, "%c%s ", policy.chosen == POLICY_LOCAL ? 'L' : 'R',
				 news ? "!" : "");
		}
	}
}

static void every_story_ends_as_it_should(void **unused)
{
	char answers[100];

	(void)unused;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		tell(stories[i].happens, answers, sizeof(answers));
		if (strcmp(answers, stories[i].answers) != 0)
			fail_msg("%s: %s: wanted %s, got %s", stories[i].name, stories[i].happens, stories[i].answers,
				 answers);
	}
}

/* Frames that both cores run, of so many. */
static unsigned measured_of(struct policy *policy, unsigned frames)
{
	unsigned measured = 0;

	while (frames--)
		measured += policy_measures(policy);
	return measured;
}

static void costs_stay_known(void **unused)
{
	struct policy policy = {.chosen = POLICY_LOCAL};

	(void)unused;
	assert_int_equal(measured_of(&policy, 100), 100);
	for (int i = 0; i < 32; i++)
		policy_add(&policy, POLICY_LOCAL, 1000);
	assert_int_equal(measured_of(&policy, 100), 100);
	for (int i = 0; i < 32; i++)
		policy_add(&policy, POLICY_REMOTE, 1000);
	assert_int_equal(measured_of(&policy, 320), 10);
	policy_forget(&policy, 0);
	assert_int_equal(measured_of(&policy, 100), 100);
}

static void changes_are_counted(void **unused)
{
	struct policy policy = {.chosen = POLICY_LOCAL};

	(void)unused;
	policy_forget(&policy, 1);
	assert_int_equal(policy.changes, 0);
	for (int i = 0; i < 32; i++) {
		policy_add(&policy, POLICY_LOCAL, 1000);
		policy_add(&policy, POLICY_REMOTE, 100);
	}
	assert_true(policy_decide(&policy, 2));
	assert_false(policy_decide(&policy, 3));
	policy_forget(&policy, 4);
	assert_int_equal(policy.changes, 2);
}

/* Of the first frames a plain mean, later one that forgets a sixteenth a frame. */
static void an_average_forgets(void **unused)
{
	struct policy policy = {.chosen = POLICY_LOCAL};

	(void)unused;
	policy_add(&policy, POLICY_LOCAL, 100);
	policy_add(&policy, POLICY_LOCAL, 300);
	assert_true(policy.cost_ns[POLICY_LOCAL] == 200);
	for (int i = 0; i < 1000; i++)
		policy_add(&policy, POLICY_LOCAL, 1600);
	policy_add(&policy, POLICY_LOCAL, 0);
	assert_true(policy.cost_ns[POLICY_LOCAL] > 1499.9 && policy.cost_ns[POLICY_LOCAL] < 1500.1);
	assert_true(policy.cost_ns[POLICY_REMOTE] == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_story_ends_as_it_should),
		cmocka_unit_test(costs_stay_known),
		cmocka_unit_test(changes_are_counted),
		cmocka_unit_test(an_average_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
