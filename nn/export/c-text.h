/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c-text.h - text of kernels, as it lies in this program: the runtime's own (nn/runtime/kernels), which are the
 * definition, and those that only exported modules have (nn/export/kernels). A module takes what it uses.
 */
#ifndef NN_EXPORT_C_TEXT_H
#define NN_EXPORT_C_TEXT_H

#include <stdint.h>
#include <stdio.h>

/* In the order in which they stand in a module. */
enum c_text {
	C_TEXT_WINDOW,
	C_TEXT_REQUANTISE,
	C_TEXT_HALF,
	C_TEXT_MATH,
	C_TEXT_KERNELS_F32,
	C_TEXT_KERNELS_INT,
	C_TEXT_PAIRWISE_F32,
	C_TEXT_LANES_F32,
	C_TEXT_CONV_2D_F32,
	C_TEXT_DENSE_F32,
	C_TEXT_DEPTHWISE_CONV_2D_F32,
	C_TEXT_DYNAMIC_H,
	C_TEXT_DYNAMIC,
	C_TEXT_CONV_2D_F16,
	C_TEXT_CONV_2D_HYBRID,
	C_TEXT_CONV_2D_I8,
	C_TEXT_CONV_2D_I16,
	C_TEXT_DEPTHWISE_CONV_2D_INT,
	C_TEXT_FUNCTION_F32,
	C_TEXT_LOOKUP_INT,
	C_TEXT_MEAN,
	C_TEXT_MOVE,
	C_TEXT_PAIRWISE_INT,
	C_TEXT_POOL_2D_F32,
	C_TEXT_POOL_2D_INT,
	C_TEXT_QUANTIZE,
	C_TEXT_SOFTMAX_F32,
	C_TEXT_SOFTMAX_I8,
	C_TEXT_COMMON,
	C_TEXT_I8,
	C_TEXT_F32,
	C_TEXT_M4_I8,
	C_TEXT_M4_DOT,
	C_TEXT_M4_BLOCK,
	C_TEXT_M4_F32,
	C_TEXT_A7_I8,
	C_TEXT_X86_I8,
	C_TEXT_VECTOR_F32,
	C_TEXT_A7_F32,
	C_TEXT_A7_CORE,
	C_TEXT_X86_CORE,
	C_TEXT_NAKED,
	C_TEXT_BLOCK,
	C_TEXT_NEON_VECTOR,
	C_TEXT_AVX2_VECTOR,
	C_TEXT_SSE2_VECTOR,
	C_TEXT_PLAIN_VECTOR,
	C_TEXT_BLOCK_RUN,
	C_TEXT_F32_RUN,
	C_TEXT_POOL_RUN,
	C_TEXT_NEON_I8,
	C_TEXT_NEON_F32,
	C_TEXT_CORE_BLOCK,
	C_TEXT_CORE_F32,
	C_TEXT_CORE_POOL,
	C_TEXTS,
};

/* A set of texts: bits. */
typedef uint64_t c_text_set;

static inline void c_text_add(c_text_set *set, enum c_text text)
{
	*set |= UINT64_C(1) << text;
}

/* The texts of a set and what they need themselves. wide: how modules keep 8-bit numbers, int16_t or int8_t. */
void c_text_write(FILE *file, c_text_set set, int wide);

#endif
