/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels-int.h - the integer kernels, as nn/runtime/ARITHMETIC.md defines them. i8: 8-bit activations and weights,
 * 32-bit sums. i16: 16-bit activations with zero point 0, 8-bit weights, 64-bit sums. hybrid: float activations, 8-bit
 * weights. f16: float activations, half-precision weights. No checks, no state. Sums can't overflow: who makes or loads
 * a model checks their bounds.
 */
#ifndef NN_RUNTIME_KERNELS_INT_H
#define NN_RUNTIME_KERNELS_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/runtime/kernels-f32.h"
#include "nn/runtime/kernels/requantise.h"
#include "nn/runtime/kernels/window.h"

/* A dense layer is a convolution of one pixel: kernel, input and output are 1x1. */
void nn_conv_2d_i8(const struct nn_window *window, const int8_t *in, int32_t in_zero, const int8_t *weights,
		   int32_t weights_zero, const int32_t *bias, const struct nn_output_stage *stage, int8_t *out);
void nn_conv_2d_i16(const struct nn_window *window, const int16_t *in, const int8_t *weights, const int64_t *bias,
		    const struct nn_output_stage *stage, int16_t *out);
void nn_depthwise_conv_2d_i8(const struct nn_window *window, const int8_t *in, int32_t in_zero, const int8_t *weights,
			     int32_t weights_zero, const int32_t *bias, const struct nn_output_stage *stage,
			     int8_t *out);
void nn_depthwise_conv_2d_i16(const struct nn_window *window, const int16_t *in, const int8_t *weights,
			      const int64_t *bias, const struct nn_output_stage *stage, int16_t *out);

/* Scales of 8-bit weights: step 1 for each output channel, 0 for all. */
struct nn_weight_scales {
	const float *scales;
	int32_t step;
	bool dynamic; /* enum nn_hybrid */
};

/* An input as 8-bit numbers: x = (q - zero_point) * scale. scale 0: all of it is zero. */
struct nn_dynamic {
	float scale;
	int32_t zero_point;
};

struct nn_dynamic nn_dynamic_measure(int64_t n, const float *in);
/* What a sum of such numbers times 8-bit weights is: rounded once, when it becomes a float. */
static inline float nn_dynamic_value(const struct nn_dynamic *dynamic, int32_t sum, float weight_scale, float bias)
{
	return (float)((double)sum * (double)(dynamic->scale * weight_scale) + (double)bias);
}

/* q less the zero point; the scale is not 0. */
void nn_dynamic_quantise(const struct nn_dynamic *dynamic, int32_t n, const float *in, int16_t *out);

void nn_conv_2d_hybrid(const struct nn_window *window, const float *in, const int8_t *weights,
		       const struct nn_weight_scales *scales, const float *bias, struct nn_range range, float *out);
void nn_depthwise_conv_2d_hybrid(const struct nn_window *window, const float *in, const int8_t *weights,
				 const struct nn_weight_scales *scales, const float *bias, struct nn_range range,
				 float *out);
void nn_conv_2d_f16(const struct nn_window *window, const float *in, const uint16_t *weights, const float *bias,
		    struct nn_range range, float *out);
void nn_depthwise_conv_2d_f16(const struct nn_window *window, const float *in, const uint16_t *weights,
			      const float *bias, struct nn_range range, float *out);

void nn_max_pool_2d_i8(const struct nn_window *window, const int8_t *in, int32_t low, int32_t high, int8_t *out);
void nn_max_pool_2d_i16(const struct nn_window *window, const int16_t *in, int32_t low, int32_t high, int16_t *out);
void nn_average_pool_2d_i8(const struct nn_window *window, const int8_t *in, int32_t low, int32_t high, int8_t *out);
void nn_average_pool_2d_i16(const struct nn_window *window, const int16_t *in, int32_t low, int32_t high, int16_t *out);

/* A row of operands; step 0: one value for the whole row. */
struct nn_row {
	const void *values;
	int32_t step, zero_point;
};

/* stage: multipliers of a, of b, and of their sum, which is taken `left` bits up. */
void nn_add_i8(int32_t n, struct nn_row a, struct nn_row b, const struct nn_output_stage *stage, bool subtract,
	       int8_t *out);
void nn_add_i16(int32_t n, struct nn_row a, struct nn_row b, const struct nn_output_stage *stage, bool subtract,
		int16_t *out);
void nn_multiply_i8(int32_t n, struct nn_row a, struct nn_row b, const struct nn_output_stage *stage, int8_t *out);
void nn_multiply_i16(int32_t n, struct nn_row a, struct nn_row b, const struct nn_output_stage *stage, int16_t *out);

/* limits: n lowest values, then n highest; n divides the count of values. */
void nn_limit_channels_i8(int32_t count, int32_t n, const int8_t *limits, int8_t *values);
void nn_limit_channels_i16(int32_t count, int32_t n, const int16_t *limits, int16_t *values);

/* To another scale. */
void nn_requantise_i8(int32_t n, const int8_t *in, int32_t in_zero, const struct nn_output_stage *stage, int8_t *out);
void nn_requantise_i16(int32_t n, const int16_t *in, int32_t in_zero, const struct nn_output_stage *stage,
		       int16_t *out);

/* multiplier and shift bring differences to 1/2^26; those below lowest give nothing. */
void nn_softmax_i8(int32_t rows, int32_t n, const int8_t *in, int32_t multiplier, int32_t shift, int32_t lowest,
		   int8_t *out);
/* exps[count], count up to 256: of differences 0, -1, -2... Then the same softmax; what is further below gives nothing. */
void nn_softmax_differences_i8(int32_t multiplier, int32_t shift, int32_t count, int32_t *exps);
void nn_softmax_table_i8(int32_t rows, int32_t n, const int8_t *in, const int32_t *exps, int32_t count, int8_t *out);
/* Tables of e^x for -10..0 and of 1 / (1 + x) for 0..1, 513 entries each. */
void nn_softmax_i16(int32_t rows, int32_t n, const int16_t *in, int32_t multiplier, int32_t shift, bool single,
		    const int16_t *exponentials, const int16_t *reciprocals, int16_t *out);

/* What an integer lies in. */
enum nn_cell {
	NN_CELL_I8,
	NN_CELL_U8,
	NN_CELL_I16,
};

void nn_quantize(int32_t n, const float *in, float scale, int32_t zero_point, enum nn_cell cell, void *out);
void nn_requantise_cells(int32_t n, const void *in, enum nn_cell in_cell, int32_t in_zero,
			 const struct nn_output_stage *stage, enum nn_cell cell, void *out);
void nn_dequantize(int32_t n, const void *in, enum nn_cell cell, float scale, int32_t zero_point, float *out);
void nn_expand_f16(int32_t n, const uint16_t *in, float *out);

/* The four dimensions of an input: which are kept and which are summed up (1 in the other's shape). */
struct nn_mean {
	uint32_t kept, summands;
	uint32_t kept_shape[4], taken_shape[4], stride[4];
};

void nn_mean_f32(const struct nn_mean *mean, const float *in, struct nn_range range, float *out);
void nn_mean_i8(const struct nn_mean *mean, const int8_t *in, int32_t in_zero, const struct nn_output_stage *stage,
		int8_t *out);
void nn_mean_i16(const struct nn_mean *mean, const int16_t *in, const struct nn_output_stage *stage, int16_t *out);

/* Of any type, elements of `size` bytes. */

struct nn_padding {
	uint32_t in[4], out[4], before[4], size;
	int32_t value; /* its first bytes */
};

/* steps: bytes in the input from one element of an output's dimension to the next */
struct nn_turn {
	uint32_t out[4], steps[4], size;
};

void nn_copy_rows(uint32_t rows, uint32_t bytes, const void *in, uint32_t in_step, void *out, uint32_t out_step);
void nn_pad(const struct nn_padding *padding, const void *in, void *out);
void nn_transpose(const struct nn_turn *turn, const void *in, void *out);

/* table: 256 entries, from the lowest input up. */
void nn_lookup_i8(int32_t n, const int8_t *in, const int8_t *table, int8_t *out);
/* table: 513 entries, one for every 128th input; between them a straight line. */
void nn_lookup_i16(int32_t n, const int16_t *in, const int16_t *table, int16_t *out);

#endif
