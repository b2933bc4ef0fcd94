/* SPDX-License-Identifier: Apache-2.0 */
/* onnx-window.c - ONNX operators that slide windows over images: convolutions and pools, by their NHWC cousins. */
#include <errno.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/onnx-values.h"

enum {
	NUMBER_MAX = 1024, /* of kernels, strides and paddings */
};

struct window {
	int32_t kernel[2], stride[2], dilation[2];
	int32_t before[2], behind[2];
	uint32_t out[2];
	bool ceil;
};

/* Two numbers, or none for `otherwise` twice. */
static int pair_of(struct onnx_import *in, const char *name, int32_t otherwise, int32_t ret_pair[2])
{
	const Onnx__AttributeProto *found = onnx_attribute(in, name);

	ret_pair[0] = ret_pair[1] = otherwise;
	if (in->line)
		ret_pair[0] = 1;
	if (!found)
		return 0;
	if (found->n_ints != (in->line ? 1 : 2))
		return onnx_refuse(
			in, "%s has %zu numbers; windows over one or two dimensions, with as many, are supported", name,
			found->n_ints);
	for (unsigned i = in->line; i < 2; i++) {
		int64_t number = found->ints[i - in->line];

		if (number < 1 || number > NUMBER_MAX)
			return onnx_refuse(in, "%s is out of range; 1 to %d is supported", name, NUMBER_MAX);
		ret_pair[i] = (int32_t)number;
	}
	return 0;
}

static int explicit_padding(struct onnx_import *in, struct window *window)
{
	const Onnx__AttributeProto *pads = onnx_attribute(in, "pads");
	size_t n = in->line ? 1 : 2;

	if (!pads)
		return 0;
	if (pads->n_ints != 2 * n)
		return onnx_refuse(in, "pads has %zu numbers; %zu are needed, those before and then those behind",
				   pads->n_ints, 2 * n);
	for (size_t i = 0; i < 2 * n; i++)
		if (pads->ints[i] < 0 || pads->ints[i] > NUMBER_MAX)
			return onnx_refuse(in, "pads is out of range; 0 to %d is supported", NUMBER_MAX);
	for (size_t i = 0; i < n; i++) {
		window->before[i + in->line] = (int32_t)pads->ints[i];
		window->behind[i + in->line] = (int32_t)pads->ints[i + n];
	}
	return 0;
}

/* Output size of one direction; with ceil the last window may stick out behind. */
static int place(struct onnx_import *in, struct window *window, unsigned i, int32_t size, const char *automatic)
{
	int32_t extent = (window->kernel[i] - 1) * window->dilation[i] + 1, stride = window->stride[i], rest, all;

	if (!strncmp(automatic, "SAME", 4)) {
		int32_t out = (size + stride - 1) / stride, padding = (out - 1) * stride + extent - size;

		padding = padding > 0 ? padding : 0;
		window->before[i] = !strcmp(automatic, "SAME_LOWER") ? padding - padding / 2 : padding / 2;
		window->behind[i] = padding - window->before[i];
	}
	all = size + window->before[i] + window->behind[i];
	if (all < extent)
		return onnx_refuse(in, "the window of %d is larger than the %d it slides over", (int)extent, (int)all);
	rest = (all - extent) % stride;
	/* A window that would begin in the padding behind the input is left out. */
	if (window->ceil && rest && all - rest - extent + stride < size + window->before[i])
		window->behind[i] += stride - rest;
	if (window->before[i] >= extent || window->behind[i] >= extent)
		return onnx_refuse(in, "pads of a whole window (%d) are not supported; use a Pad before it",
				   (int)extent);
	window->out[i] = (uint32_t)((size + window->before[i] + window->behind[i] - extent) / stride + 1);
	return 0;
}

/* Everything of the window but the kernel, which is set. `image` is NHWC. */
static int read_window(struct onnx_import *in, const struct graph_tensor *image, struct window *window)
{
	char automatic[16];
	int r = pair_of(in, "strides", 1, window->stride);

	r = r < 0 ? r : pair_of(in, "dilations", 1, window->dilation);
	r = r < 0 ? r : explicit_padding(in, window);
	if (r < 0)
		return r;
	onnx_text(in, "auto_pad", automatic, sizeof(automatic));
	if (*automatic && strcmp(automatic, "NOTSET") != 0 && strcmp(automatic, "VALID") != 0 &&
	    strcmp(automatic, "SAME_UPPER") != 0 && strcmp(automatic, "SAME_LOWER") != 0)
		return onnx_refuse(in, "auto_pad %s is not known; SAME_UPPER, SAME_LOWER, VALID and NOTSET are",
				   automatic);
	window->ceil = onnx_int(in, "ceil_mode", 0) != 0;
	for (unsigned i = 0; i < 2 && r == 0; i++)
		r = image->shape[i + 1] > INT32_MAX / 2 ? onnx_refuse(in, "the image is too large")
							: place(in, window, i, (int32_t)image->shape[i + 1], automatic);
	return r;
}

static void set_parameters(const struct window *window, bool pool, int32_t *p)
{
	p[NN_PARAMETER_STRIDE_H] = window->stride[0];
	p[NN_PARAMETER_STRIDE_W] = window->stride[1];
	p[NN_PARAMETER_DILATION_H] = window->dilation[0];
	p[NN_PARAMETER_DILATION_W] = window->dilation[1];
	p[NN_PARAMETER_PAD_TOP] = window->before[0];
	p[NN_PARAMETER_PAD_LEFT] = window->before[1];
	p[NN_PARAMETER_PAD_BOTTOM] = window->behind[0];
	p[NN_PARAMETER_PAD_RIGHT] = window->behind[1];
	p[NN_PARAMETER_KERNEL_H] = pool ? window->kernel[0] : 0;
	p[NN_PARAMETER_KERNEL_W] = pool ? window->kernel[1] : 0;
}

/* Input 0 as an image in the graph's order; a line [1][channels][n] is one of height 1. */
static int image_input(struct onnx_import *in)
{
	int tensor = onnx_tensor(in, 0);
	const struct graph_tensor *x;

	if (tensor < 0)
		return tensor;
	x = onnx_at(in, tensor);
	in->line = x->dims == 3 && x->shape[0] == 1;
	if (in->line) {
		uint32_t shape[4] = {1, x->shape[1], 1, x->shape[2]};

		tensor = onnx_add_reshape(in, tensor, 4, shape);
	} else if (x->dims != 4) {
		return onnx_refuse(in, "the input has %u dimensions; images of 4 (NCHW) and lines of 3 are supported",
				   x->dims);
	}
	return onnx_to_nhwc(in, tensor);
}

static int finish(struct onnx_import *in, int tensor)
{
	tensor = onnx_from_nhwc(in, tensor);
	if (tensor >= 0 && in->line && onnx_at(in, tensor)->dims == 4) {
		uint32_t shape[3] = {1, onnx_at(in, tensor)->shape[1], onnx_at(in, tensor)->shape[3]};

		tensor = onnx_add_reshape(in, tensor, 3, shape);
	}
	in->line = false;
	return tensor < 0 ? tensor : onnx_define_tensor(in, in->node->output[0], tensor);
}

/* --- convolutions ------------------------------------------------------------------------------------------------ */

/*
 * ONNX: [co][ci][kh][kw]; here [kh][kw][ci][co], of a depthwise convolution [kh][kw][ci][m], from [ci * m][1][kh][kw].
 * Groups become one: what is of another group is multiplied by 0.
 */
static int add_weights(struct onnx_import *in, const struct onnx_constant *weights, bool depthwise, uint32_t channels)
{
	uint32_t co = weights->shape[0], ci = weights->shape[1], taps = weights->shape[2] * weights->shape[3];
	uint32_t all = depthwise ? ci : channels, per_group = co / (channels / ci);
	uint32_t shape[4] = {weights->shape[2], weights->shape[3], all, co};
	float *turned = NULL;
	int tensor;

	tensor = onnx_charge(in, (uint64_t)weights->n * (all / ci - 1) * sizeof(*turned));
	if (tensor < 0)
		return tensor;
	if ((uint64_t)weights->n * (all / ci) <= NN_FORMAT_BYTES_MAX / sizeof(*turned))
		turned = calloc(weights->n * (all / ci), sizeof(*turned));
	if (!turned)
		return onnx_refuse(in, "out of memory");
	if (depthwise) {
		shape[2] = channels;
		shape[3] = co / channels;
	}
	for (uint32_t o = 0; o < co; o++) {
		uint32_t first = depthwise ? 0 : o / per_group * ci;

		for (uint32_t c = 0; c < ci; c++)
			for (uint32_t t = 0; t < taps; t++)
				turned[((size_t)t * all + first + c) * co + o] =
					weights->floats[((size_t)o * ci + c) * taps + t];
	}
	tensor = onnx_add_floats(in, "weights", 4, shape, turned);
	free(turned);
	return tensor;
}

static int add_bias(struct onnx_import *in, uint32_t n)
{
	const struct onnx_constant *bias;
	struct onnx_constant zeros;
	int r;

	if (onnx_has_input(in, 2)) {
		r = onnx_floats(in, 2, &bias);
		if (r < 0)
			return r;
		return bias->n == n ? onnx_add_floats(in, "bias", 1, &n, bias->floats)
				    : onnx_refuse(in, "%zu biases for %u outputs", bias->n, n);
	}
	r = onnx_new_floats(in, 1, &n, &zeros);
	if (r < 0)
		return r;
	r = onnx_add_floats(in, "bias", 1, &n, zeros.floats);
	onnx_clear_constant(&zeros);
	return r;
}

static int check_weights(struct onnx_import *in, const struct onnx_constant *weights, uint32_t channels, bool depthwise)
{
	int64_t group = onnx_int(in, "group", 1);

	if (weights->dims != 4)
		return onnx_refuse(in, "the weights do not have the dimensions of the input");
	if (group < 1 || channels % group)
		return onnx_refuse(in, "group %lld does not divide %u channels", (long long)group, channels);
	if (weights->shape[1] != channels / group || weights->shape[0] % group ||
	    (depthwise && weights->shape[0] % channels))
		return onnx_refuse(in, "the weights do not fit an input of %u channels", channels);
	return 0;
}

static int import_conv(struct onnx_import *in)
{
	const struct onnx_constant *given;
	struct onnx_constant view;
	const struct onnx_constant *weights = &view;
	struct window window = {0};
	struct graph_node node = {.inputs = 3};
	int image, tensor = onnx_floats(in, 1, &given);
	uint32_t channels, shape[4] = {1};
	bool depthwise;

	if (tensor < 0)
		return tensor;
	image = image_input(in);
	if (image < 0)
		return image;
	view = *given;
	if (in->line && view.dims == 3) {
		view.dims = 4;
		view.shape[3] = view.shape[2];
		view.shape[2] = 1;
	}
	channels = in->graph->tensors[image].shape[3];
	depthwise = channels > 1 && onnx_int(in, "group", 1) == (int64_t)channels;
	tensor = check_weights(in, weights, channels, depthwise);
	if (tensor < 0)
		return tensor;
	if (weights->shape[2] > NUMBER_MAX || weights->shape[3] > NUMBER_MAX)
		return onnx_refuse(in, "a kernel of more than %d is not supported", NUMBER_MAX);
	window.kernel[0] = (int32_t)weights->shape[2];
	window.kernel[1] = (int32_t)weights->shape[3];
	tensor = read_window(in, &in->graph->tensors[image], &window);
	if (tensor < 0)
		return tensor;
	node.code = depthwise ? NN_OPERATOR_DEPTHWISE_CONV_2D : NN_OPERATOR_CONV_2D;
	set_parameters(&window, false, node.parameters);
	shape[1] = window.out[0];
	shape[2] = window.out[1];
	shape[3] = weights->shape[0];
	node.input[0] = (uint16_t)image;
	tensor = add_weights(in, weights, depthwise, channels);
	if (tensor < 0)
		return tensor;
	node.input[1] = (uint16_t)tensor;
	tensor = add_bias(in, shape[3]);
	if (tensor < 0)
		return tensor;
	node.input[2] = (uint16_t)tensor;
	return finish(in, onnx_add(in, node, 4, shape));
}

/* --- pools ------------------------------------------------------------------------------------------------------- */

/* ONNX counts padding into an average when asked to: then it is a node of its own. */
static int add_padding(struct onnx_import *in, int image, struct window *window)
{
	struct graph_node node = {.code = NN_OPERATOR_PAD, .inputs = 1, .input = {(uint16_t)image}};
	uint32_t shape[4];

	memcpy(shape, in->graph->tensors[image].shape, sizeof(shape));
	for (unsigned i = 0; i < 2; i++) {
		node.parameters[NN_PARAMETER_PAD_BEFORE + 1 + i] = window->before[i];
		node.parameters[NN_PARAMETER_PAD_BEHIND + 1 + i] = window->behind[i];
		shape[1 + i] += (uint32_t)(window->before[i] + window->behind[i]);
		window->before[i] = window->behind[i] = 0;
	}
	return onnx_add(in, node, 4, shape);
}

static int import_pool(struct onnx_import *in, enum nn_operator_code code)
{
	struct graph_node node = {.code = code, .inputs = 1};
	struct window window = {0};
	int image = image_input(in), r;
	uint32_t shape[4] = {1};

	if (image < 0)
		return image;
	if (!onnx_attribute(in, "kernel_shape"))
		return onnx_refuse(in, "kernel_shape is missing");
	r = pair_of(in, "kernel_shape", 1, window.kernel);
	r = r < 0 ? r : read_window(in, &in->graph->tensors[image], &window);
	if (r < 0)
		return r;
	if (window.dilation[0] != 1 || window.dilation[1] != 1)
		return onnx_refuse(in, "dilations are not supported in a pool");
	if (code == NN_OPERATOR_AVERAGE_POOL_2D && onnx_int(in, "count_include_pad", 0) &&
	    (window.before[0] || window.before[1] || window.behind[0] || window.behind[1])) {
		if (window.ceil)
			return onnx_refuse(in, "ceil_mode together with count_include_pad is not supported");
		image = add_padding(in, image, &window);
		if (image < 0)
			return image;
	}
	set_parameters(&window, true, node.parameters);
	node.input[0] = (uint16_t)image;
	shape[1] = window.out[0];
	shape[2] = window.out[1];
	shape[3] = in->graph->tensors[image].shape[3];
	return finish(in, onnx_add(in, node, 4, shape));
}

static int import_max_pool(struct onnx_import *in)
{
	if (in->node->n_output > 1 && *in->node->output[1])
		return onnx_refuse(in, "the positions of the largest values are not supported");
	return import_pool(in, NN_OPERATOR_MAX_POOL_2D);
}

static int import_average_pool(struct onnx_import *in)
{
	return import_pool(in, NN_OPERATOR_AVERAGE_POOL_2D);
}

int onnx_add_global_pool(struct onnx_import *in, enum nn_operator_code code)
{
	int image = image_input(in);
	struct graph_node node = {.code = code, .inputs = 1, .input = {(uint16_t)image}};
	uint32_t shape[4] = {1, 1, 1};
	const uint32_t *size;

	if (image < 0)
		return image;
	size = in->graph->tensors[image].shape;
	if (size[1] > NUMBER_MAX || size[2] > NUMBER_MAX)
		return onnx_refuse(in, "an image of more than %d is not supported", NUMBER_MAX);
	set_parameters(
		&(struct window){.kernel = {(int32_t)size[1], (int32_t)size[2]}, .stride = {1, 1}, .dilation = {1, 1}},
		true, node.parameters);
	shape[3] = size[3];
	return onnx_add(in, node, 4, shape);
}

static int import_global_average_pool(struct onnx_import *in)
{
	return finish(in, onnx_add_global_pool(in, NN_OPERATOR_AVERAGE_POOL_2D));
}

static int import_global_max_pool(struct onnx_import *in)
{
	return finish(in, onnx_add_global_pool(in, NN_OPERATOR_MAX_POOL_2D));
}

const struct onnx_operator onnx_window_operators[] = {
	{"Conv", import_conv},
	{"MaxPool", import_max_pool},
	{"AveragePool", import_average_pool},
	{"GlobalAveragePool", import_global_average_pool},
	{"GlobalMaxPool", import_global_max_pool},
	{NULL, NULL},
};
