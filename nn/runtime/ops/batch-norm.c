/* SPDX-License-Identifier: Apache-2.0 */
/* batch-norm.c - a factor and an offset for each channel. */
#include "nn/runtime/ops.h"

int nn_check_batch_norm(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
			uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	uint32_t channels = in->shape[in->dims - 1];
	int error = nn_check_types(model, op, variant, 0);

	if (!nn_same_shape(in, nn_operator_output(model, op)))
		return NN_ERROR_SHAPE;
	error = error ? error : nn_check_vector(model, op, 1, NN_TYPE_F32, channels);
	error = error ? error : nn_check_vector(model, op, 2, NN_TYPE_F32, channels);
	*ret_work = nn_tensor_elements(in);
	return error;
}

void nn_run_batch_norm_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	uint32_t channels = in->shape[in->dims - 1];

	nn_batch_norm_f32((int32_t)(nn_tensor_elements(in) / channels), (int32_t)channels,
			  nn_input_data(model, op, 0, arena), nn_input_data(model, op, 1, arena),
			  nn_input_data(model, op, 2, arena), nn_operator_range(op), nn_output_data(model, op, arena));
}
