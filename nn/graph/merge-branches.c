/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge-branches.c - the sum of two convolutions (or dense layers) of the same tensor, and of one and the tensor
 * itself, is one:
 *
 *   w x + v x = (w + v) x        w x + x = (w + 1) x
 *
 * A smaller kernel is put into the larger one where both look at the same inputs.
 */
#include <string.h>

#include "nn/graph/edit.h"
#include "nn/graph/passes.h"

struct kernel {
	uint32_t h, w, ci, co;
	int32_t top, left;
};

static struct kernel kernel_of(const struct graph *graph, const struct graph_node *node)
{
	const uint32_t *shape = graph->tensors[node->input[1]].shape;

	if (node->code == NN_OPERATOR_DENSE)
		return (struct kernel){1, 1, shape[0], shape[1], 0, 0};
	return (struct kernel){shape[0],
			       shape[1],
			       shape[2],
			       shape[3],
			       node->parameters[NN_PARAMETER_PAD_TOP],
			       node->parameters[NN_PARAMETER_PAD_LEFT]};
}

/* A layer without anything behind it, made for the sum alone. */
static struct graph_node *branch_of(struct graph *graph, uint16_t tensor)
{
	int maker = graph_maker(graph, tensor);
	struct graph_node *node = maker < 0 ? NULL : &graph->nodes[maker];

	if (!node || !graph_is_linear(graph, node) || node->code == NN_OPERATOR_DEPTHWISE_CONV_2D ||
	    node->inputs != 3 || node->activation != NN_ACTIVATION_NONE || graph_only_reader(graph, tensor) < 0)
		return NULL;
	return node;
}

/* Whether kernel b lies within kernel a. */
static bool lies_in(struct kernel a, struct kernel b)
{
	int32_t top = a.top - b.top, left = a.left - b.left;

	return top >= 0 && left >= 0 && (uint32_t)top + b.h <= a.h && (uint32_t)left + b.w <= a.w;
}

static bool same_steps(const struct graph_node *a, const struct graph_node *b)
{
	return a->code == b->code && !memcmp(a->parameters, b->parameters, 4 * sizeof(a->parameters[0]));
}

/* Takes b into a. */
static bool add_branch(struct graph *graph, struct graph_node *a, const struct graph_node *b)
{
	struct kernel into = kernel_of(graph, a), from = kernel_of(graph, b);
	float *weights = graph_own_floats(graph, a, 1), *bias = graph_own_floats(graph, a, 2);
	const float *added = graph_floats(graph, b, 1), *added_bias = graph_floats(graph, b, 2);
	size_t row = (size_t)from.ci * from.co;

	if (!weights || !bias)
		return false;
	for (uint32_t y = 0; y < from.h; y++)
		for (uint32_t x = 0; x < from.w; x++) {
			size_t ty = y + (uint32_t)(into.top - from.top), tx = x + (uint32_t)(into.left - from.left);
			float *to = weights + (ty * into.w + tx) * row;

			for (size_t i = 0; i < row; i++)
				to[i] += added[(y * from.w + x) * row + i];
		}
	for (uint32_t o = 0; o < into.co; o++)
		bias[o] += added_bias[o];
	return true;
}

/* The tensor itself, as a kernel of one tap with ones on the diagonal. */
static bool add_identity(struct graph *graph, struct graph_node *a)
{
	const int32_t *p = a->parameters;
	struct kernel k = kernel_of(graph, a);
	float *weights;

	if (a->code == NN_OPERATOR_CONV_2D &&
	    (p[NN_PARAMETER_STRIDE_H] != 1 || p[NN_PARAMETER_STRIDE_W] != 1 || p[NN_PARAMETER_DILATION_H] != 1 ||
	     p[NN_PARAMETER_DILATION_W] != 1 || (uint32_t)k.top >= k.h || (uint32_t)k.left >= k.w))
		return false;
	weights = k.ci == k.co ? graph_own_floats(graph, a, 1) : NULL;
	if (!weights)
		return false;
	for (uint32_t c = 0; c < k.ci; c++)
		weights[(((size_t)k.top * k.w + (size_t)k.left) * k.ci + c) * k.co + c] += 1;
	return true;
}

static bool merge(struct graph *graph, const struct graph_node *sum, struct graph_node **ret_kept)
{
	struct graph_node *a = branch_of(graph, sum->input[0]), *b = branch_of(graph, sum->input[1]);

	*ret_kept = a;
	if (a && b && a != b) {
		if (a->input[0] != b->input[0] || !same_steps(a, b))
			return false;
		if (lies_in(kernel_of(graph, a), kernel_of(graph, b)))
			return add_branch(graph, a, b);
		*ret_kept = b;
		return lies_in(kernel_of(graph, b), kernel_of(graph, a)) && add_branch(graph, b, a);
	}
	if (a && a->input[0] == sum->input[1])
		return add_identity(graph, a);
	*ret_kept = b;
	return b && b->input[0] == sum->input[0] && add_identity(graph, b);
}

static bool merge_node(struct graph *graph, unsigned n)
{
	const struct graph_node *node = &graph->nodes[n];
	struct graph_node *kept;

	if (node->code != NN_OPERATOR_ADD || node->rounding != NN_ROUNDING_FLOAT ||
	    !graph_same_shape(&graph->tensors[node->input[0]], &graph->tensors[node->input[1]]) ||
	    !merge(graph, node, &kept))
		return false;
	kept->output = node->output;
	kept->activation = node->activation;
	graph_remove_node(graph, n);
	return true;
}

void graph_merge_branches(struct graph *graph)
{
	for (unsigned n = 0; n < graph->node_count;)
		if (merge_node(graph, n)) {
			graph_sweep(graph);
			n = 0;
		} else {
			n++;
		}
}
