/* SPDX-License-Identifier: Apache-2.0 */
/* transpose.c - dimensions in another order. */
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

struct nn_turn nn_operator_turn(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	struct nn_turn turn = {.size = out->bytes / nn_tensor_elements(out)};
	uint32_t stride = turn.size, strides[NN_DIMS_MAX];

	for (unsigned d = NN_DIMS_MAX; d-- > 0;) {
		turn.out[d] = out->shape[d];
		strides[d] = stride;
		stride *= in->shape[d];
	}
	for (unsigned d = 0; d < in->dims; d++)
		turn.steps[d] = strides[op->parameters[d]];
	return turn;
}

void nn_run_transpose(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_turn turn = nn_operator_turn(model, op);

	nn_transpose(&turn, nn_input_data(model, op, 0, arena), nn_output_data(model, op, arena));
}
