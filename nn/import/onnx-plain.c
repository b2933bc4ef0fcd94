/* SPDX-License-Identifier: Apache-2.0 */
/* onnx-plain.c - ONNX operators of one input and no weights: functions of each value, softmax, padding; and concat. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/compose.h"
#include "nn/import/onnx-values.h"

static int32_t float_bits(float value)
{
	int32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* --- per value --------------------------------------------------------------------------------------------------- */

static int add_unary_of(struct onnx_import *in, int tensor, struct graph_node node)
{
	if (tensor < 0)
		return tensor;
	node.inputs = 1;
	node.input[0] = (uint16_t)tensor;
	return onnx_finish(in, onnx_add(in, node, onnx_at(in, tensor)->dims, onnx_at(in, tensor)->shape));
}

static int add_unary(struct onnx_import *in, struct graph_node node)
{
	return add_unary_of(in, onnx_tensor(in, 0), node);
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

/* No limit is a large one, too. */
static int add_limits(struct onnx_import *in, unsigned input, float low, float high)
{
	int x = onnx_tensor(in, input);

	low = low < -1e30f ? -HUGE_VALF : low;
	high = high > 1e30f ? HUGE_VALF : high;
	if (x < 0)
		return x;
	if (!(low < high))
		return onnx_refuse(in, "limits %g and %g leave nothing between them", (double)low, (double)high);
	if (low == 0 && (high == 6 || isinf(high)))
		return add_unary_of(
			in, x,
			(struct graph_node){.code = NN_OPERATOR_ACTIVATION,
					    .activation = isinf(high) ? NN_ACTIVATION_RELU : NN_ACTIVATION_RELU6});
	x = graph_compose_clip(in->graph, in->node->output[0], x, low, high);
	return x < 0 ? onnx_graph_failed(in, x) : onnx_finish(in, x);
}

static int import_clip(struct onnx_import *in)
{
	float low = -HUGE_VALF, high = HUGE_VALF;
	int r = clip_limit(in, 1, "min", &low);

	r = r < 0 ? r : clip_limit(in, 2, "max", &high);
	if (r < 0)
		return r;
	return add_limits(in, 0, low, high);
}

/* Min and Max with a number are limits; of two computed values there is no operator. */
static int import_limit(struct onnx_import *in, float low, float high)
{
	const struct onnx_constant *constant;
	unsigned number = onnx_is_constant(in, 0) ? 0 : 1;
	int r;

	if (in->node->n_input != 2 || !onnx_is_constant(in, number) || onnx_is_constant(in, !number))
		return onnx_refuse(in, "is supported between one value and one number");
	r = onnx_floats(in, number, &constant);
	if (r < 0)
		return r;
	if (constant->n != 1)
		return onnx_refuse(in, "is supported with one number, not with %zu", constant->n);
	return add_limits(in, !number, isinf(low) ? low : constant->floats[0], isinf(low) ? constant->floats[0] : high);
}

static int import_min(struct onnx_import *in)
{
	return import_limit(in, -HUGE_VALF, 0);
}

static int import_max(struct onnx_import *in)
{
	return import_limit(in, 0, HUGE_VALF);
}

static int import_hard_sigmoid(struct onnx_import *in)
{
	int x = onnx_tensor(in, 0);

	if (x < 0)
		return x;
	x = graph_compose_hard_sigmoid(in->graph, in->node->output[0], x, onnx_float(in, "alpha", 0.2f),
				       onnx_float(in, "beta", 0.5f));
	return x < 0 ? onnx_graph_failed(in, x) : onnx_finish(in, x);
}

/* Slopes: one number; one a channel, as [c][1][1]; or of the input's shape. */
static int import_prelu(struct onnx_import *in)
{
	const struct onnx_constant *slopes;
	int x = onnx_tensor(in, 0), tensor, r;

	if (x < 0)
		return x;
	r = onnx_floats(in, 1, &slopes);
	if (r < 0)
		return r;
	if (slopes->n == 1)
		return add_unary(in, (struct graph_node){.code = NN_OPERATOR_LEAKY_RELU,
							 .parameters = {float_bits(slopes->floats[0])}});
	if (onnx_at(in, x)->dims != 4 || slopes->n != onnx_at(in, x)->shape[1])
		return onnx_refuse(in, "%zu slopes are not supported; one, or one for each channel of an image are",
				   slopes->n);
	x = onnx_to_nhwc(in, x);
	tensor = x < 0 ? x : onnx_add_floats(in, "slopes", 1, &onnx_at(in, x)->shape[3], slopes->floats);
	if (tensor < 0)
		return tensor;
	x = graph_compose_prelu(in->graph, in->node->output[0], x, tensor);
	return x < 0 ? onnx_graph_failed(in, x) : onnx_finish(in, onnx_from_nhwc(in, x));
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
	dims = onnx_at(in, x)->dims;
	r = read_axis(in, dims, in->opset >= 13 ? -1 : dims > 1, &axis);
	if (r < 0)
		return r;
	for (unsigned d = axis + 1; d < dims; d++)
		behind *= onnx_at(in, x)->shape[d];
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
		uint32_t shape[2] = {1, onnx_elements(onnx_at(in, x))};
		const struct graph_tensor image = *onnx_at(in, x);

		x = onnx_add_reshape(in, x, 2, shape);
		node.input[0] = (uint16_t)x;
		x = x < 0 ? x : onnx_add(in, node, 2, shape);
		return onnx_finish(in, onnx_add_reshape(in, x, image.dims, image.shape));
	}
	x = onnx_add(in, node, dims, onnx_at(in, x)->shape);
	return onnx_finish(in, behind > 1 && x >= 0 ? onnx_add_transpose(in, x, perm) : x);
}

/* --- concat and pad ---------------------------------------------------------------------------------------------- */

static int import_concat(struct onnx_import *in)
{
	struct graph_node node = {.code = NN_OPERATOR_CONCAT, .inputs = (uint8_t)in->node->n_input};
	uint32_t shape[NN_DIMS_MAX] = {1, 1, 1, 1};
	unsigned axis = 0, dims = 0;
	uint64_t along = 0;

	if (onnx_is_integers(in, 0))
		return onnx_join_integers(in);
	if (!in->node->n_input || in->node->n_input > GRAPH_INPUTS_MAX)
		return onnx_refuse(in, "%zu inputs; 1 to %d are supported", in->node->n_input, GRAPH_INPUTS_MAX);
	for (unsigned i = 0; i < in->node->n_input; i++) {
		int x = onnx_tensor(in, i), r = 0;
		const struct graph_tensor *tensor;

		if (x < 0)
			return x;
		tensor = onnx_at(in, x);
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
	return onnx_finish(in, onnx_add(in, node, dims, shape));
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
	if (in->opset >= 18 && onnx_has_input(in, 3))
		return onnx_refuse(in, "axes are not supported; export with paddings for all dimensions");
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
	dims = onnx_at(in, x)->dims;
	r = read_pads(in, dims, &pads, &value);
	x = r < 0 ? r : onnx_to_nhwc(in, x);
	if (x < 0)
		return x;
	memcpy(shape, onnx_at(in, x)->shape, sizeof(shape));
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
	return onnx_finish(in, onnx_from_nhwc(in, x));
}

const struct onnx_operator onnx_plain_operators[] = {
	{"Relu", import_relu},	     {"LeakyRelu", import_leaky_relu},
	{"PRelu", import_prelu},     {"HardSigmoid", import_hard_sigmoid},
	{"Min", import_min},	     {"Max", import_max},
	{"Clip", import_clip},	     {"Sigmoid", import_sigmoid},
	{"Tanh", import_tanh},	     {"HardSwish", import_hard_swish},
	{"Softmax", import_softmax}, {"Concat", import_concat},
	{"Pad", import_pad},	     {NULL, NULL},
};
