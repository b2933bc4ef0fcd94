/* SPDX-License-Identifier: Apache-2.0 */
/* pairwise-f32.c - sums, differences and products of two rows, and what limits or scales one. */
#include "nn/runtime/kernels-f32.h"

void nn_add_f32(int32_t n, struct nn_row_f32 a, struct nn_row_f32 b, struct nn_range range, float *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = nn_clamp(a.values[i * a.step] + b.values[i * b.step], range);
}

void nn_subtract_f32(int32_t n, struct nn_row_f32 a, struct nn_row_f32 b, struct nn_range range, float *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = nn_clamp(a.values[i * a.step] - b.values[i * b.step], range);
}

void nn_multiply_f32(int32_t n, struct nn_row_f32 a, struct nn_row_f32 b, struct nn_range range, float *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = nn_clamp(a.values[i * a.step] * b.values[i * b.step], range);
}

void nn_clamp_f32(int32_t n, const float *in, struct nn_range range, float *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = nn_clamp(in[i], range);
}

void nn_batch_norm_f32(int32_t pixels, int32_t n, const float *in, const float *scale, const float *offset,
		       struct nn_range range, float *out)
{
	for (int32_t pixel = 0; pixel < pixels; pixel++, in += n, out += n)
		for (int32_t c = 0; c < n; c++)
			out[c] = nn_clamp(in[c] * scale[c] + offset[c], range);
}

void nn_limit_channels_f32(int32_t count, int32_t n, const float *limits, float *values)
{
	for (int32_t i = 0; i < count; i += n)
		for (int32_t c = 0; c < n; c++)
			values[i + c] = nn_clamp(values[i + c], (struct nn_range){limits[c], limits[n + c]});
}
