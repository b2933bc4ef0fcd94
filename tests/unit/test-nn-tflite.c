/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-tflite.c - .tflite out and in again, and files that nobody should have written.
 *
 * `test-nn-tflite --seeds DIR` writes the seeds of fuzz-tflite.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn-fixture.h"
#include "nn/export/pnn.h"
#include "nn/export/tflite.h"
#include "nn/import/pnn.h"
#include "nn/import/tflite-schema.h"
#include "nn/import/tflite.h"
#include "nn/model-file.h"
#include "nn/runtime/run.h"
#include "nn/runtime/value.h"
#include "tflite-models.h"

#define SHAPE(...) ((const uint32_t[]){__VA_ARGS__})

static void *write_graph(const struct graph *graph, size_t *ret_size)
{
	char reason[GRAPH_REASON] = "";
	void *bytes = NULL;

	if (tflite_write(graph, &bytes, ret_size, reason) < 0)
		fail_msg("%s", reason);
	return bytes;
}

static struct graph *read_graph(const void *bytes, size_t size)
{
	struct graph *graph = graph_new();
	char reason[GRAPH_REASON] = "";

	assert_non_null(graph);
	if (tflite_import(bytes, size, graph, reason) < 0)
		fail_msg("%s", reason);
	return graph;
}

/* --- out and in ------------------------------------------------------------------------------------------------ */

static void compare_tensors(const struct graph_tensor *a, const struct graph_tensor *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->dims, b->dims);
	assert_memory_equal(a->shape, b->shape, sizeof(a->shape));
	assert_int_equal(!a->data, !b->data);
	if (a->data)
		assert_memory_equal(a->data, b->data, graph_tensor_bytes(a));
	assert_int_equal(a->scale_count, b->scale_count);
	if (a->scale_count) {
		assert_memory_equal(a->scales, b->scales, a->scale_count * sizeof(float));
		assert_memory_equal(a->zero_points, b->zero_points, a->scale_count * sizeof(int32_t));
	}
	if (a->scale_count > 1)
		assert_int_equal(a->quantised_dim, b->quantised_dim);
}

/* The same nodes over the same tensors; numbers and names may differ. */
static void compare_graphs(const struct graph *a, const struct graph *b)
{
	assert_int_equal(a->node_count, b->node_count);
	for (uint16_t n = 0; n < a->node_count; n++) {
		const struct graph_node *x = &a->nodes[n], *y = &b->nodes[n];

		assert_int_equal(x->code, y->code);
		assert_int_equal(x->activation, y->activation);
		assert_int_equal(x->inputs, y->inputs);
		assert_memory_equal(x->parameters, y->parameters, sizeof(x->parameters));
		for (unsigned i = 0; i < x->inputs; i++)
			compare_tensors(&a->tensors[x->input[i]], &b->tensors[y->input[i]]);
		compare_tensors(&a->tensors[x->output], &b->tensors[y->output]);
	}
	compare_tensors(&a->tensors[a->input], &b->tensors[b->input]);
	compare_tensors(&a->tensors[a->output], &b->tensors[b->output]);
}

static void check_there_and_back(struct graph *graph)
{
	size_t size;
	void *bytes = write_graph(graph, &size);
	struct graph *again = read_graph(bytes, size);

	compare_graphs(graph, again);
	graph_free(again);
	graph_free(graph);
	free(bytes);
}

static void test_each_kind(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < TFLITE_KINDS; kind++)
		check_there_and_back(tflite_small_graph((enum tflite_kind)kind));
}

static void test_every_operator(void **state)
{
	(void)state;
	check_there_and_back(fixture_graph());
}

static void test_mobilenet(void **state)
{
	struct graph *graph = tflite_mobilenet(128, 1);
	uint32_t numbers = 0;

	(void)state;
	for (uint16_t t = 0; t < graph->tensor_count; t++)
		if (graph->tensors[t].data && graph->tensors[t].type == NN_TYPE_U8)
			numbers += (uint32_t)graph_tensor_bytes(&graph->tensors[t]);
		else if (graph->tensors[t].data)
			numbers += (uint32_t)graph_tensor_bytes(&graph->tensors[t]) / 4;
	assert_int_equal(graph->node_count, 31);
	assert_int_equal(numbers, 467593);
	check_there_and_back(graph);
}

/* A graph at work. */
struct bench {
	struct model_file file;
	struct nn_run run;
	void *arena;
};

static void start_bench(struct graph *graph, struct bench *bench)
{
	char reason[GRAPH_REASON] = "";
	size_t size = 0, arena_bytes;
	void *bytes = NULL;

	if (graph_lower(graph, NN_ROUNDING_DOUBLE, reason) < 0 || pnn_write(graph, &bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	assert_int_equal(model_file_open_memory(bytes, size, &bench->file, reason), 0);
	free(bytes);
	arena_bytes = nn_run_bytes(&bench->file.model);
	bench->arena = aligned_alloc(NN_FORMAT_ALIGN, arena_bytes);
	assert_non_null(bench->arena);
	assert_int_equal(nn_run_start(&bench->run, &bench->file.model, bench->arena, arena_bytes), 0);
}

static void stop_bench(struct bench *bench)
{
	free(bench->arena);
	model_file_close(&bench->file);
}

/* The outputs for a plausible input, as real values. */
static void answer(const struct bench *bench, float outputs[5])
{
	uint64_t state = 5;
	float values[128];

	fixture_fill(values, 128, &state);
	nn_value_write(&bench->run, nn_model_input(&bench->file.model), values);
	nn_run(&bench->run);
	nn_value_read(&bench->run, nn_model_output(&bench->file.model), outputs);
}

/* From a model file that was lowered, a .tflite, and from that the same answers. */
static void test_from_model_file(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < TFLITE_KINDS; kind++) {
		struct graph *graph = tflite_small_graph((enum tflite_kind)kind), *again = graph_new();
		float first[5], second[5];
		struct bench bench;
		size_t size;
		void *bytes;

		start_bench(graph, &bench);
		answer(&bench, first);
		assert_int_equal(pnn_import(&bench.file.model, again), 0);
		stop_bench(&bench);
		graph_free(graph);
		bytes = write_graph(again, &size);
		graph_free(again);
		graph = read_graph(bytes, size);
		free(bytes);
		start_bench(graph, &bench);
		answer(&bench, second);
		stop_bench(&bench);
		graph_free(graph);
		for (unsigned i = 0; i < 5; i++)
			assert_float_equal(first[i], second[i], 1e-7f);
	}
}

/* x -> node -> output of this shape; more inputs are constants. */
static struct graph *one_node(struct graph_node node, unsigned dims, const uint32_t *shape, unsigned out_dims,
			      const uint32_t *out_shape)
{
	struct graph *graph = graph_new();

	assert_non_null(graph);
	graph->input = node.input[0] = fixture_variable(graph, dims, shape);
	graph->output = node.output = fixture_variable(graph, out_dims, out_shape);
	node.inputs = 1;
	assert_int_equal(graph_add_node(graph, &node), 0);
	return graph;
}

static void test_other_operators(void **state)
{
	static const int32_t slope = 0x3e99999a; /* 0.3f */
	static const struct graph_node unary[] = {
		{.code = NN_OPERATOR_SIGMOID},
		{.code = NN_OPERATOR_TANH},
		{.code = NN_OPERATOR_HARD_SWISH},
		{.code = NN_OPERATOR_LEAKY_RELU, .parameters = {slope}},
		{.code = NN_OPERATOR_SOFTMAX, .parameters = {slope}},
		{.code = NN_OPERATOR_ACTIVATION, .activation = NN_ACTIVATION_RELU},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(unary) / sizeof(unary[0]); i++)
		check_there_and_back(one_node(unary[i], 4, SHAPE(1, 4, 4, 3), 4, SHAPE(1, 4, 4, 3)));
	check_there_and_back(one_node((struct graph_node){.code = NN_OPERATOR_TRANSPOSE, .parameters = {0, 2, 1, 3}}, 4,
				      SHAPE(1, 4, 5, 3), 4, SHAPE(1, 5, 4, 3)));
	check_there_and_back(one_node((struct graph_node){.code = NN_OPERATOR_MEAN, .parameters = {6}}, 4,
				      SHAPE(1, 4, 5, 3), 2, SHAPE(1, 3)));
	check_there_and_back(one_node((struct graph_node){.code = NN_OPERATOR_PAD, .parameters = {0, 1, 2, 0, 0, 3, 4}},
				      4, SHAPE(1, 4, 5, 3), 4, SHAPE(1, 8, 11, 3)));
}

/* --- what is refused ------------------------------------------------------------------------------------------- */

static void expect_refusal(const void *bytes, size_t size, int error, const char *part)
{
	struct graph *graph = graph_new();
	char reason[GRAPH_REASON] = "";

	assert_non_null(graph);
	assert_int_equal(tflite_import(bytes, size, graph, reason), error);
	if (!strstr(reason, part))
		fail_msg("\"%s\" does not say \"%s\"", reason, part);
	graph_free(graph);
}

/* Changes each operator code `from` to `to` in a file of ours. */
static void change_code(uint8_t *bytes, size_t size, uint8_t from, uint8_t to)
{
	/* vtable of an operator code: 10 bytes, table of 16: byte at 4, version at 8, builtin at 12 */
	static const uint8_t vtable[] = {12, 0, 16, 0, 4, 0, 0, 0, 8, 0, 12, 0, 12, 0, 0, 0};
	unsigned changed = 0;

	for (size_t i = 0; i + sizeof(vtable) + 12 <= size; i++) {
		uint8_t *code = bytes + i + 12;

		if (memcmp(bytes + i, vtable, sizeof(vtable)) != 0 || code[4] != from)
			continue;
		code[4] = code[12] = to;
		changed++;
	}
	assert_int_equal(changed, 1);
}

/* What a graph of one operator makes of n values, when its file says another one. */
static void answer_as(struct graph *graph, uint8_t from, uint8_t to, const float *in, size_t n, float *out)
{
	struct bench bench;
	size_t size;
	uint8_t *bytes = write_graph(graph, &size);

	graph_free(graph);
	change_code(bytes, size, from, to);
	graph = read_graph(bytes, size);
	free(bytes);
	start_bench(graph, &bench);
	memcpy(nn_run_tensor(&bench.run, nn_model_input(&bench.file.model)), in, n * sizeof(*in));
	nn_run(&bench.run);
	memcpy(out, nn_run_tensor(&bench.run, nn_model_output(&bench.file.model)),
	       nn_model_output(&bench.file.model)->bytes);
	stop_bench(&bench);
	graph_free(graph);
}

/* Files with them are made of files with operators that have the same operands. */
static void test_operators_of_others(void **state)
{
	static const float in[8] = {-4, 3, -0.5f, 0.5f, 2, -1, 1, 8}, slopes[2] = {0.5f, 2};
	struct graph *graph = one_node((struct graph_node){.code = NN_OPERATOR_MEAN, .parameters = {6}}, 4,
				       SHAPE(1, 2, 2, 2), 2, SHAPE(1, 2));
	float out[8];

	(void)state;
	answer_as(graph, TFLITE_MEAN, TFLITE_REDUCE_MAX, in, 8, out);
	assert_float_equal(out[0], 2, 0);
	assert_float_equal(out[1], 8, 0);
	graph = one_node((struct graph_node){.code = NN_OPERATOR_ACTIVATION, .activation = NN_ACTIVATION_RELU6}, 2,
			 SHAPE(1, 8), 2, SHAPE(1, 8));
	answer_as(graph, TFLITE_RELU6, TFLITE_RELU_N1_TO_1, in, 8, out);
	for (unsigned i = 0; i < 8; i++)
		assert_float_equal(out[i], in[i] < -1 ? -1 : in[i] > 1 ? 1 : in[i], 1e-6f);
	graph = one_node((struct graph_node){.code = NN_OPERATOR_MULTIPLY}, 4, SHAPE(1, 2, 2, 2), 4, SHAPE(1, 2, 2, 2));
	graph->nodes[0].input[1] = (uint16_t)graph_add_constant(graph, "slopes", NN_TYPE_F32, 1, SHAPE(2), slopes);
	graph->nodes[0].inputs = 2;
	answer_as(graph, TFLITE_MUL, TFLITE_PRELU, in, 8, out);
	for (unsigned i = 0; i < 8; i++)
		assert_float_equal(out[i], in[i] < 0 ? in[i] * slopes[i % 2] : in[i], 1e-6f);
}

static void test_unknown_operator(void **state)
{
	struct graph *graph = tflite_small_graph(TFLITE_KIND_FLOAT);
	size_t size;
	uint8_t *bytes = write_graph(graph, &size);

	(void)state;
	change_code(bytes, size, TFLITE_MUL, 26);
	expect_refusal(bytes, size, -EOPNOTSUPP, "operator 4 (SPACE_TO_DEPTH): this operator is not supported");
	change_code(bytes, size, 26, TFLITE_CUSTOM);
	expect_refusal(bytes, size, -EOPNOTSUPP, "the custom operator \"\" is not supported");
	graph_free(graph);
	free(bytes);
}

static void test_wrong_types(void **state)
{
	struct graph *graph = tflite_small_graph(TFLITE_KIND_INT8);
	size_t size;
	void *bytes;

	(void)state;
	graph->tensors[graph->nodes[0].input[1]].type = NN_TYPE_U8;
	bytes = write_graph(graph, &size);
	expect_refusal(bytes, size, -EOPNOTSUPP, "operator 0 (CONV_2D): tensor");
	expect_refusal(bytes, size, -EOPNOTSUPP, "(uint8 4x3x3x2) does not go with its input's type");
	free(bytes);
	graph->tensors[graph->nodes[0].input[1]].type = NN_TYPE_I8;
	graph->tensors[graph->nodes[0].output].shape[1] = 5;
	bytes = write_graph(graph, &size);
	expect_refusal(bytes, size, -EOPNOTSUPP, "has a size that does not follow from the window");
	free(bytes);
	graph_free(graph);
}

static void test_no_tflite(void **state)
{
	static const uint8_t root_outside[] = {0xff, 0xff, 0xff, 0x7f, 'T', 'F', 'L', '3'};
	static const uint8_t own_vtable[] = {8, 0, 0, 0, 'T', 'F', 'L', '3', 0, 0, 0, 0};

	(void)state;
	expect_refusal("", 0, -EBADMSG, "not a TensorFlow Lite model");
	expect_refusal("12345678", 8, -EBADMSG, "not a TensorFlow Lite model");
	expect_refusal(root_outside, sizeof(root_outside), -EBADMSG, "not a TensorFlow Lite model");
	expect_refusal(own_vtable, sizeof(own_vtable), -EBADMSG, "not a TensorFlow Lite model");
}

/* --- hostile files --------------------------------------------------------------------------------------------- */

/* Whatever comes of it: no crash, and no memory that the file does not deserve. */
static void try(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1); /* so that a sanitizer sees the first byte beyond */
	struct graph *graph = graph_new();
	char reason[GRAPH_REASON] = "";

	assert_non_null(copy);
	assert_non_null(graph);
	memcpy(copy, bytes, size);
	if (tflite_import(copy, size, graph, reason) < 0)
		assert_true(*reason);
	graph_free(graph);
	free(copy);
}

static void test_hostile(void **state)
{
	static const uint8_t masks[] = {0xff, 0x80, 0x01};

	(void)state;
	for (unsigned kind = 0; kind < TFLITE_KINDS; kind += 2) {
		struct graph *graph = tflite_small_graph((enum tflite_kind)kind);
		size_t size;
		uint8_t *bytes = write_graph(graph, &size);

		for (size_t i = 0; i < size; i++)
			try(bytes, i);
		for (size_t i = 0; i < size; i++)
			for (unsigned m = 0; m < sizeof(masks); m++) {
				bytes[i] ^= masks[m];
				try(bytes, size);
				bytes[i] ^= masks[m];
			}
		graph_free(graph);
		free(bytes);
	}
}

/* 256 layers that share one large constant: 64 MiB of constants is the end. */
static void test_shared_constant(void **state)
{
	struct graph *graph = graph_new();
	uint16_t big = fixture_constant(graph, 1, SHAPE(1), &(uint64_t){1});
	struct graph_node node = {.code = NN_OPERATOR_ADD, .inputs = 2};
	size_t size;
	void *bytes;

	(void)state;
	graph->tensors[big].shape[0] = 1 << 20;
	free(graph->tensors[big].data);
	graph->tensors[big].data = calloc(1 << 20, 4);
	assert_non_null(graph->tensors[big].data);
	graph->input = graph->output = fixture_variable(graph, 2, SHAPE(1, 1 << 20));
	for (unsigned i = 0; i < 20; i++) {
		node.input[0] = graph->output;
		node.input[1] = big;
		node.output = graph->output = fixture_variable(graph, 2, SHAPE(1, 1 << 20));
		assert_int_equal(graph_add_node(graph, &node), 0);
	}
	bytes = write_graph(graph, &size);
	expect_refusal(bytes, size, -EOPNOTSUPP, "the network has too many constants");
	graph_free(graph);
	free(bytes);
}

/* --- seeds ----------------------------------------------------------------------------------------------------- */

static int write_seeds(const char *directory)
{
	for (unsigned kind = 0; kind < TFLITE_KINDS; kind++) {
		struct graph *graph = tflite_small_graph((enum tflite_kind)kind);
		char path[1024];
		size_t size;
		void *bytes = write_graph(graph, &size);

		snprintf(path, sizeof(path), "%s/%s.tflite", directory, tflite_kind_names[kind]);
		if (model_file_write(path, bytes, size) < 0)
			return 1;
		graph_free(graph);
		free(bytes);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind),	    cmocka_unit_test(test_every_operator),
		cmocka_unit_test(test_mobilenet),	    cmocka_unit_test(test_from_model_file),
		cmocka_unit_test(test_other_operators),	    cmocka_unit_test(test_unknown_operator),
		cmocka_unit_test(test_operators_of_others), cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_no_tflite),	    cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_shared_constant),
	};

	if (argc == 3 && !strcmp(argv[1], "--seeds"))
		return write_seeds(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
