/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-f32.h - float for cores with a scalar floating-point unit of 32 registers. VMUL and VADD, not VFMA: the same
 * numbers as everywhere, and less waiting for results.
 */
#ifndef NN_EXPORT_KERNELS_M4_F32_H
#define NN_EXPORT_KERNELS_M4_F32_H

#include "nn/export/kernels/f32.h"

#if defined(__ARM_FP) && defined(__thumb2__) && !defined(__ARM_NEON) && !defined(NN_PLAIN_C)

#define NN_TWO_M4(sum0, from0, x0, w0, sum1, from1, x1, w1)                                                            \
	"vmul.f32 s12, " x0 ", " w0 "\n"                                                                               \
	"vmul.f32 s13, " x1 ", " w1 "\n"                                                                               \
	"vadd.f32 " sum0 ", " from0 ", s12\n"                                                                          \
	"vadd.f32 " sum1 ", " from1 ", s13\n"
/* Two neighbouring outputs and one row of the kernel: six products each. The sums begin with a0 and b0. */
#define NN_TAPS_M4(a, a0, b, b0, w0, w1, w2, w3, w4, w5)                                                               \
	NN_TWO_M4(a, a0, "s4", w0, b, b0, "s6", w0)                                                                    \
	NN_TWO_M4(a, a, "s5", w1, b, b, "s7", w1)                                                                      \
	NN_TWO_M4(a, a, "s6", w2, b, b, "s8", w2)                                                                      \
	NN_TWO_M4(a, a, "s7", w3, b, b, "s9", w3)                                                                      \
	NN_TWO_M4(a, a, "s8", w4, b, b, "s10", w4)                                                                     \
	NN_TWO_M4(a, a, "s9", w5, b, b, "s11", w5)
/* s3 is the bias until it becomes a sum, which is the last to begin. */
#define NN_TAPS0_M4(a, b) NN_TAPS_M4(a, "s3", b, "s3", "s14", "s15", "s16", "s17", "s18", "s19")
#define NN_TAPS1_M4(a, b) NN_TAPS_M4(a, a, b, b, "s20", "s21", "s22", "s23", "s24", "s25")
#define NN_TAPS2_M4(a, b) NN_TAPS_M4(a, a, b, b, "s26", "s27", "s28", "s29", "s30", "s31")
#define NN_PIXELS_M4                                                                                                   \
	"vldm r0, {s4-s11}\n"                                                                                          \
	"adds r0, #64\n"
#define NN_MAX_BITS_M4(a, b) "cmp " a ", " b "\nit lt\nmovlt " a ", " b "\n"

/*
 * 3x3 over 8x8 pixels of two channels, ReLU, 2x2 maxima: out [3][3][channels]. Channel by channel, whose weights stay in
 * registers; r7: bytes of three outputs, r5: behind such a row, r4: from there. Floats above zero have the order of their
 * bits, and what is below becomes zero in the end.
 */
NN_NAKED void nn_conv_8x3x3x2_relu_pool_m4(const float *in, const float *weights, const float *bias, float *out,
					   int32_t channels)
{
	__asm__("push {r4-r11, lr}\n"
		"ldr r10, [sp, #36]\n"
		"vpush {s16-s31}\n"
		"lsl r11, r10, #2\n"
		"add r7, r11, r11, lsl #1\n"
		"1:\n"
		"vldmia r1!, {s14-s31}\n"
		"ldr lr, [r2], #4\n"
		"add r5, r3, r7\n"
		"adds r3, #4\n"
		"movs r6, #3\n"
		"2:\n"
		"rsb r4, r7, #0\n"
		"3:\n"
		"vmov s3, lr\n" NN_PIXELS_M4 NN_TAPS0_M4("s0", "s1") NN_PIXELS_M4 NN_TAPS1_M4("s0", "s1") NN_TAPS0_M4(
			"s2", "s3") NN_PIXELS_M4 NN_TAPS2_M4("s0", "s1")
			NN_TAPS1_M4("s2", "s3") "vldm r0, {s4-s11}\n" NN_TAPS2_M4("s2", "s3") "vmov r8, r12, s0, s1\n" NN_MAX_BITS_M4(
				"r8", "r12") "vmov r9, r12, s2, s3\n" NN_MAX_BITS_M4("r8", "r9")
				NN_MAX_BITS_M4("r8", "r12") "bic r8, r8, r8, asr #31\n"
							    "str r8, [r5, r4]\n"
							    "subs r0, #176\n"
							    "adds r4, r11\n"
							    "bne 3b\n"
							    "add r5, r7\n"
							    "adds r0, #80\n"
							    "subs r6, #1\n"
							    "bne 2b\n"
							    "sub r0, #384\n"
							    "subs r10, #1\n"
							    "bne 1b\n"
							    "vpop {s16-s31}\n"
							    "pop {r4-r11, pc}\n");
}

#define NN_DOT_M4(x, w0, w1, w2, w3, w4, w5, w6, w7)                                                                   \
	NN_DOT2_M4(x, "s0", w0, "s1", w1)                                                                              \
	NN_DOT2_M4(x, "s2", w2, "s3", w3) NN_DOT2_M4(x, "s4", w4, "s5", w5) NN_DOT2_M4(x, "s6", w6, "s7", w7)
#define NN_DOT2_M4(x, a, wa, b, wb)                                                                                    \
	"vmul.f32 s28, " x ", " wa "\n"                                                                                \
	"vmul.f32 s29, " x ", " wb "\n"                                                                                \
	"vadd.f32 " a ", " a ", s28\n"                                                                                 \
	"vadd.f32 " b ", " b ", s29\n"
#define NN_DOT_EVEN_M4(x) NN_DOT_M4(x, "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15")
#define NN_DOT_ODD_M4(x)  NN_DOT_M4(x, "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23")

/* out[8] = bias[8] + in[n] times weights [n][8]; end = in + n, n a multiple of 4 */
NN_NAKED void nn_dot8_m4(const float *in, const float *weights, const float *bias, const float *end, float *out)
{
	__asm__("vldm r2, {s0-s7}\n"
		"ldr r2, [sp]\n"
		"vpush {s16-s31}\n"
		"1:\n"
		"vldmia r0!, {s24-s27}\n"
		"vldmia r1!, {s8-s23}\n" NN_DOT_EVEN_M4("s24")
			NN_DOT_ODD_M4("s25") "vldmia r1!, {s8-s23}\n" NN_DOT_EVEN_M4("s26")
				NN_DOT_ODD_M4("s27") "cmp r0, r3\n"
						     "bne 1b\n"
						     "vstm r2, {s0-s7}\n"
						     "vpop {s16-s31}\n"
						     "bx lr\n");
}

#else

static inline void nn_conv_8x3x3x2_relu_pool_m4(const float *in, const float *weights, const float *bias, float *out,
						int32_t channels)
{
	for (int32_t i = 0; i < 9 * channels; i++) {
		int32_t at = i / channels, channel = i % channels;

		out[i] = 0;
		for (int j = 0; j < 4; j++) {
			const float *corner = in + ((at / 3 * 2 + j / 2) * 8 + at % 3 * 2 + j % 2) * 2;
			float sum = bias[channel];

			for (int k = 0; k < 18; k++)
				sum += corner[k / 6 * 16 + k % 6] * weights[18 * channel + k];
			out[i] = sum > out[i] ? sum : out[i];
		}
	}
}

static inline void nn_dot8_m4(const float *in, const float *weights, const float *bias, const float *end, float *out)
{
	float sums[8];

	__builtin_memcpy(sums, bias, sizeof(sums));
	for (; in != end; in++, weights += 8)
		for (int i = 0; i < 8; i++)
			sums[i] += *in * weights[i];
	__builtin_memcpy(out, sums, sizeof(sums));
}

#endif

/* weights [out_c][3][3][2]; with ReLU and the 2x2 maxima behind it */
NN_INLINE void nn_conv_pool_m4_f32(const struct nn_conv *l, const float *in, float *out)
{
	nn_conv_8x3x3x2_relu_pool_m4(in, l->weights, l->bias, out, l->out_c);
}

/* What has a sign becomes zero: cheaper than a comparison, and the sums are never -0. */
NN_INLINE void nn_relu8_m4(float *x)
{
#pragma GCC unroll 8
	for (int i = 0; i < 8; i++) {
		int32_t bits;

		__builtin_memcpy(&bits, x + i, sizeof(bits));
		bits &= ~(bits >> 31);
		__builtin_memcpy(x + i, &bits, sizeof(bits));
	}
}

/* weights [outputs / 8][inputs][8], outputs padded to 8, for which out has room; inputs a multiple of 4 */
NN_INLINE void nn_dense_m4_f32(const struct nn_dense *l, const float *in, float *out)
{
	const float *weights = l->weights, *bias = l->bias;

	for (int32_t o = 0; o < l->outputs; o += 8) {
		nn_dot8_m4(in, weights + o * l->inputs, bias + o, in + l->inputs, out + o);
		if (l->low >= 0 && l->high >= 3.4e38f) {
			nn_relu8_m4(out + o);
			continue;
		}
		for (int32_t i = o; i < o + 8; i++)
			out[i] = nn_limit_f32(out[i], l->low, l->high);
	}
}

#endif
