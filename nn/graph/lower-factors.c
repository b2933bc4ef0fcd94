/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower-factors.c - the real factors behind the multipliers, each as worked out by whom the rounding mode equals: XNNPACK
 * has them in float, TensorFlow Lite Micro in double. They differ by 2^-24, enough to move one byte in a hundred thousand.
 */
#include <math.h>

#include "nn/graph/lower-parts.h"

enum {
	LEFT_I8 = 20, /* as nn_add_i8() and nn_add_i16() */
	LEFT_I16 = 15,
};

/* Single rounding of 8 bits: what XNNPACK has operators for. */
static bool is_xnnpack(const struct lower *lower)
{
	return lower->node->rounding == NN_ROUNDING_SINGLE && lower_output(lower)->type == NN_TYPE_I8;
}

static int set_one(struct lower *lower, double real)
{
	struct multiplier multiplier = lower_multiplier(real);

	return lower_set_multipliers(lower, 1, &multiplier);
}

double lower_layer_factor(const struct lower *lower, uint32_t i)
{
	float in = lower_input(lower, 0)->scales[0], weights = lower_input(lower, 1)->scales[i];
	float out = lower_output(lower)->scales[0], product = in * weights;

	if (is_xnnpack(lower))
		return (double)(product / out);
	if (lower->node->code == NN_OPERATOR_DENSE || lower->float_product)
		return (double)product / (double)out;
	return (double)in * (double)weights / (double)out;
}

/* --- sums -------------------------------------------------------------------------------------------------------- */

/*
 * XNNPACK's sum is one of whole numbers, (a * p + b * q + half) >> shift, p and q of 21 bits at most. The three pairs say
 * just that: the first two take the 20 bits back that the kernel gave its operands, the third shifts. Of scales outside
 * 2^-10..2^8 XNNPACK has no sum.
 */
static bool sum_as_xnnpack(const struct lower *lower, struct multiplier multipliers[3])
{
	float out = lower_output(lower)->scales[0];
	float a = lower_input(lower, 0)->scales[0] / out, b = lower_input(lower, 1)->scales[0] / out;
	int exponent, shift;

	if (!(fminf(a, b) >= 0x1p-10f) || !(fmaxf(a, b) < 0x1p8f))
		return false;
	frexpf(fmaxf(a, b), &exponent);
	shift = LEFT_I8 + 1 - exponent;
	multipliers[0] = lower_multiplier(ldexp(rint(ldexp((double)a, shift)), -LEFT_I8));
	multipliers[1] = lower_multiplier(ldexp(rint(ldexp((double)b, shift)), -LEFT_I8));
	multipliers[2] = lower_multiplier(ldexp(1, -shift));
	return true;
}

int lower_sum(struct lower *lower)
{
	double a = (double)lower_input(lower, 0)->scales[0], b = (double)lower_input(lower, 1)->scales[0];
	double twice = 2 * fmax(a, b), out = (double)lower_output(lower)->scales[0];
	int left = lower_output(lower)->type == NN_TYPE_I16 ? LEFT_I16 : LEFT_I8;
	struct multiplier multipliers[3];

	if (!is_xnnpack(lower) || !sum_as_xnnpack(lower, multipliers)) {
		multipliers[0] = lower_multiplier(a / twice);
		multipliers[1] = lower_multiplier(b / twice);
		multipliers[2] = lower_multiplier(twice / (ldexp(1, left) * out));
	}
	return lower_set_multipliers(lower, 3, multipliers);
}

/* --- the others -------------------------------------------------------------------------------------------------- */

/* Float in both. */
int lower_multiply(struct lower *lower)
{
	float product = lower_input(lower, 0)->scales[0] * lower_input(lower, 1)->scales[0];

	return set_one(lower, (double)(product / lower_output(lower)->scales[0]));
}

int lower_rescale(struct lower *lower)
{
	return set_one(lower, (double)lower_input(lower, 0)->scales[0] / (double)lower_output(lower)->scales[0]);
}

static uint32_t summands_of(const struct lower *lower)
{
	const struct graph_tensor *in = lower_input(lower, 0);
	uint32_t n = 1;

	for (unsigned d = 0; d < in->dims; d++)
		if (lower->node->parameters[0] >> d & 1)
			n *= in->shape[d];
	return n;
}

/* The number of summands goes into the multiplier; in double mode, whose precision that costs is kept by up to 32 bits. */
int lower_mean(struct lower *lower)
{
	float in = lower_input(lower, 0)->scales[0], out = lower_output(lower)->scales[0];
	struct multiplier m = lower_multiplier((double)in / (double)out);
	uint32_t n = summands_of(lower);
	int bits = 31 - __builtin_clz(n);

	if (is_xnnpack(lower))
		return set_one(lower, (double)(in / (out * (float)n)));
	if (bits > 31 + m.shift)
		bits = 31 + m.shift;
	m.multiplier = (int32_t)(((int64_t)m.multiplier << bits) / n);
	m.shift -= bits;
	return lower_set_multipliers(lower, 1, &m);
}
