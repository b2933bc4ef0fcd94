/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-lower.c - networks of one operator from scales to bytes: made as a graph, lowered, written, parsed and run. What
 * comes out, as real numbers, must be what double arithmetic makes of the real input, to the step of the output's scale.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/export/pnn.h"
#include "nn/runtime/run.h"
#include "tests/unit/nn-fixture.h"

enum { VALUES = 4096 };
#define SHAPE(...) ((const uint32_t[]){__VA_ARGS__})

/* --- a network and what it makes ------------------------------------------------------------------------------- */

static uint16_t add(struct graph *graph, enum nn_type type, float scale, int32_t zero_point, unsigned dims,
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

static size_t elements(const struct graph *graph, uint16_t tensor)
{
	return graph_tensor_bytes(&graph->tensors[tensor]) / graph_type_bytes(graph->tensors[tensor].type);
}

static double real_of(const struct graph_tensor *tensor, const void *data, size_t i)
{
	double stored = tensor->type == NN_TYPE_I16  ? ((const int16_t *)data)[i]
			: tensor->type == NN_TYPE_U8 ? ((const uint8_t *)data)[i]
			: tensor->type == NN_TYPE_I8 ? ((const int8_t *)data)[i]
						     : (double)((const float *)data)[i];

	return tensor->scale_count ? (stored - tensor->zero_points[0]) * (double)tensor->scales[0] : stored;
}

struct network {
	struct graph *graph;
	void *bytes, *arena;
	struct nn_model model;
	struct nn_run run;
	uint8_t input[VALUES * 4];
	double in[VALUES], out[VALUES]; /* real */
};

static void fill_input(struct network *net, uint64_t *state)
{
	const struct graph_tensor *tensor = &net->graph->tensors[net->graph->input];
	size_t n = elements(net->graph, net->graph->input);

	for (size_t i = 0; i < graph_tensor_bytes(tensor); i++)
		net->input[i] = (uint8_t)(fixture_random(state) * 128 + 128);
	if (tensor->type == NN_TYPE_F32)
		fixture_fill((float *)(void *)net->input, n, state);
	for (size_t i = 0; i < n; i++)
		net->in[i] = real_of(tensor, net->input, i);
}

/* Lowers and runs; the real output is in net->out. */
static void work(struct network *net, enum nn_rounding rounding, uint64_t *state)
{
	char reason[GRAPH_REASON];
	const struct nn_tensor *input, *output;
	size_t size, arena;

	fill_input(net, state);
	if (graph_lower(net->graph, rounding, reason) < 0 || pnn_write(net->graph, &net->bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	assert_int_equal(nn_model_parse(net->bytes, size, &net->model), 0);
	arena = (net->model.main->arena_bytes / 16u + 1) * 16;
	net->arena = aligned_alloc(16, arena);
	assert_int_equal(nn_run_start(&net->run, &net->model, net->arena, arena), 0);
	input = nn_model_input(&net->model);
	output = nn_model_output(&net->model);
	memcpy(nn_run_tensor(&net->run, input), net->input, input->bytes);
	nn_run(&net->run);
	for (size_t i = 0; i < nn_tensor_elements(output); i++)
		net->out[i] = real_of(&net->graph->tensors[net->graph->output], nn_run_tensor(&net->run, output), i);
}

static void release(struct network *net)
{
	graph_free(net->graph);
	free(net->bytes);
	free(net->arena);
	free(net);
}

/* An input and an output around one node. */
static struct network *start(enum nn_type in, float in_scale, int32_t in_zero, unsigned dims, const uint32_t *shape)
{
	struct network *net = calloc(1, sizeof(*net));

	net->graph = graph_new();
	assert_non_null(net->graph);
	net->graph->input = add(net->graph, in, in_scale, in_zero, dims, shape, NULL);
	return net;
}

static void finish(struct network *net, struct graph_node node, enum nn_type type, float scale, int32_t zero_point,
		   unsigned dims, const uint32_t *shape)
{
	net->graph->output = add(net->graph, type, scale, zero_point, dims, shape, NULL);
	node.input[0] = net->graph->input;
	node.inputs = node.inputs ? node.inputs : 1;
	node.output = net->graph->output;
	assert_int_equal(graph_add_node(net->graph, &node), 0);
}

/* The real output is `wanted`, limited to what the output's type can say, within some of its steps. */
static void expect(const struct network *net, size_t i, double wanted, double steps)
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

struct form {
	enum nn_type type;
	float in_scale, out_scale;
	int32_t in_zero, out_zero;
	double steps;
};

static const struct form forms[] = {
	{NN_TYPE_F32, 0, 0, 0, 0, 8},
	{NN_TYPE_I8, 0.05f, 0.04f, 7, -9, 1.1},
	{NN_TYPE_I16, 2e-4f, 1.5e-4f, 0, 0, 2.1},
};
enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

/* Every form and rounding mode of one test. */
static void in_every_form(void (*test)(const struct form *form, enum nn_rounding rounding, uint64_t *state))
{
	uint64_t state = 31;

	for (unsigned i = 0; i < FORMS; i++) {
		test(&forms[i], NN_ROUNDING_SINGLE, &state);
		test(&forms[i], NN_ROUNDING_DOUBLE, &state);
	}
}

/* --- functions ------------------------------------------------------------------------------------------------- */

static double function_of(enum nn_operator_code code, double x)
{
	switch (code) {
	case NN_OPERATOR_SIGMOID:
		return 1 / (1 + exp(-x));
	case NN_OPERATOR_TANH:
		return tanh(x);
	case NN_OPERATOR_HARD_SWISH:
		return x * fmin(fmax(x + 3, 0), 6) / 6;
	case NN_OPERATOR_ACTIVATION:
		return fmin(fmax(x, 0), 6);
	default:
		return x < 0 ? x * 0.1 : x;
	}
}

static void check_functions(const struct form *form, enum nn_rounding rounding, uint64_t *state)
{
	static const enum nn_operator_code codes[] = {NN_OPERATOR_SIGMOID, NN_OPERATOR_TANH, NN_OPERATOR_HARD_SWISH,
						      NN_OPERATOR_LEAKY_RELU, NN_OPERATOR_ACTIVATION};
	const float slope = 0.1f;

	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct network *net = start(form->type, form->in_scale, form->in_zero, 2, SHAPE(3, 100));
		struct graph_node node = {.code = codes[i]};

		if (codes[i] == NN_OPERATOR_LEAKY_RELU)
			memcpy(&node.parameters[0], &slope, sizeof(slope));
		if (codes[i] == NN_OPERATOR_ACTIVATION)
			node.activation = NN_ACTIVATION_RELU6;
		finish(net, node, form->type, form->out_scale, form->out_zero, 2, SHAPE(3, 100));
		work(net, rounding, state);
		for (size_t k = 0; k < 300; k++)
			expect(net, k, function_of(codes[i], net->in[k]), form->type == NN_TYPE_I16 ? 3 : form->steps);
		release(net);
	}
}

static void functions_are_close(void **unused)
{
	(void)unused;
	in_every_form(check_functions);
}

static void check_softmax(const struct form *form, enum nn_rounding rounding, uint64_t *state)
{
	float scale = form->type == NN_TYPE_I16 ? 1.0f / 32768 : form->type == NN_TYPE_I8 ? 1.0f / 256 : 0;
	struct network *net = start(form->type, form->in_scale, form->in_zero, 2, SHAPE(4, 9));

	finish(net, (struct graph_node){.code = NN_OPERATOR_SOFTMAX}, form->type, scale,
	       form->type == NN_TYPE_I8 ? -128 : 0, 2, SHAPE(4, 9));
	work(net, rounding, state);
	for (size_t row = 0; row < 4; row++) {
		double sum = 0;

		for (size_t k = 0; k < 9; k++)
			sum += exp(net->in[row * 9 + k]);
		for (size_t k = 0; k < 9; k++)
			expect(net, row * 9 + k, exp(net->in[row * 9 + k]) / sum, form->type == NN_TYPE_I16 ? 16 : 2);
	}
	release(net);
}

static void softmax_is_close(void **unused)
{
	(void)unused;
	in_every_form(check_softmax);
}

/* --- pairs ----------------------------------------------------------------------------------------------------- */

static double pair_of(enum nn_operator_code code, double a, double b)
{
	return code == NN_OPERATOR_ADD ? a + b : code == NN_OPERATOR_SUBTRACT ? a - b : a * b;
}

struct shapes {
	unsigned a_dims, b_dims;
	uint32_t a[4], b[4], out[4];
	uint32_t a_strides[4], b_strides[4];
};

static const struct shapes pairs[] = {
	{4, 4, {1, 2, 3, 5}, {1, 2, 3, 5}, {1, 2, 3, 5}, {30, 15, 5, 1}, {30, 15, 5, 1}},
	{4, 1, {1, 2, 3, 5}, {5}, {1, 2, 3, 5}, {30, 15, 5, 1}, {0, 0, 0, 1}},
	{4, 1, {1, 2, 3, 5}, {1}, {1, 2, 3, 5}, {30, 15, 5, 1}, {0, 0, 0, 0}},
	{4, 4, {1, 2, 3, 1}, {1, 1, 3, 5}, {1, 2, 3, 5}, {6, 3, 1, 0}, {0, 0, 5, 1}},
	{4, 4, {1, 1, 1, 5}, {1, 2, 3, 5}, {1, 2, 3, 5}, {0, 0, 0, 1}, {30, 15, 5, 1}},
	{4, 3, {1, 2, 3, 5}, {2, 1, 5}, {1, 2, 3, 5}, {30, 15, 5, 1}, {0, 5, 0, 1}},
};

static void check_pair(const struct form *form, enum nn_rounding rounding, const struct shapes *shapes,
		       enum nn_operator_code code, uint64_t *state)
{
	struct network *net = start(form->type, form->in_scale, form->in_zero, shapes->a_dims, shapes->a);
	struct graph_node node = {.code = code, .inputs = 2};
	const struct graph_tensor *b;
	float numbers[64];

	fixture_fill(numbers, 64, state);
	if (form->type != NN_TYPE_F32) /* any bytes will do */
		for (int i = 0; i < 64; i++)
			((uint8_t *)numbers)[i] = (uint8_t)(fixture_random(state) * 128 + 128);
	node.input[1] = add(net->graph, form->type, form->in_scale * 0.7f, form->type == NN_TYPE_I8 ? -20 : 0,
			    shapes->b_dims, shapes->b, numbers);
	finish(net, node, form->type, form->out_scale * 2, form->out_zero, 4, shapes->out);
	work(net, rounding, state);
	b = &net->graph->tensors[node.input[1]];
	for (size_t i = 0; i < 30; i++) {
		size_t at[] = {0, i / 15, i / 5 % 3, i % 5}, x = 0, y = 0;

		for (int d = 0; d < 4; d++) {
			x += at[d] * shapes->a_strides[d];
			y += at[d] * shapes->b_strides[d];
		}
		expect(net, i, pair_of(code, net->in[x], real_of(b, b->data, y)), form->steps);
	}
	release(net);
}

static void check_pairs(const struct form *form, enum nn_rounding rounding, uint64_t *state)
{
	for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		check_pair(form, rounding, &pairs[i], NN_OPERATOR_ADD, state);
		check_pair(form, rounding, &pairs[i], NN_OPERATOR_SUBTRACT, state);
		check_pair(form, rounding, &pairs[i], NN_OPERATOR_MULTIPLY, state);
	}
}

static void pairs_broadcast(void **unused)
{
	(void)unused;
	in_every_form(check_pairs);
}

/* --- moves and means ------------------------------------------------------------------------------------------- */

static void check_mean(const struct form *form, enum nn_rounding rounding, uint64_t *state)
{
	struct network *net = start(form->type, form->in_scale, form->in_zero, 4, SHAPE(1, 4, 5, 6));

	finish(net, (struct graph_node){.code = NN_OPERATOR_MEAN, .parameters = {1 << 1 | 1 << 2}}, form->type,
	       form->out_scale, form->out_zero, 2, SHAPE(1, 6));
	work(net, rounding, state);
	for (size_t c = 0; c < 6; c++) {
		double sum = 0;

		for (size_t i = 0; i < 20; i++)
			sum += net->in[i * 6 + c];
		expect(net, c, sum / 20, form->steps);
	}
	release(net);
}

static void check_pad(const struct form *form, enum nn_rounding rounding, uint64_t *state)
{
	struct network *net = start(form->type, form->in_scale, form->in_zero, 4, SHAPE(1, 2, 3, 2));

	finish(net, (struct graph_node){.code = NN_OPERATOR_PAD, .parameters = {0, 1, 2, 0, 0, 0, 1, 1}}, form->type,
	       form->in_scale, form->in_zero, 4, SHAPE(1, 3, 6, 3));
	work(net, rounding, state);
	for (size_t i = 0; i < 54; i++) {
		size_t y = i / 18, x = i / 3 % 6, c = i % 3;
		bool inside = y >= 1 && x >= 2 && x < 5 && c < 2;

		expect(net, i, inside ? net->in[((y - 1) * 3 + x - 2) * 2 + c] : 0, 0.01);
	}
	release(net);
}

static void check_transpose(const struct form *form, enum nn_rounding rounding, uint64_t *state)
{
	struct network *net = start(form->type, form->in_scale, form->in_zero, 3, SHAPE(2, 3, 4));

	finish(net, (struct graph_node){.code = NN_OPERATOR_TRANSPOSE, .parameters = {2, 0, 1}}, form->type,
	       form->in_scale, form->in_zero, 3, SHAPE(4, 2, 3));
	work(net, rounding, state);
	for (size_t i = 0; i < 24; i++)
		expect(net, i, net->in[i / 3 % 2 * 12 + i % 3 * 4 + i / 6], 0.01);
	release(net);
}

static void check_concat(const struct form *form, enum nn_rounding rounding, uint64_t *state)
{
	struct network *net = start(form->type, form->in_scale, form->in_zero, 3, SHAPE(2, 3, 4));

	finish(net,
	       (struct graph_node){
		       .code = NN_OPERATOR_CONCAT, .inputs = 2, .input = {0, net->graph->input}, .parameters = {1}},
	       form->type, form->in_scale, form->in_zero, 3, SHAPE(2, 6, 4));
	work(net, rounding, state);
	for (size_t i = 0; i < 48; i++)
		expect(net, i, net->in[i / 24 * 12 + i % 12], 0.01);
	release(net);
}

static void check_moves(const struct form *form, enum nn_rounding rounding, uint64_t *state)
{
	check_mean(form, rounding, state);
	check_pad(form, rounding, state);
	check_transpose(form, rounding, state);
	check_concat(form, rounding, state);
}

static void numbers_go_where_they_belong(void **unused)
{
	(void)unused;
	in_every_form(check_moves);
}

/* --- between types --------------------------------------------------------------------------------------------- */

static void types_change(void **unused)
{
	static const struct {
		enum nn_type from, to;
		float from_scale, to_scale;
		int32_t from_zero, to_zero;
	} changes[] = {
		{NN_TYPE_F32, NN_TYPE_I8, 0, 0.01f, 0, 3},	 {NN_TYPE_F32, NN_TYPE_U8, 0, 0.01f, 0, 130},
		{NN_TYPE_F32, NN_TYPE_I16, 0, 1e-4f, 0, 0},	 {NN_TYPE_I8, NN_TYPE_F32, 0.02f, 0, -5, 0},
		{NN_TYPE_U8, NN_TYPE_F32, 0.02f, 0, 100, 0},	 {NN_TYPE_I16, NN_TYPE_F32, 1e-4f, 0, 0, 0},
		{NN_TYPE_U8, NN_TYPE_I8, 0.02f, 0.02f, 130, 2},	 {NN_TYPE_I8, NN_TYPE_U8, 0.02f, 0.03f, -7, 90},
		{NN_TYPE_I8, NN_TYPE_I16, 0.02f, 1e-3f, -7, 0},	 {NN_TYPE_I16, NN_TYPE_I8, 1e-4f, 0.02f, 0, 11},
		{NN_TYPE_I8, NN_TYPE_I8, 0.02f, 0.017f, -7, 20},
	};
	uint64_t state = 41;

	(void)unused;
	for (unsigned i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct network *net =
			start(changes[i].from, changes[i].from_scale, changes[i].from_zero, 1, SHAPE(200));
		bool back = changes[i].to == NN_TYPE_F32;

		finish(net, (struct graph_node){.code = back ? NN_OPERATOR_DEQUANTIZE : NN_OPERATOR_QUANTIZE},
		       changes[i].to, changes[i].to_scale, changes[i].to_zero, 1, SHAPE(200));
		work(net, NN_ROUNDING_SINGLE, &state);
		for (size_t k = 0; k < 200; k++)
			expect(net, k, net->in[k], back ? 1 : 0.51);
		release(net);
	}
}

/* --- layers ---------------------------------------------------------------------------------------------------- */

/* A dense layer of 20 to 6 with weights of a type; bias at the product of scales. */
static struct network *dense(enum nn_type type, enum nn_type weights_type, float in_scale, int32_t in_zero,
			     float out_scale, int32_t out_zero, double weights[120], double biases[6], uint64_t *state)
{
	struct network *net = start(type, in_scale, in_zero, 2, SHAPE(1, 20));
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
	node.input[1] = add(net->graph, weights_type, w_scale, w_zero, 2, SHAPE(20, 6), &w);
	node.input[2] = add(net->graph,
			    type == NN_TYPE_F32	  ? NN_TYPE_F32
			    : type == NN_TYPE_I16 ? NN_TYPE_I64
						  : NN_TYPE_I32,
			    0, 0, 1, SHAPE(6), &b);
	finish(net, node, type, out_scale, out_zero, 2, SHAPE(1, 6));
	return net;
}

static void check_dense(struct network *net, const double weights[120], const double biases[6], double steps)
{
	for (size_t o = 0; o < 6; o++) {
		double sum = biases[o];

		for (size_t i = 0; i < 20; i++)
			sum += net->in[i] * weights[i * 6 + o];
		expect(net, o, sum, steps);
	}
	release(net);
}

static void layers_of_all_types_agree(void **unused)
{
	double weights[120], biases[6];
	uint64_t state = 51;

	(void)unused;
	for (int i = 0; i < 20; i++) {
		enum nn_rounding rounding = i % 2 ? NN_ROUNDING_SINGLE : NN_ROUNDING_DOUBLE;
		struct network *net = dense(NN_TYPE_I8, NN_TYPE_I8, 0.02f, 11, 0.1f, -30, weights, biases, &state);

		work(net, rounding, &state);
		check_dense(net, weights, biases, 1.1);
		net = dense(NN_TYPE_I16, NN_TYPE_I8, 1e-4f, 0, 4e-4f, 0, weights, biases, &state);
		work(net, rounding, &state);
		check_dense(net, weights, biases, 1.5);
		net = dense(NN_TYPE_U8, NN_TYPE_U8, 0.02f, 133, 0.1f, 99, weights, biases, &state);
		work(net, rounding, &state);
		assert_int_equal(nn_model_input(&net->model)->type, NN_TYPE_U8);
		assert_int_equal(nn_model_output(&net->model)->type, NN_TYPE_U8);
		check_dense(net, weights, biases, 1.1);
		net = dense(NN_TYPE_F32, NN_TYPE_F16, 0, 0, 0, 0, weights, biases, &state);
		work(net, rounding, &state);
		check_dense(net, weights, biases, 20);
		net = dense(NN_TYPE_F32, NN_TYPE_I8, 0, 0, 0, 0, weights, biases, &state);
		work(net, rounding, &state);
		check_dense(net, weights, biases, 20);
		/* Inputs quantised at run time: 20 of them, each off by at most 1/255 of -1..1 */
		net = dense(NN_TYPE_F32, NN_TYPE_I8, 0, 0, 0, 0, weights, biases, &state);
		net->graph->nodes[0].parameters[NN_PARAMETER_HYBRID] = NN_HYBRID_DYNAMIC;
		work(net, rounding, &state);
		check_dense(net, weights, biases, 20 * 1.27 / 255 * 1e6);
	}
}

/* --- what can't be lowered, and what is no model --------------------------------------------------------------- */

static void sums_that_overflow_are_refused(void **unused)
{
	double weights[120], biases[6];
	char reason[GRAPH_REASON] = "";
	uint64_t state = 61;
	struct network *net = dense(NN_TYPE_I8, NN_TYPE_I8, 0.02f, 11, 0.1f, -30, weights, biases, &state);

	(void)unused;
	((int32_t *)net->graph->tensors[net->graph->nodes[0].input[2]].data)[4] = INT32_MAX - 1000;
	assert_int_equal(graph_lower(net->graph, NN_ROUNDING_SINGLE, reason), -ENOTSUP);
	assert_non_null(strstr(reason, "channel 4"));
	release(net);
}

static void vanishing_scales_are_flushed(void **unused)
{
	double weights[120], biases[6];
	char reason[GRAPH_REASON] = "";
	uint64_t state = 62;
	struct network *net = dense(NN_TYPE_I8, NN_TYPE_I8, 0.02f, 11, 0.1f, -30, weights, biases, &state);

	(void)unused;
	net->graph->tensors[net->graph->nodes[0].input[1]].scales[0] = 8e-14f;
	assert_int_equal(graph_lower(net->graph, NN_ROUNDING_SINGLE, reason), 0);
	assert_int_equal(net->graph->nodes[0].multipliers[0], 0);
	assert_int_equal(net->graph->nodes[0].multipliers[1], 0);
	release(net);
}

static void lowering_twice_changes_nothing(void **unused)
{
	struct network *net = start(NN_TYPE_I16, 1e-3f, 0, 2, SHAPE(1, 9));
	uint64_t state = 63;
	double first[9];

	(void)unused;
	finish(net, (struct graph_node){.code = NN_OPERATOR_SOFTMAX}, NN_TYPE_I16, 1.0f / 32768, 0, 2, SHAPE(1, 9));
	work(net, NN_ROUNDING_SINGLE, &state);
	memcpy(first, net->out, sizeof(first));
	free(net->bytes);
	free(net->arena);
	state = 63;
	work(net, NN_ROUNDING_SINGLE, &state);
	assert_memory_equal(first, net->out, sizeof(first));
	release(net);
}

/* Any word of a good model changed to anything, and sealed: refused, or run without harm. */
static void damage(const struct network *net, uint64_t *state)
{
	size_t size = net->model.header->bytes;
	uint8_t *copy = aligned_alloc(NN_FORMAT_ALIGN, size);
	struct nn_model model;
	struct nn_run run;
	void *arena;

	for (int i = 0; i < 400; i++) {
		size_t at = sizeof(struct nn_header) +
			    (size_t)((double)(fixture_random(state) + 1) / 2 * (double)(size - 196));
		uint32_t word = (uint32_t)(fixture_random(state) * 2147483648.0f);

		memcpy(copy, net->bytes, size);
		memcpy(copy + at, &word, (size_t)(i % 4) + 1);
		pnn_seal(copy, size);
		if (nn_model_parse(copy, size, &model) != 0 || model.main->arena_bytes > 1 << 20)
			continue;
		arena = aligned_alloc(16, (model.main->arena_bytes / 16u + 1) * 16);
		assert_int_equal(nn_run_start(&run, &model, arena, model.main->arena_bytes), 0);
		memset(arena, 0x80, model.main->arena_bytes);
		nn_run(&run);
		free(arena);
	}
	free(copy);
}

static void check_damage(const struct form *form, enum nn_rounding rounding, uint64_t *state)
{
	static const struct graph_node nodes[] = {
		{.code = NN_OPERATOR_SOFTMAX},
		{.code = NN_OPERATOR_SIGMOID},
		{.code = NN_OPERATOR_MEAN, .parameters = {1}},
		{.code = NN_OPERATOR_ACTIVATION, .activation = NN_ACTIVATION_RELU6},
		{.code = NN_OPERATOR_TRANSPOSE, .parameters = {0, 1}},
		{.code = NN_OPERATOR_PAD},
	};

	for (unsigned i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		bool moves = nodes[i].code == NN_OPERATOR_TRANSPOSE || nodes[i].code == NN_OPERATOR_PAD;
		struct network *net = start(form->type, form->in_scale, form->in_zero, 2, SHAPE(1, 30));

		finish(net, nodes[i], form->type, moves ? form->in_scale : form->out_scale,
		       moves ? form->in_zero : form->out_zero, 2, SHAPE(1, 30));
		work(net, rounding, state);
		damage(net, state);
		release(net);
	}
}

static void damaged_integer_models_are_harmless(void **unused)
{
	double weights[120], biases[6];
	uint64_t state = 71;
	static const enum nn_type types[][2] = {{NN_TYPE_I8, NN_TYPE_I8},
						{NN_TYPE_I16, NN_TYPE_I8},
						{NN_TYPE_F32, NN_TYPE_I8},
						{NN_TYPE_F32, NN_TYPE_F16}};

	(void)unused;
	in_every_form(check_damage);
	for (unsigned i = 0; i < 12; i++) {
		bool integer = types[i % 4][0] != NN_TYPE_F32;
		struct network *net = dense(types[i % 4][0], types[i % 4][1], integer ? 1e-3f : 0, 0,
					    integer ? 1e-2f : 0, 0, weights, biases, &state);

		net->graph->nodes[0].parameters[NN_PARAMETER_HYBRID] = i % 2;
		work(net, NN_ROUNDING_SINGLE, &state);
		damage(net, &state);
		release(net);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_close),
		cmocka_unit_test(softmax_is_close),
		cmocka_unit_test(pairs_broadcast),
		cmocka_unit_test(numbers_go_where_they_belong),
		cmocka_unit_test(types_change),
		cmocka_unit_test(layers_of_all_types_agree),
		cmocka_unit_test(sums_that_overflow_are_refused),
		cmocka_unit_test(vanishing_scales_are_flushed),
		cmocka_unit_test(lowering_twice_changes_nothing),
		cmocka_unit_test(damaged_integer_models_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
