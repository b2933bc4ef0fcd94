/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels-f32.h - the float kernels. Plain C is the definition: rows of channels innermost (NHWC), weights with the
 * output channel innermost, so that a compiler turns the inner loops into vector instructions. No checks, no state.
 *
 * An exported module takes the text of the kernels that it needs into one file (nn/export/c-text.c): no two files of
 * nn/runtime/kernels/ give the same name to different things, and none needs a C library.
 */
#ifndef NN_RUNTIME_KERNELS_F32_H
#define NN_RUNTIME_KERNELS_F32_H

#include <stdint.h>

#include "nn/runtime/kernels/window.h"

/* Limits of a fused activation; none = -FLT_MAX..FLT_MAX, which no float is outside of. */
struct nn_range {
	float low, high;
};

static inline float nn_clamp(float x, struct nn_range range)
{
	x = x < range.low ? range.low : x;
	return x > range.high ? range.high : x;
}

void nn_conv_2d_f32(const struct nn_window *window, const float *in, const float *weights, const float *bias,
		    struct nn_range range, float *out);
/* out_c = in_c * multiplier */
void nn_depthwise_conv_2d_f32(const struct nn_window *window, const float *in, const float *weights, const float *bias,
			      struct nn_range range, float *out);
void nn_max_pool_2d_f32(const struct nn_window *window, const float *in, struct nn_range range, float *out);
void nn_average_pool_2d_f32(const struct nn_window *window, const float *in, struct nn_range range, float *out);
void nn_dense_f32(int32_t inputs, int32_t outputs, const float *in, const float *weights, const float *bias,
		  struct nn_range range, float *out);
/* beta: factor of the inputs, 1 as a rule */
void nn_softmax_f32(int32_t rows, int32_t n, float beta, const float *in, float *out);
/* A row of operands; step 0: one value for the whole row. */
struct nn_row_f32 {
	const float *values;
	int32_t step;
};

void nn_add_f32(int32_t n, struct nn_row_f32 a, struct nn_row_f32 b, struct nn_range range, float *out);
void nn_subtract_f32(int32_t n, struct nn_row_f32 a, struct nn_row_f32 b, struct nn_range range, float *out);
void nn_multiply_f32(int32_t n, struct nn_row_f32 a, struct nn_row_f32 b, struct nn_range range, float *out);
/* limits: n lowest values, then n highest; n divides the count of values. */
void nn_limit_channels_f32(int32_t count, int32_t n, const float *limits, float *values);
void nn_clamp_f32(int32_t n, const float *in, struct nn_range range, float *out);

/* x * scale + offset, for each of n channels */
void nn_batch_norm_f32(int32_t pixels, int32_t n, const float *in, const float *scale, const float *offset,
		       struct nn_range range, float *out);
void nn_leaky_relu_f32(int32_t n, float slope, const float *in, float *out);
void nn_sigmoid_f32(int32_t n, const float *in, float *out);
void nn_tanh_f32(int32_t n, const float *in, float *out);
void nn_hard_swish_f32(int32_t n, const float *in, float *out);

#endif
