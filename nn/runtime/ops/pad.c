/* SPDX-License-Identifier: Apache-2.0 */
/* pad.c - a border of one value around a tensor. */
#include <string.h>

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

static void fill(void *to, uint32_t elements, size_t size, int32_t value)
{
	for (uint32_t i = 0; i < elements; i++)
		memcpy((uint8_t *)to + i * size, &value, size);
}

void nn_run_pad(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	const int32_t *before = op->parameters + NN_PARAMETER_PAD_BEFORE;
	const uint8_t *from = nn_input_data(model, op, 0, arena);
	uint8_t *to = nn_output_data(model, op, arena);
	size_t size = out->bytes / nn_tensor_elements(out), row = in->shape[3] * size;

	fill(to, nn_tensor_elements(out), size, op->parameters[NN_PARAMETER_PAD_VALUE]);
	for (uint32_t i = 0; i < in->shape[0]; i++)
		for (uint32_t j = 0; j < in->shape[1]; j++)
			for (uint32_t k = 0; k < in->shape[2]; k++, from += row) {
				size_t y = (i + (uint32_t)before[0]) * out->shape[1] + j + (uint32_t)before[1];
				size_t x = y * out->shape[2] + k + (uint32_t)before[2];

				memcpy(to + (x * out->shape[3] + (uint32_t)before[3]) * size, from, row);
			}
}
