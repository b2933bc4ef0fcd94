/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86-i8.h - int8 for AVX2, SSE2 or plain C. Activations are kept as 16-bit numbers, so that a pair of them is two
 * factors of PMADDWD; eight output channels go together; zero points are part of the biases.
 */
#ifndef NN_EXPORT_KERNELS_X86_I8_H
#define NN_EXPORT_KERNELS_X86_I8_H

#include "nn/export/kernels/i8.h"

#if defined(__SSE2__) && !defined(NN_PLAIN_C)
#include <emmintrin.h>

/* Sixteen at a time, last to first; n is a multiple of sixteen. */
NN_INLINE void nn_enter_x86(const int8_t *in, int16_t *out, int32_t n)
{
#pragma GCC unroll 8
	for (int32_t i = n; i > 0;) {
		__m128i x, *halves;

		i -= 16;
		x = _mm_loadu_si128((const __m128i *)(const void *)(in + i));
		halves = (__m128i *)(void *)(out + i);
		_mm_storeu_si128(halves, _mm_srai_epi16(_mm_unpacklo_epi8(x, x), 8));
		_mm_storeu_si128(halves + 1, _mm_srai_epi16(_mm_unpackhi_epi8(x, x), 8));
	}
}
#else
#define nn_enter_x86 nn_enter
#endif

#if defined(__AVX2__) && !defined(NN_PLAIN_C)
#include <immintrin.h>
typedef __m256i nn_sums;

NN_INLINE nn_sums nn_sums_load(const int32_t *x)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)x);
}

NN_INLINE nn_sums nn_sums_larger(nn_sums a, nn_sums b)
{
	return _mm256_max_epi32(a, b);
}

/*
 * sums[8] += in[2] times eight pairs of weights. The empty statement keeps the order of additions: the compiler would
 * rather have more products at a time than there are registers.
 */
NN_INLINE nn_sums nn_sums_add(nn_sums sums, const int16_t *in, const int16_t *weights)
{
	int32_t pair;

	__builtin_memcpy(&pair, in, sizeof(pair));
	sums = _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_set1_epi32(pair),
							_mm256_loadu_si256((const __m256i *)(const void *)weights)));
	__asm__("" : "+x"(sums));
	return sums;
}

/* Products of the even lanes, rounded and shifted, in the high halves. */
NN_INLINE __m256i nn_scale_even(__m256i x, __m256i multipliers, bool single)
{
	__m256i product = _mm256_mul_epi32(x, multipliers);

	if (!single)
		product = _mm256_add_epi64(product, _mm256_set1_epi64x((int64_t)1 << 30));
	return _mm256_add_epi64(product, product);
}

NN_INLINE void nn_sums_store(const struct nn_stage *stage, int32_t channel, nn_sums sums, int16_t *out)
{
	if (!stage->right) {
		int32_t plain[8];

		_mm256_storeu_si256((__m256i *)(void *)plain, sums);
		for (int i = 0; i < 8; i++)
			out[i] = (int16_t)nn_stage_plain(stage, channel + i, plain[i]);
		return;
	}

	__m256i multipliers = _mm256_set1_epi32(stage->multipliers[0]);
	__m256i shifts = _mm256_set1_epi32(stage->shifts[0] - 1), one = _mm256_set1_epi32(1);

	if (stage->per_channel) {
		multipliers = nn_sums_load(stage->multipliers + channel);
		shifts = _mm256_sub_epi32(
			_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(stage->shifts + channel))),
			one);
	}

	__m256i even = nn_scale_even(sums, multipliers, stage->single);
	__m256i odd = nn_scale_even(_mm256_srli_epi64(sums, 32), _mm256_srli_epi64(multipliers, 32), stage->single);
	__m256i y = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);

	if (!stage->single && !stage->positive)
		y = _mm256_add_epi32(y, _mm256_srai_epi32(y, 31));
	y = _mm256_srai_epi32(_mm256_add_epi32(_mm256_srav_epi32(y, shifts), one), 1);
	if (stage->zero)
		y = _mm256_add_epi32(y, _mm256_set1_epi32(stage->zero));

	__m128i narrow = _mm_packs_epi32(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1));

	narrow = _mm_min_epi16(_mm_max_epi16(narrow, _mm_set1_epi16((short)stage->low)),
			       _mm_set1_epi16((short)stage->high));
	_mm_storeu_si128((__m128i *)(void *)out, narrow);
}

#else

typedef struct {
	int32_t lane[8] __attribute__((aligned(16)));
} nn_sums;

NN_INLINE nn_sums nn_sums_load(const int32_t *x)
{
	nn_sums sums;

	__builtin_memcpy(sums.lane, x, sizeof(sums.lane));
	return sums;
}

NN_INLINE nn_sums nn_sums_larger(nn_sums a, nn_sums b)
{
	for (int i = 0; i < 8; i++)
		a.lane[i] = a.lane[i] < b.lane[i] ? b.lane[i] : a.lane[i];
	return a;
}

NN_INLINE nn_sums nn_sums_add(nn_sums sums, const int16_t *in, const int16_t *weights)
{
#if defined(__SSE2__) && !defined(NN_PLAIN_C)
	int32_t pair;

	__builtin_memcpy(&pair, in, sizeof(pair));
	for (int i = 0; i < 8; i += 4) {
		__m128i *four = (__m128i *)(void *)(sums.lane + i);
		__m128i w = _mm_loadu_si128((const __m128i *)(const void *)(weights + 2 * i));

		_mm_store_si128(four, _mm_add_epi32(_mm_load_si128(four), _mm_madd_epi16(_mm_set1_epi32(pair), w)));
	}
#else
	for (int i = 0; i < 8; i++)
		sums.lane[i] += in[0] * weights[2 * i] + in[1] * weights[2 * i + 1];
#endif
	return sums;
}

NN_INLINE void nn_sums_store(const struct nn_stage *stage, int32_t channel, nn_sums sums, int16_t *out)
{
	for (int i = 0; i < 8; i++)
		out[i] = (int16_t)nn_stage_plain(stage, channel + i, sums.lane[i]);
}

#endif

/*
 * Without padding, stride 1; weights [out_c / 8][kernel_h][kernel_w][in_c / 2][8][2]. pool: the side of maxima behind it,
 * 1 or 2. An input pixel is read once for all the outputs of a pool that need it.
 */
NN_INLINE void nn_conv_x86(const struct nn_conv *l, int32_t pool, const int16_t *in, int16_t *out)
{
	const int32_t *bias = l->bias;
	int32_t block = l->kernel_h * l->kernel_w * l->in_c * 8;

	for (int32_t oy = 0; oy + pool <= l->out_h; oy += pool)
		for (int32_t ox = 0; ox + pool <= l->out_w; ox += pool, out += l->out_c)
			for (int32_t o = 0; o < l->out_c; o += 8) {
				const int16_t *weights = (const int16_t *)l->weights + o / 8 * block;
				nn_sums sums[4];

#pragma GCC unroll 4
				for (int i = 0; i < pool * pool; i++)
					sums[i] = nn_sums_load(bias + o);
#pragma GCC unroll 8
				for (int32_t y = 0; y < l->kernel_h + pool - 1; y++)
#pragma GCC unroll 8
					for (int32_t x = 0; x < l->kernel_w + pool - 1; x++)
						for (int32_t c = 0; c < l->in_c; c += 2) {
							const int16_t *pair =
								in + ((oy + y) * l->in_w + ox + x) * l->in_c + c;

#pragma GCC unroll 4
							for (int i = 0; i < pool * pool; i++) {
								int32_t ky = y - i / pool, kx = x - i % pool;

								if (ky < 0 || ky >= l->kernel_h || kx < 0 ||
								    kx >= l->kernel_w)
									continue;
								sums[i] = nn_sums_add(
									sums[i], pair,
									weights + ((ky * l->kernel_w + kx) * l->in_c +
										   c) * 8);
							}
						}
				if (pool == 2)
					sums[0] = nn_sums_larger(nn_sums_larger(sums[0], sums[1]),
								 nn_sums_larger(sums[2], sums[3]));
				nn_sums_store(&l->stage, o, sums[0], out + o);
			}
}

/* weights [outputs / 8][inputs / 2][8][2], outputs padded to 8 and inputs to 2; out has room for the padding */
NN_INLINE void nn_dense_x86(const struct nn_dense *l, const int16_t *in, int16_t *out)
{
	int32_t pairs = (l->inputs + 1) / 2, o = 0;
	const int16_t *weights = l->weights;
	const int32_t *bias = l->bias;

	for (; o + 24 < l->outputs; o += 32, weights += 64 * pairs) {
		nn_sums sums[4];

#pragma GCC unroll 4
		for (int i = 0; i < 4; i++)
			sums[i] = nn_sums_load(bias + o + 8 * i);
#pragma GCC unroll 4
		for (int32_t p = 0; p < pairs; p++)
#pragma GCC unroll 4
			for (int i = 0; i < 4; i++)
				sums[i] = nn_sums_add(sums[i], in + 2 * p, weights + (i * pairs + p) * 16);
#pragma GCC unroll 4
		for (int i = 0; i < 4; i++)
			nn_sums_store(&l->stage, o + 8 * i, sums[i], out + o + 8 * i);
	}
	for (; o < l->outputs; o += 8, weights += 16 * pairs) {
		nn_sums sums = nn_sums_load(bias + o);

#pragma GCC unroll 8
		for (int32_t p = 0; p < pairs; p++)
			sums = nn_sums_add(sums, in + 2 * p, weights + p * 16);
		nn_sums_store(&l->stage, o, sums, out + o);
	}
}

#endif
