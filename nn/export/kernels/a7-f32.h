/* SPDX-License-Identifier: Apache-2.0 */
/*
 * a7-f32.h - float for NEON: four output channels together, inputs are lanes of vectors that stay in registers, weights
 * lie in the order in which they are read: what an instruction loads and steps over needs no address. VMLA rounds twice,
 * so the numbers are those of every other core.
 */
#ifndef NN_EXPORT_KERNELS_A7_F32_H
#define NN_EXPORT_KERNELS_A7_F32_H

#include "nn/export/kernels/vector-f32.h"

#if defined(__ARM_NEON) && !defined(NN_PLAIN_C)

/* The next four weights: one instruction, for which the compiler would take two. */
NN_INLINE float32x4_t nn_next_a7(const float **weights)
{
	const float(*four)[4] = (const float(*)[4])(const void *)*weights;
	float32x4_t y;

	__asm__("vld1.32 {%e0-%f0}, [%1]!" : "=w"(y), "+r"(*weights) : "m"(*four));
	return y;
}

/* One tap's weights times the pixel at the kernel's place for each of the pool's outputs; two pixels a vector. */
NN_INLINE void nn_tap_a7(float32x4_t *sums, int pool, float32x4_t w, const float32x4_t *pixels, int corner, int channel)
{
#pragma GCC unroll 4
	for (int i = 0; i < pool * pool; i++) {
		int place = corner + i / pool * 4 + i % pool;
		float32x4_t two = pixels[place / 2];
		float32x2_t pixel = place % 2 ? vget_high_f32(two) : vget_low_f32(two);

		sums[i] = channel ? vmlaq_lane_f32(sums[i], w, pixel, 1) : vmlaq_lane_f32(sums[i], w, pixel, 0);
	}
}

/* 3x3, two channels in: four channels of a pool's outputs, 1 or 4 pixels. weights [3][3][2][4] */
NN_INLINE float32x4_t nn_conv4_a7_f32(int32_t pool, const float32x4_t *pixels, const float **weights, float32x4_t bias)
{
	float32x4_t sums[4] = {bias, bias, bias, bias};

#pragma GCC unroll 9
	for (int k = 0; k < 9; k++) {
		nn_tap_a7(sums, pool, nn_next_a7(weights), pixels, k / 3 * 4 + k % 3, 0);
		nn_tap_a7(sums, pool, nn_next_a7(weights), pixels, k / 3 * 4 + k % 3, 1);
	}
	return pool == 1 ? sums[0] : vmaxq_f32(vmaxq_f32(sums[0], sums[1]), vmaxq_f32(sums[2], sums[3]));
}

/* Without padding, stride 1; weights [out_c / 4][3][3][2][4]. pool 1 or 2; a row's fourth pixel is read for both. */
NN_INLINE void nn_conv_a7_f32(const struct nn_conv *l, int32_t pool, const float *in, float *out)
{
	for (int32_t oy = 0; oy + pool <= l->out_h; oy += pool)
		for (int32_t ox = 0; ox + pool <= l->out_w; ox += pool) {
			const float *weights = l->weights, *bias = l->bias;
			float32x4_t pixels[8];

#pragma GCC unroll 4
			for (int y = 0; y < 2 + pool; y++) {
				pixels[2 * y] = vld1q_f32(in + ((oy + y) * l->in_w + ox) * 2);
				pixels[2 * y + 1] = vld1q_f32(in + ((oy + y) * l->in_w + ox) * 2 + 4);
			}
			for (int32_t o = 0; o < l->out_c; o += 4, out += 4)
				nn_floats_store(nn_conv4_a7_f32(pool, pixels, &weights, vld1q_f32(bias + o)), l->low,
						l->high, out);
		}
}

/* One input times vectors * 4 outputs. */
NN_INLINE void nn_dense1_a7(float32x4_t *sums, int vectors, float32x2_t x, int lane, const float **weights)
{
#pragma GCC unroll 8
	for (int i = 0; i < vectors; i++)
		sums[i] = lane ? vmlaq_lane_f32(sums[i], nn_next_a7(weights), x, 1)
			       : vmlaq_lane_f32(sums[i], nn_next_a7(weights), x, 0);
}

NN_INLINE void nn_dense_block_a7(const struct nn_dense *l, int vectors, const float **weights, int32_t o,
				 const float *in, float *out)
{
	const float *bias = l->bias;
	float32x4_t sums[8];

#pragma GCC unroll 8
	for (int i = 0; i < vectors; i++)
		sums[i] = vld1q_f32(bias + o + 4 * i);
	for (int32_t k = 0; k < l->inputs; k += 4) {
		float32x4_t x = vld1q_f32(in + k);

		nn_dense1_a7(sums, vectors, vget_low_f32(x), 0, weights);
		nn_dense1_a7(sums, vectors, vget_low_f32(x), 1, weights);
		nn_dense1_a7(sums, vectors, vget_high_f32(x), 0, weights);
		nn_dense1_a7(sums, vectors, vget_high_f32(x), 1, weights);
	}
#pragma GCC unroll 8
	for (int i = 0; i < vectors; i++)
		nn_floats_store(sums[i], l->low, l->high, out + o + 4 * i);
}

/* weights: blocks of 32, 8 and 4 outputs as they go, [inputs][outputs]; inputs and outputs multiples of 4 */
NN_INLINE void nn_dense_a7_f32(const struct nn_dense *l, const float *in, float *out)
{
	const float *weights = l->weights;
	int32_t o = 0;

	for (; o + 32 <= l->outputs; o += 32)
		nn_dense_block_a7(l, 8, &weights, o, in, out);
	for (; o + 8 <= l->outputs; o += 8)
		nn_dense_block_a7(l, 2, &weights, o, in, out);
	for (; o < l->outputs; o += 4)
		nn_dense_block_a7(l, 1, &weights, o, in, out);
}

#else

NN_INLINE float nn_conv1_a7_f32(const struct nn_conv *l, const float *in, const float *weights, float sum)
{
	for (int k = 0; k < 18; k++)
		sum += in[k / 6 * l->in_w * 2 + k % 6] * weights[4 * k];
	return sum;
}

NN_INLINE void nn_conv_a7_f32(const struct nn_conv *l, int32_t pool, const float *in, float *out)
{
	const float *weights = l->weights, *bias = l->bias;

	for (int32_t oy = 0; oy + pool <= l->out_h; oy += pool)
		for (int32_t ox = 0; ox + pool <= l->out_w; ox += pool)
			for (int32_t o = 0; o < l->out_c; o++) {
				const float *own = weights + o / 4 * 72 + o % 4, *corner = in + (oy * l->in_w + ox) * 2;
				float largest = nn_conv1_a7_f32(l, corner, own, bias[o]);

				for (int32_t i = 1; i < pool * pool; i++) {
					int32_t place = (i / 2 * l->in_w + i % 2) * 2;
					float sum = nn_conv1_a7_f32(l, corner + place, own, bias[o]);

					largest = sum > largest ? sum : largest;
				}
				*out++ = nn_limit_f32(largest, l->low, l->high);
			}
}

NN_INLINE void nn_dense_a7_f32(const struct nn_dense *l, const float *in, float *out)
{
	const float *weights = l->weights, *bias = l->bias;

	for (int32_t o = 0, left; (left = l->outputs - o) > 0;) {
		int32_t width = left >= 32 ? 32 : left >= 8 ? 8 : 4;

		for (int32_t end = o + width; o < end; o++, weights++) {
			float sum = bias[o];

			for (int32_t k = 0; k < l->inputs; k++)
				sum += in[k] * weights[k * width];
			out[o] = nn_limit_f32(sum, l->low, l->high);
		}
		weights += (l->inputs - 1) * width;
	}
}

#endif
#endif
