/* SPDX-License-Identifier: Apache-2.0 */
/*
 * a7-i8.h - int8 for NEON. Activations stay int8 and carry their zero points, which are part of the biases. Two
 * products fit 16 bits unless both weights are -128: the exporter does not choose these kernels then.
 */
#ifndef NN_EXPORT_KERNELS_A7_I8_H
#define NN_EXPORT_KERNELS_A7_I8_H

#include "nn/export/kernels/i8.h"

#if defined(__ARM_NEON) && !defined(NN_PLAIN_C)
#include <arm_neon.h>

/* The next eight weights: one instruction, for which the compiler would take two. */
NN_INLINE int8x8_t nn_next8_a7(const int8_t **weights)
{
	const int8_t(*eight)[8] = (const int8_t(*)[8])(const void *)*weights;
	int8x8_t y;

	__asm__("vld1.8 {%P0}, [%1]!" : "=w"(y), "+r"(*weights) : "m"(*eight));
	return y;
}

/* The next sixteen. */
NN_INLINE int8x16_t nn_next16_a7(const int8_t **weights)
{
	const int8_t(*sixteen)[16] = (const int8_t(*)[16])(const void *)*weights;
	int8x16_t y;

	__asm__("vld1.8 {%e0-%f0}, [%1]!" : "=w"(y), "+r"(*weights) : "m"(*sixteen));
	return y;
}

NN_INLINE int32x4_t nn_scale_a7(const struct nn_stage *stage, int32_t channel, int32x4_t sums)
{
	int32x4_t multipliers = vdupq_n_s32(stage->multipliers[0]), shifts = vdupq_n_s32(-stage->shifts[0]), y;

	if (stage->per_channel) {
		const int8_t *s = stage->shifts + channel;

		multipliers = vld1q_s32(stage->multipliers + channel);
		shifts = (int32x4_t){-s[0], -s[1], -s[2], -s[3]};
	}
	y = stage->single ? vqdmulhq_s32(sums, multipliers) : vqrdmulhq_s32(sums, multipliers);
	if (!stage->single && !stage->positive)
		y = vaddq_s32(y, vshrq_n_s32(y, 31));
	return vrshlq_s32(y, shifts);
}

/* Four sums each; one vector of eight outputs. */
NN_INLINE int8x8_t nn_stage_a7(const struct nn_stage *stage, int32_t channel, int32x4_t a, int32x4_t b)
{
	if (!stage->right) {
		int32_t plain[8];
		int8_t out[8];

		vst1q_s32(plain, a);
		vst1q_s32(plain + 4, b);
		for (int i = 0; i < 8; i++)
			out[i] = (int8_t)nn_stage_plain(stage, channel + i, plain[i]);
		return vld1_s8(out);
	}

	int16x8_t y = vcombine_s16(vqmovn_s32(nn_scale_a7(stage, channel, a)),
				   vqmovn_s32(nn_scale_a7(stage, channel + 4, b)));
	int8x8_t narrow = vqmovn_s16(vqaddq_s16(y, vdupq_n_s16((int16_t)stage->zero)));

	if (stage->low > -128)
		narrow = vmax_s8(narrow, vdup_n_s8((int8_t)stage->low));
	if (stage->high < 127)
		narrow = vmin_s8(narrow, vdup_n_s8((int8_t)stage->high));
	return narrow;
}

NN_INLINE int32x4_t nn_fold_a7(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d)
{
	int32x2_t aa = vadd_s32(vget_low_s32(a), vget_high_s32(a)), bb = vadd_s32(vget_low_s32(b), vget_high_s32(b));
	int32x2_t cc = vadd_s32(vget_low_s32(c), vget_high_s32(c)), dd = vadd_s32(vget_low_s32(d), vget_high_s32(d));

	return vcombine_s32(vpadd_s32(aa, bb), vpadd_s32(cc, dd));
}

/*
 * Without padding, stride 1, two channels in; weights [out_c / 4][kernel_h][kernel_w][4][2], out_c as a multiple of 8; pool 1 or
 * 2. What is written beyond a pixel's channels is the next pixel's, or room behind the last.
 */
NN_INLINE int32x4_t nn_conv4_a7(const struct nn_conv *l, int32_t pool, const int8_t *in, const int8_t **weights)
{
	int32x4_t largest = vdupq_n_s32(0);
	int8x8_t w[9], pairs[16];

#pragma GCC unroll 4
	for (int i = 0; i < 8; i += 2) {
		int8x16_t two = nn_next16_a7(weights);

		w[i] = vget_low_s8(two);
		w[i + 1] = vget_high_s8(two);
	}
	w[8] = nn_next8_a7(weights);
#pragma GCC unroll 4
	for (int y = 0; y < 2 + pool; y++) {
		int16x4_t row;

		__builtin_memcpy(&row, in + y * l->in_w * 2, sizeof(row));
		pairs[4 * y] = vreinterpret_s8_s16(vdup_lane_s16(row, 0));
		pairs[4 * y + 1] = vreinterpret_s8_s16(vdup_lane_s16(row, 1));
		pairs[4 * y + 2] = vreinterpret_s8_s16(vdup_lane_s16(row, 2));
		pairs[4 * y + 3] = vreinterpret_s8_s16(vdup_lane_s16(row, 3));
	}
#pragma GCC unroll 4
	for (int i = 0; i < pool * pool; i++) {
		int corner = i / pool * 4 + i % pool;
		int32x4_t sum = vpaddlq_s16(vmull_s8(w[8], pairs[corner + 10]));

#pragma GCC unroll 8
		for (int k = 0; k < 8; k += 2) {
			int16x8_t two = vmull_s8(w[k], pairs[corner + k / 3 * 4 + k % 3]);

			two = vmlal_s8(two, w[k + 1], pairs[corner + (k + 1) / 3 * 4 + (k + 1) % 3]);
			sum = vpadalq_s16(sum, two);
		}
		largest = i ? vmaxq_s32(largest, sum) : sum;
	}
	return largest;
}

NN_INLINE void nn_conv_a7(const struct nn_conv *l, int32_t pool, const int8_t *in, int8_t *out)
{
	const int32_t *bias = l->bias;

	for (int32_t oy = 0; oy + pool <= l->out_h; oy += pool)
		for (int32_t ox = 0; ox + pool <= l->out_w; ox += pool, out += l->out_c) {
			const int8_t *corner = in + (oy * l->in_w + ox) * 2, *weights = l->weights;

			for (int32_t o = 0; o < l->out_c; o += 8) {
				int32x4_t a = nn_conv4_a7(l, pool, corner, &weights);
				int32x4_t b = nn_conv4_a7(l, pool, corner, &weights);

				a = vaddq_s32(a, vld1q_s32(bias + o));
				b = vaddq_s32(b, vld1q_s32(bias + o + 4));
				vst1_s8(out + o, nn_stage_a7(&l->stage, o, a, b));
			}
		}
}

/* One row of weights: sixteen inputs a step, then eight if the padded count is no multiple of sixteen. */
NN_INLINE int32x4_t nn_dot_a7(const int8_t *in, const int8_t **weights, int32_t n)
{
	int32x4_t sum = vdupq_n_s32(0);
	int32_t i = 0;

#pragma GCC unroll 8
	for (; i + 16 <= n; i += 16) {
		int8x16_t w = nn_next16_a7(weights), x = vld1q_s8(in + i);

		sum = vpadalq_s16(sum,
				  vmlal_s8(vmull_s8(vget_low_s8(w), vget_low_s8(x)), vget_high_s8(w), vget_high_s8(x)));
	}
	if (i < n)
		sum = vpadalq_s16(sum, vmull_s8(nn_next8_a7(weights), vld1_s8(in + i)));
	return sum;
}

/* Four long rows, each with a pointer of its own, so that inputs are read once for all of them. */
NN_INLINE int32x4_t nn_dot4_long_a7(const int8_t *in, const int8_t **weights, int32_t n)
{
	const int8_t *rows[4] = {*weights, *weights + n, *weights + 2 * n, *weights + 3 * n};
	int32x4_t sums[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
	int32_t i = 0;

#pragma GCC unroll 8
	for (; i + 16 <= n; i += 16) {
		int8x16_t x = vld1q_s8(in + i);

#pragma GCC unroll 4
		for (int r = 0; r < 4; r++) {
			int8x16_t w = nn_next16_a7(&rows[r]);
			int16x8_t two = vmull_s8(vget_low_s8(w), vget_low_s8(x));

			sums[r] = vpadalq_s16(sums[r], vmlal_s8(two, vget_high_s8(w), vget_high_s8(x)));
		}
	}
	if (i < n) {
		int8x8_t x = vld1_s8(in + i);

#pragma GCC unroll 4
		for (int r = 0; r < 4; r++)
			sums[r] = vpadalq_s16(sums[r], vmull_s8(nn_next8_a7(&rows[r]), x));
	}
	*weights += 4 * n;
	return nn_fold_a7(sums[0], sums[1], sums[2], sums[3]);
}

/* Rows of up to 128 inputs are no loops: their steps cost more when there are four pointers. */
NN_INLINE int32x4_t nn_dot4_a7(const int8_t *in, const int8_t **weights, int32_t n, const int32_t *bias)
{
	if (n > 128)
		return vaddq_s32(nn_dot4_long_a7(in, weights, n), vld1q_s32(bias));

	int32x4_t a = nn_dot_a7(in, weights, n), b = nn_dot_a7(in, weights, n);
	int32x4_t c = nn_dot_a7(in, weights, n), d = nn_dot_a7(in, weights, n);

	return vaddq_s32(nn_fold_a7(a, b, c, d), vld1q_s32(bias));
}

/* weights [outputs][inputs], padded to 8 both; out has room for the padding */
NN_INLINE void nn_dense_a7(const struct nn_dense *l, const int8_t *in, int8_t *out)
{
	int32_t n = (l->inputs + 7) / 8 * 8;
	const int8_t *weights = l->weights;
	const int32_t *bias = l->bias;

	for (int32_t o = 0; o < l->outputs; o += 8) {
		int32x4_t a = nn_dot4_a7(in, &weights, n, bias + o), b = nn_dot4_a7(in, &weights, n, bias + o + 4);

		vst1_s8(out + o, nn_stage_a7(&l->stage, o, a, b));
	}
}

#else

NN_INLINE int32_t nn_conv_sum_a7(const struct nn_conv *l, const int8_t *in, const int8_t *weights)
{
	int32_t sum = 0;

	for (int k = 0; k < 9; k++)
		for (int c = 0; c < 2; c++)
			sum += in[(k / 3 * l->in_w + k % 3) * 2 + c] * weights[8 * k + c];
	return sum;
}

NN_INLINE void nn_conv_a7(const struct nn_conv *l, int32_t pool, const int8_t *in, int8_t *out)
{
	const int8_t *weights = l->weights;
	const int32_t *bias = l->bias;

	for (int32_t oy = 0; oy + pool <= l->out_h; oy += pool)
		for (int32_t ox = 0; ox + pool <= l->out_w; ox += pool)
			for (int32_t o = 0; o < l->out_c; o++) {
				int32_t largest = INT32_MIN;

				for (int32_t i = 0; i < pool * pool; i++) {
					int32_t corner = (oy + i / pool) * l->in_w + ox + i % pool;
					int32_t sum =
						nn_conv_sum_a7(l, in + 2 * corner, weights + o / 4 * 72 + o % 4 * 2);

					largest = sum > largest ? sum : largest;
				}
				*out++ = (int8_t)nn_stage_plain(&l->stage, o, largest + bias[o]);
			}
}

NN_INLINE void nn_dense_a7(const struct nn_dense *l, const int8_t *in, int8_t *out)
{
	int32_t n = (l->inputs + 7) / 8 * 8;
	const int8_t *weights = l->weights;
	const int32_t *bias = l->bias;

	for (int32_t o = 0; o < l->outputs; o++) {
		int32_t sum = bias[o];

		for (int32_t i = 0; i < l->inputs; i++)
			sum += in[i] * weights[o * n + i];
		out[o] = (int8_t)nn_stage_plain(&l->stage, o, sum);
	}
}

#endif
#endif
