/* SPDX-License-Identifier: Apache-2.0 */
/* fuse.c - activations into the nodes whose output they limit. */
#include <string.h>

#include "nn/graph/edit.h"

/* Limits for each channel stand where an activation would. */
static bool can_take_activation(const struct graph_node *node)
{
	switch (node->code) {
	case NN_OPERATOR_CONV_2D:
	case NN_OPERATOR_DEPTHWISE_CONV_2D:
	case NN_OPERATOR_DENSE:
		return node->activation == NN_ACTIVATION_NONE && node->inputs == 3;
	case NN_OPERATOR_MAX_POOL_2D:
	case NN_OPERATOR_AVERAGE_POOL_2D:
	case NN_OPERATOR_ADD:
	case NN_OPERATOR_MULTIPLY:
	case NN_OPERATOR_SUBTRACT:
		return node->activation == NN_ACTIVATION_NONE;
	default:
		return false;
	}
}

/* An activation of integers may also change the scale: that is a step of its own. */
static bool keeps_scale(const struct graph *graph, const struct graph_node *node)
{
	const struct graph_tensor *in = &graph->tensors[node->input[0]], *out = &graph->tensors[node->output];

	return in->type == out->type &&
	       (in->type == NN_TYPE_F32 ||
		(in->scale_count == 1 && out->scale_count == 1 &&
		 !memcmp(in->scales, out->scales, sizeof(*in->scales)) && in->zero_points[0] == out->zero_points[0]));
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
		    keeps_scale(graph, node) && graph_readers(graph, node->input[0]) == 1)
			fuse_into(graph, maker, n);
		else
			n++;
	}
}
