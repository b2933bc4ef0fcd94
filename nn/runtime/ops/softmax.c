/* SPDX-License-Identifier: Apache-2.0 */
/* softmax.c - probabilities of a row of logits. The 16-bit form brings its two tables as inputs. */
#include "nn/runtime/math.h"
#include "nn/runtime/ops.h"

enum {
	TABLE = 513,
	ROW_MAX_I8 = 4095, /* exponentials of which a 32-bit sum can't overflow */
	ROW_MAX_I16 = 65535,
};

static uint32_t row_of(const struct nn_tensor *in)
{
	return in->shape[in->dims - 1];
}

/* multipliers[0]: of differences; [1]: the lowest difference that counts */
static int check_i8(const struct nn_model *model, const struct nn_operator *op)
{
	const int32_t *multipliers = nn_operator_multipliers(model, op), *shifts = nn_operator_shifts(model, op);

	if (op->inputs != 1)
		return NN_ERROR_OPERATOR;
	if (op->multiplier_count != 2 || multipliers[0] < 0 || !nn_within(shifts[0], 0, 30) || multipliers[1] > 0)
		return NN_ERROR_QUANTISATION;
	return row_of(nn_model_operand(model, op, 0)) > ROW_MAX_I8 ? NN_ERROR_LIMIT : 0;
}

static int check_i16(const struct nn_model *model, const struct nn_operator *op)
{
	int error;

	if (op->inputs != 3)
		return NN_ERROR_OPERATOR;
	error = nn_check_types(model, op, NN_VARIANT_I16, 1);
	error = error ? error : nn_check_vector(model, op, 1, NN_TYPE_I16, TABLE);
	error = error ? error : nn_check_vector(model, op, 2, NN_TYPE_I16, TABLE);
	if (error)
		return error;
	return row_of(nn_model_operand(model, op, 0)) > ROW_MAX_I16 ? NN_ERROR_LIMIT : 0;
}

int nn_check_softmax(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		     uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);

	if (!nn_same_shape(in, nn_operator_output(model, op)))
		return NN_ERROR_SHAPE;
	*ret_work = nn_tensor_elements(in);
	if (variant == NN_VARIANT_I8)
		return check_i8(model, op);
	if (variant == NN_VARIANT_I16)
		return check_i16(model, op);
	if (op->inputs != 1 || !nn_is_finite(nn_parameter_float(op->parameters[0])))
		return NN_ERROR_OPERATOR;
	return nn_check_types(model, op, variant, 0);
}

void nn_run_softmax_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	float beta = op->parameters[0] ? nn_parameter_float(op->parameters[0]) : 1;
	uint32_t n = row_of(in);

	nn_softmax_f32((int32_t)(nn_tensor_elements(in) / n), (int32_t)n, beta, nn_input_data(model, op, 0, arena),
		       nn_output_data(model, op, arena));
}

void nn_run_softmax_i8(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	const int32_t *multipliers = nn_operator_multipliers(model, op);
	uint32_t n = row_of(in);

	nn_softmax_i8((int32_t)(nn_tensor_elements(in) / n), (int32_t)n, nn_input_data(model, op, 0, arena),
		      multipliers[0], nn_operator_shifts(model, op)[0], multipliers[1],
		      nn_output_data(model, op, arena));
}

void nn_run_softmax_i16(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	uint32_t n = row_of(in);

	nn_softmax_i16((int32_t)(nn_tensor_elements(in) / n), (int32_t)n, nn_input_data(model, op, 0, arena),
		       nn_operator_multipliers(model, op)[0], nn_operator_shifts(model, op)[0],
		       op->rounding == NN_ROUNDING_SINGLE, nn_input_data(model, op, 1, arena),
		       nn_input_data(model, op, 2, arena), nn_output_data(model, op, arena));
}
