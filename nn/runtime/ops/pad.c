/* SPDX-License-Identifier: Apache-2.0 */
/* pad.c - a border of one value around a tensor. */
#include "nn/runtime/ops.h"

int nn_check_pad(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		 uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	const int32_t *before = op->parameters + NN_PARAMETER_PAD_BEFORE;
	const int32_t *behind = op->parameters + NN_PARAMETER_PAD_BEHIND;

	if (in->dims != out->dims || op->activation)
		return NN_ERROR_SHAPE;
	for (unsigned d = 0; d < NN_DIMS_MAX; d++)
		if (before[d] < 0 || behind[d] < 0 ||
		    (uint64_t)in->shape[d] + (uint64_t)before[d] + (uint64_t)behind[d] != out->shape[d])
			return NN_ERROR_SHAPE;
	*ret_work = nn_tensor_elements(out);
	if (nn_is_integer(variant) && (in->scale_count != 1 || out->scale_count != 1 || !nn_same_scale(model, in, out)))
		return NN_ERROR_QUANTISATION;
	return nn_check_types(model, op, variant, 0);
}

struct nn_padding nn_operator_padding(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	struct nn_padding padding = {
		.size = out->bytes / nn_tensor_elements(out),
		.value = op->parameters[NN_PARAMETER_PAD_VALUE],
	};

	for (unsigned d = 0; d < NN_DIMS_MAX; d++) {
		padding.in[d] = in->shape[d];
		padding.out[d] = out->shape[d];
		padding.before[d] = (uint32_t)op->parameters[NN_PARAMETER_PAD_BEFORE + d];
	}
	return padding;
}

void nn_run_pad(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_padding padding = nn_operator_padding(model, op);

	nn_pad(&padding, nn_input_data(model, op, 0, arena), nn_output_data(model, op, arena));
}
