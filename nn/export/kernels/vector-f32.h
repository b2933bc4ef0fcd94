/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector-f32.h - float for NEON, AVX or any vector unit that the compiler knows: neighbouring output channels together.
 * Multiplications and additions stay apart, so that every core makes the same numbers.
 */
#ifndef NN_EXPORT_KERNELS_VECTOR_F32_H
#define NN_EXPORT_KERNELS_VECTOR_F32_H

#include "nn/export/kernels/f32.h"

#if defined(__ARM_NEON) && !defined(NN_PLAIN_C)
#include <arm_neon.h>
enum { NN_LANES = 4, NN_GROUP = 8 }; /* of a vector; vectors of a dense layer's step */
typedef float32x4_t nn_floats;

NN_INLINE nn_floats nn_floats_set(float x)
{
	return vdupq_n_f32(x);
}

/* GCC makes VMUL and VADD of a + b * c when contraction is off; VMLA rounds twice as well. */
NN_INLINE nn_floats nn_floats_add(nn_floats sum, float x, nn_floats weights)
{
	return vmlaq_n_f32(sum, weights, x);
}

NN_INLINE nn_floats nn_floats_larger(nn_floats a, nn_floats b)
{
	return vmaxq_f32(a, b);
}

NN_INLINE nn_floats nn_floats_smaller(nn_floats a, nn_floats b)
{
	return vminq_f32(a, b);
}
#else
#if defined(__AVX__) && !defined(NN_PLAIN_C)
#include <immintrin.h>
enum { NN_LANES = 8, NN_GROUP = 4 };
#define NN_FLOATS_LARGER(a, b)	_mm256_max_ps(a, b)
#define NN_FLOATS_SMALLER(a, b) _mm256_min_ps(a, b)
#elif defined(__SSE2__) && !defined(NN_PLAIN_C)
#include <emmintrin.h>
enum { NN_LANES = 4, NN_GROUP = 8 };
#define NN_FLOATS_LARGER(a, b)	_mm_max_ps(a, b)
#define NN_FLOATS_SMALLER(a, b) _mm_min_ps(a, b)
#else
enum { NN_LANES = 4, NN_GROUP = 2 };
#define NN_FLOATS_LARGER(a, b)	nn_floats_pick(a, b, (a) > (b))
#define NN_FLOATS_SMALLER(a, b) nn_floats_pick(a, b, (a) < (b))
#endif
typedef float nn_floats __attribute__((vector_size(NN_LANES * sizeof(float))));
typedef int32_t nn_masks __attribute__((vector_size(NN_LANES * sizeof(float))));

NN_INLINE nn_floats nn_floats_pick(nn_floats a, nn_floats b, nn_masks mask)
{
	return (nn_floats)(((nn_masks)a & mask) | ((nn_masks)b & ~mask));
}

NN_INLINE nn_floats nn_floats_set(float x)
{
	return x - (nn_floats){0};
}

NN_INLINE nn_floats nn_floats_add(nn_floats sum, float x, nn_floats weights)
{
	return sum + x * weights;
}

NN_INLINE nn_floats nn_floats_larger(nn_floats a, nn_floats b)
{
	return NN_FLOATS_LARGER(a, b);
}

NN_INLINE nn_floats nn_floats_smaller(nn_floats a, nn_floats b)
{
	return NN_FLOATS_SMALLER(a, b);
}
#endif

NN_INLINE nn_floats nn_floats_load(const float *x)
{
	nn_floats y;

	__builtin_memcpy(&y, x, sizeof(y));
	return y;
}

NN_INLINE void nn_floats_store(nn_floats x, float low, float high, float *out)
{
	if (low > -3.4e38f)
		x = nn_floats_larger(x, nn_floats_set(low));
	if (high < 3.4e38f)
		x = nn_floats_smaller(x, nn_floats_set(high));
	__builtin_memcpy(out, &x, sizeof(x));
}

/*
 * Without padding, stride 1; weights as the definition's, out_c a multiple of NN_LANES. pool: the side of maxima behind
 * it, 1 or 2. An input is read once for all the outputs of a pool that need it.
 */
NN_INLINE void nn_conv_vector_f32(const struct nn_conv *l, int32_t pool, const float *in, float *out)
{
	const float *weights = l->weights, *bias = l->bias;

	for (int32_t oy = 0; oy + pool <= l->out_h; oy += pool)
		for (int32_t ox = 0; ox + pool <= l->out_w; ox += pool, out += l->out_c)
			for (int32_t o = 0; o < l->out_c; o += NN_LANES) {
				nn_floats sums[4];

#pragma GCC unroll 4
				for (int i = 0; i < pool * pool; i++)
					sums[i] = nn_floats_load(bias + o);
#pragma GCC unroll 8
				for (int32_t y = 0; y < l->kernel_h + pool - 1; y++)
#pragma GCC unroll 8
					for (int32_t x = 0; x < l->kernel_w + pool - 1; x++)
#pragma GCC unroll 2
						for (int32_t c = 0; c < l->in_c; c++) {
							float v = in[((oy + y) * l->in_w + ox + x) * l->in_c + c];

#pragma GCC unroll 4
							for (int i = 0; i < pool * pool; i++) {
								int32_t ky = y - i / pool, kx = x - i % pool;

								if (ky < 0 || ky >= l->kernel_h || kx < 0 ||
								    kx >= l->kernel_w)
									continue;
								sums[i] = nn_floats_add(
									sums[i], v,
									nn_floats_load(
										weights +
										((ky * l->kernel_w + kx) * l->in_c +
										 c) * l->out_c +
										o));
							}
						}
				if (pool == 2)
					sums[0] = nn_floats_larger(nn_floats_larger(sums[0], sums[1]),
								   nn_floats_larger(sums[2], sums[3]));
				nn_floats_store(sums[0], l->low, l->high, out + o);
			}
}

/* weights as the definition's, outputs a multiple of NN_LANES */
NN_INLINE void nn_dense_vector_f32(const struct nn_dense *l, const float *in, float *out)
{
	const float *weights = l->weights, *bias = l->bias;
	int32_t o = 0;

	for (; o + NN_GROUP * NN_LANES <= l->outputs; o += NN_GROUP * NN_LANES) {
		nn_floats sums[NN_GROUP];

#pragma GCC unroll 8
		for (int i = 0; i < NN_GROUP; i++)
			sums[i] = nn_floats_load(bias + o + i * NN_LANES);
#pragma GCC unroll 4
		for (int32_t k = 0; k < l->inputs; k++)
#pragma GCC unroll 8
			for (int i = 0; i < NN_GROUP; i++)
				sums[i] = nn_floats_add(sums[i], in[k],
							nn_floats_load(weights + k * l->outputs + o + i * NN_LANES));
#pragma GCC unroll 8
		for (int i = 0; i < NN_GROUP; i++)
			nn_floats_store(sums[i], l->low, l->high, out + o + i * NN_LANES);
	}
	for (; o < l->outputs; o += NN_LANES) {
		nn_floats sum = nn_floats_load(bias + o);

#pragma GCC unroll 8
		for (int32_t k = 0; k < l->inputs; k++)
			sum = nn_floats_add(sum, in[k], nn_floats_load(weights + k * l->outputs + o));
		nn_floats_store(sum, l->low, l->high, out + o);
	}
}

#endif
