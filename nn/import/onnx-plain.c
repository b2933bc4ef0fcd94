/* SPDX-License-Identifier: Apache-2.0 */
/* onnx-plain.c - ONNX operators without windows: dense, pairwise, per value, and those that only change the shape. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/onnx-values.h"

static const struct graph_tensor *tensor_at(const struct onnx_import *in, int tensor)
{
	return &in->graph->tensors[tensor];
}

static uint32_t elements(const struct graph_tensor *tensor)
{
	return tensor->shape[0] * tensor->shape[1] * tensor->shape[2] * tensor->shape[3];
}

static int finish(struct onnx_import *in, int tensor)
{
	return tensor < 0 ? tensor : onnx_define_tensor(in, in->node->output[0], tensor);
}

static int32_t float_bits(float value)
{
	int32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* --- per value --------------------------------------------------------------------------------------------------- */

static int add_unary(struct onnx_import *in, struct graph_node node)
{
	int tensor = onnx_tensor(in, 0);

	if (tensor < 0)
		return tensor;
	node.inputs = 1;
	node.input[0] = (uint16_t)tensor;
	return finish(in, onnx_add(in, node, tensor_at(in, tensor)->dims, tensor_at(in, tensor)->shape));
}

static int import_relu(struct onnx_import *in)
{
	return add_unary(in, (struct graph_node){.code = NN_OPERATOR_ACTIVATION, .activation = NN_ACTIVATION_RELU});
}

static int import_leaky_relu(struct onnx_import *in)
{
	return add_unary(in, (struct graph_node){.code = NN_OPERATOR_LEAKY_RELU,
						 .parameters = {float_bits(onnx_float(in, "alpha", 0.01f))}});
}

static int import_sigmoid(struct onnx_import *in)
{
	return add_unary(in, (struct graph_node){.code = NN_OPERATOR_SIGMOID});
}

static int import_tanh(struct onnx_import *in)
{
	return add_unary(in, (struct graph_node){.code = NN_OPERATOR_TANH});
}

static int import_hard_swish(struct onnx_import *in)
{
	return add_unary(in, (struct graph_node){.code = NN_OPERATOR_HARD_SWISH});
}

/* A limit: an attribute up to opset 10, an input from 11 on. */
static int clip_limit(struct onnx_import *in, unsigned input, const char *attribute, float *limit)
{
	const struct onnx_constant *constant;
	int r;

	*limit = onnx_float(in, attribute, *limit);
	if (!onnx_has_input(in, input))
		return 0;
	r = onnx_floats(in, input, &constant);
	if (r < 0)
		return r;
	*limit = constant->floats[0];
	return 0;
}

static int import_clip(struct onnx_import *in)
{
	float low = -HUGE_VALF, high = HUGE_VALF;
	int r = clip_limit(in, 1, "min", &low);

	r = r < 0 ? r : clip_limit(in, 2, "max", &high);
	if (r < 0)
		return r;
	if (low == 0 && (high == 6 || high > 1e30f))
		return add_unary(
			in, (struct graph_node){.code = NN_OPERATOR_ACTIVATION,
						.activation = high == 6 ? NN_ACTIVATION_RELU6 : NN_ACTIVATION_RELU});
	return onnx_refuse(in, "limits %g and %g are not supported; 0 and 6, and 0 alone are", (double)low,
			   (double)high);
}

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
	struct onnx_constant turned = in_graph_order(tensor_at(in, x), constant);
	bool channels = tensor_at(in, x)->dims == 4 && (turned.dims == 1 || turned.n == 1) && turned.n != 0 &&
			(turned.n == 1 || constant->dims >= 3);
	struct graph_node node = {.code = code, .inputs = 2};
	int values, tensor = channels ? onnx_to_nhwc(in, x) : x;

	if (tensor < 0)
		return tensor;
	values = add_repeated(in, tensor_at(in, tensor), channels ? &turned : constant, f);
	if (values < 0)
		return values;
	node.input[0] = (uint16_t)tensor;
	node.input[1] = (uint16_t)values;
	tensor = onnx_add(in, node, tensor_at(in, tensor)->dims, tensor_at(in, tensor)->shape);
	return channels ? onnx_from_nhwc(in, tensor) : tensor;
}

/* Two computed values of one shape, or one of a value for each channel. */
static int add_with_tensor(struct onnx_import *in, int x, int y, enum nn_operator_code code)
{
	struct graph_node node = {.code = code, .inputs = 2, .input = {(uint16_t)x, (uint16_t)y}};
	const struct graph_tensor *a = tensor_at(in, x), *b = tensor_at(in, y);
	bool images = a->dims == 4 && b->dims == 4;
	int tensor;

	if (a->dims == b->dims && !memcmp(a->shape, b->shape, sizeof(a->shape)))
		return onnx_add(in, node, a->dims, a->shape);
	if (images && code != NN_OPERATOR_SUBTRACT && a->shape[1] == b->shape[1] && elements(a) == a->shape[1])
		return add_with_tensor(in, y, x, code);
	if (!images || a->shape[1] != b->shape[1] || elements(b) != b->shape[1])
		return onnx_refuse(in, "inputs of different shapes; alike, or one value a channel are supported");
	x = onnx_to_nhwc(in, x);
	y = onnx_add_reshape(in, y, 1, &b->shape[1]);
	if (x < 0 || y < 0)
		return x < 0 ? x : y;
	node.input[0] = (uint16_t)x;
	node.input[1] = (uint16_t)y;
	tensor = onnx_add(in, node, 4, tensor_at(in, x)->shape);
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

static int import_add(struct onnx_import *in)
{
	return finish(in, add_pair(in, 0, 1, NN_OPERATOR_ADD, same));
}

static int import_multiply(struct onnx_import *in)
{
	return finish(in, add_pair(in, 0, 1, NN_OPERATOR_MULTIPLY, same));
}

static int import_subtract(struct onnx_import *in)
{
	const struct onnx_constant *constant;
	int x, r;

	if (onnx_is_constant(in, 1))
		return finish(in, add_pair(in, 0, 1, NN_OPERATOR_ADD, negative));
	if (!onnx_is_constant(in, 0))
		return finish(in, add_pair(in, 0, 1, NN_OPERATOR_SUBTRACT, same));
	/* c - x = x * -1 + c */
	r = onnx_floats(in, 0, &constant);
	x = onnx_tensor(in, 1);
	if (r < 0 || x < 0)
		return r < 0 ? r : x;
	x = add_with_constant(in, x, constant, NN_OPERATOR_MULTIPLY, minus_one);
	return finish(in, x < 0 ? x : add_with_constant(in, x, constant, NN_OPERATOR_ADD, same));
}

static int import_divide(struct onnx_import *in)
{
	if (!onnx_is_constant(in, 1))
		return onnx_refuse(in, "division is supported by constants alone");
	return finish(in, add_pair(in, 0, 1, NN_OPERATOR_MULTIPLY, reciprocal));
}

static int import_sum(struct onnx_import *in)
{
	int sum, y;

	if (in->node->n_input < 2)
		return finish(in, onnx_tensor(in, 0));
	sum = add_pair(in, 0, 1, NN_OPERATOR_ADD, same);
	for (unsigned i = 2; i < in->node->n_input && sum >= 0; i++) {
		y = onnx_tensor(in, i);
		sum = y < 0 ? y : add_with_tensor(in, sum, y, NN_OPERATOR_ADD);
	}
	return finish(in, sum);
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
	for (unsigned i = 0; i < 4 && r == 0; i++) {
		r = onnx_floats(in, i + 1, &v[i]);
		if (r == 0 &&
		    v[i]->n != tensor_at(in, x)->shape[tensor_at(in, x)->dims == 4 ? 1 : tensor_at(in, x)->dims - 1])
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
	if (r == 0 && tensor_at(in, x)->dims == 4) {
		/* as constants [c][1][1] */
		scale.dims = offset.dims = 3;
		scale.shape[1] = scale.shape[2] = offset.shape[1] = offset.shape[2] = 1;
	}
	r = r < 0 ? r : add_with_constant(in, x, &scale, NN_OPERATOR_MULTIPLY, same);
	r = r < 0 ? r : add_with_constant(in, r, &offset, NN_OPERATOR_ADD, same);
	onnx_clear_constant(&scale);
	onnx_clear_constant(&offset);
	return finish(in, r);
}

/* --- dense ------------------------------------------------------------------------------------------------------- */

/* weights [in][out] or, turned, [out][in], times alpha; bias NULL: zeros. */
static int add_dense(struct onnx_import *in, int x, const struct onnx_constant *weights, bool turned, float alpha,
		     const struct onnx_constant *bias, float beta)
{
	struct graph_node node = {.code = NN_OPERATOR_DENSE, .inputs = 3, .input = {(uint16_t)x}};
	uint32_t shape[2] = {weights->shape[turned], weights->shape[!turned]}, out[NN_DIMS_MAX];
	const struct graph_tensor *tensor = tensor_at(in, x);
	struct onnx_constant w, b = {0};
	unsigned dims = tensor->dims;
	int r;

	if (weights->dims != 2 || elements(tensor) != shape[0] || tensor->shape[dims - 1] != shape[0])
		return onnx_refuse(in, "weights of %ux%u do not fit one row of %u values", shape[0], shape[1],
				   elements(tensor));
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
	return r < 0 ? r : finish(in, add_dense(in, x, weights, false, 1, NULL, 0));
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
		     : finish(in, add_dense(in, x, weights, onnx_int(in, "transB", 0) != 0, onnx_float(in, "alpha", 1),
					    bias, onnx_float(in, "beta", 1)));
}

/* --- softmax ----------------------------------------------------------------------------------------------------- */

static int read_axis(struct onnx_import *in, unsigned dims, int64_t otherwise, unsigned *ret_axis)
{
	int64_t given = onnx_int(in, "axis", otherwise), axis = given < 0 ? given + dims : given;

	if (axis < 0 || axis >= dims)
		return onnx_refuse(in, "axis %lld is outside of %u dimensions", (long long)given, dims);
	*ret_axis = (unsigned)axis;
	return 0;
}

/* Over one axis, which goes last for it; before opset 13 over all axes from this one on, seen as one. */
static int import_softmax(struct onnx_import *in)
{
	struct graph_node node = {.code = NN_OPERATOR_SOFTMAX, .inputs = 1};
	int x = onnx_tensor(in, 0), r;
	int32_t perm[NN_DIMS_MAX] = {0, 1, 2, 3};
	uint32_t behind = 1;
	unsigned axis = 0, dims;

	if (x < 0)
		return x;
	dims = tensor_at(in, x)->dims;
	r = read_axis(in, dims, in->opset >= 13 ? -1 : dims > 1, &axis);
	if (r < 0)
		return r;
	for (unsigned d = axis + 1; d < dims; d++)
		behind *= tensor_at(in, x)->shape[d];
	if (in->opset < 13 && behind > 1)
		return onnx_refuse(in, "a softmax over several axes is not supported; flatten before it");
	/* Exchanging two places undoes itself. */
	perm[axis] = (int32_t)dims - 1;
	perm[dims - 1] = (int32_t)axis;
	if (behind > 1)
		x = onnx_add_transpose(in, x, perm);
	if (x < 0)
		return x;
	node.input[0] = (uint16_t)x;
	if (behind == 1 && axis + 1 < dims) {
		/* [1][c][1][1]: only c counts. */
		uint32_t shape[2] = {1, elements(tensor_at(in, x))};
		const struct graph_tensor image = *tensor_at(in, x);

		x = onnx_add_reshape(in, x, 2, shape);
		node.input[0] = (uint16_t)x;
		x = x < 0 ? x : onnx_add(in, node, 2, shape);
		return finish(in, onnx_add_reshape(in, x, image.dims, image.shape));
	}
	x = onnx_add(in, node, dims, tensor_at(in, x)->shape);
	return finish(in, behind > 1 && x >= 0 ? onnx_add_transpose(in, x, perm) : x);
}

/* --- shapes ------------------------------------------------------------------------------------------------------ */

/* Gives the value another shape: a constant stays one. */
static int finish_reshape(struct onnx_import *in, unsigned dims, const uint32_t *shape)
{
	struct onnx_constant copy = {0};
	const struct onnx_constant *constant;
	int r;

	if (!onnx_is_constant(in, 0))
		return finish(in, onnx_add_reshape(in, onnx_tensor(in, 0), dims, shape));
	r = onnx_floats(in, 0, &constant);
	r = r < 0 ? r : onnx_new_floats(in, dims, shape, &copy);
	if (r < 0)
		return r;
	memcpy(copy.floats, constant->floats, constant->n * sizeof(float));
	return onnx_define_constant(in, in->node->output[0], &copy);
}

/* The shape of input 0, computed or constant. */
static int input_shape(struct onnx_import *in, unsigned *ret_dims, uint32_t shape[NN_DIMS_MAX])
{
	const struct onnx_constant *constant;
	int r;

	if (onnx_is_constant(in, 0)) {
		r = onnx_floats(in, 0, &constant);
		if (r < 0)
			return r;
		*ret_dims = constant->dims;
		memcpy(shape, constant->shape, NN_DIMS_MAX * sizeof(*shape));
		return 0;
	}
	r = onnx_tensor(in, 0);
	if (r < 0)
		return r;
	*ret_dims = tensor_at(in, r)->dims;
	memcpy(shape, tensor_at(in, r)->shape, NN_DIMS_MAX * sizeof(*shape));
	return 0;
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
	int r = input_shape(in, &dims, from), free_dim = -1;

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
	int r = input_shape(in, &dims, from);
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

/* Axes: an attribute up to opset 12, an input from 13 on. NULL when there are none. */
static int read_axes(struct onnx_import *in, const int64_t **ret_axes, size_t *ret_n)
{
	const Onnx__AttributeProto *attribute = onnx_attribute(in, "axes");
	const struct onnx_constant *constant;
	int r;

	*ret_axes = attribute ? attribute->ints : NULL;
	*ret_n = attribute ? attribute->n_ints : 0;
	if (!onnx_has_input(in, 1))
		return 0;
	r = onnx_integers(in, 1, &constant);
	if (r < 0)
		return r;
	*ret_axes = constant->ints;
	*ret_n = constant->n;
	return 0;
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
	int r = input_shape(in, &dims, from);

	r = r < 0 ? r : read_axes(in, &axes, &n);
	if (r < 0)
		return r;
	for (unsigned d = 0; d < dims; d++)
		if (from[d] != 1 || (axes && !is_among(d, dims, axes, n)))
			to[kept++] = from[d];
	if (!kept)
		to[kept++] = 1;
	return finish_reshape(in, kept, to);
}

static int import_unsqueeze(struct onnx_import *in)
{
	uint32_t from[NN_DIMS_MAX] = {0}, to[NN_DIMS_MAX];
	unsigned dims, taken = 0;
	const int64_t *axes;
	size_t n;
	int r = input_shape(in, &dims, from);

	r = r < 0 ? r : read_axes(in, &axes, &n);
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
	int r = onnx_floats(in, 0, &from);

	if (r < 0)
		return r;
	for (unsigned d = 0; d < from->dims; d++) {
		shape[d] = from->shape[perm[d]];
		for (unsigned e = (unsigned)perm[d] + 1; e < from->dims; e++)
			steps[d] *= from->shape[e];
	}
	r = onnx_new_floats(in, from->dims, shape, &to);
	if (r < 0)
		return r;
	for (size_t i = 0; i < to.n; i++) {
		size_t rest = i, index = 0;

		for (unsigned d = to.dims; d-- > 0; rest /= shape[d])
			index += rest % shape[d] * steps[d];
		to.floats[i] = from->floats[index];
	}
	return onnx_define_constant(in, in->node->output[0], &to);
}

static int import_transpose(struct onnx_import *in)
{
	uint32_t shape[NN_DIMS_MAX] = {0};
	int32_t perm[NN_DIMS_MAX] = {0};
	unsigned dims;
	int r = input_shape(in, &dims, shape);

	r = r < 0 ? r : read_perm(in, dims, perm);
	if (r < 0)
		return r;
	return onnx_is_constant(in, 0) ? transpose_constant(in, perm)
				       : finish(in, onnx_add_transpose(in, onnx_tensor(in, 0), perm));
}

static int import_concat(struct onnx_import *in)
{
	struct graph_node node = {.code = NN_OPERATOR_CONCAT, .inputs = (uint8_t)in->node->n_input};
	uint32_t shape[NN_DIMS_MAX] = {1, 1, 1, 1};
	unsigned axis = 0, dims = 0;
	uint64_t along = 0;

	if (!in->node->n_input || in->node->n_input > GRAPH_INPUTS_MAX)
		return onnx_refuse(in, "%zu inputs; 1 to %d are supported", in->node->n_input, GRAPH_INPUTS_MAX);
	for (unsigned i = 0; i < in->node->n_input; i++) {
		int x = onnx_tensor(in, i), r = 0;
		const struct graph_tensor *tensor;

		if (x < 0)
			return x;
		tensor = tensor_at(in, x);
		if (!i) {
			dims = tensor->dims;
			memcpy(shape, tensor->shape, sizeof(shape));
			r = read_axis(in, dims, 1, &axis);
		}
		if (r < 0)
			return r;
		for (unsigned d = 0; d < dims; d++)
			if (tensor->dims != dims || (d != axis && tensor->shape[d] != shape[d]))
				return onnx_refuse(in, "input %u has another shape than the first", i + 1);
		along += tensor->shape[axis];
		node.input[i] = (uint16_t)x;
	}
	if (along > NN_FORMAT_BYTES_MAX)
		return onnx_graph_failed(in, -ERANGE);
	shape[axis] = (uint32_t)along;
	node.parameters[0] = (int32_t)axis;
	return finish(in, onnx_add(in, node, dims, shape));
}

/* Amounts: the attribute pads up to opset 10, an input from 11 on; n before each dimension, then n behind. */
static int read_pads(struct onnx_import *in, unsigned dims, const int64_t **ret_pads, float *ret_value)
{
	const Onnx__AttributeProto *attribute = onnx_attribute(in, "pads");
	const struct onnx_constant *constant;
	size_t n = attribute ? attribute->n_ints : 0;
	int r = 0;

	*ret_pads = attribute ? attribute->ints : NULL;
	*ret_value = onnx_float(in, "value", 0);
	if (in->opset >= 11) {
		r = onnx_integers(in, 1, &constant);
		if (r < 0)
			return r;
		*ret_pads = constant->ints;
		n = constant->n;
		if (onnx_has_input(in, 2)) {
			r = onnx_floats(in, 2, &constant);
			if (r < 0)
				return r;
			*ret_value = constant->floats[0];
		}
	}
	return n == 2u * dims ? 0 : onnx_refuse(in, "%zu paddings for %u dimensions; %u are needed", n, dims, 2 * dims);
}

static int import_pad(struct onnx_import *in)
{
	static const uint8_t image_dims[4] = {0, 3, 1, 2}; /* of NCHW in NHWC */
	struct graph_node node = {.code = NN_OPERATOR_PAD, .inputs = 1};
	const int64_t *pads;
	uint32_t shape[NN_DIMS_MAX];
	unsigned dims;
	float value;
	char mode[16];
	int x = onnx_tensor(in, 0), r;

	if (x < 0)
		return x;
	onnx_text(in, "mode", mode, sizeof(mode));
	if (*mode && strcmp(mode, "constant") != 0)
		return onnx_refuse(in, "mode %s is not supported; constant is", mode);
	dims = tensor_at(in, x)->dims;
	r = read_pads(in, dims, &pads, &value);
	x = r < 0 ? r : onnx_to_nhwc(in, x);
	if (x < 0)
		return x;
	memcpy(shape, tensor_at(in, x)->shape, sizeof(shape));
	node.input[0] = (uint16_t)x;
	for (unsigned d = 0; d < dims; d++) {
		unsigned e = dims == 4 ? image_dims[d] : d;

		if (pads[d] < 0 || pads[d] > 1024 || pads[d + dims] < 0 || pads[d + dims] > 1024)
			return onnx_refuse(in, "pads is out of range; 0 to 1024 is supported");
		node.parameters[NN_PARAMETER_PAD_BEFORE + e] = (int32_t)pads[d];
		node.parameters[NN_PARAMETER_PAD_BEHIND + e] = (int32_t)pads[d + dims];
		shape[e] += (uint32_t)(pads[d] + pads[d + dims]);
	}
	node.parameters[NN_PARAMETER_PAD_VALUE] = float_bits(value);
	x = onnx_add(in, node, dims, shape);
	return finish(in, onnx_from_nhwc(in, x));
}

/* --- nothing to do at run time ----------------------------------------------------------------------------------- */

/* The same value under another name. */
static int import_identity(struct onnx_import *in)
{
	uint32_t shape[NN_DIMS_MAX] = {0};
	unsigned dims;
	int r;

	if (!onnx_is_constant(in, 0))
		return finish(in, onnx_tensor(in, 0));
	r = input_shape(in, &dims, shape);
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
	if ((value = onnx_attribute(in, "value_ints")) && value->n_ints) {
		constant.dims = 1;
		constant.n = value->n_ints;
		constant.shape[0] = (uint32_t)constant.n;
	} else if (!(value = onnx_attribute(in, "value_int")) && !(value = onnx_attribute(in, "value_float"))) {
		return onnx_refuse(in, "has no value; value, value_int, value_ints and value_float are supported");
	}
	if (!strcmp(value->name, "value_float")) {
		constant.floats = malloc(sizeof(*constant.floats));
		if (constant.floats)
			*constant.floats = value->f;
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
		return to == 1 ? finish(in, onnx_tensor(in, 0))
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

const struct onnx_operator onnx_plain_operators[] = {
	{"Gemm", import_gemm},
	{"MatMul", import_matmul},
	{"Add", import_add},
	{"Sub", import_subtract},
	{"Mul", import_multiply},
	{"Div", import_divide},
	{"Sum", import_sum},
	{"BatchNormalization", import_batch_norm},
	{"Relu", import_relu},
	{"LeakyRelu", import_leaky_relu},
	{"Clip", import_clip},
	{"Sigmoid", import_sigmoid},
	{"Tanh", import_tanh},
	{"HardSwish", import_hard_swish},
	{"Softmax", import_softmax},
	{"Flatten", import_flatten},
	{"Reshape", import_reshape},
	{"Squeeze", import_squeeze},
	{"Unsqueeze", import_unsqueeze},
	{"Transpose", import_transpose},
	{"Concat", import_concat},
	{"Pad", import_pad},
	{"Identity", import_identity},
	{"Dropout", import_identity},
	{"Constant", import_constant},
	{"Cast", import_cast},
	{NULL, NULL},
};
