/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-lower-limits.c - what can't be lowered is refused, and what is no model any more does no harm. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lower-fixture.h"

/* --- what can't be lowered, and what is no model --------------------------------------------------------------- */

static void sums_that_overflow_are_refused(void **unused)
{
	double weights[120], biases[6];
	char reason[GRAPH_REASON] = "";
	uint64_t state = 61;
	struct lower_network *net = lower_dense(NN_TYPE_I8, NN_TYPE_I8, 0.02f, 11, 0.1f, -30, weights, biases, &state);

	(void)unused;
	((int32_t *)net->graph->tensors[net->graph->nodes[0].input[2]].data)[4] = INT32_MAX - 1000;
	assert_int_equal(graph_lower(net->graph, NN_ROUNDING_SINGLE, reason), -ENOTSUP);
	assert_non_null(strstr(reason, "channel 4"));
	lower_release(net);
}

static void vanishing_scales_are_flushed(void **unused)
{
	double weights[120], biases[6];
	char reason[GRAPH_REASON] = "";
	uint64_t state = 62;
	struct lower_network *net = lower_dense(NN_TYPE_I8, NN_TYPE_I8, 0.02f, 11, 0.1f, -30, weights, biases, &state);

	(void)unused;
	net->graph->tensors[net->graph->nodes[0].input[1]].scales[0] = 8e-14f;
	assert_int_equal(graph_lower(net->graph, NN_ROUNDING_SINGLE, reason), 0);
	assert_int_equal(net->graph->nodes[0].multipliers[0], 0);
	assert_int_equal(net->graph->nodes[0].multipliers[1], 0);
	lower_release(net);
}

static void lowering_twice_changes_nothing(void **unused)
{
	struct lower_network *net = lower_start(NN_TYPE_I16, 1e-3f, 0, 2, SHAPE(1, 9));
	uint64_t state = 63;
	double first[9];

	(void)unused;
	lower_finish(net, (struct graph_node){.code = NN_OPERATOR_SOFTMAX}, NN_TYPE_I16, 1.0f / 32768, 0, 2,
		     SHAPE(1, 9));
	lower_work(net, NN_ROUNDING_SINGLE, &state);
	memcpy(first, net->out, sizeof(first));
	free(net->bytes);
	free(net->arena);
	state = 63;
	lower_work(net, NN_ROUNDING_SINGLE, &state);
	assert_memory_equal(first, net->out, sizeof(first));
	lower_release(net);
}

/* Any word of a good model changed to anything, and sealed: refused, or run without harm. */
static void damage(const struct lower_network *net, uint64_t *state)
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

static void check_damage(const struct lower_form *form, enum nn_rounding rounding, uint64_t *state)
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
		struct lower_network *net = lower_start(form->type, form->in_scale, form->in_zero, 2, SHAPE(1, 30));

		lower_finish(net, nodes[i], form->type, moves ? form->in_scale : form->out_scale,
			     moves ? form->in_zero : form->out_zero, 2, SHAPE(1, 30));
		lower_work(net, rounding, state);
		damage(net, state);
		lower_release(net);
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
	lower_in_every_form(check_damage);
	for (unsigned i = 0; i < 12; i++) {
		bool integer = types[i % 4][0] != NN_TYPE_F32;
		struct lower_network *net = lower_dense(types[i % 4][0], types[i % 4][1], integer ? 1e-3f : 0, 0,
							integer ? 1e-2f : 0, 0, weights, biases, &state);

		net->graph->nodes[0].parameters[NN_PARAMETER_HYBRID] = i % 2;
		lower_work(net, NN_ROUNDING_SINGLE, &state);
		damage(net, &state);
		lower_release(net);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_that_overflow_are_refused),
		cmocka_unit_test(vanishing_scales_are_flushed),
		cmocka_unit_test(lowering_twice_changes_nothing),
		cmocka_unit_test(damaged_integer_models_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
