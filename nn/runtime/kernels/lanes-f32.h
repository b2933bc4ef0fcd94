/* SPDX-License-Identifier: Apache-2.0 */
/* lanes-f32.h - sums of several outputs side by side: what convolutions and dense layers spend their time in. */
#ifndef NN_RUNTIME_KERNELS_LANES_F32_H
#define NN_RUNTIME_KERNELS_LANES_F32_H

#include <stdint.h>

enum {
	LANES_F32 = 8, /* outputs computed together; a constant, so that the loops over them become vectors */
};

/* sum[j] += x[i] * weights[i * stride + j] for all i < n */
static inline void accumulate_lanes_f32(float sum[LANES_F32], const float *x, int32_t n, const float *weights,
					int32_t stride)
{
	for (int32_t i = 0; i < n; i++, weights += stride)
		for (int j = 0; j < LANES_F32; j++)
			sum[j] += x[i] * weights[j];
}

static inline float accumulate_one_f32(float sum, const float *x, int32_t n, const float *weights, int32_t stride)
{
	for (int32_t i = 0; i < n; i++, weights += stride)
		sum += x[i] * *weights;
	return sum;
}

#endif
