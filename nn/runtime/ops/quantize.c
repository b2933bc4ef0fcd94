/* SPDX-License-Identifier: Apache-2.0 */
/* quantize.c - between float and integers, and from one integer type to another. */
#include "nn/runtime/ops.h"

static bool is_integer_type(uint8_t type)
{
	return type == NN_TYPE_I8 || type == NN_TYPE_U8 || type == NN_TYPE_I16;
}

int nn_check_quantize(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		      uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);

	if (!nn_same_shape(in, out) || op->activation)
		return NN_ERROR_SHAPE;
	if (!is_integer_type(out->type) || (!is_integer_type(in->type) && in->type != NN_TYPE_F32))
		return NN_ERROR_TYPE;
	*ret_work = nn_tensor_elements(in);
	if (!nn_is_quantised(model, out))
		return NN_ERROR_QUANTISATION;
	return nn_check_types(model, op, variant, in->type != NN_TYPE_F32);
}

int nn_check_dequantize(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
			uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);

	if (!nn_same_shape(in, out) || op->activation)
		return NN_ERROR_SHAPE;
	if (out->type != NN_TYPE_F32 || (!is_integer_type(in->type) && in->type != NN_TYPE_F16))
		return NN_ERROR_TYPE;
	*ret_work = nn_tensor_elements(in);
	if (in->type != NN_TYPE_F16 && !nn_is_quantised(model, in))
		return NN_ERROR_QUANTISATION;
	return nn_check_types(model, op, variant, 0);
}

enum nn_cell nn_tensor_cell(const struct nn_tensor *tensor)
{
	return tensor->type == NN_TYPE_I16 ? NN_CELL_I16 : tensor->type == NN_TYPE_U8 ? NN_CELL_U8 : NN_CELL_I8;
}

void nn_run_quantize(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	const void *from = nn_input_data(model, op, 0, arena);
	int32_t n = (int32_t)nn_tensor_elements(in);
	void *to = nn_output_data(model, op, arena);

	if (in->type == NN_TYPE_F32) {
		nn_quantize(n, from, *nn_tensor_scales(model, out), nn_tensor_zero_point(model, out),
			    nn_tensor_cell(out), to);
	} else {
		struct nn_output_stage stage = nn_operator_stage(model, op);

		nn_requantise_cells(n, from, nn_tensor_cell(in), nn_tensor_zero_point(model, in), &stage,
				    nn_tensor_cell(out), to);
	}
}

void nn_run_dequantize(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	const void *from = nn_input_data(model, op, 0, arena);
	int32_t n = (int32_t)nn_tensor_elements(in);
	float *to = nn_output_data(model, op, arena);

	if (in->type == NN_TYPE_F16)
		nn_expand_f16(n, from, to);
	else
		nn_dequantize(n, from, nn_tensor_cell(in), *nn_tensor_scales(model, in),
			      nn_tensor_zero_point(model, in), to);
}
