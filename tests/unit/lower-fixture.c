/* SPDX-License-Identifier: Apache-2.0 */
/* lower-fixture.c - networks of one node for the tests of lowering (see lower-fixture.h). */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lower-fixture.h"

/* --- a network and what it makes ------------------------------------------------------------------------------- */

uint16_t lower_add(struct graph *graph, enum nn_type type, float scale, int32_t zero_point, unsigned dims,
		   const uint32_t *shape, const void *data)
{
	int t = data ? graph_add_constant(graph, "constant", type, dims, shape, data)
		     : graph_add_tensor(graph, "variable", type, dims, shape);
	struct graph_tensor *tensor;

	assert_true(t >= 0);
	tensor = &graph->tensors[t];
	if (scale > 0) {
		tensor->scales = malloc(sizeof(float));
		tensor->zero_points = malloc(sizeof(int32_t));
		tensor->scales[0] = scale;
		tensor->zero_points[0] = zero_point;
		tensor->scale_count = 1;
	}
	return (uint16_t)t;
}

static size_t lower_elements(const struct graph *graph, uint16_t tensor)
{
	return graph_tensor_bytes(&graph->tensors[tensor]) / graph_type_bytes(graph->tensors[tensor].type);
}

double lower_real_of(const struct graph_tensor *tensor, const void *data, size_t i)
{
	double stored = tensor->type == NN_TYPE_I16  ? ((const int16_t *)data)[i]
			: tensor->type == NN_TYPE_U8 ? ((const uint8_t *)data)[i]
			: tensor->type == NN_TYPE_I8 ? ((const int8_t *)data)[i]
						     : (double)((const float *)data)[i];

	return tensor->scale_count ? (stored - tensor->zero_points[0]) * (double)tensor->scales[0] : stored;
}

static void fill_input(struct lower_network *net, uint64_t *state)
{
	const struct graph_tensor *tensor = &net->graph->tensors[net->graph->input];
	size_t n = lower_elements(net->graph, net->graph->input);

	for (size_t i = 0; i < graph_tensor_bytes(tensor); i++)
		net->input[i] = (uint8_t)(fixture_random(state) * 128 + 128);
	if (tensor->type == NN_TYPE_F32)
		fixture_fill((float *)(void *)net->input, n, state);
	for (size_t i = 0; i < n; i++)
		net->in[i] = lower_real_of(tensor, net->input, i);
}

/* Lowers and runs; the real output is in net->out. */
void lower_work(struct lower_network *net, enum nn_rounding rounding, uint64_t *state)
{
	char reason[GRAPH_REASON];
	const struct nn_tensor *input, *output;
	size_t size = 0, arena;

	fill_input(net, state);
	if (graph_lower(net->graph, rounding, reason) < 0 || pnn_write(net->graph, &net->bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	assert_int_equal(nn_model_parse(net->bytes, size, &net->model), 0);
	arena = nn_run_bytes(&net->model);
	net->arena = aligned_alloc(16, arena);
	assert_int_equal(nn_run_start(&net->run, &net->model, net->arena, arena), 0);
	input = nn_model_input(&net->model);
	output = nn_model_output(&net->model);
	memcpy(nn_run_tensor(&net->run, input), net->input, input->bytes);
	nn_run(&net->run);
	for (size_t i = 0; i < nn_tensor_elements(output); i++)
		net->out[i] =
			lower_real_of(&net->graph->tensors[net->graph->output], nn_run_tensor(&net->run, output), i);
}

void lower_release(struct lower_network *net)
{
	graph_free(net->graph);
	free(net->bytes);
	free(net->arena);
	free(net);
}

/* An input and an output around one node. */
struct lower_network *lower_start(enum nn_type in, float in_scale, int32_t in_zero, unsigned dims,
				  const uint32_t *shape)
{
	struct lower_network *net = calloc(1, sizeof(*net));

	net->graph = graph_new();
	assert_non_null(net->graph);
	net->graph->input = lower_add(net->graph, in, in_scale, in_zero, dims, shape, NULL);
	return net;
}

void lower_finish(struct lower_network *net, struct graph_node node, enum nn_type type, float scale, int32_t zero_point,
		  unsigned dims, const uint32_t *shape)
{
	net->graph->output = lower_add(net->graph, type, scale, zero_point, dims, shape, NULL);
	node.input[0] = net->graph->input;
	node.inputs = node.inputs ? node.inputs : 1;
	node.output = net->graph->output;
	assert_int_equal(graph_add_node(net->graph, &node), 0);
}

/* The real output is `wanted`, limited to what the output's type can say, within some of its steps. */
void lower_expect(const struct lower_network *net, size_t i, double wanted, double steps)
{
	const struct graph_tensor *out = &net->graph->tensors[net->graph->output];
	double step = out->scale_count ? (double)out->scales[0] : 1e-6;
	double zero = out->scale_count ? out->zero_points[0] : 0;
	double low = out->type == NN_TYPE_I16  ? -32768
		     : out->type == NN_TYPE_U8 ? 0
		     : out->type == NN_TYPE_I8 ? -128
					       : -1e30;
	double high = out->type == NN_TYPE_I16	? 32767
		      : out->type == NN_TYPE_U8 ? 255
		      : out->type == NN_TYPE_I8 ? 127
						: 1e30;
	double limited = fmin(fmax(wanted, (low - zero) * step), (high - zero) * step);

	if (!(fabs(net->out[i] - limited) <= steps * step))
		fail_msg("output %zu is %g, wanted %g (step %g)", i, net->out[i], limited, step);
}

static const struct lower_form forms[] = {
	{NN_TYPE_F32, 0, 0, 0, 0, 8},
	{NN_TYPE_I8, 0.05f, 0.04f, 7, -9, 1.1},
	{NN_TYPE_I16, 2e-4f, 1.5e-4f, 0, 0, 2.1},
};
enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

/* Every form and rounding mode of one test. */
void lower_in_every_form(void (*test)(const struct lower_form *form, enum nn_rounding rounding, uint64_t *state))
{
	uint64_t state = 31;

	for (unsigned i = 0; i < FORMS; i++) {
		test(&forms[i], NN_ROUNDING_SINGLE, &state);
		test(&forms[i], NN_ROUNDING_DOUBLE, &state);
	}
}

/* A dense layer of 20 to 6 with weights of a type; bias at the product of scales. */
struct lower_network *lower_dense(enum nn_type type, enum nn_type weights_type, float in_scale, int32_t in_zero,
				  float out_scale, int32_t out_zero, double weights[120], double biases[6],
				  uint64_t *state)
{
	struct lower_network *net = lower_start(type, in_scale, in_zero, 2, SHAPE(1, 20));
	float w_scale = weights_type == NN_TYPE_F16 ? 0 : 0.01f, product = in_scale * w_scale;
	int32_t w_zero = weights_type == NN_TYPE_U8 ? 140 : 0;
	struct graph_node node = {.code = NN_OPERATOR_DENSE, .inputs = 3};
	union {
		uint8_t bytes[240];
		uint16_t halves[120];
	} w;
	union {
		float f32[6];
		int32_t i32[6];
		int64_t i64[6];
	} b;

	for (int i = 0; i < 120; i++) {
		w.bytes[i] = (uint8_t)(fixture_random(state) * 127 + 128);
		if (weights_type == NN_TYPE_I8)
			w.bytes[i] ^= 0x80;
		weights[i] =
			((weights_type == NN_TYPE_U8 ? w.bytes[i] : (int8_t)w.bytes[i]) - w_zero) * (double)w_scale;
	}
	if (weights_type == NN_TYPE_F16)
		for (int i = 0; i < 120; i++) { /* 1.xxx * 2^-3 .. 2^1, and a sign */
			w.halves[i] = (uint16_t)((fixture_random(state) > 0 ? 0x8000 : 0) | (12 + i % 5) << 10 |
						 (i * 37 & 0x3ff));
			weights[i] =
				ldexp(1 + (w.halves[i] & 0x3ff) / 1024.0, i % 5 - 3) * (w.halves[i] & 0x8000 ? -1 : 1);
		}
	for (int i = 0; i < 6; i++) {
		double real = i * 0.3 - 1;

		biases[i] = real;
		if (type == NN_TYPE_F32)
			b.f32[i] = (float)real;
		else if (type == NN_TYPE_I16)
			b.i64[i] = (int64_t)(real / (double)product);
		else
			b.i32[i] = (int32_t)(real / (double)product);
	}
	node.input[1] = lower_add(net->graph, weights_type, w_scale, w_zero, 2, SHAPE(20, 6), &w);
	node.input[2] = lower_add(net->graph,
				  type == NN_TYPE_F32	? NN_TYPE_F32
				  : type == NN_TYPE_I16 ? NN_TYPE_I64
							: NN_TYPE_I32,
				  0, 0, 1, SHAPE(6), &b);
	lower_finish(net, node, type, out_scale, out_zero, 2, SHAPE(1, 6));
	return net;
}
