/* SPDX-License-Identifier: Apache-2.0 */
/* plain-vector.h - what block-run.h and f32-run.h want, in plain C. */
#ifndef NN_EXPORT_KERNELS_PLAIN_VECTOR_H
#define NN_EXPORT_KERNELS_PLAIN_VECTOR_H

#include "nn/runtime/cores/block.h"

enum {
	NN_BLOCKS_WIDE = 1,
};

typedef struct {
	int32_t lane[NN_BLOCK];
} nn_sums;

NN_KERNEL nn_sums nn_sums_load(const int32_t *x)
{
	nn_sums sums;

	__builtin_memcpy(sums.lane, x, sizeof(sums.lane));
	return sums;
}

NN_KERNEL void nn_sums_store(int32_t *out, nn_sums sums)
{
	__builtin_memcpy(out, sums.lane, sizeof(sums.lane));
}

NN_KERNEL nn_sums nn_sums_most(nn_sums a, nn_sums b)
{
	for (int j = 0; j < NN_BLOCK; j++)
		a.lane[j] = a.lane[j] > b.lane[j] ? a.lane[j] : b.lane[j];
	return a;
}

NN_KERNEL nn_sums nn_sums_channels(nn_sums sums, const int16_t *x, const int16_t *weights)
{
	for (int j = 0; j < NN_BLOCK; j++)
		sums.lane[j] += x[j] * weights[j];
	return sums;
}

NN_KERNEL void nn_sums_run(nn_sums *sums, const int16_t *x, struct nn_pixel_steps steps, int32_t n,
			   const int16_t *weights, int32_t block, int32_t pixels, int32_t blocks)
{
	for (int32_t p = 0; p < pixels; p++)
		for (int32_t b = 0; b < blocks; b++)
			for (int32_t i = 0; i < n; i++) {
				const int16_t *w = weights + b * block + i / NN_INTERLEAVE * NN_INTERLEAVE * NN_BLOCK +
						   i % NN_INTERLEAVE;

				for (int j = 0; j < NN_BLOCK; j++)
					sums[p * blocks + b].lane[j] +=
						x[nn_pixel_at(steps, p) + i] * w[j * NN_INTERLEAVE];
			}
}

NN_KERNEL void nn_sums_narrow(const struct nn_block *l, int32_t c, nn_sums sums, int8_t *out)
{
	for (int32_t j = 0; j < NN_BLOCK; j++) {
		int64_t y = nn_scale(sums.lane[j], l->multipliers[c + j], -l->shifts[c + j], l->single);

		out[j] = (int8_t)nn_limit(y + l->zero_point, l->low[c + j], l->high[c + j]);
	}
}

typedef struct {
	float lane[NN_BLOCK];
} nn_floats;

NN_KERNEL nn_floats nn_floats_load(const float *x)
{
	nn_floats y;

	__builtin_memcpy(y.lane, x, sizeof(y.lane));
	return y;
}

NN_KERNEL void nn_floats_store(float *out, nn_floats x)
{
	__builtin_memcpy(out, x.lane, sizeof(x.lane));
}

NN_KERNEL nn_floats nn_floats_all(float x)
{
	return (nn_floats){{x, x, x, x, x, x, x, x}};
}

NN_KERNEL nn_floats nn_floats_add(nn_floats sums, nn_floats weights, float x)
{
	for (int j = 0; j < NN_BLOCK; j++)
		sums.lane[j] += weights.lane[j] * x;
	return sums;
}

NN_KERNEL nn_floats nn_floats_add_each(nn_floats sums, nn_floats weights, nn_floats x)
{
	for (int j = 0; j < NN_BLOCK; j++)
		sums.lane[j] += weights.lane[j] * x.lane[j];
	return sums;
}

NN_KERNEL nn_floats nn_floats_most(nn_floats a, nn_floats b)
{
	for (int j = 0; j < NN_BLOCK; j++)
		a.lane[j] = a.lane[j] > b.lane[j] ? a.lane[j] : b.lane[j];
	return a;
}

NN_KERNEL nn_floats nn_floats_least(nn_floats a, nn_floats b)
{
	for (int j = 0; j < NN_BLOCK; j++)
		a.lane[j] = a.lane[j] < b.lane[j] ? a.lane[j] : b.lane[j];
	return a;
}

#endif
