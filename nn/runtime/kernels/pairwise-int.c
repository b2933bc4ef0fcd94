/* SPDX-License-Identifier: Apache-2.0 */
/* pairwise-int.c - sums, differences and products of two rows at different scales, and a row at another scale. */
#include "nn/runtime/kernels-int.h"

enum {
	LEFT_I8 = 20, /* bits that operands of a sum are taken up, so that their scaling loses nothing */
	LEFT_I16 = 15,
};

static inline int32_t sum_of(int32_t a, int32_t b, int32_t left, const struct nn_output_stage *s, bool subtract)
{
	int64_t x = nn_scale(a * (1 << left), s->multipliers[0], s->shifts[0], s->single);
	int64_t y = nn_scale(b * (1 << left), s->multipliers[1], s->shifts[1], s->single);
	int32_t sum = nn_limit(subtract ? x - y : x + y, INT32_MIN, INT32_MAX);

	return nn_limit(nn_scale(sum, s->multipliers[2], s->shifts[2], s->single) + s->zero_point, s->low, s->high);
}

void nn_add_i8(int32_t n, struct nn_row a, struct nn_row b, const struct nn_output_stage *stage, bool subtract,
	       int8_t *out)
{
	const int8_t *x = a.values, *y = b.values;

	for (int32_t i = 0; i < n; i++, x += a.step, y += b.step)
		out[i] = (int8_t)sum_of(*x - a.zero_point, *y - b.zero_point, LEFT_I8, stage, subtract);
}

void nn_add_i16(int32_t n, struct nn_row a, struct nn_row b, const struct nn_output_stage *stage, bool subtract,
		int16_t *out)
{
	const int16_t *x = a.values, *y = b.values;

	for (int32_t i = 0; i < n; i++, x += a.step, y += b.step)
		out[i] = (int16_t)sum_of(*x, *y, LEFT_I16, stage, subtract);
}

void nn_multiply_i8(int32_t n, struct nn_row a, struct nn_row b, const struct nn_output_stage *stage, int8_t *out)
{
	const int8_t *x = a.values, *y = b.values;

	for (int32_t i = 0; i < n; i++, x += a.step, y += b.step)
		out[i] = (int8_t)nn_stage(stage, 0, (*x - a.zero_point) * (*y - b.zero_point));
}

void nn_multiply_i16(int32_t n, struct nn_row a, struct nn_row b, const struct nn_output_stage *stage, int16_t *out)
{
	const int16_t *x = a.values, *y = b.values;

	for (int32_t i = 0; i < n; i++, x += a.step, y += b.step)
		out[i] = (int16_t)nn_stage(stage, 0, *x * *y);
}

void nn_requantise_i8(int32_t n, const int8_t *in, int32_t in_zero, const struct nn_output_stage *stage, int8_t *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = (int8_t)nn_stage(stage, 0, in[i] - in_zero);
}

void nn_requantise_i16(int32_t n, const int16_t *in, int32_t in_zero, const struct nn_output_stage *stage, int16_t *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = (int16_t)nn_stage(stage, 0, in[i] - in_zero);
}

void nn_limit_channels_i8(int32_t count, int32_t n, const int8_t *limits, int8_t *values)
{
	for (int32_t i = 0; i < count; i += n)
		for (int32_t c = 0; c < n; c++)
			values[i + c] = (int8_t)nn_limit(values[i + c], limits[c], limits[n + c]);
}

void nn_limit_channels_i16(int32_t count, int32_t n, const int16_t *limits, int16_t *values)
{
	for (int32_t i = 0; i < count; i += n)
		for (int32_t c = 0; c < n; c++)
			values[i + c] = (int16_t)nn_limit(values[i + c], limits[c], limits[n + c]);
}
