/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neon-vector.h - what block-run.h and f32-run.h want, by NEON. Two vectors hold the sums of a block, one lane of inputs goes
 * with each.
 */
#ifndef NN_RUNTIME_CORES_NEON_VECTOR_H
#define NN_RUNTIME_CORES_NEON_VECTOR_H

#include <arm_neon.h>

#include "nn/runtime/cores/block.h"

enum {
	NN_BLOCKS_WIDE = 1,
};

typedef struct {
	int32x4_t low, high;
} nn_sums;

NN_KERNEL nn_sums nn_sums_load(const int32_t *x)
{
	return (nn_sums){vld1q_s32(x), vld1q_s32(x + 4)};
}

NN_KERNEL void nn_sums_store(int32_t *out, nn_sums sums)
{
	vst1q_s32(out, sums.low);
	vst1q_s32(out + 4, sums.high);
}

NN_KERNEL nn_sums nn_sums_most(nn_sums a, nn_sums b)
{
	return (nn_sums){vmaxq_s32(a.low, b.low), vmaxq_s32(a.high, b.high)};
}

NN_KERNEL nn_sums nn_sums_channels(nn_sums sums, const int16_t *x, const int16_t *weights)
{
	int16x8_t a = vld1q_s16(x), w = vld1q_s16(weights);

	sums.low = vmlal_s16(sums.low, vget_low_s16(a), vget_low_s16(w));
	sums.high = vmlal_s16(sums.high, vget_high_s16(a), vget_high_s16(w));
	return sums;
}

/* Plus input `lane` of every pixel; pointers that advance are cheaper than offsets. */
#define ADD_LANE(lane)                                                                                                 \
	for (int32_t b = 0; b < blocks; b++) {                                                                         \
		int16x8_t w = vld1q_s16(next[b]);                                                                      \
                                                                                                                       \
		next[b] += NN_BLOCK;                                                                                   \
		for (int32_t p = 0; p < pixels; p++) {                                                                 \
			nn_sums *sum = &sums[p * blocks + b];                                                          \
                                                                                                                       \
			sum->low = vmlal_lane_s16(sum->low, vget_low_s16(w), in[p], lane);                             \
			sum->high = vmlal_lane_s16(sum->high, vget_high_s16(w), in[p], lane);                          \
		}                                                                                                      \
	}

NN_KERNEL void nn_sums_run(nn_sums *sums, const int16_t *x, struct nn_pixel_steps steps, int32_t n,
			   const int16_t *weights, int32_t block, const int32_t pixels, const int32_t blocks)
{
	const int16_t *next[2] = {weights, weights + block};
	int16x4_t in[4];

	for (; n > 0; n -= 4, x += 4) {
#pragma GCC unroll 4
		for (int32_t p = 0; p < pixels; p++)
			in[p] = vld1_s16(x + nn_pixel_at(steps, p));
		ADD_LANE(0)
		ADD_LANE(1)
		if (n < 4)
			break;
		ADD_LANE(2)
		ADD_LANE(3)
	}
}

NN_KERNEL int32x4_t scale_four(const struct nn_block *l, int32_t c, int32x4_t sums)
{
	int32x4_t multipliers = vld1q_s32(l->multipliers + c), y;

	if (l->single) {
		y = vqdmulhq_s32(sums, multipliers);
	} else {
		y = vqrdmulhq_s32(sums, multipliers);
		y = vaddq_s32(y, vshrq_n_s32(y, 31)); /* halves below zero go down */
	}
	return vrshlq_s32(y, vld1q_s32(l->shifts + c));
}

NN_KERNEL void nn_sums_narrow(const struct nn_block *l, int32_t c, nn_sums sums, int8_t *out)
{
	int16x8_t y = vcombine_s16(vqmovn_s32(scale_four(l, c, sums.low)), vqmovn_s32(scale_four(l, c + 4, sums.high)));

	y = vqaddq_s16(y, vdupq_n_s16((int16_t)l->zero_point));
	y = vminq_s16(vmaxq_s16(y, vld1q_s16(l->low + c)), vld1q_s16(l->high + c));
	vst1_s8(out, vmovn_s16(y));
}

typedef struct {
	float32x4_t low, high;
} nn_floats;

NN_KERNEL nn_floats nn_floats_load(const float *x)
{
	return (nn_floats){vld1q_f32(x), vld1q_f32(x + 4)};
}

NN_KERNEL void nn_floats_store(float *out, nn_floats x)
{
	vst1q_f32(out, x.low);
	vst1q_f32(out + 4, x.high);
}

NN_KERNEL nn_floats nn_floats_all(float x)
{
	return (nn_floats){vdupq_n_f32(x), vdupq_n_f32(x)};
}

/* VMLA rounds the product, and then the sum. */
NN_KERNEL nn_floats nn_floats_add(nn_floats sums, nn_floats weights, float x)
{
	float32x4_t all = vdupq_n_f32(x);

	return (nn_floats){vmlaq_f32(sums.low, weights.low, all), vmlaq_f32(sums.high, weights.high, all)};
}

NN_KERNEL nn_floats nn_floats_add_each(nn_floats sums, nn_floats weights, nn_floats x)
{
	return (nn_floats){vmlaq_f32(sums.low, weights.low, x.low), vmlaq_f32(sums.high, weights.high, x.high)};
}

/* a > b. GCC would make eight comparisons of the intrinsic, for exceptions that nobody asks for. */
NN_KERNEL uint32x4_t more_four(float32x4_t a, float32x4_t b)
{
	uint32x4_t more;

#if defined(__aarch64__)
	more = vcgtq_f32(a, b);
#else
	__asm__("vcgt.f32 %q0, %q1, %q2" : "=w"(more) : "w"(a), "w"(b));
#endif
	return more;
}

/* No VMAX, which has its own opinion of NaN. */
NN_KERNEL nn_floats nn_floats_most(nn_floats a, nn_floats b)
{
	return (nn_floats){vbslq_f32(more_four(a.low, b.low), a.low, b.low),
			   vbslq_f32(more_four(a.high, b.high), a.high, b.high)};
}

NN_KERNEL nn_floats nn_floats_least(nn_floats a, nn_floats b)
{
	return (nn_floats){vbslq_f32(more_four(b.low, a.low), a.low, b.low),
			   vbslq_f32(more_four(b.high, a.high), a.high, b.high)};
}

#endif
