/* SPDX-License-Identifier: Apache-2.0 */
/* macc.c - see macc.h. */
#include "nn/tool/macc.h"

#include "nn/runtime/value.h"

enum {
	SOFTMAX = 15,
	SOFTMAX_CONVERSIONS = 4,
	/* ST's reports that were seen have none of these: what an exponential with a division is likely to cost. */
	TRANSCENDENTAL = 10,
};

static uint64_t elements(const struct nn_model *model, const struct nn_operator *op, unsigned operand)
{
	return nn_tensor_elements(nn_model_operand(model, op, operand));
}

/* The ends of a network that was uint8: 128 off every number, which is not of the network. */
static bool is_sign_change(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_model_operand(model, op, op->inputs);

	return (in->type == NN_TYPE_U8) != (out->type == NN_TYPE_U8) && in->type != NN_TYPE_F32 &&
	       out->type != NN_TYPE_F32 && nn_value_scale(model, in) == nn_value_scale(model, out);
}

/* Weights with a zero point, as uint8 networks have: ST's reports count no activation there. */
static bool has_asymmetric_weights(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *weights = nn_model_operand(model, op, 1);

	switch (op->code) {
	case NN_OPERATOR_CONV_2D:
	case NN_OPERATOR_DEPTHWISE_CONV_2D:
	case NN_OPERATOR_DENSE:
		return weights->scale_count == 1 && nn_value_zero_point(model, weights);
	default:
		return false;
	}
}

/* Without activation. */
static uint64_t count(const struct nn_model *model, const struct nn_operator *op)
{
	uint64_t out = elements(model, op, op->inputs);
	const int32_t *p = op->parameters;
	const struct nn_tensor *weights;

	switch (op->code) {
	case NN_OPERATOR_CONV_2D:
		weights = nn_model_operand(model, op, 1);
		return out * weights->shape[0] * weights->shape[1] * weights->shape[2] + weights->shape[3];
	case NN_OPERATOR_DEPTHWISE_CONV_2D:
		weights = nn_model_operand(model, op, 1);
		return out * weights->shape[0] * weights->shape[1] + (uint64_t)weights->shape[2] * weights->shape[3];
	case NN_OPERATOR_DENSE:
		return elements(model, op, 1) + out;
	case NN_OPERATOR_MAX_POOL_2D:
	case NN_OPERATOR_AVERAGE_POOL_2D:
		return out * (uint64_t)p[NN_PARAMETER_KERNEL_H] * (uint64_t)p[NN_PARAMETER_KERNEL_W];
	case NN_OPERATOR_MEAN:
		return elements(model, op, 0);
	case NN_OPERATOR_SOFTMAX:
		return SOFTMAX * out;
	case NN_OPERATOR_BATCH_NORM:
		return 2 * out;
	case NN_OPERATOR_ADD:
	case NN_OPERATOR_SUBTRACT:
	case NN_OPERATOR_MULTIPLY:
	case NN_OPERATOR_LEAKY_RELU:
		return out;
	case NN_OPERATOR_SIGMOID:
	case NN_OPERATOR_TANH:
	case NN_OPERATOR_HARD_SWISH:
		return TRANSCENDENTAL * out;
	case NN_OPERATOR_QUANTIZE:
		return is_sign_change(model, op) ? 0 : 2 * out;
	case NN_OPERATOR_DEQUANTIZE:
		return 2 * out;
	default:
		return 0;
	}
}

/* Whether the values are integers, and not weights alone. */
static bool is_integer(const struct nn_model *model, const struct nn_operator *op)
{
	return nn_model_operand(model, op, 0)->type != NN_TYPE_F32;
}

struct macc macc_of_operator(const struct nn_model *model, const struct nn_operator *op)
{
	uint64_t out = elements(model, op, op->inputs), n = count(model, op);
	struct macc macc = {n, n};

	if ((op->activation != NN_ACTIVATION_NONE || op->inputs == 4) &&
	    !has_asymmetric_weights(model, op)) { /* limits are an activation of another kind */
		macc.network += out;
		macc.code += is_integer(model, op) ? 0 : out;
	}
	if (op->code == NN_OPERATOR_SOFTMAX && is_integer(model, op))
		macc.code += SOFTMAX_CONVERSIONS * out;
	return macc;
}

struct macc macc_of_model(const struct nn_model *model)
{
	struct macc sum = {0};

	for (uint32_t i = 0; i < model->operator_count; i++) {
		struct macc macc = macc_of_operator(model, &model->operators[i]);

		sum.network += macc.network;
		sum.code += macc.code;
	}
	return sum;
}
