/* SPDX-License-Identifier: Apache-2.0 */
/* concat.c - inputs side by side along one dimension. */
#include "nn/runtime/ops.h"

int nn_check_concat(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		    uint64_t *ret_work)
{
	const struct nn_tensor *out = nn_operator_output(model, op);
	uint32_t axis = (uint32_t)op->parameters[0];
	uint64_t sum = 0;

	if (axis >= out->dims || op->activation)
		return NN_ERROR_SHAPE;
	for (unsigned i = 0; i < op->inputs; i++) {
		const struct nn_tensor *in = nn_model_operand(model, op, i);

		if (in->type != out->type)
			return NN_ERROR_TYPE;
		if (in->dims != out->dims)
			return NN_ERROR_SHAPE;
		for (uint32_t d = 0; d < NN_DIMS_MAX; d++)
			if (d != axis && in->shape[d] != out->shape[d])
				return NN_ERROR_SHAPE;
		if (nn_is_integer(variant) &&
		    (in->scale_count != 1 || out->scale_count != 1 || !nn_same_scale(model, in, out)))
			return NN_ERROR_QUANTISATION;
		sum += in->shape[axis];
	}
	*ret_work = nn_tensor_elements(out);
	return sum == out->shape[axis] ? nn_check_types(model, op, variant, 0) : NN_ERROR_SHAPE;
}

void nn_run_concat(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *out = nn_operator_output(model, op);
	uint8_t *to = nn_output_data(model, op, arena);
	uint32_t rows = 1, row;

	for (int32_t d = 0; d < op->parameters[0]; d++)
		rows *= out->shape[d];
	row = out->bytes / rows;
	for (unsigned i = 0; i < op->inputs; i++) {
		uint32_t part = nn_model_operand(model, op, i)->bytes / rows;

		nn_copy_rows(rows, part, nn_input_data(model, op, i, arena), part, to, row);
		to += part;
	}
}
