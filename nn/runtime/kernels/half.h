/* SPDX-License-Identifier: Apache-2.0 */
/* half.h - IEEE 754 half precision (binary16) to float, exact for every finite number. */
#ifndef NN_RUNTIME_KERNELS_HALF_H
#define NN_RUNTIME_KERNELS_HALF_H

#include <stdint.h>

/* The fields moved to their places make a number 2^112 times too small, denormals included: multiplied back. */
static inline float nn_half(uint16_t half)
{
	uint32_t bits = (uint32_t)(half & 0x7fff) << 13;
	float x;

	__builtin_memcpy(&x, &bits, sizeof(x));
	x *= 0x1p112f;
	return half & 0x8000 ? -x : x;
}

#endif
