/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c-softmax.c - the exponentials of the integer softmax as a table. An input is one of 256 numbers, so its distance from
 * the largest has few values; the arithmetic that makes them is gemmlowp's (Q5.26 in, Q0.31 out), done here once.
 */
#include <math.h>

#include "nn/export/c-layer.h"

static int32_t limit(int64_t x)
{
	return x < INT32_MIN ? INT32_MIN : x > INT32_MAX ? INT32_MAX : (int32_t)x;
}

static int32_t multiply_high(int32_t a, int32_t b)
{
	return limit(((int64_t)a * b + (INT64_C(1) << 30)) >> 31);
}

/* Halves away from zero. */
static int32_t divide_by_power(int32_t x, int n)
{
	return (int32_t)(((int64_t)x + (INT64_C(1) << (n - 1)) - (x < 0)) >> n);
}

/* e^a for -1/4 <= a < 0 in Q0.31: Taylor's polynomial around -1/8 */
static int32_t exp_quarter(int32_t a)
{
	const int32_t exp_eighth = 1895147668, third = 715827883;
	int32_t x = a + (1 << 28), x2 = multiply_high(x, x), x3 = multiply_high(x2, x), x4 = multiply_high(x2, x2);
	int32_t rest = divide_by_power(multiply_high(divide_by_power(x4, 2) + x3, third) + x2, 1);

	return limit((int64_t)exp_eighth + multiply_high(exp_eighth, x + rest));
}

/* e^a for a <= 0 in Q5.26: powers e^-1/4, e^-1/2, ... e^-16 by the bits of what exp_quarter() leaves */
static int32_t exp_negative(int32_t a)
{
	static const int32_t powers[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
	int32_t quarter = 1 << 24, within = (a & (quarter - 1)) - quarter, rest = within - a;
	int32_t y = exp_quarter(limit((int64_t)within * 32));

	if (!a)
		return INT32_MAX;
	for (unsigned i = 0; i < sizeof(powers) / sizeof(powers[0]); i++)
		if (rest & (1 << (24 + i)))
			y = multiply_high(y, powers[i]);
	return y;
}

int32_t c_softmax_table(double scale, double beta, int32_t exps[256])
{
	int left;
	double fraction = frexp(fmin(beta * scale * (1 << 26), 2147483647.0), &left);
	int64_t multiplier = llround(fraction * 2147483648.0);
	int32_t d = 0, last;

	if (multiplier == INT64_C(1) << 31) {
		multiplier /= 2;
		left++;
	}
	if (left < 0) { /* so small a scale that all distances count as none */
		multiplier = 0;
		left = 0;
	}
	last = (int32_t)fmin(floor(31.0 * (1 << 26) / (double)(INT64_C(1) << left)), 255);
	for (; d <= last; d++)
		exps[d] = exp_negative(multiply_high(limit(-(int64_t)d * (INT64_C(1) << left)), (int32_t)multiplier));
	return d;
}
