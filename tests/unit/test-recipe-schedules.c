/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-recipe-schedules.c - the rate of every epoch, of each schedule of ST's model zoo: named as in a configuration of
 * ST's, and the same in a recipe of our own. The numbers are computed from the definitions, not by this program.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nn/train/recipe.h"
#include "nn/train/trainer-parts.h"

enum { EPOCHS = 12 };

static const struct schedule_case {
	const char *callback, *st, *own; /* what stands in the braces; own: instead of st's, and with the rate */
	double rates[EPOCHS];
} cases[] = {
	{"LRLinearDecay",
	 "initial_lr: 0.01, hold_steps: 3, decay_steps: 6, end_lr: 0.0001, verbose: 0",
	 "hold: 3, over: 6, lowest: 0.0001",
	 {0.01, 0.01, 0.01, 0.00835, 0.0067, 0.00505, 0.0034, 0.00175, 0.0001, 0.0001, 0.0001, 0.0001}},
	{"LRExponentialDecay",
	 "initial_lr: 0.01, hold_steps: 3, decay_rate: 0.5, min_lr: 0.0004, verbose: 0",
	 "hold: 3, fall: 0.5, lowest: 0.0004",
	 {0.01, 0.01, 0.01, 0.0060653066, 0.00367879441, 0.0022313016, 0.00135335283, 0.000820849986, 0.000497870684,
	  0.0004, 0.0004, 0.0004}},
	{"LRStepDecay",
	 "initial_lr: 0.01, step_size: 3, decay_rate: 0.4, min_lr: 0.0005, verbose: 0",
	 "every: 3, factor: 0.4, lowest: 0.0005",
	 {0.01, 0.01, 0.004, 0.004, 0.004, 0.0016, 0.0016, 0.0016, 0.00064, 0.00064, 0.00064, 0.0005}},
	{"LRCosineDecay",
	 "initial_lr: 0.01, hold_steps: 2, decay_steps: 8, end_lr: 0.0001, verbose: 0",
	 "hold: 2, over: 8, lowest: 0.0001",
	 {0.01, 0.01, 0.00962320369, 0.00855017857, 0.00694428299, 0.00505, 0.00315571701, 0.00154982143,
	  0.000476796314, 0.0001, 0.0001, 0.0001}},
	{"LRWarmupCosineDecay",
	 "initial_lr: 0.00001, warmup_steps: 4, max_lr: 0.01, hold_steps: 2, decay_steps: 5, end_lr: 0.0001, verbose: 0",
	 "first: 0.00001, climb: 4, hold: 2, over: 5, lowest: 0.0001",
	 {1e-05, 0.0025075, 0.005005, 0.01, 0.01, 0.01, 0.01, 0.00905463412, 0.00657963412, 0.00352036588,
	  0.00104536588, 0.0001}},
	{"LRCosineDecayRestarts",
	 "initial_lr: 0.01, first_decay_steps: 3, end_lr: 0.0001, t_mul: 2, m_mul: 0.8, verbose: 0",
	 "over: 3, lowest: 0.0001, stretch: 2, fade: 0.8",
	 {0.01, 0.007525, 0.002575, 0.00802, 0.0074894606, 0.00604, 0.00406, 0.00208, 0.000630539401, 0.006436,
	  0.00632805302, 0.00601156848}},
	{"LRCosineDecayRestarts",
	 "initial_lr: 0.01, first_decay_steps: 4, end_lr: 0.0001, t_mul: 1",
	 "over: 4, lowest: 0.0001, stretch: 1",
	 {0.01, 0.00855017857, 0.00505, 0.00154982143, 0.01, 0.00855017857, 0.00505, 0.00154982143, 0.01, 0.00855017857,
	  0.00505, 0.00154982143}},
	{"LRPolynomialDecay",
	 "initial_lr: 0.01, hold_steps: 2, decay_steps: 8, end_lr: 0.0001, verbose: 0",
	 "hold: 2, over: 8, lowest: 0.0001",
	 {0.01, 0.01, 0.00936060203, 0.0086736515, 0.00792663721, 0.00710035713, 0.00616248711, 0.00505, 0.00360017857,
	  0.0001, 0.0001, 0.0001}},
	{"LRPolynomialDecay",
	 "initial_lr: 0.01, hold_steps: 0, decay_steps: 12, end_lr: 0.0001, power: 2",
	 "lowest: 0.0001, power: 2",
	 {0.00841875, 0.006975, 0.00566875, 0.0045, 0.00346875, 0.002575, 0.00181875, 0.0012, 0.00071875, 0.000375,
	  0.00016875, 0.0001}},
	{"LRPolynomialDecayRestarts",
	 "initial_lr: 0.01, hold_steps: 2, decay_steps: 4, end_lr: 0.0001, verbose: 0",
	 "hold: 2, over: 4, lowest: 0.0001",
	 {0.01, 0.01, 0.0081942773, 0.00619416485, 0.0038513985, 0.0001, 0.00508261214, 0.0038513985, 0.00240925665,
	  0.0001, 0.0038513985, 0.00292442027}},
	{"LRPolynomialDecayRestarts",
	 "initial_lr: 0.01, hold_steps: 0, decay_steps: 5, end_lr: 0.0001, power: 0.5",
	 "over: 5, lowest: 0.0001, power: 0.5",
	 {0.00895482919, 0.00776850703, 0.00636130977, 0.0045274146, 0.0001, 0.00636130977, 0.00552245332, 0.0045274146,
	  0.00323065488, 0.0001, 0.00521233802, 0.0045274146}},
	{"LRPiecewiseConstantDecay",
	 "boundaries: [3, 7, 9], values: [0.01, 0.005, 0.001, 0.0001], verbose: 0",
	 "boundaries: [3, 7, 9], rates: [0.01, 0.005, 0.001, 0.0001]",
	 {0.01, 0.01, 0.01, 0.005, 0.005, 0.005, 0.005, 0.001, 0.001, 0.0001, 0.0001, 0.0001}},
};

static void assert_rates(const char *text, const double *rates)
{
	char reason[RECIPE_REASON] = "";
	struct trainer trainer = {0};
	struct recipe recipe;

	if (recipe_parse("r.yaml", text, strlen(text), NULL, &recipe, reason) < 0)
		fail_msg("%s: %s", text, reason);
	recipe_options(&recipe, &trainer.options);
	recipe_clear(&recipe);
	assert_null(schedule_find_fault(&trainer.options.schedule));
	for (; trainer.epochs_done < EPOCHS; trainer.epochs_done++) {
		double rate = (double)schedule_rate(&trainer), wanted = rates[trainer.epochs_done];

		if (!(fabs(rate - wanted) <= 3e-7 * wanted))
			fail_msg("%s: epoch %u: %.9g instead of %.9g", text, trainer.epochs_done, rate, wanted);
	}
}

static void test_callbacks_of_st(void **state)
{
	char text[512];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "training:\n  epochs: 12\n  optimizer: Adam\n  callbacks:\n    %s: {%s}\n",
			 cases[i].callback, cases[i].st);
		assert_rates(text, cases[i].rates);
	}
}

static void test_own_recipes(void **state)
{
	char text[512];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "{epochs: 12, warm_up: 0, rate: 0.01, schedule: %s, %s}\n",
			 cases[i].callback, cases[i].own);
		assert_rates(text, cases[i].rates);
	}
}

/* With `over` unsaid it is the last epoch that arrives at the lowest rate. */
static void test_till_the_end(void **state)
{
	static const double linear[] = {0.01, 0.01, 0.009, 0.008, 0.007, 0.006, 0.005, 0.004, 0.003, 0.002, 0.001, 0};

	(void)state;
	assert_rates("{epochs: 12, warm_up: 0, schedule: LRLinearDecay, hold: 2}", linear);
}

static void refuse(const char *text, const char *wanted)
{
	char reason[RECIPE_REASON] = "";
	struct recipe recipe;

	assert_true(recipe_parse("r.yaml", text, strlen(text), NULL, &recipe, reason) < 0);
	if (!strstr(reason, wanted))
		fail_msg("\"%s\" says: %s", wanted, reason);
}

static void test_refused(void **state)
{
	struct trainer_schedule bad = {.kind = TRAINER_LR_PIECEWISE_CONSTANT_DECAY};

	(void)state;
	refuse("training:\n  callbacks:\n    LRLinearDecay: {hold_steps: -1}\n", "a whole number from 0 to 100000");
	refuse("training:\n  callbacks:\n    LRLinearDecay: {power: 1}\n", "no such key");
	refuse("training:\n  callbacks:\n    LRPiecewiseConstantDecay: {boundaries: [3, 7], values: [0.1, 0.2]}\n",
	       "r.yaml:3: rates: one more than `boundaries` is needed: 3, not 2");
	refuse("training:\n  callbacks:\n    LRPiecewiseConstantDecay:\n", "needed: 1, not 0");
	refuse("{schedule: LRPiecewiseConstantDecay, boundaries: [3, 3], rates: [1, 2, 3]}",
	       "larger than the one before");
	refuse("{schedule: LRPiecewiseConstantDecay, boundaries: [3.5], rates: [1, 2]}", "whole numbers are needed");
	refuse("training:\n  callbacks:\n    LRStepDecay: {step_size: 3}\n    ReduceLROnPlateau: {factor: 0.5}\n",
	       "r.yaml:4: training.callbacks.ReduceLROnPlateau: line 3 says another schedule already");
	refuse("training:\n  optimizer:\n    SGD: {learning_rate: 0.1}\n    Adam: {beta_1: 0.5}\n",
	       "r.yaml:4: training.optimizer.Adam: line 3 says another optimiser already");
	refuse("schedule: exponential\n", "LRPolynomialDecayRestarts|LRPiecewiseConstantDecay is needed");
	assert_non_null(schedule_find_fault(&bad));
	bad.kind = TRAINER_LR_STEP_DECAY;
	assert_non_null(schedule_find_fault(&bad));
	bad.kind = TRAINER_LR_COSINE_DECAY_RESTARTS;
	assert_non_null(schedule_find_fault(&bad));
	bad.kind = TRAINER_SCHEDULES;
	assert_non_null(schedule_find_fault(&bad));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_callbacks_of_st),
		cmocka_unit_test(test_own_recipes),
		cmocka_unit_test(test_till_the_end),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("schedules of recipes", tests, NULL, NULL);
}
