/* SPDX-License-Identifier: Apache-2.0 */
/*
 * onnx-constants.c - arithmetic with whole numbers that are known when the file is read. Exporters compute shapes by it, out of
 * Shape: Shape, Gather, Unsqueeze, Concat, Reshape is how PyTorch writes view(x.size(0), -1).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/onnx-values.h"

enum {
	NUMBERS_MAX = 4096, /* of a calculated constant: shapes are small */
};

/* Room for n integers of one dimension; dims 0 for a single one. */
static int new_integers(struct onnx_import *in, size_t n, unsigned dims, struct onnx_constant *ret_constant)
{
	struct onnx_constant constant = {.dims = dims, .shape = {(uint32_t)n}, .n = n};

	if (!n || n > NUMBERS_MAX)
		return onnx_refuse(in, "the result has no element, or too many");
	constant.ints = calloc(n, sizeof(*constant.ints));
	if (!constant.ints)
		return onnx_refuse(in, "out of memory");
	*ret_constant = constant;
	return 0;
}

static int integers_of(struct onnx_import *in, unsigned i, const struct onnx_constant **ret_constant)
{
	if (onnx_has_input(in, i) && !onnx_is_constant(in, i))
		return onnx_refuse(in, "is supported for shapes and other constants only, not for computed values");
	return onnx_integers(in, i, ret_constant);
}

/* Input i as integers in one dimension at most. */
static int line_of(struct onnx_import *in, unsigned i, const struct onnx_constant **ret_constant)
{
	int r = integers_of(in, i, ret_constant);

	if (r == 0 && (*ret_constant)->dims > 1)
		return onnx_refuse(in, "constants of several dimensions are not supported here");
	return r;
}

/* A position counted from the end where it is negative, within 0 to n. */
static int64_t bounded(int64_t position, int64_t n)
{
	position = position < 0 ? position + n : position;
	return position < 0 ? 0 : position > n ? n : position;
}

static int import_shape(struct onnx_import *in)
{
	uint32_t shape[NN_DIMS_MAX] = {0};
	struct onnx_constant sizes;
	unsigned dims;
	int r = onnx_shape_of(in, 0, &dims, shape);
	int64_t start = bounded(onnx_int(in, "start", 0), dims), end = bounded(onnx_int(in, "end", dims), dims);

	r = r < 0 ? r : new_integers(in, end > start ? (size_t)(end - start) : 0, 1, &sizes);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizes.n; i++)
		sizes.ints[i] = shape[(size_t)start + i];
	return onnx_define_constant(in, in->node->output[0], &sizes);
}

static int import_gather(struct onnx_import *in)
{
	const struct onnx_constant *from, *which;
	struct onnx_constant chosen;
	int r = line_of(in, 0, &from);

	r = r < 0 ? r : line_of(in, 1, &which);
	r = r < 0 ? r : new_integers(in, which->n, which->dims, &chosen);
	for (size_t i = 0; r == 0 && i < chosen.n; i++) {
		int64_t index = which->ints[i] < 0 ? which->ints[i] + (int64_t)from->n : which->ints[i];

		if (index < 0 || (size_t)index >= from->n) {
			onnx_clear_constant(&chosen);
			return onnx_refuse(in, "there is no element %lld", (long long)which->ints[i]);
		}
		chosen.ints[i] = from->ints[index];
	}
	return r < 0 ? r : onnx_define_constant(in, in->node->output[0], &chosen);
}

/* One number: an attribute up to opset 9, an input from 10 on. */
static int slice_end(struct onnx_import *in, const char *name, unsigned input, int64_t otherwise, int64_t *ret_end)
{
	const Onnx__AttributeProto *attribute = onnx_attribute(in, name);
	const struct onnx_constant *constant;
	int r;

	*ret_end = attribute && attribute->n_ints ? attribute->ints[0] : otherwise;
	if (in->opset < 10 || !onnx_has_input(in, input))
		return 0;
	r = line_of(in, input, &constant);
	if (r == 0)
		*ret_end = constant->ints[0];
	return r;
}

/* Along the first dimension, of which each element may be a row. */
static int import_slice(struct onnx_import *in)
{
	const struct onnx_constant *from;
	struct onnx_constant part;
	int64_t start, end, step, axis, n;
	size_t row, taken = 0;
	int r = integers_of(in, 0, &from);

	r = r < 0 ? r : slice_end(in, "starts", 1, 0, &start);
	r = r < 0 ? r : slice_end(in, "ends", 2, INT64_MAX, &end);
	r = r < 0 ? r : slice_end(in, "axes", 3, 0, &axis);
	r = r < 0 ? r : slice_end(in, "steps", 4, 1, &step);
	if (r < 0)
		return r;
	if ((step != 1 && step != -1) || axis != 0 || !from->dims)
		return onnx_refuse(in, "of constants, steps of 1 and -1 along the first dimension are supported");
	n = from->shape[0];
	row = from->n / from->shape[0];
	/* Backwards: from start down to the one behind end; far below 0 is before the first. */
	start = bounded(start, n);
	if (step < 0 && start == n)
		start--;
	end = step > 0 ? bounded(end, n) : end < -n ? -1 : bounded(end, n);
	if ((end - start) * step > 0)
		taken = (size_t)((end - start) * step);
	r = new_integers(in, taken * row, 1, &part);
	if (r < 0)
		return r;
	part.dims = from->dims;
	memcpy(part.shape, from->shape, sizeof(part.shape));
	part.shape[0] = (uint32_t)taken;
	for (size_t i = 0; i < taken; i++)
		memcpy(part.ints + i * row, from->ints + (size_t)(start + (int64_t)i * step) * row,
		       row * sizeof(*part.ints));
	return onnx_define_constant(in, in->node->output[0], &part);
}

/* A constant of the given shape, all of it one number: 0, or that of the attribute. */
static int import_constant_of_shape(struct onnx_import *in)
{
	const Onnx__AttributeProto *attribute = onnx_attribute(in, "value");
	const struct onnx_constant *shape;
	struct onnx_constant value = {.n = 0}, filled;
	int64_t n = 1;
	int r = line_of(in, 0, &shape);

	if (r == 0 && attribute && attribute->t)
		r = onnx_decode(in, attribute->t, &value);
	if (r < 0)
		return r;
	for (size_t i = 0; i < shape->n && n; i++) {
		bool possible = shape->n <= NN_DIMS_MAX && shape->ints[i] > 0 && shape->ints[i] <= NUMBERS_MAX / n;

		n = possible ? n * shape->ints[i] : 0;
	}
	filled = (struct onnx_constant){.dims = (unsigned)shape->n, .n = (size_t)n};
	for (size_t i = 0; n && i < shape->n; i++)
		filled.shape[i] = (uint32_t)shape->ints[i];
	if (value.ints)
		filled.ints = n ? calloc((size_t)n, sizeof(*filled.ints)) : NULL;
	else
		filled.floats = n ? calloc((size_t)n, sizeof(*filled.floats)) : NULL;
	for (size_t i = 0; i < filled.n && (filled.ints || filled.floats); i++) {
		if (filled.ints)
			filled.ints[i] = value.ints[0];
		else
			filled.floats[i] = value.floats ? value.floats[0] : 0;
	}
	onnx_clear_constant(&value);
	return filled.ints || filled.floats ? onnx_define_constant(in, in->node->output[0], &filled)
					    : onnx_refuse(in, "the shape is impossible");
}

int onnx_join_integers(struct onnx_import *in)
{
	const struct onnx_constant *part;
	struct onnx_constant all;
	size_t n = 0, at = 0;
	int r = 0;

	for (unsigned i = 0; i < in->node->n_input && r == 0; i++) {
		r = line_of(in, i, &part);
		n += r < 0 ? 0 : part->n;
	}
	r = r < 0 ? r : new_integers(in, n, 1, &all);
	for (unsigned i = 0; i < in->node->n_input && r == 0; i++) {
		r = line_of(in, i, &part);
		memcpy(all.ints + at, part->ints, part->n * sizeof(*part->ints));
		at += part->n;
	}
	return r < 0 ? r : onnx_define_constant(in, in->node->output[0], &all);
}

/* Shapes are small: what would overflow is none. */
static bool calculate(int64_t a, int64_t b, char operation, int64_t *ret_result)
{
	if (operation == '/' && (!b || a == INT64_MIN))
		return false;
	switch (operation) {
	case '+':
		return !__builtin_add_overflow(a, b, ret_result);
	case '-':
		return !__builtin_sub_overflow(a, b, ret_result);
	case '*':
		return !__builtin_mul_overflow(a, b, ret_result);
	default:
		*ret_result = a / b;
		return true;
	}
}

int onnx_calculate(struct onnx_import *in, char operation)
{
	const struct onnx_constant *a, *b;
	struct onnx_constant result;
	int r = line_of(in, 0, &a);

	r = r < 0 ? r : line_of(in, 1, &b);
	if (r < 0)
		return r;
	if (a->n != b->n && a->n != 1 && b->n != 1)
		return onnx_refuse(in, "%zu and %zu numbers do not fit each other", a->n, b->n);
	r = new_integers(in, a->n > b->n ? a->n : b->n, a->dims > b->dims ? a->dims : b->dims, &result);
	for (size_t i = 0; r == 0 && i < result.n; i++)
		if (!calculate(a->ints[a->n == 1 ? 0 : i], b->ints[b->n == 1 ? 0 : i], operation, &result.ints[i])) {
			onnx_clear_constant(&result);
			return onnx_refuse(in, "the result is no 64-bit integer");
		}
	return r < 0 ? r : onnx_define_constant(in, in->node->output[0], &result);
}

const struct onnx_operator onnx_constant_operators[] = {
	{"Shape", import_shape},
	{"Gather", import_gather},
	{"Slice", import_slice},
	{"ConstantOfShape", import_constant_of_shape},
	{NULL, NULL},
};
