/* SPDX-License-Identifier: Apache-2.0 */
/*
 * math.h - the two functions that the float kernels need. Own, so that every core and every C library gives the
 * same bits. Freestanding C11.
 */
#ifndef NN_RUNTIME_MATH_H
#define NN_RUNTIME_MATH_H

#include <stdbool.h>
#include <stdint.h>

static inline bool nn_is_finite(float x)
{
	uint32_t bits;

	__builtin_memcpy(&bits, &x, sizeof(bits));
	return (bits & 0x7f800000) != 0x7f800000;
}

/* IEEE 754 demands the exact result; the compiler takes the machine's instruction where there is one. */
static inline float nn_sqrt(float x)
{
	return __builtin_sqrtf(x);
}

/*
 * e^x for x <= 0 (softmax). Relative error below 3e-7; 0 below -87 (where floats end) and for NaN; 1 above 0, where only
 * a forged model gets.
 * x = k ln 2 + r with |r| <= ln 2 / 2; e^r by its Taylor polynomial.
 */
static inline float nn_exp_negative(float x)
{
	if (!(x > -87))
		return 0;
	if (x > 0)
		return 1;

	int32_t k = (int32_t)(x * 1.44269504f - 0.5f);
	float r = x - (float)k * 0.693359375f + (float)k * 2.12194440e-4f;
	float e = 1 + r * (1 + r * (0.5f + r * (1.66666667e-1f +
						r * (4.16666667e-2f + r * (8.33333333e-3f + r * 1.38888889e-3f)))));
	uint32_t bits = (uint32_t)(k + 127) << 23;
	float power;

	__builtin_memcpy(&power, &bits, sizeof(power));
	return e * power;
}

#endif
