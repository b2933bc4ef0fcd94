/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-layers.c - operators of a .tflite that slide windows or have weights. */
#include <errno.h>

#include "nn/import/tflite-file.h"

enum {
	WINDOW_MAX = 1024, /* strides, dilations and kernels; keeps the arithmetic far from overflow */
};

int tflite_activation(struct tflite *in, unsigned slot, enum nn_activation *ret_activation)
{
	uint8_t code = flatbuffer_u8(&in->file, in->options, slot, TFLITE_ACTIVATION_NONE);

	if (code != TFLITE_ACTIVATION_NONE && code != TFLITE_ACTIVATION_RELU && code != TFLITE_ACTIVATION_RELU6)
		return tflite_refuse(in, "its fused activation is not supported", "none, RELU and RELU6 are");
	*ret_activation = code == TFLITE_ACTIVATION_NONE   ? NN_ACTIVATION_NONE
			  : code == TFLITE_ACTIVATION_RELU ? NN_ACTIVATION_RELU
							   : NN_ACTIVATION_RELU6;
	return 0;
}

/* --- windows --------------------------------------------------------------------------------------------------- */

/* One direction: sizes and padding as TensorFlow counts them. */
static bool place_window(uint32_t size, uint32_t kernel, int32_t stride, int32_t dilation, bool same,
			 int32_t *ret_before, int32_t *ret_behind, uint32_t *ret_out)
{
	int64_t extent, padding = 0, out;

	if (kernel < 1 || kernel > WINDOW_MAX || stride < 1 || stride > WINDOW_MAX || dilation < 1 ||
	    dilation > WINDOW_MAX)
		return false;
	extent = (int64_t)(kernel - 1) * dilation + 1;
	if (same) {
		out = ((int64_t)size + stride - 1) / stride;
		padding = (out - 1) * stride + extent - size;
		padding = padding > 0 ? padding : 0;
	}
	if (size + padding < extent)
		return false;
	*ret_out = (uint32_t)((size + padding - extent) / stride + 1);
	*ret_before = (int32_t)(padding / 2);
	*ret_behind = (int32_t)(padding - padding / 2);
	return true;
}

/* Strides, dilation and padding into the node; the output must have the size that follows. */
static int set_window(struct tflite *in, const struct tflite_tensor *x, const struct tflite_tensor *y,
		      uint32_t kernel_h, uint32_t kernel_w, struct graph_node *node)
{
	uint8_t padding = flatbuffer_u8(&in->file, in->options, TFLITE_WINDOW_PADDING, TFLITE_PADDING_SAME);
	int32_t *p = node->parameters;
	uint32_t out_h, out_w;

	if (x->dims != 4)
		return tflite_refuse_tensor(in, x, "has not 4 dimensions",
					    "batch, height, width and channels are needed");
	if (x->shape[0] != 1)
		return tflite_refuse_tensor(in, x, "has a batch", "convert with a batch of 1");
	if (padding > TFLITE_PADDING_VALID)
		return tflite_refuse(in, "its padding is not known", "SAME and VALID are");
	p[NN_PARAMETER_STRIDE_H] = flatbuffer_i32(&in->file, in->options, TFLITE_WINDOW_STRIDE_H, 0);
	p[NN_PARAMETER_STRIDE_W] = flatbuffer_i32(&in->file, in->options, TFLITE_WINDOW_STRIDE_W, 0);
	if (!place_window(x->shape[1], kernel_h, p[NN_PARAMETER_STRIDE_H], p[NN_PARAMETER_DILATION_H], !padding,
			  &p[NN_PARAMETER_PAD_TOP], &p[NN_PARAMETER_PAD_BOTTOM], &out_h) ||
	    !place_window(x->shape[2], kernel_w, p[NN_PARAMETER_STRIDE_W], p[NN_PARAMETER_DILATION_W], !padding,
			  &p[NN_PARAMETER_PAD_LEFT], &p[NN_PARAMETER_PAD_RIGHT], &out_w))
		return tflite_refuse(in, "its window does not fit what it slides over",
				     "strides, dilations and kernels from 1 to 1024 are supported");
	if (y->dims != 4 || y->shape[0] != 1 || y->shape[1] != out_h || y->shape[2] != out_w)
		return tflite_refuse_tensor(in, y, "has a size that does not follow from the window", "");
	return 0;
}

static int import_pool(struct tflite *in, enum nn_operator_code code)
{
	struct graph_node node = {.code = code, .inputs = 1};
	struct tflite_tensor x, y;
	int32_t h = flatbuffer_i32(&in->file, in->options, TFLITE_POOL_FILTER_H, 0);
	int32_t w = flatbuffer_i32(&in->file, in->options, TFLITE_POOL_FILTER_W, 0);
	int r = tflite_input(in, 0, &x);

	node.parameters[NN_PARAMETER_DILATION_H] = node.parameters[NN_PARAMETER_DILATION_W] = 1;
	node.parameters[NN_PARAMETER_KERNEL_H] = h;
	node.parameters[NN_PARAMETER_KERNEL_W] = w;
	r = r < 0 ? r : tflite_output(in, &y);
	r = r < 0 ? r : tflite_activation(in, TFLITE_POOL_ACTIVATION, &node.activation);
	r = r < 0 ? r : set_window(in, &x, &y, (uint32_t)h, (uint32_t)w, &node);
	if (r == 0 && x.shape[3] != y.shape[3])
		r = tflite_refuse_tensor(in, &y, "has other channels than the input", "");
	r = r < 0 ? r : tflite_use(in, &x, &node.input[0]);
	r = r < 0 ? r : tflite_make(in, &y, &node.output);
	return r < 0 ? r : tflite_add_node(in, &node);
}

int tflite_import_max_pool(struct tflite *in)
{
	return import_pool(in, NN_OPERATOR_MAX_POOL_2D);
}

int tflite_import_average_pool(struct tflite *in)
{
	return import_pool(in, NN_OPERATOR_AVERAGE_POOL_2D);
}

/* The largest of all places of an image, as Keras' GlobalMaxPooling2D is written: a window as large as it. */
int tflite_import_reduce_max(struct tflite *in)
{
	struct graph_node node = {.code = NN_OPERATOR_MAX_POOL_2D, .inputs = 1};
	struct graph_node reshape = {.code = NN_OPERATOR_RESHAPE, .inputs = 1};
	struct tflite_tensor x, order, y;
	int32_t axes[NN_DIMS_MAX] = {0};
	uint32_t n = 0, seen = 0, shape[NN_DIMS_MAX] = {1, 1, 1, 1};
	int r = tflite_input(in, 0, &x);

	r = r < 0 ? r : tflite_input(in, 1, &order);
	r = r < 0 ? r : tflite_output(in, &y);
	r = r < 0 ? r : tflite_integers(in, &order, NN_DIMS_MAX, axes, &n);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < n; i++) {
		int32_t axis = axes[i] < 0 ? axes[i] + x.dims : axes[i];

		seen |= axis >= 0 && axis < NN_DIMS_MAX ? 1u << axis : 1;
	}
	if (x.dims != 4 || x.shape[0] != 1 || seen != 6 || tflite_elements(&y) != x.shape[3] || x.type != y.type)
		return tflite_refuse_tensor(in, &order, "asks for a maximum that is not supported",
					    "that over height and width of an image is");
	for (unsigned i = NN_PARAMETER_STRIDE_H; i <= NN_PARAMETER_DILATION_W; i++)
		node.parameters[i] = 1;
	node.parameters[NN_PARAMETER_KERNEL_H] = (int32_t)x.shape[1];
	node.parameters[NN_PARAMETER_KERNEL_W] = (int32_t)x.shape[2];
	shape[3] = x.shape[3];
	r = tflite_use(in, &x, &node.input[0]);
	r = r < 0 ? r : tflite_make_another(in, &y, ".largest", 4, shape, &node.output);
	r = r < 0 ? r : tflite_add_node(in, &node);
	reshape.input[0] = node.output;
	r = r < 0 ? r : tflite_make(in, &y, &reshape.output);
	return r < 0 ? r : tflite_add_node(in, &reshape);
}

/* --- layers with weights --------------------------------------------------------------------------------------- */

/* What weights and bias the kernels take for each type of activations. */
static int check_weights(struct tflite *in, const struct tflite_tensor *x, const struct tflite_tensor *weights,
			 bool *ret_hybrid)
{
	bool floats = weights->type == NN_TYPE_F32 || weights->type == NN_TYPE_F16 || weights->dequantised;

	*ret_hybrid = false;
	if (!weights->data)
		return tflite_refuse_tensor(in, weights, "is made at run time", "weights must be constants");
	if (x->type == NN_TYPE_F32 && floats)
		return 0;
	if (!weights->scales.count)
		return tflite_refuse_tensor(in, weights, "has no scale", "");
	if (x->type == NN_TYPE_F32 && weights->type == NN_TYPE_I8) {
		*ret_hybrid = true;
		return 0;
	}
	if (!floats && ((x->type == NN_TYPE_I8 && weights->type == NN_TYPE_I8) ||
			(x->type == NN_TYPE_I16 && weights->type == NN_TYPE_I8) ||
			(x->type == NN_TYPE_U8 && weights->type == NN_TYPE_U8)))
		return 0;
	return tflite_refuse_tensor(
		in, weights, "does not go with its input's type",
		"float32 with float32, float16 or int8, int8 and int16 with int8, uint8 with uint8 do");
}

static enum nn_type bias_type(const struct tflite_tensor *x)
{
	return x->type == NN_TYPE_F32 ? NN_TYPE_F32 : x->type == NN_TYPE_I16 ? NN_TYPE_I64 : NN_TYPE_I32;
}

static int add_bias(struct tflite *in, const struct tflite_tensor *x, uint32_t n, uint16_t *ret_number)
{
	struct tflite_layout layout = {.dims = 1, .shape = {n, 1, 1, 1}};
	struct tflite_tensor bias;
	int r;

	if (!tflite_has_input(in, 2))
		return tflite_zero_bias(in, bias_type(x), n, ret_number);
	r = tflite_input(in, 2, &bias);
	if (r < 0)
		return r;
	if (tflite_elements(&bias) != n)
		return tflite_refuse_tensor(in, &bias, "has not one number a channel", "");
	if (bias.type != bias_type(x) && !(x->type == NN_TYPE_F32 && (bias.type == NN_TYPE_F16 || bias.dequantised)))
		return tflite_refuse_tensor(in, &bias, "does not go with its input's type",
					    "float32 needs float32, 8 bits need int32, int16 needs int64");
	return tflite_constant(in, &bias, &layout, ret_number);
}

/* Node with input, weights, bias and output once weights and window are checked. */
static int add_layer(struct tflite *in, struct graph_node node, const struct tflite_tensor *x,
		     const struct tflite_tensor *weights, const struct tflite_layout *layout, uint32_t channels,
		     const struct tflite_tensor *y)
{
	bool hybrid;
	int r = check_weights(in, x, weights, &hybrid);

	node.inputs = 3;
	if (hybrid)
		node.parameters[NN_PARAMETER_HYBRID] = NN_HYBRID_DYNAMIC;
	if (r == 0 && y->type != x->type)
		r = tflite_refuse_tensor(in, y, "has another type than the input", "");
	r = r < 0 ? r : tflite_use(in, x, &node.input[0]);
	r = r < 0 ? r : tflite_constant(in, weights, layout, &node.input[1]);
	r = r < 0 ? r : add_bias(in, x, channels, &node.input[2]);
	r = r < 0 ? r : tflite_make(in, y, &node.output);
	return r < 0 ? r : tflite_add_node(in, &node);
}

/* The operands of a convolution; the scales of its weights belong to one scale or to the output channels. */
static int read_layer(struct tflite *in, struct tflite_tensor *x, struct tflite_tensor *weights,
		      struct tflite_tensor *y, unsigned weight_dims, int32_t channel_dim)
{
	int r = tflite_input(in, 0, x);

	r = r < 0 ? r : tflite_input(in, 1, weights);
	r = r < 0 ? r : tflite_output(in, y);
	if (r < 0)
		return r;
	if (weights->dims != weight_dims)
		return tflite_refuse_tensor(in, weights, "has not the dimensions of weights", "");
	if (weights->scales.count > 1 && weights->quantised_dim != channel_dim)
		return tflite_refuse_tensor(in, weights, "has scales along another dimension than the output channels",
					    "");
	return 0;
}

/* Weights [co][kh][kw][ci] to [kh][kw][ci][co]. */
int tflite_import_conv(struct tflite *in)
{
	struct graph_node node = {.code = NN_OPERATOR_CONV_2D};
	struct tflite_layout layout = {.transposed = true, .dims = 4, .quantised_dim = 3, .weights = true};
	struct tflite_tensor x, w, y;
	int r = read_layer(in, &x, &w, &y, 4, 0);

	if (r < 0)
		return r;
	node.parameters[NN_PARAMETER_DILATION_H] = flatbuffer_i32(&in->file, in->options, TFLITE_CONV_DILATION_H, 1);
	node.parameters[NN_PARAMETER_DILATION_W] = flatbuffer_i32(&in->file, in->options, TFLITE_CONV_DILATION_W, 1);
	r = tflite_activation(in, TFLITE_CONV_ACTIVATION, &node.activation);
	r = r < 0 ? r : set_window(in, &x, &y, w.shape[1], w.shape[2], &node);
	if (r < 0)
		return r;
	if (w.shape[3] != x.shape[3] && x.shape[3] % w.shape[3] == 0)
		return tflite_refuse_tensor(in, &w, "is of a grouped convolution",
					    "one group or DEPTHWISE_CONV_2D works");
	if (w.shape[3] != x.shape[3] || w.shape[0] != y.shape[3])
		return tflite_refuse_tensor(in, &w, "does not fit the channels of input and output", "");
	layout.shape[0] = w.shape[1];
	layout.shape[1] = w.shape[2];
	layout.shape[2] = w.shape[3];
	layout.shape[3] = w.shape[0];
	return add_layer(in, node, &x, &w, &layout, w.shape[0], &y);
}

/* Weights [1][kh][kw][ci * m] lie as ours, [kh][kw][ci][m]. */
int tflite_import_depthwise(struct tflite *in)
{
	struct graph_node node = {.code = NN_OPERATOR_DEPTHWISE_CONV_2D};
	struct tflite_layout layout = {.dims = 4, .weights = true};
	struct tflite_tensor x, w, y;
	int r = read_layer(in, &x, &w, &y, 4, 3);

	if (r < 0)
		return r;
	node.parameters[NN_PARAMETER_DILATION_H] =
		flatbuffer_i32(&in->file, in->options, TFLITE_DEPTHWISE_DILATION_H, 1);
	node.parameters[NN_PARAMETER_DILATION_W] =
		flatbuffer_i32(&in->file, in->options, TFLITE_DEPTHWISE_DILATION_W, 1);
	r = tflite_activation(in, TFLITE_DEPTHWISE_ACTIVATION, &node.activation);
	r = r < 0 ? r : set_window(in, &x, &y, w.shape[1], w.shape[2], &node);
	if (r < 0)
		return r;
	if (w.shape[0] != 1 || w.shape[3] != y.shape[3] || w.shape[3] % x.shape[3])
		return tflite_refuse_tensor(in, &w, "does not fit the channels of input and output", "");
	layout.shape[0] = w.shape[1];
	layout.shape[1] = w.shape[2];
	layout.shape[2] = x.shape[3];
	layout.shape[3] = w.shape[3] / x.shape[3];
	layout.quantised_dim = layout.shape[3] == 1 ? 2 : 3;
	return add_layer(in, node, &x, &w, &layout, w.shape[3], &y);
}

/* Weights [out][in] to [in][out]. */
int tflite_import_fully_connected(struct tflite *in)
{
	struct graph_node node = {.code = NN_OPERATOR_DENSE};
	struct tflite_layout layout = {.transposed = true, .dims = 2, .quantised_dim = 1, .weights = true};
	struct tflite_tensor x, w, y;
	int r = read_layer(in, &x, &w, &y, 2, 0);

	r = r < 0 ? r : tflite_activation(in, TFLITE_FULLY_CONNECTED_ACTIVATION, &node.activation);
	if (r < 0)
		return r;
	if (flatbuffer_u8(&in->file, in->options, TFLITE_FULLY_CONNECTED_FORMAT, 0))
		return tflite_refuse_tensor(in, &w, "is shuffled for another machine",
					    "convert without shuffled weights");
	if (tflite_elements(&x) != w.shape[1] || tflite_elements(&y) != w.shape[0])
		return tflite_refuse_tensor(in, &x, "has not as many elements as the layer has inputs",
					    "one sample at a time is supported");
	layout.shape[0] = w.shape[1];
	layout.shape[1] = w.shape[0];
	layout.shape[2] = layout.shape[3] = 1;
	return add_layer(in, node, &x, &w, &layout, w.shape[0], &y);
}
