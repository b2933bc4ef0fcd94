/* SPDX-License-Identifier: Apache-2.0 */
/* export-operators.c - see export-operators.h. */
#include "tests/bench/export-operators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/graph/graph.h"
#include "nn/graph/quantise.h"

#define SHAPE(...) ((const uint32_t[]){__VA_ARGS__})

struct net {
	struct graph *graph;
	uint32_t state;
};

static int add_constant(struct net *net, float scale, unsigned dims, const uint32_t *shape)
{
	static float values[4096];
	uint32_t n = 1;

	for (unsigned i = 0; i < dims; i++)
		n *= shape[i];
	for (uint32_t i = 0; i < n; i++) {
		net->state = net->state * 1664525 + 1013904223;
		values[i] = scale * ((float)(net->state >> 16) / 32768 - 1);
	}
	return graph_add_constant(net->graph, "constant", NN_TYPE_F32, dims, shape, values);
}

static int add(struct net *net, struct graph_node node, unsigned dims, const uint32_t *shape)
{
	int out = graph_add_tensor(net->graph, "out", NN_TYPE_F32, dims, shape);

	node.output = (uint16_t)out;
	return graph_add_node(net->graph, &node) ? -1 : out;
}

static int plain(struct net *net, enum nn_operator_code code, int in)
{
	const struct graph_tensor *t = &net->graph->tensors[in];
	uint32_t shape[4];

	memcpy(shape, t->shape, sizeof(shape));
	return add(net, (struct graph_node){.code = code, .inputs = 1, .input = {(uint16_t)in}, .parameters = {0}},
		   t->dims, shape);
}

static int pair(struct net *net, enum nn_operator_code code, enum nn_activation activation, int a, int b)
{
	const struct graph_tensor *t = &net->graph->tensors[a];
	uint32_t shape[4];

	memcpy(shape, t->shape, sizeof(shape));
	return add(net,
		   (struct graph_node){
			   .code = code, .activation = activation, .inputs = 2, .input = {(uint16_t)a, (uint16_t)b}},
		   t->dims, shape);
}

/* kernel x kernel, padding on every side; depthwise with a multiplier, else into `channels`. */
static int window(struct net *net, enum nn_operator_code code, int in, uint32_t kernel, int stride, int padding,
		  uint32_t channels)
{
	const uint32_t *from = net->graph->tensors[in].shape;
	uint32_t side = (from[1] + 2 * (uint32_t)padding - kernel) / (uint32_t)stride + 1, deep = from[3];
	bool depthwise = code == NN_OPERATOR_DEPTHWISE_CONV_2D, layer = depthwise || code == NN_OPERATOR_CONV_2D;
	struct graph_node node = {.code = code, .inputs = 1, .input = {(uint16_t)in}};

	for (int i = 0; i < 8; i++)
		node.parameters[i] = i < 2 ? stride : i < 4 ? 1 : padding;
	if (layer) {
		uint32_t each = depthwise ? channels / deep : channels;

		node.activation = channels % 3 ? NN_ACTIVATION_RELU : NN_ACTIVATION_NONE;
		node.inputs = 3;
		node.input[1] = (uint16_t)add_constant(net, 0.4f, 4, SHAPE(kernel, kernel, deep, each));
		node.input[2] = (uint16_t)add_constant(net, 0.2f, 1, &channels);
	} else {
		node.parameters[NN_PARAMETER_KERNEL_H] = node.parameters[NN_PARAMETER_KERNEL_W] = (int32_t)kernel;
	}
	return add(net, node, 4, SHAPE(1, side, side, channels));
}

/* [1][8][8][2] -> [1][4][4][16]: a residual, a concatenation, both pools, all pairs. */
static int add_branches(struct net *net, int in)
{
	int a = window(net, NN_OPERATOR_CONV_2D, in, 3, 1, 1, 8);
	int b = window(net, NN_OPERATOR_DEPTHWISE_CONV_2D, a, 3, 1, 1, 8);
	int c = window(net, NN_OPERATOR_DEPTHWISE_CONV_2D, a, 3, 2, 1, 16);
	int sum = pair(net, NN_OPERATOR_ADD, NN_ACTIVATION_RELU6, a, b);
	int both = add(net,
		       (struct graph_node){.code = NN_OPERATOR_CONCAT,
					   .inputs = 2,
					   .input = {(uint16_t)a, (uint16_t)sum},
					   .parameters = {3}},
		       4, SHAPE(1, 8, 8, 16));
	int mean = window(net, NN_OPERATOR_AVERAGE_POOL_2D, both, 2, 2, 0, 16);
	int most = window(net, NN_OPERATOR_MAX_POOL_2D, both, 2, 2, 0, 16);

	return pair(net, NN_OPERATOR_SUBTRACT, NN_ACTIVATION_NONE,
		    pair(net, NN_OPERATOR_ADD, NN_ACTIVATION_NONE, mean, c), most);
}

/* [1][4][4][16] -> [1][6][6][12]: constants for each channel, functions, a border. */
static int add_functions(struct net *net, int in)
{
	const uint32_t channels = 16;
	int scaled = pair(net, NN_OPERATOR_MULTIPLY, NN_ACTIVATION_NONE, in, add_constant(net, 1, 1, &channels));
	int factor = add_constant(net, 1, 1, &channels), offset = add_constant(net, 0.5f, 1, &channels), map, leaky;
	float slope = 0.1f;
	int normal = add(net,
			 (struct graph_node){.code = NN_OPERATOR_BATCH_NORM,
					     .inputs = 3,
					     .input = {(uint16_t)scaled, (uint16_t)factor, (uint16_t)offset}},
			 4, SHAPE(1, 4, 4, 16));
	struct graph_node pad = {.code = NN_OPERATOR_PAD,
				 .inputs = 1,
				 .input = {(uint16_t)plain(net, NN_OPERATOR_HARD_SWISH, normal)},
				 .parameters = {0, 1, 1, 0, 0, 1, 1, 0}};
	struct graph_node node = {.code = NN_OPERATOR_LEAKY_RELU, .inputs = 1};

	map = add(net, pad, 4, SHAPE(1, 6, 6, 16));
	node.input[0] = (uint16_t)map;
	memcpy(&node.parameters[0], &slope, sizeof(slope));
	leaky = add(net, node, 4, SHAPE(1, 6, 6, 16));
	map = window(net, NN_OPERATOR_CONV_2D, leaky, 1, 1, 0, 12);
	map = pair(net, NN_OPERATOR_MULTIPLY, NN_ACTIVATION_NONE, map, add_constant(net, 1, 1, SHAPE(12)));
	map = pair(net, NN_OPERATOR_ADD, NN_ACTIVATION_RELU, map, add_constant(net, 1, 1, SHAPE(12)));
	map = window(net, NN_OPERATOR_CONV_2D, map, 3, 1, 1, 9);
	map = plain(net, NN_OPERATOR_TANH, map);
	return window(net, NN_OPERATOR_CONV_2D, map, 3, 1, 1, 12);
}

/* [1][6][6][12] -> [1][10]: a broadcast over channels, other places, the end. */
static int add_head(struct net *net, int in)
{
	int gate = add(
		net,
		(struct graph_node){.code = NN_OPERATOR_MEAN, .inputs = 1, .input = {(uint16_t)in}, .parameters = {8}},
		4, SHAPE(1, 6, 6, 1));
	int map = pair(net, NN_OPERATOR_MULTIPLY, NN_ACTIVATION_NONE, in, plain(net, NN_OPERATOR_SIGMOID, gate));
	struct graph_node turn = {
		.code = NN_OPERATOR_TRANSPOSE, .inputs = 1, .input = {(uint16_t)map}, .parameters = {0, 3, 1, 2}};
	struct graph_node mean = {.code = NN_OPERATOR_MEAN, .inputs = 1, .parameters = {12}};
	struct graph_node dense = {.code = NN_OPERATOR_DENSE, .inputs = 3};

	mean.input[0] = (uint16_t)add(net, turn, 4, SHAPE(1, 12, 6, 6));
	dense.input[0] = (uint16_t)add(net, mean, 2, SHAPE(1, 12));
	dense.input[1] = (uint16_t)add_constant(net, 1, 2, SHAPE(12, 10));
	dense.input[2] = (uint16_t)add_constant(net, 1, 1, SHAPE(10));
	return plain(net, NN_OPERATOR_SOFTMAX, add(net, dense, 2, SHAPE(1, 10)));
}

static int quantise(struct graph *graph, const char *form, char *reason)
{
	static const char *const modes[] = {
		[QUANTISE_INT8] = "int8",	[QUANTISE_INT16X8] = "int16x8", [QUANTISE_DRQ] = "drq",
		[QUANTISE_FLOAT16] = "float16", [QUANTISE_UINT8] = "uint8",	[QUANTISE_WEIGHTS8] = "weights8",
	};
	struct quantise_range ranges[NN_TENSORS_MAX];
	struct quantise_options options = {0};
	int error;

	if (!strcmp(form, "float"))
		return 0;
	while (strcmp(modes[options.mode], form) != 0)
		if (++options.mode > QUANTISE_WEIGHTS8)
			return -1;
	for (unsigned i = 0; i < NN_TENSORS_MAX; i++)
		ranges[i] = (struct quantise_range){-2.5f, 3};
	error = graph_quantise_prepare(graph, reason);
	return error ? error
		     : graph_quantise(graph, &options, quantise_needs_ranges(options.mode) ? ranges : NULL, reason);
}

void *operators_make(const char *form, enum nn_rounding rounding, size_t *ret_size)
{
	struct graph *graph __attribute__((cleanup(graph_freep))) = graph_new();
	struct net net = {.graph = graph, .state = 99};
	char reason[GRAPH_REASON] = "unknown form";
	void *bytes;
	int in;

	if (!graph)
		return NULL;
	in = graph_add_tensor(graph, "in", NN_TYPE_F32, 4, SHAPE(1, 8, 8, 2));
	graph->input = (uint16_t)in;
	graph->output = (uint16_t)add_head(&net, add_functions(&net, add_branches(&net, in)));
	snprintf(graph->name, sizeof(graph->name), "operators");
	if (quantise(graph, form, reason) || graph_lower(graph, rounding, reason) < 0 ||
	    pnn_write(graph, &bytes, ret_size, reason) < 0) {
		fprintf(stderr, "export-operators: %s\n", reason);
		return NULL;
	}
	return bytes;
}
