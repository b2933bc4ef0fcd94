/* SPDX-License-Identifier: Apache-2.0 */
/* mean.c - the mean over any dimensions. The integer multiplier has the number of summands in it. */
#include "nn/runtime/kernels-int.h"

/* Offset of the i-th element of a part of the dimensions. */
static uint32_t offset_in(uint32_t i, const uint32_t shape[4], const uint32_t stride[4])
{
	uint32_t offset = 0;

	for (unsigned d = 4; d-- > 0; i /= shape[d])
		offset += i % shape[d] * stride[d];
	return offset;
}

void nn_mean_f32(const struct nn_mean *mean, const float *in, struct nn_range range, float *out)
{
	float share = 1 / (float)mean->summands;

	for (uint32_t i = 0; i < mean->kept; i++) {
		uint32_t base = offset_in(i, mean->kept_shape, mean->stride);
		float sum = 0;

		for (uint32_t j = 0; j < mean->summands; j++)
			sum += in[base + offset_in(j, mean->taken_shape, mean->stride)];
		out[i] = nn_clamp(sum * share, range);
	}
}

void nn_mean_i8(const struct nn_mean *mean, const int8_t *in, int32_t in_zero, const struct nn_output_stage *stage,
		int8_t *out)
{
	for (uint32_t i = 0; i < mean->kept; i++) {
		const int8_t *base = in + offset_in(i, mean->kept_shape, mean->stride);
		int32_t sum = 0;

		for (uint32_t j = 0; j < mean->summands; j++)
			sum += base[offset_in(j, mean->taken_shape, mean->stride)] - in_zero;
		out[i] = (int8_t)nn_stage(stage, 0, sum);
	}
}

void nn_mean_i16(const struct nn_mean *mean, const int16_t *in, const struct nn_output_stage *stage, int16_t *out)
{
	for (uint32_t i = 0; i < mean->kept; i++) {
		const int16_t *base = in + offset_in(i, mean->kept_shape, mean->stride);
		int32_t sum = 0;

		for (uint32_t j = 0; j < mean->summands; j++)
			sum += base[offset_in(j, mean->taken_shape, mean->stride)];
		out[i] = (int16_t)nn_stage(stage, 0, sum);
	}
}
