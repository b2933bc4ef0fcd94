/* SPDX-License-Identifier: Apache-2.0 */
/*
 * softmax-i8.c - softmax in fixed point, the arithmetic of the gemmlowp library (ARITHMETIC.md, section Softmax).
 * "Qm.n": a signed 32-bit number of m integer and n fractional bits.
 */
#include <stddef.h>

#include "nn/runtime/kernels-int.h"

/* x * 2^n, limited to 32 bits */
static int32_t shift_up(int32_t x, int32_t n)
{
	return nn_limit((int64_t)x * (INT64_C(1) << n), INT32_MIN, INT32_MAX);
}

static int32_t shift_down(int32_t x, int32_t n)
{
	return (int32_t)nn_divide_by_power(x, n);
}

/* e^x for -1/4 <= x < 0, Q0.31: Taylor's polynomial around -1/8. */
static int32_t exp_quarter(int32_t x)
{
	const int32_t middle = 1895147668 /* e^(-1/8) */, third = 715827883;
	int32_t y = x + (1 << 28);
	int32_t y2 = nn_multiply_high(y, y), y3 = nn_multiply_high(y2, y), y4 = nn_multiply_high(y2, y2);
	int32_t tail = shift_down(nn_multiply_high(shift_down(y4, 2) + y3, third) + y2, 1);

	return nn_limit((int64_t)middle + nn_multiply_high(middle, y + tail), INT32_MIN, INT32_MAX);
}

/* e^x for x <= 0 in Q5.26, as Q0.31: of the quarter above, times e^(-2^k) for every further bit k of -x. */
static int32_t exp_negative(int32_t x)
{
	static const int32_t powers[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
	const int32_t quarter = 1 << 24;
	int32_t fraction = (x & (quarter - 1)) - quarter, rest = fraction - x, result;

	if (!x)
		return INT32_MAX;
	result = exp_quarter(shift_up(fraction, 5));
	for (int k = 0; k < 7; k++)
		if (rest & (1 << (24 + k)))
			result = nn_multiply_high(result, powers[k]);
	return result;
}

/* 1 / (1 + x) for 0 <= x < 1, Q0.31: three of Newton's steps in Q2.29. */
static int32_t reciprocal(int32_t x)
{
	int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
	int32_t y = 1515870810 /* 48/17 */ + nn_multiply_high(half, -1010580540 /* -32/17 */);

	for (int i = 0; i < 3; i++)
		y += shift_up(nn_multiply_high(y, (1 << 29) - nn_multiply_high(half, y)), 2);
	return shift_up(y, 1);
}

struct scaling {
	int32_t multiplier, shift;
};

/* e^difference of two inputs, Q0.31 */
static int32_t exp_difference(int32_t difference, struct scaling s)
{
	return exp_negative(nn_multiply_high(shift_up(difference, s.shift), s.multiplier));
}

/* exps: NULL, or e^-d for d < count, beyond which nothing is left. */
struct softmax_exps {
	const int32_t *exps;
	int32_t count;
	struct scaling scaling;
};

/* x is not negative; n 1..31 */
static inline int32_t softmax_halve(int32_t x, int32_t n)
{
	return ((x >> (n - 1)) + 1) >> 1;
}

static inline int32_t softmax_exp(const struct softmax_exps *e, int32_t below)
{
	return e->exps ? e->exps[below] : exp_difference(-below, e->scaling);
}

__attribute__((always_inline)) static inline void softmax_row_i8(int32_t n, const int8_t *in, struct softmax_exps e,
								 int8_t *out)
{
	int32_t largest = in[0], sum = 0, headroom, scale, shift;

	for (int32_t i = 1; i < n; i++)
		largest = in[i] > largest ? in[i] : largest;
	for (int32_t i = 0; i < n; i++)
		if (largest - in[i] < e.count)
			sum += softmax_halve(softmax_exp(&e, largest - in[i]), 12); /* Q12.19 */
	headroom = __builtin_clz((uint32_t)sum);
	shift = 12 - headroom + 31 - 8;
	scale = reciprocal((int32_t)(((uint32_t)sum << headroom) - (UINT32_C(1) << 31)));
	for (int32_t i = 0; i < n; i++) {
		int32_t y = 0;

		if (largest - in[i] < e.count && shift < 32)
			y = softmax_halve(nn_multiply_high(scale, softmax_exp(&e, largest - in[i])), shift);
		out[i] = (int8_t)(y > UINT8_MAX ? INT8_MAX : y + INT8_MIN);
	}
}

void nn_softmax_i8(int32_t rows, int32_t n, const int8_t *in, int32_t multiplier, int32_t shift, int32_t lowest,
		   int8_t *out)
{
	struct softmax_exps e = {NULL, lowest < -255 ? 256 : 1 - lowest, {multiplier, shift}};

	for (int32_t row = 0; row < rows; row++, in += n, out += n)
		softmax_row_i8(n, in, e, out);
}

void nn_softmax_table_i8(int32_t rows, int32_t n, const int8_t *in, const int32_t *exps, int32_t count, int8_t *out)
{
	for (int32_t row = 0; row < rows; row++, in += n, out += n)
		softmax_row_i8(n, in, (struct softmax_exps){exps, count, {0, 0}}, out);
}

void nn_softmax_differences_i8(int32_t multiplier, int32_t shift, int32_t count, int32_t *exps)
{
	for (int32_t below = 0; below < count; below++)
		exps[below] = exp_difference(-below, (struct scaling){multiplier, shift});
}
