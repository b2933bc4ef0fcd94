/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-f32.h - float for cores with a scalar floating-point unit of 32 registers. VMUL and VADD, not VFMA: the same
 * numbers as everywhere, and less waiting for results.
 */
#ifndef NN_EXPORT_KERNELS_M4_F32_H
#define NN_EXPORT_KERNELS_M4_F32_H

#include "nn/export/kernels/f32.h"

#if defined(__ARM_FP) && defined(__thumb2__) && !defined(__ARM_NEON) && !defined(NN_PLAIN_C)

#define NN_TWO_M4(sum0, x0, w0, sum1, x1, w1)                                                                          \
	"vmul.f32 s12, " x0 ", " w0 "\n"                                                                               \
	"vmul.f32 s13, " x1 ", " w1 "\n"                                                                               \
	"vadd.f32 " sum0 ", " sum0 ", s12\n"                                                                           \
	"vadd.f32 " sum1 ", " sum1 ", s13\n"
/* Two neighbouring outputs and one row of the kernel: six products each. */
#define NN_TAPS_M4(a, b, w0, w1, w2, w3, w4, w5)                                                                       \
	NN_TWO_M4(a, "s4", w0, b, "s6", w0)                                                                            \
	NN_TWO_M4(a, "s5", w1, b, "s7", w1)                                                                            \
	NN_TWO_M4(a, "s6", w2, b, "s8", w2)                                                                            \
	NN_TWO_M4(a, "s7", w3, b, "s9", w3)                                                                            \
	NN_TWO_M4(a, "s8", w4, b, "s10", w4)                                                                           \
	NN_TWO_M4(a, "s9", w5, b, "s11", w5)
#define NN_TAPS0_M4(a, b) NN_TAPS_M4(a, b, "s14", "s15", "s16", "s17", "s18", "s19")
#define NN_TAPS1_M4(a, b) NN_TAPS_M4(a, b, "s20", "s21", "s22", "s23", "s24", "s25")
#define NN_TAPS2_M4(a, b) NN_TAPS_M4(a, b, "s26", "s27", "s28", "s29", "s30", "s31")
#define NN_PIXELS_M4                                                                                                   \
	"vldm r6, {s4-s11}\n"                                                                                          \
	"adds r6, #64\n"
#define NN_MAX_BITS_M4(a, b) "cmp " a ", " b "\nit lt\nmovlt " a ", " b "\n"

/*
 * One channel out of 3x3 over 8x8 pixels of two channels, ReLU, 2x2 maxima: nine outputs, each `step` bytes behind the
 * last. Floats above zero have the order of their bits, and what is below becomes zero in the end.
 */
NN_NAKED void nn_conv_8x3x3x2_relu_pool_m4(const float *in, const float *weights, float *out, uint32_t bias,
					   uint32_t step)
{
	__asm__("push {r4-r9, lr}\n"
		"ldr r7, [sp, #28]\n"
		"vpush {s16-s31}\n"
		"vldm r1, {s14-s31}\n"
		"movs r4, #3\n"
		"1:\n"
		"movs r5, #3\n"
		"2:\n"
		"vmov s0, s1, r3, r3\n"
		"vmov s2, s3, r3, r3\n"
		"mov r6, r0\n" NN_PIXELS_M4 NN_TAPS0_M4("s0", "s1") NN_PIXELS_M4 NN_TAPS1_M4("s0", "s1")
			NN_TAPS0_M4("s2", "s3") NN_PIXELS_M4 NN_TAPS2_M4("s0", "s1")
				NN_TAPS1_M4("s2", "s3") "vldm r6, {s4-s11}\n" NN_TAPS2_M4(
					"s2", "s3") "vmov r6, r12, s0, s1\n"
						    "vmov r8, r9, s2, s3\n" NN_MAX_BITS_M4("r6", "r12")
							    NN_MAX_BITS_M4("r8", "r9") NN_MAX_BITS_M4(
								    "r6", "r8") "bic r6, r6, r6, asr #31\n"
										"str r6, [r2]\n"
										"add r2, r7\n"
										"adds r0, #16\n"
										"subs r5, #1\n"
										"bne 2b\n"
										"adds r0, #80\n"
										"subs r4, #1\n"
										"bne 1b\n"
										"vpop {s16-s31}\n"
										"pop {r4-r9, pc}\n");
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

/* sums[8] += in[n] times weights [n][8]; end = in + n, n a multiple of 4 */
NN_NAKED void nn_dot8_m4(const float *in, const float *weights, float *sums, const float *end)
{
	__asm__("vpush {s16-s31}\n"
		"vldm r2, {s0-s7}\n"
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

static inline void nn_conv_8x3x3x2_relu_pool_m4(const float *in, const float *weights, float *out, uint32_t bias_bits,
						uint32_t step)
{
	for (int i = 0; i < 9; i++, out += step / 4) {
		*out = 0;
		for (int j = 0; j < 4; j++) {
			const float *corner = in + ((i / 3 * 2 + j / 2) * 8 + i % 3 * 2 + j % 2) * 2;
			float sum;

			__builtin_memcpy(&sum, &bias_bits, sizeof(sum));
			for (int k = 0; k < 18; k++)
				sum += corner[k / 6 * 16 + k % 6] * weights[k];
			*out = sum > *out ? sum : *out;
		}
	}
}

static inline void nn_dot8_m4(const float *in, const float *weights, float *sums, const float *end)
{
	for (; in != end; in++, weights += 8)
		for (int i = 0; i < 8; i++)
			sums[i] += *in * weights[i];
}

#endif

/* weights [out_c][3][3][2]; with ReLU and the 2x2 maxima behind it */
NN_INLINE void nn_conv_pool_m4_f32(const struct nn_conv *l, const float *in, float *out)
{
	const float *weights = l->weights, *bias = l->bias;

	for (int32_t c = 0; c < l->out_c; c++) {
		uint32_t bits;

		__builtin_memcpy(&bits, bias + c, sizeof(bits));
		nn_conv_8x3x3x2_relu_pool_m4(in, weights + 18 * c, out + c, bits, 4u * (uint32_t)l->out_c);
	}
}

/* weights [outputs / 8][inputs][8], outputs padded to 8; inputs a multiple of 4 */
NN_INLINE void nn_dense_m4_f32(const struct nn_dense *l, const float *in, float *out)
{
	const float *weights = l->weights, *bias = l->bias;

	for (int32_t o = 0; o < l->outputs; o += 8) {
		float sums[8];

		__builtin_memcpy(sums, bias + o, sizeof(sums));
		nn_dot8_m4(in, weights + o * l->inputs, sums, in + l->inputs);
		for (int32_t i = 0; i < 8 && o + i < l->outputs; i++)
			out[o + i] = nn_limit_f32(sums[i], l->low, l->high);
	}
}

#endif
