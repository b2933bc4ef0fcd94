/* SPDX-License-Identifier: Apache-2.0 */
/* mean.c - the mean over any dimensions. The integer multiplier has the number of summands in it. */
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

/* The four dimensions of the input in the order kept ones, then taken ones, each with its stride. */
struct walk {
	uint32_t kept, summands;
	uint32_t kept_shape[NN_DIMS_MAX], kept_stride[NN_DIMS_MAX], taken_shape[NN_DIMS_MAX], taken_stride[NN_DIMS_MAX];
};

static struct walk walk_of(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	struct walk walk = {.kept = 1, .summands = 1};
	uint32_t stride = 1;

	for (unsigned d = NN_DIMS_MAX; d-- > 0;) {
		bool sum = taken(op, d);

		walk.kept_shape[d] = sum ? 1 : in->shape[d];
		walk.taken_shape[d] = sum ? in->shape[d] : 1;
		walk.kept_stride[d] = walk.taken_stride[d] = stride;
		walk.kept *= walk.kept_shape[d];
		walk.summands *= walk.taken_shape[d];
		stride *= in->shape[d];
	}
	return walk;
}

/* Offset of the i-th element of a part of the dimensions. */
static uint32_t offset_of(uint32_t i, const uint32_t shape[NN_DIMS_MAX], const uint32_t stride[NN_DIMS_MAX])
{
	uint32_t offset = 0;

	for (unsigned d = NN_DIMS_MAX; d-- > 0; i /= shape[d])
		offset += i % shape[d] * stride[d];
	return offset;
}

void nn_run_mean_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const float *in = nn_input_data(model, op, 0, arena);
	struct walk walk = walk_of(model, op);
	float *out = nn_output_data(model, op, arena), share = 1 / (float)walk.summands;

	for (uint32_t i = 0; i < walk.kept; i++) {
		uint32_t base = offset_of(i, walk.kept_shape, walk.kept_stride);
		float sum = 0;

		for (uint32_t j = 0; j < walk.summands; j++)
			sum += in[base + offset_of(j, walk.taken_shape, walk.taken_stride)];
		out[i] = nn_clamp(sum * share, nn_operator_range(op));
	}
}

void nn_run_mean_integer(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	struct nn_output_stage stage = nn_operator_stage(model, op);
	const void *from = nn_input_data(model, op, 0, arena);
	void *out = nn_output_data(model, op, arena);
	struct walk walk = walk_of(model, op);
	int32_t zero_point = nn_tensor_zero_point(model, in);
	bool wide = in->type == NN_TYPE_I16;

	for (uint32_t i = 0; i < walk.kept; i++) {
		uint32_t base = offset_of(i, walk.kept_shape, walk.kept_stride);
		int32_t sum = 0;

		for (uint32_t j = 0; j < walk.summands; j++) {
			uint32_t at = base + offset_of(j, walk.taken_shape, walk.taken_stride);

			sum += (wide ? ((const int16_t *)from)[at] : ((const int8_t *)from)[at]) - zero_point;
		}
		if (wide)
			((int16_t *)out)[i] = (int16_t)nn_stage(&stage, 0, sum);
		else
			((int8_t *)out)[i] = (int8_t)nn_stage(&stage, 0, sum);
	}
}
