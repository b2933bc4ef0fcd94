/* SPDX-License-Identifier: Apache-2.0 */
/* test-decide.c - every rule of decide.c as a table: results go in at given times, postures come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/decide.h"

#define NS_PER_MS 1000000ull

enum { NOTHING = 0, LIKE = 1, FIST = 2, CLASSES = 3, TIME = -2 /* no result at all */, AWAY = -3 /* no hand */ };

struct step {
	uint32_t t_ms;
	int best;	   /* a class, TIME or AWAY */
	float probability; /* of best */
	float nearest_mm;
	int posture; /* wanted */
	int hand;    /* wanted */
};

struct scenario {
	const char *name;
	void (*change)(struct decide_config *config); /* of the plain configuration, NULL = none */
	struct step steps[16];			      /* the first with t_ms 0 after the first ends them */
};

static struct decide_config plain(void)
{
	struct decide_config config = {.classes = CLASSES, .none_class = NOTHING, .absence_ms = 500};

	for (int i = 0; i < CLASSES; i++)
		config.rule[i] = (struct decide_rule){
			.threshold = 0.9f, .confirm_frames = 3, .hold_ms = 0, .release_ms = 1000, .enabled = true};
	return config;
}

static void hold_fist(struct decide_config *config)
{
	config->rule[FIST].hold_ms = 1000;
	config->rule[FIST].release_ms = 5000;
}

static void no_none_class(struct decide_config *config)
{
	config->none_class = DECIDE_NONE;
}

static void like_disabled(struct decide_config *config)
{
	config->rule[LIKE].enabled = false;
}

static void like_from_200_to_300(struct decide_config *config)
{
	config->rule[LIKE].min_mm = 200;
	config->rule[LIKE].max_mm = 300;
	config->rule[LIKE].confirm_frames = 1;
}

static void like_from_200(struct decide_config *config)
{
	config->rule[LIKE].min_mm = 200;
	config->rule[LIKE].confirm_frames = 1;
}

static void each_its_own(struct decide_config *config)
{
	config->rule[LIKE].threshold = 0.5f;
	config->rule[LIKE].confirm_frames = 1;
	config->rule[FIST].confirm_frames = 4;
}

static void two_classes(struct decide_config *config)
{
	config->classes = 2;
	config->rule[FIST].confirm_frames = 1;
}

static const struct scenario scenarios[] = {
	{"three equal frames confirm",
	 NULL,
	 {{100, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {200, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {300, LIKE, 0.95f, 250, LIKE, 1},
	  {400, LIKE, 0.95f, 250, LIKE, 1}}},
	{"another frame in between starts the count again",
	 NULL,
	 {{100, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {200, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {300, FIST, 0.95f, 250, DECIDE_NONE, 1},
	  {400, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {500, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {600, LIKE, 0.95f, 250, LIKE, 1}}},
	{"below the threshold does not count, at it does",
	 NULL,
	 {{100, LIKE, 0.9f, 250, DECIDE_NONE, 1},
	  {200, LIKE, 0.9f, 250, DECIDE_NONE, 1},
	  {300, LIKE, 0.8999f, 250, DECIDE_NONE, 1},
	  {400, LIKE, 0.9f, 250, DECIDE_NONE, 1},
	  {500, LIKE, 0.9f, 250, DECIDE_NONE, 1},
	  {600, LIKE, 0.9f, 250, LIKE, 1}}},
	{"a probability that is not a number does not count",
	 NULL,
	 {{100, LIKE, __builtin_nanf(""), 250, DECIDE_NONE, 1},
	  {200, LIKE, __builtin_nanf(""), 250, DECIDE_NONE, 1},
	  {300, LIKE, __builtin_nanf(""), 250, DECIDE_NONE, 1}}},
	{"no posture without a hand",
	 NULL,
	 {{100, AWAY, 0, 0, DECIDE_NONE, 0}, {200, AWAY, 0, 0, DECIDE_NONE, 0}, {300, AWAY, 0, 0, DECIDE_NONE, 0}}},
	{"a hand that leaves starts the count again",
	 NULL,
	 {{100, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {200, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {300, AWAY, 0, 0, DECIDE_NONE, 1},
	  {400, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {500, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {600, LIKE, 0.95f, 250, LIKE, 1}}},
	{"it stays while frames disagree, until release",
	 NULL,
	 {{100, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {200, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {300, LIKE, 0.95f, 250, LIKE, 1},
	  {500, FIST, 0.5f, 250, LIKE, 1},
	  {900, LIKE, 0.5f, 250, LIKE, 1},
	  {1299, FIST, 0.5f, 250, LIKE, 1},
	  {1300, FIST, 0.5f, 250, DECIDE_NONE, 1}}},
	{"being seen again puts the release off",
	 NULL,
	 {{100, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {200, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {300, LIKE, 0.95f, 250, LIKE, 1},
	  {1200, LIKE, 0.95f, 250, LIKE, 1},
	  {1400, FIST, 0.5f, 250, LIKE, 1},
	  {2199, FIST, 0.5f, 250, LIKE, 1},
	  {2200, FIST, 0.5f, 250, DECIDE_NONE, 1}}},
	{"absence ends it sooner than release",
	 NULL,
	 {{100, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {200, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {300, LIKE, 0.95f, 250, LIKE, 1},
	  {400, AWAY, 0, 0, LIKE, 1},
	  {799, AWAY, 0, 0, LIKE, 1},
	  {800, AWAY, 0, 0, DECIDE_NONE, 0}}},
	{"absence without frames",
	 NULL,
	 {{100, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {200, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {300, LIKE, 0.95f, 250, LIKE, 1},
	  {799, TIME, 0, 0, LIKE, 1},
	  {800, TIME, 0, 0, DECIDE_NONE, 0},
	  {900, TIME, 0, 0, DECIDE_NONE, 0}}},
	{"absence is not held",
	 hold_fist,
	 {{100, FIST, 0.95f, 250, DECIDE_NONE, 1},
	  {200, FIST, 0.95f, 250, DECIDE_NONE, 1},
	  {300, FIST, 0.95f, 250, FIST, 1},
	  {400, AWAY, 0, 0, FIST, 1},
	  {800, AWAY, 0, 0, DECIDE_NONE, 0}}},
	{"another posture waits for the end of hold",
	 hold_fist,
	 {{100, FIST, 0.95f, 250, DECIDE_NONE, 1},
	  {200, FIST, 0.95f, 250, DECIDE_NONE, 1},
	  {300, FIST, 0.95f, 250, FIST, 1},
	  {400, LIKE, 0.95f, 250, FIST, 1},
	  {500, LIKE, 0.95f, 250, FIST, 1},
	  {600, LIKE, 0.95f, 250, FIST, 1},
	  {1299, LIKE, 0.95f, 250, FIST, 1},
	  {1300, LIKE, 0.95f, 250, LIKE, 1},
	  {1400, FIST, 0.95f, 250, LIKE, 1},
	  {1500, FIST, 0.95f, 250, LIKE, 1},
	  {1600, FIST, 0.95f, 250, FIST, 1}}},
	{"the class None ends it when confirmed, and is held off like any",
	 hold_fist,
	 {{100, FIST, 0.95f, 250, DECIDE_NONE, 1},
	  {200, FIST, 0.95f, 250, DECIDE_NONE, 1},
	  {300, FIST, 0.95f, 250, FIST, 1},
	  {400, NOTHING, 0.95f, 250, FIST, 1},
	  {500, NOTHING, 0.95f, 250, FIST, 1},
	  {600, NOTHING, 0.95f, 250, FIST, 1},
	  {1300, NOTHING, 0.95f, 250, DECIDE_NONE, 1},
	  {1400, NOTHING, 0.95f, 250, DECIDE_NONE, 1}}},
	{"without a class None all classes are postures",
	 no_none_class,
	 {{100, NOTHING, 0.95f, 250, DECIDE_NONE, 1},
	  {200, NOTHING, 0.95f, 250, DECIDE_NONE, 1},
	  {300, NOTHING, 0.95f, 250, NOTHING, 1}}},
	{"a disabled posture never comes",
	 like_disabled,
	 {{100, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {200, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {300, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {400, LIKE, 0.95f, 250, DECIDE_NONE, 1}}},
	{"the gate of a posture, ends included",
	 like_from_200_to_300,
	 {{100, LIKE, 0.95f, 199.75f, DECIDE_NONE, 1},
	  {200, LIKE, 0.95f, 300.25f, DECIDE_NONE, 1},
	  {300, LIKE, 0.95f, 200, LIKE, 1},
	  {1400, LIKE, 0.95f, 301, DECIDE_NONE, 1},
	  {1500, LIKE, 0.95f, 300, LIKE, 1}}},
	{"a gate open to the far side",
	 like_from_200,
	 {{100, LIKE, 0.95f, 199, DECIDE_NONE, 1}, {200, LIKE, 0.95f, 3999, LIKE, 1}}},
	{"each posture by its own rule",
	 each_its_own,
	 {{100, LIKE, 0.5f, 250, LIKE, 1},
	  {200, FIST, 0.95f, 250, LIKE, 1},
	  {300, FIST, 0.95f, 250, LIKE, 1},
	  {400, FIST, 0.95f, 250, LIKE, 1},
	  {500, FIST, 0.95f, 250, FIST, 1}}},
	{"a class beyond the model's is nothing",
	 two_classes,
	 {{100, FIST, 0.95f, 250, DECIDE_NONE, 1}, {200, FIST, 0.95f, 250, DECIDE_NONE, 1}}},
	{"a clock that steps back ends nothing",
	 NULL,
	 {{100, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {200, LIKE, 0.95f, 250, DECIDE_NONE, 1},
	  {9000, LIKE, 0.95f, 250, LIKE, 1},
	  {100, AWAY, 0, 0, LIKE, 1},
	  {200, TIME, 0, 0, LIKE, 1}}},
};

static struct nn_result result_of(const struct step *step, uint32_t seq)
{
	struct nn_result result = {.t_ns = step->t_ms * NS_PER_MS, .seq = seq, .classes = CLASSES};

	if (step->best >= 0) {
		result.best = (uint8_t)step->best;
		result.probability[step->best] = step->probability;
		result.hand = (struct nn_hand){.present = true, .nearest_mm = step->nearest_mm, .zones = 20};
	}
	return result;
}

static void run(const struct scenario *scenario)
{
	struct decide_config config = plain();
	struct decide_state state;
	int posture = DECIDE_NONE;

	if (scenario->change)
		scenario->change(&config);
	decide_reset(&state);
	for (unsigned i = 0; i < 16 && scenario->steps[i].t_ms != 0; i++) {
		const struct step *step = &scenario->steps[i];
		struct nn_result result = result_of(step, i + 1);
		struct decision decision =
			decide_step(&config, &state, step->best == TIME ? NULL : &result, step->t_ms * NS_PER_MS);

		if (decision.posture != step->posture || decision.hand != (bool)step->hand ||
		    decision.changed != (step->posture != posture) || decision.previous != posture)
			fail_msg("%s, step %u: posture %d (wanted %d), hand %d (wanted %d), changed %d, previous %d",
				 scenario->name, i, decision.posture, step->posture, decision.hand, step->hand,
				 decision.changed, decision.previous);
		posture = decision.posture;
	}
}

static void test_scenarios(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		run(&scenarios[i]);
}

static void test_numbers(void **unused)
{
	struct decide_config config = plain();
	struct decide_state state;
	struct step step = {.t_ms = 100, .best = LIKE, .probability = 0.95f, .nearest_mm = 243.5f};
	struct nn_result result = result_of(&step, 77);
	struct decision decision;

	(void)unused;
	config.rule[LIKE].confirm_frames = 1;
	decide_reset(&state);
	decision = decide_step(&config, &state, &result, 100 * NS_PER_MS);
	assert_true(decision.changed && decision.hand_changed);
	assert_float_equal(decision.confidence, 0.95, 1e-6);
	assert_float_equal(decision.distance_mm, 243.5, 1e-6);
	assert_int_equal(decision.seq, 77);
	assert_int_equal(decision.t_ns, 100 * NS_PER_MS);

	/* Confidence is that of the posture when it was last seen, distance that of the hand. */
	result.probability[LIKE] = 0.99f;
	decision = decide_step(&config, &state, &result, 200 * NS_PER_MS);
	assert_false(decision.changed || decision.hand_changed);
	assert_float_equal(decision.confidence, 0.99, 1e-6);
	result.probability[LIKE] = 0.3f;
	result.hand.nearest_mm = 250;
	decision = decide_step(&config, &state, &result, 300 * NS_PER_MS);
	assert_float_equal(decision.confidence, 0.99, 1e-6);
	assert_float_equal(decision.distance_mm, 250, 1e-6);

	/* Time alone keeps the newest number; without a hand there is no distance, without a posture no confidence. */
	decision = decide_step(&config, &state, NULL, 700 * NS_PER_MS);
	assert_float_equal(decision.distance_mm, 250, 1e-6);
	decision = decide_step(&config, &state, NULL, 900 * NS_PER_MS);
	assert_true(decision.changed && decision.hand_changed);
	assert_float_equal(decision.confidence, 0, 0);
	assert_float_equal(decision.distance_mm, 0, 0);
	assert_int_equal(decision.seq, 77);
}

static void test_streak_saturates(void **unused)
{
	struct decide_config config = plain();
	struct decide_state state;
	struct step step = {.t_ms = 1, .best = LIKE, .probability = 0.95f, .nearest_mm = 250};
	struct nn_result result = result_of(&step, 1);

	(void)unused;
	config.rule[LIKE].confirm_frames = UINT16_MAX;
	decide_reset(&state);
	for (uint64_t i = 1; i < UINT16_MAX; i++)
		assert_int_equal(decide_step(&config, &state, &result, i * NS_PER_MS).posture, DECIDE_NONE);
	for (uint64_t i = UINT16_MAX; i < UINT16_MAX + 3u; i++)
		assert_int_equal(decide_step(&config, &state, &result, i * NS_PER_MS).posture, LIKE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_streak_saturates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
