/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantise-activations.c - which tensors share a scale, and the scale of each.
 *
 * Operators that only move or compare numbers make what they make in the scale of what they read: their tensors are a
 * family with one range, the union of all. Softmax, sigmoid and tanh have a range by nature (0 to 1, -1 to 1) and with
 * it a fixed scale; a concatenation reads such a tensor through a change of scale.
 */
#include "nn/graph/quantise-activations.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nn/graph/quantise-constant.h"

struct step {
	float scale;
	int32_t zero_point;
};

struct families {
	uint16_t parent[NN_TENSORS_MAX]; /* towards the family's head, which is its own */
	bool fixed[NN_TENSORS_MAX];	 /* of a head: step is given */
	struct step step[NN_TENSORS_MAX];
	struct quantise_range range[NN_TENSORS_MAX];
};

int quantise_insert_node(struct graph *graph, uint16_t n, const struct graph_node *node)
{
	struct graph_node copy = *node;
	int r = graph_add_node(graph, &copy);

	if (r < 0)
		return r;
	memmove(&graph->nodes[n + 1], &graph->nodes[n], (graph->node_count - 1u - n) * sizeof(*node));
	graph->nodes[n] = copy;
	return 0;
}

static enum nn_type type_of(enum quantise_mode mode)
{
	return mode == QUANTISE_INT16X8 ? NN_TYPE_I16 : mode == QUANTISE_UINT8 ? NN_TYPE_U8 : NN_TYPE_I8;
}

static bool keeps_scale(enum nn_operator_code code)
{
	return code == NN_OPERATOR_MAX_POOL_2D || code == NN_OPERATOR_AVERAGE_POOL_2D || code == NN_OPERATOR_RESHAPE ||
	       code == NN_OPERATOR_TRANSPOSE || code == NN_OPERATOR_PAD;
}

/* What comes out of softmax, sigmoid and tanh, in the steps of Google's converter. */
static bool has_fixed_step(enum nn_operator_code code, enum nn_type type, struct step *ret_step)
{
	bool one_sided = code == NN_OPERATOR_SOFTMAX || code == NN_OPERATOR_SIGMOID;

	if (!one_sided && code != NN_OPERATOR_TANH)
		return false;
	if (type == NN_TYPE_I16)
		*ret_step = (struct step){1.0f / 32768, 0};
	else if (one_sided)
		*ret_step = (struct step){1.0f / 256, type == NN_TYPE_I8 ? -128 : 0};
	else
		*ret_step = (struct step){1.0f / 128, type == NN_TYPE_I8 ? 0 : 128};
	return true;
}

static struct step step_of(struct quantise_range range, enum nn_type type)
{
	float low = fminf(range.low, 0), high = fmaxf(range.high, 0);
	float bottom = type == NN_TYPE_I8 ? INT8_MIN : 0, top = bottom + UINT8_MAX, zero_point;
	struct step step;

	if (type == NN_TYPE_I16) {
		step = (struct step){fmaxf(-low, high) / INT16_MAX, 0};
		return step.scale < 1e-35f ? (struct step){1, 0} : step;
	}
	step.scale = (high - low) / UINT8_MAX;
	if (step.scale < 1e-35f)
		return (struct step){1, (int32_t)bottom};
	zero_point = bottom - low / step.scale;
	step.zero_point = (int32_t)roundf(fminf(fmaxf(zero_point, bottom), top));
	return step;
}

static uint16_t head_of(const struct families *families, uint16_t tensor)
{
	while (families->parent[tensor] != tensor)
		tensor = families->parent[tensor];
	return tensor;
}

static void join(struct families *families, uint16_t a, uint16_t b)
{
	a = head_of(families, a);
	b = head_of(families, b);
	if (a == b)
		return;
	families->parent[b] = a;
	families->range[a].low = fminf(families->range[a].low, families->range[b].low);
	families->range[a].high = fmaxf(families->range[a].high, families->range[b].high);
	if (families->fixed[b]) {
		families->fixed[a] = true;
		families->step[a] = families->step[b];
	}
}

static void find_families(const struct graph *graph, enum nn_type type, const struct quantise_range *ranges,
			  struct families *families)
{
	for (uint16_t t = 0; t < graph->tensor_count; t++) {
		families->parent[t] = t;
		families->range[t] = ranges[t];
		families->fixed[t] = false;
	}
	for (uint16_t n = 0; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];

		families->fixed[node->output] = has_fixed_step(node->code, type, &families->step[node->output]);
		if (keeps_scale(node->code))
			join(families, node->input[0], node->output);
	}
	for (uint16_t n = 0; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];

		for (uint8_t i = 0; i < node->inputs && node->code == NN_OPERATOR_CONCAT; i++)
			if (!graph->tensors[node->input[i]].data && !families->fixed[head_of(families, node->input[i])])
				join(families, node->output, node->input[i]);
	}
}

static int set_tensor(struct graph *graph, const struct families *families, uint16_t t, enum nn_type type,
		      char *ret_reason)
{
	uint16_t head = head_of(families, t);
	struct quantise_range range = families->range[head];
	struct step step = families->fixed[head] ? families->step[head] : step_of(range, type);
	struct graph_tensor *tensor = &graph->tensors[t];
	int r;

	if (!isfinite(range.low) || !isfinite(range.high) || !isfinite(step.scale)) {
		snprintf(ret_reason, GRAPH_REASON, "the range of \"%s\" is not finite: %g to %g", tensor->name,
			 (double)range.low, (double)range.high);
		return -EDOM;
	}
	tensor->type = type;
	r = quantise_set_scale(tensor, step.scale, step.zero_point);
	if (r < 0)
		snprintf(ret_reason, GRAPH_REASON, "out of memory");
	return r;
}

/* A tensor like another, of its own type and steps. */
static int add_like(struct graph *graph, uint16_t like, const char *suffix, enum nn_type type, struct step step)
{
	struct graph_tensor tensor = graph->tensors[like];
	char name[NN_FORMAT_NAME];
	int t, r;

	snprintf(name, sizeof(name), "%.50s/%s", tensor.name, suffix);
	t = graph_add_tensor(graph, name, type, tensor.dims, tensor.shape);
	if (t < 0 || type == NN_TYPE_F32)
		return t;
	r = quantise_set_scale(&graph->tensors[t], step.scale, step.zero_point);
	return r < 0 ? r : t;
}

/* The same numbers, of another 8-bit type when that is asked for. */
static struct step step_as(const struct graph_tensor *tensor, enum nn_type type)
{
	struct step step = {*tensor->scales, *tensor->zero_points};

	if (type == NN_TYPE_U8 && tensor->type == NN_TYPE_I8)
		step.zero_point += 128;
	if (type == NN_TYPE_I8 && tensor->type == NN_TYPE_U8)
		step.zero_point -= 128;
	return step;
}

/* The network's input becomes another tensor, of the type that was asked for, with a change of type behind it. */
static int change_input(struct graph *graph, enum nn_type type)
{
	uint16_t inner = graph->input;
	struct graph_node node = {.code = NN_OPERATOR_QUANTIZE, .inputs = 1, .output = inner};
	int outer = add_like(graph, inner, "input", type, step_as(&graph->tensors[inner], type));

	if (outer < 0)
		return outer;
	node.input[0] = graph->input = (uint16_t)outer;
	return quantise_insert_node(graph, 0, &node);
}

static int change_output(struct graph *graph, enum nn_type type)
{
	uint16_t inner = graph->output;
	struct graph_node node = {.code = type == NN_TYPE_F32 ? NN_OPERATOR_DEQUANTIZE : NN_OPERATOR_QUANTIZE,
				  .inputs = 1};
	int outer = add_like(graph, inner, "output", type, step_as(&graph->tensors[inner], type));

	if (outer < 0)
		return outer;
	node.input[0] = inner;
	node.output = graph->output = (uint16_t)outer;
	return graph_add_node(graph, &node);
}

/* What a concatenation reads must be in its steps. Returns how many nodes were put before it. */
static int change_parts(struct graph *graph, uint16_t n)
{
	int inserted = 0;

	for (uint8_t i = 0; i < graph->nodes[n + inserted].inputs; i++) {
		struct graph_node *concat = &graph->nodes[n + inserted];
		const struct graph_tensor *in = &graph->tensors[concat->input[i]];
		const struct graph_tensor *out = &graph->tensors[concat->output];
		struct step step = {*out->scales, *out->zero_points};
		struct graph_node node = {.code = NN_OPERATOR_QUANTIZE, .inputs = 1, .input = {concat->input[i]}};
		int t, r;

		if (in->data || (*in->scales == step.scale && *in->zero_points == step.zero_point))
			continue;
		t = add_like(graph, concat->input[i], "part", out->type, step);
		if (t < 0)
			return t;
		concat->input[i] = node.output = (uint16_t)t;
		r = quantise_insert_node(graph, (uint16_t)(n + inserted), &node);
		if (r < 0)
			return r;
		inserted++;
	}
	return inserted;
}

/* A padding's value is as stored in its tensor. */
static void set_pad_value(const struct graph *graph, struct graph_node *node)
{
	const struct graph_tensor *out = &graph->tensors[node->output];
	int32_t low = out->type == NN_TYPE_I8 ? INT8_MIN : out->type == NN_TYPE_U8 ? 0 : INT16_MIN;
	int32_t high = out->type == NN_TYPE_I8 ? INT8_MAX : out->type == NN_TYPE_U8 ? UINT8_MAX : INT16_MAX;
	float value, stored;

	memcpy(&value, &node->parameters[NN_PARAMETER_PAD_VALUE], sizeof(value));
	stored = roundf(value / *out->scales) + (float)*out->zero_points;
	node->parameters[NN_PARAMETER_PAD_VALUE] = (int32_t)fminf(fmaxf(stored, (float)low), (float)high);
}

static int change_types(struct graph *graph, const struct quantise_options *options)
{
	enum nn_type type = type_of(options->mode);
	int r = 0;

	for (uint16_t n = 0; n < graph->node_count && r >= 0; n++) {
		if (graph->nodes[n].code == NN_OPERATOR_PAD)
			set_pad_value(graph, &graph->nodes[n]);
		if (graph->nodes[n].code == NN_OPERATOR_CONCAT) {
			r = change_parts(graph, n);
			n = (uint16_t)(n + (r > 0 ? r : 0));
		}
	}
	if (r >= 0 && options->input && options->input != type)
		r = change_input(graph, options->input);
	if (r >= 0 && options->output && options->output != type)
		r = change_output(graph, options->output);
	return r < 0 ? r : 0;
}

int quantise_activations(struct graph *graph, const struct quantise_options *options,
			 const struct quantise_range *ranges, char *ret_reason)
{
	enum nn_type type = type_of(options->mode);
	struct families families;
	int r;

	find_families(graph, type, ranges, &families);
	r = set_tensor(graph, &families, graph->input, type, ret_reason);
	for (uint16_t n = 0; n < graph->node_count && r == 0; n++)
		r = set_tensor(graph, &families, graph->nodes[n].output, type, ret_reason);
	if (r < 0)
		return r;
	r = change_types(graph, options);
	if (r < 0)
		snprintf(ret_reason, GRAPH_REASON, "the graph gets too large: %s", strerror(-r));
	return r;
}
