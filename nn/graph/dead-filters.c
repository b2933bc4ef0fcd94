/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dead-filters.c - filters whose weights are all zero, as pruning leaves them: their channel is the same number whatever
 * the input is. The number goes into the biases of the layer that reads it, the channel goes away:
 *
 *   y = w x + v k + c   with k constant:   y = w x + (v k + c)
 *
 * That is exact where the reader's window never sticks out of the image, or where k is 0. Elsewhere zeros of the
 * padding stand beside k's, and the channel has to stay.
 */
#include <float.h>
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

/* What a dead channel is: its bias, limited. */
static float value_of(const struct graph *graph, const struct graph_node *layer, size_t channel)
{
	const float *limits = layer->inputs > 3 ? graph_floats(graph, layer, 3) : NULL;
	float value = graph_floats(graph, layer, 2)[channel];
	float low = limits ? limits[channel] : layer->activation == NN_ACTIVATION_NONE ? -FLT_MAX : 0;
	float high = limits					? limits[channels_of(graph, layer) + channel]
		     : layer->activation == NN_ACTIVATION_RELU6 ? 6
								: FLT_MAX;

	return value < low ? low : value > high ? high : value;
}

/* --- who reads the channel --------------------------------------------------------------------------------------- */

static bool is_padded(const struct graph_node *node)
{
	const int32_t *p = node->parameters;

	return p[NN_PARAMETER_PAD_TOP] || p[NN_PARAMETER_PAD_LEFT] || p[NN_PARAMETER_PAD_BOTTOM] ||
	       p[NN_PARAMETER_PAD_RIGHT];
}

/* From a layer through pools and a flattening to the layer that alone reads it. */
struct path {
	struct graph_node *between[NN_OPS_MAX]; /* pools and reshapes, whose outputs lose a channel */
	unsigned count;
	struct graph_node *reader;
};

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
		if (node->activation != NN_ACTIVATION_NONE ||
		    (node->code != NN_OPERATOR_MAX_POOL_2D && node->code != NN_OPERATOR_AVERAGE_POOL_2D &&
		     node->code != NN_OPERATOR_RESHAPE))
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

static void take_out(struct graph *graph, struct graph_node *layer, const struct path *path, size_t channel)
{
	struct graph_tensor *weights = &graph->tensors[layer->input[1]], *bias = &graph->tensors[layer->input[2]];
	struct graph_tensor *rows = &graph->tensors[path->reader->input[1]];
	size_t channels = channels_of(graph, layer), outputs = channels_of(graph, path->reader);
	bool dense = path->reader->code == NN_OPERATOR_DENSE;
	uint32_t left = (uint32_t)channels - 1;

	fold_value(graph, path->reader, channels, channel, value_of(graph, layer, channel));
	cut(rows, channels, channel, outputs, dense ? 0 : 2,
	    dense ? rows->shape[0] - rows->shape[0] / (uint32_t)channels : left);
	if (layer->inputs > 3)
		cut(&graph->tensors[layer->input[3]], channels, channel, 1, 1, left);
	cut(weights, channels, channel, 1, weights->dims - 1, left);
	cut(bias, channels, channel, 1, 0, left);
	cut_tensor(&graph->tensors[layer->output], channels);
	for (unsigned i = 0; i < path->count; i++)
		cut_tensor(&graph->tensors[path->between[i]->output], channels);
}

static void sweep_layer(struct graph *graph, struct graph_node *layer)
{
	struct path path;

	if (!graph_is_linear(graph, layer) || layer->code == NN_OPERATOR_DEPTHWISE_CONV_2D ||
	    !find_path(graph, layer, &path) || !keeps_channels(graph, &path))
		return;
	for (size_t c = channels_of(graph, layer); c-- > 0;) {
		if (channels_of(graph, layer) < 2 || !is_dead(graph, layer, c) ||
		    (path.reader->code == NN_OPERATOR_CONV_2D && is_padded(path.reader) &&
		     value_of(graph, layer, c) != 0))
			continue;
		if (!own_constants(graph, layer) || !own_constants(graph, path.reader))
			return;
		take_out(graph, layer, &path, c);
	}
}

void graph_remove_dead_filters(struct graph *graph)
{
	/* Backwards: a layer may die of what its reader's dead channels take with them. */
	for (unsigned n = graph->node_count; n-- > 0;)
		sweep_layer(graph, &graph->nodes[n]);
}
