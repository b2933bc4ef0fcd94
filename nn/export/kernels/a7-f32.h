/* SPDX-License-Identifier: Apache-2.0 */
/*
 * a7-f32.h - float for NEON: four output channels together, inputs are lanes of vectors that stay in registers. VMLA
 * rounds twice, so the numbers are those of every other core.
 */
#ifndef NN_EXPORT_KERNELS_A7_F32_H
#define NN_EXPORT_KERNELS_A7_F32_H

#include "nn/export/kernels/vector-f32.h"

#if defined(__ARM_NEON) && !defined(NN_PLAIN_C)

/* Weights of one input channel times the pixel at the kernel's place for each of the pool's outputs. */
NN_INLINE void nn_tap_a7(float32x4_t *sums, int pool, float32x4_t w, const float32x2_t *pixels, int lane)
{
#pragma GCC unroll 4
	for (int i = 0; i < pool * pool; i++)
		if (lane)
			sums[i] = vmlaq_lane_f32(sums[i], w, pixels[i / pool * 4 + i % pool], 1);
		else
			sums[i] = vmlaq_lane_f32(sums[i], w, pixels[i / pool * 4 + i % pool], 0);
}

/* 3x3, two channels in, without padding, stride 1; weights as the definition's. pool 1 or 2. */
NN_INLINE float32x4_t nn_conv4_a7_f32(const struct nn_conv *l, int32_t pool, const float *in, const float *weights,
				      float32x4_t bias)
{
	float32x2_t pixels[16];
	float32x4_t sums[4] = {bias, bias, bias, bias};

#pragma GCC unroll 4
	for (int y = 0; y < 2 + pool; y++)
#pragma GCC unroll 4
		for (int x = 0; x < 2 + pool; x++)
			pixels[4 * y + x] = vld1_f32(in + (y * l->in_w + x) * 2);
#pragma GCC unroll 9
	for (int k = 0; k < 9; k++) {
		const float32x2_t *corner = pixels + k / 3 * 4 + k % 3;

		nn_tap_a7(sums, pool, vld1q_f32(weights + 2 * k * l->out_c), corner, 0);
		nn_tap_a7(sums, pool, vld1q_f32(weights + (2 * k + 1) * l->out_c), corner, 1);
	}
	return pool == 1 ? sums[0] : vmaxq_f32(vmaxq_f32(sums[0], sums[1]), vmaxq_f32(sums[2], sums[3]));
}

NN_INLINE void nn_conv_a7_f32(const struct nn_conv *l, int32_t pool, const float *in, float *out)
{
	const float *weights = l->weights, *bias = l->bias;

	for (int32_t oy = 0; oy + pool <= l->out_h; oy += pool)
		for (int32_t ox = 0; ox + pool <= l->out_w; ox += pool, out += l->out_c)
			for (int32_t o = 0; o < l->out_c; o += 4)
				nn_floats_store(nn_conv4_a7_f32(l, pool, in + (oy * l->in_w + ox) * 2, weights + o,
								vld1q_f32(bias + o)),
						l->low, l->high, out + o);
}

/* Four inputs times vectors * 4 outputs. */
NN_INLINE void nn_dense4_a7(float32x4_t *sums, int vectors, const float *in, const float *weights, int32_t row)
{
	float32x4_t x = vld1q_f32(in);

#pragma GCC unroll 8
	for (int i = 0; i < vectors; i++)
		sums[i] = vmlaq_lane_f32(sums[i], vld1q_f32(weights + 4 * i), vget_low_f32(x), 0);
#pragma GCC unroll 8
	for (int i = 0; i < vectors; i++)
		sums[i] = vmlaq_lane_f32(sums[i], vld1q_f32(weights + row + 4 * i), vget_low_f32(x), 1);
#pragma GCC unroll 8
	for (int i = 0; i < vectors; i++)
		sums[i] = vmlaq_lane_f32(sums[i], vld1q_f32(weights + 2 * row + 4 * i), vget_high_f32(x), 0);
#pragma GCC unroll 8
	for (int i = 0; i < vectors; i++)
		sums[i] = vmlaq_lane_f32(sums[i], vld1q_f32(weights + 3 * row + 4 * i), vget_high_f32(x), 1);
}

NN_INLINE void nn_dense_block_a7(const struct nn_dense *l, int vectors, int32_t o, const float *in, float *out)
{
	const float *weights = (const float *)l->weights + o, *bias = l->bias;
	float32x4_t sums[8];

#pragma GCC unroll 8
	for (int i = 0; i < vectors; i++)
		sums[i] = vld1q_f32(bias + o + 4 * i);
	for (int32_t k = 0; k < l->inputs; k += 4)
		nn_dense4_a7(sums, vectors, in + k, weights + k * l->outputs, l->outputs);
#pragma GCC unroll 8
	for (int i = 0; i < vectors; i++)
		nn_floats_store(sums[i], l->low, l->high, out + o + 4 * i);
}

/* weights as the definition's, inputs and outputs multiples of 4 */
NN_INLINE void nn_dense_a7_f32(const struct nn_dense *l, const float *in, float *out)
{
	int32_t o = 0;

	for (; o + 32 <= l->outputs; o += 32)
		nn_dense_block_a7(l, 8, o, in, out);
	for (; o + 8 <= l->outputs; o += 8)
		nn_dense_block_a7(l, 2, o, in, out);
	for (; o < l->outputs; o += 4)
		nn_dense_block_a7(l, 1, o, in, out);
}

#else

#define nn_conv_a7_f32	nn_conv_vector_f32
#define nn_dense_a7_f32 nn_dense_vector_f32

#endif
#endif
