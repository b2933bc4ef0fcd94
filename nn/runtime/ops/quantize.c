/* SPDX-License-Identifier: Apache-2.0 */
/* quantize.c - between float and integers, and from one integer type to another. */
#include "nn/runtime/kernels/half.h"
#include "nn/runtime/math.h"
#include "nn/runtime/ops.h"

static bool is_integer_type(uint8_t type)
{
	return type == NN_TYPE_I8 || type == NN_TYPE_U8 || type == NN_TYPE_I16;
}

int nn_check_quantize(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		      uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);

	if (!nn_same_shape(in, out) || op->activation)
		return NN_ERROR_SHAPE;
	if (!is_integer_type(out->type) || (!is_integer_type(in->type) && in->type != NN_TYPE_F32))
		return NN_ERROR_TYPE;
	*ret_work = nn_tensor_elements(in);
	if (!nn_is_quantised(model, out))
		return NN_ERROR_QUANTISATION;
	return nn_check_types(model, op, variant, in->type != NN_TYPE_F32);
}

int nn_check_dequantize(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
			uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);

	if (!nn_same_shape(in, out) || op->activation)
		return NN_ERROR_SHAPE;
	if (out->type != NN_TYPE_F32 || (!is_integer_type(in->type) && in->type != NN_TYPE_F16))
		return NN_ERROR_TYPE;
	*ret_work = nn_tensor_elements(in);
	if (in->type != NN_TYPE_F16 && !nn_is_quantised(model, in))
		return NN_ERROR_QUANTISATION;
	return nn_check_types(model, op, variant, 0);
}

static int32_t load(const void *values, uint32_t i, uint8_t type)
{
	return type == NN_TYPE_I16  ? ((const int16_t *)values)[i]
	       : type == NN_TYPE_U8 ? ((const uint8_t *)values)[i]
				    : ((const int8_t *)values)[i];
}

static void store(void *values, uint32_t i, uint8_t type, int32_t x)
{
	if (type == NN_TYPE_I16)
		((int16_t *)values)[i] = (int16_t)x;
	else if (type == NN_TYPE_U8)
		((uint8_t *)values)[i] = (uint8_t)x;
	else
		((int8_t *)values)[i] = (int8_t)x;
}

/* x / scale to the nearest integer, halves away from zero; NaN becomes the zero point. */
static int32_t quantise(float x, float scale, int32_t zero_point, uint8_t type)
{
	int32_t low = type == NN_TYPE_I16 ? INT16_MIN : type == NN_TYPE_U8 ? 0 : INT8_MIN;
	int32_t high = type == NN_TYPE_I16 ? INT16_MAX : type == NN_TYPE_U8 ? UINT8_MAX : INT8_MAX;
	float q = x / scale, rest;
	int32_t whole;

	if (!(q > -70000 && q < 70000))
		return q >= 70000 ? high : q <= -70000 ? low : zero_point;
	whole = (int32_t)q;
	rest = q - (float)whole;
	return nn_limit(zero_point + whole + (rest >= 0.5f) - (rest <= -0.5f), low, high);
}

void nn_run_quantize(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	uint32_t n = nn_tensor_elements(in);
	const void *from = nn_input_data(model, op, 0, arena);
	void *to = nn_output_data(model, op, arena);

	if (in->type == NN_TYPE_F32) {
		float scale = *nn_tensor_scales(model, out);
		int32_t zero_point = nn_tensor_zero_point(model, out);

		for (uint32_t i = 0; i < n; i++)
			store(to, i, out->type, quantise(((const float *)from)[i], scale, zero_point, out->type));
	} else {
		struct nn_output_stage stage = nn_operator_stage(model, op);
		int32_t zero_point = nn_tensor_zero_point(model, in);

		for (uint32_t i = 0; i < n; i++)
			store(to, i, out->type, nn_stage(&stage, 0, load(from, i, in->type) - zero_point));
	}
}

void nn_run_dequantize(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	uint32_t n = nn_tensor_elements(in);
	const void *from = nn_input_data(model, op, 0, arena);
	float *to = nn_output_data(model, op, arena);

	if (in->type == NN_TYPE_F16) {
		for (uint32_t i = 0; i < n; i++)
			to[i] = nn_half(((const uint16_t *)from)[i]);
		return;
	}
	float scale = *nn_tensor_scales(model, in);
	int32_t zero_point = nn_tensor_zero_point(model, in);

	for (uint32_t i = 0; i < n; i++)
		to[i] = (float)(load(from, i, in->type) - zero_point) * scale;
}
