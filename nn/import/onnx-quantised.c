/* SPDX-License-Identifier: Apache-2.0 */
/*
 * onnx-quantised.c - QuantizeLinear and DequantizeLinear. What quantised files store as integers becomes floats of the same
 * value; between operators the pair stays and rounds, as ONNX says that it does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/onnx-values.h"

enum {
	DATA_UINT8 = 2, /* TensorProto's number */
	DATA_INT8 = 3,
	UNSIGNED_BY = 128, /* unsigned bytes are this much above what the graph stores */
};

/* One scale and zero point, of activations; zero points of unsigned bytes become those of signed ones. */
static int read_scale(struct onnx_import *in, float *ret_scale, int32_t *ret_zero_point)
{
	const struct onnx_constant *scale, *zero;
	int32_t type = onnx_type_of(in, 2);
	int r = onnx_floats(in, 1, &scale);

	if (r < 0)
		return r;
	if (scale->n != 1 || !(scale->floats[0] > 0) || !(scale->floats[0] < 1e30f))
		return onnx_refuse(in, "the scale is not one positive number; several are supported for constants");
	*ret_scale = scale->floats[0];
	*ret_zero_point = -UNSIGNED_BY; /* without any: unsigned, and 0 */
	if (!onnx_has_input(in, 2))
		return 0;
	r = onnx_integers(in, 2, &zero);
	if (r < 0)
		return r;
	if ((type != DATA_UINT8 && type != DATA_INT8) || zero->n != 1)
		return onnx_refuse(in, "zero points of this type are not supported; one byte is");
	*ret_zero_point = (int32_t)zero->ints[0] - (type == DATA_UINT8 ? UNSIGNED_BY : 0);
	return 0;
}

static int add_scale(struct onnx_import *in, int tensor, float scale, int32_t zero_point)
{
	struct graph_tensor *quantised = &in->graph->tensors[tensor];

	quantised->scales = malloc(sizeof(scale));
	quantised->zero_points = malloc(sizeof(zero_point));
	if (!quantised->scales || !quantised->zero_points)
		return onnx_refuse(in, "out of memory");
	quantised->scales[0] = scale;
	quantised->zero_points[0] = zero_point;
	quantised->scale_count = 1;
	return 0;
}

/* The integers are in the graph's order: nothing but a DequantizeLinear reads them. */
static int import_quantize(struct onnx_import *in)
{
	struct graph_node node = {.code = NN_OPERATOR_QUANTIZE, .inputs = 1};
	int32_t zero_point;
	float scale;
	int x = onnx_to_nhwc(in, onnx_tensor(in, 0)), tensor, r;

	if (x < 0)
		return x;
	r = read_scale(in, &scale, &zero_point);
	if (r < 0)
		return r;
	tensor = graph_add_tensor(in->graph, in->node->output[0], NN_TYPE_I8, onnx_at(in, x)->dims,
				  onnx_at(in, x)->shape);
	if (tensor < 0)
		return onnx_graph_failed(in, tensor);
	node.input[0] = (uint16_t)x;
	node.output = (uint16_t)tensor;
	r = add_scale(in, tensor, scale, zero_point);
	r = r < 0 ? r : graph_add_node(in->graph, &node);
	return r < 0 ? onnx_graph_failed(in, r) : onnx_finish(in, tensor);
}

/* (integer - zero point) * scale, one pair for all or one for each place along the axis. */
static int dequantise_constant(struct onnx_import *in)
{
	const struct onnx_constant *x, *scale, *zero = NULL;
	struct onnx_constant real;
	size_t inner = 1;
	int r = onnx_integers(in, 0, &x);
	int64_t axis = onnx_int(in, "axis", 1);

	r = r < 0 ? r : onnx_floats(in, 1, &scale);
	if (r == 0 && onnx_has_input(in, 2))
		r = onnx_integers(in, 2, &zero);
	if (r < 0)
		return r;
	axis = axis < 0 ? axis + x->dims : axis;
	if (scale->n > 1 && (axis < 0 || axis >= x->dims || scale->n != x->shape[axis]))
		return onnx_refuse(in, "%zu scales do not fit the constant's axis", scale->n);
	if (zero && zero->n != scale->n)
		return onnx_refuse(in, "%zu scales and %zu zero points", scale->n, zero->n);
	for (unsigned d = (unsigned)axis + 1; scale->n > 1 && d < x->dims; d++)
		inner *= x->shape[d];
	r = onnx_new_floats(in, x->dims, x->shape, &real);
	if (r < 0)
		return r;
	for (size_t i = 0; i < x->n; i++) {
		size_t c = scale->n > 1 ? i / inner % scale->n : 0;

		real.floats[i] = (float)((double)x->ints[i] - (zero ? (double)zero->ints[c] : 0)) * scale->floats[c];
	}
	return onnx_define_constant(in, in->node->output[0], &real);
}

static int import_dequantize(struct onnx_import *in)
{
	struct graph_node node = {.code = NN_OPERATOR_DEQUANTIZE, .inputs = 1};
	const struct onnx_value *value = onnx_has_input(in, 0) ? onnx_find(in, in->node->input[0]) : NULL;
	int32_t zero_point;
	float scale;
	int x, r;

	if (onnx_is_constant(in, 0))
		return dequantise_constant(in);
	if (!value || value->tensor < 0 || onnx_at(in, value->tensor)->type != NN_TYPE_I8)
		return onnx_refuse(in, "reads neither a constant nor what a QuantizeLinear makes");
	r = read_scale(in, &scale, &zero_point);
	if (r < 0)
		return r;
	if (memcmp(&scale, onnx_at(in, value->tensor)->scales, sizeof(scale)) != 0 ||
	    zero_point != onnx_at(in, value->tensor)->zero_points[0])
		return onnx_refuse(in, "has another scale or zero point than the QuantizeLinear before it");
	node.input[0] = (uint16_t)value->tensor;
	x = onnx_add(in, node, onnx_at(in, value->tensor)->dims, onnx_at(in, value->tensor)->shape);
	return onnx_finish(in, onnx_from_nhwc(in, x));
}

const struct onnx_operator onnx_quantised_operators[] = {
	{"QuantizeLinear", import_quantize},
	{"DequantizeLinear", import_dequantize},
	{NULL, NULL},
};
