/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.c - where tensors lie in the arena: in the order of their birth, each at the lowest place that is free as
 * long as it lives. A reshape shares its input's place.
 */
#include <stdlib.h>

#include "nn/graph/graph.h"

struct life {
	int begin, end; /* nodes; the graph's input is born before the first */
};

static size_t round_up(size_t bytes)
{
	return (bytes + NN_FORMAT_ALIGN - 1) / NN_FORMAT_ALIGN * NN_FORMAT_ALIGN;
}

/* What a reshape makes is its input under another shape, if that is no constant. */
static uint16_t origin_of(const struct graph *graph, uint16_t tensor)
{
	for (uint16_t n = graph->node_count; n-- > 0;) {
		const struct graph_node *node = &graph->nodes[n];

		if (node->output == tensor && node->code == NN_OPERATOR_RESHAPE && !graph->tensors[node->input[0]].data)
			tensor = node->input[0];
	}
	return tensor;
}

static void find_lives(const struct graph *graph, struct life *lives)
{
	for (uint16_t t = 0; t < graph->tensor_count; t++)
		lives[t] = (struct life){.begin = graph->node_count, .end = -1};
	lives[graph->input] = (struct life){.begin = -1, .end = -1};
	for (uint16_t n = 0; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];
		uint16_t out = origin_of(graph, node->output);

		if (n < lives[out].begin)
			lives[out].begin = n;
		if (n > lives[out].end)
			lives[out].end = n;
		for (uint8_t i = 0; i < node->inputs; i++) {
			uint16_t in = origin_of(graph, node->input[i]);

			if (n > lives[in].end)
				lives[in].end = n;
		}
	}
	lives[origin_of(graph, graph->output)].end = graph->node_count;
}

static bool meet(struct life a, struct life b)
{
	return a.begin <= b.end && b.begin <= a.end;
}

/* The lowest offset at which bytes fit beside all placed tensors that live at the same time. */
static size_t find_place(const struct graph *graph, const struct life *lives, const bool *placed,
			 const uint32_t *offsets, uint16_t tensor)
{
	size_t bytes = round_up(graph_tensor_bytes(&graph->tensors[tensor])), place = 0;
	bool moved = true;

	while (moved) {
		moved = false;
		for (uint16_t t = 0; t < graph->tensor_count; t++) {
			size_t end = offsets[t] + round_up(graph_tensor_bytes(&graph->tensors[t]));

			if (placed[t] && meet(lives[t], lives[tensor]) && place < end && offsets[t] < place + bytes) {
				place = end;
				moved = true;
			}
		}
	}
	return place;
}

size_t graph_plan(const struct graph *graph, uint32_t *offsets)
{
	struct life lives[NN_TENSORS_MAX];
	bool placed[NN_TENSORS_MAX] = {false};
	size_t arena = 0;

	find_lives(graph, lives);
	for (uint16_t t = 0; t < graph->tensor_count; t++)
		offsets[t] = 0;
	for (int step = -1; step < graph->node_count; step++)
		for (uint16_t t = 0; t < graph->tensor_count; t++) {
			size_t end;

			if (graph->tensors[t].data || origin_of(graph, t) != t || lives[t].begin != step)
				continue;
			offsets[t] = (uint32_t)find_place(graph, lives, placed, offsets, t);
			placed[t] = true;
			end = offsets[t] + round_up(graph_tensor_bytes(&graph->tensors[t]));
			if (end > arena)
				arena = end;
		}
	for (uint16_t t = 0; t < graph->tensor_count; t++)
		offsets[t] = offsets[origin_of(graph, t)];
	return arena;
}
