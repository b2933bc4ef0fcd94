/* SPDX-License-Identifier: Apache-2.0 */
/* conv-2d.c - convolutions over all input channels. */
#include "nn/runtime/ops.h"

int nn_check_conv_2d(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		     uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *weights = nn_model_operand(model, op, 1);
	const struct nn_tensor *out = nn_operator_output(model, op);
	int error = nn_check_window(model, op, ret_work);

	if (error)
		return error;
	if (weights->shape[2] != in->shape[3] || weights->shape[3] != out->shape[3])
		return NN_ERROR_SHAPE;
	*ret_work *= in->shape[3];
	return nn_check_weights(model, op, variant, out->shape[3], nn_tensor_elements(weights) / out->shape[3]);
}

void nn_run_conv_2d_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);

	nn_conv_2d_f32(&window, nn_input_data(model, op, 0, arena), nn_input_data(model, op, 1, arena),
		       nn_input_data(model, op, 2, arena), nn_operator_range(op), nn_output_data(model, op, arena));
	nn_operator_limit_channels(model, op, arena);
}

void nn_run_conv_2d_f16(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);

	nn_conv_2d_f16(&window, nn_input_data(model, op, 0, arena), nn_input_data(model, op, 1, arena),
		       nn_input_data(model, op, 2, arena), nn_operator_range(op), nn_output_data(model, op, arena));
	nn_operator_limit_channels(model, op, arena);
}

void nn_run_conv_2d_hybrid(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);
	struct nn_weight_scales scales = nn_operator_weight_scales(model, op);

	nn_conv_2d_hybrid(&window, nn_input_data(model, op, 0, arena), nn_input_data(model, op, 1, arena), &scales,
			  nn_input_data(model, op, 2, arena), nn_operator_range(op), nn_output_data(model, op, arena));
	nn_operator_limit_channels(model, op, arena);
}

void nn_run_conv_2d_i8(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);
	struct nn_output_stage stage = nn_operator_stage(model, op);

	nn_conv_2d_i8(&window, nn_input_data(model, op, 0, arena),
		      nn_tensor_zero_point(model, nn_model_operand(model, op, 0)), nn_input_data(model, op, 1, arena),
		      nn_tensor_zero_point(model, nn_model_operand(model, op, 1)), nn_input_data(model, op, 2, arena),
		      &stage, nn_output_data(model, op, arena));
	nn_operator_limit_channels(model, op, arena);
}

void nn_run_conv_2d_i16(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);
	struct nn_output_stage stage = nn_operator_stage(model, op);

	nn_conv_2d_i16(&window, nn_input_data(model, op, 0, arena), nn_input_data(model, op, 1, arena),
		       nn_input_data(model, op, 2, arena), &stage, nn_output_data(model, op, arena));
	nn_operator_limit_channels(model, op, arena);
}
