/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower-tables.c - functions of one variable as tables: of 8 bits every value, of 16 bits every 128th, between which
 * the kernel draws a line, so placed that its middle has half the error of a line through the function's points.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "nn/graph/lower-parts.h"

enum {
	TABLE_I8 = 256,
	TABLE_I16 = 513,
};

typedef double function(double x, const struct graph_node *node);

static double sigmoid(double x, const struct graph_node *node)
{
	(void)node;
	return 1 / (1 + exp(-x));
}

static double hyperbolic(double x, const struct graph_node *node)
{
	(void)node;
	return tanh(x);
}

static double hard_swish(double x, const struct graph_node *node)
{
	(void)node;
	return x * fmin(fmax(x + 3, 0), 6) / 6;
}

static double leaky_relu(double x, const struct graph_node *node)
{
	float slope;

	memcpy(&slope, &node->parameters[0], sizeof(slope));
	return x < 0 ? x * (double)slope : x;
}

static double exponential(double x, const struct graph_node *node)
{
	(void)node;
	return exp(x);
}

static double reciprocal(double x, const struct graph_node *node)
{
	(void)node;
	return 1 / (1 + x);
}

static function *function_of(enum nn_operator_code code)
{
	return code == NN_OPERATOR_SIGMOID	? sigmoid
	       : code == NN_OPERATOR_TANH	? hyperbolic
	       : code == NN_OPERATOR_HARD_SWISH ? hard_swish
						: leaky_relu;
}

static double limit(double x, double low, double high)
{
	return fmin(fmax(x, low), high);
}

static int add_table(struct lower *lower, enum nn_type type, uint32_t n, const void *table)
{
	int tensor = graph_add_constant(lower->graph, "table", type, 1, &n, table);

	if (tensor < 0)
		return -ENOMEM;
	lower->node->input[lower->node->inputs++] = (uint16_t)tensor;
	return 0;
}

/* f from `low` in steps, in units of `unit` */
static int add_lines(struct lower *lower, function *f, double low, double step, double unit)
{
	int16_t table[TABLE_I16];

	for (int i = 0; i < TABLE_I16 - 1; i++) {
		double here = f(low + i * step, lower->node) / unit, next = f(low + (i + 1) * step, lower->node) / unit;
		double middle = round(f(low + i * step + step / 2, lower->node) / unit);
		double error = round((next + round(here)) / 2) - middle;

		table[i] = (int16_t)limit(round(here) - round(error / 2), INT16_MIN, INT16_MAX);
	}
	table[TABLE_I16 - 1] =
		(int16_t)limit(round(f(low + (TABLE_I16 - 1) * step, lower->node) / unit), INT16_MIN, INT16_MAX);
	return add_table(lower, NN_TYPE_I16, TABLE_I16, table);
}

/*
 * XNNPACK's tables are worked out in float, in output steps of its own scale, halves to even. Returns NAN where it has
 * none: other functions, other scales of the output.
 */
static double step_of_xnnpack(const struct lower *lower, int32_t stored)
{
	const struct graph_tensor *in = lower_input(lower, 0), *out = lower_output(lower);
	float x = in->scales[0] * (float)(stored - in->zero_points[0]);

	if (lower->node->rounding != NN_ROUNDING_SINGLE)
		return NAN;
	if (lower->node->code == NN_OPERATOR_SIGMOID && out->scales[0] == 0x1p-8f && out->zero_points[0] == INT8_MIN)
		return rint((double)(signbit(x) ? 256 / (1 + expf(-x)) : 256 - 256 / (1 + expf(x))));
	if (lower->node->code == NN_OPERATOR_TANH && out->scales[0] == 0x1p-7f && !out->zero_points[0])
		return rint((double)(128 * tanhf(x)));
	return NAN;
}

int lower_add_function_table(struct lower *lower)
{
	const struct graph_tensor *in = lower_input(lower, 0), *out = lower_output(lower);
	double in_scale = (double)in->scales[0], out_scale = (double)out->scales[0];
	int32_t in_zero = in->zero_points[0], out_zero = out->zero_points[0];
	function *f = function_of(lower->node->code);
	int8_t table[TABLE_I8];

	lower->node->inputs = 1;
	if (in->type == NN_TYPE_I16)
		return add_lines(lower, f, -32768 * in_scale, 128 * in_scale, out_scale);
	for (int i = 0; i < TABLE_I8; i++) {
		double y = step_of_xnnpack(lower, i - 128);

		if (isnan(y))
			y = round(f((i - 128 - in_zero) * in_scale, lower->node) / out_scale);
		table[i] = (int8_t)limit(y + out_zero, INT8_MIN, INT8_MAX);
	}
	return add_table(lower, NN_TYPE_I8, TABLE_I8, table);
}

int lower_add_softmax_tables(struct lower *lower)
{
	int r = add_lines(lower, exponential, -10, 10.0 / 512, 1.0 / 32768);

	return r < 0 ? r : add_lines(lower, reciprocal, 0, 1.0 / 512, 1.0 / 32768);
}
