/* SPDX-License-Identifier: Apache-2.0 */
/* fuse-padding.c - zeros that a node puts around an image become the padding of the convolution that reads it. */
#include <string.h>

#include "nn/graph/edit.h"
#include "nn/graph/passes.h"

/* Only height and width are padded, with zeros. */
static bool pads_image(const struct graph *graph, const struct graph_node *node)
{
	const int32_t *before = &node->parameters[NN_PARAMETER_PAD_BEFORE];
	const int32_t *behind = &node->parameters[NN_PARAMETER_PAD_BEHIND];
	int32_t zero = 0;

	if (graph->tensors[node->input[0]].scales)
		zero = graph->tensors[node->input[0]].zero_points[0];
	return node->code == NN_OPERATOR_PAD && node->activation == NN_ACTIVATION_NONE &&
	       graph->tensors[node->input[0]].dims == 4 && !before[0] && !before[3] && !behind[0] && !behind[3] &&
	       node->parameters[NN_PARAMETER_PAD_VALUE] == zero;
}

/* A window may stick out by less than its own size. */
static bool fits(const struct graph *graph, const struct graph_node *conv, const int32_t *p)
{
	const uint32_t *kernel = graph->tensors[conv->input[1]].shape;
	int64_t h = ((int64_t)kernel[0] - 1) * p[NN_PARAMETER_DILATION_H];
	int64_t w = ((int64_t)kernel[1] - 1) * p[NN_PARAMETER_DILATION_W];

	return p[NN_PARAMETER_PAD_TOP] <= h && p[NN_PARAMETER_PAD_BOTTOM] <= h && p[NN_PARAMETER_PAD_LEFT] <= w &&
	       p[NN_PARAMETER_PAD_RIGHT] <= w;
}

static bool fuse(struct graph *graph, unsigned n)
{
	const struct graph_node *pad = &graph->nodes[n];
	int reader = pads_image(graph, pad) ? graph_only_reader(graph, pad->output) : -1;
	struct graph_node *conv = reader < 0 ? NULL : &graph->nodes[reader];
	int32_t p[NN_FORMAT_PARAMETERS];

	if (!conv || (conv->code != NN_OPERATOR_CONV_2D && conv->code != NN_OPERATOR_DEPTHWISE_CONV_2D) ||
	    conv->input[0] != pad->output)
		return false;
	memcpy(p, conv->parameters, sizeof(p));
	p[NN_PARAMETER_PAD_TOP] += pad->parameters[NN_PARAMETER_PAD_BEFORE + 1];
	p[NN_PARAMETER_PAD_LEFT] += pad->parameters[NN_PARAMETER_PAD_BEFORE + 2];
	p[NN_PARAMETER_PAD_BOTTOM] += pad->parameters[NN_PARAMETER_PAD_BEHIND + 1];
	p[NN_PARAMETER_PAD_RIGHT] += pad->parameters[NN_PARAMETER_PAD_BEHIND + 2];
	if (!fits(graph, conv, p))
		return false;
	memcpy(conv->parameters, p, sizeof(p));
	conv->input[0] = pad->input[0];
	graph_remove_node(graph, n);
	return true;
}

void graph_fuse_padding(struct graph *graph)
{
	for (unsigned n = 0; n < graph->node_count;)
		n += fuse(graph, n) ? 0 : 1;
}
