/* SPDX-License-Identifier: Apache-2.0 */
/* c-table.c - see c-table.h. The runtime's kernels make the tables, so that they are exact. */
#include "nn/export/c-table.h"

#include <stdlib.h>

#include "nn/runtime/ops.h"

enum {
	VALUES = 256,
	PIXELS_MIN = 16, /* of a channel's output: for fewer a table is not worth its memory */
};

/* Read by the next operator only, and not what the network is asked for. */
static bool is_read_once(const struct nn_model *model, uint16_t tensor)
{
	unsigned reads = tensor == model->main->output ? 2 : 0;

	for (uint32_t i = 0; i < model->operator_count; i++)
		for (unsigned k = 0; k < model->operators[i].inputs; k++)
			reads += model->operands[model->operators[i].operands + k] == tensor;
	return reads == 1;
}

/* A constant for all, or one for each channel. */
static bool is_by_channel(const struct nn_tensor *tensor, uint32_t channels)
{
	return (tensor->flags & NN_TENSOR_CONSTANT) &&
	       (nn_tensor_elements(tensor) == 1 ||
		(nn_tensor_elements(tensor) == channels && tensor->shape[tensor->dims - 1] == channels));
}

static bool is_function(const struct nn_model *model, const struct nn_operator *op, uint32_t channels)
{
	switch (op->code) {
	case NN_OPERATOR_MULTIPLY:
	case NN_OPERATOR_ADD:
	case NN_OPERATOR_SUBTRACT:
		return is_by_channel(nn_model_operand(model, op, 1), channels);
	case NN_OPERATOR_ACTIVATION:
	case NN_OPERATOR_QUANTIZE:
	case NN_OPERATOR_SIGMOID:
	case NN_OPERATOR_TANH:
	case NN_OPERATOR_HARD_SWISH:
	case NN_OPERATOR_LEAKY_RELU:
		return true;
	default:
		return false;
	}
}

static bool may_follow(const struct nn_model *model, const struct nn_operator *layer, const struct nn_operator *op)
{
	const struct nn_operator *before = op - 1;
	const struct nn_tensor *from = nn_operator_output(model, layer), *to = nn_operator_output(model, op);
	uint16_t made = model->operands[before->operands + before->inputs];

	return model->operands[op->operands] == made && is_read_once(model, made) &&
	       nn_operator_variant(model, op) == NN_VARIANT_I8 && nn_same_shape(from, to) &&
	       is_function(model, op, from->shape[from->dims - 1]);
}

static void apply(const struct nn_model *model, const struct nn_operator *op, uint32_t channel, int8_t values[VALUES])
{
	struct nn_row row = {values, 1, nn_tensor_zero_point(model, nn_model_operand(model, op, 0))}, other = {0};
	struct nn_output_stage stage = nn_operator_stage(model, op);
	const int8_t *constant = NULL;

	if (op->inputs > 1) {
		const struct nn_tensor *second = nn_model_operand(model, op, 1);

		constant = nn_input_data(model, op, 1, NULL);
		other.values = constant + (nn_tensor_elements(second) > 1 ? channel : 0);
		other.zero_point = second->scale_count ? nn_tensor_zero_point(model, second) : 0;
	}
	if (op->code == NN_OPERATOR_MULTIPLY)
		nn_multiply_i8(VALUES, row, other, &stage, values);
	else if (op->code == NN_OPERATOR_ADD || op->code == NN_OPERATOR_SUBTRACT)
		nn_add_i8(VALUES, row, other, &stage, op->code == NN_OPERATOR_SUBTRACT, values);
	else if (op->code == NN_OPERATOR_ACTIVATION || op->code == NN_OPERATOR_QUANTIZE)
		nn_requantise_i8(VALUES, values, row.zero_point, &stage, values);
	else
		nn_lookup_i8(VALUES, values, constant, values);
}

uint32_t c_table_count(const struct nn_model *model, uint32_t position)
{
	const struct nn_operator *layer = &model->operators[position];
	const struct nn_tensor *out = nn_operator_output(model, layer);
	uint32_t count = 0;

	if (nn_tensor_elements(out) / out->shape[out->dims - 1] < PIXELS_MIN)
		return 0;
	while (position + count + 1 < model->operator_count && may_follow(model, layer, layer + count + 1))
		count++;
	return count;
}

int8_t *c_table_make(const struct nn_model *model, uint32_t position, uint32_t count)
{
	const struct nn_tensor *out = nn_operator_output(model, &model->operators[position]);
	uint32_t channels = out->shape[out->dims - 1];
	int8_t *table = malloc((size_t)channels * VALUES);

	for (uint32_t c = 0; table && c < channels; c++) {
		for (int i = 0; i < VALUES; i++)
			table[c * VALUES + (uint32_t)i] = (int8_t)(i - 128);
		for (uint32_t i = 1; i <= count; i++)
			apply(model, &model->operators[position + i], c, table + c * VALUES);
	}
	return table;
}
