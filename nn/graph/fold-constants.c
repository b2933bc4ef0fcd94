/* SPDX-License-Identifier: Apache-2.0 */
/* fold-constants.c - a node that reads constants alone is run once, here, by the runtime: what it makes is a constant. */
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/graph/edit.h"
#include "nn/graph/passes.h"
#include "nn/runtime/run.h"

static bool reads_constants_alone(const struct graph *graph, const struct graph_node *node)
{
	for (uint8_t i = 0; i < node->inputs; i++)
		if (!graph->tensors[node->input[i]].data)
			return false;
	return node->inputs > 0;
}

/* A graph of this one node whose first input is the graph's. */
static struct graph *isolate(const struct graph *graph, const struct graph_node *node)
{
	const struct graph_tensor *in = &graph->tensors[node->input[0]], *out = &graph->tensors[node->output];
	struct graph *alone = graph_new();
	struct graph_node copy = *node;
	int tensor;

	if (!alone)
		return NULL;
	tensor = graph_add_tensor(alone, "in", in->type, in->dims, in->shape);
	copy.input[0] = alone->input = (uint16_t)tensor;
	for (uint8_t i = 1; i < node->inputs && tensor >= 0; i++) {
		const struct graph_tensor *constant = &graph->tensors[node->input[i]];

		tensor = graph_add_constant(alone, "constant", constant->type, constant->dims, constant->shape,
					    constant->data);
		copy.input[i] = (uint16_t)tensor;
	}
	if (tensor >= 0)
		tensor = graph_add_tensor(alone, "out", out->type, out->dims, out->shape);
	copy.output = alone->output = (uint16_t)tensor;
	if (tensor < 0 || graph_add_node(alone, &copy) < 0)
		return graph_free(alone);
	return alone;
}

static void *run_alone(const struct graph *alone, const void *in)
{
	size_t bytes = graph_tensor_bytes(&alone->tensors[alone->output]), size, room;
	void *file = NULL, *arena = NULL, *made = NULL;
	char reason[GRAPH_REASON];
	struct nn_model model;
	struct nn_run run;

	if (pnn_write(alone, &file, &size, reason) < 0)
		return NULL;
	if (nn_model_parse(file, size, &model) == 0) {
		room = (model.main->arena_bytes + NN_FORMAT_ALIGN - 1u) / NN_FORMAT_ALIGN * NN_FORMAT_ALIGN;
		arena = aligned_alloc(NN_FORMAT_ALIGN, room);
		made = malloc(bytes);
		if (arena && made && nn_run_start(&run, &model, arena, room) == 0) {
			memcpy(nn_run_tensor(&run, nn_model_input(&model)), in,
			       graph_tensor_bytes(&alone->tensors[alone->input]));
			nn_run(&run);
			memcpy(made, nn_run_tensor(&run, nn_model_output(&model)), bytes);
		} else {
			free(made);
			made = NULL;
		}
	}
	free(arena);
	free(file);
	return made;
}

/* Floats only: integers would need their multipliers first. What the runtime does not know stays a node. */
static bool fold(struct graph *graph, unsigned n)
{
	const struct graph_node *node = &graph->nodes[n];
	struct graph *alone;

	if (!reads_constants_alone(graph, node) || node->output == graph->output ||
	    graph->tensors[node->input[0]].type != NN_TYPE_F32 || graph->tensors[node->output].type != NN_TYPE_F32)
		return false;
	alone = isolate(graph, node);
	if (!alone)
		return false;
	graph->tensors[node->output].data = run_alone(alone, graph->tensors[node->input[0]].data);
	graph_free(alone);
	if (!graph->tensors[node->output].data)
		return false;
	graph_remove_node(graph, n);
	return true;
}

void graph_fold_constants(struct graph *graph)
{
	for (unsigned n = 0; n < graph->node_count;)
		n += fold(graph, n) ? 0 : 1;
}
