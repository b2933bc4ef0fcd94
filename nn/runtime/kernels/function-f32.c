/* SPDX-License-Identifier: Apache-2.0 */
/* function-f32.c - functions of one variable. */
#include "nn/runtime/kernels-f32.h"
#include "nn/runtime/math.h"

void nn_leaky_relu_f32(int32_t n, float slope, const float *in, float *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = in[i] < 0 ? in[i] * slope : in[i];
}

/* e^-|x| never overflows. */
static float sigmoid(float x)
{
	float e = nn_exp_negative(x < 0 ? x : -x);

	return (x < 0 ? e : 1) / (1 + e);
}

void nn_sigmoid_f32(int32_t n, const float *in, float *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = sigmoid(in[i]);
}

/* Near 0 the difference 1 - e would lose digits: Taylor's polynomial there. */
static float tangent(float x)
{
	float size = x < 0 ? -x : x, square = x * x, e;

	if (size < 0.25f)
		return x * (1 + square * (-0.333333333f + square * (0.133333333f + square * (-0.0539682540f +
											     square * 0.0218694885f))));
	e = nn_exp_negative(-2 * size);
	e = (1 - e) / (1 + e);
	return x < 0 ? -e : e;
}

void nn_tanh_f32(int32_t n, const float *in, float *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = tangent(in[i]);
}

void nn_hard_swish_f32(int32_t n, const float *in, float *out)
{
	const struct nn_range relu6 = {0, 6};

	for (int32_t i = 0; i < n; i++)
		out[i] = in[i] * nn_clamp(in[i] + 3, relu6) / 6;
}
