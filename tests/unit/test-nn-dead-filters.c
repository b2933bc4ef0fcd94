/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-dead-filters.c - dead filters in front of depthwise layers, which make another constant of them: gone where that
 * is one at the borders, too, and kept where it is not. Outputs stay what they were.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/graph/edit.h"
#include "nn/graph/passes.h"
#include "nn/import/import.h"
#include "tests/unit/nn-fixture.h"
#include "tests/unit/nn-runner.h"

#define SHAPE(...) ((const uint32_t[]){__VA_ARGS__})
#define PRUNED	   "data/models/seed3/network_CIFAR100/pruning_model/pruning_network_without_optim.tflite"
#define GOLDEN	   "data/models/golden/network_CIFAR100__pruning_model__pruning_network_without_optim.out.npy"

enum { SIDE = 7, CHANNELS = 5, OUTPUTS = 3, SAMPLES = 4 };

static uint64_t state = 17;

/* --- a network: 3x3 -> ReLU -> depthwise 3x3 -> ReLU -> 1x1 or 3x3 -------------------------------------------------- */

struct form {
	int32_t pad;	    /* of the depthwise layer */
	int32_t reader_pad; /* 1: the reader is 3x3 and padded, 0: 1x1 */
};

static uint16_t append(struct graph *graph, enum nn_operator_code code, enum nn_activation activation, uint16_t input,
		       int32_t kernel, int32_t pad, uint32_t channels)
{
	const uint32_t *in = graph->tensors[input].shape;
	uint32_t side = in[1] + 2 * (uint32_t)pad - (uint32_t)kernel + 1, from = in[3];
	bool depthwise = code == NN_OPERATOR_DEPTHWISE_CONV_2D;
	struct graph_node node = {.code = code,
				  .activation = activation,
				  .inputs = 3,
				  .input = {input},
				  .parameters = {1, 1, 1, 1, pad, pad, pad, pad}};

	node.input[1] = fixture_constant(
		graph, 4, SHAPE((uint32_t)kernel, (uint32_t)kernel, from, depthwise ? 1 : channels), &state);
	node.input[2] = fixture_constant(graph, 1, SHAPE(channels), &state);
	node.output = fixture_variable(graph, 4, SHAPE(1, side, side, channels));
	assert_int_equal(graph_add_node(graph, &node), 0);
	return node.output;
}

static float *floats(struct graph *graph, unsigned node, unsigned input)
{
	return graph->tensors[graph->nodes[node].input[input]].data;
}

/* Channel 2 of the first layer is dead and gives 0.5. */
static struct graph *make(const struct form *form)
{
	struct graph *graph = graph_new();
	uint16_t x;

	assert_non_null(graph);
	graph->input = fixture_variable(graph, 4, SHAPE(1, SIDE, SIDE, 2));
	x = append(graph, NN_OPERATOR_CONV_2D, NN_ACTIVATION_RELU, graph->input, 3, 1, CHANNELS);
	x = append(graph, NN_OPERATOR_DEPTHWISE_CONV_2D, NN_ACTIVATION_RELU, x, 3, form->pad, CHANNELS);
	graph->output = append(graph, NN_OPERATOR_CONV_2D, NN_ACTIVATION_NONE, x, form->reader_pad ? 3 : 1,
			       form->reader_pad, OUTPUTS);
	for (unsigned i = 0; i < 3 * 3 * 2; i++)
		floats(graph, 0, 1)[i * CHANNELS + 2] = 0;
	floats(graph, 0, 2)[2] = 0.5f;
	assert_int_equal(graph_count_dead_filters(graph), 1);
	return graph;
}

/* Runs, sweeps, and runs again. Returns how many channels are left. */
static uint32_t sweep(struct graph *graph)
{
	static float in[SAMPLES * SIDE * SIDE * 2], before[SAMPLES * SIDE * SIDE * OUTPUTS], after[sizeof(before) / 4];
	size_t outputs = graph_elements(&graph->tensors[graph->output]);
	uint32_t left;

	fixture_fill(in, sizeof(in) / sizeof(in[0]), &state);
	runner_run(graph, in, SAMPLES, SIDE * SIDE * 2, outputs, before);
	graph_remove_dead_filters(graph);
	graph_sweep(graph);
	runner_run(graph, in, SAMPLES, SIDE * SIDE * 2, outputs, after);
	assert_true(runner_worst(before, after, SAMPLES * outputs) <= 1e-5f);
	left = graph->tensors[graph->nodes[0].output].shape[3];
	assert_int_equal(graph->tensors[graph->nodes[1].output].shape[3], left);
	assert_int_equal(graph->tensors[graph->nodes[2].input[1]].shape[2], left);
	graph_free(graph);
	return left;
}

static void it_goes_where_no_window_sticks_out(void **unused)
{
	(void)unused;
	assert_int_equal(sweep(make(&(struct form){0, 0})), CHANNELS - 1);
}

static void it_stays_where_borders_differ(void **unused)
{
	struct graph *graph = make(&(struct form){1, 0});

	(void)unused;
	floats(graph, 1, 2)[2] = 10; /* no limit hides it */
	assert_int_equal(sweep(graph), CHANNELS);
}

static void it_goes_where_limits_hide_the_borders(void **unused)
{
	struct graph *graph = make(&(struct form){1, 0});

	(void)unused;
	floats(graph, 1, 2)[2] = -10; /* the ReLU makes it 0, whatever lies under the window */
	assert_int_equal(sweep(graph), CHANNELS - 1);
}

static void it_stays_before_a_padded_reader(void **unused)
{
	struct graph *graph = make(&(struct form){0, 1});

	(void)unused;
	floats(graph, 1, 2)[2] = 10;
	assert_int_equal(sweep(graph), CHANNELS);
}

static void it_goes_before_a_padded_reader_that_ignores_it(void **unused)
{
	struct graph *graph = make(&(struct form){0, 1});

	(void)unused;
	floats(graph, 1, 2)[2] = 10;
	for (unsigned tap = 0; tap < 9; tap++)
		for (unsigned o = 0; o < OUTPUTS; o++)
			floats(graph, 2, 1)[(tap * CHANNELS + 2) * OUTPUTS + o] = 0;
	assert_int_equal(sweep(graph), CHANNELS - 1);
}

/* --- a real one ------------------------------------------------------------------------------------------------------ */

/* Of 13, 12 go; the other one's depthwise layer makes something else of it at the borders. */
static void twelve_of_the_pruned_network_go(void **unused)
{
	char reason[GRAPH_REASON];
	struct graph *graph;
	float *in, *wanted, out[80];
	size_t n;

	(void)unused;
	if (!fixture_shared(PRUNED) || !fixture_shared(GOLDEN))
		skip();
	if (import_file(fixture_shared(PRUNED), &graph, reason) < 0)
		fail_msg("%s", reason);
	assert_int_equal(graph_count_dead_filters(graph), 13);
	graph_optimise(graph);
	assert_int_equal(graph_count_dead_filters(graph), 1);
	n = runner_load_npy("data/models/golden/synth_cifar_f32_nhwc.npy", (void **)&in) / sizeof(float) / 3072;
	assert_int_equal(runner_load_npy(GOLDEN, (void **)&wanted), n * 20 * sizeof(float));
	runner_run(graph, in, n, 3072, 20, out);
	assert_true(runner_worst(out, wanted, n * 20) <= 1e-5f);
	free(in);
	free(wanted);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_goes_where_no_window_sticks_out),
		cmocka_unit_test(it_stays_where_borders_differ),
		cmocka_unit_test(it_goes_where_limits_hide_the_borders),
		cmocka_unit_test(it_stays_before_a_padded_reader),
		cmocka_unit_test(it_goes_before_a_padded_reader_that_ignores_it),
		cmocka_unit_test(twelve_of_the_pruned_network_go),
	};

	return cmocka_run_group_tests_name("dead filters", tests, NULL, NULL);
}
