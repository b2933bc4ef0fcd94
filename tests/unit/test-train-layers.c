/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-train-layers.c - networks from lists and the built-in ones: their sizes, that the runtime computes what the trainer
 * does (also with batch norms folded away), a new head, and what is refused.
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

#include "nn/export/pnn.h"
#include "nn/graph/passes.h"
#include "nn/runtime/run.h"
#include "tests/unit/train-fixture.h"

/* Parameters as their authors count them, where a batch norm has two a channel; multiplications of the runtime. */
static void test_sizes(void **state)
{
	static const struct {
		const char *name;
		uint32_t parameters;
		uint64_t macs;
	} known[] = {
		{"CNN2D_ST_HandPosture", 2752, 7744},
		{"two-branches", 3596, 0},
		{"res88", 1800, 0},
		{"res33", 1352, 0},
		{"mnist-mlp", 199210, 198800},
		{"cifar10-cnn", 272810, 0},
		{"cifar10-small", 80530 - 2 * 96, 0}, /* counted with the running statistics */
		{"cifar100-cnn", 465504, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct layers_maker *maker = layers_find_maker(known[i].name);
		struct trainer_options options = trainer_defaults;
		struct graph *graph = train_build_maker(known[i].name, NULL, maker->classes, &options);
		struct trainer *trainer;
		struct nn_model model;
		char reason[GRAPH_REASON];
		void *bytes;
		size_t size;

		options.threads = 1;
		trainer = train_open(graph, &options);
		if (trainer_parameters(trainer) != known[i].parameters)
			fail_msg("%s has %u parameters", known[i].name, (unsigned)trainer_parameters(trainer));
		assert_int_equal(pnn_write(graph, &bytes, &size, reason), 0);
		assert_int_equal(nn_model_parse(bytes, size, &model), 0);
		if (known[i].macs)
			assert_int_equal(model.macs, known[i].macs);
		free(bytes);
		trainer_close(trainer);
		graph_free(graph);
	}
}

/* The furthest that the runtime's outputs are from these. */
static double distance(const struct graph *graph, const struct train_samples *samples, uint32_t n, const float *outputs)
{
	char reason[GRAPH_REASON];
	struct nn_model model;
	struct nn_run run;
	void *bytes, *arena;
	double furthest = 0;
	size_t size;

	if (pnn_write(graph, &bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	assert_int_equal(nn_model_parse(bytes, size, &model), 0);
	arena = aligned_alloc(NN_FORMAT_ALIGN, (model.main->arena_bytes + NN_FORMAT_ALIGN) & ~(NN_FORMAT_ALIGN - 1u));
	assert_int_equal(nn_run_start(&run, &model, arena, model.main->arena_bytes), 0);
	for (uint32_t i = 0; i < n; i++) {
		float target[16] = {0}, *out = nn_run_tensor(&run, nn_model_output(&model));

		train_samples_fill(samples, i, 0, nn_run_tensor(&run, nn_model_input(&model)), target);
		nn_run(&run);
		for (uint32_t k = 0; k < samples->classes; k++)
			furthest = fmax(furthest, fabs((double)(out[k] - outputs[i * samples->classes + k])));
	}
	free(arena);
	free(bytes);
	return furthest;
}

static void test_runtime_agrees(void **state)
{
	static const char *const names[] = {"CNN2D_ST_HandPosture", "two-branches", "res88", "mnist-cnn",
					    "cifar10-small"};
	enum { SAMPLES = 40 };

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const uint32_t input[3] = {12, 12, 2};
		struct trainer_options options = trainer_defaults;
		struct graph *graph = train_build_maker(names[i], input, 5, &options);
		struct trainer *trainer;
		struct train_samples samples = {.inputs = 288, .classes = 5, .noise = 1};
		struct trainer_data data = train_samples_data(&samples, SAMPLES);
		float outputs[SAMPLES * 5];
		uint16_t nodes = graph->node_count;

		options.epochs = 3;
		options.batch = 8;
		trainer = train_open(graph, &options);
		assert_int_equal(trainer_fit(trainer, &data, NULL, NULL, NULL), 0);
		assert_int_equal(trainer_predict(trainer, &data, outputs), 0);
		trainer_close(trainer);
		assert_true(distance(graph, &samples, SAMPLES, outputs) < 1e-5);
		graph_optimise(graph);
		assert_true(distance(graph, &samples, SAMPLES, outputs) < 1e-4);
		if (i == 1 || i == 2)
			assert_true(graph->node_count < nodes); /* norms are part of convolutions */
		graph_free(graph);
	}
}

/* What was learnt of five classes stays, three others are learnt on top. */
static void test_new_head(void **state)
{
	struct trainer_options options = trainer_defaults;
	struct graph *graph = train_build_maker("CNN2D_ST_HandPosture", NULL, 5, &options);
	struct train_samples samples = {.inputs = 128, .classes = 3, .noise = 1};
	struct trainer_data data = train_samples_data(&samples, 60);
	bool frozen[NN_TENSORS_MAX] = {false};
	struct trainer_score score;
	struct trainer *trainer;
	char reason[GRAPH_REASON];

	(void)state;
	assert_int_equal(layers_replace_head(graph, 3, 1, reason), 0);
	for (uint16_t i = 0; i < graph->tensor_count; i++)
		frozen[i] = strncmp(graph->tensors[i].name, "head", 4) != 0;
	options = trainer_defaults;
	options.frozen = frozen;
	options.rate = 1e-2f;
	options.batch = 16;
	options.epochs = 40;
	trainer = train_open(graph, &options);
	assert_int_equal(trainer_outputs(trainer), 3);
	assert_int_equal(trainer_parameters(trainer), 32 * 3 + 3);
	assert_int_equal(trainer_fit(trainer, &data, NULL, NULL, NULL), 0);
	assert_int_equal(trainer_evaluate(trainer, &data, &score), 0);
	assert_true(score.accuracy > 0.9);
	trainer_close(trainer);
	graph_free(graph);
}

/* Before the last layer of a network that is begun with: it learns with holes, and what it answers has none. */
static void test_dropout_before_head(void **state)
{
	static const struct layer joined[] = {{.kind = LAYER_DENSE, .filters = 16},
					      {.kind = LAYER_DENSE, .filters = 16},
					      {.kind = LAYER_ADD, .other = 1}};
	struct train_samples samples = {.inputs = 8 * 8 * 2, .classes = 5, .noise = 0.5f};
	struct trainer_data data = train_samples_data(&samples, 60);
	struct layers layers = {.input = {1, 1, 16}};
	struct trainer_options options;
	char reason[GRAPH_REASON], hash[3][65];
	struct graph *graph;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct trainer *trainer;
		struct trainer_score score, again;

		options = trainer_defaults;
		graph = train_build_maker("CNN2D_ST_HandPosture", NULL, 5, &options);
		options.dropout_count = 0;
		if (i)
			assert_int_equal(layers_drop_before_head(graph, i == 1 ? 0.5f : 0, &options, reason), 0);
		options.epochs = 2;
		trainer = train_open(graph, &options);
		assert_int_equal(trainer_fit(trainer, &data, NULL, NULL, NULL), 0);
		assert_int_equal(trainer_evaluate(trainer, &data, &score), 0);
		assert_int_equal(trainer_evaluate(trainer, &data, &again), 0);
		assert_true(score.loss == again.loss);
		trainer_close(trainer);
		train_hash(graph, hash[i]);
		graph_free(graph);
	}
	assert_string_not_equal(hash[0], hash[1]);
	assert_string_equal(hash[0], hash[2]);
	for (unsigned i = 0; i < 3; i++)
		layers_add(&layers, &joined[i]);
	options = trainer_defaults;
	graph = train_build(&layers, 1, &options);
	assert_int_equal(layers_drop_before_head(graph, 0.5f, &options, reason), -ENOTSUP);
	assert_non_null(strstr(reason, "dropout: "));
	graph_free(graph);
}

static void test_refused(void **state)
{
	static const struct {
		struct layer list[3];
		const char *word;
	} wrong[] = {
		{{{.kind = LAYER_CONV_2D, .filters = 2, .kernel = {9, 9}}}, "larger than the image"},
		{{{.kind = LAYER_CONV_2D, .filters = 0, .kernel = {3, 3}}}, "filters"},
		{{{.kind = LAYER_DENSE, .filters = 4}, {.kind = LAYER_CONV_2D, .filters = 1}}, "flat"},
		{{{.kind = LAYER_DENSE, .filters = 4}, {.kind = LAYER_ADD, .other = LAYER_INPUT}}, "different shapes"},
		{{{.kind = LAYER_DENSE, .filters = 4, .from = 2}}, "before it"},
		{{{.kind = LAYER_DROPOUT, .share = 1}}, "share"},
		{{{.kind = LAYER_CONV_2D, .filters = 65536, .kernel = {64, 64}, .same = true}}, "too large"},
	};
	struct trainer_options options = trainer_defaults;

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct layers layers = {.input = {8, 8, 2}};
		struct graph *graph = NULL;
		char reason[GRAPH_REASON];

		for (unsigned k = 0; k < 3 && (k == 0 || wrong[i].list[k].kind || wrong[i].list[k].filters); k++)
			layers_add(&layers, &wrong[i].list[k]);
		assert_int_equal(layers_build(&layers, 1, &graph, &options, reason), -EINVAL);
		if (!strstr(reason, wrong[i].word))
			fail_msg("%s", reason);
		assert_null(graph);
	}
	assert_int_equal(options.dropout_count, 0);
	assert_null(layers_find_maker("none such"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),	 cmocka_unit_test(test_runtime_agrees),
		cmocka_unit_test(test_new_head), cmocka_unit_test(test_dropout_before_head),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("train layers", tests, NULL, NULL);
}
