/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pairwise.c - add, subtract, multiply: shapes are aligned at their last dimension; one that is 1, or is not there,
 * repeats. The kernels see rows of the last dimension, or one long row when nothing repeats.
 */
#include "nn/runtime/ops.h"

static uint32_t dimension(const struct nn_tensor *tensor, unsigned d)
{
	unsigned missing = NN_DIMS_MAX - tensor->dims;

	return d < missing ? 1 : tensor->shape[d - missing];
}

static int check_shapes(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work)
{
	const struct nn_tensor *a = nn_model_operand(model, op, 0), *b = nn_model_operand(model, op, 1);
	const struct nn_tensor *out = nn_operator_output(model, op);

	if (b->type != a->type)
		return NN_ERROR_TYPE;
	if (out->dims != (a->dims > b->dims ? a->dims : b->dims))
		return NN_ERROR_SHAPE;
	for (unsigned d = 0; d < NN_DIMS_MAX; d++) {
		uint32_t x = dimension(a, d), y = dimension(b, d);

		if ((x != y && x != 1 && y != 1) || dimension(out, d) != (x > y ? x : y))
			return NN_ERROR_SHAPE;
	}
	*ret_work = nn_tensor_elements(out);
	return 0;
}

static int check_pair(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		      uint32_t multipliers, uint64_t *ret_work)
{
	int error = check_shapes(model, op, ret_work);

	error = error ? error : nn_check_types(model, op, variant, nn_is_integer(variant) ? multipliers : 0);
	if (!error && nn_is_integer(variant) && !nn_is_quantised(model, nn_model_operand(model, op, 1)))
		error = NN_ERROR_QUANTISATION;
	return error;
}

int nn_check_add(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		 uint64_t *ret_work)
{
	return check_pair(model, op, variant, 3, ret_work);
}

int nn_check_multiply(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		      uint64_t *ret_work)
{
	return check_pair(model, op, variant, 1, ret_work);
}

static void find_strides(const struct nn_tensor *tensor, uint32_t strides[NN_DIMS_MAX - 1], int32_t *step)
{
	uint32_t stride = dimension(tensor, NN_DIMS_MAX - 1);

	*step = stride > 1;
	for (unsigned d = NN_DIMS_MAX - 1; d-- > 0;) {
		strides[d] = dimension(tensor, d) > 1 ? stride : 0;
		stride *= dimension(tensor, d);
	}
}

struct nn_rows nn_operator_rows(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *a = nn_model_operand(model, op, 0), *b = nn_model_operand(model, op, 1);
	const struct nn_tensor *out = nn_operator_output(model, op);
	struct nn_rows rows = {.n = dimension(out, NN_DIMS_MAX - 1)};

	if (nn_tensor_elements(a) == nn_tensor_elements(b))
		return (struct nn_rows){.n = nn_tensor_elements(out), .shape = {1, 1, 1}, .steps = {1, 1}};
	for (unsigned d = 0; d < NN_DIMS_MAX - 1; d++)
		rows.shape[d] = dimension(out, d);
	find_strides(a, rows.strides[0], &rows.steps[0]);
	find_strides(b, rows.strides[1], &rows.steps[1]);
	return rows;
}

/* Runs body for each row, with offsets x and y of its operands and z of its outputs. */
#define EACH_ROW(rows, x, y, z)                                                                                        \
	for (uint32_t z = 0, i = 0; i < (rows).shape[0]; i++)                                                          \
		for (uint32_t j = 0; j < (rows).shape[1]; j++)                                                         \
			for (uint32_t k = 0, x = i * (rows).strides[0][0] + j * (rows).strides[0][1],                  \
				      y = i * (rows).strides[1][0] + j * (rows).strides[1][1];                         \
			     k < (rows).shape[2];                                                                      \
			     k++, x += (rows).strides[0][2], y += (rows).strides[1][2], z += (rows).n)

typedef void row_f32(int32_t n, struct nn_row_f32 a, struct nn_row_f32 b, struct nn_range range, float *out);

static void run_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena, row_f32 *row)
{
	const float *a = nn_input_data(model, op, 0, arena), *b = nn_input_data(model, op, 1, arena);
	float *out = nn_output_data(model, op, arena);
	struct nn_rows rows = nn_operator_rows(model, op);

	EACH_ROW(rows, x, y, z)
	row((int32_t)rows.n, (struct nn_row_f32){a + x, rows.steps[0]}, (struct nn_row_f32){b + y, rows.steps[1]},
	    nn_operator_range(op), out + z);
}

void nn_run_add_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	run_f32(model, op, arena, nn_add_f32);
}

void nn_run_subtract_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	run_f32(model, op, arena, nn_subtract_f32);
}

void nn_run_multiply_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	run_f32(model, op, arena, nn_multiply_f32);
}

static struct nn_row row_at(const struct nn_model *model, const struct nn_operator *op, unsigned i,
			    const uint8_t *arena, uint32_t offset, int32_t step)
{
	const struct nn_tensor *tensor = nn_model_operand(model, op, i);
	size_t bytes = tensor->type == NN_TYPE_I16 ? 2 : 1;
	const uint8_t *values = nn_tensor_data(model, tensor, arena);

	return (struct nn_row){values + offset * bytes, step, nn_tensor_zero_point(model, tensor)};
}

void nn_run_add_integer(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	bool wide = nn_model_operand(model, op, 0)->type == NN_TYPE_I16, subtract = op->code == NN_OPERATOR_SUBTRACT;
	struct nn_output_stage stage = nn_operator_stage(model, op);
	struct nn_rows rows = nn_operator_rows(model, op);
	void *out = nn_output_data(model, op, arena);

	EACH_ROW(rows, x, y, z)
	{
		struct nn_row a = row_at(model, op, 0, arena, x, rows.steps[0]);
		struct nn_row b = row_at(model, op, 1, arena, y, rows.steps[1]);

		if (wide)
			nn_add_i16((int32_t)rows.n, a, b, &stage, subtract, (int16_t *)out + z);
		else
			nn_add_i8((int32_t)rows.n, a, b, &stage, subtract, (int8_t *)out + z);
	}
}

void nn_run_multiply_integer(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	bool wide = nn_model_operand(model, op, 0)->type == NN_TYPE_I16;
	struct nn_output_stage stage = nn_operator_stage(model, op);
	struct nn_rows rows = nn_operator_rows(model, op);
	void *out = nn_output_data(model, op, arena);

	EACH_ROW(rows, x, y, z)
	{
		struct nn_row a = row_at(model, op, 0, arena, x, rows.steps[0]);
		struct nn_row b = row_at(model, op, 1, arena, y, rows.steps[1]);

		if (wide)
			nn_multiply_i16((int32_t)rows.n, a, b, &stage, (int16_t *)out + z);
		else
			nn_multiply_i8((int32_t)rows.n, a, b, &stage, (int8_t *)out + z);
	}
}
