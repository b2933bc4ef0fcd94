/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels-f32.h - the float kernels. Plain C is the definition: rows of channels innermost (NHWC), weights with the
 * output channel innermost, so that a compiler turns the inner loops into vector instructions. No checks, no state.
 */
#ifndef NN_RUNTIME_KERNELS_F32_H
#define NN_RUNTIME_KERNELS_F32_H

#include <stdint.h>

/* A window that slides over [in_h][in_w][in_c] and makes [out_h][out_w][out_c]. */
struct nn_window {
	int32_t in_h, in_w, in_c;
	int32_t out_h, out_w, out_c;
	int32_t kernel_h, kernel_w;
	int32_t stride_h, stride_w;
	int32_t dilation_h, dilation_w;
	int32_t pad_top, pad_left;
};

/* Limits of a fused activation; none = -FLT_MAX..FLT_MAX, which no float is outside of. */
struct nn_range {
	float low, high;
};

void nn_conv_2d_f32(const struct nn_window *window, const float *in, const float *weights, const float *bias,
		    struct nn_range range, float *out);
/* out_c = in_c * multiplier */
void nn_depthwise_conv_2d_f32(const struct nn_window *window, const float *in, const float *weights, const float *bias,
			      struct nn_range range, float *out);
void nn_max_pool_2d_f32(const struct nn_window *window, const float *in, struct nn_range range, float *out);
void nn_average_pool_2d_f32(const struct nn_window *window, const float *in, struct nn_range range, float *out);
void nn_dense_f32(int32_t inputs, int32_t outputs, const float *in, const float *weights, const float *bias,
		  struct nn_range range, float *out);
void nn_softmax_f32(int32_t rows, int32_t n, const float *in, float *out);
/* The second operand has m elements, which repeat: m divides n. */
void nn_add_f32(int32_t n, int32_t m, const float *a, const float *b, struct nn_range range, float *out);
void nn_multiply_f32(int32_t n, int32_t m, const float *a, const float *b, struct nn_range range, float *out);
/* limits: n lowest values, then n highest; n divides the count of values. */
void nn_limit_channels_f32(int32_t count, int32_t n, const float *limits, float *values);
void nn_clamp_f32(int32_t n, const float *in, struct nn_range range, float *out);

#endif
