/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dead-filters.c - filters whose weights are all zero, as pruning leaves them: their channel is the same number whatever
 * the input is. The number goes into the biases of the layer that reads it, the channel goes away:
 *
 *   y = w x + v k + c   with k constant:   y = w x + (v k + c)
 *
 * That is exact where the reader's window never sticks out of the image, or where k or v is 0. Elsewhere zeros of the
 * padding stand beside k's, and the channel has to stay. A depthwise layer between makes another constant of it, if what it
 * makes is the same at the borders as inside: its limits often see to that.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/edit.h"
#include "nn/graph/passes.h"

/* --- finding ----------------------------------------------------------------------------------------------------- */

static size_t channels_of(const struct graph *graph, const struct graph_node *layer)
{
	return graph_elements(&graph->tensors[layer->input[2]]);
}

static bool is_dead(const struct graph *graph, const struct graph_node *layer, size_t channel)
{
	const float *weights = graph_floats(graph, layer, 1);
	size_t n = graph_elements(&graph->tensors[layer->input[1]]), step = channels_of(graph, layer);

	for (size_t i = channel; i < n; i += step)
		if (weights[i] != 0)
			return false;
	return true;
}

unsigned graph_count_dead_filters(const struct graph *graph)
{
	unsigned dead = 0;

	for (uint16_t n = 0; n < graph->node_count; n++)
		for (size_t c = 0; graph_is_linear(graph, &graph->nodes[n]) && c < channels_of(graph, &graph->nodes[n]);
		     c++)
			dead += is_dead(graph, &graph->nodes[n], c);
	return dead;
}

/* What a layer makes of a sum in this channel. */
static float limited(const struct graph *graph, const struct graph_node *layer, size_t channel, float sum)
{
	const float *limits = layer->inputs > 3 ? graph_floats(graph, layer, 3) : NULL;
	float low = limits ? limits[channel] : layer->activation == NN_ACTIVATION_NONE ? -FLT_MAX : 0;
	float high = limits					? limits[channels_of(graph, layer) + channel]
		     : layer->activation == NN_ACTIVATION_RELU6 ? 6
								: FLT_MAX;

	return sum < low ? low : sum > high ? high : sum;
}

/* What a dead channel is: its bias, limited. */
static float value_of(const struct graph *graph, const struct graph_node *layer, size_t channel)
{
	return limited(graph, layer, channel, graph_floats(graph, layer, 2)[channel]);
}

/* --- who reads the channel --------------------------------------------------------------------------------------- */

static bool is_padded(const struct graph_node *node)
{
	const int32_t *p = node->parameters;

	return p[NN_PARAMETER_PAD_TOP] || p[NN_PARAMETER_PAD_LEFT] || p[NN_PARAMETER_PAD_BOTTOM] ||
	       p[NN_PARAMETER_PAD_RIGHT];
}

/* From a layer through depthwise ones, pools and a flattening to the layer that alone reads it. */
struct path {
	struct graph_node *between[NN_OPS_MAX]; /* all of them lose a channel */
	unsigned count;
	struct graph_node *reader;
};

static bool keeps_channel(const struct graph *graph, const struct graph_node *node)
{
	switch (node->code) {
	case NN_OPERATOR_DEPTHWISE_CONV_2D:
		return graph_is_linear(graph, node) && graph->tensors[node->input[1]].shape[3] == 1;
	case NN_OPERATOR_MAX_POOL_2D:
	case NN_OPERATOR_AVERAGE_POOL_2D:
	case NN_OPERATOR_RESHAPE:
		return node->activation == NN_ACTIVATION_NONE;
	default:
		return false;
	}
}

static bool find_path(struct graph *graph, const struct graph_node *layer, struct path *path)
{
	uint16_t tensor = layer->output;

	path->count = 0;
	for (;;) {
		int n = graph_only_reader(graph, tensor);
		struct graph_node *node = n < 0 ? NULL : &graph->nodes[n];

		if (!node)
			return false;
		if (graph_is_linear(graph, node) && node->code != NN_OPERATOR_DEPTHWISE_CONV_2D) {
			path->reader = node;
			return node->input[0] == tensor;
		}
		if (!keeps_channel(graph, node))
			return false;
		path->between[path->count++] = node;
		tensor = node->output;
	}
}

/* Through a reshape the channel must stay the innermost dimension: images to one row. */
static bool keeps_channels(const struct graph *graph, const struct path *path)
{
	for (unsigned i = 0; i < path->count; i++) {
		const struct graph_tensor *out = &graph->tensors[path->between[i]->output];

		if (path->between[i]->code == NN_OPERATOR_RESHAPE &&
		    (path->reader->code != NN_OPERATOR_DENSE || out->shape[out->dims - 1] != graph_elements(out)))
			return false;
	}
	return true;
}

/* --- what comes of it ------------------------------------------------------------------------------------------- */

/* One output of a depthwise layer whose input is the same everywhere inside the image, summed as the kernel does. */
static float depthwise_output(const struct graph *graph, const struct graph_node *node, size_t channel, float value,
			      int32_t row, int32_t column)
{
	const struct graph_tensor *in = &graph->tensors[node->input[0]], *weights = &graph->tensors[node->input[1]];
	const float *taps = graph_floats(graph, node, 1);
	float sum = graph_floats(graph, node, 2)[channel];
	const int32_t *p = node->parameters;

	for (int32_t ky = 0; ky < (int32_t)weights->shape[0]; ky++)
		for (int32_t kx = 0; kx < (int32_t)weights->shape[1]; kx++) {
			int32_t y = row * p[NN_PARAMETER_STRIDE_H] - p[NN_PARAMETER_PAD_TOP] +
				    ky * p[NN_PARAMETER_DILATION_H];
			int32_t x = column * p[NN_PARAMETER_STRIDE_W] - p[NN_PARAMETER_PAD_LEFT] +
				    kx * p[NN_PARAMETER_DILATION_W];
			size_t tap = (size_t)ky * weights->shape[1] + (size_t)kx;

			if (y >= 0 && x >= 0 && y < (int32_t)in->shape[1] && x < (int32_t)in->shape[2])
				sum += value * taps[tap * channels_of(graph, node) + channel];
		}
	return limited(graph, node, channel, sum);
}

/* Along an axis, a window that lies inside the image as the one before does sums up the same. */
static bool is_repeated(const struct graph *graph, const struct graph_node *node, int axis, int32_t at)
{
	int32_t size = (int32_t)graph->tensors[node->input[0]].shape[1 + axis];
	int32_t kernel = (int32_t)graph->tensors[node->input[1]].shape[axis];
	const int32_t *p = node->parameters + axis;
	int64_t stride = p[NN_PARAMETER_STRIDE_H], begin = at * stride - p[NN_PARAMETER_PAD_TOP];

	return begin - stride >= 0 && begin + (int64_t)(kernel - 1) * p[NN_PARAMETER_DILATION_H] < size;
}

/* The constant behind a depthwise layer, if it is one. */
static bool pass_depthwise(const struct graph *graph, const struct graph_node *node, size_t channel, float *value)
{
	const struct graph_tensor *out = &graph->tensors[node->output];
	float first = depthwise_output(graph, node, channel, *value, 0, 0);

	for (int32_t row = 0; row < (int32_t)out->shape[1]; row++)
		for (int32_t column = 0; column < (int32_t)out->shape[2] && !is_repeated(graph, node, 0, row); column++)
			if (!is_repeated(graph, node, 1, column) &&
			    depthwise_output(graph, node, channel, *value, row, column) != first)
				return false;
	*value = first;
	return true;
}

static bool reads_nothing(const struct graph *graph, const struct graph_node *reader, size_t channels, size_t channel)
{
	size_t outputs = channels_of(graph, reader);
	size_t rows = graph_elements(&graph->tensors[reader->input[1]]) / outputs;
	const float *weights = graph_floats(graph, reader, 1);

	for (size_t row = channel; row < rows; row += channels)
		for (size_t o = 0; o < outputs; o++)
			if (weights[row * outputs + o] != 0)
				return false;
	return true;
}

/* What the reader sees of a dead channel, if that can go into its biases. */
static bool find_value(const struct graph *graph, const struct graph_node *layer, const struct path *path,
		       size_t channel, float *ret_value)
{
	float value = value_of(graph, layer, channel);

	for (unsigned i = 0; i < path->count; i++)
		if (path->between[i]->code == NN_OPERATOR_DEPTHWISE_CONV_2D &&
		    !pass_depthwise(graph, path->between[i], channel, &value))
			return false;
	*ret_value = value;
	if (!isfinite(value))
		return false;
	return path->reader->code == NN_OPERATOR_DENSE || !is_padded(path->reader) || value == 0 ||
	       reads_nothing(graph, path->reader, channels_of(graph, layer), channel);
}

/* --- taking a channel out ---------------------------------------------------------------------------------------- */

/* Of [n][channels][width] every [channel] goes; the tensor's dimension `dim` shrinks by n / its other parts. */
static void cut(struct graph_tensor *tensor, size_t channels, size_t channel, size_t width, unsigned dim, uint32_t size)
{
	float *data = tensor->data;
	size_t n = graph_elements(tensor) / channels / width, to = 0;

	for (size_t i = 0; data && i < n; i++)
		for (size_t c = 0; c < channels; c++)
			if (c != channel) {
				memmove(data + to, data + (i * channels + c) * width, width * sizeof(*data));
				to += width;
			}
	tensor->shape[dim] = size;
}

static bool own_constants(struct graph *graph, struct graph_node *layer)
{
	for (uint8_t i = 1; i < layer->inputs; i++)
		if (!graph_own_floats(graph, layer, i))
			return false;
	return true;
}

/* The reader's biases take over what the channel contributes. */
static void fold_value(struct graph *graph, struct graph_node *reader, size_t channels, size_t channel, float value)
{
	size_t outputs = channels_of(graph, reader);
	size_t rows = graph_elements(&graph->tensors[reader->input[1]]) / outputs;
	const float *weights = graph_floats(graph, reader, 1);
	float *bias = graph->tensors[reader->input[2]].data;

	for (size_t row = channel; row < rows; row += channels)
		for (size_t o = 0; o < outputs; o++)
			bias[o] += value * weights[row * outputs + o];
}

static void cut_tensor(struct graph_tensor *tensor, size_t channels)
{
	tensor->shape[tensor->dims - 1] -= tensor->shape[tensor->dims - 1] / (uint32_t)channels;
}

/* Of a layer: weights, bias, limits and output. */
static void cut_layer(struct graph *graph, struct graph_node *layer, size_t channel)
{
	struct graph_tensor *weights = &graph->tensors[layer->input[1]];
	size_t channels = channels_of(graph, layer);
	uint32_t left = (uint32_t)channels - 1;

	if (layer->inputs > 3)
		cut(&graph->tensors[layer->input[3]], channels, channel, 1, 1, left);
	cut(weights, channels, channel, 1, layer->code == NN_OPERATOR_DEPTHWISE_CONV_2D ? 2 : weights->dims - 1u, left);
	cut(&graph->tensors[layer->input[2]], channels, channel, 1, 0, left);
}

static void take_out(struct graph *graph, struct graph_node *layer, const struct path *path, size_t channel,
		     float value)
{
	struct graph_tensor *rows = &graph->tensors[path->reader->input[1]];
	size_t channels = channels_of(graph, layer), outputs = channels_of(graph, path->reader);
	bool dense = path->reader->code == NN_OPERATOR_DENSE;

	fold_value(graph, path->reader, channels, channel, value);
	cut(rows, channels, channel, outputs, dense ? 0 : 2,
	    dense ? rows->shape[0] - rows->shape[0] / (uint32_t)channels : (uint32_t)channels - 1);
	cut_layer(graph, layer, channel);
	cut_tensor(&graph->tensors[layer->output], channels);
	for (unsigned i = 0; i < path->count; i++) {
		if (path->between[i]->code == NN_OPERATOR_DEPTHWISE_CONV_2D)
			cut_layer(graph, path->between[i], channel);
		cut_tensor(&graph->tensors[path->between[i]->output], channels);
	}
}

/* Others may read the same constants. */
static bool own_all(struct graph *graph, struct graph_node *layer, const struct path *path)
{
	for (unsigned i = 0; i < path->count; i++)
		if (path->between[i]->code == NN_OPERATOR_DEPTHWISE_CONV_2D && !own_constants(graph, path->between[i]))
			return false;
	return own_constants(graph, layer) && own_constants(graph, path->reader);
}

static void sweep_layer(struct graph *graph, struct graph_node *layer)
{
	struct path path;
	float value;

	if (!graph_is_linear(graph, layer) || layer->code == NN_OPERATOR_DEPTHWISE_CONV_2D ||
	    !find_path(graph, layer, &path) || !keeps_channels(graph, &path))
		return;
	for (size_t c = channels_of(graph, layer); c-- > 0;) {
		if (channels_of(graph, layer) < 2 || !is_dead(graph, layer, c) ||
		    !find_value(graph, layer, &path, c, &value))
			continue;
		if (!own_all(graph, layer, &path))
			return;
		take_out(graph, layer, &path, c, value);
	}
}

void graph_remove_dead_filters(struct graph *graph)
{
	/* Backwards: a layer may die of what its reader's dead channels take with them. */
	for (unsigned n = graph->node_count; n-- > 0;)
		sweep_layer(graph, &graph->nodes[n]);
}
