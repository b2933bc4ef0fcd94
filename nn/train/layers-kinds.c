/* SPDX-License-Identifier: Apache-2.0 */
/* layers-kinds.c - the nodes and constants of each kind of layer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/edit.h"
#include "nn/runtime/math.h"
#include "nn/train/layers-build.h"
#include "nn/train/random.h"

/* --- constants ------------------------------------------------------------------------------------------------- */

static bool is_rectifier(enum layer_activation activation)
{
	return activation == LAYER_RELU || activation == LAYER_RELU6 || activation == LAYER_LEAKY_RELU;
}

static bool is_rectified(const struct build *build)
{
	const struct layer *layer = build_layer(build), *next = layer + 1;

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
			return build_refuse(build, "too large");
	values = malloc(n * sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		values[i] = random_between(&random, -limit, limit);
	build_name(build, ".weights", name);
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
	build_name(build, part, name);
	tensor = graph_add_constant(build->graph, name, NN_TYPE_F32, 1, &n, values);
	free(values);
	return tensor;
}

/* --- kinds ------------------------------------------------------------------------------------------------------ */

/* Output size and padding of one dimension. */
static int slide(const struct build *build, uint32_t size, uint32_t kernel, uint32_t stride, uint32_t dilation,
		 uint32_t *ret_out, int32_t *ret_before, int32_t *ret_behind)
{
	uint32_t reach = (kernel - 1) * dilation + 1, out, pad = 0;

	if (kernel > 64 || stride > 64 || dilation > 64)
		return build_refuse(build, "kernel, stride and dilation are 64 at most");
	if (build_layer(build)->same) {
		out = (size + stride - 1) / stride;
		pad = (out - 1) * stride + reach > size ? (out - 1) * stride + reach - size : 0;
	} else {
		if (reach > size)
			return build_refuse(build, "its window of %u is larger than the image of %u", (unsigned)reach,
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
	const struct layer *layer = build_layer(build);
	int32_t *p = node->parameters;
	int r = 0;

	if (in->dims != 4)
		return build_refuse(build, "needs an image, but what it reads is flat");
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
	if (build_layer(build)->no_bias) {
		if (build->options->fixed_count == TRAINER_FIXED_MAX)
			return -E2BIG;
		build->options->fixed[build->options->fixed_count++] = (uint16_t)bias;
	}
	node->inputs = 3;
	node->input[1] = (uint16_t)weights;
	node->input[2] = (uint16_t)bias;
	return build_node(build, node, "", out_dims, out_shape);
}

static int add_convolution(struct build *build, int from)
{
	const struct layer *layer = build_layer(build);
	const struct graph_tensor *in = build_tensor(build, from);
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
		return build_refuse(build, "needs 1 to 65536 filters");
	out[3] = channels;
	return add_linear(build, &node, 4, shape, channels, (double)taps * (depthwise ? 1 : in->shape[3]),
			  (double)taps * filters, 4, out);
}

static int add_flat(struct build *build, int from, const char *part)
{
	const struct graph_tensor *in = build_tensor(build, from);
	const uint32_t shape[2] = {1, (uint32_t)graph_elements(in)};
	struct graph_node node = {.code = NN_OPERATOR_RESHAPE, .inputs = 1, .input = {(uint16_t)from}};

	return in->dims == 2 ? from : build_node(build, &node, part, 2, shape);
}

static int add_dense(struct build *build, int from)
{
	const struct layer *layer = build_layer(build);
	struct graph_node node = {.code = NN_OPERATOR_DENSE};
	int flat = add_flat(build, from, ".flat");
	uint32_t shape[2], out[2] = {1, layer->filters};

	if (flat < 0)
		return flat;
	if (!layer->filters || layer->filters > 1 << 16)
		return build_refuse(build, "needs 1 to 65536 units");
	shape[0] = build_tensor(build, flat)->shape[1];
	shape[1] = layer->filters;
	node.input[0] = (uint16_t)flat;
	return add_linear(build, &node, 2, shape, shape[1], shape[0], shape[1], 2, out);
}

static int add_pool(struct build *build, int from)
{
	const struct layer *layer = build_layer(build);
	const struct graph_tensor *in = build_tensor(build, from);
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
	return build_node(build, &node, "", 4, out);
}

static int add_norm(struct build *build, int from)
{
	const struct graph_tensor *in = build_tensor(build, from);
	uint32_t channels = in->shape[in->dims - 1];
	int scale = add_vector(build, ".scale", channels, 1);
	int offset = scale < 0 ? scale : add_vector(build, ".offset", channels, 0);
	struct graph_node node = {.code = NN_OPERATOR_BATCH_NORM,
				  .inputs = 3,
				  .input = {(uint16_t)from, (uint16_t)scale, (uint16_t)offset}};

	return offset < 0 ? offset : build_node(build, &node, "", in->dims, in->shape);
}

static int add_pair(struct build *build, int from)
{
	const struct layer *layer = build_layer(build);
	int other = build_source(build, layer->other);
	struct graph_node node = {.code = layer->kind == LAYER_ADD ? NN_OPERATOR_ADD : NN_OPERATOR_MULTIPLY,
				  .inputs = 2,
				  .input = {(uint16_t)from, (uint16_t)other}};

	if (other < 0)
		return other;
	if (!graph_same_shape(build_tensor(build, from), build_tensor(build, other)))
		return build_refuse(build, "its two inputs have different shapes");
	return build_node(build, &node, "", build_tensor(build, from)->dims, build_tensor(build, from)->shape);
}

static int add_concat(struct build *build, int from)
{
	int other = build_source(build, build_layer(build)->other);
	const struct graph_tensor *a = build_tensor(build, from), *b;
	struct graph_node node = {.code = NN_OPERATOR_CONCAT,
				  .inputs = 2,
				  .input = {(uint16_t)from, (uint16_t)other},
				  .parameters = {a->dims - 1}};
	uint32_t shape[NN_DIMS_MAX];

	if (other < 0)
		return other;
	b = build_tensor(build, other);
	if (a->dims != b->dims || memcmp(a->shape, b->shape, (a->dims - 1u) * sizeof(a->shape[0])))
		return build_refuse(build, "its two inputs differ in more than their channels");
	memcpy(shape, a->shape, sizeof(shape));
	shape[a->dims - 1] += b->shape[a->dims - 1];
	return build_node(build, &node, "", a->dims, shape);
}

static int add_padding(struct build *build, int from)
{
	const struct layer *layer = build_layer(build);
	const struct graph_tensor *in = build_tensor(build, from);
	const uint32_t shape[4] = {1, in->shape[1] + layer->pad[0] + layer->pad[2],
				   in->shape[2] + layer->pad[1] + layer->pad[3], in->shape[3]};
	struct graph_node node = {.code = NN_OPERATOR_PAD, .inputs = 1, .input = {(uint16_t)from}};
	unsigned first;

	for (unsigned i = 0; i < 4; i++) {
		if (in->dims != 4 || layer->pad[i] > 64)
			return build_refuse(build, "pads an image with 64 zeros a side at most");
		first = i < 2 ? NN_PARAMETER_PAD_BEFORE : NN_PARAMETER_PAD_BEHIND;
		node.parameters[first + 1 + i % 2] = (int32_t)layer->pad[i];
	}
	return build_node(build, &node, "", 4, shape);
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
	const struct layer *layer = build_layer(build);
	const struct graph_tensor *in = build_tensor(build, from);
	struct graph_node node = {.code = NN_OPERATOR_RESHAPE, .inputs = 1, .input = {(uint16_t)from}};

	if (!(layer->share >= 0 && layer->share < 1))
		return build_refuse(build, "a dropout's share is 0 or more and below 1");
	if (build->options->dropout_count == TRAINER_DROPOUTS_MAX)
		return -E2BIG;
	if (is_read_besides(build))
		from = build_node(build, &node, "", in->dims, in->shape);
	if (from >= 0)
		build->options->dropouts[build->options->dropout_count++] =
			(struct trainer_dropout){.tensor = (uint16_t)from, .share = layer->share};
	return from;
}

static int add_softmax(struct build *build, int from)
{
	const struct graph_tensor *in = build_tensor(build, from);
	struct graph_node node = {.code = NN_OPERATOR_SOFTMAX, .inputs = 1, .input = {(uint16_t)from}};

	return build_node(build, &node, "", in->dims, in->shape);
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

int build_kind(struct build *build, int from)
{
	static int (*const kinds[])(struct build * build, int from) = {
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

	return kinds[build_layer(build)->kind](build, from);
}
