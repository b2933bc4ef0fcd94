/* SPDX-License-Identifier: Apache-2.0 */
/* onnx-shapes.c - ONNX operators that change shape, order, type or nothing; of constants they are done here and now. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/onnx-values.h"

/* --- shapes ------------------------------------------------------------------------------------------------------ */

/* Gives the value another shape: a constant stays one. */
static int finish_reshape(struct onnx_import *in, unsigned dims, const uint32_t *shape)
{
	struct onnx_constant copy = {0};
	const struct onnx_constant *constant;
	int r;

	if (!onnx_is_constant(in, 0))
		return onnx_finish(in, onnx_add_reshape(in, onnx_tensor(in, 0), dims, shape));
	r = onnx_constant(in, 0, &constant);
	if (r < 0)
		return r;
	copy.type = constant->type;
	copy.dims = dims;
	copy.n = constant->n;
	memcpy(copy.shape, shape, dims * sizeof(*shape));
	copy.floats = constant->floats ? malloc(constant->n * sizeof(*copy.floats)) : NULL;
	copy.ints = constant->ints ? malloc(constant->n * sizeof(*copy.ints)) : NULL;
	if (!copy.floats && !copy.ints)
		return onnx_refuse(in, "out of memory");
	if (copy.floats)
		memcpy(copy.floats, constant->floats, constant->n * sizeof(*copy.floats));
	else
		memcpy(copy.ints, constant->ints, constant->n * sizeof(*copy.ints));
	return onnx_define_constant(in, in->node->output[0], &copy);
}

static uint64_t product(unsigned dims, const uint32_t *shape)
{
	uint64_t n = 1;

	for (unsigned d = 0; d < dims; d++)
		n *= shape[d];
	return n;
}

/* Wanted sizes: 0 keeps the input's, one -1 is what is left. */
static int import_reshape(struct onnx_import *in)
{
	const struct onnx_constant *wanted;
	uint32_t from[NN_DIMS_MAX] = {0}, to[NN_DIMS_MAX];
	unsigned dims;
	uint64_t known = 1, all;
	int r = onnx_shape_of(in, 0, &dims, from), free_dim = -1;

	r = r < 0 ? r : onnx_integers(in, 1, &wanted);
	if (r < 0)
		return r;
	all = product(dims, from);
	if (!wanted->n || wanted->n > NN_DIMS_MAX)
		return onnx_refuse(in, "%zu dimensions are wanted; 1 to %d are supported", wanted->n, NN_DIMS_MAX);
	for (unsigned d = 0; d < wanted->n; d++) {
		int64_t size = wanted->ints[d] == 0 && d < dims ? from[d] : wanted->ints[d];

		if (size == -1 && free_dim < 0) {
			free_dim = (int)d;
			size = 1;
		}
		if (size < 1 || (uint64_t)size > all)
			return onnx_refuse(in, "a size of %lld does not fit %llu values", (long long)size,
					   (unsigned long long)all);
		to[d] = (uint32_t)size;
		known *= to[d];
		if (known > all)
			return onnx_refuse(in, "the shape does not fit %llu values", (unsigned long long)all);
	}
	if (free_dim >= 0) {
		to[free_dim] = (uint32_t)(all / known);
		known *= to[free_dim];
	}
	if (known != all)
		return onnx_refuse(in, "the shape does not fit %llu values", (unsigned long long)all);
	return finish_reshape(in, (unsigned)wanted->n, to);
}

static int import_flatten(struct onnx_import *in)
{
	uint32_t from[NN_DIMS_MAX] = {0}, to[2];
	unsigned dims;
	int r = onnx_shape_of(in, 0, &dims, from);
	int64_t axis = onnx_int(in, "axis", 1);

	if (r < 0)
		return r;
	axis = axis < 0 ? axis + dims : axis;
	if (axis < 0 || axis > dims)
		return onnx_refuse(in, "axis %lld is outside of %u dimensions", (long long)axis, dims);
	to[0] = (uint32_t)product((unsigned)axis, from);
	to[1] = (uint32_t)(product(dims, from) / to[0]);
	return finish_reshape(in, 2, to);
}

static bool is_among(int64_t axis, unsigned dims, const int64_t *axes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (axes[i] == axis || axes[i] + (int64_t)dims == axis)
			return true;
	return false;
}

/* Takes dimensions of 1 out: those named, or all. */
static int import_squeeze(struct onnx_import *in)
{
	uint32_t from[NN_DIMS_MAX] = {0}, to[NN_DIMS_MAX];
	unsigned dims, kept = 0;
	const int64_t *axes;
	size_t n;
	int r = onnx_shape_of(in, 0, &dims, from);

	r = r < 0 ? r : onnx_axes(in, &axes, &n);
	if (r < 0)
		return r;
	for (unsigned d = 0; d < dims; d++)
		if (from[d] != 1 || (axes && !is_among(d, dims, axes, n)))
			to[kept++] = from[d];
	if (!kept && !onnx_is_constant(in, 0)) /* a single number */
		to[kept++] = 1;
	return finish_reshape(in, kept, to);
}

static int import_unsqueeze(struct onnx_import *in)
{
	uint32_t from[NN_DIMS_MAX] = {0}, to[NN_DIMS_MAX];
	unsigned dims, taken = 0;
	const int64_t *axes;
	size_t n;
	int r = onnx_shape_of(in, 0, &dims, from);

	r = r < 0 ? r : onnx_axes(in, &axes, &n);
	if (r < 0)
		return r;
	if (n > NN_DIMS_MAX || dims + n > NN_DIMS_MAX)
		return onnx_refuse(in, "more than %d dimensions are not supported", NN_DIMS_MAX);
	for (unsigned d = 0; d < dims + n; d++) {
		bool added = is_among(d, (unsigned)(dims + n), axes, n);

		if (!added && taken == dims)
			return onnx_refuse(in, "axes are named twice or outside of the shape");
		to[d] = added ? 1 : from[taken++];
	}
	return taken == dims ? finish_reshape(in, (unsigned)(dims + n), to)
			     : onnx_refuse(in, "axes are named twice or outside of the shape");
}

static int read_perm(struct onnx_import *in, unsigned dims, int32_t perm[NN_DIMS_MAX])
{
	const Onnx__AttributeProto *attribute = onnx_attribute(in, "perm");
	unsigned seen = 0;

	if (attribute && attribute->n_ints != dims)
		return onnx_refuse(in, "perm has %zu numbers for %u dimensions", attribute->n_ints, dims);
	for (unsigned d = 0; d < dims; d++) {
		int64_t from = attribute ? attribute->ints[d] : (int64_t)(dims - 1 - d);

		if (from < 0 || from >= dims || seen & (1u << from))
			return onnx_refuse(in, "perm is no permutation");
		seen |= 1u << from;
		perm[d] = (int32_t)from;
	}
	return 0;
}

static int transpose_constant(struct onnx_import *in, const int32_t perm[NN_DIMS_MAX])
{
	const struct onnx_constant *from;
	struct onnx_constant to;
	uint32_t shape[NN_DIMS_MAX];
	size_t steps[NN_DIMS_MAX] = {1, 1, 1, 1};
	int r = onnx_constant(in, 0, &from);

	if (r < 0)
		return r;
	for (unsigned d = 0; d < from->dims; d++) {
		shape[d] = from->shape[perm[d]];
		for (unsigned e = (unsigned)perm[d] + 1; e < from->dims; e++)
			steps[d] *= from->shape[e];
	}
	to = (struct onnx_constant){.type = from->type, .dims = from->dims, .n = from->n};
	memcpy(to.shape, shape, from->dims * sizeof(*shape));
	to.floats = from->floats ? malloc(to.n * sizeof(*to.floats)) : NULL;
	to.ints = from->ints ? malloc(to.n * sizeof(*to.ints)) : NULL;
	if (!to.floats && !to.ints)
		return onnx_refuse(in, "out of memory");
	for (size_t i = 0; i < to.n; i++) {
		size_t rest = i, index = 0;

		for (unsigned d = to.dims; d-- > 0; rest /= shape[d])
			index += rest % shape[d] * steps[d];
		if (to.floats)
			to.floats[i] = from->floats[index];
		else
			to.ints[i] = from->ints[index];
	}
	return onnx_define_constant(in, in->node->output[0], &to);
}

static int import_transpose(struct onnx_import *in)
{
	uint32_t shape[NN_DIMS_MAX] = {0};
	int32_t perm[NN_DIMS_MAX] = {0};
	unsigned dims;
	int r = onnx_shape_of(in, 0, &dims, shape);

	r = r < 0 ? r : read_perm(in, dims, perm);
	if (r < 0)
		return r;
	return onnx_is_constant(in, 0) ? transpose_constant(in, perm)
				       : onnx_finish(in, onnx_add_transpose(in, onnx_tensor(in, 0), perm));
}

/* --- nothing to do at run time ----------------------------------------------------------------------------------- */

/* The same value under another name. */
static int import_identity(struct onnx_import *in)
{
	uint32_t shape[NN_DIMS_MAX] = {0};
	unsigned dims;
	int r;

	if (!onnx_is_constant(in, 0))
		return onnx_finish(in, onnx_tensor(in, 0));
	r = onnx_shape_of(in, 0, &dims, shape);
	return r < 0 ? r : finish_reshape(in, dims, shape);
}

static int import_constant(struct onnx_import *in)
{
	const Onnx__AttributeProto *value = onnx_attribute(in, "value");
	struct onnx_constant constant = {.n = 1};
	int r;

	if (value && value->t) {
		r = onnx_decode(in, value->t, &constant);
		return r < 0 ? r : onnx_define_constant(in, in->node->output[0], &constant);
	}
	if ((value = onnx_attribute(in, "value_floats")) && value->n_floats) {
		constant =
			(struct onnx_constant){.dims = 1, .n = value->n_floats, .shape = {(uint32_t)value->n_floats}};
	} else if ((value = onnx_attribute(in, "value_ints")) && value->n_ints) {
		constant = (struct onnx_constant){.dims = 1, .n = value->n_ints, .shape = {(uint32_t)value->n_ints}};
	} else if (!(value = onnx_attribute(in, "value_int")) && !(value = onnx_attribute(in, "value_float"))) {
		return onnx_refuse(in, "has no value; value, value_int(s) and value_float(s) are supported");
	}
	if (!strncmp(value->name, "value_float", 11)) {
		constant.floats = malloc(constant.n * sizeof(*constant.floats));
		if (constant.floats)
			memcpy(constant.floats, constant.dims ? value->floats : &value->f, constant.n * sizeof(float));
	} else {
		constant.ints = malloc(constant.n * sizeof(*constant.ints));
		if (constant.ints)
			memcpy(constant.ints, constant.dims ? value->ints : &value->i, constant.n * sizeof(int64_t));
	}
	if (!constant.floats && !constant.ints)
		return onnx_refuse(in, "out of memory");
	return onnx_define_constant(in, in->node->output[0], &constant);
}

/* Of constants: to floats or to integers. */
static int import_cast(struct onnx_import *in)
{
	int64_t to = onnx_int(in, "to", 0);
	bool to_float = to == 1 || to == 10 || to == 11;
	const struct onnx_constant *from;
	struct onnx_constant cast;
	int r;

	if (!onnx_is_constant(in, 0))
		return to == 1 ? onnx_finish(in, onnx_tensor(in, 0))
			       : onnx_refuse(in, "computed values stay floats; only constants can be cast");
	r = onnx_integers(in, 0, &from);
	if (r < 0)
		return to_float ? import_identity(in)
				: onnx_refuse(in, "a cast of floats to integers is not supported");
	cast = (struct onnx_constant){.dims = from->dims, .n = from->n};
	memcpy(cast.shape, from->shape, sizeof(cast.shape));
	cast.ints = to_float ? NULL : malloc(from->n * sizeof(*cast.ints));
	cast.floats = to_float ? malloc(from->n * sizeof(*cast.floats)) : NULL;
	if (!cast.ints && !cast.floats)
		return onnx_refuse(in, "out of memory");
	for (size_t i = 0; i < from->n; i++)
		if (to_float)
			cast.floats[i] = (float)from->ints[i];
		else
			cast.ints[i] = from->ints[i];
	return onnx_define_constant(in, in->node->output[0], &cast);
}

const struct onnx_operator onnx_shape_operators[] = {
	{"Flatten", import_flatten},	 {"Reshape", import_reshape},
	{"Squeeze", import_squeeze},	 {"Unsqueeze", import_unsqueeze},
	{"Transpose", import_transpose}, {"Identity", import_identity},
	{"Dropout", import_identity},	 {"Constant", import_constant},
	{"Cast", import_cast},		 {NULL, NULL},
};
