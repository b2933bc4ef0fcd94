/* SPDX-License-Identifier: Apache-2.0 */
/* depthwise-conv-2d.c - convolutions of each channel by itself, into one or more. */
#include "nn/runtime/ops.h"

int nn_check_depthwise_conv_2d(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
			       uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *weights = nn_model_operand(model, op, 1);
	const struct nn_tensor *out = nn_operator_output(model, op);
	int error = nn_check_window(model, op, ret_work);

	if (error)
		return error;
	if (weights->shape[2] != in->shape[3] || (uint64_t)weights->shape[2] * weights->shape[3] != out->shape[3])
		return NN_ERROR_SHAPE;
	return nn_check_weights(model, op, variant, out->shape[3], (uint64_t)weights->shape[0] * weights->shape[1]);
}
