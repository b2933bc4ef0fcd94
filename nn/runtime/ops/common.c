/* SPDX-License-Identifier: Apache-2.0 */
/* common.c - what the operators share: views of their numbers, and checks of types and quantisation. */
#include <float.h>
#include <string.h>

#include "nn/runtime/ops.h"

enum {
	SHIFT_MIN = -31,
	SHIFT_MAX = 30,
	SHIFT_MAX_WIDE = 14, /* of a 64-bit sum */
};

float nn_parameter_float(int32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

struct nn_range nn_operator_range(const struct nn_operator *op)
{
	struct nn_range range = {-FLT_MAX, FLT_MAX};

	if (op->activation != NN_ACTIVATION_NONE)
		range.low = 0;
	if (op->activation == NN_ACTIVATION_RELU6)
		range.high = 6;
	return range;
}

struct nn_output_stage nn_operator_stage(const struct nn_model *model, const struct nn_operator *op)
{
	return (struct nn_output_stage){
		.multipliers = nn_operator_multipliers(model, op),
		.shifts = nn_operator_shifts(model, op),
		.step = op->multiplier_count > 1,
		.zero_point = nn_tensor_zero_point(model, nn_operator_output(model, op)),
		.low = op->low,
		.high = op->high,
		.single = op->rounding == NN_ROUNDING_SINGLE,
	};
}

bool nn_within(int64_t x, int64_t low, int64_t high)
{
	return x >= low && x <= high;
}

bool nn_is_vector(const struct nn_tensor *tensor, uint32_t n)
{
	return tensor->dims == 1 && tensor->shape[0] == n;
}

bool nn_same_shape(const struct nn_tensor *a, const struct nn_tensor *b)
{
	return a->dims == b->dims && !memcmp(a->shape, b->shape, sizeof(a->shape));
}

bool nn_is_quantised(const struct nn_model *model, const struct nn_tensor *tensor)
{
	if (tensor->scale_count != 1)
		return false;

	int32_t zero_point = nn_tensor_zero_point(model, tensor);

	switch (tensor->type) {
	case NN_TYPE_I8:
		return nn_within(zero_point, INT8_MIN, INT8_MAX);
	case NN_TYPE_U8:
		return nn_within(zero_point, 0, UINT8_MAX);
	case NN_TYPE_I16:
		return zero_point == 0;
	default:
		return false;
	}
}

bool nn_same_scale(const struct nn_model *model, const struct nn_tensor *a, const struct nn_tensor *b)
{
	return nn_tensor_zero_point(model, a) == nn_tensor_zero_point(model, b) &&
	       !memcmp(nn_tensor_scales(model, a), nn_tensor_scales(model, b), sizeof(float));
}

static int check_multipliers(const struct nn_model *model, const struct nn_operator *op, int32_t shift_max)
{
	const int32_t *multipliers = nn_operator_multipliers(model, op), *shifts = nn_operator_shifts(model, op);

	for (uint32_t i = 0; i < op->multiplier_count; i++)
		if (multipliers[i] < 0 || !nn_within(shifts[i], SHIFT_MIN, shift_max))
			return NN_ERROR_QUANTISATION;
	return 0;
}

/* More than one of `multipliers` means: as many, or one for all. */
int nn_check_types(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		   uint32_t multipliers)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	bool wide_sums = variant == NN_VARIANT_I16 &&
			 (op->code == NN_OPERATOR_CONV_2D || op->code == NN_OPERATOR_DEPTHWISE_CONV_2D ||
			  op->code == NN_OPERATOR_DENSE || op->code == NN_OPERATOR_MEAN);
	int32_t low = out->type == NN_TYPE_I16 ? INT16_MIN : out->type == NN_TYPE_U8 ? 0 : INT8_MIN;
	int32_t high = out->type == NN_TYPE_I16 ? INT16_MAX : out->type == NN_TYPE_U8 ? UINT8_MAX : INT8_MAX;

	if (in->type == NN_TYPE_F32 || out->type == NN_TYPE_F32)
		return op->rounding || op->multiplier_count || op->low || op->high ? NN_ERROR_TYPE : 0;
	if (!nn_is_quantised(model, in) || !nn_is_quantised(model, out) ||
	    !nn_within(op->rounding, NN_ROUNDING_SINGLE, NN_ROUNDING_DOUBLE) || op->multiplier_count != multipliers ||
	    op->low > op->high || op->low < low || op->high > high)
		return NN_ERROR_QUANTISATION;
	return check_multipliers(model, op, wide_sums ? SHIFT_MAX_WIDE : SHIFT_MAX);
}

int nn_check_vector(const struct nn_model *model, const struct nn_operator *op, unsigned i, uint8_t type, uint32_t n)
{
	const struct nn_tensor *tensor = nn_model_operand(model, op, i);

	if (tensor->type != type)
		return NN_ERROR_TYPE;
	return nn_is_vector(tensor, n) && (tensor->flags & NN_TENSOR_CONSTANT) ? 0 : NN_ERROR_SHAPE;
}
