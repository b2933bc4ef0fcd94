/* SPDX-License-Identifier: Apache-2.0 */
/* fuse.c - activations into the nodes whose output they limit. */
#include "nn/graph/graph.h"

static unsigned count_readers(const struct graph *graph, uint16_t tensor)
{
	unsigned readers = graph->output == tensor;

	for (uint16_t n = 0; n < graph->node_count; n++)
		for (uint8_t i = 0; i < graph->nodes[n].inputs; i++)
			readers += graph->nodes[n].input[i] == tensor;
	return readers;
}

static struct graph_node *find_maker(struct graph *graph, uint16_t tensor)
{
	for (uint16_t n = 0; n < graph->node_count; n++)
		if (graph->nodes[n].output == tensor)
			return &graph->nodes[n];
	return NULL;
}

static bool can_take_activation(const struct graph_node *node)
{
	return node->activation == NN_ACTIVATION_NONE && node->code != NN_OPERATOR_RESHAPE &&
	       node->code != NN_OPERATOR_SOFTMAX;
}

/* Takes node n out; its maker makes its output instead. */
static void fuse_into(struct graph *graph, struct graph_node *maker, uint16_t n)
{
	maker->activation = graph->nodes[n].activation;
	maker->output = graph->nodes[n].output;
	graph->node_count--;
	for (uint16_t i = n; i < graph->node_count; i++)
		graph->nodes[i] = graph->nodes[i + 1];
}

void graph_fuse_activations(struct graph *graph)
{
	uint16_t n = 0;

	while (n < graph->node_count) {
		const struct graph_node *node = &graph->nodes[n];
		struct graph_node *maker = find_maker(graph, node->input[0]);

		if (node->code == NN_OPERATOR_ACTIVATION && maker && can_take_activation(maker) &&
		    count_readers(graph, node->input[0]) == 1)
			fuse_into(graph, maker, n);
		else
			n++;
	}
}
