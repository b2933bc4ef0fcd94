/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower.c - from scales to what integer kernels use: multipliers, shifts and limits (nn/runtime/ARITHMETIC.md). All
 * floating point of an integer network happens here and in its parts, on the host.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/lower-parts.h"

enum {
	SOFTMAX_INTEGER_BITS = 5,
};

int lower_refuse(const struct lower *lower, const char *format, ...)
{
	const struct graph *graph = lower->graph;
	char what[GRAPH_REASON - 80];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(lower->reason, GRAPH_REASON, "operator %u, which makes %s: %s", lower->number,
		 graph->tensors[lower->node->output].name, what);
	return -ENOTSUP;
}

struct graph_tensor *lower_input(const struct lower *lower, unsigned i)
{
	return &lower->graph->tensors[lower->node->input[i]];
}

struct graph_tensor *lower_output(const struct lower *lower)
{
	return &lower->graph->tensors[lower->node->output];
}

bool lower_is_integer(enum nn_type type)
{
	return type == NN_TYPE_I8 || type == NN_TYPE_U8 || type == NN_TYPE_I16;
}

/* --- multipliers ----------------------------------------------------------------------------------------------- */

struct multiplier lower_multiplier(double real)
{
	int exponent;
	double fraction = frexp(real, &exponent), scaled = round(fraction * 2147483648.0);

	if (!(real > 0))
		return (struct multiplier){0, 0};
	if (isinf(real))
		return (struct multiplier){INT32_MAX, 30};
	if (scaled >= 2147483648.0) {
		scaled /= 2;
		exponent++;
	}
	if (exponent < -31) /* flushed: a shift by 32 or more has no meaning */
		return (struct multiplier){0, 0};
	if (exponent > 30)
		return (struct multiplier){INT32_MAX, 30};
	return (struct multiplier){(int32_t)scaled, exponent};
}

int lower_set_multipliers(struct lower *lower, uint32_t n, const struct multiplier *multipliers)
{
	int32_t *numbers = malloc((size_t)n * 2 * sizeof(*numbers));

	if (!numbers)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		numbers[i] = multipliers[i].multiplier;
		numbers[n + i] = multipliers[i].shift;
	}
	free(lower->node->multipliers);
	lower->node->multipliers = numbers;
	lower->node->multiplier_count = n;
	return 0;
}

/* --- limits ---------------------------------------------------------------------------------------------------- */

static int32_t clamp_to(double x, int32_t low, int32_t high)
{
	return x < low ? low : x > high ? high : (int32_t)x;
}

static void set_limits(struct lower *lower)
{
	const struct graph_tensor *out = lower_output(lower);
	int32_t low = out->type == NN_TYPE_I16 ? INT16_MIN : out->type == NN_TYPE_U8 ? 0 : INT8_MIN;
	int32_t high = out->type == NN_TYPE_I16 ? INT16_MAX : out->type == NN_TYPE_U8 ? UINT8_MAX : INT8_MAX;
	int32_t lowest = low, highest = high;

	if (lower->node->activation != NN_ACTIVATION_NONE)
		lowest = clamp_to(out->zero_points[0], low, high);
	if (lower->node->activation == NN_ACTIVATION_RELU6)
		highest = clamp_to(out->zero_points[0] + round(6 / (double)out->scales[0]), low, high);
	lower->node->low = (int16_t)lowest;
	lower->node->high = (int16_t)highest;
}

/* --- layers with weights --------------------------------------------------------------------------------------- */

/* Largest absolute value that a channel's sum can take. */
static double bound_of_sum(const struct lower *lower, uint32_t channel, uint32_t channels)
{
	const struct graph_tensor *in = lower_input(lower, 0), *weights = lower_input(lower, 1);
	const struct graph_tensor *bias = lower_input(lower, 2);
	bool wide = in->type == NN_TYPE_I16;
	double sum = wide ? fabs((double)((const int64_t *)bias->data)[channel])
			  : fabs((double)((const int32_t *)bias->data)[channel]);
	double zero = weights->scale_count == 1 ? weights->zero_points[0] : 0;
	size_t n = graph_tensor_bytes(weights);

	for (size_t i = channel; i < n; i += channels)
		sum += (fabs((double)((const int8_t *)weights->data)[i]) + fabs(zero)) * (wide ? 32768 : 255);
	return sum;
}

static int check_sums(struct lower *lower, uint32_t channels)
{
	bool wide = lower_input(lower, 0)->type == NN_TYPE_I16;
	double most = wide ? 0x1p46 : 0x1p31 - 1;

	for (uint32_t i = 0; i < channels; i++)
		if (bound_of_sum(lower, i, channels) > most)
			return lower_refuse(lower,
					    "the sum of channel %u can be too large for %u bits; fewer inputs, smaller "
					    "bias or int16x8 work",
					    i, wide ? 47 : 32);
	return 0;
}

static int lower_weights(struct lower *lower)
{
	const struct graph_tensor *in = lower_input(lower, 0), *weights = lower_input(lower, 1);
	uint32_t channels = lower_input(lower, 2)->shape[0], n = weights->scale_count;
	struct multiplier *multipliers;
	int r;

	if (!n || (n != 1 && n != channels))
		return lower_refuse(lower, "its weights have %u scales for %u channels", n, channels);
	if (weights->type != NN_TYPE_I8 || !weights->data)
		return lower_refuse(lower, "its weights are not 8-bit constants");
	if (lower_input(lower, 2)->type != (in->type == NN_TYPE_I16 ? NN_TYPE_I64 : NN_TYPE_I32))
		return lower_refuse(lower, "its bias is not %s", in->type == NN_TYPE_I16 ? "int64" : "int32");
	multipliers = calloc(n, sizeof(*multipliers));
	if (!multipliers)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		multipliers[i] = lower_multiplier(lower_layer_factor(lower, i));
		if (in->type == NN_TYPE_I16 && multipliers[i].shift > 14)
			multipliers[i] = (struct multiplier){INT32_MAX, 14};
	}
	r = lower_set_multipliers(lower, n, multipliers);
	free(multipliers);
	return r < 0 ? r : check_sums(lower, channels);
}

/* --- the others ------------------------------------------------------------------------------------------------ */

static double beta_of(const struct graph_node *node)
{
	float beta;

	memcpy(&beta, &node->parameters[0], sizeof(beta));
	return node->parameters[0] ? (double)beta : 1;
}

static int lower_softmax(struct lower *lower)
{
	double scale = (double)lower_input(lower, 0)->scales[0] * beta_of(lower->node);
	struct multiplier m[2];

	lower->node->inputs = 1;
	if (lower_output(lower)->type == NN_TYPE_I16) {
		m[0] = lower_multiplier(scale / (10.0 / 65535));
		return lower_add_softmax_tables(lower) ? -ENOMEM : lower_set_multipliers(lower, 1, m);
	}
	m[0] = lower_multiplier(fmin(scale * ldexp(1, 31 - SOFTMAX_INTEGER_BITS), 2147483647.0));
	if (m[0].shift < 0)
		m[0] = (struct multiplier){0, 0};
	m[1] = (struct multiplier){
		-(int32_t)floor(ldexp((1 << SOFTMAX_INTEGER_BITS) - 1, 31 - SOFTMAX_INTEGER_BITS - m[0].shift)), 0};
	return lower_set_multipliers(lower, 2, m);
}

static bool same_scale(const struct graph_tensor *a, const struct graph_tensor *b)
{
	return a->scales[0] == b->scales[0] && a->zero_points[0] == b->zero_points[0];
}

/* Operators that only move or compare stored numbers: their ends must mean the same by them. */
static int lower_move(struct lower *lower)
{
	for (unsigned i = 0; i < lower->node->inputs; i++)
		if (!same_scale(lower_input(lower, i), lower_output(lower)))
			return lower_refuse(lower, "input %u has another scale than the output", i);
	return 0;
}

/* A border of real zeros is one of zero points. */
static int lower_pad(struct lower *lower)
{
	if (!lower->node->parameters[NN_PARAMETER_PAD_VALUE])
		lower->node->parameters[NN_PARAMETER_PAD_VALUE] = lower_output(lower)->zero_points[0];
	return lower_move(lower);
}

static int lower_quantize(struct lower *lower)
{
	return lower_is_integer(lower_input(lower, 0)->type) ? lower_rescale(lower) : 0;
}

static int lower_nothing(struct lower *lower)
{
	(void)lower;
	return 0;
}

static int lower_batch_norm(struct lower *lower)
{
	return lower_refuse(lower, "a batch norm of integers is not supported; multiply and add are");
}

typedef int lower_node(struct lower *lower);

static lower_node *const lowerings[] = {
	[NN_OPERATOR_CONV_2D] = lower_weights,
	[NN_OPERATOR_DEPTHWISE_CONV_2D] = lower_weights,
	[NN_OPERATOR_DENSE] = lower_weights,
	[NN_OPERATOR_MAX_POOL_2D] = lower_move,
	[NN_OPERATOR_AVERAGE_POOL_2D] = lower_move,
	[NN_OPERATOR_RESHAPE] = lower_move,
	[NN_OPERATOR_SOFTMAX] = lower_softmax,
	[NN_OPERATOR_ADD] = lower_sum,
	[NN_OPERATOR_MULTIPLY] = lower_multiply,
	[NN_OPERATOR_ACTIVATION] = lower_rescale,
	[NN_OPERATOR_SUBTRACT] = lower_sum,
	[NN_OPERATOR_CONCAT] = lower_move,
	[NN_OPERATOR_PAD] = lower_pad,
	[NN_OPERATOR_MEAN] = lower_mean,
	[NN_OPERATOR_LEAKY_RELU] = lower_add_function_table,
	[NN_OPERATOR_SIGMOID] = lower_add_function_table,
	[NN_OPERATOR_TANH] = lower_add_function_table,
	[NN_OPERATOR_HARD_SWISH] = lower_add_function_table,
	[NN_OPERATOR_TRANSPOSE] = lower_move,
	[NN_OPERATOR_BATCH_NORM] = lower_batch_norm,
	[NN_OPERATOR_QUANTIZE] = lower_quantize,
	[NN_OPERATOR_DEQUANTIZE] = lower_nothing,
};

static int check_scales(struct lower *lower)
{
	const struct graph_node *node = lower->node;

	for (unsigned i = 0; i <= node->inputs; i++) {
		const struct graph_tensor *tensor =
			&lower->graph->tensors[i < node->inputs ? node->input[i] : node->output];

		if (!lower_is_integer(tensor->type) ||
		    (i && tensor->data && i < node->inputs && node->code != NN_OPERATOR_ADD &&
		     node->code != NN_OPERATOR_MULTIPLY && node->code != NN_OPERATOR_SUBTRACT))
			continue;
		if (tensor->scale_count != 1)
			return lower_refuse(lower, "%s has no scale, or several", tensor->name);
		if (tensor->type == NN_TYPE_I16 && tensor->zero_points[0])
			return lower_refuse(lower, "%s has 16 bits and a zero point", tensor->name);
	}
	return 0;
}

static int lower_one(struct lower *lower, enum nn_rounding rounding)
{
	struct graph_node *node = lower->node;
	enum nn_type in = lower_input(lower, 0)->type, out = lower_output(lower)->type;
	int r;

	free(node->multipliers);
	node->multipliers = NULL;
	node->multiplier_count = 0;
	node->low = node->high = 0;
	if (!lower_is_integer(in) || !lower_is_integer(out)) {
		node->rounding = NN_ROUNDING_FLOAT;
		return 0;
	}
	r = check_scales(lower);
	if (r < 0)
		return r;
	if (node->rounding == NN_ROUNDING_FLOAT)
		node->rounding = rounding;
	set_limits(lower);
	return lowerings[node->code](lower);
}

int graph_lower(struct graph *graph, enum nn_rounding rounding, char *ret_reason)
{
	struct lower lower = {.graph = graph, .reason = ret_reason};
	int r = lower_types(&lower);

	for (uint16_t n = 0; n < graph->node_count && r >= 0; n++) {
		lower.node = &graph->nodes[n];
		lower.number = n;
		r = lower_one(&lower, rounding);
	}
	if (r == -ENOMEM)
		snprintf(ret_reason, GRAPH_REASON, "out of memory");
	return r;
}
