/* SPDX-License-Identifier: Apache-2.0 */
/* dense.c - every output from all inputs: a convolution of one pixel with itself. */
#include "nn/runtime/ops.h"

int nn_check_dense(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		   uint64_t *ret_work)
{
	const struct nn_tensor *weights = nn_model_operand(model, op, 1);

	if (weights->dims != 2 || weights->shape[0] != nn_tensor_elements(nn_model_operand(model, op, 0)) ||
	    weights->shape[1] != nn_tensor_elements(nn_operator_output(model, op)))
		return NN_ERROR_SHAPE;
	*ret_work = nn_tensor_elements(weights);
	return nn_check_weights(model, op, variant, weights->shape[1], weights->shape[0]);
}

struct nn_window nn_operator_dense_window(const struct nn_model *model, const struct nn_operator *op)
{
	const uint32_t *shape = nn_model_operand(model, op, 1)->shape;

	return (struct nn_window){
		.in_h = 1,
		.in_w = 1,
		.in_c = (int32_t)shape[0],
		.out_h = 1,
		.out_w = 1,
		.out_c = (int32_t)shape[1],
		.kernel_h = 1,
		.kernel_w = 1,
		.stride_h = 1,
		.stride_w = 1,
		.dilation_h = 1,
		.dilation_w = 1,
	};
}

void nn_run_dense_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const uint32_t *shape = nn_model_operand(model, op, 1)->shape;

	nn_dense_f32((int32_t)shape[0], (int32_t)shape[1], nn_input_data(model, op, 0, arena),
		     nn_input_data(model, op, 1, arena), nn_input_data(model, op, 2, arena), nn_operator_range(op),
		     nn_output_data(model, op, arena));
	nn_operator_limit_channels(model, op, arena);
}
