/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requantise.h - integer times real multiplier, as nn/runtime/ARITHMETIC.md defines it: real = multiplier * 2^(shift -
 * 31), multiplier 0 or 2^30..2^31 - 1, shift -31..30. No float anywhere.
 */
#ifndef NN_RUNTIME_KERNELS_REQUANTISE_H
#define NN_RUNTIME_KERNELS_REQUANTISE_H

#include <stdbool.h>
#include <stdint.h>

/* What becomes of an accumulator. */
struct nn_output_stage {
	const int32_t *multipliers, *shifts;
	int32_t step; /* 1: a multiplier for each channel, 0: one for all */
	int32_t zero_point, low, high;
	bool single; /* rounding: once, else twice */
};

static inline int32_t nn_limit(int64_t x, int32_t low, int32_t high)
{
	return x < low ? low : x > high ? high : (int32_t)x;
}

/* x / 2^n, halves away from zero; n 0..62 */
static inline int64_t nn_divide_by_power(int64_t x, int32_t n)
{
	int64_t mask = (INT64_C(1) << n) - 1, remainder = x & mask;

	return (x >> n) + (remainder > (mask >> 1) + (x < 0));
}

/* a * b / 2^31, halves up; only -2^31 times itself is too large */
static inline int32_t nn_multiply_high(int32_t a, int32_t b)
{
	int64_t y = ((int64_t)a * b + (INT64_C(1) << 30)) >> 31;

	return a == INT32_MIN && b == INT32_MIN ? INT32_MAX : (int32_t)y;
}

static inline int64_t nn_scale_single(int32_t x, int32_t multiplier, int32_t shift)
{
	int32_t right = 31 - shift;

	return ((int64_t)x * multiplier + (INT64_C(1) << (right - 1))) >> right;
}

static inline int64_t nn_scale_double(int32_t x, int32_t multiplier, int32_t shift)
{
	if (shift > 0)
		return nn_multiply_high(nn_limit((int64_t)x * (INT64_C(1) << shift), INT32_MIN, INT32_MAX), multiplier);
	return nn_divide_by_power(nn_multiply_high(x, multiplier), -shift);
}

static inline int64_t nn_scale(int32_t x, int32_t multiplier, int32_t shift, bool single)
{
	return single ? nn_scale_single(x, multiplier, shift) : nn_scale_double(x, multiplier, shift);
}

/* Of a 64-bit accumulator, |x| < 2^47, shift up to 14: 15 bits of the multiplier, one rounding in both modes. */
static inline int64_t nn_scale_wide(int64_t x, int32_t multiplier, int32_t shift)
{
	int32_t reduced = multiplier < 0x7fff0000 ? (multiplier + (1 << 15)) >> 16 : 0x7fff;
	int32_t right = 15 - shift;

	return (x * reduced + (INT64_C(1) << (right - 1))) >> right;
}

static inline int32_t nn_stage(const struct nn_output_stage *stage, int32_t channel, int32_t sum)
{
	int32_t i = channel * stage->step;
	int64_t y = nn_scale(sum, stage->multipliers[i], stage->shifts[i], stage->single);

	return nn_limit(y + stage->zero_point, stage->low, stage->high);
}

static inline int32_t nn_stage_wide(const struct nn_output_stage *stage, int32_t channel, int64_t sum)
{
	int32_t i = channel * stage->step;

	return nn_limit(nn_scale_wide(sum, stage->multipliers[i], stage->shifts[i]) + stage->zero_point, stage->low,
			stage->high);
}

#endif
