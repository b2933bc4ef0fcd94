/* SPDX-License-Identifier: Apache-2.0 */
/* maths.h - own functions, because C libraries differ in the last bit and a training shall be repeated bit by bit. */
#ifndef NN_TRAIN_MATHS_H
#define NN_TRAIN_MATHS_H

#include <stdint.h>
#include <string.h>

/* Natural logarithm of a normal number above 0: x = 2^k m, ln m = 2 artanh((m - 1) / (m + 1)). */
static inline double train_log(double x)
{
	uint64_t bits;
	double m, s, square, sum = 0;
	int k;

	memcpy(&bits, &x, sizeof(bits));
	k = (int)(bits >> 52) - 1023;
	bits = (bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff0000000000000);
	memcpy(&m, &bits, sizeof(m));
	if (m > 1.4142135623730951) {
		m /= 2;
		k++;
	}
	s = (m - 1) / (m + 1);
	square = s * s;
	for (int i = 19; i > 0; i -= 2)
		sum = sum * square + 1.0 / i;
	return k * 0.6931471805599453 + 2 * s * sum;
}

/* e^x, 0 where it is less than the least normal number; x below 700. 2^k e^r with |r| <= ln 2 / 2, by its Taylor series. */
static inline double train_exp(double x)
{
	double r, sum = 1, scale;
	uint64_t bits;
	int k;

	if (x < -708)
		return 0;
	k = (int)(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
	/* ln 2 in two parts: the first ends in zeros, and its product is exact. */
	r = x - k * 0.6931471803691238;
	r -= k * 1.9082149292705877e-10;
	for (int i = 16; i > 0; i--)
		sum = 1 + sum * r / i;
	bits = (uint64_t)(k + 1023) << 52;
	memcpy(&scale, &bits, sizeof(scale));
	return sum * scale;
}

/* cos(pi x) for 0 <= x <= 1 by its Taylor series. */
static inline double train_cosine_of_half_turns(double x)
{
	double y = x <= 0.5 ? x : 1 - x;
	double s = 9.8696044010893586 * y * y, sum = 1, term = 1;

	for (int i = 1; i < 9; i++) {
		term *= -s / ((2 * i - 1) * (2 * i));
		sum += term;
	}
	return x <= 0.5 ? sum : -sum;
}

#endif
