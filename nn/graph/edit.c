/* SPDX-License-Identifier: Apache-2.0 */
/* edit.c - see edit.h. */
#include "nn/graph/edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int graph_maker(const struct graph *graph, uint16_t tensor)
{
	for (uint16_t n = 0; n < graph->node_count; n++)
		if (graph->nodes[n].output == tensor)
			return n;
	return -1;
}

unsigned graph_readers(const struct graph *graph, uint16_t tensor)
{
	unsigned readers = graph->output == tensor;

	for (uint16_t n = 0; n < graph->node_count; n++)
		for (uint8_t i = 0; i < graph->nodes[n].inputs; i++)
			readers += graph->nodes[n].input[i] == tensor;
	return readers;
}

int graph_only_reader(const struct graph *graph, uint16_t tensor)
{
	if (graph_readers(graph, tensor) != 1 || graph->output == tensor)
		return -1;
	for (uint16_t n = 0; n < graph->node_count; n++)
		for (uint8_t i = 0; i < graph->nodes[n].inputs; i++)
			if (graph->nodes[n].input[i] == tensor)
				return n;
	return -1;
}

void graph_remove_node(struct graph *graph, unsigned n)
{
	free(graph->nodes[n].multipliers);
	graph->node_count--;
	memmove(&graph->nodes[n], &graph->nodes[n + 1], (graph->node_count - n) * sizeof(graph->nodes[0]));
}

int graph_insert_node(struct graph *graph, unsigned n, const struct graph_node *node)
{
	if (graph->node_count == NN_OPS_MAX)
		return -E2BIG;
	memmove(&graph->nodes[n + 1], &graph->nodes[n], (graph->node_count - n) * sizeof(graph->nodes[0]));
	graph->nodes[n] = *node;
	graph->node_count++;
	return 0;
}

void graph_replace(struct graph *graph, uint16_t from, uint16_t to)
{
	for (uint16_t n = 0; n < graph->node_count; n++)
		for (uint8_t i = 0; i < graph->nodes[n].inputs; i++)
			if (graph->nodes[n].input[i] == from)
				graph->nodes[n].input[i] = to;
	if (graph->output == from)
		graph->output = to;
}

static void mark_used(const struct graph *graph, bool *used)
{
	used[graph->input] = true;
	used[graph->output] = true;
	for (uint16_t n = 0; n < graph->node_count; n++) {
		used[graph->nodes[n].output] = true;
		for (uint8_t i = 0; i < graph->nodes[n].inputs; i++)
			used[graph->nodes[n].input[i]] = true;
	}
}

static void free_tensor(struct graph_tensor *tensor)
{
	free(tensor->data);
	free(tensor->scales);
	free(tensor->zero_points);
}

static void renumber(struct graph *graph, const uint16_t *number)
{
	graph->input = number[graph->input];
	graph->output = number[graph->output];
	for (uint16_t n = 0; n < graph->node_count; n++) {
		graph->nodes[n].output = number[graph->nodes[n].output];
		for (uint8_t i = 0; i < graph->nodes[n].inputs; i++)
			graph->nodes[n].input[i] = number[graph->nodes[n].input[i]];
	}
}

void graph_sweep(struct graph *graph)
{
	uint16_t number[NN_TENSORS_MAX] = {0}, count = 0;
	bool used[NN_TENSORS_MAX] = {false};

	for (unsigned n = graph->node_count; n-- > 0;)
		if (!graph_readers(graph, graph->nodes[n].output))
			graph_remove_node(graph, n);
	mark_used(graph, used);
	for (uint16_t t = 0; t < graph->tensor_count; t++) {
		if (!used[t]) {
			free_tensor(&graph->tensors[t]);
			continue;
		}
		number[t] = count;
		graph->tensors[count++] = graph->tensors[t];
	}
	graph->tensor_count = count;
	renumber(graph, number);
}

size_t graph_elements(const struct graph_tensor *tensor)
{
	return graph_tensor_bytes(tensor) / graph_type_bytes(tensor->type);
}

bool graph_same_shape(const struct graph_tensor *a, const struct graph_tensor *b)
{
	return a->dims == b->dims && !memcmp(a->shape, b->shape, sizeof(a->shape));
}

const float *graph_floats(const struct graph *graph, const struct graph_node *node, unsigned i)
{
	const struct graph_tensor *tensor = &graph->tensors[node->input[i]];

	return i < node->inputs && tensor->type == NN_TYPE_F32 ? tensor->data : NULL;
}

float *graph_own_floats(struct graph *graph, struct graph_node *node, unsigned i)
{
	struct graph_tensor *tensor = &graph->tensors[node->input[i]];
	int copy;

	if (!graph_floats(graph, node, i))
		return NULL;
	if (graph_readers(graph, node->input[i]) > 1) {
		copy = graph_add_constant(graph, tensor->name, tensor->type, tensor->dims, tensor->shape, tensor->data);
		if (copy < 0)
			return NULL;
		node->input[i] = (uint16_t)copy;
		tensor = &graph->tensors[copy];
	}
	return tensor->data;
}

bool graph_is_linear(const struct graph *graph, const struct graph_node *node)
{
	return (node->code == NN_OPERATOR_CONV_2D || node->code == NN_OPERATOR_DEPTHWISE_CONV_2D ||
		node->code == NN_OPERATOR_DENSE) &&
	       node->rounding == NN_ROUNDING_FLOAT && graph_floats(graph, node, 1) && graph_floats(graph, node, 2) &&
	       graph->tensors[node->output].type == NN_TYPE_F32;
}
