/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-models.c - graphs made by hand, with random weights and plausible scales. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn-fixture.h"
#include "tflite-models.h"

#define SHAPE(...) ((const uint32_t[]){__VA_ARGS__})

const char *const tflite_kind_names[TFLITE_KINDS] = {"float", "int8", "int16x8", "uint8", "hybrid"};

/* A graph in the making: the last tensor, and what kind it is. */
struct maker {
	struct graph *graph;
	enum tflite_kind kind;
	uint64_t state;
	uint16_t last;
};

static enum nn_type activation_type(enum tflite_kind kind)
{
	static const enum nn_type types[] = {NN_TYPE_F32, NN_TYPE_I8, NN_TYPE_I16, NN_TYPE_U8, NN_TYPE_F32};

	return types[kind];
}

static void set_scales(struct maker *maker, uint16_t number, uint32_t n, uint8_t dim, float scale, int32_t zero)
{
	struct graph_tensor *tensor = &maker->graph->tensors[number];

	tensor->scales = calloc(n, sizeof(float));
	tensor->zero_points = calloc(n, sizeof(int32_t));
	assert_non_null(tensor->scales);
	assert_non_null(tensor->zero_points);
	for (uint32_t i = 0; i < n; i++) {
		tensor->scales[i] = n == 1 ? scale : scale * (1 + 0.25f * fixture_random(&maker->state));
		tensor->zero_points[i] = zero;
	}
	tensor->scale_count = n;
	tensor->quantised_dim = dim;
}

static void set_activation_scale(struct maker *maker, uint16_t number, float scale, int32_t zero)
{
	switch (maker->kind) {
	case TFLITE_KIND_INT8:
		set_scales(maker, number, 1, 0, scale, zero - 128);
		break;
	case TFLITE_KIND_UINT8:
		set_scales(maker, number, 1, 0, scale, zero);
		break;
	case TFLITE_KIND_INT16X8:
		set_scales(maker, number, 1, 0, scale / 128, 0);
		break;
	default:
		break;
	}
}

static uint16_t variable(struct maker *maker, unsigned dims, const uint32_t *shape, float scale, int32_t zero)
{
	char name[16];
	int number;

	snprintf(name, sizeof(name), "t%u", maker->graph->tensor_count);
	number = graph_add_tensor(maker->graph, name, activation_type(maker->kind), dims, shape);
	assert_true(number >= 0);
	set_activation_scale(maker, (uint16_t)number, scale, zero);
	return (uint16_t)number;
}

/* Random numbers of a type, small where they are 32 bits wide and more. */
static uint16_t constant(struct maker *maker, enum nn_type type, unsigned dims, const uint32_t *shape)
{
	size_t n = 1, bytes;
	uint8_t *data;
	int number;

	for (unsigned d = 0; d < dims; d++)
		n *= shape[d];
	bytes = n * graph_type_bytes(type);
	data = calloc(1, bytes);
	assert_non_null(data);
	for (size_t i = 0; i < n; i++) {
		float x = fixture_random(&maker->state);
		int32_t narrow = (int32_t)(x * 127);
		int64_t wide = (int64_t)(x * 500);

		if (type == NN_TYPE_F32)
			memcpy(data + i * 4, &x, 4);
		else if (type == NN_TYPE_U8)
			data[i] = (uint8_t)(narrow + 128);
		else
			memcpy(data + i * graph_type_bytes(type), type == NN_TYPE_I8 ? (void *)&narrow : (void *)&wide,
			       graph_type_bytes(type));
	}
	number = graph_add_constant(maker->graph, "c", type, dims, shape, data);
	free(data);
	assert_true(number >= 0);
	return (uint16_t)number;
}

static uint16_t weights(struct maker *maker, unsigned dims, const uint32_t *shape, uint8_t dim)
{
	static const enum nn_type types[] = {NN_TYPE_F32, NN_TYPE_I8, NN_TYPE_I8, NN_TYPE_U8, NN_TYPE_I8};
	uint16_t number = constant(maker, types[maker->kind], dims, shape);

	if (maker->kind == TFLITE_KIND_UINT8)
		set_scales(maker, number, 1, 0, 0.01f, 121);
	else if (maker->kind != TFLITE_KIND_FLOAT)
		set_scales(maker, number, maker->kind == TFLITE_KIND_HYBRID ? 1 : shape[dim], dim, 0.008f, 0);
	return number;
}

static uint16_t bias(struct maker *maker, uint32_t n)
{
	static const enum nn_type types[] = {NN_TYPE_F32, NN_TYPE_I32, NN_TYPE_I64, NN_TYPE_I32, NN_TYPE_F32};

	return constant(maker, types[maker->kind], 1, &n);
}

static void append(struct maker *maker, struct graph_node node, unsigned dims, const uint32_t *shape, float scale,
		   int32_t zero)
{
	node.input[0] = maker->last;
	node.output = variable(maker, dims, shape, scale, zero);
	assert_int_equal(graph_add_node(maker->graph, &node), 0);
	maker->last = node.output;
}

static void append_conv(struct maker *maker, uint32_t kernel, uint32_t stride, uint32_t channels, bool depthwise)
{
	const uint32_t *in = maker->graph->tensors[maker->last].shape;
	uint32_t side = (in[1] + stride - 1) / stride, pad = (side - 1) * stride + kernel;
	uint32_t out = depthwise ? in[3] * channels : channels, ci = in[3];
	struct graph_node node = {
		.code = depthwise ? NN_OPERATOR_DEPTHWISE_CONV_2D : NN_OPERATOR_CONV_2D,
		.activation = NN_ACTIVATION_RELU6,
		.inputs = 3,
		.parameters = {(int32_t)stride, (int32_t)stride, 1, 1},
	};

	pad = pad > in[1] ? pad - in[1] : 0;
	for (int i = 0; i < 4; i++)
		node.parameters[NN_PARAMETER_PAD_TOP + i] = (int32_t)(i < 2 ? pad / 2 : pad - pad / 2);
	if (maker->kind == TFLITE_KIND_HYBRID)
		node.parameters[NN_PARAMETER_HYBRID] = NN_HYBRID_DYNAMIC;
	node.input[1] = weights(maker, 4, SHAPE(kernel, kernel, ci, channels), depthwise && channels == 1 ? 2 : 3);
	node.input[2] = bias(maker, out);
	append(maker, node, 4, SHAPE(1, side, side, out), 6 / 255.0f, 0);
}

static void append_average(struct maker *maker)
{
	const uint32_t *in = maker->graph->tensors[maker->last].shape;
	int32_t side = (int32_t)in[1];

	append(maker,
	       (struct graph_node){.code = NN_OPERATOR_AVERAGE_POOL_2D,
				   .inputs = 1,
				   .parameters = {1, 1, 1, 1, 0, 0, 0, 0, side, side}},
	       4, SHAPE(1, 1, 1, in[3]), 6 / 255.0f, 0);
}

static void append_ends(struct maker *maker, uint32_t classes, float scale, int32_t zero)
{
	append(maker, (struct graph_node){.code = NN_OPERATOR_RESHAPE, .inputs = 1}, 2, SHAPE(1, classes), scale, zero);
	append(maker, (struct graph_node){.code = NN_OPERATOR_SOFTMAX, .inputs = 1}, 2, SHAPE(1, classes), 1 / 256.0f,
	       0);
	maker->graph->output = maker->last;
}

static struct maker start(enum tflite_kind kind, uint32_t side, uint32_t channels)
{
	struct maker maker = {.graph = graph_new(), .kind = kind, .state = 11};

	assert_non_null(maker.graph);
	maker.last = maker.graph->input = variable(&maker, 4, SHAPE(1, side, side, channels), 1 / 128.0f, 128);
	return maker;
}

/* y of a multiplication or an addition. */
static uint16_t vector(struct maker *maker, uint32_t n)
{
	uint16_t number = constant(maker, activation_type(maker->kind), 1, &n);

	set_activation_scale(maker, number, 0.01f, 128);
	return number;
}

struct graph *tflite_small_graph(enum tflite_kind kind)
{
	struct maker maker = start(kind, 8, 2);
	struct graph_node dense = {.code = NN_OPERATOR_DENSE, .inputs = 3};

	snprintf(maker.graph->name, sizeof(maker.graph->name), "small");
	append_conv(&maker, 3, 2, 4, false);
	append_conv(&maker, 3, 1, kind == TFLITE_KIND_FLOAT || kind == TFLITE_KIND_HYBRID ? 2 : 1, true);
	append_conv(&maker, 1, 1, 8, false);
	append(&maker,
	       (struct graph_node){
		       .code = NN_OPERATOR_MAX_POOL_2D, .inputs = 1, .parameters = {2, 2, 1, 1, 0, 0, 0, 0, 2, 2}},
	       4, SHAPE(1, 2, 2, 8), 6 / 255.0f, 0);
	append(&maker, (struct graph_node){.code = NN_OPERATOR_MULTIPLY, .inputs = 2, .input = {0, vector(&maker, 8)}},
	       4, SHAPE(1, 2, 2, 8), 0.05f, 120);
	append(&maker, (struct graph_node){.code = NN_OPERATOR_ADD, .inputs = 2, .input = {0, vector(&maker, 8)}}, 4,
	       SHAPE(1, 2, 2, 8), 0.05f, 120);
	append(&maker, (struct graph_node){.code = NN_OPERATOR_RESHAPE, .inputs = 1}, 2, SHAPE(1, 32), 0.05f, 120);
	if (kind == TFLITE_KIND_HYBRID)
		dense.parameters[NN_PARAMETER_HYBRID] = NN_HYBRID_DYNAMIC;
	dense.input[1] = weights(&maker, 2, SHAPE(32, 5), 1);
	dense.input[2] = bias(&maker, 5);
	append(&maker, dense, 2, SHAPE(1, 5), 0.1f, 90);
	append_ends(&maker, 5, 0.1f, 90);
	return maker.graph;
}

struct graph *tflite_mobilenet(uint32_t side, unsigned quarters)
{
	static const uint8_t strides[13] = {1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1};
	static const uint16_t widths[13] = {16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256};
	struct maker maker = start(TFLITE_KIND_UINT8, side, 3);

	snprintf(maker.graph->name, sizeof(maker.graph->name), "mobilenet");
	append_conv(&maker, 3, 2, 8 * quarters, false);
	for (unsigned i = 0; i < 13; i++) {
		append_conv(&maker, 3, strides[i], 1, true);
		append_conv(&maker, 1, 1, widths[i] * quarters, false);
	}
	append_average(&maker);
	append_conv(&maker, 1, 1, 1001, false);
	append_ends(&maker, 1001, 6 / 255.0f, 0);
	return maker.graph;
}
