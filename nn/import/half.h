/* SPDX-License-Identifier: Apache-2.0 */
/* half.h - IEEE 754 half precision: sign 1, exponent 5 (bias 15), fraction 10. */
#ifndef NN_IMPORT_HALF_H
#define NN_IMPORT_HALF_H

#include <stdint.h>
#include <string.h>

static inline float half_to_float(uint16_t half)
{
	uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = half >> 10 & 0x1f, fraction = half & 0x3ffu, bits;
	float value;

	if (exponent == 0) { /* zero or subnormal: fraction * 2^-24, exact in float */
		value = (float)fraction * 0x1p-24f;
		return sign ? -value : value;
	}
	bits = sign | (exponent == 31 ? 255u : exponent + 112) << 23 | fraction << 13;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

#endif
