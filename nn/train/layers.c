/* SPDX-License-Identifier: Apache-2.0 */
/* layers.c - from a list of layers to a graph. */
#include "nn/train/layers.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/edit.h"
#include "nn/runtime/math.h"
#include "nn/train/random.h"

/* A graph that grows, and the tensor that each layer so far has made. */
struct build {
	const struct layers *layers;
	struct graph *graph;
	struct trainer_options *options;
	uint64_t seed;
	unsigned at; /* the layer */
	uint16_t made[LAYERS_MAX];
	char *reason;
};

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

static const struct layer *this_layer(const struct build *build)
{
	return &build->layers->list[build->at];
}

static void name_of(const struct build *build, const char *part, char ret_name[NN_FORMAT_NAME])
{
	const struct layer *layer = this_layer(build);

	if (*layer->name)
		snprintf(ret_name, NN_FORMAT_NAME, "%.40s%s", layer->name, part);
	else
		snprintf(ret_name, NN_FORMAT_NAME, "%s%u%s", kind_names[layer->kind], build->at + 1, part);
}

static int refuse(const struct build *build, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int refuse(const struct build *build, const char *format, ...)
{
	char name[NN_FORMAT_NAME], text[160];
	va_list arguments;

	name_of(build, "", name);
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(build->reason, GRAPH_REASON, "layer %u (%s): %s", build->at + 1, name, text);
	return -EINVAL;
}

/* The tensor that `from` means, or -EINVAL. */
static int source_of(const struct build *build, int from)
{
	if (from == LAYER_INPUT || (from == LAYER_PREVIOUS && build->at == 0))
		return build->graph->input;
	if (from == LAYER_PREVIOUS)
		return build->made[build->at - 1];
	if (from < 0 || (unsigned)from > build->at)
		return refuse(build, "reads a layer that does not come before it");
	return build->made[from - 1];
}

static struct graph_tensor *tensor_of(const struct build *build, int tensor)
{
	return &build->graph->tensors[tensor];
}

/* --- constants ------------------------------------------------------------------------------------------------- */

static bool is_rectifier(enum layer_activation activation)
{
	return activation == LAYER_RELU || activation == LAYER_RELU6 || activation == LAYER_LEAKY_RELU;
}

static bool is_rectified(const struct build *build)
{
	const struct layer *layer = this_layer(build), *next = layer + 1;

	if (is_rectifier(layer->activation) || build->at + 1 == build->layers->n)
		return is_rectifier(layer->activation);
	return next->kind == LAYER_BATCH_NORM || (next->kind == LAYER_ACTIVATION && is_rectifier(next->activation));
}

static int add_weights(struct build *build, unsigned dims, const uint32_t *shape, double fan_in, double fan_out)
{
	struct random random = random_of(build->seed, build->at, UINT32_MAX - 1);
	float limit = nn_sqrt((float)(6 / (is_rectified(build) ? fan_in : fan_in + fan_out)));
	size_t n = 1;
	char name[NN_FORMAT_NAME];
	float *values;
	int tensor;

	for (unsigned d = 0; d < dims; d++)
		if (__builtin_mul_overflow(n, shape[d], &n) || n > NN_FORMAT_BYTES_MAX / sizeof(float))
			return refuse(build, "too large");
	values = malloc(n * sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		values[i] = random_between(&random, -limit, limit);
	name_of(build, ".weights", name);
	tensor = graph_add_constant(build->graph, name, NN_TYPE_F32, dims, shape, values);
	free(values);
	return tensor;
}

static int add_vector(struct build *build, const char *part, uint32_t n, float value)
{
	float *values = malloc(n * sizeof(*values));
	char name[NN_FORMAT_NAME];
	int tensor;

	if (!values)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		values[i] = value;
	name_of(build, part, name);
	tensor = graph_add_constant(build->graph, name, NN_TYPE_F32, 1, &n, values);
	free(values);
	return tensor;
}

/* --- nodes ----------------------------------------------------------------------------------------------------- */

/* Appends the node and what it makes: its output's number, or negative. */
static int add_node(struct build *build, struct graph_node *node, const char *part, unsigned dims,
		    const uint32_t *shape)
{
	char name[NN_FORMAT_NAME];
	int tensor, r;

	name_of(build, part, name);
	tensor = graph_add_tensor(build->graph, name, NN_TYPE_F32, dims, shape);
	if (tensor < 0)
		return tensor == -ERANGE ? refuse(build, "too large, or empty") : tensor;
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
	const struct layer *layer = this_layer(build);
	struct graph_node *last = &build->graph->nodes[build->graph->node_count - 1];
	struct graph_node node = {.inputs = 1, .input = {(uint16_t)tensor}};
	enum nn_activation limits = layer->activation == LAYER_RELU    ? NN_ACTIVATION_RELU
				    : layer->activation == LAYER_RELU6 ? NN_ACTIVATION_RELU6
								       : NN_ACTIVATION_NONE;

	if (tensor < 0 || layer->activation == LAYER_LINEAR)
		return tensor;
	if (limits && build->graph->node_count && last->output == tensor &&
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
	return add_node(build, &node, layer->kind == LAYER_ACTIVATION ? "" : ".activation",
			tensor_of(build, tensor)->dims, tensor_of(build, tensor)->shape);
}

/* Output size and padding of one dimension. */
static int slide(const struct build *build, uint32_t size, uint32_t kernel, uint32_t stride, uint32_t dilation,
		 uint32_t *ret_out, int32_t *ret_before, int32_t *ret_behind)
{
	uint32_t reach = (kernel - 1) * dilation + 1, out, pad = 0;

	if (kernel > 64 || stride > 64 || dilation > 64)
		return refuse(build, "kernel, stride and dilation are 64 at most");
	if (this_layer(build)->same) {
		out = (size + stride - 1) / stride;
		pad = (out - 1) * stride + reach > size ? (out - 1) * stride + reach - size : 0;
	} else {
		if (reach > size)
			return refuse(build, "its window of %u is larger than the image of %u", (unsigned)reach,
				      (unsigned)size);
		out = (size - reach) / stride + 1;
	}
	*ret_out = out;
	*ret_before = (int32_t)(pad / 2);
	*ret_behind = (int32_t)(pad - pad / 2);
	return 0;
}

static uint32_t or_one(uint32_t x)
{
	return x ? x : 1;
}

/* Window parameters and the output's shape but for its channels. */
static int place_window(const struct build *build, const struct graph_tensor *in, const uint32_t kernel[2],
			const uint32_t stride[2], struct graph_node *node, uint32_t ret_shape[4])
{
	const struct layer *layer = this_layer(build);
	int32_t *p = node->parameters;
	int r = 0;

	if (in->dims != 4)
		return refuse(build, "needs an image, but what it reads is flat");
	ret_shape[0] = 1;
	for (unsigned d = 0; r == 0 && d < 2; d++) {
		p[NN_PARAMETER_STRIDE_H + d] = (int32_t)stride[d];
		p[NN_PARAMETER_DILATION_H + d] = (int32_t)or_one(layer->dilation[d]);
		r = slide(build, in->shape[1 + d], kernel[d], stride[d], or_one(layer->dilation[d]), &ret_shape[1 + d],
			  &p[NN_PARAMETER_PAD_TOP + d], &p[NN_PARAMETER_PAD_BOTTOM + d]);
	}
	return r;
}

static int add_linear(struct build *build, struct graph_node *node, unsigned dims, const uint32_t *shape,
		      uint32_t outputs, double fan_in, double fan_out, unsigned out_dims, const uint32_t *out_shape)
{
	int weights = add_weights(build, dims, shape, fan_in, fan_out);
	int bias = weights < 0 ? weights : add_vector(build, ".bias", outputs, 0);

	if (bias < 0)
		return bias;
	if (this_layer(build)->no_bias) {
		if (build->options->fixed_count == TRAINER_FIXED_MAX)
			return -E2BIG;
		build->options->fixed[build->options->fixed_count++] = (uint16_t)bias;
	}
	node->inputs = 3;
	node->input[1] = (uint16_t)weights;
	node->input[2] = (uint16_t)bias;
	return add_node(build, node, "", out_dims, out_shape);
}

static int add_convolution(struct build *build, int from)
{
	const struct layer *layer = this_layer(build);
	const struct graph_tensor *in = tensor_of(build, from);
	bool depthwise = layer->kind == LAYER_DEPTHWISE_CONV_2D;
	const uint32_t kernel[2] = {or_one(layer->kernel[0]), or_one(layer->kernel[1])};
	const uint32_t stride[2] = {or_one(layer->stride[0]), or_one(layer->stride[1])};
	uint32_t filters = depthwise ? or_one(layer->filters) : layer->filters, taps = kernel[0] * kernel[1];
	const uint32_t shape[4] = {kernel[0], kernel[1], in->shape[3], filters};
	struct graph_node node = {.code = depthwise ? NN_OPERATOR_DEPTHWISE_CONV_2D : NN_OPERATOR_CONV_2D,
				  .input = {(uint16_t)from}};
	uint32_t out[4], channels = depthwise ? in->shape[3] * filters : filters;
	int r = place_window(build, in, kernel, stride, &node, out);

	if (r < 0)
		return r;
	if (!filters || filters > 1 << 16)
		return refuse(build, "needs 1 to 65536 filters");
	out[3] = channels;
	return add_linear(build, &node, 4, shape, channels, (double)taps * (depthwise ? 1 : in->shape[3]),
			  (double)taps * filters, 4, out);
}

static int add_flat(struct build *build, int from, const char *part)
{
	const struct graph_tensor *in = tensor_of(build, from);
	const uint32_t shape[2] = {1, (uint32_t)graph_elements(in)};
	struct graph_node node = {.code = NN_OPERATOR_RESHAPE, .inputs = 1, .input = {(uint16_t)from}};

	return in->dims == 2 ? from : add_node(build, &node, part, 2, shape);
}

static int add_dense(struct build *build, int from)
{
	const struct layer *layer = this_layer(build);
	struct graph_node node = {.code = NN_OPERATOR_DENSE};
	int flat = add_flat(build, from, ".flat");
	uint32_t shape[2], out[2] = {1, layer->filters};

	if (flat < 0)
		return flat;
	if (!layer->filters || layer->filters > 1 << 16)
		return refuse(build, "needs 1 to 65536 units");
	shape[0] = tensor_of(build, flat)->shape[1];
	shape[1] = layer->filters;
	node.input[0] = (uint16_t)flat;
	return add_linear(build, &node, 2, shape, shape[1], shape[0], shape[1], 2, out);
}

static int add_pool(struct build *build, int from)
{
	const struct layer *layer = this_layer(build);
	const struct graph_tensor *in = tensor_of(build, from);
	uint32_t kernel[2] = {or_one(layer->kernel[0]), or_one(layer->kernel[1])}, stride[2], out[4];
	struct graph_node node = {.code = layer->kind == LAYER_MAX_POOL_2D ? NN_OPERATOR_MAX_POOL_2D
									   : NN_OPERATOR_AVERAGE_POOL_2D,
				  .inputs = 1,
				  .input = {(uint16_t)from}};
	int r;

	for (unsigned d = 0; d < 2; d++) {
		if (layer->kind == LAYER_GLOBAL_AVERAGE_POOL_2D)
			kernel[d] = in->shape[1 + d];
		stride[d] = layer->stride[d] ? layer->stride[d] : kernel[d];
		node.parameters[NN_PARAMETER_KERNEL_H + d] = (int32_t)kernel[d];
	}
	r = place_window(build, in, kernel, stride, &node, out);
	if (r < 0)
		return r;
	out[3] = in->shape[3];
	return add_node(build, &node, "", 4, out);
}

static int add_norm(struct build *build, int from)
{
	const struct graph_tensor *in = tensor_of(build, from);
	uint32_t channels = in->shape[in->dims - 1];
	int scale = add_vector(build, ".scale", channels, 1);
	int offset = scale < 0 ? scale : add_vector(build, ".offset", channels, 0);
	struct graph_node node = {.code = NN_OPERATOR_BATCH_NORM,
				  .inputs = 3,
				  .input = {(uint16_t)from, (uint16_t)scale, (uint16_t)offset}};

	return offset < 0 ? offset : add_node(build, &node, "", in->dims, in->shape);
}

static int add_pair(struct build *build, int from)
{
	const struct layer *layer = this_layer(build);
	int other = source_of(build, layer->other);
	struct graph_node node = {.code = layer->kind == LAYER_ADD ? NN_OPERATOR_ADD : NN_OPERATOR_MULTIPLY,
				  .inputs = 2,
				  .input = {(uint16_t)from, (uint16_t)other}};

	if (other < 0)
		return other;
	if (!graph_same_shape(tensor_of(build, from), tensor_of(build, other)))
		return refuse(build, "its two inputs have different shapes");
	return add_node(build, &node, "", tensor_of(build, from)->dims, tensor_of(build, from)->shape);
}

static int add_concat(struct build *build, int from)
{
	int other = source_of(build, this_layer(build)->other);
	const struct graph_tensor *a = tensor_of(build, from), *b;
	struct graph_node node = {.code = NN_OPERATOR_CONCAT,
				  .inputs = 2,
				  .input = {(uint16_t)from, (uint16_t)other},
				  .parameters = {a->dims - 1}};
	uint32_t shape[NN_DIMS_MAX];

	if (other < 0)
		return other;
	b = tensor_of(build, other);
	if (a->dims != b->dims || memcmp(a->shape, b->shape, (a->dims - 1u) * sizeof(a->shape[0])))
		return refuse(build, "its two inputs differ in more than their channels");
	memcpy(shape, a->shape, sizeof(shape));
	shape[a->dims - 1] += b->shape[a->dims - 1];
	return add_node(build, &node, "", a->dims, shape);
}

static int add_padding(struct build *build, int from)
{
	const struct layer *layer = this_layer(build);
	const struct graph_tensor *in = tensor_of(build, from);
	const uint32_t shape[4] = {1, in->shape[1] + layer->pad[0] + layer->pad[2],
				   in->shape[2] + layer->pad[1] + layer->pad[3], in->shape[3]};
	struct graph_node node = {.code = NN_OPERATOR_PAD, .inputs = 1, .input = {(uint16_t)from}};
	unsigned first;

	for (unsigned i = 0; i < 4; i++) {
		if (in->dims != 4 || layer->pad[i] > 64)
			return refuse(build, "pads an image with 64 zeros a side at most");
		first = i < 2 ? NN_PARAMETER_PAD_BEFORE : NN_PARAMETER_PAD_BEHIND;
		node.parameters[first + 1 + i % 2] = (int32_t)layer->pad[i];
	}
	return add_node(build, &node, "", 4, shape);
}

/* Whoever reads what the dropout reads, but not the dropout, must not see its holes. */
static bool is_read_besides(const struct build *build)
{
	const struct layer *list = build->layers->list;
	int from = list[build->at].from;
	int source = from == LAYER_PREVIOUS ? (int)build->at : from;

	for (unsigned i = 0; i < build->layers->n; i++) {
		int reads = list[i].from == LAYER_PREVIOUS ? (int)i : list[i].from;
		bool pair = list[i].kind == LAYER_ADD || list[i].kind == LAYER_MULTIPLY || list[i].kind == LAYER_CONCAT;
		int other = list[i].other == LAYER_PREVIOUS ? (int)i : list[i].other;

		if (i != build->at && (reads == source || (pair && other == source)))
			return true;
	}
	return false;
}

static int add_dropout(struct build *build, int from)
{
	const struct layer *layer = this_layer(build);
	const struct graph_tensor *in = tensor_of(build, from);
	struct graph_node node = {.code = NN_OPERATOR_RESHAPE, .inputs = 1, .input = {(uint16_t)from}};

	if (!(layer->share >= 0 && layer->share < 1))
		return refuse(build, "a dropout's share is 0 or more and below 1");
	if (build->options->dropout_count == TRAINER_DROPOUTS_MAX)
		return -E2BIG;
	if (is_read_besides(build))
		from = add_node(build, &node, "", in->dims, in->shape);
	if (from >= 0)
		build->options->dropouts[build->options->dropout_count++] =
			(struct trainer_dropout){.tensor = (uint16_t)from, .share = layer->share};
	return from;
}

static int add_softmax(struct build *build, int from)
{
	const struct graph_tensor *in = tensor_of(build, from);
	struct graph_node node = {.code = NN_OPERATOR_SOFTMAX, .inputs = 1, .input = {(uint16_t)from}};

	return add_node(build, &node, "", in->dims, in->shape);
}

static int add_nothing(struct build *build, int from)
{
	(void)build;
	return from;
}

static int add_flatten(struct build *build, int from)
{
	return add_flat(build, from, "");
}

static int add_layer(struct build *build)
{
	static int (*const makers[])(struct build * build, int from) = {
		[LAYER_CONV_2D] = add_convolution,
		[LAYER_DEPTHWISE_CONV_2D] = add_convolution,
		[LAYER_DENSE] = add_dense,
		[LAYER_MAX_POOL_2D] = add_pool,
		[LAYER_AVERAGE_POOL_2D] = add_pool,
		[LAYER_GLOBAL_AVERAGE_POOL_2D] = add_pool,
		[LAYER_BATCH_NORM] = add_norm,
		[LAYER_ACTIVATION] = add_nothing,
		[LAYER_DROPOUT] = add_dropout,
		[LAYER_FLATTEN] = add_flatten,
		[LAYER_ADD] = add_pair,
		[LAYER_MULTIPLY] = add_pair,
		[LAYER_CONCAT] = add_concat,
		[LAYER_PAD] = add_padding,
		[LAYER_SOFTMAX] = add_softmax,
	};
	const struct layer *layer = this_layer(build);
	int from = source_of(build, layer->from), made;

	if (from < 0)
		return from;
	made = add_activation(build, makers[layer->kind](build, from));
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
