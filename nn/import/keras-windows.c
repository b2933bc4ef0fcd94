/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keras-windows.c - Keras layers that slide windows: convolutions and pools. Those of one dimension slide along an image of
 * height 1; the tensor gets that shape before and loses it behind.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/keras-layer.h"

enum padding {
	PADDING_VALID,
	PADDING_SAME,
	PADDING_CAUSAL, /* all of it before */
};

/* One direction of a window: sizes and padding as TensorFlow counts them. */
static bool place_window(uint32_t size, int32_t kernel, int32_t stride, int32_t dilation, enum padding kind,
			 int32_t *ret_before, int32_t *ret_after, uint32_t *ret_out)
{
	int64_t extent = (int64_t)(kernel - 1) * dilation + 1, padding = 0, out;

	if (kind == PADDING_SAME) {
		out = ((int64_t)size + stride - 1) / stride;
		padding = (out - 1) * stride + extent - size;
		padding = padding > 0 ? padding : 0;
	} else if (kind == PADDING_CAUSAL) {
		padding = extent - 1;
	}
	if (size + padding < extent)
		return false;
	*ret_out = (uint32_t)((size + padding - extent) / stride + 1);
	*ret_before = (int32_t)(kind == PADDING_CAUSAL ? padding : padding / 2);
	*ret_after = (int32_t)(padding - *ret_before);
	return true;
}

static int read_padding(struct keras_import *in, bool line, enum padding *ret_padding)
{
	const char *padding = keras_text_of(in, "padding", "valid");

	if (!strcmp(padding, "valid"))
		*ret_padding = PADDING_VALID;
	else if (!strcmp(padding, "same"))
		*ret_padding = PADDING_SAME;
	else if (!strcmp(padding, "causal") && line)
		*ret_padding = PADDING_CAUSAL;
	else
		return keras_refuse(in, "this padding is not supported", "same and valid are");
	return 0;
}

static int check_order(struct keras_import *in)
{
	return strcmp(keras_text_of(in, "data_format", "channels_last"), "channels_last") != 0
		       ? keras_refuse(in, "channels_first is not supported", "channels_last is")
		       : 0;
}

/* Strides, dilation and padding into parameters, output height and width into shape[1..2]. A line has one number of each. */
static int set_window(struct keras_import *in, const int32_t kernel[2], const int32_t default_stride[2], bool line,
		      struct graph_node *node, uint32_t shape[NN_DIMS_MAX])
{
	static const int32_t one[2] = {1, 1};
	const struct graph_tensor *tensor = keras_current(in);
	enum padding padding = PADDING_VALID;
	int32_t *p = node->parameters, stride[2], dilation[2];
	int r = check_order(in);

	if (r == 0 && tensor->dims != 4)
		return keras_refuse(in, "needs an input of height, width and channels", "");
	r = r < 0 ? r : read_padding(in, line, &padding);
	r = r < 0 ? r : keras_pair_of(in, "strides", default_stride, stride);
	r = r < 0 ? r : keras_pair_of(in, "dilation_rate", one, dilation);
	if (r < 0)
		return r;
	p[NN_PARAMETER_STRIDE_H] = line ? 1 : stride[0];
	p[NN_PARAMETER_STRIDE_W] = stride[1];
	p[NN_PARAMETER_DILATION_H] = line ? 1 : dilation[0];
	p[NN_PARAMETER_DILATION_W] = dilation[1];
	if (!place_window(tensor->shape[1], kernel[0], p[NN_PARAMETER_STRIDE_H], p[NN_PARAMETER_DILATION_H],
			  line ? PADDING_VALID : padding, &p[NN_PARAMETER_PAD_TOP], &p[NN_PARAMETER_PAD_BOTTOM],
			  &shape[1]) ||
	    !place_window(tensor->shape[2], kernel[1], stride[1], dilation[1], padding, &p[NN_PARAMETER_PAD_LEFT],
			  &p[NN_PARAMETER_PAD_RIGHT], &shape[2]))
		return keras_refuse(in, "the window is larger than what it slides over", "");
	shape[0] = 1;
	return 0;
}

/* --- lines ----------------------------------------------------------------------------------------------------- */

/* [1][n][channels] as an image of height 1. */
static int begin_line(struct keras_import *in)
{
	const struct graph_tensor *tensor = keras_current(in);
	uint32_t shape[NN_DIMS_MAX] = {1, 1, tensor->shape[1], tensor->shape[2]};

	if (tensor->dims != 3)
		return keras_refuse(in, "needs an input of steps and channels", "");
	return keras_add_reshape(in, ".image", 4, shape);
}

static int end_line(struct keras_import *in)
{
	const struct graph_tensor *tensor = keras_current(in);
	uint32_t shape[NN_DIMS_MAX] = {1, tensor->shape[2], tensor->shape[3], 1};

	return keras_add_reshape(in, ".line", 3, shape);
}

/* --- convolutions ---------------------------------------------------------------------------------------------- */

/* A convolution's weights; Keras has them as the graph does, in three dimensions for a line. */
static int add_kernel(struct keras_import *in, const char *name, const uint32_t shape[4], bool line,
		      uint16_t *ret_tensor)
{
	float *data;
	int r = keras_read_weight(in, name, line ? 3 : 4, shape + line, &data);

	/* Keras 3 calls that of a DepthwiseConv2D as it calls any. */
	if (r == -ENOENT && !strcmp(name, "depthwise_kernel"))
		r = keras_read_weight(in, "kernel", line ? 3 : 4, shape + line, &data);
	if (r < 0)
		return r == -ENOENT ? keras_missing_weights(in) : r;
	r = keras_add_constant(in, name, 4, shape, data, ret_tensor);
	free(data);
	return r;
}

static int read_kernel_size(struct keras_import *in, const char *columns_key, bool line, int32_t kernel[2],
			    int32_t *ret_columns)
{
	static const int32_t one[2] = {1, 1};
	int32_t groups;
	int r = keras_pair_of(in, "kernel_size", one, kernel);

	if (r < 0)
		return r;
	if (line)
		kernel[0] = 1;
	if (!keras_whole_number(cJSON_GetObjectItemCaseSensitive(in->config, columns_key), ret_columns))
		return keras_refuse(in, columns_key, "a positive number is needed");
	if (keras_whole_number(cJSON_GetObjectItemCaseSensitive(in->config, "groups"), &groups) && groups != 1)
		return keras_refuse(in, "groups are not supported", "DepthwiseConv2D is");
	return 0;
}

/* Conv2D, Conv1D and DepthwiseConv2D: columns = filters or depth multiplier. */
static int import_any_conv(struct keras_import *in, const char *weight, const char *columns_key, bool depthwise,
			   bool line)
{
	static const int32_t one[2] = {1, 1};
	struct graph_node node = {.code = depthwise ? NN_OPERATOR_DEPTHWISE_CONV_2D : NN_OPERATOR_CONV_2D, .inputs = 3};
	uint32_t shape[NN_DIMS_MAX], weights[NN_DIMS_MAX];
	int32_t kernel[2], columns;
	int r = read_kernel_size(in, columns_key, line, kernel, &columns);

	r = r < 0 || !line ? r : begin_line(in);
	r = r < 0 ? r : set_window(in, kernel, one, line, &node, shape);
	if (r < 0)
		return r;
	weights[0] = (uint32_t)kernel[0];
	weights[1] = (uint32_t)kernel[1];
	weights[2] = keras_current(in)->shape[3];
	weights[3] = (uint32_t)columns;
	shape[3] = depthwise ? weights[2] * weights[3] : weights[3];
	r = add_kernel(in, weight, weights, line, &node.input[1]);
	r = r < 0 ? r : keras_add_bias(in, shape[3], &node.input[2]);
	r = r < 0 ? r : keras_add_node(in, node, "", 4, shape);
	r = r < 0 ? r : keras_add_activation(in);
	return r < 0 || !line ? r : end_line(in);
}

int keras_import_conv(struct keras_import *in)
{
	return import_any_conv(in, "kernel", "filters", false, false);
}

int keras_import_conv_1d(struct keras_import *in)
{
	return import_any_conv(in, "kernel", "filters", false, true);
}

int keras_import_depthwise(struct keras_import *in)
{
	return import_any_conv(in, "depthwise_kernel", "depth_multiplier", true, false);
}

static int add_zeros(struct keras_import *in, uint32_t n, uint16_t *ret_tensor)
{
	float *zeros = calloc(n, sizeof(*zeros));
	int r = zeros ? keras_add_constant(in, "no-bias", 1, &n, zeros, ret_tensor) : keras_graph_failed(in, -ENOMEM);

	free(zeros);
	return r;
}

/* A depthwise convolution without a bias, then one of 1x1 that has it. */
int keras_import_separable(struct keras_import *in)
{
	static const int32_t one[2] = {1, 1};
	struct graph_node depthwise = {.code = NN_OPERATOR_DEPTHWISE_CONV_2D, .inputs = 3};
	struct graph_node pointwise = {.code = NN_OPERATOR_CONV_2D, .inputs = 3};
	uint32_t shape[NN_DIMS_MAX], weights[NN_DIMS_MAX], mixing[NN_DIMS_MAX] = {1, 1};
	int32_t kernel[2], filters, multiplier;
	int r = read_kernel_size(in, "filters", false, kernel, &filters);

	r = r < 0 ? r : set_window(in, kernel, one, false, &depthwise, shape);
	if (r < 0)
		return r;
	if (!keras_whole_number(cJSON_GetObjectItemCaseSensitive(in->config, "depth_multiplier"), &multiplier))
		return keras_refuse(in, "depth_multiplier", "a positive number is needed");
	weights[0] = (uint32_t)kernel[0];
	weights[1] = (uint32_t)kernel[1];
	weights[2] = keras_current(in)->shape[3];
	weights[3] = (uint32_t)multiplier;
	mixing[2] = shape[3] = weights[2] * weights[3];
	mixing[3] = (uint32_t)filters;
	r = add_kernel(in, "depthwise_kernel", weights, false, &depthwise.input[1]);
	r = r < 0 ? r : add_zeros(in, shape[3], &depthwise.input[2]);
	r = r < 0 ? r : keras_add_node(in, depthwise, ".depthwise", 4, shape);
	shape[3] = mixing[3];
	for (unsigned i = NN_PARAMETER_STRIDE_H; i <= NN_PARAMETER_DILATION_W; i++)
		pointwise.parameters[i] = 1;
	r = r < 0 ? r : add_kernel(in, "pointwise_kernel", mixing, false, &pointwise.input[1]);
	r = r < 0 ? r : keras_add_bias(in, shape[3], &pointwise.input[2]);
	r = r < 0 ? r : keras_add_node(in, pointwise, "", 4, shape);
	return r < 0 ? r : keras_add_activation(in);
}

/* --- pools ----------------------------------------------------------------------------------------------------- */

static int import_pool(struct keras_import *in, enum nn_operator_code code, bool line)
{
	static const int32_t two[2] = {2, 2};
	struct graph_node node = {.code = code, .inputs = 1};
	uint32_t shape[NN_DIMS_MAX];
	int32_t size[2];
	int r = line ? begin_line(in) : 0;

	r = r < 0 ? r : keras_pair_of(in, "pool_size", two, size);
	if (r < 0)
		return r;
	if (line)
		size[0] = 1;
	r = set_window(in, size, size, line, &node, shape);
	if (r < 0)
		return r;
	node.parameters[NN_PARAMETER_KERNEL_H] = size[0];
	node.parameters[NN_PARAMETER_KERNEL_W] = size[1];
	shape[3] = keras_current(in)->shape[3];
	r = keras_add_node(in, node, "", 4, shape);
	return r < 0 || !line ? r : end_line(in);
}

int keras_import_max_pool(struct keras_import *in)
{
	return import_pool(in, NN_OPERATOR_MAX_POOL_2D, false);
}

int keras_import_max_pool_1d(struct keras_import *in)
{
	return import_pool(in, NN_OPERATOR_MAX_POOL_2D, true);
}

int keras_import_average_pool(struct keras_import *in)
{
	return import_pool(in, NN_OPERATOR_AVERAGE_POOL_2D, false);
}

int keras_import_average_pool_1d(struct keras_import *in)
{
	return import_pool(in, NN_OPERATOR_AVERAGE_POOL_2D, true);
}

/* A window as large as the image, or the line. */
static int import_global_pool(struct keras_import *in, enum nn_operator_code code)
{
	struct graph_node node = {.code = code, .inputs = 1};
	uint32_t shape[NN_DIMS_MAX] = {1, 1, 1, 1};
	const struct graph_tensor *tensor;
	bool line = keras_current(in)->dims == 3, keep = keras_is_true(in, "keepdims");
	int r = check_order(in);

	r = r < 0 || !line ? r : begin_line(in);
	if (r < 0)
		return r;
	tensor = keras_current(in);
	if (tensor->dims != 4)
		return keras_refuse(in, "needs an input of height, width and channels, or of steps and channels", "");
	shape[3] = tensor->shape[3];
	for (unsigned i = NN_PARAMETER_STRIDE_H; i <= NN_PARAMETER_DILATION_W; i++)
		node.parameters[i] = 1;
	node.parameters[NN_PARAMETER_KERNEL_H] = (int32_t)tensor->shape[1];
	node.parameters[NN_PARAMETER_KERNEL_W] = (int32_t)tensor->shape[2];
	r = keras_add_node(in, node, "", 4, shape);
	shape[1] = keep ? 1 : shape[3];
	shape[2] = keep ? shape[3] : 1;
	return r < 0 || (keep && !line) ? r : keras_add_reshape(in, ".flat", keep ? 3 : 2, shape);
}

int keras_import_global_average_pool(struct keras_import *in)
{
	return import_global_pool(in, NN_OPERATOR_AVERAGE_POOL_2D);
}

int keras_import_global_max_pool(struct keras_import *in)
{
	return import_global_pool(in, NN_OPERATOR_MAX_POOL_2D);
}
