/* SPDX-License-Identifier: Apache-2.0 */
/* quantise.c - see quantise.h: modes, and what they do to constants. Activations are in quantise-activations.c. */
#include "nn/graph/quantise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/quantise-activations.h"
#include "nn/graph/quantise-constant.h"

enum {
	/* A tensor with fewer weights is not worth the arithmetic of a run-time quantisation. */
	DRQ_ELEMENTS_MIN = 1024,
};

bool quantise_needs_ranges(enum quantise_mode mode)
{
	return mode == QUANTISE_INT8 || mode == QUANTISE_INT16X8 || mode == QUANTISE_UINT8;
}

static bool has_weights(const struct graph_node *node)
{
	return node->code == NN_OPERATOR_CONV_2D || node->code == NN_OPERATOR_DEPTHWISE_CONV_2D ||
	       node->code == NN_OPERATOR_DENSE;
}

static int fail(int error, char *ret_reason, const struct graph_tensor *tensor)
{
	const char *why = error == -EDOM     ? "has a value that is infinite or not a number"
			  : error == -ENOMEM ? "takes more memory than there is"
					     : "can't be quantised";

	snprintf(ret_reason, GRAPH_REASON, "constant \"%s\" %s", tensor->name, why);
	return error;
}

static int all_float(const struct graph *graph, char *ret_reason)
{
	for (uint16_t n = 0; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];

		for (unsigned i = 0; i <= node->inputs; i++) {
			uint16_t t = i < node->inputs ? node->input[i] : node->output;

			if (graph->tensors[t].type == NN_TYPE_F32)
				continue;
			snprintf(ret_reason, GRAPH_REASON,
				 "tensor \"%s\" is no float: the model is quantised already; start from the float one",
				 graph->tensors[t].name);
			return -ENOTSUP;
		}
	}
	return 0;
}

/* x * scale + offset, by two nodes. */
static int split_batch_norm(struct graph *graph, uint16_t n)
{
	struct graph_node *node = &graph->nodes[n];
	const struct graph_tensor *out = &graph->tensors[node->output];
	struct graph_node add = {
		.code = NN_OPERATOR_ADD,
		.activation = node->activation,
		.inputs = 2,
		.output = node->output,
	};
	char name[NN_FORMAT_NAME];
	int between;

	snprintf(name, sizeof(name), "%.57s/scale", out->name);
	between = graph_add_tensor(graph, name, NN_TYPE_F32, out->dims, out->shape);
	if (between < 0)
		return between;
	add.input[0] = (uint16_t)between;
	add.input[1] = node->input[2];
	node->code = NN_OPERATOR_MULTIPLY;
	node->activation = NN_ACTIVATION_NONE;
	node->inputs = 2;
	node->output = (uint16_t)between;
	return quantise_insert_node(graph, (uint16_t)(n + 1), &add);
}

static unsigned count_uses(const struct graph *graph, uint16_t tensor)
{
	unsigned uses = 0;

	for (uint16_t n = 0; n < graph->node_count; n++)
		for (uint8_t i = 0; i < graph->nodes[n].inputs; i++)
			uses += graph->nodes[n].input[i] == tensor;
	return uses;
}

/* A constant that two nodes read would get two scales: each reads its own. */
static int part_constants(struct graph *graph)
{
	for (uint16_t n = 0; n < graph->node_count; n++) {
		struct graph_node *node = &graph->nodes[n];

		for (uint8_t i = 0; i < node->inputs; i++) {
			const struct graph_tensor *tensor = &graph->tensors[node->input[i]];
			int copy;

			if (!tensor->data || count_uses(graph, node->input[i]) < 2)
				continue;
			copy = graph_add_constant(graph, tensor->name, tensor->type, tensor->dims, tensor->shape,
						  tensor->data);
			if (copy < 0)
				return copy;
			node->input[i] = (uint16_t)copy;
		}
	}
	return 0;
}

int graph_quantise_prepare(struct graph *graph, char *ret_reason)
{
	int r = all_float(graph, ret_reason);

	if (r < 0)
		return r;
	r = part_constants(graph);
	for (uint16_t n = 0; n < graph->node_count && r >= 0; n++)
		if (graph->nodes[n].code == NN_OPERATOR_BATCH_NORM)
			r = split_batch_norm(graph, n);
	if (r < 0)
		snprintf(ret_reason, GRAPH_REASON, "the graph gets too large: %s", strerror(-r));
	return r < 0 ? r : 0;
}

/* The dimension of a node's weights that output channels are counted in. */
static int channel_dim(const struct graph *graph, const struct graph_node *node, bool per_tensor)
{
	const struct graph_tensor *weights = &graph->tensors[node->input[1]];

	if (per_tensor || node->code == NN_OPERATOR_DENSE)
		return QUANTISE_PER_TENSOR;
	if (node->code == NN_OPERATOR_CONV_2D || weights->shape[2] == 1)
		return 3;
	return weights->shape[3] == 1 ? 2 : QUANTISE_PER_TENSOR;
}

/* Float activations: only weights change. */
static int quantise_weights(struct graph *graph, const struct quantise_options *options, char *ret_reason)
{
	bool dynamic = options->mode == QUANTISE_DRQ;

	for (uint16_t n = 0; n < graph->node_count; n++) {
		struct graph_node *node = &graph->nodes[n];
		struct graph_tensor *weights = &graph->tensors[node->input[1]];
		int r;

		if (!has_weights(node) || !weights->data || (dynamic && quantise_elements(weights) < DRQ_ELEMENTS_MIN))
			continue;
		r = quantise_symmetric(weights, NN_TYPE_I8, channel_dim(graph, node, options->per_tensor), NULL);
		if (r < 0)
			return fail(r, ret_reason, weights);
		node->parameters[NN_PARAMETER_HYBRID] = dynamic ? NN_HYBRID_DYNAMIC : NN_HYBRID_WEIGHTS;
	}
	return 0;
}

static int quantise_halves(struct graph *graph, char *ret_reason)
{
	for (uint16_t n = 0; n < graph->node_count; n++)
		for (uint8_t i = 0; i < graph->nodes[n].inputs; i++) {
			struct graph_tensor *tensor = &graph->tensors[graph->nodes[n].input[i]];
			int r = tensor->data && tensor->type == NN_TYPE_F32 ? quantise_half(tensor) : 0;

			if (r < 0)
				return fail(r, ret_reason, tensor);
		}
	return 0;
}

/* Weights, bias and limits of a convolution or dense layer whose ends are integers by now. */
static int quantise_layer(struct graph *graph, struct graph_node *node, const struct quantise_options *options,
			  char *ret_reason)
{
	const struct graph_tensor *in = &graph->tensors[node->input[0]], *out = &graph->tensors[node->output];
	struct graph_tensor *weights = &graph->tensors[node->input[1]], *bias = &graph->tensors[node->input[2]];
	enum nn_type bias_type = options->mode == QUANTISE_INT16X8 ? NN_TYPE_I64 : NN_TYPE_I32;
	int dim = channel_dim(graph, node, options->per_tensor), r;
	float *least;

	if (!weights->data || !bias->data) {
		snprintf(ret_reason, GRAPH_REASON,
			 "the weights of \"%s\" are made at run time: they can't be quantised", out->name);
		return -ENOTSUP;
	}
	if (options->mode == QUANTISE_UINT8) {
		r = quantise_asymmetric(weights);
	} else {
		least = malloc(quantise_elements(bias) * sizeof(*least));
		if (!least)
			return fail(-ENOMEM, ret_reason, weights);
		quantise_least_scales(bias, bias_type, *in->scales, dim < 0, least);
		r = quantise_symmetric(weights, NN_TYPE_I8, dim, least);
		free(least);
	}
	if (r < 0)
		return fail(r, ret_reason, weights);
	r = quantise_bias(bias, bias_type, *in->scales, weights);
	if (r < 0)
		return fail(r, ret_reason, bias);
	if (node->inputs < 4)
		return 0;
	r = quantise_in_steps(&graph->tensors[node->input[3]], out->type, *out->scales, *out->zero_points);
	return r < 0 ? fail(r, ret_reason, &graph->tensors[node->input[3]]) : 0;
}

/* Constants that are operands as others are; a concatenation's share the scale of what they go into. */
static int quantise_operand(struct graph_tensor *tensor, const struct graph_node *node, const struct graph_tensor *out)
{
	if (node->code == NN_OPERATOR_CONCAT)
		return quantise_in_steps(tensor, out->type, *out->scales, *out->zero_points);
	if (out->type == NN_TYPE_U8)
		return quantise_asymmetric(tensor);
	return quantise_symmetric(tensor, out->type, QUANTISE_PER_TENSOR, NULL);
}

static int quantise_constants(struct graph *graph, const struct quantise_options *options, char *ret_reason)
{
	for (uint16_t n = 0; n < graph->node_count; n++) {
		struct graph_node *node = &graph->nodes[n];

		if (node->code == NN_OPERATOR_QUANTIZE || node->code == NN_OPERATOR_DEQUANTIZE)
			continue;
		if (has_weights(node)) {
			int r = quantise_layer(graph, node, options, ret_reason);

			if (r < 0)
				return r;
			continue;
		}
		for (uint8_t i = 0; i < node->inputs; i++) {
			struct graph_tensor *tensor = &graph->tensors[node->input[i]];
			int r = tensor->data ? quantise_operand(tensor, node, &graph->tensors[node->output]) : 0;

			if (r < 0)
				return fail(r, ret_reason, tensor);
		}
	}
	return 0;
}

static int check_ends(const struct quantise_options *options, char *ret_reason)
{
	bool integers = quantise_needs_ranges(options->mode);
	const enum nn_type ends[] = {options->input, options->output};

	for (unsigned i = 0; i < 2; i++) {
		bool wide = ends[i] == NN_TYPE_I16;
		bool narrow = ends[i] == NN_TYPE_I8 || ends[i] == NN_TYPE_U8;

		if (!ends[i] || ends[i] == NN_TYPE_F32 ||
		    (integers && (options->mode == QUANTISE_INT16X8 ? wide : narrow)))
			continue;
		snprintf(ret_reason, GRAPH_REASON, "input and output of this mode are %s",
			 !integers			     ? "f32"
			 : options->mode == QUANTISE_INT16X8 ? "f32 or i16"
							     : "f32, i8 or u8");
		return -EINVAL;
	}
	return 0;
}

int graph_quantise(struct graph *graph, const struct quantise_options *options, const struct quantise_range *ranges,
		   char *ret_reason)
{
	int r = check_ends(options, ret_reason);

	r = r < 0 ? r : all_float(graph, ret_reason);
	if (r < 0)
		return r;
	if (options->mode == QUANTISE_FLOAT16)
		return quantise_halves(graph, ret_reason);
	if (!quantise_needs_ranges(options->mode))
		return quantise_weights(graph, options, ret_reason);
	r = quantise_activations(graph, options, ranges, ret_reason);
	return r < 0 ? r : quantise_constants(graph, options, ret_reason);
}
