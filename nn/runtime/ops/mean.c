/* SPDX-License-Identifier: Apache-2.0 */
/* mean.c - the mean over any dimensions. */
#include "nn/runtime/ops.h"

enum {
	SUMMANDS_MAX = 1 << 15,
};

static bool taken(const struct nn_operator *op, unsigned d)
{
	return ((uint32_t)op->parameters[0] >> d) & 1;
}

int nn_check_mean(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		  uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	uint32_t kept = 1, at = 0;

	if ((uint32_t)op->parameters[0] >> in->dims || !op->parameters[0])
		return NN_ERROR_SHAPE;
	/* What is kept comes in the same order; anything else in the output is 1. */
	for (unsigned d = 0; d < in->dims; d++) {
		if (taken(op, d) || in->shape[d] == 1)
			continue;
		kept *= in->shape[d];
		while (at < out->dims && out->shape[at] == 1)
			at++;
		if (at == out->dims || out->shape[at++] != in->shape[d])
			return NN_ERROR_SHAPE;
	}
	if (kept != nn_tensor_elements(out))
		return NN_ERROR_SHAPE;
	*ret_work = nn_tensor_elements(in);
	if (nn_is_integer(variant) && nn_tensor_elements(in) / kept > SUMMANDS_MAX)
		return NN_ERROR_LIMIT;
	return nn_check_types(model, op, variant, nn_is_integer(variant));
}

struct nn_mean nn_operator_mean(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	struct nn_mean mean = {.kept = 1, .summands = 1};
	uint32_t stride = 1;

	for (unsigned d = NN_DIMS_MAX; d-- > 0;) {
		bool sum = taken(op, d);

		mean.kept_shape[d] = sum ? 1 : in->shape[d];
		mean.taken_shape[d] = sum ? in->shape[d] : 1;
		mean.stride[d] = stride;
		mean.kept *= mean.kept_shape[d];
		mean.summands *= mean.taken_shape[d];
		stride *= in->shape[d];
	}
	return mean;
}

void nn_run_mean_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_mean mean = nn_operator_mean(model, op);

	nn_mean_f32(&mean, nn_input_data(model, op, 0, arena), nn_operator_range(op), nn_output_data(model, op, arena));
}

void nn_run_mean_integer(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	struct nn_output_stage stage = nn_operator_stage(model, op);
	struct nn_mean mean = nn_operator_mean(model, op);

	if (in->type == NN_TYPE_I16)
		nn_mean_i16(&mean, nn_input_data(model, op, 0, arena), &stage, nn_output_data(model, op, arena));
	else
		nn_mean_i8(&mean, nn_input_data(model, op, 0, arena), nn_tensor_zero_point(model, in), &stage,
			   nn_output_data(model, op, arena));
}
