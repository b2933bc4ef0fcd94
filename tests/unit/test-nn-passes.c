/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-passes.c - each pass: what it takes out, that the outputs stay, and what it has to leave alone. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/graph/edit.h"
#include "nn/graph/passes.h"
#include "nn/import/import.h"
#include "tests/unit/nn-fixture.h"
#include "tests/unit/nn-runner.h"

#define SHAPE(...) ((const uint32_t[]){__VA_ARGS__})

static uint64_t state;

static int set_up(void **graph)
{
	state = 5;
	*graph = graph_new();
	return *graph ? 0 : -1;
}

static int tear_down(void **graph)
{
	graph_free(*graph);
	return 0;
}

/* --- small networks ------------------------------------------------------------------------------------------------ */

static uint16_t append(struct graph *graph, struct graph_node node, unsigned dims, const uint32_t *shape)
{
	node.output = fixture_variable(graph, dims, shape);
	assert_int_equal(graph_add_node(graph, &node), 0);
	graph->output = node.output;
	return node.output;
}

/* 3x3 with padding of 1, 4x4 images. */
static uint16_t conv(struct graph *graph, uint16_t x, uint32_t channels, enum nn_activation activation)
{
	uint32_t ci = graph->tensors[x].shape[3];

	return append(graph,
		      (struct graph_node){.code = NN_OPERATOR_CONV_2D,
					  .activation = activation,
					  .inputs = 3,
					  .input = {x, fixture_constant(graph, 4, SHAPE(3, 3, ci, channels), &state),
						    fixture_constant(graph, 1, SHAPE(channels), &state)},
					  .parameters = {1, 1, 1, 1, 1, 1, 1, 1}},
		      4, SHAPE(1, 4, 4, channels));
}

static uint16_t pairwise(struct graph *graph, enum nn_operator_code code, uint16_t x, uint16_t y)
{
	const struct graph_tensor tensor = graph->tensors[x];

	return append(graph, (struct graph_node){.code = code, .inputs = 2, .input = {x, y}}, tensor.dims,
		      tensor.shape);
}

static uint16_t norm(struct graph *graph, uint16_t x)
{
	uint32_t n = graph->tensors[x].shape[graph->tensors[x].dims - 1];

	x = pairwise(graph, NN_OPERATOR_MULTIPLY, x, fixture_constant(graph, 1, &n, &state));
	return pairwise(graph, NN_OPERATOR_ADD, x, fixture_constant(graph, 1, &n, &state));
}

static uint16_t pool(struct graph *graph, uint16_t x, uint32_t size)
{
	uint32_t channels = graph->tensors[x].shape[3];

	return append(graph,
		      (struct graph_node){.code = NN_OPERATOR_MAX_POOL_2D,
					  .inputs = 1,
					  .input = {x},
					  .parameters = {2, 2, 1, 1, 0, 0, 0, 0, 2, 2}},
		      4, SHAPE(1, size / 2, size / 2, channels));
}

static uint16_t flatten(struct graph *graph, uint16_t x)
{
	uint32_t n = (uint32_t)graph_elements(&graph->tensors[x]);

	return append(graph, (struct graph_node){.code = NN_OPERATOR_RESHAPE, .inputs = 1, .input = {x}}, 2,
		      SHAPE(1, n));
}

static uint16_t dense(struct graph *graph, uint16_t x, uint32_t outputs)
{
	uint32_t inputs = (uint32_t)graph_elements(&graph->tensors[x]);

	return append(graph,
		      (struct graph_node){.code = NN_OPERATOR_DENSE,
					  .inputs = 3,
					  .input = {x, fixture_constant(graph, 2, SHAPE(inputs, outputs), &state),
						    fixture_constant(graph, 1, SHAPE(outputs), &state)}},
		      2, SHAPE(1, outputs));
}

static uint16_t transpose(struct graph *graph, uint16_t x, int32_t a, int32_t b, int32_t c, int32_t d)
{
	const struct graph_tensor tensor = graph->tensors[x];

	return append(graph,
		      (struct graph_node){
			      .code = NN_OPERATOR_TRANSPOSE, .inputs = 1, .input = {x}, .parameters = {a, b, c, d}},
		      4, SHAPE(tensor.shape[a], tensor.shape[b], tensor.shape[c], tensor.shape[d]));
}

static uint16_t image(struct graph *graph, uint32_t channels)
{
	graph->input = fixture_variable(graph, 4, SHAPE(1, 4, 4, channels));
	return graph->input;
}

/* Runs a pass; the outputs may differ by `most`, the graph has `nodes` afterwards. */
static void check(struct graph *graph, void (*pass)(struct graph *graph), unsigned nodes, float most)
{
	float in[4 * 64], before[4 * 64], after[4 * 64], worst;
	size_t inputs = graph_elements(&graph->tensors[graph->input]);
	size_t outputs = graph_elements(&graph->tensors[graph->output]);

	fixture_fill(in, 4 * inputs, &state);
	runner_run(graph, in, 4, inputs, outputs, before);
	pass(graph);
	graph_sweep(graph);
	runner_run(graph, in, 4, inputs, outputs, after);
	worst = runner_worst(before, after, 4 * outputs);
	if (worst > most)
		fail_msg("differs by %g", (double)worst);
	assert_int_equal(graph->node_count, nodes);
}

/* --- fold-linear --------------------------------------------------------------------------------------------------- */

static void norm_goes_into_the_convolution(void **graph)
{
	norm(*graph, conv(*graph, image(*graph, 2), 3, NN_ACTIVATION_NONE));
	check(*graph, graph_fold_linear, 1, 1e-6f);
	assert_int_equal(((struct graph *)*graph)->nodes[0].inputs, 3);
}

static void norm_behind_an_activation_becomes_limits(void **graph)
{
	struct graph *g = *graph;

	norm(g, conv(g, image(g, 2), 4, NN_ACTIVATION_RELU6));
	/* A slope of 0, and one below. */
	((float *)g->tensors[g->nodes[1].input[1]].data)[0] = 0;
	((float *)g->tensors[g->nodes[1].input[1]].data)[1] = -0.5f;
	check(g, graph_fold_linear, 1, 1e-6f);
	assert_int_equal(g->nodes[0].inputs, 4);
	assert_int_equal(g->nodes[0].activation, NN_ACTIVATION_NONE);
}

static void norms_in_a_row_and_their_activation(void **graph)
{
	struct graph *g = *graph;

	norm(g, norm(g, conv(g, image(g, 2), 4, NN_ACTIVATION_RELU)));
	g->nodes[4].activation = NN_ACTIVATION_RELU;
	check(g, graph_fold_linear, 1, 1e-6f);
}

static void norm_goes_through_a_max_pool_when_it_grows(void **graph)
{
	struct graph *g = *graph;
	float *slopes;

	norm(g, pool(g, conv(g, image(g, 2), 3, NN_ACTIVATION_NONE), 4));
	slopes = g->tensors[g->nodes[2].input[1]].data;
	for (unsigned i = 0; i < 3; i++)
		slopes[i] = fabsf(slopes[i]) + 0.1f;
	check(g, graph_fold_linear, 2, 1e-6f);
}

static void norm_that_falls_stays_behind_a_max_pool(void **graph)
{
	struct graph *g = *graph;

	norm(g, pool(g, conv(g, image(g, 2), 3, NN_ACTIVATION_NONE), 4));
	((float *)g->tensors[g->nodes[2].input[1]].data)[0] = -1;
	check(g, graph_fold_linear, 4, 0);
}

static void what_others_read_too_stays(void **graph)
{
	uint16_t x = conv(*graph, image(*graph, 3), 3, NN_ACTIVATION_NONE);

	pairwise(*graph, NN_OPERATOR_ADD, norm(*graph, x), x);
	check(*graph, graph_fold_linear, 4, 0);
}

static void shared_constants_are_copied(void **graph)
{
	struct graph *g = *graph;
	uint16_t x = image(g, 3), y = conv(g, x, 3, NN_ACTIVATION_NONE), z = conv(g, x, 3, NN_ACTIVATION_NONE);

	g->nodes[1].input[1] = g->nodes[0].input[1];
	g->nodes[1].input[2] = g->nodes[0].input[2];
	pairwise(g, NN_OPERATOR_ADD, norm(g, y), z);
	check(g, graph_fold_linear, 3, 1e-6f);
}

static void infinite_constants_stay(void **graph)
{
	struct graph *g = *graph;

	norm(g, conv(g, image(g, 2), 3, NN_ACTIVATION_RELU));
	((float *)g->tensors[g->nodes[1].input[1]].data)[1] = INFINITY;
	graph_fold_linear(g);
	assert_int_equal(runner_count(g, NN_OPERATOR_MULTIPLY), 1);
}

/* --- merge-branches ------------------------------------------------------------------------------------------------ */

static void branches_become_one(void **graph)
{
	uint16_t x = image(*graph, 2), y = conv(*graph, x, 4, NN_ACTIVATION_NONE);

	pairwise(*graph, NN_OPERATOR_ADD, y, conv(*graph, x, 4, NN_ACTIVATION_NONE));
	check(*graph, graph_merge_branches, 1, 2e-6f);
}

static void a_smaller_kernel_goes_into_a_larger_one(void **graph)
{
	struct graph *g = *graph;
	uint16_t x = image(g, 2), y = conv(g, x, 4, NN_ACTIVATION_NONE), z;

	z = append(g,
		   (struct graph_node){.code = NN_OPERATOR_CONV_2D,
				       .inputs = 3,
				       .input = {x, fixture_constant(g, 4, SHAPE(1, 1, 2, 4), &state),
						 fixture_constant(g, 1, SHAPE(4), &state)},
				       .parameters = {1, 1, 1, 1}},
		   4, SHAPE(1, 4, 4, 4));
	pairwise(g, NN_OPERATOR_ADD, z, y);
	check(g, graph_merge_branches, 1, 2e-6f);
}

static void a_shortcut_becomes_ones(void **graph)
{
	uint16_t x = image(*graph, 3);

	pairwise(*graph, NN_OPERATOR_ADD, x, conv(*graph, x, 3, NN_ACTIVATION_NONE));
	check(*graph, graph_merge_branches, 1, 2e-6f);
}

static void branches_with_activations_stay(void **graph)
{
	uint16_t x = image(*graph, 3), y = conv(*graph, x, 3, NN_ACTIVATION_RELU);

	pairwise(*graph, NN_OPERATOR_ADD, y, conv(*graph, x, 3, NN_ACTIVATION_NONE));
	check(*graph, graph_merge_branches, 3, 0);
}

static void branches_of_different_tensors_stay(void **graph)
{
	uint16_t x = image(*graph, 3), y = conv(*graph, x, 3, NN_ACTIVATION_RELU);

	pairwise(*graph, NN_OPERATOR_ADD, conv(*graph, y, 3, NN_ACTIVATION_NONE),
		 conv(*graph, x, 3, NN_ACTIVATION_NONE));
	check(*graph, graph_merge_branches, 4, 0);
}

/* --- layout -------------------------------------------------------------------------------------------------------- */

static uint16_t relu(struct graph *graph, uint16_t x)
{
	const struct graph_tensor tensor = graph->tensors[x];

	return append(
		graph,
		(struct graph_node){
			.code = NN_OPERATOR_ACTIVATION, .activation = NN_ACTIVATION_RELU, .inputs = 1, .input = {x}},
		tensor.dims, tensor.shape);
}

static void transpositions_cancel(void **graph)
{
	struct graph *g = *graph;
	uint16_t x = transpose(g, image(g, 2), 0, 3, 1, 2);

	x = relu(g, x);
	x = pairwise(g, NN_OPERATOR_ADD, x, fixture_constant(g, 4, SHAPE(1, 2, 4, 4), &state));
	transpose(g, x, 0, 2, 3, 1);
	check(g, graph_layout, 2, 0);
}

static void branches_of_transpositions_cancel(void **graph)
{
	struct graph *g = *graph;
	uint16_t x = transpose(g, image(g, 2), 0, 3, 1, 2);

	x = pairwise(g, NN_OPERATOR_MULTIPLY, relu(g, x), x);
	transpose(g, x, 0, 2, 3, 1);
	check(g, graph_layout, 2, 0);
}

static void dense_weights_take_the_order_in(void **graph)
{
	struct graph *g = *graph;
	uint16_t x = transpose(g, image(g, 3), 0, 3, 1, 2);

	x = relu(g, flatten(g, transpose(g, x, 0, 1, 3, 2)));
	x = pairwise(g, NN_OPERATOR_ADD, x, fixture_constant(g, 1, SHAPE(48), &state));
	dense(g, x, 5);
	check(g, graph_layout, 4, 1e-6f);
	assert_int_equal(runner_count(g, NN_OPERATOR_TRANSPOSE), 0);
}

static void a_needed_transposition_stays(void **graph)
{
	struct graph *g = *graph;

	relu(g, transpose(g, relu(g, image(g, 2)), 0, 2, 1, 3));
	check(g, graph_layout, 3, 0);
}

static void only_ones_moved_is_a_reshape(void **graph)
{
	struct graph *g = *graph;

	g->input = fixture_variable(g, 4, SHAPE(1, 1, 1, 6));
	relu(g, transpose(g, relu(g, g->input), 0, 3, 1, 2));
	check(g, graph_layout, 3, 0);
	assert_int_equal(runner_count(g, NN_OPERATOR_RESHAPE), 1);
}

/* --- dead-filters -------------------------------------------------------------------------------------------------- */

static void kill_filter(struct graph *graph, unsigned node, uint32_t channel)
{
	struct graph_tensor *weights = &graph->tensors[graph->nodes[node].input[1]];
	uint32_t n = weights->shape[weights->dims - 1];

	for (size_t i = channel; i < graph_elements(weights); i += n)
		((float *)weights->data)[i] = 0;
}

static void dead_filters_before_a_dense_layer_go(void **graph)
{
	struct graph *g = *graph;

	dense(g, flatten(g, pool(g, conv(g, image(g, 2), 5, NN_ACTIVATION_RELU), 4)), 3);
	kill_filter(g, 0, 1);
	kill_filter(g, 0, 4);
	((float *)g->tensors[g->nodes[0].input[2]].data)[1] = 0.5f; /* what is left of it, and must not get lost */
	assert_int_equal(graph_count_dead_filters(g), 2);
	check(g, graph_remove_dead_filters, 4, 1e-6f);
	assert_int_equal(g->tensors[g->nodes[0].output].shape[3], 3);
	assert_int_equal(graph_count_dead_filters(g), 0);
}

static void dead_filters_of_zero_go_before_a_padded_window(void **graph)
{
	struct graph *g = *graph;

	conv(g, conv(g, image(g, 2), 4, NN_ACTIVATION_RELU), 3, NN_ACTIVATION_NONE);
	kill_filter(g, 0, 0);
	kill_filter(g, 0, 2);
	((float *)g->tensors[g->nodes[0].input[2]].data)[0] = -1; /* the ReLU makes it 0 */
	((float *)g->tensors[g->nodes[0].input[2]].data)[2] = 1;
	check(g, graph_remove_dead_filters, 2, 1e-6f);
	assert_int_equal(g->tensors[g->nodes[0].output].shape[3], 3);
}

/* The network of the README that was pruned to 70 %: all-zero filters that its author did not notice. */
static void pruned_network_has_thirteen(void **unused)
{
	const char *found =
		fixture_shared("data/models/seed3/network_CIFAR100/pruning_model/pruning_network_without_optim.tflite");
	char reason[GRAPH_REASON];
	struct graph *graph;

	(void)unused;
	if (!found)
		skip();
	if (import_file(found, &graph, reason) < 0)
		fail_msg("%s", reason);
	assert_int_equal(graph_count_dead_filters(graph), 13);
	graph_free(graph);
}

/* --- the others ---------------------------------------------------------------------------------------------------- */

static void padding_goes_into_the_convolution(void **graph)
{
	struct graph *g = *graph;
	struct graph_node pad = {.code = NN_OPERATOR_PAD, .inputs = 1, .parameters = {0, 1, 2, 0, 0, 1, 0, 0}};
	uint16_t x;

	pad.input[0] = image(g, 2);
	x = append(g, pad, 4, SHAPE(1, 6, 6, 2));
	append(g,
	       (struct graph_node){.code = NN_OPERATOR_CONV_2D,
				   .inputs = 3,
				   .input = {x, fixture_constant(g, 4, SHAPE(3, 3, 2, 3), &state),
					     fixture_constant(g, 1, SHAPE(3), &state)},
				   .parameters = {1, 1, 1, 1}},
	       4, SHAPE(1, 4, 4, 3));
	check(g, graph_fuse_padding, 1, 1e-6f);
}

static void constants_are_folded(void **graph)
{
	struct graph *g = *graph;
	uint16_t c = fixture_constant(g, 4, SHAPE(1, 4, 4, 2), &state), x = image(g, 2), y;

	y = relu(g, pairwise(g, NN_OPERATOR_MULTIPLY, c, fixture_constant(g, 1, SHAPE(2), &state)));
	pairwise(g, NN_OPERATOR_ADD, x, y);
	check(g, graph_fold_constants, 1, 0);
}

static void passes_go_by_name(void **graph)
{
	struct graph *g = *graph;

	norm(g, conv(g, image(g, 2), 3, NN_ACTIVATION_NONE));
	assert_int_equal(graph_run_passes(g, "layout,nonsense"), -EINVAL);
	assert_int_equal(graph_run_passes(g, ""), 0);
	assert_int_equal(graph_run_passes(g, "layout,merge-branches"), 0);
	assert_int_equal(g->node_count, 3);
	assert_int_equal(graph_run_passes(g, "fold-linear"), 0);
	assert_int_equal(g->node_count, 1);
}

#define PASS_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PASS_TEST(norm_goes_into_the_convolution),
		PASS_TEST(norm_behind_an_activation_becomes_limits),
		PASS_TEST(norms_in_a_row_and_their_activation),
		PASS_TEST(norm_goes_through_a_max_pool_when_it_grows),
		PASS_TEST(norm_that_falls_stays_behind_a_max_pool),
		PASS_TEST(what_others_read_too_stays),
		PASS_TEST(shared_constants_are_copied),
		PASS_TEST(infinite_constants_stay),
		PASS_TEST(branches_become_one),
		PASS_TEST(a_smaller_kernel_goes_into_a_larger_one),
		PASS_TEST(a_shortcut_becomes_ones),
		PASS_TEST(branches_with_activations_stay),
		PASS_TEST(branches_of_different_tensors_stay),
		PASS_TEST(transpositions_cancel),
		PASS_TEST(branches_of_transpositions_cancel),
		PASS_TEST(dense_weights_take_the_order_in),
		PASS_TEST(a_needed_transposition_stays),
		PASS_TEST(only_ones_moved_is_a_reshape),
		PASS_TEST(dead_filters_before_a_dense_layer_go),
		PASS_TEST(dead_filters_of_zero_go_before_a_padded_window),
		PASS_TEST(padding_goes_into_the_convolution),
		PASS_TEST(constants_are_folded),
		PASS_TEST(passes_go_by_name),
		cmocka_unit_test(pruned_network_has_thirteen),
	};

	return cmocka_run_group_tests_name("nn-passes", tests, NULL, NULL);
}
