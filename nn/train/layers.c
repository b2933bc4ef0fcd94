/* SPDX-License-Identifier: Apache-2.0 */
/* layers.c - from a list of layers to a graph. */
#include "nn/train/layers.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/train/layers-build.h"

static const char *const kind_names[] = {
	[LAYER_CONV_2D] = "conv",
	[LAYER_DEPTHWISE_CONV_2D] = "depthwise",
	[LAYER_DENSE] = "dense",
	[LAYER_MAX_POOL_2D] = "max_pool",
	[LAYER_AVERAGE_POOL_2D] = "average_pool",
	[LAYER_GLOBAL_AVERAGE_POOL_2D] = "global_pool",
	[LAYER_BATCH_NORM] = "norm",
	[LAYER_ACTIVATION] = "activation",
	[LAYER_DROPOUT] = "dropout",
	[LAYER_FLATTEN] = "flatten",
	[LAYER_ADD] = "add",
	[LAYER_MULTIPLY] = "multiply",
	[LAYER_CONCAT] = "concat",
	[LAYER_PAD] = "pad",
	[LAYER_SOFTMAX] = "softmax",
};

int layers_add(struct layers *layers, const struct layer *layer)
{
	if (layers->n == LAYERS_MAX)
		return -E2BIG;
	layers->list[layers->n++] = *layer;
	return 0;
}

void build_name(const struct build *build, const char *part, char ret_name[NN_FORMAT_NAME])
{
	const struct layer *layer = build_layer(build);

	if (*layer->name)
		snprintf(ret_name, NN_FORMAT_NAME, "%.40s%s", layer->name, part);
	else
		snprintf(ret_name, NN_FORMAT_NAME, "%s%u%s", kind_names[layer->kind], build->at + 1, part);
}

int build_refuse(const struct build *build, const char *format, ...)
{
	char name[NN_FORMAT_NAME], text[160];
	va_list arguments;

	build_name(build, "", name);
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(build->reason, GRAPH_REASON, "layer %u (%s): %s", build->at + 1, name, text);
	return -EINVAL;
}

int build_source(const struct build *build, int from)
{
	if (from == LAYER_INPUT || (from == LAYER_PREVIOUS && build->at == 0))
		return build->graph->input;
	if (from == LAYER_PREVIOUS)
		return build->made[build->at - 1];
	if (from < 0 || (unsigned)from > build->at)
		return build_refuse(build, "reads a layer that does not come before it");
	return build->made[from - 1];
}

int build_node(struct build *build, struct graph_node *node, const char *part, unsigned dims, const uint32_t *shape)
{
	char name[NN_FORMAT_NAME];
	int tensor, r;

	build_name(build, part, name);
	tensor = graph_add_tensor(build->graph, name, NN_TYPE_F32, dims, shape);
	if (tensor < 0)
		return tensor == -ERANGE ? build_refuse(build, "too large, or empty") : tensor;
	node->output = (uint16_t)tensor;
	r = graph_add_node(build->graph, node);
	return r < 0 ? r : tensor;
}

static int32_t float_to_bits(float x)
{
	int32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

/* ReLUs are part of the node before where it may have them; all else is a node of its own. */
static int add_activation(struct build *build, int tensor)
{
	static const enum nn_operator_code codes[] = {
		[LAYER_RELU] = NN_OPERATOR_ACTIVATION,
		[LAYER_RELU6] = NN_OPERATOR_ACTIVATION,
		[LAYER_LEAKY_RELU] = NN_OPERATOR_LEAKY_RELU,
		[LAYER_SIGMOID] = NN_OPERATOR_SIGMOID,
		[LAYER_TANH] = NN_OPERATOR_TANH,
		[LAYER_HARD_SWISH] = NN_OPERATOR_HARD_SWISH,
	};
	const struct layer *layer = build_layer(build);
	uint16_t nodes = build->graph->node_count;
	struct graph_node *last = nodes ? &build->graph->nodes[nodes - 1] : NULL;
	struct graph_node node = {.inputs = 1, .input = {(uint16_t)tensor}};
	enum nn_activation limits = layer->activation == LAYER_RELU    ? NN_ACTIVATION_RELU
				    : layer->activation == LAYER_RELU6 ? NN_ACTIVATION_RELU6
								       : NN_ACTIVATION_NONE;

	if (tensor < 0 || layer->activation == LAYER_LINEAR)
		return tensor;
	if (limits && last && last->output == tensor &&
	    (last->code == NN_OPERATOR_CONV_2D || last->code == NN_OPERATOR_DEPTHWISE_CONV_2D ||
	     last->code == NN_OPERATOR_DENSE || last->code == NN_OPERATOR_ADD ||
	     last->code == NN_OPERATOR_BATCH_NORM) &&
	    layer->kind != LAYER_ACTIVATION) {
		last->activation = limits;
		return tensor;
	}
	node.code = codes[layer->activation];
	node.activation = limits;
	if (layer->activation == LAYER_LEAKY_RELU)
		node.parameters[0] = float_to_bits(layer->slope);
	return build_node(build, &node, layer->kind == LAYER_ACTIVATION ? "" : ".activation",
			  build_tensor(build, tensor)->dims, build_tensor(build, tensor)->shape);
}

static int add_layer(struct build *build)
{
	const struct layer *layer = build_layer(build);
	int from = build_source(build, layer->from), made;

	if (from < 0)
		return from;
	made = add_activation(build, build_kind(build, from));
	if (made >= 0)
		build->made[build->at] = (uint16_t)made;
	return made < 0 ? made : 0;
}

static int build_graph(struct build *build)
{
	const struct layers *layers = build->layers;
	bool vector = layers->input[0] == 1 && layers->input[1] == 1;
	const uint32_t image[4] = {1, layers->input[0], layers->input[1], layers->input[2]};
	const uint32_t row[2] = {1, layers->input[2]};
	int r = graph_add_tensor(build->graph, "input", NN_TYPE_F32, vector ? 2 : 4, vector ? row : image);

	if (r < 0 || !layers->n) {
		snprintf(build->reason, GRAPH_REASON, "a network needs layers, and an input of 1 to 64 MiB");
		return -EINVAL;
	}
	build->graph->input = (uint16_t)r;
	for (r = 0; r == 0 && build->at < layers->n; build->at++)
		r = add_layer(build);
	if (r < 0)
		return r;
	build->graph->output = build->made[layers->n - 1];
	snprintf(build->graph->name, sizeof(build->graph->name), "%s", layers->name);
	return 0;
}

int layers_build(const struct layers *layers, uint64_t seed, struct graph **ret_graph, struct trainer_options *options,
		 char *reason)
{
	struct build build = {
		.layers = layers, .graph = graph_new(), .options = options, .seed = seed, .reason = reason};
	unsigned dropouts = options->dropout_count, fixed = options->fixed_count;
	int r = build.graph ? 0 : -ENOMEM;

	snprintf(reason, GRAPH_REASON, "out of memory, or too many layers");
	if (r == 0)
		r = build_graph(&build);
	if (r < 0) {
		options->dropout_count = dropouts;
		options->fixed_count = fixed;
		graph_free(build.graph);
		return r;
	}
	*ret_graph = build.graph;
	return 0;
}
