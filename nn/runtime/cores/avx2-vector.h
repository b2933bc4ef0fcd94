/* SPDX-License-Identifier: Apache-2.0 */
/*
 * avx2-vector.h - what block-run.h and f32-run.h want, by AVX2. A vector holds the sums of a block, PMADDWD takes two inputs
 * at once.
 */
#ifndef NN_RUNTIME_CORES_AVX2_VECTOR_H
#define NN_RUNTIME_CORES_AVX2_VECTOR_H

#include <immintrin.h>

#include "nn/runtime/cores/block.h"

enum {
	NN_BLOCKS_WIDE = 2,
};

typedef __m256i nn_sums;

NN_KERNEL __m256i load_eight(const int32_t *x)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)x);
}

NN_KERNEL __m256i load_sixteen(const int16_t *x)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)x);
}

NN_KERNEL __m128i load_half(const int16_t *x)
{
	return _mm_loadu_si128((const __m128i *)(const void *)x);
}

NN_KERNEL nn_sums nn_sums_load(const int32_t *x)
{
	return load_eight(x);
}

NN_KERNEL void nn_sums_store(int32_t *out, nn_sums sums)
{
	_mm256_storeu_si256((__m256i *)(void *)out, sums);
}

NN_KERNEL nn_sums nn_sums_most(nn_sums a, nn_sums b)
{
	return _mm256_max_epi32(a, b);
}

NN_KERNEL nn_sums nn_sums_channels(nn_sums sums, const int16_t *x, const int16_t *weights)
{
	return _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_cvtepu16_epi32(load_half(x)),
							_mm256_cvtepu16_epi32(load_half(weights))));
}

NN_KERNEL __m256i pair_of(const int16_t *x)
{
	int32_t pair;

	__builtin_memcpy(&pair, x, sizeof(pair));
	return _mm256_set1_epi32(pair);
}

NN_KERNEL void nn_sums_run(nn_sums *sums, const int16_t *x, struct nn_pixel_steps steps, int32_t n,
			   const int16_t *weights, int32_t block, const int32_t pixels, const int32_t blocks)
{
#pragma GCC unroll 2
	for (int32_t i = 0; i < n; i += 2) {
		__m256i w[2];

#pragma GCC unroll 2
		for (int32_t b = 0; b < blocks; b++)
			w[b] = load_sixteen(weights + b * block + i * NN_BLOCK);
#pragma GCC unroll 4
		for (int32_t p = 0; p < pixels; p++) {
			__m256i pair = pair_of(x + nn_pixel_at(steps, p) + i);

#pragma GCC unroll 2
			for (int32_t b = 0; b < blocks; b++)
				sums[p * blocks + b] =
					_mm256_add_epi32(sums[p * blocks + b], _mm256_madd_epi16(pair, w[b]));
		}
	}
}

/* Twice the products of the even lanes, rounded when there is a second rounding: the result is in the high halves. */
NN_KERNEL __m256i scale_even(__m256i x, __m256i multipliers, bool single)
{
	__m256i product = _mm256_mul_epi32(x, multipliers);

	if (!single)
		product = _mm256_add_epi64(product, _mm256_set1_epi64x((int64_t)1 << 30));
	return _mm256_add_epi64(product, product);
}

NN_KERNEL void nn_sums_narrow(const struct nn_block *l, int32_t c, nn_sums sums, int8_t *out)
{
	__m256i multipliers = load_eight(l->multipliers + c), one = _mm256_set1_epi32(1);
	__m256i even = scale_even(sums, multipliers, l->single);
	__m256i odd = scale_even(_mm256_srli_epi64(sums, 32), _mm256_srli_epi64(multipliers, 32), l->single);
	__m256i y = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);

	if (!l->single)
		y = _mm256_add_epi32(y, _mm256_srai_epi32(y, 31));
	y = _mm256_srav_epi32(y, _mm256_sub_epi32(load_eight(l->shifts + c), one));
	y = _mm256_srai_epi32(_mm256_add_epi32(y, one), 1);
	y = _mm256_add_epi32(y, _mm256_set1_epi32(l->zero_point));

	__m128i narrow = _mm_packs_epi32(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1));

	narrow = _mm_min_epi16(_mm_max_epi16(narrow, load_half(l->low + c)), load_half(l->high + c));
	_mm_storel_epi64((__m128i *)(void *)out, _mm_packs_epi16(narrow, narrow));
}

typedef __m256 nn_floats;

NN_KERNEL nn_floats nn_floats_load(const float *x)
{
	return _mm256_loadu_ps(x);
}

NN_KERNEL void nn_floats_store(float *out, nn_floats x)
{
	_mm256_storeu_ps(out, x);
}

NN_KERNEL nn_floats nn_floats_all(float x)
{
	return _mm256_set1_ps(x);
}

NN_KERNEL nn_floats nn_floats_add(nn_floats sums, nn_floats weights, float x)
{
	return _mm256_add_ps(sums, _mm256_mul_ps(weights, _mm256_set1_ps(x)));
}

NN_KERNEL nn_floats nn_floats_add_each(nn_floats sums, nn_floats weights, nn_floats x)
{
	return _mm256_add_ps(sums, _mm256_mul_ps(weights, x));
}

NN_KERNEL nn_floats nn_floats_most(nn_floats a, nn_floats b)
{
	return _mm256_max_ps(a, b);
}

NN_KERNEL nn_floats nn_floats_least(nn_floats a, nn_floats b)
{
	return _mm256_min_ps(a, b);
}

#endif
