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
typedef int32x4_t nn_masks;

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
#define NN_FLOATS_KEEP(x)	__asm__("" : "+x"(x))
#elif defined(__SSE2__) && !defined(NN_PLAIN_C)
#include <emmintrin.h>
enum { NN_LANES = 4, NN_GROUP = 8 };
#define NN_FLOATS_LARGER(a, b)	_mm_max_ps(a, b)
#define NN_FLOATS_SMALLER(a, b) _mm_min_ps(a, b)
#define NN_FLOATS_KEEP(x)	__asm__("" : "+x"(x))
#else
enum { NN_LANES = 4, NN_GROUP = 2 };
#define NN_FLOATS_LARGER(a, b)	nn_floats_pick(a, b, (a) > (b))
#define NN_FLOATS_SMALLER(a, b) nn_floats_pick(a, b, (a) < (b))
#define NN_FLOATS_KEEP(x)	(void)(x)
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

/* The empty statement keeps the order of additions: the compiler would rather finish one sum, and load all for it anew. */
NN_INLINE nn_floats nn_floats_add(nn_floats sum, float x, nn_floats weights)
{
	sum += x * weights;
	NN_FLOATS_KEEP(sum);
	return sum;
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

/* One input of a block times the weights of every sum that has it under its kernel; x and y: from the block's corner. */
NN_INLINE void nn_conv_vector_tap(const struct nn_conv *l, int32_t rows, int32_t columns, int32_t y, int32_t x, float v,
				  const float *weights, nn_floats *sums)
{
#pragma GCC unroll 12
	for (int i = 0; i < rows * columns; i++) {
		int32_t ky = y - i / columns, kx = x - i % columns;

		if (ky < 0 || ky >= l->kernel_h || kx < 0 || kx >= l->kernel_w)
			continue;
		sums[i] = nn_floats_add(sums[i], v,
					nn_floats_load(weights + (ky * l->kernel_w + kx) * l->in_c * l->out_c));
	}
}

/* NN_LANES channels of `pool` rows of sums, `columns` wide, of which the pool's maxima are stored. */
NN_INLINE void nn_conv_vector_block(const struct nn_conv *l, int32_t pool, int32_t columns, const float *in,
				    const float *weights, const float *bias, float *out)
{
	nn_floats sums[12];

#pragma GCC unroll 12
	for (int i = 0; i < pool * columns; i++)
		sums[i] = nn_floats_load(bias);
#pragma GCC unroll 8
	for (int32_t y = 0; y < l->kernel_h + pool - 1; y++)
#pragma GCC unroll 16
		for (int32_t x = 0; x < l->kernel_w + columns - 1; x++)
#pragma GCC unroll 2
			for (int32_t c = 0; c < l->in_c; c++)
				nn_conv_vector_tap(l, pool, columns, y, x, in[(y * l->in_w + x) * l->in_c + c],
						   weights + c * l->out_c, sums);
#pragma GCC unroll 12
	for (int i = 0; i < columns; i += pool, out += l->out_c) {
		nn_floats largest = sums[i];

		if (pool == 2)
			largest = nn_floats_larger(nn_floats_larger(sums[i], sums[i + 1]),
						   nn_floats_larger(sums[columns + i], sums[columns + i + 1]));
		nn_floats_store(largest, l->low, l->high, out);
	}
}

/*
 * Without padding, stride 1; weights as the definition's, out_c a multiple of NN_LANES. pool: the side of maxima behind
 * it, 1 or 2. An input is read once for all the sums of a block that need it: twelve, which is what 16 registers hold.
 */
NN_INLINE void nn_conv_vector_f32(const struct nn_conv *l, int32_t pool, const float *in, float *out)
{
	const float *weights = l->weights, *bias = l->bias;

	for (int32_t oy = 0; oy + pool <= l->out_h; oy += pool)
		for (int32_t ox = 0, columns; ox + pool <= l->out_w; ox += columns, out += columns / pool * l->out_c) {
			const float *corner = in + (oy * l->in_w + ox) * l->in_c;

			columns = ox + 6 <= l->out_w ? 6 : pool;
			for (int32_t o = 0; o < l->out_c; o += NN_LANES)
				if (columns == 6)
					nn_conv_vector_block(l, pool, 6, corner, weights + o, bias + o, out + o);
				else
					nn_conv_vector_block(l, pool, pool, corner, weights + o, bias + o, out + o);
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
#pragma GCC unroll 8
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

#pragma GCC unroll 16
		for (int32_t k = 0; k < l->inputs; k++)
			sum = nn_floats_add(sum, in[k], nn_floats_load(weights + k * l->outputs + o));
		nn_floats_store(sum, l->low, l->high, out + o);
	}
}

/* As nn_exp_negative(). */
NN_INLINE nn_floats nn_exp_vector(nn_floats x)
{
	const nn_masks inside = x > -87;
	nn_floats y = nn_floats_smaller(nn_floats_larger(x, nn_floats_set(-87)), nn_floats_set(0));
	const nn_masks k = __builtin_convertvector(y * 1.44269504f - 0.5f, nn_masks);
	const nn_floats whole = __builtin_convertvector(k, nn_floats);
	const nn_floats r = y - whole * 0.693359375f + whole * 2.12194440e-4f;

	y = 1 + r * (1 + r * (0.5f +
			      r * (1.66666667e-1f + r * (4.16666667e-2f + r * (8.33333333e-3f + r * 1.38888889e-3f)))));
	y *= (nn_floats)((k + 127) << 23);
	return (nn_floats)((nn_masks)y & inside);
}

/* As nn_softmax_f32(); n is a multiple of NN_LANES. */
NN_INLINE void nn_softmax_vector_f32(int32_t rows, int32_t n, float beta, const float *in, float *out)
{
	for (int32_t row = 0; row < rows; row++, in += n, out += n) {
		float largest = in[0], sum = 0;

		for (int32_t i = 1; i < n; i++)
			largest = in[i] > largest ? in[i] : largest;
		for (int32_t i = 0; i < n; i += NN_LANES) {
			nn_floats y = nn_exp_vector(beta * (nn_floats_load(in + i) - largest));

			__builtin_memcpy(out + i, &y, sizeof(y));
		}
		for (int32_t i = 0; i < n; i++)
			sum += out[i];
		for (int32_t i = 0; i < n; i += NN_LANES) {
			nn_floats y = nn_floats_load(out + i) / sum;

			__builtin_memcpy(out + i, &y, sizeof(y));
		}
	}
}

#endif
