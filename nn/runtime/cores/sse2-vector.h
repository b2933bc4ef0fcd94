/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sse2-vector.h - what block-run.h and f32-run.h want, by SSE2. Two vectors hold the sums of a block, PMADDWD takes two inputs
 * at once.
 */
#ifndef NN_RUNTIME_CORES_SSE2_VECTOR_H
#define NN_RUNTIME_CORES_SSE2_VECTOR_H

#include <emmintrin.h>

#include "nn/runtime/cores/block.h"

enum {
	NN_BLOCKS_WIDE = 1,
};

typedef struct {
	__m128i low, high;
} nn_sums;

NN_KERNEL __m128i load_four(const int32_t *x)
{
	return _mm_loadu_si128((const __m128i *)(const void *)x);
}

NN_KERNEL __m128i load_eight(const int16_t *x)
{
	return _mm_loadu_si128((const __m128i *)(const void *)x);
}

NN_KERNEL nn_sums nn_sums_load(const int32_t *x)
{
	return (nn_sums){load_four(x), load_four(x + 4)};
}

NN_KERNEL void nn_sums_store(int32_t *out, nn_sums sums)
{
	_mm_storeu_si128((__m128i *)(void *)out, sums.low);
	_mm_storeu_si128((__m128i *)(void *)(out + 4), sums.high);
}

NN_KERNEL __m128i most_four(__m128i a, __m128i b)
{
	__m128i larger = _mm_cmpgt_epi32(a, b);

	return _mm_or_si128(_mm_and_si128(larger, a), _mm_andnot_si128(larger, b));
}

NN_KERNEL nn_sums nn_sums_most(nn_sums a, nn_sums b)
{
	return (nn_sums){most_four(a.low, b.low), most_four(a.high, b.high)};
}

NN_KERNEL nn_sums nn_sums_channels(nn_sums sums, const int16_t *x, const int16_t *weights)
{
	__m128i a = load_eight(x), b = load_eight(weights), low = _mm_mullo_epi16(a, b), high = _mm_mulhi_epi16(a, b);

	sums.low = _mm_add_epi32(sums.low, _mm_unpacklo_epi16(low, high));
	sums.high = _mm_add_epi32(sums.high, _mm_unpackhi_epi16(low, high));
	return sums;
}

NN_KERNEL void nn_sums_run(nn_sums *sums, const int16_t *x, struct nn_pixel_steps steps, int32_t n,
			   const int16_t *weights, int32_t block, const int32_t pixels, const int32_t blocks)
{
#pragma GCC unroll 2
	for (int32_t i = 0; i < n; i += 2)
#pragma GCC unroll 2
		for (int32_t b = 0; b < blocks; b++) {
			const int16_t *w = weights + b * block + i * NN_BLOCK;
			__m128i low = load_eight(w), high = load_eight(w + 8);

#pragma GCC unroll 4
			for (int32_t p = 0; p < pixels; p++) {
				nn_sums *sum = &sums[p * blocks + b];
				int32_t two;

				__builtin_memcpy(&two, x + nn_pixel_at(steps, p) + i, sizeof(two));

				__m128i pair = _mm_set1_epi32(two);

				sum->low = _mm_add_epi32(sum->low, _mm_madd_epi16(pair, low));
				sum->high = _mm_add_epi32(sum->high, _mm_madd_epi16(pair, high));
			}
		}
}

/* The high halves of what four lanes make by twos. */
NN_KERNEL __m128i high_halves(__m128i even, __m128i odd)
{
	return _mm_or_si128(_mm_srli_epi64(even, 32), _mm_and_si128(odd, _mm_set1_epi64x(-(INT64_C(1) << 32))));
}

/* x * multiplier / 2^31: the product of unsigned numbers, and off it what a sign has put in too much. */
NN_KERNEL __m128i scale_four(__m128i x, __m128i multipliers, bool single)
{
	__m128i round = _mm_set1_epi64x(single ? 0 : INT64_C(1) << 30),
		excess = _mm_and_si128(_mm_srai_epi32(x, 31), multipliers);
	__m128i even = _mm_add_epi64(_mm_mul_epu32(x, multipliers), round);
	__m128i odd = _mm_add_epi64(_mm_mul_epu32(_mm_srli_epi64(x, 32), _mm_srli_epi64(multipliers, 32)), round);

	even = _mm_add_epi64(even, even);
	odd = _mm_add_epi64(odd, odd);
	return _mm_sub_epi32(high_halves(even, odd), _mm_add_epi32(excess, excess));
}

/*
 * A shift to the right by as many bits as each lane wants, halves up: 2^31 more, times 2^(32 - bits), of which the high
 * half is taken.
 */
NN_KERNEL __m128i shift_four(__m128i x, __m128i factors)
{
	__m128i half = _mm_set1_epi64x(INT64_C(1) << 31), positive = _mm_xor_si128(x, _mm_set1_epi32(INT32_MIN));
	__m128i even = _mm_add_epi64(_mm_mul_epu32(positive, factors), half);
	__m128i odd = _mm_add_epi64(_mm_mul_epu32(_mm_srli_epi64(positive, 32), _mm_srli_epi64(factors, 32)), half);

	return _mm_sub_epi32(high_halves(even, odd), _mm_srli_epi32(factors, 1));
}

NN_KERNEL __m128i stage_four(const struct nn_block *l, int32_t c, __m128i sums)
{
	__m128i y = scale_four(sums, load_four(l->multipliers + c), l->single);

	if (!l->single)
		y = _mm_add_epi32(y, _mm_srai_epi32(y, 31));
	return _mm_add_epi32(shift_four(y, load_four(l->shifts + c)), _mm_set1_epi32(l->zero_point));
}

NN_KERNEL void nn_sums_narrow(const struct nn_block *l, int32_t c, nn_sums sums, int8_t *out)
{
	__m128i y = _mm_packs_epi32(stage_four(l, c, sums.low), stage_four(l, c + 4, sums.high));

	y = _mm_min_epi16(_mm_max_epi16(y, load_eight(l->low + c)), load_eight(l->high + c));
	_mm_storel_epi64((__m128i *)(void *)out, _mm_packs_epi16(y, y));
}

typedef struct {
	__m128 low, high;
} nn_floats;

NN_KERNEL nn_floats nn_floats_load(const float *x)
{
	return (nn_floats){_mm_loadu_ps(x), _mm_loadu_ps(x + 4)};
}

NN_KERNEL void nn_floats_store(float *out, nn_floats x)
{
	_mm_storeu_ps(out, x.low);
	_mm_storeu_ps(out + 4, x.high);
}

NN_KERNEL nn_floats nn_floats_all(float x)
{
	return (nn_floats){_mm_set1_ps(x), _mm_set1_ps(x)};
}

NN_KERNEL nn_floats nn_floats_add(nn_floats sums, nn_floats weights, float x)
{
	__m128 all = _mm_set1_ps(x);

	return (nn_floats){_mm_add_ps(sums.low, _mm_mul_ps(weights.low, all)),
			   _mm_add_ps(sums.high, _mm_mul_ps(weights.high, all))};
}

NN_KERNEL nn_floats nn_floats_add_each(nn_floats sums, nn_floats weights, nn_floats x)
{
	return (nn_floats){_mm_add_ps(sums.low, _mm_mul_ps(weights.low, x.low)),
			   _mm_add_ps(sums.high, _mm_mul_ps(weights.high, x.high))};
}

NN_KERNEL nn_floats nn_floats_most(nn_floats a, nn_floats b)
{
	return (nn_floats){_mm_max_ps(a.low, b.low), _mm_max_ps(a.high, b.high)};
}

NN_KERNEL nn_floats nn_floats_least(nn_floats a, nn_floats b)
{
	return (nn_floats){_mm_min_ps(a.low, b.low), _mm_min_ps(a.high, b.high)};
}

#endif
