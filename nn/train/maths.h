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
