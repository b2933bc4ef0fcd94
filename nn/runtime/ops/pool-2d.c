/* SPDX-License-Identifier: Apache-2.0 */
/* pool-2d.c - the largest or the mean of a window. */
#include "nn/runtime/ops.h"

enum {
	TAPS_MAX = 1 << 15, /* of an integer pool: their sum stays within 32 bits */
};

int nn_check_pool_2d(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		     uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	const int32_t *p = op->parameters;
	int error = nn_check_window(model, op, ret_work);

	error = error ? error : nn_check_types(model, op, variant, 0);
	if (error)
		return error;
	/* With holes a window could miss the input altogether. */
	if (p[NN_PARAMETER_DILATION_H] != 1 || p[NN_PARAMETER_DILATION_W] != 1 || in->shape[3] != out->shape[3])
		return NN_ERROR_SHAPE;
	if (!nn_is_integer(variant))
		return 0;
	if (!nn_same_scale(model, in, out))
		return NN_ERROR_QUANTISATION;
	return p[NN_PARAMETER_KERNEL_H] * p[NN_PARAMETER_KERNEL_W] > TAPS_MAX ? NN_ERROR_LIMIT : 0;
}

void nn_run_max_pool_2d_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);

	nn_max_pool_2d_f32(&window, nn_input_data(model, op, 0, arena), nn_operator_range(op),
			   nn_output_data(model, op, arena));
}

void nn_run_max_pool_2d_i8(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);

	nn_max_pool_2d_i8(&window, nn_input_data(model, op, 0, arena), op->low, op->high,
			  nn_output_data(model, op, arena));
}

void nn_run_max_pool_2d_i16(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);

	nn_max_pool_2d_i16(&window, nn_input_data(model, op, 0, arena), op->low, op->high,
			   nn_output_data(model, op, arena));
}

void nn_run_average_pool_2d_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);

	nn_average_pool_2d_f32(&window, nn_input_data(model, op, 0, arena), nn_operator_range(op),
			       nn_output_data(model, op, arena));
}

void nn_run_average_pool_2d_i8(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);

	nn_average_pool_2d_i8(&window, nn_input_data(model, op, 0, arena), op->low, op->high,
			      nn_output_data(model, op, arena));
}

void nn_run_average_pool_2d_i16(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = nn_operator_window(model, op);

	nn_average_pool_2d_i16(&window, nn_input_data(model, op, 0, arena), op->low, op->high,
			       nn_output_data(model, op, arena));
}
