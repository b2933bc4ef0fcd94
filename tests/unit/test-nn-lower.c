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

#include "tests/unit/lower-fixture.h"

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

static void check_functions(const struct lower_form *form, enum nn_rounding rounding, uint64_t *state)
{
	static const enum nn_operator_code codes[] = {NN_OPERATOR_SIGMOID, NN_OPERATOR_TANH, NN_OPERATOR_HARD_SWISH,
						      NN_OPERATOR_LEAKY_RELU, NN_OPERATOR_ACTIVATION};
	const float slope = 0.1f;

	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct lower_network *net = lower_start(form->type, form->in_scale, form->in_zero, 2, SHAPE(3, 100));
		struct graph_node node = {.code = codes[i]};

		if (codes[i] == NN_OPERATOR_LEAKY_RELU)
			memcpy(&node.parameters[0], &slope, sizeof(slope));
		if (codes[i] == NN_OPERATOR_ACTIVATION)
			node.activation = NN_ACTIVATION_RELU6;
		lower_finish(net, node, form->type, form->out_scale, form->out_zero, 2, SHAPE(3, 100));
		lower_work(net, rounding, state);
		for (size_t k = 0; k < 300; k++)
			lower_expect(net, k, function_of(codes[i], net->in[k]),
				     form->type == NN_TYPE_I16 ? 3 : form->steps);
		lower_release(net);
	}
}

static void functions_are_close(void **unused)
{
	(void)unused;
	lower_in_every_form(check_functions);
}

static void check_softmax(const struct lower_form *form, enum nn_rounding rounding, uint64_t *state)
{
	float scale = form->type == NN_TYPE_I16 ? 1.0f / 32768 : form->type == NN_TYPE_I8 ? 1.0f / 256 : 0;
	struct lower_network *net = lower_start(form->type, form->in_scale, form->in_zero, 2, SHAPE(4, 9));

	lower_finish(net, (struct graph_node){.code = NN_OPERATOR_SOFTMAX}, form->type, scale,
		     form->type == NN_TYPE_I8 ? -128 : 0, 2, SHAPE(4, 9));
	lower_work(net, rounding, state);
	for (size_t row = 0; row < 4; row++) {
		double sum = 0;

		for (size_t k = 0; k < 9; k++)
			sum += exp(net->in[row * 9 + k]);
		for (size_t k = 0; k < 9; k++)
			lower_expect(net, row * 9 + k, exp(net->in[row * 9 + k]) / sum,
				     form->type == NN_TYPE_I16 ? 16 : 2);
	}
	lower_release(net);
}

static void softmax_is_close(void **unused)
{
	(void)unused;
	lower_in_every_form(check_softmax);
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

static void check_pair(const struct lower_form *form, enum nn_rounding rounding, const struct shapes *shapes,
		       enum nn_operator_code code, uint64_t *state)
{
	struct lower_network *net = lower_start(form->type, form->in_scale, form->in_zero, shapes->a_dims, shapes->a);
	struct graph_node node = {.code = code, .inputs = 2};
	const struct graph_tensor *b;
	float numbers[64];

	fixture_fill(numbers, 64, state);
	if (form->type != NN_TYPE_F32) /* any bytes will do */
		for (int i = 0; i < 64; i++)
			((uint8_t *)numbers)[i] = (uint8_t)(fixture_random(state) * 128 + 128);
	node.input[1] = lower_add(net->graph, form->type, form->in_scale * 0.7f, form->type == NN_TYPE_I8 ? -20 : 0,
				  shapes->b_dims, shapes->b, numbers);
	lower_finish(net, node, form->type, form->out_scale * 2, form->out_zero, 4, shapes->out);
	lower_work(net, rounding, state);
	b = &net->graph->tensors[node.input[1]];
	for (size_t i = 0; i < 30; i++) {
		size_t at[] = {0, i / 15, i / 5 % 3, i % 5}, x = 0, y = 0;

		for (int d = 0; d < 4; d++) {
			x += at[d] * shapes->a_strides[d];
			y += at[d] * shapes->b_strides[d];
		}
		lower_expect(net, i, pair_of(code, net->in[x], lower_real_of(b, b->data, y)), form->steps);
	}
	lower_release(net);
}

static void check_pairs(const struct lower_form *form, enum nn_rounding rounding, uint64_t *state)
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
	lower_in_every_form(check_pairs);
}

/* --- moves and means ------------------------------------------------------------------------------------------- */

static void check_mean(const struct lower_form *form, enum nn_rounding rounding, uint64_t *state)
{
	struct lower_network *net = lower_start(form->type, form->in_scale, form->in_zero, 4, SHAPE(1, 4, 5, 6));

	lower_finish(net, (struct graph_node){.code = NN_OPERATOR_MEAN, .parameters = {1 << 1 | 1 << 2}}, form->type,
		     form->out_scale, form->out_zero, 2, SHAPE(1, 6));
	lower_work(net, rounding, state);
	for (size_t c = 0; c < 6; c++) {
		double sum = 0;

		for (size_t i = 0; i < 20; i++)
			sum += net->in[i * 6 + c];
		lower_expect(net, c, sum / 20, form->steps);
	}
	lower_release(net);
}

static void check_pad(const struct lower_form *form, enum nn_rounding rounding, uint64_t *state)
{
	struct lower_network *net = lower_start(form->type, form->in_scale, form->in_zero, 4, SHAPE(1, 2, 3, 2));

	lower_finish(net, (struct graph_node){.code = NN_OPERATOR_PAD, .parameters = {0, 1, 2, 0, 0, 0, 1, 1}},
		     form->type, form->in_scale, form->in_zero, 4, SHAPE(1, 3, 6, 3));
	lower_work(net, rounding, state);
	for (size_t i = 0; i < 54; i++) {
		size_t y = i / 18, x = i / 3 % 6, c = i % 3;
		bool inside = y >= 1 && x >= 2 && x < 5 && c < 2;

		lower_expect(net, i, inside ? net->in[((y - 1) * 3 + x - 2) * 2 + c] : 0, 0.01);
	}
	lower_release(net);
}

static void check_transpose(const struct lower_form *form, enum nn_rounding rounding, uint64_t *state)
{
	struct lower_network *net = lower_start(form->type, form->in_scale, form->in_zero, 3, SHAPE(2, 3, 4));

	lower_finish(net, (struct graph_node){.code = NN_OPERATOR_TRANSPOSE, .parameters = {2, 0, 1}}, form->type,
		     form->in_scale, form->in_zero, 3, SHAPE(4, 2, 3));
	lower_work(net, rounding, state);
	for (size_t i = 0; i < 24; i++)
		lower_expect(net, i, net->in[i / 3 % 2 * 12 + i % 3 * 4 + i / 6], 0.01);
	lower_release(net);
}

static void check_concat(const struct lower_form *form, enum nn_rounding rounding, uint64_t *state)
{
	struct lower_network *net = lower_start(form->type, form->in_scale, form->in_zero, 3, SHAPE(2, 3, 4));

	lower_finish(
		net,
		(struct graph_node){
			.code = NN_OPERATOR_CONCAT, .inputs = 2, .input = {0, net->graph->input}, .parameters = {1}},
		form->type, form->in_scale, form->in_zero, 3, SHAPE(2, 6, 4));
	lower_work(net, rounding, state);
	for (size_t i = 0; i < 48; i++)
		lower_expect(net, i, net->in[i / 24 * 12 + i % 12], 0.01);
	lower_release(net);
}

static void check_moves(const struct lower_form *form, enum nn_rounding rounding, uint64_t *state)
{
	check_mean(form, rounding, state);
	check_pad(form, rounding, state);
	check_transpose(form, rounding, state);
	check_concat(form, rounding, state);
}

static void numbers_go_where_they_belong(void **unused)
{
	(void)unused;
	lower_in_every_form(check_moves);
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
		struct lower_network *net =
			lower_start(changes[i].from, changes[i].from_scale, changes[i].from_zero, 1, SHAPE(200));
		bool back = changes[i].to == NN_TYPE_F32;

		lower_finish(net, (struct graph_node){.code = back ? NN_OPERATOR_DEQUANTIZE : NN_OPERATOR_QUANTIZE},
			     changes[i].to, changes[i].to_scale, changes[i].to_zero, 1, SHAPE(200));
		lower_work(net, NN_ROUNDING_SINGLE, &state);
		for (size_t k = 0; k < 200; k++)
			lower_expect(net, k, net->in[k], back ? 1 : 0.51);
		lower_release(net);
	}
}

/* --- layers ---------------------------------------------------------------------------------------------------- */
static void check_dense(struct lower_network *net, const double weights[120], const double biases[6], double steps)
{
	for (size_t o = 0; o < 6; o++) {
		double sum = biases[o];

		for (size_t i = 0; i < 20; i++)
			sum += net->in[i] * weights[i * 6 + o];
		lower_expect(net, o, sum, steps);
	}
	lower_release(net);
}

static void layers_of_all_types_agree(void **unused)
{
	double weights[120], biases[6];
	uint64_t state = 51;

	(void)unused;
	for (int i = 0; i < 20; i++) {
		enum nn_rounding rounding = i % 2 ? NN_ROUNDING_SINGLE : NN_ROUNDING_DOUBLE;
		struct lower_network *net =
			lower_dense(NN_TYPE_I8, NN_TYPE_I8, 0.02f, 11, 0.1f, -30, weights, biases, &state);

		lower_work(net, rounding, &state);
		check_dense(net, weights, biases, 1.1);
		net = lower_dense(NN_TYPE_I16, NN_TYPE_I8, 1e-4f, 0, 4e-4f, 0, weights, biases, &state);
		lower_work(net, rounding, &state);
		check_dense(net, weights, biases, 1.5);
		net = lower_dense(NN_TYPE_U8, NN_TYPE_U8, 0.02f, 133, 0.1f, 99, weights, biases, &state);
		lower_work(net, rounding, &state);
		assert_int_equal(nn_model_input(&net->model)->type, NN_TYPE_U8);
		assert_int_equal(nn_model_output(&net->model)->type, NN_TYPE_U8);
		check_dense(net, weights, biases, 1.1);
		net = lower_dense(NN_TYPE_F32, NN_TYPE_F16, 0, 0, 0, 0, weights, biases, &state);
		lower_work(net, rounding, &state);
		check_dense(net, weights, biases, 20);
		net = lower_dense(NN_TYPE_F32, NN_TYPE_I8, 0, 0, 0, 0, weights, biases, &state);
		lower_work(net, rounding, &state);
		check_dense(net, weights, biases, 20);
		/* Inputs quantised at run time: 20 of them, each off by at most 1/255 of -1..1 */
		net = lower_dense(NN_TYPE_F32, NN_TYPE_I8, 0, 0, 0, 0, weights, biases, &state);
		net->graph->nodes[0].parameters[NN_PARAMETER_HYBRID] = NN_HYBRID_DYNAMIC;
		lower_work(net, rounding, &state);
		check_dense(net, weights, biases, 20 * 1.27 / 255 * 1e6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_close), cmocka_unit_test(softmax_is_close),
		cmocka_unit_test(pairs_broadcast),     cmocka_unit_test(numbers_go_where_they_belong),
		cmocka_unit_test(types_change),	       cmocka_unit_test(layers_of_all_types_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
