/* SPDX-License-Identifier: Apache-2.0 */
/* dequantise.c - see dequantise.h. */
#include "nn/graph/dequantise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/edit.h"

static double integer_at(const struct graph_tensor *tensor, size_t i)
{
	switch (tensor->type) {
	case NN_TYPE_I8:
		return ((const int8_t *)tensor->data)[i];
	case NN_TYPE_U8:
		return ((const uint8_t *)tensor->data)[i];
	case NN_TYPE_I16:
		return ((const int16_t *)tensor->data)[i];
	case NN_TYPE_I32:
		return ((const int32_t *)tensor->data)[i];
	default:
		return (double)((const int64_t *)tensor->data)[i];
	}
}

/* Which of several scales element i has. */
static uint32_t channel_of(const struct graph_tensor *tensor, size_t i)
{
	size_t inner = 1;

	for (unsigned d = tensor->quantised_dim + 1u; d < tensor->dims; d++)
		inner *= tensor->shape[d];
	return (uint32_t)(i / inner % tensor->shape[tensor->quantised_dim]);
}

static bool is_integer(const struct graph_tensor *tensor)
{
	return tensor->type != NN_TYPE_F32 && tensor->type != NN_TYPE_F16;
}

static void forget_scales(struct graph_tensor *tensor)
{
	free(tensor->scales);
	free(tensor->zero_points);
	tensor->scales = NULL;
	tensor->zero_points = NULL;
	tensor->scale_count = 0;
	tensor->type = NN_TYPE_F32;
}

static int make_constant_float(struct graph_tensor *tensor)
{
	size_t n = graph_elements(tensor);
	float *values = reallocarray(NULL, n, sizeof(*values));

	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		uint32_t c = tensor->scale_count > 1 ? channel_of(tensor, i) : 0;
		int32_t zero = tensor->zero_points ? tensor->zero_points[c] : 0;

		values[i] = (float)((integer_at(tensor, i) - zero) * (double)tensor->scales[c]);
	}
	free(tensor->data);
	tensor->data = values;
	forget_scales(tensor);
	return 0;
}

/* A bias has the scale of input times weights, said or not. */
static int make_bias_float(struct graph *graph, const struct graph_node *node)
{
	const struct graph_tensor *input = &graph->tensors[node->input[0]], *weights = &graph->tensors[node->input[1]];
	struct graph_tensor *bias = &graph->tensors[node->input[2]];
	size_t n = graph_elements(bias);
	float *values;

	if (!bias->data || !is_integer(bias) || !input->scales || !weights->scales)
		return 0;
	values = reallocarray(NULL, n, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		values[i] = (float)(integer_at(bias, i) * (double)input->scales[0] *
				    (double)weights->scales[weights->scale_count > 1 ? i : 0]);
	free(bias->data);
	bias->data = values;
	forget_scales(bias);
	return 0;
}

static bool has_bias(const struct graph_node *node)
{
	return node->inputs > 2 && (node->code == NN_OPERATOR_CONV_2D || node->code == NN_OPERATOR_DEPTHWISE_CONV_2D ||
				    node->code == NN_OPERATOR_DENSE);
}

static void remove_conversions(struct graph *graph)
{
	for (unsigned n = 0; n < graph->node_count;) {
		const struct graph_node *node = &graph->nodes[n];
		uint16_t from = node->output, to = node->input[0];

		if (node->code != NN_OPERATOR_QUANTIZE && node->code != NN_OPERATOR_DEQUANTIZE) {
			n++;
			continue;
		}
		graph_remove_node(graph, n);
		graph_replace(graph, from, to);
		if (graph->output == from)
			graph->output = to;
	}
}

int graph_dequantise(struct graph *graph)
{
	int r = 0;

	for (unsigned n = 0; n < graph->node_count && r == 0; n++)
		if (has_bias(&graph->nodes[n]))
			r = make_bias_float(graph, &graph->nodes[n]);
	for (unsigned t = 0; t < graph->tensor_count && r == 0; t++) {
		struct graph_tensor *tensor = &graph->tensors[t];

		if (!is_integer(tensor) || !tensor->scales)
			continue;
		if (tensor->data)
			r = make_constant_float(tensor);
		else
			forget_scales(tensor);
	}
	for (unsigned n = 0; n < graph->node_count && r == 0; n++)
		graph->nodes[n].rounding = NN_ROUNDING_FLOAT;
	if (r == 0)
		remove_conversions(graph);
	return r;
}
