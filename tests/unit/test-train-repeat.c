/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-train-repeat.c - the same options give the same bits: on one thread or three, with AVX2 or without, in one go or
 * interrupted; and what must stay as it is does.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/train/kernels.h"
#include "nn/train/random.h"
#include "tests/unit/train-fixture.h"

enum {
	SAMPLES = 203, /* batches of 48, the last with 11 */
	HASH = 65,
};

static struct trainer_options options_of(enum trainer_optimiser optimiser)
{
	struct trainer_options options = trainer_defaults;

	options.optimiser = optimiser;
	options.rate = 3e-3f;
	options.decay = 1e-3f;
	options.batch = 48;
	options.epochs = 4;
	options.threads = 1;
	options.schedule.kind = TRAINER_COSINE;
	options.schedule.warm_up = 3;
	return options;
}

/* The weights that a network has after training, as a hash. */
static void train(const char *name, struct trainer_options options, char ret_hash[HASH])
{
	struct graph *graph = train_build_maker(name, NULL, 6, &options);
	struct trainer *trainer = train_open(graph, &options);
	struct train_samples samples = {.inputs = 128, .classes = 6, .noise = 1.5f};
	struct trainer_data data = train_samples_data(&samples, SAMPLES);

	assert_int_equal(trainer_fit(trainer, &data, &data, NULL, NULL), 0);
	trainer_close(trainer);
	train_hash(graph, ret_hash);
	graph_free(graph);
}

static void test_threads_and_vectors(void **state)
{
	static const char *const names[] = {"CNN2D_ST_HandPosture", "res88"}; /* without and with batch norms */

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct trainer_options options = options_of(TRAINER_ADAMW);
		char hash[HASH], other[HASH];

		train(names[i], options, hash);
		for (unsigned threads = 2; threads <= 3; threads++) {
			options.threads = threads;
			train(names[i], options, other);
			assert_string_equal(hash, other);
		}
		options.plain = true;
		train(names[i], options, other);
		assert_string_equal(hash, other);
		options.seed = 2;
		train(names[i], options, other);
		assert_string_not_equal(hash, other);
	}
}

/* Odd sizes, so that every rest of a block is met. */
static void test_kernels_agree(void **state)
{
	enum { INPUTS = 13, OUTPUTS = 11 };
	const struct train_kernels *plain = train_kernels_plain(), *best = train_kernels_best();
	struct train_runs runs = {.runs = 2, .n = 5, .x_step = 7, .w_step = 6 * OUTPUTS, .outputs = OUTPUTS};
	struct train_positions positions = {.rows = 2, .cols = 2, .x_row = 4, .x_col = 1, .dy_row = 2, .dy_col = 0};
	static float x[INPUTS * TRAIN_LANES] __attribute__((aligned(64)));
	static float y[2][INPUTS * TRAIN_LANES] __attribute__((aligned(64)));
	static float w[INPUTS * OUTPUTS], dw[2][INPUTS * OUTPUTS], by_lane[TRAIN_LANES * OUTPUTS];
	struct random random = {1};

	(void)state;
	for (unsigned i = 0; i < INPUTS * TRAIN_LANES; i++) {
		x[i] = random_between(&random, -1, 1);
		y[0][i] = y[1][i] = random_between(&random, -1, 1);
	}
	for (unsigned i = 0; i < INPUTS * OUTPUTS; i++) {
		w[i] = random_between(&random, -1, 1);
		dw[0][i] = dw[1][i] = w[i];
	}
	for (unsigned i = 0; i < TRAIN_LANES * OUTPUTS; i++)
		by_lane[i] = random_between(&random, -1, 1);
	for (unsigned k = 0; k < 2; k++) {
		const struct train_kernels *kernels = k ? best : plain;

		kernels->forward(&runs, x, w, y[k]);
		kernels->backward(&runs, x, w, y[k]);
		kernels->slopes(&positions, x, y[k], OUTPUTS, dw[k]);
		kernels->outer(INPUTS, OUTPUTS, x, by_lane, dw[k]);
		kernels->clamp(INPUTS * TRAIN_LANES, -0.5f, 2, y[k]);
	}
	assert_memory_equal(y[0], y[1], sizeof(y[0]));
	assert_memory_equal(dw[0], dw[1], sizeof(dw[0]));
}

struct interruption {
	uint32_t at;
	void *bytes;
	size_t size;
};

static bool interrupt(void *context, struct trainer *trainer, const struct trainer_record *record)
{
	struct interruption *interruption = context;

	if (record->epoch != interruption->at)
		return true;
	assert_int_equal(trainer_save(trainer, &interruption->bytes, &interruption->size), 0);
	return false;
}

static void resume(const char *name, struct trainer_options options, const struct trainer_data *data,
		   struct interruption *interruption, char ret_hash[HASH])
{
	char reason[GRAPH_REASON];
	struct graph *graph = train_build_maker(name, NULL, 6, &options);
	struct trainer *trainer = train_open(graph, &options);

	assert_int_equal(trainer_load(trainer, interruption->bytes, interruption->size, reason), 0);
	assert_int_equal(trainer_epochs_done(trainer), interruption->at + 1);
	assert_int_equal(trainer_fit(trainer, data, data, NULL, NULL), 0);
	trainer_close(trainer);
	train_hash(graph, ret_hash);
	graph_free(graph);
}

static void test_resume(void **state)
{
	static const enum trainer_optimiser optimisers[] = {TRAINER_SGD, TRAINER_ADAM, TRAINER_ADAMW};
	struct train_samples samples = {.inputs = 128, .classes = 6, .noise = 1.5f};
	struct trainer_data data = train_samples_data(&samples, SAMPLES);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct trainer_options options = options_of(optimisers[i]), first = options;
		const char *name = i ? "res33" : "CNN2D_ST_HandPosture";
		struct interruption interruption = {.at = 1};
		struct graph *graph = train_build_maker(name, NULL, 6, &first);
		struct trainer *trainer = train_open(graph, &first);
		char whole[HASH], resumed[HASH];

		options.keep_best = i == 2;
		options.schedule.kind = i == 1 ? TRAINER_PLATEAU : TRAINER_COSINE;
		options.schedule.epochs = 1;
		options.schedule.delta = 1;
		trainer_close(trainer);
		graph_free(graph);
		train(name, options, whole);

		first = options;
		graph = train_build_maker(name, NULL, 6, &first);
		trainer = train_open(graph, &first);
		assert_int_equal(trainer_fit(trainer, &data, &data, interrupt, &interruption), 0);
		trainer_close(trainer);
		graph_free(graph);
		resume(name, options, &data, &interruption, resumed);
		assert_string_equal(whole, resumed);
		free(interruption.bytes);
	}
}

static void test_damaged_state(void **state)
{
	struct trainer_options options = options_of(TRAINER_ADAM), other = options;
	struct graph *graph = train_build_maker("res33", NULL, 6, &options);
	struct trainer *trainer = train_open(graph, &options);
	char reason[GRAPH_REASON];
	uint8_t *bytes;
	size_t size;

	(void)state;
	assert_int_equal(trainer_save(trainer, (void **)&bytes, &size), 0);
	assert_int_equal(trainer_load(trainer, bytes, size, reason), 0);
	for (size_t cut = 0; cut < size; cut += cut < 200 ? 1 : 977)
		assert_int_equal(trainer_load(trainer, bytes, cut, reason), -EBADMSG);
	for (size_t i = 0; i < 200; i++) {
		bytes[i] ^= 1;
		assert_int_equal(trainer_load(trainer, bytes, size, reason), -EBADMSG);
		bytes[i] ^= 1;
	}
	trainer_close(trainer);
	other.rate = 1;
	trainer = train_open(graph, &other);
	assert_int_equal(trainer_load(trainer, bytes, size, reason), -EINVAL);
	trainer_close(trainer);
	graph_free(graph);
	free(bytes);
}

static void test_snapshot(void **state)
{
	struct trainer_options options = options_of(TRAINER_SGD);
	struct graph *graph = train_build_maker("res33", NULL, 6, &options);
	struct trainer *trainer = train_open(graph, &options);
	struct train_samples samples = {.inputs = 128, .classes = 6, .noise = 1};
	struct trainer_data data = train_samples_data(&samples, SAMPLES);
	struct trainer_score score;
	char before[HASH], after[HASH];

	(void)state;
	assert_false(trainer_restore(trainer));
	assert_int_equal(trainer_epoch(trainer, &data, &score), 0);
	trainer_snapshot(trainer);
	trainer_publish(trainer);
	train_hash(graph, before);
	assert_int_equal(trainer_epoch(trainer, &data, &score), 0);
	trainer_publish(trainer);
	train_hash(graph, after);
	assert_string_not_equal(before, after);
	assert_true(trainer_restore(trainer));
	trainer_publish(trainer);
	train_hash(graph, after);
	assert_string_equal(before, after);
	trainer_close(trainer);
	graph_free(graph);
}

/* Everything but the last layer is frozen, a batch norm too, which then also keeps its statistics to itself. */
static void test_frozen(void **state)
{
	struct trainer_options options = options_of(TRAINER_ADAMW);
	struct graph *graph = train_build_maker("res33", NULL, 6, &options), *before = graph_new();
	struct train_samples samples = {.inputs = 128, .classes = 6, .noise = 1};
	struct trainer_data data = train_samples_data(&samples, SAMPLES);
	bool frozen[NN_TENSORS_MAX];
	struct trainer *trainer;
	unsigned changed = 0;

	(void)state;
	for (uint16_t i = 0; i < graph->tensor_count; i++) {
		struct graph_tensor *t = &graph->tensors[i];

		frozen[i] = strncmp(t->name, "dense", 5) != 0;
		if (t->data)
			graph_add_constant(before, t->name, t->type, t->dims, t->shape, t->data);
	}
	options.frozen = frozen;
	trainer = train_open(graph, &options);
	assert_int_equal(trainer_parameters(trainer), 72 * 6 + 6);
	assert_int_equal(trainer_fit(trainer, &data, NULL, NULL, NULL), 0);
	for (uint16_t i = 0, k = 0; i < graph->tensor_count; i++) {
		struct graph_tensor *t = &graph->tensors[i];
		bool same;

		if (!t->data)
			continue;
		same = !memcmp(t->data, before->tensors[k++].data, graph_tensor_bytes(t));
		assert_int_equal(same, frozen[i]);
		changed += !same;
	}
	assert_int_equal(changed, 2);
	trainer_close(trainer);
	graph_free(graph);
	graph_free(before);
}

static volatile sig_atomic_t stopped;

static bool stop_at_two(void *context, struct trainer *trainer, const struct trainer_record *record)
{
	(void)context;
	(void)trainer;
	stopped = record->epoch == 1;
	return true;
}

/* Ctrl-C keeps what is best so far. */
static void test_stop(void **state)
{
	struct trainer_options options = options_of(TRAINER_ADAM);
	struct graph *graph = train_build_maker("res33", NULL, 6, &options);
	struct train_samples samples = {.inputs = 128, .classes = 6, .noise = 1};
	struct trainer_data data = train_samples_data(&samples, SAMPLES);
	struct trainer *trainer;
	double best = 0;

	(void)state;
	stopped = 0;
	options.stop = &stopped;
	options.keep_best = true;
	trainer = train_open(graph, &options);
	assert_int_equal(trainer_fit(trainer, &data, &data, stop_at_two, NULL), -ECANCELED);
	assert_int_equal(trainer_epochs_done(trainer), 2);
	assert_in_range(trainer_best_epoch(trainer, &best), 0, 1);
	assert_true(best > 0);
	trainer_close(trainer);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_and_vectors),
		cmocka_unit_test(test_kernels_agree),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_damaged_state),
		cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests_name("train repeat", tests, NULL, NULL);
}
