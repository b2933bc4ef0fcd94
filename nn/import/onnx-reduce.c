/* SPDX-License-Identifier: Apache-2.0 */
/* onnx-reduce.c - ONNX operators that make one value of a dimension: means and maxima. */
#include <errno.h>

#include "nn/import/onnx-values.h"

/* Axes as a set of bits; without any it is all of them. */
static int read_axes(struct onnx_import *in, unsigned dims, unsigned *ret_axes)
{
	const int64_t *axes;
	size_t n;
	int r = onnx_axes(in, &axes, &n);

	if (r < 0)
		return r;
	*ret_axes = n ? 0 : (1u << dims) - 1;
	for (size_t i = 0; i < n; i++) {
		int64_t axis = axes[i] < 0 ? axes[i] + dims : axes[i];

		if (axis < 0 || axis >= dims)
			return onnx_refuse(in, "axes: %lld is outside of %u dimensions", (long long)axes[i], dims);
		*ret_axes |= 1u << axis;
	}
	return 0;
}

/* What is left of a shape whose dimensions among the axes are 1, or gone. */
static unsigned reduced_shape(const struct graph_tensor *x, unsigned axes, bool keep, uint32_t shape[NN_DIMS_MAX])
{
	unsigned dims = 0;

	for (unsigned d = 0; d < x->dims; d++)
		if (keep || !(axes & (1u << d)))
			shape[dims++] = axes & (1u << d) ? 1 : x->shape[d];
	if (!dims)
		shape[dims++] = 1;
	return dims;
}

/* Over all of an image's places it is a global pool, which is fast; means go over any dimensions. */
static int import_reduction(struct onnx_import *in, enum nn_operator_code pool)
{
	struct graph_node node = {.code = NN_OPERATOR_MEAN, .inputs = 1};
	int x = onnx_tensor(in, 0), tensor, r;
	uint32_t shape[NN_DIMS_MAX];
	unsigned axes, dims, places;

	if (x < 0)
		return x;
	dims = onnx_at(in, x)->dims;
	r = read_axes(in, dims, &axes);
	if (r < 0)
		return r;
	places = dims == 4 ? 0xc : 4;
	if (dims >= 3 && (axes | 1) == (places | 1) && onnx_at(in, x)->shape[0] == 1) {
		tensor = onnx_from_nhwc(in, onnx_add_global_pool(in, pool));
	} else if (pool == NN_OPERATOR_AVERAGE_POOL_2D) {
		node.input[0] = (uint16_t)x;
		node.parameters[0] = (int32_t)axes;
		dims = reduced_shape(onnx_at(in, x), axes, true, shape);
		tensor = onnx_add(in, node, dims, shape);
	} else {
		return onnx_refuse(in, "is supported over all places of an image (axes 2, 3) or a line (axis 2)");
	}
	in->line = false;
	if (tensor < 0)
		return tensor;
	dims = reduced_shape(onnx_at(in, x), axes, onnx_int(in, "keepdims", 1) != 0, shape);
	return onnx_finish(in, onnx_add_reshape(in, tensor, dims, shape));
}

static int import_mean(struct onnx_import *in)
{
	return import_reduction(in, NN_OPERATOR_AVERAGE_POOL_2D);
}

static int import_maximum(struct onnx_import *in)
{
	return import_reduction(in, NN_OPERATOR_MAX_POOL_2D);
}

const struct onnx_operator onnx_reduce_operators[] = {
	{"ReduceMean", import_mean},
	{"ReduceMax", import_maximum},
	{NULL, NULL},
};
