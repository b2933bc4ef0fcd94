/* SPDX-License-Identifier: Apache-2.0 */
/* export-convs.c - see export-convs.h. */
#include "tests/bench/export-convs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn/export/pnn.h"
#include "nn/graph/graph.h"

/* One layer: kernel, stride, padding on every side, channels out. Kernel 0: a 2x2 pool. */
struct step {
	int kernel, stride, padding, channels;
};

static const struct step steps[] = {{3, 1, 1, 16}, {3, 2, 0, 13}, {1, 1, 0, 8},	 {5, 1, 2, 24}, {0, 2, 0, 24},
				    {3, 1, 1, 8},  {2, 1, 1, 27}, {3, 1, 1, 11}, {0, 2, 0, 11}, {1, 1, 0, 7}};

/* Of a layer's outputs; both ends are among them. */
static int32_t zero_point_of(const struct step *step)
{
	return step->channels == 27 ? 127 : step->channels % 8 ? -128 : 11;
}

static void scale(struct graph *graph, int tensor, uint32_t count, float each, int32_t zero)
{
	struct graph_tensor *t = &graph->tensors[tensor];

	t->scale_count = count;
	t->quantised_dim = 3;
	t->scales = calloc(count, sizeof(float));
	t->zero_points = calloc(count, sizeof(int32_t));
	for (uint32_t i = 0; t->scales && t->zero_points && i < count; i++) {
		t->scales[i] = each * (1 + (float)(i % 5) / 7);
		t->zero_points[i] = zero;
	}
}

static int constant(struct graph *graph, enum nn_type type, unsigned dims, const uint32_t *shape, uint32_t *state)
{
	static union {
		int8_t i8[65536];
		int32_t i32[64];
	} values;
	uint32_t n = 1;

	for (unsigned i = 0; i < dims; i++)
		n *= shape[i];
	for (uint32_t i = 0; i < n; i++) {
		*state = *state * 1664525 + 1013904223;
		if (type == NN_TYPE_I8)
			values.i8[i] = (int8_t)(*state >> 24);
		else
			values.i32[i] = (int32_t)(*state >> 20) - 2048;
	}
	return graph_add_constant(graph, "constant", type, dims, shape, &values);
}

/*
 * As pruned networks come: a channel that died is just a bias, of a size that converters choose, and its factor is far from
 * the others'. One channel of the layer with 13 still has weights with such a factor.
 */
static void kill_channel(struct graph *graph, int weights, int bias, uint32_t channels)
{
	struct graph_tensor *w = &graph->tensors[weights];
	int8_t *values = w->data;

	((int32_t *)graph->tensors[bias].data)[5] = -(1 << 30);
	for (uint32_t i = 5; i < w->shape[0] * w->shape[1] * w->shape[2] * channels; i += channels)
		values[i] = 0;
	w->scales[5] *= 0x1p-19f;
	if (channels == 13)
		w->scales[7] *= 0x1p-14f;
}

static int add_step(struct graph *graph, const struct step *step, int in, uint32_t *state)
{
	const uint32_t *from = graph->tensors[in].shape;
	int kernel = step->kernel ? step->kernel : 2;
	uint32_t side = (from[1] + 2 * (uint32_t)step->padding - (uint32_t)kernel) / (uint32_t)step->stride + 1;
	uint32_t channels = (uint32_t)step->channels;
	struct graph_node node = {.code = NN_OPERATOR_MAX_POOL_2D, .inputs = 1, .input = {(uint16_t)in}};
	int out = graph_add_tensor(graph, "out", NN_TYPE_I8, 4, (const uint32_t[]){1, side, side, channels});

	node.output = (uint16_t)out;
	for (int i = 0; i < 8; i++)
		node.parameters[i] = i < 2 ? step->stride : i < 4 ? 1 : step->padding;
	if (!step->kernel) {
		scale(graph, out, 1, graph->tensors[in].scales[0], graph->tensors[in].zero_points[0]);
		node.parameters[NN_PARAMETER_KERNEL_H] = node.parameters[NN_PARAMETER_KERNEL_W] = 2;
	} else {
		uint32_t inputs = (uint32_t)(kernel * kernel) * from[3];
		int weights =
			constant(graph, NN_TYPE_I8, 4,
				 (const uint32_t[]){(uint32_t)kernel, (uint32_t)kernel, from[3], channels}, state);
		int bias = constant(graph, NN_TYPE_I32, 1, &channels, state);

		scale(graph, out, 1, 0.05f, zero_point_of(step));
		scale(graph, weights, channels, 0.05f / (graph->tensors[in].scales[0] * 74 * sqrtf((float)inputs)), 0);
		kill_channel(graph, weights, bias, channels);
		node.code = NN_OPERATOR_CONV_2D;
		node.activation = zero_point_of(step) == -128 ? NN_ACTIVATION_RELU : NN_ACTIVATION_NONE;
		node.inputs = 3;
		node.input[1] = (uint16_t)weights;
		node.input[2] = (uint16_t)bias;
	}
	return graph_add_node(graph, &node) ? -1 : out;
}

void *convs_make(enum nn_rounding rounding, size_t *ret_size)
{
	char reason[GRAPH_REASON];
	struct graph *graph __attribute__((cleanup(graph_freep))) = graph_new();
	uint32_t state = 7;
	void *bytes;
	int tensor;

	if (!graph)
		return NULL;
	tensor = graph_add_tensor(graph, "in", NN_TYPE_I8, 4, (const uint32_t[]){1, 12, 12, 8});
	scale(graph, tensor, 1, 0.04f, -3);
	graph->input = (uint16_t)tensor;
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		tensor = add_step(graph, &steps[i], tensor, &state);
	graph->output = (uint16_t)tensor;
	snprintf(graph->name, sizeof(graph->name), "convs");
	if (graph_lower(graph, rounding, reason) < 0 || pnn_write(graph, &bytes, ret_size, reason) < 0) {
		fprintf(stderr, "export-convs: %s\n", reason);
		return NULL;
	}
	return bytes;
}
