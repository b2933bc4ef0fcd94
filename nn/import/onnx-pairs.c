/* SPDX-License-Identifier: Apache-2.0 */
/* onnx-pairs.c - ONNX operators with a second input: sums, products, normalisations and dense layers. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/onnx-values.h"

/* --- pairs ------------------------------------------------------------------------------------------------------- */

/* Where element i of a tensor of this shape stands in a constant that is repeated along its dimensions of 1. */
static size_t repeated_index(size_t i, unsigned dims, const uint32_t *shape, const struct onnx_constant *constant)
{
	size_t index = 0, step = 1;

	for (unsigned d = dims; d-- > 0;) {
		size_t position = i % shape[d];
		unsigned behind = dims - d;

		i /= shape[d];
		if (behind > constant->dims)
			continue;
		if (constant->shape[constant->dims - behind] > 1)
			index += position * step;
		step *= constant->shape[constant->dims - behind];
	}
	return index;
}

static bool can_repeat(unsigned dims, const uint32_t *shape, const struct onnx_constant *constant)
{
	for (unsigned d = 0; d < constant->dims; d++) {
		uint32_t size = constant->shape[constant->dims - 1 - d];

		if (d >= dims ? size != 1 : size != 1 && size != shape[dims - 1 - d])
			return false;
	}
	return true;
}

/* Whether the constant varies along the last dimension alone. */
static bool is_vector(unsigned dims, const uint32_t *shape, const struct onnx_constant *constant)
{
	return constant->n == 1 ||
	       (constant->dims && constant->shape[constant->dims - 1] == constant->n && constant->n == shape[dims - 1]);
}

/* The constant's values f(value) for a tensor: a vector for its last dimension if that is enough. */
static int add_repeated(struct onnx_import *in, const struct graph_tensor *x, const struct onnx_constant *constant,
			float (*f)(float))
{
	bool vector = is_vector(x->dims, x->shape, constant);
	struct onnx_constant values;
	int r;

	if (!can_repeat(x->dims, x->shape, constant))
		return onnx_refuse(in, "the shape of the constant does not fit the other input");
	r = onnx_new_floats(in, vector ? 1 : x->dims, vector ? &x->shape[x->dims - 1] : x->shape, &values);
	if (r < 0)
		return r;
	for (size_t i = 0; i < values.n; i++)
		values.floats[i] = f(constant->floats[repeated_index(i, x->dims, x->shape, constant)]);
	r = onnx_add_floats(in, "constant", values.dims, values.shape, values.floats);
	onnx_clear_constant(&values);
	return r;
}

static float same(float x)
{
	return x;
}

static float negative(float x)
{
	return -x;
}

static float reciprocal(float x)
{
	return 1 / x;
}

static float minus_one(float x)
{
	(void)x;
	return -1;
}

/* Channels [c], [c][1][1] or [1][c][1][1] of images as the vector that they are in NHWC. */
static struct onnx_constant in_graph_order(const struct graph_tensor *x, const struct onnx_constant *constant)
{
	struct onnx_constant turned = *constant;

	if (x->dims == 4 && constant->dims >= 3 && constant->shape[constant->dims - 3] == constant->n &&
	    constant->n == x->shape[1]) {
		turned.dims = 1;
		turned.shape[0] = (uint32_t)constant->n;
	}
	return turned;
}

/* x CODE f(constant), where x is input `variable`. */
static int add_with_constant(struct onnx_import *in, int x, const struct onnx_constant *constant,
			     enum nn_operator_code code, float (*f)(float))
{
	struct onnx_constant turned = in_graph_order(onnx_at(in, x), constant);
	bool channels = onnx_at(in, x)->dims == 4 && (turned.dims == 1 || turned.n == 1) && turned.n != 0 &&
			(turned.n == 1 || constant->dims >= 3);
	struct graph_node node = {.code = code, .inputs = 2};
	int values, tensor = channels ? onnx_to_nhwc(in, x) : x;

	if (tensor < 0)
		return tensor;
	values = add_repeated(in, onnx_at(in, tensor), channels ? &turned : constant, f);
	if (values < 0)
		return values;
	node.input[0] = (uint16_t)tensor;
	node.input[1] = (uint16_t)values;
	tensor = onnx_add(in, node, onnx_at(in, tensor)->dims, onnx_at(in, tensor)->shape);
	return channels ? onnx_from_nhwc(in, tensor) : tensor;
}

/* Two computed values of one shape, or one of a value for each channel. */
static int add_with_tensor(struct onnx_import *in, int x, int y, enum nn_operator_code code)
{
	struct graph_node node = {.code = code, .inputs = 2, .input = {(uint16_t)x, (uint16_t)y}};
	const struct graph_tensor *a = onnx_at(in, x), *b = onnx_at(in, y);
	bool images = a->dims == 4 && b->dims == 4;
	int tensor;

	if (a->dims == b->dims && !memcmp(a->shape, b->shape, sizeof(a->shape)))
		return onnx_add(in, node, a->dims, a->shape);
	if (images && code != NN_OPERATOR_SUBTRACT && a->shape[1] == b->shape[1] && onnx_elements(a) == a->shape[1])
		return add_with_tensor(in, y, x, code);
	if (!images || a->shape[1] != b->shape[1] || onnx_elements(b) != b->shape[1])
		return onnx_refuse(in, "inputs of different shapes; alike, or one value a channel are supported");
	x = onnx_to_nhwc(in, x);
	y = onnx_add_reshape(in, y, 1, &b->shape[1]);
	if (x < 0 || y < 0)
		return x < 0 ? x : y;
	node.input[0] = (uint16_t)x;
	node.input[1] = (uint16_t)y;
	tensor = onnx_add(in, node, 4, onnx_at(in, x)->shape);
	return onnx_from_nhwc(in, tensor);
}

/* x CODE y, either of which may be a constant. */
static int add_pair(struct onnx_import *in, unsigned first, unsigned second, enum nn_operator_code code,
		    float (*f)(float))
{
	const struct onnx_constant *constant;
	int x, y, r;

	if (onnx_is_constant(in, first) && !onnx_is_constant(in, second) && f == same)
		return add_pair(in, second, first, code, f);
	x = onnx_tensor(in, first);
	if (x < 0)
		return x;
	if (onnx_is_constant(in, second)) {
		r = onnx_floats(in, second, &constant);
		return r < 0 ? r : add_with_constant(in, x, constant, code, f);
	}
	y = onnx_tensor(in, second);
	return y < 0 ? y : add_with_tensor(in, x, y, code);
}

/* Two constants of integers: shapes that are calculated. */
static bool are_integers(struct onnx_import *in)
{
	return onnx_is_integers(in, 0) && onnx_is_integers(in, 1);
}

static int import_add(struct onnx_import *in)
{
	if (are_integers(in))
		return onnx_calculate(in, '+');
	return onnx_finish(in, add_pair(in, 0, 1, NN_OPERATOR_ADD, same));
}

static int import_multiply(struct onnx_import *in)
{
	if (are_integers(in))
		return onnx_calculate(in, '*');
	return onnx_finish(in, add_pair(in, 0, 1, NN_OPERATOR_MULTIPLY, same));
}

static int import_subtract(struct onnx_import *in)
{
	const struct onnx_constant *constant;
	int x, r;

	if (are_integers(in))
		return onnx_calculate(in, '-');
	if (onnx_is_constant(in, 1))
		return onnx_finish(in, add_pair(in, 0, 1, NN_OPERATOR_ADD, negative));
	if (!onnx_is_constant(in, 0))
		return onnx_finish(in, add_pair(in, 0, 1, NN_OPERATOR_SUBTRACT, same));
	/* c - x = x * -1 + c */
	r = onnx_floats(in, 0, &constant);
	x = onnx_tensor(in, 1);
	if (r < 0 || x < 0)
		return r < 0 ? r : x;
	x = add_with_constant(in, x, constant, NN_OPERATOR_MULTIPLY, minus_one);
	return onnx_finish(in, x < 0 ? x : add_with_constant(in, x, constant, NN_OPERATOR_ADD, same));
}

static int import_divide(struct onnx_import *in)
{
	if (are_integers(in))
		return onnx_calculate(in, '/');
	if (!onnx_is_constant(in, 1))
		return onnx_refuse(in, "division is supported by constants alone");
	return onnx_finish(in, add_pair(in, 0, 1, NN_OPERATOR_MULTIPLY, reciprocal));
}

static int import_sum(struct onnx_import *in)
{
	int sum, y;

	if (in->node->n_input < 2)
		return onnx_finish(in, onnx_tensor(in, 0));
	sum = add_pair(in, 0, 1, NN_OPERATOR_ADD, same);
	for (unsigned i = 2; i < in->node->n_input && sum >= 0; i++) {
		y = onnx_tensor(in, i);
		sum = y < 0 ? y : add_with_tensor(in, sum, y, NN_OPERATOR_ADD);
	}
	return onnx_finish(in, sum);
}

/* (x - mean) / sqrt(variance + epsilon) * scale + offset, as one multiplication and one addition. */
static int import_batch_norm(struct onnx_import *in)
{
	const struct onnx_constant *v[4]; /* scale, offset, mean, variance */
	struct onnx_constant scale, offset;
	float epsilon = onnx_float(in, "epsilon", 1e-5f);
	int x = onnx_tensor(in, 0), r = 0;

	if (x < 0)
		return x;
	if (onnx_int(in, "training_mode", 0) || (in->node->n_output > 1 && *in->node->output[1]))
		return onnx_refuse(in, "is in training mode; export for inference (PyTorch: after model.eval())");
	for (unsigned i = 0; i < 4 && r == 0; i++) {
		r = onnx_floats(in, i + 1, &v[i]);
		if (r == 0 && v[i]->n != onnx_at(in, x)->shape[onnx_at(in, x)->dims > 1])
			r = onnx_refuse(in, "input %u does not have one value for each channel", i + 2);
	}
	r = r < 0 ? r : onnx_new_floats(in, 1, &v[0]->shape[0], &scale);
	if (r < 0)
		return r;
	r = onnx_new_floats(in, 1, &v[0]->shape[0], &offset);
	for (size_t c = 0; c < v[0]->n && r == 0; c++) {
		scale.floats[c] = v[0]->floats[c] / sqrtf(v[3]->floats[c] + epsilon);
		offset.floats[c] = v[1]->floats[c] - v[2]->floats[c] * scale.floats[c];
	}
	if (r == 0 && onnx_at(in, x)->dims > 2) {
		/* as constants [c][1] and [c][1][1] */
		scale.dims = offset.dims = onnx_at(in, x)->dims - 1u;
		scale.shape[1] = scale.shape[2] = offset.shape[1] = offset.shape[2] = 1;
	}
	r = r < 0 ? r : add_with_constant(in, x, &scale, NN_OPERATOR_MULTIPLY, same);
	r = r < 0 ? r : add_with_constant(in, r, &offset, NN_OPERATOR_ADD, same);
	onnx_clear_constant(&scale);
	onnx_clear_constant(&offset);
	return onnx_finish(in, r);
}

/* --- dense ------------------------------------------------------------------------------------------------------- */

/* weights [in][out] or, turned, [out][in], times alpha; bias NULL: zeros. */
static int add_dense(struct onnx_import *in, int x, const struct onnx_constant *weights, bool turned, float alpha,
		     const struct onnx_constant *bias, float beta)
{
	struct graph_node node = {.code = NN_OPERATOR_DENSE, .inputs = 3, .input = {(uint16_t)x}};
	uint32_t shape[2] = {weights->shape[turned], weights->shape[!turned]}, out[NN_DIMS_MAX];
	const struct graph_tensor *tensor = onnx_at(in, x);
	struct onnx_constant w, b = {0};
	unsigned dims = tensor->dims;
	int r;

	if (weights->dims != 2 || onnx_elements(tensor) != shape[0] || tensor->shape[dims - 1] != shape[0])
		return onnx_refuse(in, "weights of %ux%u do not fit one row of %u values", shape[0], shape[1],
				   onnx_elements(tensor));
	if (bias && !can_repeat(1, &shape[1], bias))
		return onnx_refuse(in, "the bias does not fit %u outputs", shape[1]);
	r = onnx_new_floats(in, 2, shape, &w);
	r = r < 0 ? r : onnx_new_floats(in, 1, &shape[1], &b);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < shape[0]; i++)
		for (uint32_t o = 0; o < shape[1]; o++)
			w.floats[(size_t)i * shape[1] + o] =
				alpha * weights->floats[turned ? (size_t)o * shape[0] + i : (size_t)i * shape[1] + o];
	for (uint32_t o = 0; bias && o < shape[1]; o++)
		b.floats[o] = beta * bias->floats[repeated_index(o, 1, &shape[1], bias)];
	r = onnx_add_floats(in, "weights", 2, shape, w.floats);
	node.input[1] = (uint16_t)r;
	r = r < 0 ? r : onnx_add_floats(in, "bias", 1, &shape[1], b.floats);
	node.input[2] = (uint16_t)r;
	onnx_clear_constant(&w);
	onnx_clear_constant(&b);
	if (r < 0)
		return r;
	memcpy(out, tensor->shape, sizeof(out));
	out[dims - 1] = shape[1];
	return onnx_add(in, node, dims, out);
}

static int import_matmul(struct onnx_import *in)
{
	const struct onnx_constant *weights;
	int x = onnx_tensor(in, 0), r;

	if (x < 0)
		return x;
	r = onnx_floats(in, 1, &weights);
	return r < 0 ? r : onnx_finish(in, add_dense(in, x, weights, false, 1, NULL, 0));
}

static int import_gemm(struct onnx_import *in)
{
	const struct onnx_constant *weights, *bias = NULL;
	int x = onnx_tensor(in, 0), r;

	if (x < 0)
		return x;
	if (onnx_int(in, "transA", 0))
		return onnx_refuse(in, "transA is not supported; the weights are the second input");
	r = onnx_floats(in, 1, &weights);
	if (r == 0 && onnx_has_input(in, 2))
		r = onnx_floats(in, 2, &bias);
	return r < 0 ? r
		     : onnx_finish(in, add_dense(in, x, weights, onnx_int(in, "transB", 0) != 0,
						 onnx_float(in, "alpha", 1), bias, onnx_float(in, "beta", 1)));
}

const struct onnx_operator onnx_pair_operators[] = {
	{"Gemm", import_gemm},
	{"MatMul", import_matmul},
	{"Add", import_add},
	{"Sub", import_subtract},
	{"Mul", import_multiply},
	{"Div", import_divide},
	{"Sum", import_sum},
	{"BatchNormalization", import_batch_norm},
	{NULL, NULL},
};
