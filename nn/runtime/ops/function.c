/* SPDX-License-Identifier: Apache-2.0 */
/* function.c - sigmoid, tanh, hard-swish and leaky ReLU: computed in float, looked up in a table by integers. */
#include "nn/runtime/math.h"
#include "nn/runtime/ops.h"

enum {
	TABLE_I8 = 256,
	TABLE_I16 = 513,
};

int nn_check_function(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		      uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	int error;

	if (!nn_same_shape(in, nn_operator_output(model, op)))
		return NN_ERROR_SHAPE;
	if (op->inputs != (nn_is_integer(variant) ? 2 : 1) || op->activation)
		return NN_ERROR_OPERATOR;
	*ret_work = nn_tensor_elements(in);
	error = nn_check_types(model, op, variant, 0);
	if (error || !nn_is_integer(variant))
		return error;
	return nn_check_vector(model, op, 1, in->type, variant == NN_VARIANT_I8 ? TABLE_I8 : TABLE_I16);
}

void nn_run_function_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	int32_t n = (int32_t)nn_tensor_elements(nn_operator_output(model, op));
	const float *in = nn_input_data(model, op, 0, arena);
	float *out = nn_output_data(model, op, arena);

	switch (op->code) {
	case NN_OPERATOR_LEAKY_RELU:
		nn_leaky_relu_f32(n, nn_parameter_float(op->parameters[0]), in, out);
		break;
	case NN_OPERATOR_SIGMOID:
		nn_sigmoid_f32(n, in, out);
		break;
	case NN_OPERATOR_TANH:
		nn_tanh_f32(n, in, out);
		break;
	default:
		nn_hard_swish_f32(n, in, out);
		break;
	}
}

void nn_run_lookup(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	int32_t n = (int32_t)nn_tensor_elements(in);

	if (in->type == NN_TYPE_I8)
		nn_lookup_i8(n, nn_input_data(model, op, 0, arena), nn_input_data(model, op, 1, arena),
			     nn_output_data(model, op, arena));
	else
		nn_lookup_i16(n, nn_input_data(model, op, 0, arena), nn_input_data(model, op, 1, arena),
			      nn_output_data(model, op, arena));
}
