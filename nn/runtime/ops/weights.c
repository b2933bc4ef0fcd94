/* SPDX-License-Identifier: Apache-2.0 */
/* weights.c - weights and biases of convolutions and dense layers: their types, and that no sum can overflow. */
#include "nn/runtime/math.h"
#include "nn/runtime/ops.h"

static const uint8_t weight_types[] = {
	[NN_VARIANT_F32] = NN_TYPE_F32, [NN_VARIANT_F16] = NN_TYPE_F16, [NN_VARIANT_HYBRID] = NN_TYPE_I8,
	[NN_VARIANT_I8] = NN_TYPE_I8,	[NN_VARIANT_I16] = NN_TYPE_I8,
};
static const uint8_t bias_types[] = {
	[NN_VARIANT_F32] = NN_TYPE_F32, [NN_VARIANT_F16] = NN_TYPE_F32, [NN_VARIANT_HYBRID] = NN_TYPE_F32,
	[NN_VARIANT_I8] = NN_TYPE_I32,	[NN_VARIANT_I16] = NN_TYPE_I64,
};

/* The largest sum of 8-bit products: inputs differ from their zero point by at most 255, weights by 128 + |theirs|. */
static int check_sums_i8(const int32_t *bias, uint32_t channels, uint64_t products, int32_t weights_zero)
{
	uint64_t bound = products * 255 * (uint64_t)(128 + (weights_zero < 0 ? -weights_zero : weights_zero));

	if (products > INT32_MAX || bound > INT32_MAX)
		return NN_ERROR_LIMIT;
	for (uint32_t i = 0; i < channels; i++)
		if (!nn_within(bias[i], (int64_t)bound - INT32_MAX, INT32_MAX - (int64_t)bound))
			return NN_ERROR_LIMIT;
	return 0;
}

static int check_sums_i16(const int64_t *bias, uint32_t channels, uint64_t products)
{
	const int64_t most = INT64_C(1) << 46;

	if (products > (uint64_t)most >> 22)
		return NN_ERROR_LIMIT;
	for (uint32_t i = 0; i < channels; i++)
		if (!nn_within(bias[i], -most, most))
			return NN_ERROR_LIMIT;
	return 0;
}

static int check_integer(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
			 uint32_t channels, uint64_t products)
{
	const void *bias = nn_input_data(model, op, 2, NULL);
	int32_t zero_point = nn_tensor_zero_point(model, nn_model_operand(model, op, 1));

	if (variant == NN_VARIANT_I8)
		return nn_within(zero_point, INT8_MIN, INT8_MAX) ? check_sums_i8(bias, channels, products, zero_point)
								 : NN_ERROR_QUANTISATION;
	if (zero_point)
		return NN_ERROR_QUANTISATION;
	if (variant == NN_VARIANT_I16)
		return check_sums_i16(bias, channels, products);
	return products > INT16_MAX ? NN_ERROR_LIMIT : 0;
}

/* Limits of each channel are constants of the output's type, and stand in the place of an activation. */
static bool limits_fit(const struct nn_model *model, const struct nn_operator *op, uint32_t channels)
{
	const struct nn_tensor *limits = nn_model_operand(model, op, 3);

	return (limits->flags & NN_TENSOR_CONSTANT) && limits->type == nn_operator_output(model, op)->type &&
	       limits->dims == 2 && limits->shape[0] == 2 && limits->shape[1] == channels &&
	       op->activation == NN_ACTIVATION_NONE;
}

int nn_check_weights(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		     uint32_t channels, uint64_t products)
{
	const struct nn_tensor *weights = nn_model_operand(model, op, 1);
	uint32_t multipliers = nn_is_integer(variant) ? op->multiplier_count : 0;
	int error;

	if (weights->type != weight_types[variant])
		return NN_ERROR_TYPE;
	if (!(weights->flags & NN_TENSOR_CONSTANT))
		return NN_ERROR_SHAPE;
	error = nn_check_vector(model, op, 2, bias_types[variant], channels);
	if (error)
		return error;
	if (op->inputs == 4 && !limits_fit(model, op, channels))
		return NN_ERROR_SHAPE;
	if (nn_is_integer(variant) && multipliers != 1 && multipliers != channels)
		return NN_ERROR_QUANTISATION;
	error = nn_check_types(model, op, variant, multipliers);
	if (error || weights->type != NN_TYPE_I8)
		return error;
	if (weights->scale_count != 1 && weights->scale_count != channels)
		return NN_ERROR_QUANTISATION;
	return check_integer(model, op, variant, channels, products);
}

struct nn_weight_scales nn_operator_weight_scales(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *weights = nn_model_operand(model, op, 1);

	return (struct nn_weight_scales){
		.scales = nn_tensor_scales(model, weights),
		.step = weights->scale_count > 1,
		.dynamic = op->parameters[NN_PARAMETER_HYBRID] == NN_HYBRID_DYNAMIC,
	};
}

void nn_operator_limit_channels(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *out = nn_operator_output(model, op);
	int32_t count = (int32_t)nn_tensor_elements(out), n;
	const void *limits;

	if (op->inputs < 4)
		return;
	n = (int32_t)nn_model_operand(model, op, 3)->shape[1];
	limits = nn_input_data(model, op, 3, arena);
	if (out->type == NN_TYPE_F32)
		nn_limit_channels_f32(count, n, limits, nn_output_data(model, op, arena));
	else if (out->type == NN_TYPE_I8)
		nn_limit_channels_i8(count, n, limits, nn_output_data(model, op, arena));
	else
		nn_limit_channels_i16(count, n, limits, nn_output_data(model, op, arena));
}
