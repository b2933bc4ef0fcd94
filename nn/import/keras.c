/* SPDX-License-Identifier: Apache-2.0 */
/* keras.c - Keras layers to nodes, one table row a layer class. */
#include "nn/import/keras.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/runtime/math.h"

enum {
	NUMBER_MAX = 1 << 20, /* of any integer in a configuration */
};

/* One import at work: current is the tensor that the next layer reads. */
struct import {
	const struct keras_weights *weights;
	struct graph *graph;
	uint16_t current;
	char *reason;
	/* The layer at hand. */
	const char *layer, *class_name;
	const cJSON *config;
};

static int refuse(struct import *in, const char *what, const char *remedy)
{
	snprintf(in->reason, GRAPH_REASON, "layer %.40s (%.30s): %.90s%s%.80s", in->layer, in->class_name, what,
		 *remedy ? "; " : "", remedy);
	return -EOPNOTSUPP;
}

static const char *text_of(const struct import *in, const char *key, const char *otherwise)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(in->config, key));

	return text ? text : otherwise;
}

static bool is_true(const struct import *in, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(in->config, key));
}

static bool whole_number(const cJSON *item, int32_t *ret_number)
{
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 1 && item->valuedouble <= NUMBER_MAX) ||
	    item->valuedouble != (int32_t)item->valuedouble)
		return false;
	*ret_number = (int32_t)item->valuedouble;
	return true;
}

/* A pair [h, w] or one number for both; null and missing are `otherwise`. */
static int pair_of(struct import *in, const char *key, const int32_t otherwise[2], int32_t ret_pair[2])
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(in->config, key);

	memcpy(ret_pair, otherwise, 2 * sizeof(*ret_pair));
	if (!item || cJSON_IsNull(item))
		return 0;
	if (cJSON_GetArraySize(item) == 2 && whole_number(cJSON_GetArrayItem(item, 0), &ret_pair[0]) &&
	    whole_number(cJSON_GetArrayItem(item, 1), &ret_pair[1]))
		return 0;
	if (whole_number(item, &ret_pair[0])) {
		ret_pair[1] = ret_pair[0];
		return 0;
	}
	return refuse(in, key, "a positive number or a pair of them is needed");
}

static const struct graph_tensor *current(const struct import *in)
{
	return &in->graph->tensors[in->current];
}

static int graph_failed(struct import *in, int r)
{
	return refuse(in,
		      r == -E2BIG    ? "too many layers"
		      : r == -ERANGE ? "a tensor has an impossible size"
				     : "out of memory",
		      "");
}

/* Adds what the layer makes, of the given shape, and the node that makes it from current and the constants. */
static int add_node(struct import *in, struct graph_node node, const char *suffix, unsigned dims, const uint32_t *shape)
{
	char name[NN_FORMAT_NAME];
	int tensor, r;

	snprintf(name, sizeof(name), "%.40s%s", in->layer, suffix);
	tensor = graph_add_tensor(in->graph, name, NN_TYPE_F32, dims, shape);
	if (tensor < 0)
		return graph_failed(in, tensor);
	node.input[0] = in->current;
	node.output = (uint16_t)tensor;
	r = graph_add_node(in->graph, &node);
	if (r < 0)
		return graph_failed(in, r);
	in->current = (uint16_t)tensor;
	return 0;
}

static int add_constant(struct import *in, const char *suffix, unsigned dims, const uint32_t *shape, const float *data,
			uint16_t *ret_tensor)
{
	char name[NN_FORMAT_NAME];
	int tensor;

	snprintf(name, sizeof(name), "%.40s.%s", in->layer, suffix);
	tensor = graph_add_constant(in->graph, name, NN_TYPE_F32, dims, shape, data);
	if (tensor < 0)
		return graph_failed(in, tensor);
	*ret_tensor = (uint16_t)tensor;
	return 0;
}

/* Reads a weight that must have this shape; ret_data is to be freed. -ENOENT when the layer does not have it. */
static int read_weight(struct import *in, const char *name, unsigned dims, const uint32_t *shape, float **ret_data)
{
	uint32_t found[NN_DIMS_MAX] = {1, 1, 1, 1};
	unsigned found_dims;
	float *data;
	int r = in->weights->read(in->weights, in->layer, name, &found_dims, found, &data, in->reason);

	if (r < 0)
		return r;
	if (found_dims != dims || memcmp(found, shape, dims * sizeof(*shape)) != 0) {
		free(data);
		return refuse(in, "a weight's shape does not fit the layer", "");
	}
	*ret_data = data;
	return 0;
}

static int add_weight(struct import *in, const char *name, unsigned dims, const uint32_t *shape, uint16_t *ret_tensor)
{
	float *data;
	int r = read_weight(in, name, dims, shape, &data);

	if (r == -ENOENT)
		return refuse(in, "weights are missing in the file", "save the whole model, with weights");
	if (r < 0)
		return r;
	r = add_constant(in, name, dims, shape, data, ret_tensor);
	free(data);
	return r;
}

/* The runtime always adds a bias: a layer without one gets zeros. */
static int add_bias(struct import *in, uint32_t n, uint16_t *ret_tensor)
{
	float *zeros;
	int r;

	if (is_true(in, "use_bias"))
		return add_weight(in, "bias", 1, &n, ret_tensor);
	zeros = calloc(n, sizeof(*zeros));
	if (!zeros)
		return graph_failed(in, -ENOMEM);
	r = add_constant(in, "bias", 1, &n, zeros, ret_tensor);
	free(zeros);
	return r;
}

/* --- activations ----------------------------------------------------------------------------------------------- */

static int add_softmax(struct import *in)
{
	const struct graph_tensor *tensor = current(in);

	return add_node(in, (struct graph_node){.code = NN_OPERATOR_SOFTMAX, .inputs = 1}, ".softmax", tensor->dims,
			tensor->shape);
}

static int add_relu(struct import *in, enum nn_activation activation)
{
	const struct graph_tensor *tensor = current(in);

	return add_node(in, (struct graph_node){.code = NN_OPERATOR_ACTIVATION, .activation = activation, .inputs = 1},
			".relu", tensor->dims, tensor->shape);
}

/* As a node of its own; a pass fuses it later. */
static int add_activation(struct import *in)
{
	const char *name = text_of(in, "activation", "linear");

	if (!strcmp(name, "linear"))
		return 0;
	if (!strcmp(name, "relu"))
		return add_relu(in, NN_ACTIVATION_RELU);
	if (!strcmp(name, "relu6"))
		return add_relu(in, NN_ACTIVATION_RELU6);
	if (!strcmp(name, "softmax"))
		return add_softmax(in);

	char what[64];

	snprintf(what, sizeof(what), "activation \"%.30s\" is not supported", name);
	return refuse(in, what, "linear, relu, relu6 and softmax are");
}

/* --- layers ---------------------------------------------------------------------------------------------------- */

static int import_input(struct import *in)
{
	const cJSON *shape = cJSON_GetObjectItemCaseSensitive(in->config, "batch_input_shape");
	uint32_t sizes[NN_DIMS_MAX] = {1, 1, 1, 1};
	int dims, tensor;

	if (!shape)
		shape = cJSON_GetObjectItemCaseSensitive(in->config, "batch_shape");
	if (!shape || in->graph->tensor_count)
		return 0;
	dims = cJSON_GetArraySize(shape);
	if (dims < 2 || dims > NN_DIMS_MAX)
		return refuse(in, "an input of this shape is not supported", "2 to 4 dimensions are, batch first");
	for (int i = 1; i < dims; i++) {
		int32_t size;

		if (!whole_number(cJSON_GetArrayItem(shape, i), &size))
			return refuse(in, "the input's size is not fixed",
				      "give every dimension but the batch a number");
		sizes[i] = (uint32_t)size;
	}
	tensor = graph_add_tensor(in->graph, in->layer, NN_TYPE_F32, (unsigned)dims, sizes);
	if (tensor < 0)
		return graph_failed(in, tensor);
	in->graph->input = in->current = (uint16_t)tensor;
	return 0;
}

static int import_nothing(struct import *in)
{
	(void)in;
	return 0;
}

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
static int set_window(struct import *in, const int32_t kernel[2], const int32_t default_stride[2],
		      struct graph_node *node, uint32_t shape[NN_DIMS_MAX])
{
	static const int32_t one[2] = {1, 1};
	const struct graph_tensor *tensor = current(in);
	const char *padding = text_of(in, "padding", "valid");
	bool same = !strcmp(padding, "same");
	int32_t *p = node->parameters, stride[2], dilation[2];
	int r;

	if (tensor->dims != 4)
		return refuse(in, "needs an input of height, width and channels", "");
	if (strcmp(text_of(in, "data_format", "channels_last"), "channels_last") != 0)
		return refuse(in, "channels_first is not supported", "channels_last is");
	if (!same && strcmp(padding, "valid") != 0)
		return refuse(in, "this padding is not supported", "same and valid are");
	r = pair_of(in, "strides", default_stride, stride);
	r = r < 0 ? r : pair_of(in, "dilation_rate", one, dilation);
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
		return refuse(in, "the window is larger than what it slides over", "");
	shape[0] = 1;
	return 0;
}

/* Conv2D and DepthwiseConv2D: columns = filters or depth multiplier. */
static int import_any_conv(struct import *in, const char *weight, const char *columns_key, bool depthwise)
{
	static const int32_t one[2] = {1, 1};
	struct graph_node node = {.code = depthwise ? NN_OPERATOR_DEPTHWISE_CONV_2D : NN_OPERATOR_CONV_2D, .inputs = 3};
	uint32_t channels = current(in)->shape[3], shape[NN_DIMS_MAX], weights[NN_DIMS_MAX];
	int32_t kernel[2], columns, groups;
	int r = pair_of(in, "kernel_size", one, kernel);

	if (r < 0)
		return r;
	if (!whole_number(cJSON_GetObjectItemCaseSensitive(in->config, columns_key), &columns))
		return refuse(in, columns_key, "a positive number is needed");
	if (whole_number(cJSON_GetObjectItemCaseSensitive(in->config, "groups"), &groups) && groups != 1)
		return refuse(in, "groups are not supported", "DepthwiseConv2D is");
	r = set_window(in, kernel, one, &node, shape);
	if (r < 0)
		return r;
	weights[0] = (uint32_t)kernel[0];
	weights[1] = (uint32_t)kernel[1];
	weights[2] = channels;
	weights[3] = (uint32_t)columns;
	shape[3] = depthwise ? channels * weights[3] : weights[3];
	r = add_weight(in, weight, 4, weights, &node.input[1]);
	r = r < 0 ? r : add_bias(in, shape[3], &node.input[2]);
	r = r < 0 ? r : add_node(in, node, "", 4, shape);
	return r < 0 ? r : add_activation(in);
}

static int import_conv(struct import *in)
{
	return import_any_conv(in, "kernel", "filters", false);
}

static int import_depthwise(struct import *in)
{
	return import_any_conv(in, "depthwise_kernel", "depth_multiplier", true);
}

static int import_pool(struct import *in, enum nn_operator_code code)
{
	static const int32_t two[2] = {2, 2};
	struct graph_node node = {.code = code, .inputs = 1};
	uint32_t shape[NN_DIMS_MAX];
	int32_t size[2];
	int r = pair_of(in, "pool_size", two, size);

	r = r < 0 ? r : set_window(in, size, size, &node, shape);
	if (r < 0)
		return r;
	node.parameters[NN_PARAMETER_KERNEL_H] = size[0];
	node.parameters[NN_PARAMETER_KERNEL_W] = size[1];
	shape[3] = current(in)->shape[3];
	return add_node(in, node, "", 4, shape);
}

static int import_max_pool(struct import *in)
{
	return import_pool(in, NN_OPERATOR_MAX_POOL_2D);
}

static int import_average_pool(struct import *in)
{
	return import_pool(in, NN_OPERATOR_AVERAGE_POOL_2D);
}

static int import_flatten(struct import *in)
{
	const struct graph_tensor *tensor = current(in);
	uint32_t shape[2] = {1, 1};

	for (unsigned i = 0; i < NN_DIMS_MAX; i++)
		shape[1] *= tensor->shape[i];
	return add_node(in, (struct graph_node){.code = NN_OPERATOR_RESHAPE, .inputs = 1}, "", 2, shape);
}

static int import_dense(struct import *in)
{
	struct graph_node node = {.code = NN_OPERATOR_DENSE, .inputs = 3};
	const struct graph_tensor *tensor = current(in);
	uint32_t shape[2] = {1}, weights[2] = {tensor->shape[1]};
	int32_t units;
	int r;

	if (tensor->dims != 2)
		return refuse(in, "needs a flat input", "put a Flatten layer before it");
	if (!whole_number(cJSON_GetObjectItemCaseSensitive(in->config, "units"), &units))
		return refuse(in, "units", "a positive number is needed");
	shape[1] = weights[1] = (uint32_t)units;
	r = add_weight(in, "kernel", 2, weights, &node.input[1]);
	r = r < 0 ? r : add_bias(in, shape[1], &node.input[2]);
	r = r < 0 ? r : add_node(in, node, "", 2, shape);
	return r < 0 ? r : add_activation(in);
}

static int import_relu(struct import *in)
{
	const cJSON *max = cJSON_GetObjectItemCaseSensitive(in->config, "max_value");
	const cJSON *slope = cJSON_GetObjectItemCaseSensitive(in->config, "negative_slope");
	const cJSON *threshold = cJSON_GetObjectItemCaseSensitive(in->config, "threshold");

	if ((cJSON_IsNumber(slope) && slope->valuedouble != 0) ||
	    (cJSON_IsNumber(threshold) && threshold->valuedouble != 0))
		return refuse(in, "a slope or threshold is not supported", "plain ReLU and ReLU6 are");
	if (!cJSON_IsNumber(max))
		return add_relu(in, NN_ACTIVATION_RELU);
	if (max->valuedouble != 6)
		return refuse(in, "this max_value is not supported", "6 is");
	return add_relu(in, NN_ACTIVATION_RELU6);
}

/* Reads the four vectors of a batch normalisation into v; a scale or centre that is left out is 1 or 0. */
static int read_batch_norm(struct import *in, uint32_t n, float *v[4])
{
	static const char *const names[4] = {"moving_mean", "moving_variance", "gamma", "beta"};

	for (unsigned i = 0; i < 4; i++) {
		int r = read_weight(in, names[i], 1, &n, &v[i]);

		if (r == -ENOENT && i >= 2) {
			v[i] = malloc(n * sizeof(float));
			if (!v[i])
				return graph_failed(in, -ENOMEM);
			for (uint32_t c = 0; c < n; c++)
				v[i][c] = i == 2 ? 1 : 0;
		} else if (r == -ENOENT) {
			return refuse(in, "weights are missing in the file", "save the whole model, with weights");
		} else if (r < 0) {
			return r;
		}
	}
	return 0;
}

/* y = x * scale + offset per channel. */
static int add_scale_and_offset(struct import *in, uint32_t n, const float *scale, const float *offset)
{
	struct graph_node multiply = {.code = NN_OPERATOR_MULTIPLY, .inputs = 2};
	struct graph_node add = {.code = NN_OPERATOR_ADD, .inputs = 2};
	const struct graph_tensor *tensor = current(in);
	int r = add_constant(in, "scale", 1, &n, scale, &multiply.input[1]);

	r = r < 0 ? r : add_constant(in, "offset", 1, &n, offset, &add.input[1]);
	r = r < 0 ? r : add_node(in, multiply, ".scaled", tensor->dims, tensor->shape);
	return r < 0 ? r : add_node(in, add, "", tensor->dims, tensor->shape);
}

static int import_batch_norm(struct import *in)
{
	const struct graph_tensor *tensor = current(in);
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

static const struct {
	const char *class_name;
	int (*import)(struct import *in);
} layers[] = {
	{"InputLayer", import_input},
	{"Conv2D", import_conv},
	{"DepthwiseConv2D", import_depthwise},
	{"MaxPooling2D", import_max_pool},
	{"AveragePooling2D", import_average_pool},
	{"Flatten", import_flatten},
	{"Dense", import_dense},
	{"Activation", add_activation},
	{"ReLU", import_relu},
	{"Softmax", add_softmax},
	{"BatchNormalization", import_batch_norm},
	{"Dropout", import_nothing},
	{"SpatialDropout2D", import_nothing},
	{"GaussianNoise", import_nothing},
};

static int refuse_unknown(struct import *in)
{
	char known[200] = "";

	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s", i ? ", " : "",
			 layers[i].class_name);
	snprintf(in->reason, GRAPH_REASON, "layer %.30s: %.30s is not supported; %s are", in->layer, in->class_name,
		 known);
	return -EOPNOTSUPP;
}

/* A Functional model names the layer that each one reads: it must be the one before. */
static int check_chain(struct import *in, const cJSON *layer, const char *previous)
{
	const cJSON *inbound = cJSON_GetObjectItemCaseSensitive(layer, "inbound_nodes");
	const cJSON *node = cJSON_GetArrayItem(inbound, 0), *source = cJSON_GetArrayItem(node, 0);
	const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(source, 0));

	if (!inbound || !cJSON_GetArraySize(inbound))
		return 0;
	if (cJSON_GetArraySize(inbound) != 1 || cJSON_GetArraySize(node) != 1 || !name || !previous ||
	    strcmp(name, previous) != 0)
		return refuse(in, "reads something else than the layer before it",
			      "only plain chains of layers are supported");
	return 0;
}

static int import_layer(struct import *in, const cJSON *layer, const char *previous)
{
	in->class_name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(layer, "class_name"));
	in->config = cJSON_GetObjectItemCaseSensitive(layer, "config");
	in->layer = in->config ? text_of(in, "name", NULL) : NULL;
	if (!in->class_name || !in->layer) {
		snprintf(in->reason, GRAPH_REASON, "model_config has a layer without class_name or name");
		return -EBADMSG;
	}

	int r = check_chain(in, layer, previous);

	/* A Sequential model may have the input's shape at its first layer. */
	if (r == 0)
		r = import_input(in);
	if (r == 0 && !in->graph->tensor_count)
		return refuse(in, "the model has no input shape", "give the first layer an input_shape");
	for (size_t i = 0; r == 0 && i < sizeof(layers) / sizeof(layers[0]); i++)
		if (!strcmp(in->class_name, layers[i].class_name))
			return layers[i].import(in);
	return r < 0 ? r : refuse_unknown(in);
}

static int import_layers(struct import *in, const cJSON *root)
{
	const cJSON *config = cJSON_GetObjectItemCaseSensitive(root, "config"), *layer;
	const cJSON *list = cJSON_IsArray(config) ? config : cJSON_GetObjectItemCaseSensitive(config, "layers");
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "name"));
	const char *previous = NULL;

	if (!cJSON_IsArray(list) || !cJSON_GetArraySize(list)) {
		snprintf(in->reason, GRAPH_REASON, "model_config has no list of layers");
		return -EBADMSG;
	}
	snprintf(in->graph->name, sizeof(in->graph->name), "%s", name ? name : "keras");
	cJSON_ArrayForEach(layer, list)
	{
		int r = import_layer(in, layer, previous);

		if (r < 0)
			return r;
		previous = in->layer;
	}
	in->graph->output = in->current;
	return 0;
}

int keras_import(const char *model_config, const struct keras_weights *weights, struct graph *graph, char *ret_reason)
{
	struct import in = {.weights = weights, .graph = graph, .reason = ret_reason};
	cJSON *root = cJSON_Parse(model_config);
	int r;

	if (!root) {
		snprintf(ret_reason, GRAPH_REASON, "model_config is not JSON");
		return -EBADMSG;
	}
	r = import_layers(&in, root);
	cJSON_Delete(root);
	return r;
}
