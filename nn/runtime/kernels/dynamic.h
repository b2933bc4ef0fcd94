/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic.h - a float as an 8-bit number of a scale that is found at run time. */
#ifndef NN_RUNTIME_KERNELS_DYNAMIC_H
#define NN_RUNTIME_KERNELS_DYNAMIC_H

#include <stdint.h>

static inline int32_t round_away(float x)
{
	int32_t whole = (int32_t)x;
	float rest = x - (float)whole;

	return rest >= 0.5f ? whole + 1 : rest <= -0.5f ? whole - 1 : whole;
}

/* Out of range and NaN become the ends: input bytes can be anything. */
static inline int32_t quantise_dynamic(float x, int32_t zero_point, float scale)
{
	float q = (float)zero_point + x / scale;

	return !(q > -128) ? -128 : q >= 127 ? 127 : round_away(q);
}

#endif
