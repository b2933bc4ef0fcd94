/* SPDX-License-Identifier: Apache-2.0 */
/* compose.c - ReLU and ReLU6 are what can limit; scaled and moved they limit anywhere. */
#include "nn/graph/compose.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A node that makes x's shape of x and perhaps a second operand. */
static int add_node(struct graph *graph, const char *name, struct graph_node node, int x, int second)
{
	struct graph_tensor *in;
	int tensor, r;

	if (x < 0 || second < -1)
		return x < 0 ? x : second;
	in = &graph->tensors[x];
	tensor = graph_add_tensor(graph, name, NN_TYPE_F32, in->dims, in->shape);
	if (tensor < 0)
		return tensor;
	node.inputs = second < 0 ? 1 : 2;
	node.input[0] = (uint16_t)x;
	node.input[1] = (uint16_t)(second < 0 ? 0 : second);
	node.output = (uint16_t)tensor;
	r = graph_add_node(graph, &node);
	return r < 0 ? r : tensor;
}

static int add_pair(struct graph *graph, const char *name, enum nn_operator_code code, int x, int second)
{
	if (second < 0)
		return second; /* -1 would be none */
	return add_node(graph, name, (struct graph_node){.code = code}, x, second);
}

static int add_limit(struct graph *graph, const char *name, int x, enum nn_activation activation)
{
	return add_node(graph, name, (struct graph_node){.code = NN_OPERATOR_ACTIVATION, .activation = activation}, x,
			-1);
}

/* x CODE number; nothing when that changes nothing. */
static int add_number(struct graph *graph, const char *name, enum nn_operator_code code, int x, float number)
{
	const struct graph_tensor *in;
	uint32_t channels;
	float *numbers;
	int constant;

	if (x < 0 || fpclassify(number - (code == NN_OPERATOR_MULTIPLY)) == FP_ZERO)
		return x;
	in = &graph->tensors[x];
	channels = in->shape[in->dims - 1];
	numbers = malloc(channels * sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	for (uint32_t c = 0; c < channels; c++)
		numbers[c] = number;
	constant = graph_add_constant(graph, name, NN_TYPE_F32, 1, &channels, numbers);
	free(numbers);
	return add_pair(graph, name, code, x, constant);
}

int graph_compose_affine(struct graph *graph, const char *name, int x, float scale, float offset)
{
	return add_number(graph, name, NN_OPERATOR_ADD, add_number(graph, name, NN_OPERATOR_MULTIPLY, x, scale),
			  offset);
}

int graph_compose_clip(struct graph *graph, const char *name, int x, float low, float high)
{
	float scale = 6 / (high - low);

	if (isinf(low) && isinf(high))
		return x;
	if (isinf(high)) {
		x = add_limit(graph, name, graph_compose_affine(graph, name, x, 1, -low), NN_ACTIVATION_RELU);
		return graph_compose_affine(graph, name, x, 1, low);
	}
	if (isinf(low)) {
		x = add_limit(graph, name, graph_compose_affine(graph, name, x, -1, high), NN_ACTIVATION_RELU);
		return graph_compose_affine(graph, name, x, -1, high);
	}
	x = add_limit(graph, name, graph_compose_affine(graph, name, x, scale, -low * scale), NN_ACTIVATION_RELU6);
	return graph_compose_affine(graph, name, x, 1 / scale, low);
}

/* relu(x) + slopes * (x - relu(x)) */
int graph_compose_prelu(struct graph *graph, const char *name, int x, int slopes)
{
	int above = add_limit(graph, name, x, NN_ACTIVATION_RELU), below;

	if (above < 0)
		return above;
	below = add_pair(graph, name, NN_OPERATOR_SUBTRACT, x, above);
	below = add_pair(graph, name, NN_OPERATOR_MULTIPLY, below, slopes);
	return add_pair(graph, name, NN_OPERATOR_ADD, above, below);
}

int graph_compose_hard_sigmoid(struct graph *graph, const char *name, int x, float slope, float offset)
{
	x = graph_compose_affine(graph, name, x, 6 * slope, 6 * offset);
	return graph_compose_affine(graph, name, add_limit(graph, name, x, NN_ACTIVATION_RELU6), 1.0f / 6, 0);
}

int graph_compose_swish(struct graph *graph, const char *name, int x)
{
	return add_pair(graph, name, NN_OPERATOR_MULTIPLY, x,
			add_node(graph, name, (struct graph_node){.code = NN_OPERATOR_SIGMOID}, x, -1));
}
