/* SPDX-License-Identifier: Apache-2.0 */
/* i8.h - what the int8 kernels share. nn_act is how the core keeps activations, int8_t or int16_t. */
#ifndef NN_EXPORT_KERNELS_I8_H
#define NN_EXPORT_KERNELS_I8_H

#include "nn/export/kernels/common.h"
#include "nn/runtime/kernels/requantise.h"

NN_INLINE int32_t nn_stage_plain(const struct nn_stage *stage, int32_t channel, int32_t sum)
{
	int32_t i = stage->per_channel ? channel : 0;

	return nn_limit(nn_scale(sum, stage->multipliers[i], -stage->shifts[i], stage->single) + stage->zero,
			stage->low, stage->high);
}

/* From int8 in place to what the core keeps, last to first. */
NN_INLINE void nn_enter(const int8_t *in, nn_act *out, int32_t n)
{
	for (int32_t i = n; i-- > 0;)
		out[i] = in[i];
}

NN_INLINE void nn_leave(const nn_act *in, int8_t *out, int32_t n, int32_t zero)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = (int8_t)(in[i] + zero);
}

/* a * b / 2^31, halves up */
NN_INLINE int32_t nn_high(int32_t a, int32_t b)
{
	return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

/* x / 2^n, halves up; x is not negative */
NN_INLINE int32_t nn_halve(int32_t x, int32_t n)
{
	return ((x >> (n - 1)) + 1) >> 1;
}

/* 2^31 / (1 + x / 2^31), 0 <= x: three steps of Newton's from a line that is near */
NN_INLINE int32_t nn_reciprocal(int32_t x)
{
	int32_t half = (x >> 1) + (1 << 30);
	int32_t y = 1515870810 + nn_high(half, -1010580540);

	for (int i = 0; i < 3; i++)
		y += nn_high(y, (1 << 29) - nn_high(half, y)) * 4;
	return y > INT32_MAX / 2 ? INT32_MAX : y * 2;
}

/*
 * exps[d] = e^(-d * scale * beta) * 2^31 for d < count, all the others make 0. Output scale 1/256, zero point -128.
 */
NN_INLINE void nn_softmax_chain_i8(const nn_act *in, int8_t *out, int32_t n, const int32_t *exps, int32_t count)
{
	int32_t largest = in[0], sum = 0;

	for (int32_t i = 1; i < n; i++)
		largest = in[i] > largest ? in[i] : largest;
	for (int32_t i = 0; i < n; i++)
		if (largest - in[i] < count)
			sum += nn_halve(exps[largest - in[i]], 12);

	int32_t zeros = __builtin_clz((uint32_t)sum);
	int32_t scale = nn_reciprocal((int32_t)(((uint32_t)sum << zeros) - 0x80000000u));

	for (int32_t i = 0; i < n; i++) {
		int32_t y = 0;

		if (largest - in[i] < count)
			y = nn_halve(nn_high(scale, exps[largest - in[i]]), 12 - zeros + 31 - 8);
		out[i] = (int8_t)(y > 255 ? 127 : y - 128);
	}
}

#endif
