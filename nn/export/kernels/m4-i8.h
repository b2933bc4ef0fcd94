/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-i8.h - int8 for cores with the DSP extension and few registers. Activations are kept as 16-bit numbers, so that a
 * word is two factors of SMLAD; zero points are part of the biases.
 */
#ifndef NN_EXPORT_KERNELS_M4_I8_H
#define NN_EXPORT_KERNELS_M4_I8_H

#include "nn/export/kernels/i8.h"

/*
 * What becomes of a channel's sums, in three instructions: SMMLA(R) adds to the high word of the product, before it is
 * shifted, what rounds it and the zero point. Single rounding needs no more than the floor of that word, one place less
 * to shift; double rounding has its first half there, so it doubles the sum.
 */
struct nn_factor_m4 {
	int32_t multiplier, right, offset;
};

NN_INLINE struct nn_factor_m4 nn_factor_m4(const struct nn_stage *stage, int32_t channel)
{
	int32_t i = stage->per_channel ? channel : 0, right = stage->shifts[i] - stage->single;

	return (struct nn_factor_m4){
		.multiplier = stage->multipliers[i],
		.right = right,
		.offset = stage->right ? (2 * stage->zero + 1) * (1 << (right - 1)) : 0,
	};
}

NN_INLINE int32_t nn_stage_slow_m4(const struct nn_stage *stage, struct nn_factor_m4 factor, int32_t sum)
{
	int32_t shift = factor.right + stage->single;

	return nn_limit(nn_scale(sum, factor.multiplier, -shift, stage->single) + stage->zero, stage->low, stage->high);
}

#if defined(__ARM_FEATURE_DSP) && !defined(NN_PLAIN_C)
#include <arm_acle.h>

/* Four at a time, last to first: bytes 0 and 2, 1 and 3 become halves of words. */
NN_INLINE void nn_enter_m4(const int8_t *in, int16_t *out, int32_t n)
{
#pragma GCC unroll 4
	for (int32_t i = n / 4; i-- > 0;) {
		uint32_t bytes, even, odd, low, high;

		__builtin_memcpy(&bytes, in + 4 * i, 4);
		__asm__("sxtb16 %0, %1" : "=r"(even) : "r"(bytes));
		__asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(bytes));
		__asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(low) : "r"(even), "r"(odd));
		__asm__("pkhtb %0, %1, %2, asr #16" : "=r"(high) : "r"(odd), "r"(even));
		__builtin_memcpy(out + 4 * i, &low, 4);
		__builtin_memcpy(out + 4 * i + 2, &high, 4);
	}
}

NN_INLINE int32_t nn_stage_m4(const struct nn_stage *stage, struct nn_factor_m4 factor, int32_t sum)
{
	int32_t y;

	if (!stage->right)
		return nn_stage_slow_m4(stage, factor, sum);
	if (stage->single) {
		__asm__("smmla %0, %1, %2, %3" : "=r"(y) : "r"(sum), "r"(factor.multiplier), "r"(factor.offset));
	} else if (stage->positive) {
		__asm__("smmlar %0, %1, %2, %3" : "=r"(y) : "r"(2 * sum), "r"(factor.multiplier), "r"(factor.offset));
	} else {
		__asm__("smmulr %0, %1, %2" : "=r"(y) : "r"(2 * sum), "r"(factor.multiplier));
		y += factor.offset + (y >> 31);
	}
	y >>= factor.right;
	if (stage->low == 0 && stage->high == 255)
		return (int32_t)__usat(y, 8);
	if (stage->high - stage->low == 255)
		return (int32_t)__builtin_arm_ssat(y - (stage->low + 128), 8) + (stage->low + 128);
	return y < stage->low ? stage->low : y > stage->high ? stage->high : y;
}

/*
 * sums[4] += in[4 * steps] times four rows of weights. weights: [steps][4 rows][4], a row's four in the order 0, 2, 1,
 * 3, so that SXTB16 finds neighbours. end = in + 4 * steps; steps are even.
 */
NN_NAKED void nn_dot4_m4(const int16_t *in, const int8_t *weights, int32_t *sums, const int16_t *end)
{
	__asm__("push {r2, r4-r11, lr}\n"
		"ldm r2, {r4-r7}\n"
		"1:\n"
		".rept 2\n"
		"ldmia r0!, {r8, r9}\n"
		"ldmia r1!, {r10-r12, lr}\n"
		"sxtb16 r2, r10\n"
		"smlad r4, r2, r8, r4\n"
		"sxtb16 r2, r10, ror #8\n"
		"smlad r4, r2, r9, r4\n"
		"sxtb16 r2, r11\n"
		"smlad r5, r2, r8, r5\n"
		"sxtb16 r2, r11, ror #8\n"
		"smlad r5, r2, r9, r5\n"
		"sxtb16 r2, r12\n"
		"smlad r6, r2, r8, r6\n"
		"sxtb16 r2, r12, ror #8\n"
		"smlad r6, r2, r9, r6\n"
		"sxtb16 r2, lr\n"
		"smlad r7, r2, r8, r7\n"
		"sxtb16 r2, lr, ror #8\n"
		"smlad r7, r2, r9, r7\n"
		".endr\n"
		"cmp r0, r3\n"
		"bne 1b\n"
		"pop {r2}\n"
		"stm r2, {r4-r7}\n"
		"pop {r4-r11, pc}\n");
}

/* One row of a 3x3 kernel over eight pixels of two channels: six sums in r4-r9. first: SMUAD or SMLAD for tap 0. */
#define NN_ROW_M4(first)                                                                                               \
	"ldmia r1!, {r10-r12}\n"                                                                                       \
	"ldmia r0!, {r2, r3, lr}\n" first("r4", "r2") first("r5", "r3")                                                \
		first("r6", "lr") "smlad r4, r3, r11, r4\n"                                                            \
				  "smlad r5, lr, r11, r5\n"                                                            \
				  "smlad r4, lr, r12, r4\n"                                                            \
				  "ldmia r0!, {r2, r3, lr}\n" first("r7", "r2") first("r8", "r3")                      \
					  first("r9", "lr") "smlad r5, r2, r12, r5\n"                                  \
							    "smlad r6, r2, r11, r6\n"                                  \
							    "smlad r6, r3, r12, r6\n"                                  \
							    "smlad r7, r3, r11, r7\n"                                  \
							    "smlad r7, lr, r12, r7\n"                                  \
							    "smlad r8, lr, r11, r8\n"                                  \
							    "ldmia r0!, {r2, r3}\n"                                    \
							    "smlad r8, r2, r12, r8\n"                                  \
							    "smlad r9, r2, r11, r9\n"                                  \
							    "smlad r9, r3, r12, r9\n"
#define NN_FIRST_M4(sum, pixel) "smuad " sum ", " pixel ", r10\n"
#define NN_NEXT_M4(sum, pixel)	"smlad " sum ", " pixel ", r10, " sum "\n"
#define NN_MAX_M4(a, b)		"cmp " a ", " b "\nit lt\nmovlt " a ", " b "\n"

/*
 * 3x3 over rows of eight pixels of two channels, then 2x2 maxima: the three sums of a pooled row. Six sums of the upper
 * row wait on the stack.
 */
NN_NAKED void nn_conv_8x3x3x2_pool_m4(const int16_t *in, const int16_t *weights, int32_t *ret_sums)
{
	__asm__("push {r2, r4-r11, lr}\n" NN_ROW_M4(NN_FIRST_M4) NN_ROW_M4(NN_NEXT_M4) NN_ROW_M4(
		NN_NEXT_M4) "push {r4-r9}\n"
			    "subs r0, #64\n"
			    "subs r1, #36\n" NN_ROW_M4(NN_FIRST_M4) NN_ROW_M4(NN_NEXT_M4)
				    NN_ROW_M4(NN_NEXT_M4) "pop {r0, r1, r10-r12, lr}\n" NN_MAX_M4("r4", "r5")
					    NN_MAX_M4("r0", "r1") NN_MAX_M4("r6", "r7") NN_MAX_M4("r10", "r11")
						    NN_MAX_M4("r8", "r9") NN_MAX_M4("r12", "lr") NN_MAX_M4("r4", "r0")
							    NN_MAX_M4("r6", "r10")
								    NN_MAX_M4("r8", "r12") "pop {r2}\n"
											   "stm r2, {r4, r6, r8}\n"
											   "pop {r4-r11, pc}\n");
}

#else

#define nn_enter_m4 nn_enter

#define nn_stage_m4 nn_stage_slow_m4

static inline void nn_dot4_m4(const int16_t *in, const int8_t *weights, int32_t *sums, const int16_t *end)
{
	static const int8_t order[] = {0, 2, 1, 3};

	for (; in != end; in += 4)
		for (int row = 0; row < 4; row++, weights += 4)
			for (int i = 0; i < 4; i++)
				sums[row] += in[i] * weights[order[i]];
}

static inline void nn_conv_8x3x3x2_pool_m4(const int16_t *in, const int16_t *weights, int32_t *ret_sums)
{
	for (int x = 0; x < 6; x++)
		for (int y = 0; y < 2; y++) {
			int32_t sum = 0;

			for (int k = 0; k < 9; k++)
				for (int c = 0; c < 2; c++)
					sum += in[((y + k / 3) * 8 + x + k % 3) * 2 + c] * weights[2 * k + c];
			if (x % 2 + y == 0 || sum > ret_sums[x / 2])
				ret_sums[x / 2] = sum;
		}
}

#endif

/* weights [out_c][3][3][2]; with the 2x2 maxima behind it */
NN_INLINE void nn_conv_pool_m4(const struct nn_conv *l, const int16_t *in, int16_t *out)
{
	const int16_t *weights = l->weights;
	const int32_t *bias = l->bias;

	for (int32_t c = 0; c < l->out_c; c++) {
		const struct nn_factor_m4 factor = nn_factor_m4(&l->stage, c);

		for (int32_t y = 0; y < l->out_h / 2; y++) {
			int32_t sums[3];

			nn_conv_8x3x3x2_pool_m4(in + y * 2 * 16, weights + 18 * c, sums);
#pragma GCC unroll 3
			for (int32_t x = 0; x < 3; x++)
				out[(y * 3 + x) * l->out_c + c] =
					(int16_t)nn_stage_m4(&l->stage, factor, bias[c] + sums[x]);
		}
	}
}

/* outputs padded to 4 and inputs to 8 by weights of 0 */
NN_INLINE void nn_dense_m4(const struct nn_dense *l, const int16_t *in, int16_t *out)
{
	int32_t inputs = (l->inputs + 7) / 8 * 8;
	const int8_t *weights = l->weights;
	const int32_t *bias = l->bias;

	for (int32_t o = 0; o < l->outputs; o += 4, weights += 4 * inputs) {
		int32_t sums[4];

		__builtin_memcpy(sums, bias + o, sizeof(sums));
		nn_dot4_m4(in, weights, sums, in + inputs);
#pragma GCC unroll 4
		for (int32_t i = 0; i < 4; i++) {
			if (o + i == l->outputs)
				break;
			out[o + i] = (int16_t)nn_stage_m4(&l->stage, nn_factor_m4(&l->stage, o + i), sums[i]);
		}
	}
}

#endif
