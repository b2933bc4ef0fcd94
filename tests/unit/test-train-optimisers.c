/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-train-optimisers.c - steps computed by hand, schedules, early stopping, L-BFGS, and that nets learn at all.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/train/maths.h"
#include "nn/train/optimiser.h"
#include "nn/train/trainer-parts.h"
#include "tests/unit/train-fixture.h"

/* Two steps with gradients 0.5 and -0.25 on a weight of 1, as in the optimiser's paper. */
static float two_steps(enum trainer_optimiser which, const struct trainer_options *options)
{
	float weight = 1, first = 0, second = 0, gradient[] = {0.5f, -0.25f};
	struct optimiser optimiser = {
		.kind = optimiser_find(which), .n = 1, .slots = {&first, &second}, .first_share = 1, .second_share = 1};

	for (unsigned i = 0; i < 2; i++)
		optimiser_step(&optimiser, options, options->rate, &weight, &gradient[i]);
	return weight;
}

static void assert_near(double x, double expected, double tolerance)
{
	if (!(fabs(x - expected) <= tolerance))
		fail_msg("%.9g instead of %.9g", x, expected);
}

static void test_steps(void **state)
{
	struct trainer_options options = trainer_defaults;
	double m, v, w;

	(void)state;
	options.rate = 0.1f;
	options.momentum = 0;
	/* 1 - 0.1 0.5 + 0.1 0.25 */
	assert_near((double)two_steps(TRAINER_SGD, &options), 0.975, 1e-6);
	options.momentum = 0.9f;
	/* v: 0.5, then 0.9 0.5 - 0.25 = 0.2 */
	assert_near((double)two_steps(TRAINER_SGD, &options), 1 - 0.1 * 0.5 - 0.1 * 0.2, 1e-6);
	options.nesterov = true;
	/* 0.9 0.5 + 0.5 = 0.95, then 0.9 0.2 - 0.25 = -0.07 */
	assert_near((double)two_steps(TRAINER_SGD, &options), 1 - 0.1 * 0.95 + 0.1 * 0.07, 1e-6);
	/* m: 0.05, 0.02; v: 0.00025, 0.00031225; corrected by 1 - 0.9^t and 1 - 0.999^t. First step: exactly the rate. */
	m = 0.02 / (1 - 0.81);
	v = 0.00031225 / (1 - 0.998001);
	assert_near((double)two_steps(TRAINER_ADAM, &options), 0.9 - 0.1 * m / (sqrt(v) + 1e-8), 1e-5);
	options.decay = 0.5f;
	w = 1 - 0.1 * 0.5 - 0.1;
	w = w - 0.1 * 0.5 * w - 0.1 * m / (sqrt(v) + 1e-8);
	assert_near((double)two_steps(TRAINER_ADAMW, &options), w, 1e-5);
	/* As part of the gradient: 0.5 + 0.5 1, then -0.25 + 0.5 0.9 */
	m = (0.9 * 0.1 * 1 + 0.1 * 0.2) / (1 - 0.81);
	v = (0.999 * 0.001 + 0.001 * 0.04) / (1 - 0.998001);
	assert_near((double)two_steps(TRAINER_ADAM, &options), 0.9 - 0.1 * m / (sqrt(v) + 1e-8), 1e-5);
	options.decay = 0;
	options.momentum = 0;
	options.nesterov = false;
	options.clip = 0.1f;
	/* Both gradients are cut to 0.1. */
	assert_near((double)two_steps(TRAINER_SGD, &options), 1, 1e-6);
}

static float rate_at(struct trainer_schedule schedule, uint64_t step, uint64_t total, uint32_t epoch)
{
	struct trainer trainer = {.options = trainer_defaults,
				  .steps_done = step,
				  .steps_total = total,
				  .epochs_done = epoch,
				  .progress = {.plateau_factor = 0.25f}};

	trainer.options.rate = 1;
	trainer.options.schedule = schedule;
	return schedule_rate(&trainer);
}

static void test_schedules(void **state)
{
	struct trainer_schedule s = {
		.kind = TRAINER_COSINE, .factor = 0.1f, .lowest = 0.02f, .rise = 0.25f, .epochs = 3};

	(void)state;
	assert_near((double)rate_at(s, 0, 100, 0), 1, 1e-6);
	assert_near((double)rate_at(s, 50, 100, 0), 0.51, 1e-6);
	assert_near((double)rate_at(s, 25, 100, 0), 0.02 + 0.98 * (1 + sqrt(0.5)) / 2, 1e-6);
	assert_near((double)rate_at(s, 100, 100, 0), 0.02, 1e-6);
	s.warm_up = 10;
	assert_near((double)rate_at(s, 4, 1000000, 0), 0.5, 1e-4);
	s.warm_up = 0;
	s.kind = TRAINER_STEP;
	assert_near((double)rate_at(s, 0, 0, 2), 1, 1e-6);
	assert_near((double)rate_at(s, 0, 0, 3), 0.1, 1e-6);
	assert_near((double)rate_at(s, 0, 0, 8), 0.02, 1e-6);
	s.kind = TRAINER_PLATEAU;
	assert_near((double)rate_at(s, 0, 0, 9), 0.25, 1e-6);
	s.kind = TRAINER_ONE_CYCLE;
	assert_near((double)rate_at(s, 0, 100, 0), 0.04, 1e-6);
	assert_near((double)rate_at(s, 25, 100, 0), 1, 1e-6);
	assert_near((double)rate_at(s, 100, 100, 0), 0.02, 1e-6);
}

static void test_maths(void **state)
{
	(void)state;
	for (double x = 1e-12; x < 1e6; x *= 1.37)
		assert_near(train_log(x), log(x), 1e-13 * (1 + fabs(log(x))));
	for (double x = 0; x <= 1; x += 0.01)
		assert_near(train_cosine_of_half_turns(x), cos(M_PI * x), 1e-10);
	for (double x = -800; x < 700; x += 0.37)
		assert_near(train_exp(x), exp(x), 1e-15 * exp(x) * (1 + fabs(x)) + 1e-307);
}

enum { LOG_EPOCHS = 50 };

struct log {
	unsigned epochs;
	float rates[LOG_EPOCHS];
	double loss;
};

static bool note(void *context, struct trainer *trainer, const struct trainer_record *record)
{
	struct log *log = context;

	(void)trainer;
	log->rates[log->epochs++] = record->rate;
	log->loss = record->training.loss;
	return true;
}

/* Trains to the end; returns the validation's score on noise of its own. */
static struct trainer_score learn(const char *name, struct trainer_options *options, struct log *log)
{
	struct graph *graph = train_build_maker(name, NULL, 5, options);
	struct trainer *trainer = train_open(graph, options);
	struct train_samples samples = {.inputs = trainer_inputs(trainer), .classes = 5, .noise = 1.5f};
	struct trainer_data data = train_samples_data(&samples, 160);
	struct trainer_score score;

	assert_int_equal(trainer_fit(trainer, &data, NULL, note, log), 0);
	assert_int_equal(trainer_evaluate(trainer, &data, &score), 0);
	assert_true(trainer_memory_bytes(trainer) < 64 << 20);
	trainer_close(trainer);
	graph_free(graph);
	return score;
}

static void test_everyone_learns(void **state)
{
	static const char *const names[] = {"CNN2D_ST_HandPosture", "two-branches"};

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		for (unsigned o = TRAINER_SGD; o <= TRAINER_ADAMW; o++) {
			struct trainer_options options = trainer_defaults;
			struct log log = {0};
			struct trainer_score score;

			options.optimiser = (enum trainer_optimiser)o;
			options.rate = o == TRAINER_SGD ? 0.05f : 5e-3f;
			options.nesterov = i;
			options.batch = 32;
			options.epochs = 25;
			options.norm_momentum = 0.8f;
			options.threads = 2;
			score = learn(names[i], &options, &log);
			if (!(score.accuracy > 0.9))
				fail_msg("%s with optimiser %u: %g", names[i], o, score.accuracy);
			assert_int_equal(log.epochs, 25);
		}
}

/* A rate of next to nothing makes no progress: the plateau is seen, and then it is enough. */
static void test_plateau_and_patience(void **state)
{
	struct trainer_options options = trainer_defaults;
	struct log log = {0};

	(void)state;
	options.optimiser = TRAINER_SGD;
	options.rate = 1e-3f;
	options.schedule.kind = TRAINER_PLATEAU;
	options.schedule.epochs = 2;
	options.schedule.delta = 10;
	options.schedule.factor = 0.5f;
	options.stop_delta = 10;
	options.patience = 7;
	options.epochs = 50;
	learn("CNN2D_ST_HandPosture", &options, &log);
	assert_int_equal(log.epochs, 8); /* the first one is the best */
	assert_near((double)log.rates[0], 1e-3, 1e-9);
	assert_near((double)log.rates[7], 1e-3 / 8, 1e-9);
}

/* As Keras counts: the epoch that lowers the rate is the first of the cool-down. */
static void test_cooldown(void **state)
{
	static const double parts[] = {1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 8};
	struct trainer_options options = trainer_defaults;
	struct log log = {0};

	(void)state;
	options.optimiser = TRAINER_SGD;
	options.rate = 1e-3f;
	options.schedule = (struct trainer_schedule){
		.kind = TRAINER_PLATEAU, .epochs = 2, .cooldown = 3, .delta = 10, .factor = 0.5f};
	options.epochs = 12;
	learn("CNN2D_ST_HandPosture", &options, &log);
	assert_int_equal(log.epochs, 12);
	for (unsigned i = 0; i < 12; i++)
		assert_near((double)log.rates[i] * parts[i], 1e-3, 1e-9);
}

/* Nothing gets better: how many epochs it takes to see that. */
static unsigned count_epochs(enum trainer_monitor monitor, float baseline, unsigned from)
{
	struct trainer_options options = trainer_defaults;
	struct log log = {0};

	options.optimiser = TRAINER_SGD;
	options.rate = 1e-3f;
	options.stop_monitor = monitor;
	options.stop_delta = 10;
	options.stop_baseline = baseline;
	options.stop_from = from;
	options.patience = 3;
	options.epochs = 20;
	learn("CNN2D_ST_HandPosture", &options, &log);
	return log.epochs;
}

static void test_early_stopping(void **state)
{
	(void)state;
	assert_int_equal(count_epochs(TRAINER_LOSS, -1, 0), 4);
	assert_int_equal(count_epochs(TRAINER_LOSS, -1, 5), 9);
	assert_int_equal(count_epochs(TRAINER_LOSS, 0.001f, 0), 3); /* the first one is no progress either */
	assert_int_equal(count_epochs(TRAINER_LOSS, 100, 0), 4);
	assert_int_equal(count_epochs(TRAINER_ACCURACY, 0, 0), 3);
}

static void quadratic_fill(const void *context, uint32_t i, uint32_t epoch, float *ret_input, float *ret_target)
{
	(void)context;
	(void)epoch;
	ret_input[i % 3] = 1 + (float)(i % 3);
	ret_target[0] = (float)(i % 3) - 0.5f;
}

/* One dense layer and squares: a quadratic with its lowest point known. */
static void test_lbfgs_quadratic(void **state)
{
	struct layers layers = {.input = {1, 1, 3}};
	struct trainer_options options = trainer_defaults;
	struct trainer_data data = {.fill = quadratic_fill, .n = 3};
	struct trainer_score score;
	struct trainer *trainer;
	struct graph *graph;
	struct log log = {0};

	(void)state;
	if (!trainer_has_lbfgs())
		skip();
	layers_add(&layers, &(struct layer){.kind = LAYER_DENSE, .filters = 1, .no_bias = true});
	graph = train_build(&layers, 1, &options);
	options.optimiser = TRAINER_LBFGS;
	options.loss = TRAINER_SQUARED;
	options.epochs = 40;
	trainer = train_open(graph, &options);
	assert_int_equal(trainer_fit(trainer, &data, NULL, note, &log), 0);
	assert_int_equal(trainer_evaluate(trainer, &data, &score), 0);
	assert_near(score.loss, 0, 1e-9);
	for (unsigned i = 0; i < 3; i++)
		assert_near((double)trainer->weights[i], (i - 0.5) / (1 + i), 1e-4);
	assert_true(log.epochs > 1 && log.epochs < 20);
	trainer_close(trainer);
	graph_free(graph);
}

static void test_lbfgs_net(void **state)
{
	(void)state;
	if (!trainer_has_lbfgs())
		skip();
	for (unsigned i = 0; i < 2; i++) {
		struct trainer_options options = trainer_defaults;
		struct log log = {0};
		struct trainer_score score;

		options.optimiser = TRAINER_LBFGS;
		options.decay = 1e-5f;
		options.epochs = 30;
		score = learn(i ? "two-branches" : "CNN2D_ST_HandPosture", &options, &log);
		assert_true(log.loss < 0.3);
		assert_true(log.epochs <= 30);
		/* Running statistics of batch norms lag behind where a search ends early. */
		assert_true(i || score.accuracy > 0.95);
	}
}

static void test_refused(void **state)
{
	struct trainer_options options = trainer_defaults;
	struct graph *graph = train_build_maker("res33", NULL, 6, &options);
	bool frozen[NN_TENSORS_MAX];
	struct trainer *trainer = NULL;
	char reason[GRAPH_REASON];

	(void)state;
	options.rate = -1;
	assert_int_equal(trainer_open(graph, &options, &trainer, reason), -EINVAL);
	assert_non_null(strstr(reason, "rate"));
	options.rate = NAN;
	assert_int_equal(trainer_open(graph, &options, &trainer, reason), -EINVAL);
	options = trainer_defaults;
	options.batch = 0;
	assert_int_equal(trainer_open(graph, &options, &trainer, reason), -EINVAL);
	options = trainer_defaults;
	memset(frozen, true, sizeof(frozen));
	options.frozen = frozen;
	assert_int_equal(trainer_open(graph, &options, &trainer, reason), -EINVAL);
	assert_non_null(strstr(reason, "nothing is left"));
	assert_null(trainer);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_schedules),
		cmocka_unit_test(test_maths),
		cmocka_unit_test(test_everyone_learns),
		cmocka_unit_test(test_plateau_and_patience),
		cmocka_unit_test(test_cooldown),
		cmocka_unit_test(test_early_stopping),
		cmocka_unit_test(test_lbfgs_quadratic),
		cmocka_unit_test(test_lbfgs_net),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("train optimisers", tests, NULL, NULL);
}
