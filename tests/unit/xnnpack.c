/* SPDX-License-Identifier: Apache-2.0 */
/* xnnpack.c - see xnnpack.h. */
#include "tests/unit/xnnpack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xnnpack.h>

#include "nn/graph/edit.h"

enum { GUARD = 64 }; /* XNNPACK reads past the end of what it is given */

struct work {
	const struct graph *graph;
	const struct graph_node *node;
	const struct graph_tensor *in, *other, *result;
	const int8_t *a, *b;
	int8_t *out;
	xnn_operator_t op;
};

static void must(enum xnn_status status)
{
	if (status != xnn_status_success)
		fail_msg("XNNPACK says %d", (int)status);
}

static float scale_of(const struct graph_tensor *tensor)
{
	return tensor->scales[0];
}

static int8_t zero_of(const struct graph_tensor *tensor)
{
	return (int8_t)tensor->zero_points[0];
}

/* --- layers with weights ----------------------------------------------------------------------------------------- */

/* Output channel innermost becomes outermost; a depthwise layer's stay. */
static int8_t *turn(const struct graph_tensor *weights, size_t channels)
{
	size_t n = graph_tensor_bytes(weights), rows = n / channels;
	const int8_t *from = weights->data;
	int8_t *to = calloc(n + GUARD, 1);

	assert_non_null(to);
	for (size_t row = 0; row < rows; row++)
		for (size_t c = 0; c < channels; c++)
			to[c * rows + row] = from[row * channels + c];
	return to;
}

static bool has_zero_points(const struct graph_tensor *tensor)
{
	for (uint32_t i = 0; i < tensor->scale_count; i++)
		if (tensor->zero_points[i])
			return true;
	return false;
}

/* A dense layer with a scale for each channel is a convolution of one pixel. */
static bool run_layer(struct work *w)
{
	const struct graph_node *node = w->node;
	const struct graph_tensor *weights = w->other, *bias = &w->graph->tensors[node->input[2]];
	bool dense = node->code == NN_OPERATOR_DENSE, depthwise = node->code == NN_OPERATOR_DEPTHWISE_CONV_2D;
	static const int32_t one_pixel[NN_FORMAT_PARAMETERS] = {1, 1, 1, 1, 0, 0, 0, 0};
	const int32_t *p = dense ? one_pixel : node->parameters;
	uint32_t kh = dense ? 1 : weights->shape[0], kw = dense ? 1 : weights->shape[1];
	size_t out = bias->shape[0], in = dense ? weights->shape[0] : w->in->shape[3];
	size_t rows = dense ? graph_elements(w->in) / in : 1;
	size_t groups = depthwise ? in : 1, group_in = depthwise ? 1 : in, group_out = out / groups;
	uint32_t flags = depthwise ? XNN_FLAG_DEPTHWISE_CONVOLUTION : 0;
	int8_t *kernel, low = (int8_t)node->low, high = (int8_t)node->high;

	if (has_zero_points(weights) || node->inputs > 3)
		return false;
	kernel = turn(weights, depthwise ? 1 : out);
	if (weights->scale_count == 1 && dense)
		must(xnn_create_fully_connected_nc_qs8(in, out, in, out, zero_of(w->in), scale_of(w->in),
						       scale_of(weights), kernel, bias->data, zero_of(w->result),
						       scale_of(w->result), low, high, 0, &w->op));
	else if (weights->scale_count == 1)
		must(xnn_create_convolution2d_nhwc_qs8(
			(uint32_t)p[NN_PARAMETER_PAD_TOP], (uint32_t)p[NN_PARAMETER_PAD_RIGHT],
			(uint32_t)p[NN_PARAMETER_PAD_BOTTOM], (uint32_t)p[NN_PARAMETER_PAD_LEFT], kh, kw,
			(uint32_t)p[NN_PARAMETER_STRIDE_H], (uint32_t)p[NN_PARAMETER_STRIDE_W],
			(uint32_t)p[NN_PARAMETER_DILATION_H], (uint32_t)p[NN_PARAMETER_DILATION_W], (uint32_t)groups,
			group_in, group_out, in, out, zero_of(w->in), scale_of(w->in), scale_of(weights), kernel,
			bias->data, zero_of(w->result), scale_of(w->result), low, high, flags, &w->op));
	else
		must(xnn_create_convolution2d_nhwc_qc8(
			(uint32_t)p[NN_PARAMETER_PAD_TOP], (uint32_t)p[NN_PARAMETER_PAD_RIGHT],
			(uint32_t)p[NN_PARAMETER_PAD_BOTTOM], (uint32_t)p[NN_PARAMETER_PAD_LEFT], kh, kw,
			(uint32_t)p[NN_PARAMETER_STRIDE_H], (uint32_t)p[NN_PARAMETER_STRIDE_W],
			(uint32_t)p[NN_PARAMETER_DILATION_H], (uint32_t)p[NN_PARAMETER_DILATION_W], (uint32_t)groups,
			group_in, group_out, in, out, zero_of(w->in), scale_of(w->in), weights->scales, kernel,
			bias->data, zero_of(w->result), scale_of(w->result), low, high, flags, &w->op));
	free(kernel);
	if (weights->scale_count == 1 && dense)
		must(xnn_setup_fully_connected_nc_qs8(w->op, rows, w->a, w->out, NULL));
	else if (weights->scale_count == 1)
		must(xnn_setup_convolution2d_nhwc_qs8(w->op, 1, w->in->shape[1], w->in->shape[2], w->a, w->out, NULL));
	else
		must(xnn_setup_convolution2d_nhwc_qc8(w->op, rows, dense ? 1 : w->in->shape[1],
						      dense ? 1 : w->in->shape[2], w->a, w->out, NULL));
	return true;
}

/* --- pools ------------------------------------------------------------------------------------------------------- */

static bool run_max_pool(struct work *w)
{
	const int32_t *p = w->node->parameters;
	size_t channels = w->in->shape[3];

	if (p[NN_PARAMETER_KERNEL_H] * p[NN_PARAMETER_KERNEL_W] == 1)
		return false;
	must(xnn_create_max_pooling2d_nhwc_s8((uint32_t)p[NN_PARAMETER_PAD_TOP], (uint32_t)p[NN_PARAMETER_PAD_RIGHT],
					      (uint32_t)p[NN_PARAMETER_PAD_BOTTOM], (uint32_t)p[NN_PARAMETER_PAD_LEFT],
					      (uint32_t)p[NN_PARAMETER_KERNEL_H], (uint32_t)p[NN_PARAMETER_KERNEL_W],
					      (uint32_t)p[NN_PARAMETER_STRIDE_H], (uint32_t)p[NN_PARAMETER_STRIDE_W], 1,
					      1, channels, channels, channels, (int8_t)w->node->low,
					      (int8_t)w->node->high, 0, &w->op));
	must(xnn_setup_max_pooling2d_nhwc_s8(w->op, 1, w->in->shape[1], w->in->shape[2], w->a, w->out, NULL));
	return true;
}

/* The mean of an image for each channel; of other dimensions the delegate takes none. */
static bool run_mean(struct work *w)
{
	size_t channels = w->in->shape[3], pixels = (size_t)w->in->shape[1] * w->in->shape[2];

	if (w->in->dims != 4 || w->node->parameters[0] != 6)
		return false;
	must(xnn_create_global_average_pooling_nwc_qs8(channels, channels, channels, zero_of(w->in), scale_of(w->in),
						       zero_of(w->result), scale_of(w->result), (int8_t)w->node->low,
						       (int8_t)w->node->high, 0, &w->op));
	must(xnn_setup_global_average_pooling_nwc_qs8(w->op, 1, pixels, w->a, w->out, NULL));
	return true;
}

/* --- pairs ------------------------------------------------------------------------------------------------------- */

typedef enum xnn_status create_pair(int8_t, float, int8_t, float, int8_t, float, int8_t, int8_t, uint32_t,
				    xnn_operator_t *);
typedef enum xnn_status setup_pair(xnn_operator_t, size_t, const size_t *, size_t, const size_t *, const int8_t *,
				   const int8_t *, int8_t *, pthreadpool_t);

static size_t shape_of(const struct graph_tensor *tensor, size_t shape[NN_DIMS_MAX])
{
	for (unsigned d = 0; d < tensor->dims; d++)
		shape[d] = tensor->shape[d];
	return tensor->dims;
}

static bool run_pair(struct work *w, create_pair *create, setup_pair *setup)
{
	size_t a[NN_DIMS_MAX], b[NN_DIMS_MAX], a_dims = shape_of(w->in, a), b_dims = shape_of(w->other, b);

	must(create(zero_of(w->in), scale_of(w->in), zero_of(w->other), scale_of(w->other), zero_of(w->result),
		    scale_of(w->result), (int8_t)w->node->low, (int8_t)w->node->high, 0, &w->op));
	must(setup(w->op, a_dims, a, b_dims, b, w->a, w->b, w->out, NULL));
	return true;
}

/* --- functions --------------------------------------------------------------------------------------------------- */

/* The scales that TensorFlow Lite has for them; other ones are refused. */
static bool run_sigmoid(struct work *w)
{
	if (scale_of(w->result) != 0x1p-8f || zero_of(w->result) != INT8_MIN)
		return false;
	must(xnn_create_sigmoid_nc_qs8(1, 1, 1, zero_of(w->in), scale_of(w->in), INT8_MIN, 0x1p-8f, INT8_MIN, INT8_MAX,
				       0, &w->op));
	must(xnn_setup_sigmoid_nc_qs8(w->op, graph_elements(w->in), w->a, w->out, NULL));
	return true;
}

static bool run_tanh(struct work *w)
{
	if (scale_of(w->result) != 0x1p-7f || zero_of(w->result))
		return false;
	must(xnn_create_tanh_nc_qs8(1, 1, 1, zero_of(w->in), scale_of(w->in), 0, 0x1p-7f, INT8_MIN, INT8_MAX, 0,
				    &w->op));
	must(xnn_setup_tanh_nc_qs8(w->op, graph_elements(w->in), w->a, w->out, NULL));
	return true;
}

static bool run_quantise(struct work *w, const float *in)
{
	must(xnn_create_convert_nc_f32_qs8(1, 1, 1, scale_of(w->result), zero_of(w->result), INT8_MIN, INT8_MAX, 0,
					   &w->op));
	must(xnn_setup_convert_nc_f32_qs8(w->op, graph_elements(w->in), in, w->out, NULL));
	return true;
}

static bool run_dequantise(struct work *w, float *out)
{
	must(xnn_create_convert_nc_qs8_f32(1, 1, 1, scale_of(w->in), zero_of(w->in), 0, &w->op));
	must(xnn_setup_convert_nc_qs8_f32(w->op, graph_elements(w->in), w->a, out, NULL));
	return true;
}

static bool start(struct work *w, const void *in, void *out)
{
	if (w->in->type == NN_TYPE_F32 && w->result->type == NN_TYPE_I8 && w->node->code == NN_OPERATOR_QUANTIZE)
		return run_quantise(w, in);
	if (w->in->type == NN_TYPE_I8 && w->result->type == NN_TYPE_F32)
		return run_dequantise(w, out);
	if (w->in->type != NN_TYPE_I8 || w->result->type != NN_TYPE_I8)
		return false;
	switch (w->node->code) {
	case NN_OPERATOR_CONV_2D:
	case NN_OPERATOR_DEPTHWISE_CONV_2D:
	case NN_OPERATOR_DENSE:
		return run_layer(w);
	case NN_OPERATOR_MAX_POOL_2D:
		return run_max_pool(w);
	case NN_OPERATOR_MEAN:
		return run_mean(w);
	case NN_OPERATOR_ADD:
		return run_pair(w, xnn_create_add_nd_qs8, xnn_setup_add_nd_qs8);
	case NN_OPERATOR_SUBTRACT:
		return run_pair(w, xnn_create_subtract_nd_qs8, xnn_setup_subtract_nd_qs8);
	case NN_OPERATOR_MULTIPLY:
		return run_pair(w, xnn_create_multiply_nd_qs8, xnn_setup_multiply_nd_qs8);
	case NN_OPERATOR_SIGMOID:
		return run_sigmoid(w);
	case NN_OPERATOR_TANH:
		return run_tanh(w);
	default:
		return false;
	}
}

/* A copy with room behind it. */
static void *guarded(const struct graph_tensor *tensor, const void *data)
{
	size_t n = graph_tensor_bytes(tensor);
	uint8_t *copy = calloc(n + GUARD, 1);

	assert_non_null(copy);
	memcpy(copy, tensor->data ? tensor->data : data, n);
	return copy;
}

bool xnnpack_run(const struct graph *graph, const struct graph_node *node, const void *const in[], void *out)
{
	struct work w = {
		.graph = graph,
		.node = node,
		.in = &graph->tensors[node->input[0]],
		.other = &graph->tensors[node->input[node->inputs > 1]],
		.result = &graph->tensors[node->output],
		.out = out,
	};
	void *a = guarded(w.in, in[0]), *b = guarded(w.other, in[node->inputs > 1]);
	bool known;

	must(xnn_initialize(NULL));
	w.a = a;
	w.b = b;
	known = start(&w, a, out);
	if (known) {
		must(xnn_run_operator(w.op, NULL));
		must(xnn_delete_operator(w.op));
	}
	free(a);
	free(b);
	return known;
}
