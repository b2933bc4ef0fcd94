/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower-types.c - types that kernels do not have become ones they have: U8 becomes I8 by taking 128 off numbers and
 * zero points, which changes no result; the network's ends keep their type behind a conversion. Half-precision
 * constants stay as weights, and become float elsewhere.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/lower-parts.h"
#include "nn/runtime/kernels/half.h"

static bool is_conversion(const struct graph_node *node)
{
	return node->code == NN_OPERATOR_QUANTIZE || node->code == NN_OPERATOR_DEQUANTIZE;
}

/* Does an operator other than a conversion read or make it? */
static bool is_computed_with(const struct graph *graph, uint16_t tensor)
{
	for (uint16_t n = 0; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];

		for (uint8_t i = 0; i < node->inputs; i++)
			if (node->input[i] == tensor && !is_conversion(node))
				return true;
		if (node->output == tensor && !is_conversion(node))
			return true;
	}
	return false;
}

static void make_signed(struct graph_tensor *tensor)
{
	size_t n = graph_tensor_bytes(tensor);
	uint8_t *data = tensor->data;

	tensor->type = NN_TYPE_I8;
	for (uint32_t i = 0; i < tensor->scale_count; i++)
		tensor->zero_points[i] -= 128;
	for (size_t i = 0; data && i < n; i++)
		data[i] ^= 0x80;
}

static int copy_scale(struct graph_tensor *to, const struct graph_tensor *from)
{
	to->scales = malloc(sizeof(*to->scales));
	to->zero_points = malloc(sizeof(*to->zero_points));
	if (!to->scales || !to->zero_points)
		return -ENOMEM;
	to->scales[0] = from->scales[0];
	to->zero_points[0] = from->zero_points[0];
	to->scale_count = 1;
	return 0;
}

/* A tensor like another one, for the side of a conversion that keeps the type. */
static int add_alike(struct graph *graph, uint16_t tensor, const char *suffix)
{
	const struct graph_tensor *from = &graph->tensors[tensor];
	char name[NN_FORMAT_NAME];
	int copy, r;

	snprintf(name, sizeof(name), "%.50s%s", from->name, suffix);
	copy = graph_add_tensor(graph, name, from->type, from->dims, from->shape);
	if (copy < 0)
		return copy;
	r = copy_scale(&graph->tensors[copy], &graph->tensors[tensor]);
	return r < 0 ? r : copy;
}

static int insert_node(struct graph *graph, uint16_t at, uint16_t input, uint16_t output)
{
	struct graph_node node = {.code = NN_OPERATOR_QUANTIZE, .inputs = 1, .input = {input}, .output = output};

	if (graph->node_count == NN_OPS_MAX)
		return -E2BIG;
	memmove(&graph->nodes[at + 1], &graph->nodes[at], (size_t)(graph->node_count - at) * sizeof(graph->nodes[0]));
	graph->nodes[at] = node;
	graph->node_count++;
	return 0;
}

static bool needs_sign(const struct graph *graph, uint16_t tensor)
{
	return graph->tensors[tensor].type == NN_TYPE_U8 && graph->tensors[tensor].scale_count &&
	       is_computed_with(graph, tensor);
}

static int keep_ends(struct graph *graph)
{
	int end, r = 0;

	if (needs_sign(graph, graph->input)) {
		end = add_alike(graph, graph->input, ".u8");
		r = end < 0 ? end : insert_node(graph, 0, (uint16_t)end, graph->input);
		if (r < 0)
			return r;
		graph->input = (uint16_t)end;
	}
	if (needs_sign(graph, graph->output)) {
		end = add_alike(graph, graph->output, ".u8");
		r = end < 0 ? end : insert_node(graph, graph->node_count, graph->output, (uint16_t)end);
		if (r < 0)
			return r;
		graph->output = (uint16_t)end;
	}
	return r;
}

static int make_all_signed(struct lower *lower)
{
	struct graph *graph = lower->graph;
	int r = keep_ends(graph);

	for (uint16_t t = 0; t < graph->tensor_count && r >= 0; t++)
		if (needs_sign(graph, t)) {
			make_signed(&graph->tensors[t]);
			lower->float_product = true;
		}
	return r;
}

static bool has_weights(const struct graph_node *node)
{
	return node->code == NN_OPERATOR_CONV_2D || node->code == NN_OPERATOR_DEPTHWISE_CONV_2D ||
	       node->code == NN_OPERATOR_DENSE;
}

static int make_float(struct graph_tensor *tensor)
{
	size_t n = graph_tensor_bytes(tensor) / sizeof(uint16_t);
	const uint16_t *halves = tensor->data;
	float *floats = malloc(n * sizeof(*floats));

	if (!floats)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		floats[i] = nn_half(halves[i]);
	free(tensor->data);
	tensor->data = floats;
	tensor->type = NN_TYPE_F32;
	return 0;
}

/* Readers of what a conversion makes of a constant read the constant itself. */
static void skip_conversion(struct graph *graph, uint16_t n)
{
	uint16_t from = graph->nodes[n].input[0], made = graph->nodes[n].output;

	for (uint16_t i = 0; i < graph->node_count; i++)
		for (uint8_t k = 0; k < graph->nodes[i].inputs; k++)
			if (graph->nodes[i].input[k] == made)
				graph->nodes[i].input[k] = from;
	free(graph->nodes[n].multipliers);
	graph->node_count--;
	memmove(&graph->nodes[n], &graph->nodes[n + 1], (size_t)(graph->node_count - n) * sizeof(graph->nodes[0]));
}

static void skip_half_conversions(struct graph *graph)
{
	for (uint16_t n = 0; n < graph->node_count;) {
		const struct graph_node *node = &graph->nodes[n];
		const struct graph_tensor *in = &graph->tensors[node->input[0]];

		if (node->code == NN_OPERATOR_DEQUANTIZE && in->type == NN_TYPE_F16 && in->data &&
		    node->output != graph->output)
			skip_conversion(graph, n);
		else
			n++;
	}
}

static int place_halves(struct graph *graph)
{
	skip_half_conversions(graph);
	for (uint16_t n = 0; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];

		for (uint8_t i = 0; i < node->inputs; i++) {
			struct graph_tensor *tensor = &graph->tensors[node->input[i]];

			if (tensor->type == NN_TYPE_F16 && tensor->data && !(has_weights(node) && i == 1) &&
			    !is_conversion(node) && make_float(tensor) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

int graph_widen_halves(struct graph *graph)
{
	skip_half_conversions(graph);
	for (uint16_t t = 0; t < graph->tensor_count; t++)
		if (graph->tensors[t].type == NN_TYPE_F16 && graph->tensors[t].data &&
		    make_float(&graph->tensors[t]) < 0)
			return -ENOMEM;
	return 0;
}

int lower_types(struct lower *lower)
{
	int r = make_all_signed(lower);

	r = r < 0 ? r : place_halves(lower->graph);
	if (r < 0)
		snprintf(lower->reason, GRAPH_REASON, "%s",
			 r == -E2BIG ? "too many tensors or operators" : "out of memory");
	return r;
}
