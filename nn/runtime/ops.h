/* SPDX-License-Identifier: Apache-2.0 */
/* ops.h - the functions of the table of operators, one operator a file in nn/runtime/ops/, and what they share. */
#ifndef NN_RUNTIME_OPS_H
#define NN_RUNTIME_OPS_H

#include "nn/runtime/kernels-int.h"
#include "nn/runtime/operators.h"

typedef int nn_operator_check(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
			      uint64_t *ret_work);

/* --- what every operator needs (ops/common.c) ------------------------------------------------------------------ */

static inline bool nn_is_integer(enum nn_variant variant)
{
	return variant == NN_VARIANT_I8 || variant == NN_VARIANT_I16;
}

static inline const struct nn_tensor *nn_operator_output(const struct nn_model *model, const struct nn_operator *op)
{
	return nn_model_operand(model, op, op->inputs);
}

static inline const void *nn_tensor_data(const struct nn_model *model, const struct nn_tensor *tensor,
					 const uint8_t *arena)
{
	return (tensor->flags & NN_TENSOR_CONSTANT ? model->data : arena) + tensor->location;
}

static inline const void *nn_input_data(const struct nn_model *model, const struct nn_operator *op, unsigned i,
					const uint8_t *arena)
{
	return nn_tensor_data(model, nn_model_operand(model, op, i), arena);
}

static inline void *nn_output_data(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	return arena + nn_operator_output(model, op)->location;
}

static inline const float *nn_tensor_scales(const struct nn_model *model, const struct nn_tensor *tensor)
{
	return (const float *)(const void *)(model->quantisation + tensor->scales);
}

static inline const int32_t *nn_tensor_zero_points(const struct nn_model *model, const struct nn_tensor *tensor)
{
	return (const int32_t *)(const void *)(model->quantisation + tensor->scales) + tensor->scale_count;
}

/* Of a tensor with one scale, or with several and no zero points. */
static inline int32_t nn_tensor_zero_point(const struct nn_model *model, const struct nn_tensor *tensor)
{
	return *nn_tensor_zero_points(model, tensor);
}

static inline const int32_t *nn_operator_multipliers(const struct nn_model *model, const struct nn_operator *op)
{
	return (const int32_t *)(const void *)(model->quantisation + op->multipliers);
}

static inline const int32_t *nn_operator_shifts(const struct nn_model *model, const struct nn_operator *op)
{
	return nn_operator_multipliers(model, op) + op->multiplier_count;
}

float nn_parameter_float(int32_t bits);
struct nn_range nn_operator_range(const struct nn_operator *op);
struct nn_output_stage nn_operator_stage(const struct nn_model *model, const struct nn_operator *op);

bool nn_within(int64_t x, int64_t low, int64_t high);
bool nn_is_vector(const struct nn_tensor *tensor, uint32_t n);
bool nn_same_shape(const struct nn_tensor *a, const struct nn_tensor *b);
/* One scale, and a zero point that the type can hold (0 for 16 bits). */
bool nn_is_quantised(const struct nn_model *model, const struct nn_tensor *tensor);
bool nn_same_scale(const struct nn_model *model, const struct nn_tensor *a, const struct nn_tensor *b);
/* Types of first input and output; for integers their quantisation, limits, rounding, and `multipliers` of them. */
int nn_check_types(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		   uint32_t multipliers);
/* Input i is a constant vector of n numbers of a type. */
int nn_check_vector(const struct nn_model *model, const struct nn_operator *op, unsigned i, uint8_t type, uint32_t n);

/* --- windows and weights (ops/window.c, ops/weights.c) --------------------------------------------------------- */

/* A dense layer is a 1x1 convolution of one pixel. */
struct nn_window nn_operator_window(const struct nn_model *model, const struct nn_operator *op);
int nn_check_window(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work);
/* Types and quantisation of weights and bias of channels[], each a sum of `products`. */
int nn_check_weights(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		     uint32_t channels, uint64_t products);
/* The limits of each channel, behind an operator whose inputs are x, weights, bias, limits. */
void nn_operator_limit_channels(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena);
struct nn_weight_scales nn_operator_weight_scales(const struct nn_model *model, const struct nn_operator *op);

/* --- what some operators make of their parameters: arguments of their kernels -------------------------------------- */

/* Rows of n outputs; where in a and b each begins, and whether they advance in it. */
struct nn_rows {
	uint32_t n, shape[NN_DIMS_MAX - 1], strides[2][NN_DIMS_MAX - 1];
	int32_t steps[2];
};

struct nn_rows nn_operator_rows(const struct nn_model *model, const struct nn_operator *op);
struct nn_mean nn_operator_mean(const struct nn_model *model, const struct nn_operator *op);
struct nn_turn nn_operator_turn(const struct nn_model *model, const struct nn_operator *op);
struct nn_padding nn_operator_padding(const struct nn_model *model, const struct nn_operator *op);
struct nn_window nn_operator_dense_window(const struct nn_model *model, const struct nn_operator *op);
enum nn_cell nn_tensor_cell(const struct nn_tensor *tensor);

/* --- the table's functions ------------------------------------------------------------------------------------- */

nn_operator_check nn_check_conv_2d, nn_check_depthwise_conv_2d, nn_check_dense, nn_check_pool_2d, nn_check_reshape,
	nn_check_softmax, nn_check_add, nn_check_multiply, nn_check_activation, nn_check_concat, nn_check_pad,
	nn_check_mean, nn_check_function, nn_check_transpose, nn_check_batch_norm, nn_check_quantize,
	nn_check_dequantize;

nn_operator_run nn_run_convolve_f32, nn_run_convolve_f16, nn_run_convolve_hybrid, nn_run_convolve_i8,
	nn_run_convolve_i16;
nn_operator_run nn_run_dense_f32;
nn_operator_run nn_run_max_pool_2d_f32, nn_run_max_pool_2d_i8, nn_run_max_pool_2d_i16;
nn_operator_run nn_run_average_pool_2d_f32, nn_run_average_pool_2d_i8, nn_run_average_pool_2d_i16;
nn_operator_run nn_run_softmax_f32, nn_run_softmax_i8, nn_run_softmax_i16;
nn_operator_run nn_run_add_f32, nn_run_subtract_f32, nn_run_add_integer;
nn_operator_run nn_run_multiply_f32, nn_run_multiply_integer;
nn_operator_run nn_run_activation_f32, nn_run_requantise;
nn_operator_run nn_run_function_f32, nn_run_lookup;
nn_operator_run nn_run_mean_f32, nn_run_mean_integer;
nn_operator_run nn_run_batch_norm_f32;
nn_operator_run nn_run_quantize, nn_run_dequantize;
/* Whatever the type */
nn_operator_run nn_run_reshape, nn_run_concat, nn_run_pad, nn_run_transpose;

#endif
