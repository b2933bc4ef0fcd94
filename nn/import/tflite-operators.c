/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-operators.c - operators of a .tflite to nodes, one table row each. */
#include <errno.h>
#include <string.h>

#include "nn/import/tflite-file.h"

int tflite_import_unary(struct tflite *in, struct graph_node node)
{
	struct tflite_tensor x, y;
	int r = tflite_input(in, 0, &x);

	r = r < 0 ? r : tflite_output(in, &y);
	r = r < 0 ? r : tflite_use(in, &x, &node.input[0]);
	r = r < 0 ? r : tflite_make(in, &y, &node.output);
	node.inputs = 1;
	return r < 0 ? r : tflite_add_node(in, &node);
}

/* --- arithmetic ------------------------------------------------------------------------------------------------ */

static bool same_shape(const struct tflite_tensor *a, const struct tflite_tensor *b)
{
	return !memcmp(a->shape, b->shape, sizeof(a->shape)) && a->dims == b->dims;
}

/* Is b one number, or one for each element of a's last dimension? */
static bool is_vector_for(const struct tflite_tensor *b, const struct tflite_tensor *a)
{
	uint32_t n = tflite_elements(b);

	return n == 1 || (n == a->shape[a->dims - 1] && b->shape[b->dims - 1] == n);
}

/* The second operand in one of the two forms that kernels take: x's shape, or a vector for the last dimension. */
static int use_second(struct tflite *in, const struct tflite_tensor *x, const struct tflite_tensor *b,
		      uint16_t *ret_number)
{
	uint32_t channels = x->shape[x->dims - 1], n = tflite_elements(b);
	struct tflite_layout layout = {.dims = 1, .shape = {channels, 1, 1, 1}, .repeat = n == 1 ? channels : 0};
	struct graph_node node = {.code = NN_OPERATOR_RESHAPE, .inputs = 1};
	int r;

	if (same_shape(x, b))
		return tflite_use(in, b, ret_number);
	if (b->data)
		return tflite_constant(in, b, &layout, ret_number);
	if (n != channels)
		return tflite_refuse_tensor(in, b, "is one number made at run time",
					    "a vector or the full shape works");
	r = tflite_use(in, b, &node.input[0]);
	r = r < 0 ? r : tflite_make_another(in, b, ".vector", 1, &channels, &node.output);
	r = r < 0 ? r : tflite_add_node(in, &node);
	*ret_number = node.output;
	return r;
}

static int import_pairwise(struct tflite *in, enum nn_operator_code code)
{
	struct graph_node node = {.code = code, .inputs = 2};
	struct tflite_tensor a, b, y, swap;
	int r = tflite_input(in, 0, &a);

	r = r < 0 ? r : tflite_input(in, 1, &b);
	r = r < 0 ? r : tflite_output(in, &y);
	r = r < 0 ? r : tflite_activation(in, TFLITE_ARITHMETIC_ACTIVATION, &node.activation);
	if (r < 0)
		return r;
	if (!same_shape(&a, &y) || (a.data && !b.data)) {
		if (code == NN_OPERATOR_SUBTRACT)
			return tflite_refuse_tensor(in, &a, "is smaller than what is subtracted from it",
						    "the first operand must have the full shape");
		swap = a;
		a = b;
		b = swap;
	}
	if (!same_shape(&a, &y) || (!same_shape(&a, &b) && !is_vector_for(&b, &a)))
		return tflite_refuse_tensor(in, &b, "does not fit the other operand",
					    "the same shape, one number, or one a channel works");
	if (a.type != y.type ||
	    (b.type != a.type && !(b.data && a.type == NN_TYPE_F32 && b.type == NN_TYPE_F16) && !b.dequantised))
		return tflite_refuse_tensor(in, &b, "has another type than the other operand", "");
	r = tflite_use(in, &a, &node.input[0]);
	r = r < 0 ? r : use_second(in, &a, &b, &node.input[1]);
	r = r < 0 ? r : tflite_make(in, &y, &node.output);
	return r < 0 ? r : tflite_add_node(in, &node);
}

static int import_add(struct tflite *in)
{
	return import_pairwise(in, NN_OPERATOR_ADD);
}

static int import_sub(struct tflite *in)
{
	return import_pairwise(in, NN_OPERATOR_SUBTRACT);
}

static int import_mul(struct tflite *in)
{
	return import_pairwise(in, NN_OPERATOR_MULTIPLY);
}

/* --- shapes and types ------------------------------------------------------------------------------------------ */

/* All sizes are known: what the file computes at run time to find them out is left away. */
static int import_shape(struct tflite *in)
{
	struct tflite_tensor y;
	int r = tflite_output(in, &y);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < in->inputs.count && in->code != TFLITE_SHAPE; i++) {
		struct tflite_tensor x;

		r = tflite_input(in, i, &x);
		if (r < 0)
			return r;
		if (!x.data && in->places[x.index].fate != TFLITE_FATE_SHAPE)
			return tflite_refuse(in, "is supported for shapes only", "");
	}
	if (in->places[y.index].fate != TFLITE_FATE_NONE || y.data)
		return tflite_refuse_tensor(in, &y, "is made twice", "");
	in->places[y.index].fate = TFLITE_FATE_SHAPE;
	return 0;
}

static int import_reshape(struct tflite *in)
{
	struct tflite_tensor x, y;
	int r = tflite_input(in, 0, &x);

	r = r < 0 ? r : tflite_output(in, &y);
	if (r < 0)
		return r;
	if (tflite_elements(&x) != tflite_elements(&y) || x.type != y.type)
		return tflite_refuse_tensor(in, &y, "has not the elements of the input", "");
	return tflite_import_unary(in, (struct graph_node){.code = NN_OPERATOR_RESHAPE});
}

static int import_transpose(struct tflite *in)
{
	struct graph_node node = {.code = NN_OPERATOR_TRANSPOSE};
	struct tflite_tensor x, order, y;
	uint32_t n = 0, seen = 0;
	int r = tflite_input(in, 0, &x);

	r = r < 0 ? r : tflite_input(in, 1, &order);
	r = r < 0 ? r : tflite_output(in, &y);
	r = r < 0 ? r : tflite_integers(in, &order, NN_DIMS_MAX, node.parameters, &n);
	if (r < 0)
		return r;
	for (uint32_t d = 0; d < n && n == x.dims && n == y.dims; d++) {
		int32_t from = node.parameters[d];

		if (from >= 0 && from < x.dims && x.shape[from] == y.shape[d])
			seen |= 1u << from;
	}
	if (seen != (1u << x.dims) - 1)
		return tflite_refuse_tensor(in, &order, "is no order of the input's dimensions", "");
	return tflite_import_unary(in, node);
}

/* A value as stored: what stands for 0, or the constant of PADV2. */
static int read_pad_value(struct tflite *in, const struct tflite_tensor *x, int32_t *ret_value)
{
	struct tflite_tensor value;
	int r;

	*ret_value = x->zero_points.count ? (int32_t)flatbuffer_i64_item(&in->file, x->zero_points, 0) : 0;
	if (in->code != TFLITE_PADV2)
		return 0;
	r = tflite_input(in, 2, &value);
	if (r < 0)
		return r;
	if (!value.data || value.type != x->type || tflite_elements(&value) != 1)
		return tflite_refuse_tensor(in, &value, "is not one constant of the input's type", "");
	if (value.type == NN_TYPE_F32)
		memcpy(ret_value, value.data, sizeof(*ret_value));
	else if (value.type == NN_TYPE_I8)
		*ret_value = (int8_t)value.data[0];
	else if (value.type == NN_TYPE_U8)
		*ret_value = value.data[0];
	else
		*ret_value = (int16_t)(value.data[0] | value.data[1] << 8);
	return 0;
}

static int import_pad(struct tflite *in)
{
	struct graph_node node = {.code = NN_OPERATOR_PAD};
	int32_t pads[2 * NN_DIMS_MAX];
	struct tflite_tensor x, sizes, y;
	uint32_t n = 0;
	int r = tflite_input(in, 0, &x);

	r = r < 0 ? r : tflite_input(in, 1, &sizes);
	r = r < 0 ? r : tflite_output(in, &y);
	r = r < 0 ? r : tflite_integers(in, &sizes, 2 * NN_DIMS_MAX, pads, &n);
	r = r < 0 ? r : read_pad_value(in, &x, &node.parameters[NN_PARAMETER_PAD_VALUE]);
	if (r < 0)
		return r;
	if (n != 2u * x.dims || x.dims != y.dims)
		return tflite_refuse_tensor(in, &sizes, "has not two numbers a dimension", "");
	for (unsigned d = 0; d < x.dims; d++) {
		int32_t before = pads[2 * d], behind = pads[2 * d + 1];

		if (before < 0 || behind < 0 || (int64_t)x.shape[d] + before + behind != y.shape[d])
			return tflite_refuse_tensor(in, &sizes, "does not lead to the output's size", "");
		node.parameters[NN_PARAMETER_PAD_BEFORE + (int)d] = before;
		node.parameters[NN_PARAMETER_PAD_BEHIND + (int)d] = behind;
	}
	return tflite_import_unary(in, node);
}

static int import_mean(struct tflite *in)
{
	struct graph_node node = {.code = NN_OPERATOR_MEAN};
	int32_t axes[NN_DIMS_MAX];
	struct tflite_tensor x, order;
	uint32_t n = 0;
	int r = tflite_input(in, 0, &x);

	r = r < 0 ? r : tflite_input(in, 1, &order);
	r = r < 0 ? r : tflite_integers(in, &order, NN_DIMS_MAX, axes, &n);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < n; i++) {
		int32_t axis = axes[i] < 0 && axes[i] >= -(int32_t)x.dims ? axes[i] + x.dims : axes[i];

		if (axis < 0 || axis >= x.dims)
			return tflite_refuse_tensor(in, &order, "names a dimension that the input does not have", "");
		node.parameters[0] |= (int32_t)(1u << axis);
	}
	return tflite_import_unary(in, node);
}

static int import_concatenation(struct tflite *in)
{
	struct graph_node node = {.code = NN_OPERATOR_CONCAT, .inputs = (uint8_t)in->inputs.count};
	int32_t axis = flatbuffer_i32(&in->file, in->options, TFLITE_CONCATENATION_AXIS, 0);
	struct tflite_tensor y;
	int r = tflite_output(in, &y);

	r = r < 0 ? r : tflite_activation(in, TFLITE_CONCATENATION_ACTIVATION, &node.activation);
	if (r < 0)
		return r;
	if (in->inputs.count > GRAPH_INPUTS_MAX)
		return tflite_refuse(in, "has more than 7 inputs", "concatenate in steps");
	if (node.activation)
		return tflite_refuse(in, "has a fused activation", "a RELU of its own works");
	if (axis < 0)
		axis += y.dims;
	if (axis < 0 || axis >= y.dims)
		return tflite_refuse(in, "its axis is none of the output's dimensions", "");
	node.parameters[0] = axis;
	for (uint8_t i = 0; i < node.inputs && r == 0; i++) {
		struct tflite_tensor x;

		r = tflite_input(in, i, &x);
		r = r < 0 ? r : tflite_use(in, &x, &node.input[i]);
	}
	r = r < 0 ? r : tflite_make(in, &y, &node.output);
	return r < 0 ? r : tflite_add_node(in, &node);
}

static int import_quantize(struct tflite *in)
{
	return tflite_import_unary(in, (struct graph_node){.code = NN_OPERATOR_QUANTIZE});
}

/* Of a constant: whoever uses it takes the original. */
static int import_dequantize(struct tflite *in)
{
	struct tflite_tensor x, y;
	int r = tflite_input(in, 0, &x);

	r = r < 0 ? r : tflite_output(in, &y);
	if (r < 0)
		return r;
	if (!x.data)
		return tflite_import_unary(in, (struct graph_node){.code = NN_OPERATOR_DEQUANTIZE});
	if (in->places[y.index].fate != TFLITE_FATE_NONE || y.data || tflite_elements(&x) != tflite_elements(&y))
		return tflite_refuse_tensor(in, &y, "is made twice or does not fit", "");
	in->places[y.index] = (struct tflite_place){TFLITE_FATE_ALIAS, (uint16_t)x.index};
	return 0;
}

/* --- the table ------------------------------------------------------------------------------------------------- */

static const struct {
	int32_t code;
	uint8_t inputs_min, inputs_max;
	int (*import)(struct tflite *in);
} importers[] = {
	{TFLITE_ADD, 2, 2, import_add},
	{TFLITE_AVERAGE_POOL_2D, 1, 1, tflite_import_average_pool},
	{TFLITE_CONCATENATION, 1, 255, import_concatenation},
	{TFLITE_CONV_2D, 2, 3, tflite_import_conv},
	{TFLITE_DEPTHWISE_CONV_2D, 2, 3, tflite_import_depthwise},
	{TFLITE_DEQUANTIZE, 1, 1, import_dequantize},
	{TFLITE_EXPAND_DIMS, 2, 2, import_reshape},
	{TFLITE_FULLY_CONNECTED, 2, 3, tflite_import_fully_connected},
	{TFLITE_HARD_SWISH, 1, 1, tflite_import_hard_swish},
	{TFLITE_LEAKY_RELU, 1, 1, tflite_import_leaky_relu},
	{TFLITE_LOGISTIC, 1, 1, tflite_import_logistic},
	{TFLITE_MAX_POOL_2D, 1, 1, tflite_import_max_pool},
	{TFLITE_MEAN, 2, 2, import_mean},
	{TFLITE_MUL, 2, 2, import_mul},
	{TFLITE_PACK, 1, 255, import_shape},
	{TFLITE_PAD, 2, 2, import_pad},
	{TFLITE_PADV2, 3, 3, import_pad},
	{TFLITE_PRELU, 2, 2, tflite_import_prelu},
	{TFLITE_QUANTIZE, 1, 1, import_quantize},
	{TFLITE_REDUCE_MAX, 2, 2, tflite_import_reduce_max},
	{TFLITE_RELU, 1, 1, tflite_import_relu},
	{TFLITE_RELU_N1_TO_1, 1, 1, tflite_import_relu_n1_to_1},
	{TFLITE_RELU6, 1, 1, tflite_import_relu6},
	{TFLITE_RESHAPE, 1, 2, import_reshape},
	{TFLITE_SHAPE, 1, 1, import_shape},
	{TFLITE_SOFTMAX, 1, 1, tflite_import_softmax},
	{TFLITE_SQUEEZE, 1, 1, import_reshape},
	{TFLITE_STRIDED_SLICE, 4, 4, import_shape},
	{TFLITE_SUB, 2, 2, import_sub},
	{TFLITE_TANH, 1, 1, tflite_import_tanh},
	{TFLITE_TRANSPOSE, 2, 2, import_transpose},
};

int tflite_import_operator(struct tflite *in)
{
	for (unsigned i = 0; i < sizeof(importers) / sizeof(importers[0]); i++) {
		int r;

		if (importers[i].code != in->code)
			continue;
		if (in->inputs.count < importers[i].inputs_min || in->inputs.count > importers[i].inputs_max)
			return tflite_refuse(in, "has not the inputs that it needs", "");
		r = importers[i].import(in);
		return r == -ENOENT ? tflite_refuse(in, "leaves out an input that it needs", "") : r;
	}
	if (in->code == TFLITE_ARG_MAX)
		return tflite_refuse(in, "this operator is not supported",
				     "end before it: run --top=1 tells the largest output");
	return tflite_refuse(in, "this operator is not supported",
			     "those of small convolutional classifiers are: docs/models.md lists them");
}
