/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common.h - what the kernels of exported networks share. A layer is a constant structure; its kernel is inlined where
 * it is called, so that every shape becomes a constant of the machine code.
 *
 * Kernels may assume what nn/export/c-layer.c checked. Freestanding C11.
 */
#ifndef NN_EXPORT_KERNELS_COMMON_H
#define NN_EXPORT_KERNELS_COMMON_H

#include <stdbool.h>
#include <stdint.h>

#define NN_INLINE static inline __attribute__((always_inline, unused))
#define NN_NAKED  static __attribute__((naked, noinline, noipa, unused))

/* What becomes of an integer sum: times multiplier * 2^(-31 - shift), plus zero, limited. */
struct nn_stage {
	const int32_t *multipliers;
	const int8_t *shifts; /* to the right */
	bool per_channel;     /* else one multiplier and shift for all */
	bool single;	      /* rounding: once, else twice */
	bool right;	      /* shifts and sums are such that the fast way will do, see c_layer_finish() */
	bool positive;	      /* what is below zero is cut off */
	int32_t zero, low, high;
};

/* A window over [in_h][in_w][in_c]; weights as the kernel wants them. */
struct nn_conv {
	int32_t in_h, in_w, in_c, out_h, out_w, out_c;
	int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
	const void *weights, *bias;
	const int8_t *table; /* [out_c][256] from -128 up: what becomes of an output behind the stage */
	int32_t in_zero;
	struct nn_stage stage;
	float low, high;
};

struct nn_dense {
	int32_t inputs, outputs;
	const void *weights, *bias;
	int32_t in_zero;
	struct nn_stage stage;
	float low, high;
};

#endif
