/* SPDX-License-Identifier: Apache-2.0 */
/* transpose.c - dimensions in another order. */
#include <string.h>

#include "nn/runtime/ops.h"

int nn_check_transpose(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		       uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	uint32_t seen = 0;

	if (in->dims != out->dims || op->activation)
		return NN_ERROR_SHAPE;
	for (uint32_t d = 0; d < in->dims; d++) {
		uint32_t from = (uint32_t)op->parameters[d];

		if (from >= in->dims || (seen & (1u << from)) || in->shape[from] != out->shape[d])
			return NN_ERROR_SHAPE;
		seen |= 1u << from;
	}
	*ret_work = nn_tensor_elements(in);
	if (nn_is_integer(variant) && (in->scale_count != 1 || out->scale_count != 1 || !nn_same_scale(model, in, out)))
		return NN_ERROR_QUANTISATION;
	return nn_check_types(model, op, variant, 0);
}

void nn_run_transpose(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	const uint8_t *from = nn_input_data(model, op, 0, arena);
	uint8_t *to = nn_output_data(model, op, arena);
	size_t size = out->bytes / nn_tensor_elements(out), stride = size, strides[NN_DIMS_MAX],
	       steps[NN_DIMS_MAX] = {0};

	for (unsigned d = NN_DIMS_MAX; d-- > 0;) {
		strides[d] = stride;
		stride *= in->shape[d];
	}
	for (unsigned d = 0; d < in->dims; d++)
		steps[d] = strides[op->parameters[d]];
	for (uint32_t i = 0; i < out->shape[0]; i++)
		for (uint32_t j = 0; j < out->shape[1]; j++)
			for (uint32_t k = 0; k < out->shape[2]; k++)
				for (uint32_t l = 0; l < out->shape[3]; l++, to += size)
					memcpy(to, from + i * steps[0] + j * steps[1] + k * steps[2] + l * steps[3],
					       size);
}
