/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c - Cortex-A7 and others with NEON: two vectors hold the sums of a block, one lane of inputs goes with each. */
#include "nn/runtime/cores/block.h"

#if defined(__ARM_NEON) && !defined(NN_PLAIN_C)

#include <arm_neon.h>

#define NN_TARGET
#define NN_KERNEL static inline __attribute__((always_inline))
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

NN_KERNEL nn_sums nn_sums_channels(nn_sums sums, const int16_t *x, const int16_t *weights)
{
	int16x8_t a = vld1q_s16(x), w = vld1q_s16(weights);

	sums.low = vmlal_s16(sums.low, vget_low_s16(a), vget_low_s16(w));
	sums.high = vmlal_s16(sums.high, vget_high_s16(a), vget_high_s16(w));
	return sums;
}

/* Plus input `lane` of every pixel. */
#define ADD_LANE(lane)                                                                                                 \
	for (int32_t b = 0; b < blocks; b++) {                                                                         \
		int16x8_t w = vld1q_s16(weights + b * block + (lane)*NN_BLOCK);                                        \
                                                                                                                       \
		for (int32_t p = 0; p < pixels; p++) {                                                                 \
			nn_sums *sum = &sums[p * blocks + b];                                                          \
                                                                                                                       \
			sum->low = vmlal_lane_s16(sum->low, vget_low_s16(w), in[p], lane);                             \
			sum->high = vmlal_lane_s16(sum->high, vget_high_s16(w), in[p], lane);                          \
		}                                                                                                      \
	}

NN_KERNEL void nn_sums_run(nn_sums *sums, const int16_t *x, int32_t pixel_step, int32_t n, const int16_t *weights,
			   int32_t block, const int32_t pixels, const int32_t blocks)
{
	for (; n > 0; n -= 4, x += 4, weights += 4 * NN_BLOCK) {
		int16x4_t in[4];

#pragma GCC unroll 4
		for (int32_t p = 0; p < pixels; p++)
			in[p] = vld1_s16(x + p * pixel_step);
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

#define NN_LIST	      nn_core_neon
#define NN_INTERLEAVE 1
#define NN_SHIFT_FORM NN_BLOCK_LEFT
#define NN_CPU_SUITS  true
#include "nn/runtime/cores/block-list.h"

#else
const struct nn_core_kernel nn_core_neon[] = {{0}};
#endif
