/* SPDX-License-Identifier: Apache-2.0 */
/* activation.c - a ReLU by itself; integers also go to the output's scale. */
#include "nn/runtime/ops.h"

int nn_check_activation(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
			uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);

	if (!nn_same_shape(in, nn_operator_output(model, op)))
		return NN_ERROR_SHAPE;
	*ret_work = nn_tensor_elements(in);
	return nn_check_types(model, op, variant, nn_is_integer(variant));
}

void nn_run_activation_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	nn_clamp_f32((int32_t)nn_tensor_elements(nn_operator_output(model, op)), nn_input_data(model, op, 0, arena),
		     nn_operator_range(op), nn_output_data(model, op, arena));
}

void nn_run_requantise(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	struct nn_output_stage stage = nn_operator_stage(model, op);
	int32_t n = (int32_t)nn_tensor_elements(in), in_zero = nn_tensor_zero_point(model, in);

	if (in->type == NN_TYPE_I8)
		nn_requantise_i8(n, nn_input_data(model, op, 0, arena), in_zero, &stage,
				 nn_output_data(model, op, arena));
	else
		nn_requantise_i16(n, nn_input_data(model, op, 0, arena), in_zero, &stage,
				  nn_output_data(model, op, arena));
}
