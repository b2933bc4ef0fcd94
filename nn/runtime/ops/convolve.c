/* SPDX-License-Identifier: Apache-2.0 */
/*
 * convolve.c - runs convolutions of both kinds, and dense layers, which are convolutions of one pixel: their kernels want the
 * same arguments.
 */
#include "nn/runtime/ops.h"

static bool is_depthwise(const struct nn_operator *op)
{
	return op->code == NN_OPERATOR_DEPTHWISE_CONV_2D;
}

void nn_run_convolve_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);

	(is_depthwise(op) ? nn_depthwise_conv_2d_f32 : nn_conv_2d_f32)(
		&window, nn_input_data(model, op, 0, arena), nn_input_data(model, op, 1, arena),
		nn_input_data(model, op, 2, arena), nn_operator_range(op), nn_output_data(model, op, arena));
	nn_operator_limit_channels(model, op, arena);
}

void nn_run_convolve_f16(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);

	(is_depthwise(op) ? nn_depthwise_conv_2d_f16 : nn_conv_2d_f16)(
		&window, nn_input_data(model, op, 0, arena), nn_input_data(model, op, 1, arena),
		nn_input_data(model, op, 2, arena), nn_operator_range(op), nn_output_data(model, op, arena));
	nn_operator_limit_channels(model, op, arena);
}

void nn_run_convolve_hybrid(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);
	struct nn_weight_scales scales = nn_operator_weight_scales(model, op);

	(is_depthwise(op) ? nn_depthwise_conv_2d_hybrid : nn_conv_2d_hybrid)(
		&window, nn_input_data(model, op, 0, arena), nn_input_data(model, op, 1, arena), &scales,
		nn_input_data(model, op, 2, arena), nn_operator_range(op), nn_output_data(model, op, arena));
	nn_operator_limit_channels(model, op, arena);
}

void nn_run_convolve_i8(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);
	struct nn_output_stage stage = nn_operator_stage(model, op);

	(is_depthwise(op) ? nn_depthwise_conv_2d_i8 : nn_conv_2d_i8)(
		&window, nn_input_data(model, op, 0, arena),
		nn_tensor_zero_point(model, nn_model_operand(model, op, 0)), nn_input_data(model, op, 1, arena),
		nn_tensor_zero_point(model, nn_model_operand(model, op, 1)), nn_input_data(model, op, 2, arena), &stage,
		nn_output_data(model, op, arena));
	nn_operator_limit_channels(model, op, arena);
}

void nn_run_convolve_i16(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);
	struct nn_output_stage stage = nn_operator_stage(model, op);

	(is_depthwise(op) ? nn_depthwise_conv_2d_i16 : nn_conv_2d_i16)(
		&window, nn_input_data(model, op, 0, arena), nn_input_data(model, op, 1, arena),
		nn_input_data(model, op, 2, arena), &stage, nn_output_data(model, op, arena));
	nn_operator_limit_channels(model, op, arena);
}
