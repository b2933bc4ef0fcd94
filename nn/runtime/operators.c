/* SPDX-License-Identifier: Apache-2.0 */
/* operators.c - the table of operators. */
#include "nn/runtime/operators.h"

#include "nn/runtime/ops.h"
#include "nn/runtime/overlap.h"

/* For operators that move values without looking at them. */
#define MOVES(run)                                                                                                     \
	{                                                                                                              \
		[NN_VARIANT_F32] = (run), [NN_VARIANT_I8] = (run), [NN_VARIANT_I16] = (run),                           \
	}
#define BY_TYPE(f32, i8, i16)                                                                                          \
	{                                                                                                              \
		[NN_VARIANT_F32] = (f32), [NN_VARIANT_I8] = (i8), [NN_VARIANT_I16] = (i16),                            \
	}
#define WITH_WEIGHTS(f32)                                                                                              \
	{                                                                                                              \
		[NN_VARIANT_F32] = (f32), [NN_VARIANT_F16] = nn_run_convolve_f16,                                      \
		[NN_VARIANT_HYBRID] = nn_run_convolve_hybrid, [NN_VARIANT_I8] = nn_run_convolve_i8,                    \
		[NN_VARIANT_I16] = nn_run_convolve_i16,                                                                \
	}
#define FUNCTION BY_TYPE(nn_run_function_f32, nn_run_lookup, nn_run_lookup)

static const struct nn_operator_kind kinds[] = {
	/* name, inputs, optional ones, in place, by rows, multiplies */
	[NN_OPERATOR_CONV_2D] = {"conv2d", 3, 1, false, true, true, nn_check_conv_2d,
				 WITH_WEIGHTS(nn_run_convolve_f32)},
	[NN_OPERATOR_DEPTHWISE_CONV_2D] = {"depthwise-conv2d", 3, 1, false, true, true, nn_check_depthwise_conv_2d,
					   WITH_WEIGHTS(nn_run_convolve_f32)},
	[NN_OPERATOR_DENSE] = {"dense", 3, 1, false, false, true, nn_check_dense, WITH_WEIGHTS(nn_run_dense_f32)},
	[NN_OPERATOR_MAX_POOL_2D] = {"max-pool2d", 1, 0, false, true, false, nn_check_pool_2d,
				     BY_TYPE(nn_run_max_pool_2d_f32, nn_run_max_pool_2d_i8, nn_run_max_pool_2d_i16)},
	[NN_OPERATOR_AVERAGE_POOL_2D] = {"average-pool2d", 1, 0, false, true, false, nn_check_pool_2d,
					 BY_TYPE(nn_run_average_pool_2d_f32, nn_run_average_pool_2d_i8,
						 nn_run_average_pool_2d_i16)},
	[NN_OPERATOR_RESHAPE] = {"reshape", 1, 0, true, false, false, nn_check_reshape, MOVES(nn_run_reshape)},
	[NN_OPERATOR_SOFTMAX] = {"softmax", 1, 2, true, false, false, nn_check_softmax,
				 BY_TYPE(nn_run_softmax_f32, nn_run_softmax_i8, nn_run_softmax_i16)},
	[NN_OPERATOR_ADD] = {"add", 2, 0, true, false, false, nn_check_add,
			     BY_TYPE(nn_run_add_f32, nn_run_add_integer, nn_run_add_integer)},
	[NN_OPERATOR_MULTIPLY] = {"multiply", 2, 0, true, false, true, nn_check_multiply,
				  BY_TYPE(nn_run_multiply_f32, nn_run_multiply_integer, nn_run_multiply_integer)},
	[NN_OPERATOR_ACTIVATION] = {"activation", 1, 0, true, false, false, nn_check_activation,
				    BY_TYPE(nn_run_activation_f32, nn_run_requantise, nn_run_requantise)},
	[NN_OPERATOR_SUBTRACT] = {"subtract", 2, 0, true, false, false, nn_check_add,
				  BY_TYPE(nn_run_subtract_f32, nn_run_add_integer, nn_run_add_integer)},
	[NN_OPERATOR_CONCAT] = {"concat", 1, 6, false, false, false, nn_check_concat, MOVES(nn_run_concat)},
	[NN_OPERATOR_PAD] = {"pad", 1, 0, false, false, false, nn_check_pad, MOVES(nn_run_pad)},
	[NN_OPERATOR_MEAN] = {"mean", 1, 0, false, false, false, nn_check_mean,
			      BY_TYPE(nn_run_mean_f32, nn_run_mean_integer, nn_run_mean_integer)},
	[NN_OPERATOR_LEAKY_RELU] = {"leaky-relu", 1, 1, true, false, false, nn_check_function, FUNCTION},
	[NN_OPERATOR_SIGMOID] = {"sigmoid", 1, 1, true, false, false, nn_check_function, FUNCTION},
	[NN_OPERATOR_TANH] = {"tanh", 1, 1, true, false, false, nn_check_function, FUNCTION},
	[NN_OPERATOR_HARD_SWISH] = {"hard-swish", 1, 1, true, false, false, nn_check_function, FUNCTION},
	[NN_OPERATOR_TRANSPOSE] = {"transpose", 1, 0, false, false, false, nn_check_transpose, MOVES(nn_run_transpose)},
	[NN_OPERATOR_BATCH_NORM] = {"batch-norm", 3, 0, true, false, true, nn_check_batch_norm,
				    BY_TYPE(nn_run_batch_norm_f32, NULL, NULL)},
	[NN_OPERATOR_QUANTIZE] =
		{"quantize",
		 1,
		 0,
		 true,
		 false,
		 false,
		 nn_check_quantize,
		 {[NN_VARIANT_I8] = nn_run_requantise,
		  [NN_VARIANT_I16] = nn_run_requantise,
		  [NN_VARIANT_CHANGE] = nn_run_quantize}},
	[NN_OPERATOR_DEQUANTIZE] =
		{"dequantize",
		 1,
		 0,
		 false,
		 false,
		 false,
		 nn_check_dequantize,
		 {[NN_VARIANT_CHANGE] = nn_run_dequantize}},
};

bool nn_operator_may_overlap_at(const struct nn_model *model, const struct nn_operator *op, uint32_t lead)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	struct nn_window window;

	if (!nn_operator_kind(op->code)->by_rows || in->dims != 4 || out->dims != 4)
		return false;
	window = nn_operator_window(model, op);
	return lead >= nn_overlap_lead(in->bytes / in->shape[1], out->bytes / out->shape[1], out->shape[1],
				       window.stride_h, window.pad_top);
}

bool nn_operator_may_overlap(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);

	return in->location >= out->location && nn_operator_may_overlap_at(model, op, in->location - out->location);
}

const struct nn_operator_kind *nn_operator_kind(uint16_t code)
{
	if (code >= sizeof(kinds) / sizeof(kinds[0]) || !kinds[code].name)
		return NULL;
	return &kinds[code];
}

static bool has_weights(uint16_t code)
{
	return code == NN_OPERATOR_CONV_2D || code == NN_OPERATOR_DEPTHWISE_CONV_2D || code == NN_OPERATOR_DENSE;
}

enum nn_variant nn_operator_variant(const struct nn_model *model, const struct nn_operator *op)
{
	uint8_t in = nn_model_operand(model, op, 0)->type, out = nn_operator_output(model, op)->type;
	uint8_t weights = has_weights(op->code) ? nn_model_operand(model, op, 1)->type : in;

	if (in != out)
		return NN_VARIANT_CHANGE;
	if (in == NN_TYPE_I8)
		return NN_VARIANT_I8;
	if (in == NN_TYPE_I16)
		return NN_VARIANT_I16;
	if (in != NN_TYPE_F32)
		return NN_VARIANT_NONE;
	return weights == NN_TYPE_F16 ? NN_VARIANT_F16 : weights == NN_TYPE_I8 ? NN_VARIANT_HYBRID : NN_VARIANT_F32;
}
