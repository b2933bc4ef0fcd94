/* SPDX-License-Identifier: Apache-2.0 */
/* m4-dot.h - the sums of m4-block.h, and how bytes become halves of words for them. */
#ifndef NN_EXPORT_KERNELS_M4_DOT_H
#define NN_EXPORT_KERNELS_M4_DOT_H

#include "nn/export/kernels/common.h"

enum {
	NN_BLOCK_PIXELS = 4,
};

#if defined(__ARM_FEATURE_DSP) && !defined(NN_PLAIN_C)

/* Bytes 0 and 2, 1 and 3, as halves of words. */
NN_INLINE void nn_spread(uint32_t bytes, uint32_t *ret_even, uint32_t *ret_odd)
{
	__asm__("sxtb16 %0, %1" : "=r"(*ret_even) : "r"(bytes));
	__asm__("sxtb16 %0, %1, ror #8" : "=r"(*ret_odd) : "r"(bytes));
}

/*
 * sums[2][4] += products of two channels and four pixels. x: [pairs][4] words of two inputs; weights: [pairs] words of
 * two inputs' two channels; end: of x. Pairs come in multiples of four. Returns the end of the weights.
 */
NN_NAKED const int8_t *nn_dot_block(const uint32_t *x, const int8_t *weights, int32_t *sums, const uint32_t *end)
{
	__asm__("push {r2-r11, lr}\n"
		"ldm r2, {r4-r11}\n"
		"1:\n"
		".rept 4\n"
		"ldr lr, [r1], #4\n"
		"ldmia r0!, {r2, r3}\n"
		"sxtb16 r12, lr\n"
		"sxtb16 lr, lr, ror #8\n"
		"smlad r4, r12, r2, r4\n"
		"smlad r5, r12, r3, r5\n"
		"smlad r8, lr, r2, r8\n"
		"smlad r9, lr, r3, r9\n"
		"ldmia r0!, {r2, r3}\n"
		"smlad r6, r12, r2, r6\n"
		"smlad r7, r12, r3, r7\n"
		"smlad r10, lr, r2, r10\n"
		"smlad r11, lr, r3, r11\n"
		".endr\n"
		"ldr r12, [sp, #4]\n"
		"cmp r0, r12\n"
		"bne 1b\n"
		"mov r0, r1\n"
		"pop {r2, r3}\n"
		"stm r2, {r4-r11}\n"
		"pop {r4-r11, pc}\n");
}

/* sums[4] += in[end - in] times four rows of weights, [inputs / 4][4 rows][4]; inputs come in multiples of eight. */
NN_NAKED void nn_dot_bytes(const int8_t *in, const int8_t *weights, int32_t *sums, const int8_t *end)
{
	__asm__("push {r2, r4-r11, lr}\n"
		"ldm r2, {r4-r7}\n"
		"1:\n"
		".rept 2\n"
		"ldr r12, [r0], #4\n"
		"ldmia r1!, {r8-r11}\n"
		"sxtb16 lr, r12, ror #8\n"
		"sxtb16 r12, r12\n"
		"sxtb16 r2, r8\n"
		"smlad r4, r2, r12, r4\n"
		"sxtb16 r2, r8, ror #8\n"
		"smlad r4, r2, lr, r4\n"
		"sxtb16 r2, r9\n"
		"smlad r5, r2, r12, r5\n"
		"sxtb16 r2, r9, ror #8\n"
		"smlad r5, r2, lr, r5\n"
		"sxtb16 r2, r10\n"
		"smlad r6, r2, r12, r6\n"
		"sxtb16 r2, r10, ror #8\n"
		"smlad r6, r2, lr, r6\n"
		"sxtb16 r2, r11\n"
		"smlad r7, r2, r12, r7\n"
		"sxtb16 r2, r11, ror #8\n"
		"smlad r7, r2, lr, r7\n"
		".endr\n"
		"cmp r0, r3\n"
		"bne 1b\n"
		"pop {r2}\n"
		"stm r2, {r4-r7}\n"
		"pop {r4-r11, pc}\n");
}

#define NN_TAP_M4(x)                                                                                                   \
	"ldmia r1!, {r9, r10}\n"                                                                                       \
	"ldr " x ", [" x ", r3]\n"                                                                                     \
	"sxtb16 r11, " x "\n"                                                                                          \
	"sxtb16 " x ", " x ", ror #8\n"                                                                                \
	"smlabb r4, r11, r9, r4\n"                                                                                     \
	"smlatt r6, r11, r9, r6\n"                                                                                     \
	"smlabb r5, " x ", r10, r5\n"                                                                                  \
	"smlatt r7, " x ", r10, r7\n"

/*
 * sums[4] = bias[4] + products of four channels: from[] points to the inputs of one tap each, `channel` bytes on they
 * begin; end: of from, a multiple of three taps. weights: two words a tap, channels 0 and 2, 1 and 3.
 */
NN_NAKED void nn_dot_taps(const int8_t *const *from, const uint32_t *weights, const int32_t *bias, int32_t channel,
			  const int8_t *const *end, int32_t *sums)
{
	__asm__("push {r4-r11, lr}\n"
		"ldr r12, [sp, #36]\n"
		"ldm r2, {r4-r7}\n"
		"1:\n"
		"ldmia r0!, {r2, r8, lr}\n" NN_TAP_M4("r2") NN_TAP_M4("r8") NN_TAP_M4("lr") "cmp r0, r12\n"
											    "bne 1b\n"
											    "ldr r12, [sp, #40]\n"
											    "stm r12, {r4-r7}\n"
											    "pop {r4-r11, pc}\n");
}

/* The larger of each byte. */
NN_INLINE uint32_t nn_larger4(uint32_t a, uint32_t b)
{
	uint32_t y;

	__asm__("ssub8 %0, %1, %2\n"
		"sel %0, %1, %2"
		: "=&r"(y)
		: "r"(a), "r"(b));
	return y;
}

#else

NN_INLINE uint32_t nn_halves(int8_t low, int8_t high)
{
	return (uint16_t)(int16_t)low | (uint32_t)(uint16_t)(int16_t)high << 16;
}

NN_INLINE void nn_spread(uint32_t bytes, uint32_t *ret_even, uint32_t *ret_odd)
{
	*ret_even = nn_halves((int8_t)bytes, (int8_t)(bytes >> 16));
	*ret_odd = nn_halves((int8_t)(bytes >> 8), (int8_t)(bytes >> 24));
}

static inline void nn_dot_taps(const int8_t *const *from, const uint32_t *weights, const int32_t *bias, int32_t channel,
			       const int8_t *const *end, int32_t *sums)
{
	static const int order[] = {0, 2, 1, 3};

	for (int i = 0; i < 4; i++)
		sums[i] = bias[i];
	for (; from != end; from++, weights += 2)
		for (int i = 0; i < 4; i++)
			sums[order[i]] += (*from)[channel + order[i]] * (int16_t)(weights[i / 2] >> 16 * (i % 2));
}

NN_INLINE uint32_t nn_larger4(uint32_t a, uint32_t b)
{
	uint32_t y = 0;

	for (int shift = 0; shift < 32; shift += 8)
		y |= ((int8_t)(a >> shift) > (int8_t)(b >> shift) ? a : b) & 0xffu << shift;
	return y;
}

static inline const int8_t *nn_dot_block(const uint32_t *x, const int8_t *weights, int32_t *sums, const uint32_t *end)
{
	for (; x != end; x += NN_BLOCK_PIXELS, weights += 4)
		for (int i = 0; i < NN_BLOCK_PIXELS; i++)
			for (int channel = 0; channel < 2; channel++)
				sums[channel * NN_BLOCK_PIXELS + i] +=
					(int16_t)x[i] * weights[channel] + (int16_t)(x[i] >> 16) * weights[2 + channel];
	return weights;
}

static inline void nn_dot_bytes(const int8_t *in, const int8_t *weights, int32_t *sums, const int8_t *end)
{
	for (; in != end; in += 4)
		for (int row = 0; row < 4; row++, weights += 4)
			for (int i = 0; i < 4; i++)
				sums[row] += in[i] * weights[i];
}

#endif

#endif
