/* SPDX-License-Identifier: Apache-2.0 */
/* new-head.c - see new-head.h. */
#include "nn/train/new-head.h"

#include <stdlib.h>
#include <string.h>

#include "nn/graph/edit.h"
#include "nn/train/layers.h"

static bool same_classes(const struct graph *graph, const struct material *material)
{
	if (graph->label_count != material->classes)
		return false;
	for (uint32_t i = 0; i < material->classes; i++)
		if (strcmp(graph->labels[i], material->labels[i]) != 0)
			return false;
	return true;
}

/* NULL: there is none. */
static const struct graph_node *find_last_dense(const struct graph *graph)
{
	for (int i = graph->node_count - 1; i >= 0; i--)
		if (graph->nodes[i].code == NN_OPERATOR_DENSE)
			return &graph->nodes[i];
	return NULL;
}

/* The data are a copy, NULL for what is no constant. */
static struct graph_tensor copy_constant(const struct graph_tensor *from)
{
	struct graph_tensor copy = *from;

	copy.data = from->data ? malloc(graph_tensor_bytes(from)) : NULL;
	if (copy.data)
		memcpy(copy.data, from->data, graph_tensor_bytes(from));
	return copy;
}

static int find_label(const struct graph *graph, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++)
		if (!strcmp(graph->labels[i], name))
			return (int)i;
	return -1;
}

static bool knows_any(const struct graph *graph, uint32_t count, const struct material *material)
{
	for (uint32_t c = 0; c < material->classes; c++)
		if (find_label(graph, count, material->labels[c]) >= 0)
			return true;
	return false;
}

/*
 * Classes of the same name get the old ones' weights, so that nothing is forgotten by a new head; the others begin with
 * none beside them, or their random answers would drown what is known.
 */
static void keep_rows(struct graph *graph, const struct graph_tensor *weights, const struct graph_tensor *bias,
		      uint32_t old_count, const struct material *material)
{
	const struct graph_node *node = find_last_dense(graph);
	float *to, *to_bias;

	if (!node || !weights->data || !knows_any(graph, old_count, material))
		return;
	to = graph->tensors[node->input[1]].data;
	to_bias = node->inputs > 2 ? graph->tensors[node->input[2]].data : NULL;
	if (!to || graph->tensors[node->input[1]].shape[0] != weights->shape[0])
		return;
	for (uint32_t c = 0; c < material->classes; c++) {
		int old = find_label(graph, old_count, material->labels[c]);

		for (uint32_t i = 0; i < weights->shape[0]; i++)
			to[i * material->classes + c] =
				old < 0 ? 0 : ((float *)weights->data)[i * old_count + (uint32_t)old];
		if (to_bias && bias->data && old >= 0)
			to_bias[c] = ((float *)bias->data)[old];
	}
}

/* ONNX files may have the last layer's bias as an addition of its own behind it. */
static void absorb_bias(struct graph *graph)
{
	int n = graph_maker(graph, graph->output), layer;
	const float *addend;
	float *bias;

	while (n >= 0 && (graph->nodes[n].code == NN_OPERATOR_SOFTMAX || graph->nodes[n].code == NN_OPERATOR_RESHAPE))
		n = graph_maker(graph, graph->nodes[n].input[0]);
	if (n < 0 || graph->nodes[n].code != NN_OPERATOR_ADD || graph->nodes[n].activation != NN_ACTIVATION_NONE)
		return;
	layer = graph_maker(graph, graph->nodes[n].input[0]);
	addend = graph_floats(graph, &graph->nodes[n], 1);
	if (layer < 0 || !addend || !graph_is_linear(graph, &graph->nodes[layer]) ||
	    graph->nodes[layer].activation != NN_ACTIVATION_NONE ||
	    graph_only_reader(graph, graph->nodes[layer].output) != n ||
	    graph_elements(&graph->tensors[graph->nodes[n].input[1]]) !=
		    graph_elements(&graph->tensors[graph->nodes[layer].input[2]]))
		return;
	bias = graph_own_floats(graph, &graph->nodes[layer], 2);
	for (size_t i = 0; bias && i < graph_elements(&graph->tensors[graph->nodes[layer].input[2]]); i++)
		bias[i] += addend[i];
	if (!bias)
		return;
	graph_replace(graph, graph->nodes[n].output, graph->nodes[layer].output);
	graph_remove_node(graph, (unsigned)n);
}

/* What the last dense layer knows is taken before it is replaced. */
static int replace_head(struct graph *graph, const struct material *material, uint64_t seed, char *ret_reason)
{
	const struct graph_node *node = graph->label_count ? find_last_dense(graph) : NULL;
	struct graph_tensor weights = {0}, bias = {0};
	uint32_t old_count = graph->label_count; /* which a new head resets */
	int r;

	if (node)
		weights = copy_constant(&graph->tensors[node->input[1]]);
	if (node && node->inputs > 2)
		bias = copy_constant(&graph->tensors[node->input[2]]);
	r = layers_replace_head(graph, material->classes, seed, ret_reason);
	if (r == 0)
		keep_rows(graph, &weights, &bias, old_count, material);
	free(weights.data);
	free(bias.data);
	return r;
}

int new_head_if_needed(struct graph *graph, const struct material *material, uint64_t seed, char *ret_reason)
{
	bool fits = graph_elements(&graph->tensors[graph->output]) == material->classes;

	if (same_classes(graph, material) || (!graph->label_count && fits))
		return 0;
	absorb_bias(graph);
	return replace_head(graph, material, seed, ret_reason);
}
