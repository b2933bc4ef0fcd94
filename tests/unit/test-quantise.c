/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-quantise.c - the quantiser against Google's converter: from the float sibling of a quantised file, and the steps
 * of its activations, come the integers of that file. The files are in the team's library.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/graph/quantise.h"
#include "nn/import/half.h"
#include "nn/import/tflite.h"
#include "nn/model-file.h"
#include "tests/unit/nn-fixture.h"

#define SEED3	 "data/models/seed3/"
#define CIFAR100 SEED3 "network_CIFAR100/"
#define PTQ	 CIFAR100 "post_training_quantization/network_"

/* How many integers are the converter's, and how far the worst is from it. */
struct tally {
	unsigned n, equal;
	double worst;
};

struct tallies {
	struct tally weights, constants, bias;
};

static struct graph *read_graph(const char *path)
{
	const char *shared = fixture_shared(path);
	struct graph *graph;
	char reason[GRAPH_REASON];
	void *bytes;
	size_t size;

	if (!shared)
		skip();
	graph = graph_new();
	assert_non_null(graph);
	assert_int_equal(model_file_read(shared, &bytes, &size), 0);
	/* As it is: passes would make other nodes of the float file than of the quantised one. */
	if (tflite_import(bytes, size, graph, reason) < 0)
		fail_msg("%s: %s", path, reason);
	free(bytes);
	return graph;
}

static bool is_change_of_type(const struct graph_node *node)
{
	return node->code == NN_OPERATOR_QUANTIZE || node->code == NN_OPERATOR_DEQUANTIZE;
}

/* The n-th node that is no change of type. */
static const struct graph_node *node_of(const struct graph *graph, unsigned n)
{
	for (uint16_t i = 0; i < graph->node_count; i++)
		if (!is_change_of_type(&graph->nodes[i]) && n-- == 0)
			return &graph->nodes[i];
	return NULL;
}

/* The range that an 8-bit or 16-bit tensor can hold. */
static struct quantise_range range_of(const struct graph_tensor *tensor)
{
	float scale = *tensor->scales, zero = (float)*tensor->zero_points;

	if (tensor->type == NN_TYPE_I16)
		return (struct quantise_range){-INT16_MAX * scale, INT16_MAX * scale};
	return (struct quantise_range){(INT8_MIN - zero) * scale, (INT8_MAX - zero) * scale};
}

/* Ranges for the float graph such that its steps become those of its quantised sibling. */
static void take_ranges(const struct graph *graph, const struct graph *sibling, struct quantise_range *ranges)
{
	const struct graph_node *node, *like;

	for (unsigned n = 0; (node = node_of(graph, n)) && (like = node_of(sibling, n)); n++) {
		assert_int_equal(node->code, like->code);
		if (n == 0)
			ranges[graph->input] = range_of(&sibling->tensors[like->input[0]]);
		ranges[node->output] = range_of(&sibling->tensors[like->output]);
	}
	assert_null(node_of(graph, graph->node_count));
}

static double integer(const struct graph_tensor *tensor, size_t i)
{
	switch (tensor->type) {
	case NN_TYPE_I8:
		return ((const int8_t *)tensor->data)[i];
	case NN_TYPE_I16:
		return ((const int16_t *)tensor->data)[i];
	case NN_TYPE_I32:
		return ((const int32_t *)tensor->data)[i];
	case NN_TYPE_I64:
		return (double)((const int64_t *)tensor->data)[i];
	default:
		return (double)((const float *)tensor->data)[i];
	}
}

static void compare(const struct graph_tensor *ours, const struct graph_tensor *theirs, struct tally *tally)
{
	size_t n = graph_tensor_bytes(ours) / graph_type_bytes(ours->type);

	assert_int_equal(ours->type, theirs->type);
	assert_int_equal(graph_tensor_bytes(ours), graph_tensor_bytes(theirs));
	if (theirs->scale_count) /* the importer leaves a bias's out: they are a product */
		assert_int_equal(ours->scale_count, theirs->scale_count);
	for (size_t i = 0; i < n; i++) {
		double distance = fabs(integer(ours, i) - integer(theirs, i));

		tally->n++;
		tally->equal += distance == 0;
		tally->worst = fmax(tally->worst, distance);
	}
}

static struct tallies compare_graphs(const struct graph *ours, const struct graph *theirs)
{
	struct tallies tallies = {0};
	const struct graph_node *node, *like;

	for (unsigned n = 0; (node = node_of(ours, n)) && (like = node_of(theirs, n)); n++)
		for (uint8_t i = 0; i < node->inputs; i++) {
			const struct graph_tensor *tensor = &ours->tensors[node->input[i]];
			bool layer = node->inputs > 2;

			if (tensor->data)
				compare(tensor, &theirs->tensors[like->input[i]],
					!layer	 ? &tallies.constants
					: i == 1 ? &tallies.weights
						 : &tallies.bias);
		}
	return tallies;
}

static struct tallies quantise_like(const char *path, const char *sibling_path, enum quantise_mode mode)
{
	static struct quantise_range ranges[NN_TENSORS_MAX];
	struct graph *sibling = read_graph(sibling_path), *graph = read_graph(path);
	const struct quantise_options options = {.mode = mode};
	struct tallies tallies;
	char reason[GRAPH_REASON];

	assert_int_equal(graph_quantise_prepare(graph, reason), 0);
	if (quantise_needs_ranges(mode))
		take_ranges(graph, sibling, ranges);
	if (graph_quantise(graph, &options, ranges, reason) < 0)
		fail_msg("%s", reason);
	tallies = compare_graphs(graph, sibling);
	graph_free(graph);
	graph_free(sibling);
	print_message("%s: weights %u of %u, constants %u of %u, bias %u of %u (worst %g)\n", sibling_path,
		      tallies.weights.equal, tallies.weights.n, tallies.constants.equal, tallies.constants.n,
		      tallies.bias.equal, tallies.bias.n, tallies.bias.worst);
	return tallies;
}

static void all_equal(struct tally tally, unsigned n)
{
	assert_int_equal(tally.n, n);
	assert_int_equal(tally.equal, n);
}

static void mnist_int8(void **state)
{
	struct tallies tallies = quantise_like(SEED3 "network_MNIST/network.tflite",
					       SEED3 "network_MNIST/network_with_quant.tflite", QUANTISE_INT8);

	(void)state;
	all_equal(tallies.weights, 198800);
	all_equal(tallies.bias, 410);
}

static void cifar10_int8(void **state)
{
	struct tallies tallies = quantise_like(SEED3 "network_CIFAR10/network.tflite",
					       SEED3 "network_CIFAR10/network_with_quant.tflite", QUANTISE_INT8);

	(void)state;
	all_equal(tallies.weights, 271456);
	all_equal(tallies.constants, 896);
	all_equal(tallies.bias, 458);
}

static void cifar100_int8(void **state)
{
	struct tallies tallies =
		quantise_like(CIFAR100 "network_without_optim.tflite", PTQ "FIQ.tflite", QUANTISE_INT8);

	(void)state;
	all_equal(tallies.weights, 461524);
	all_equal(tallies.constants, 2640);
	all_equal(tallies.bias, 1340);
}

static void cifar100_int16x8(void **state)
{
	struct tallies tallies =
		quantise_like(CIFAR100 "network_without_optim.tflite", PTQ "INT16_INT8.tflite", QUANTISE_INT16X8);

	(void)state;
	all_equal(tallies.weights, 461524);
	all_equal(tallies.constants, 2640);
	all_equal(tallies.bias, 1340);
}

static void cifar100_drq(void **state)
{
	struct tallies tallies = quantise_like(CIFAR100 "network_without_optim.tflite", PTQ "DRQ.tflite", QUANTISE_DRQ);

	(void)state;
	all_equal(tallies.weights, 461524);
}

static void cifar100_pruned(void **state)
{
	struct tallies tallies =
		quantise_like(CIFAR100 "pruning_model/pruning_network_without_optim.tflite",
			      CIFAR100 "pruning_model/pruning_network_FIQ_int_only_IIOT.tflite", QUANTISE_INT8);

	(void)state;
	all_equal(tallies.weights, 461524);
	all_equal(tallies.constants, 2640);
	/* Those of channels without weights, at the limit of 2^30: a float has 24 bits. */
	assert_in_range(tallies.bias.n - tallies.bias.equal, 0, 3);
	assert_true(tallies.bias.worst <= 256);
}

static void cifar100_clustered(void **state)
{
	struct tallies tallies =
		quantise_like(CIFAR100 "clustered_model/clustered_network_without_optim.tflite",
			      CIFAR100 "clustered_model/clustered_network_FIQ_int_only_IIOT.tflite", QUANTISE_INT8);

	(void)state;
	all_equal(tallies.weights, 461524);
	all_equal(tallies.constants, 2640);
	all_equal(tallies.bias, 1340);
}

/* The importer leaves weights in half precision and makes floats of the rest. */
static float half_of(const struct graph_tensor *tensor, size_t i)
{
	if (tensor->type == NN_TYPE_F16)
		return half_to_float(((const uint16_t *)tensor->data)[i]);
	assert_int_equal(tensor->type, NN_TYPE_F32);
	return ((const float *)tensor->data)[i];
}

static void cifar100_float16(void **state)
{
	struct graph *graph = read_graph(CIFAR100 "network_without_optim.tflite");
	struct graph *sibling = read_graph(PTQ "float16.tflite");
	const struct quantise_options options = {.mode = QUANTISE_FLOAT16};
	char reason[GRAPH_REASON];
	unsigned n = 0;

	(void)state;
	assert_int_equal(graph_quantise(graph, &options, NULL, reason), 0);
	for (uint16_t t = 0; t < graph->tensor_count; t++) {
		const struct graph_tensor *ours = &graph->tensors[t], *theirs = &sibling->tensors[t];

		if (ours->type != NN_TYPE_F16)
			continue;
		for (size_t i = 0; i < graph_tensor_bytes(ours) / 2; i++, n++)
			assert_true(half_of(ours, i) == half_of(theirs, i));
	}
	assert_int_equal(n, 465504);
	graph_free(graph);
	graph_free(sibling);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mnist_int8),	      cmocka_unit_test(cifar10_int8),
		cmocka_unit_test(cifar100_int8),      cmocka_unit_test(cifar100_int16x8),
		cmocka_unit_test(cifar100_drq),	      cmocka_unit_test(cifar100_pruned),
		cmocka_unit_test(cifar100_clustered), cmocka_unit_test(cifar100_float16),
	};

	return cmocka_run_group_tests_name("quantise: Google's converter", tests, NULL, NULL);
}
