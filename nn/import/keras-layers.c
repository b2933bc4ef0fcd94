/* SPDX-License-Identifier: Apache-2.0 */
/* keras-layers.c - Keras layers to nodes, class by class. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/keras-layer.h"
#include "nn/runtime/math.h"

/* One direction of a window: sizes and padding as TensorFlow counts them. */
static bool place_window(uint32_t size, int32_t kernel, int32_t stride, int32_t dilation, bool same,
			 int32_t *ret_before, int32_t *ret_after, uint32_t *ret_out)
{
	int64_t extent = (int64_t)(kernel - 1) * dilation + 1, padding = 0, out;

	if (same) {
		out = ((int64_t)size + stride - 1) / stride;
		padding = (out - 1) * stride + extent - size;
		padding = padding > 0 ? padding : 0;
	}
	if (size + padding < extent)
		return false;
	*ret_out = (uint32_t)((size + padding - extent) / stride + 1);
	*ret_before = (int32_t)(padding / 2);
	*ret_after = (int32_t)(padding - padding / 2);
	return true;
}

/* Strides, dilation and padding into parameters, output height and width into shape[1..2]. */
static int set_window(struct keras_import *in, const int32_t kernel[2], const int32_t default_stride[2],
		      struct graph_node *node, uint32_t shape[NN_DIMS_MAX])
{
	static const int32_t one[2] = {1, 1};
	const struct graph_tensor *tensor = keras_current(in);
	const char *padding = keras_text_of(in, "padding", "valid");
	bool same = !strcmp(padding, "same");
	int32_t *p = node->parameters, stride[2], dilation[2];
	int r;

	if (tensor->dims != 4)
		return keras_refuse(in, "needs an input of height, width and channels", "");
	if (strcmp(keras_text_of(in, "data_format", "channels_last"), "channels_last") != 0)
		return keras_refuse(in, "channels_first is not supported", "channels_last is");
	if (!same && strcmp(padding, "valid") != 0)
		return keras_refuse(in, "this padding is not supported", "same and valid are");
	r = keras_pair_of(in, "strides", default_stride, stride);
	r = r < 0 ? r : keras_pair_of(in, "dilation_rate", one, dilation);
	if (r < 0)
		return r;
	p[NN_PARAMETER_STRIDE_H] = stride[0];
	p[NN_PARAMETER_STRIDE_W] = stride[1];
	p[NN_PARAMETER_DILATION_H] = dilation[0];
	p[NN_PARAMETER_DILATION_W] = dilation[1];
	if (!place_window(tensor->shape[1], kernel[0], stride[0], dilation[0], same, &p[NN_PARAMETER_PAD_TOP],
			  &p[NN_PARAMETER_PAD_BOTTOM], &shape[1]) ||
	    !place_window(tensor->shape[2], kernel[1], stride[1], dilation[1], same, &p[NN_PARAMETER_PAD_LEFT],
			  &p[NN_PARAMETER_PAD_RIGHT], &shape[2]))
		return keras_refuse(in, "the window is larger than what it slides over", "");
	shape[0] = 1;
	return 0;
}

/* Conv2D and DepthwiseConv2D: columns = filters or depth multiplier. */
static int import_any_conv(struct keras_import *in, const char *weight, const char *columns_key, bool depthwise)
{
	static const int32_t one[2] = {1, 1};
	struct graph_node node = {.code = depthwise ? NN_OPERATOR_DEPTHWISE_CONV_2D : NN_OPERATOR_CONV_2D, .inputs = 3};
	uint32_t channels = keras_current(in)->shape[3], shape[NN_DIMS_MAX], weights[NN_DIMS_MAX];
	int32_t kernel[2], columns, groups;
	int r = keras_pair_of(in, "kernel_size", one, kernel);

	if (r < 0)
		return r;
	if (!keras_whole_number(cJSON_GetObjectItemCaseSensitive(in->config, columns_key), &columns))
		return keras_refuse(in, columns_key, "a positive number is needed");
	if (keras_whole_number(cJSON_GetObjectItemCaseSensitive(in->config, "groups"), &groups) && groups != 1)
		return keras_refuse(in, "groups are not supported", "DepthwiseConv2D is");
	r = set_window(in, kernel, one, &node, shape);
	if (r < 0)
		return r;
	weights[0] = (uint32_t)kernel[0];
	weights[1] = (uint32_t)kernel[1];
	weights[2] = channels;
	weights[3] = (uint32_t)columns;
	shape[3] = depthwise ? channels * weights[3] : weights[3];
	r = keras_add_weight(in, weight, 4, weights, &node.input[1]);
	r = r < 0 ? r : keras_add_bias(in, shape[3], &node.input[2]);
	r = r < 0 ? r : keras_add_node(in, node, "", 4, shape);
	return r < 0 ? r : keras_add_activation(in);
}

int keras_import_conv(struct keras_import *in)
{
	return import_any_conv(in, "kernel", "filters", false);
}

int keras_import_depthwise(struct keras_import *in)
{
	return import_any_conv(in, "depthwise_kernel", "depth_multiplier", true);
}

static int import_pool(struct keras_import *in, enum nn_operator_code code)
{
	static const int32_t two[2] = {2, 2};
	struct graph_node node = {.code = code, .inputs = 1};
	uint32_t shape[NN_DIMS_MAX];
	int32_t size[2];
	int r = keras_pair_of(in, "pool_size", two, size);

	r = r < 0 ? r : set_window(in, size, size, &node, shape);
	if (r < 0)
		return r;
	node.parameters[NN_PARAMETER_KERNEL_H] = size[0];
	node.parameters[NN_PARAMETER_KERNEL_W] = size[1];
	shape[3] = keras_current(in)->shape[3];
	return keras_add_node(in, node, "", 4, shape);
}

int keras_import_max_pool(struct keras_import *in)
{
	return import_pool(in, NN_OPERATOR_MAX_POOL_2D);
}

int keras_import_average_pool(struct keras_import *in)
{
	return import_pool(in, NN_OPERATOR_AVERAGE_POOL_2D);
}

int keras_import_flatten(struct keras_import *in)
{
	const struct graph_tensor *tensor = keras_current(in);
	uint32_t shape[2] = {1, 1};

	for (unsigned i = 0; i < NN_DIMS_MAX; i++)
		shape[1] *= tensor->shape[i];
	return keras_add_node(in, (struct graph_node){.code = NN_OPERATOR_RESHAPE, .inputs = 1}, "", 2, shape);
}

int keras_import_dense(struct keras_import *in)
{
	struct graph_node node = {.code = NN_OPERATOR_DENSE, .inputs = 3};
	const struct graph_tensor *tensor = keras_current(in);
	uint32_t shape[2] = {1}, weights[2] = {tensor->shape[1]};
	int32_t units;
	int r;

	if (tensor->dims != 2)
		return keras_refuse(in, "needs a flat input", "put a Flatten layer before it");
	if (!keras_whole_number(cJSON_GetObjectItemCaseSensitive(in->config, "units"), &units))
		return keras_refuse(in, "units", "a positive number is needed");
	shape[1] = weights[1] = (uint32_t)units;
	r = keras_add_weight(in, "kernel", 2, weights, &node.input[1]);
	r = r < 0 ? r : keras_add_bias(in, shape[1], &node.input[2]);
	r = r < 0 ? r : keras_add_node(in, node, "", 2, shape);
	return r < 0 ? r : keras_add_activation(in);
}

int keras_import_relu(struct keras_import *in)
{
	const cJSON *max = cJSON_GetObjectItemCaseSensitive(in->config, "max_value");
	const cJSON *slope = cJSON_GetObjectItemCaseSensitive(in->config, "negative_slope");
	const cJSON *threshold = cJSON_GetObjectItemCaseSensitive(in->config, "threshold");

	if ((cJSON_IsNumber(slope) && slope->valuedouble != 0) ||
	    (cJSON_IsNumber(threshold) && threshold->valuedouble != 0))
		return keras_refuse(in, "a slope or threshold is not supported", "plain ReLU and ReLU6 are");
	if (!cJSON_IsNumber(max))
		return keras_add_relu(in, NN_ACTIVATION_RELU);
	if (max->valuedouble != 6)
		return keras_refuse(in, "this max_value is not supported", "6 is");
	return keras_add_relu(in, NN_ACTIVATION_RELU6);
}

/* Reads the four vectors of a batch normalisation into v; a scale or centre that is left out is 1 or 0. */
static int read_batch_norm(struct keras_import *in, uint32_t n, float *v[4])
{
	static const char *const names[4] = {"moving_mean", "moving_variance", "gamma", "beta"};

	for (unsigned i = 0; i < 4; i++) {
		int r = keras_read_weight(in, names[i], 1, &n, &v[i]);

		if (r == -ENOENT && i >= 2) {
			v[i] = malloc(n * sizeof(float));
			if (!v[i])
				return keras_graph_failed(in, -ENOMEM);
			for (uint32_t c = 0; c < n; c++)
				v[i][c] = i == 2 ? 1 : 0;
		} else if (r == -ENOENT) {
			return keras_refuse(in, "weights are missing in the file",
					    "save the whole model, with weights");
		} else if (r < 0) {
			return r;
		}
	}
	return 0;
}

/* y = x * scale + offset per channel. */
static int add_scale_and_offset(struct keras_import *in, uint32_t n, const float *scale, const float *offset)
{
	struct graph_node multiply = {.code = NN_OPERATOR_MULTIPLY, .inputs = 2};
	struct graph_node add = {.code = NN_OPERATOR_ADD, .inputs = 2};
	const struct graph_tensor *tensor = keras_current(in);
	int r = keras_add_constant(in, "scale", 1, &n, scale, &multiply.input[1]);

	r = r < 0 ? r : keras_add_constant(in, "offset", 1, &n, offset, &add.input[1]);
	r = r < 0 ? r : keras_add_node(in, multiply, ".scaled", tensor->dims, tensor->shape);
	return r < 0 ? r : keras_add_node(in, add, "", tensor->dims, tensor->shape);
}

int keras_import_batch_norm(struct keras_import *in)
{
	const struct graph_tensor *tensor = keras_current(in);
	const cJSON *epsilon = cJSON_GetObjectItemCaseSensitive(in->config, "epsilon");
	uint32_t n = tensor->shape[tensor->dims - 1];
	float *v[4] = {NULL, NULL, NULL, NULL};
	int r = read_batch_norm(in, n, v);

	if (r == 0) {
		for (uint32_t c = 0; c < n; c++) {
			float variance = v[1][c] + (float)(cJSON_IsNumber(epsilon) ? epsilon->valuedouble : 1e-3);

			v[2][c] /= nn_sqrt(variance);
			v[3][c] -= v[0][c] * v[2][c];
		}
		r = add_scale_and_offset(in, n, v[2], v[3]);
	}
	for (unsigned i = 0; i < 4; i++)
		free(v[i]);
	return r;
}
