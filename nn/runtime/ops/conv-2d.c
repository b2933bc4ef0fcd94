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
