/* SPDX-License-Identifier: Apache-2.0 */
/* fuse.c - activations into the nodes whose output they limit. */
#include "nn/graph/edit.h"

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
	graph_remove_node(graph, n);
}

void graph_fuse_activations(struct graph *graph)
{
	uint16_t n = 0;

	while (n < graph->node_count) {
		const struct graph_node *node = &graph->nodes[n];
		int made_by = graph_maker(graph, node->input[0]);
		struct graph_node *maker = made_by < 0 ? NULL : &graph->nodes[made_by];

		if (node->code == NN_OPERATOR_ACTIVATION && maker && can_take_activation(maker) &&
		    graph_readers(graph, node->input[0]) == 1)
			fuse_into(graph, maker, n);
		else
			n++;
	}
}
