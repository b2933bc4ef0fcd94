/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-onnx-exporters.c - what PyTorch, tf2onnx and onnxruntime write around a small network: shapes that are computed, paddings
 * that are turned round, limits, slopes, groups, lines, quantised pairs; and what opset 18 has as inputs.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/graph/passes.h"
#include "nn/import/onnx.h"
#include "tests/unit/nn-runner.h"
#include "tests/unit/onnx-writer.h"

#define INTS(...) (sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), ((const int64_t[]){__VA_ARGS__})

static struct writer *writer;
static char reason[GRAPH_REASON];

static int set_up(void **unused)
{
	(void)unused;
	writer = writer_new(13);
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	writer_free(writer);
	return 0;
}

/* Runs what the importer makes, and what passes make of that. Inputs are small enough to be alike in both orders, or lines. */
static void gives(size_t inputs, const float *in, size_t n, const float *wanted)
{
	struct graph *graph = graph_new();
	float out[64];
	size_t size;
	uint8_t *bytes;

	writer_output(writer, "y");
	bytes = writer_pack(writer, &size);
	if (onnx_import(bytes, size, graph, reason) < 0)
		fail_msg("%s", reason);
	for (unsigned round = 0; round < 3; round++) {
		const struct graph_tensor *output = &graph->tensors[graph->output];

		assert_int_equal(graph_tensor_bytes(output) / sizeof(float), n);
		runner_run(graph, in, 1, inputs, n, out);
		if (runner_worst(out, wanted, n) > 2e-6f)
			fail_msg("round %u differs by %g", round, (double)runner_worst(out, wanted, n));
		(round ? graph_optimise : graph_tidy)(graph);
	}
	graph_free(graph);
}

static void refused(const char *why)
{
	struct graph *graph = graph_new();
	size_t size;
	uint8_t *bytes = writer_pack(writer, &size);
	int r = onnx_import(bytes, size, graph, reason);

	graph_free(graph);
	if (r != -EOPNOTSUPP || !strstr(reason, why))
		fail_msg("%d, \"%s\"; wanted \"%s\"", r, reason, why);
	tear_down(NULL);
	set_up(NULL);
}

static void set_floats(const char *name, unsigned dims, const int64_t *shape, unsigned n, const float *values)
{
	memcpy(writer_floats(writer, name, dims, shape), values, n * sizeof(*values));
}

#define FLOATS(...) (sizeof((float[]){__VA_ARGS__}) / sizeof(float)), ((const float[]){__VA_ARGS__})

/* A constant of bytes, as quantised files have them. */
static void set_bytes(const char *name, unsigned dims, const int64_t *shape, int32_t type, unsigned n,
		      const int8_t *values)
{
	Onnx__TensorProto *proto;
	float *room = writer_floats(writer, name, dims, shape);

	proto = writer->constants[writer->graph.n_initializer - 1];
	proto->data_type = type;
	proto->raw_data.len = n;
	memcpy(room, values, n);
}

#define BYTES(...) (sizeof((int8_t[]){__VA_ARGS__})), ((const int8_t[]){__VA_ARGS__})

/* --- shapes ------------------------------------------------------------------------------------------------------ */

/* x.view(x.size(0), -1): Shape, Gather, Unsqueeze, Concat, Reshape. */
static void view_of_a_computed_shape(void **unused)
{
	const float x[4] = {1, 2, 3, 4};

	(void)unused;
	writer_input(writer, "x", INTS(0, 4, 1, 1));
	writer_ints(writer, "zero", INTS(0));
	writer_ints(writer, "rest", INTS(-1));
	writer_node(writer, "Shape", "x", "shape");
	writer_node(writer, "Gather", "shape zero", "batch");
	writer_node(writer, "Squeeze", "batch", "number");
	writer_node(writer, "Unsqueeze", "number zero", "batches");
	writer_node(writer, "Cast", "batches", "whole");
	writer_set_int(writer, writer->graph.node[writer->graph.n_node - 1], "to", 7);
	writer_set_int(writer, writer_node(writer, "Concat", "whole rest", "wanted"), "axis", 0);
	writer_node(writer, "Reshape", "x wanted", "flat");
	set_floats("w", INTS(4, 1), FLOATS(1, 10, 100, 1000));
	writer_node(writer, "MatMul", "flat w", "y");
	gives(4, x, 1, (float[]){4321});
}

/* x.view(1, x.size(1) * x.size(2) / 2, 2): sizes that are calculated with. */
static void sizes_are_calculated(void **unused)
{
	const float x[4] = {1, 2, 3, 4};

	(void)unused;
	writer_input(writer, "x", INTS(1, 4, 1, 1));
	writer_ints(writer, "one", INTS(1));
	writer_ints(writer, "two", INTS(2));
	writer_ints(writer, "three", INTS(3));
	writer_node(writer, "Shape", "x", "shape");
	writer_node(writer, "Slice", "shape one two", "channels");
	writer_node(writer, "Slice", "shape two three", "height");
	writer_node(writer, "Mul", "channels height", "all");
	writer_node(writer, "Div", "all two", "half");
	writer_node(writer, "Add", "half one", "more");
	writer_node(writer, "Sub", "more one", "again");
	writer_set_int(writer, writer_node(writer, "Concat", "again two", "wanted"), "axis", 0);
	writer_node(writer, "Reshape", "x wanted", "r");
	writer_node(writer, "Transpose", "r", "y");
	gives(4, x, 4, (float[]){1, 3, 2, 4});
}

/* PyTorch has paddings from the last dimension on, and turns them round in the file. */
static void paddings_are_turned_round(void **unused)
{
	const float x[2] = {1, 2};
	Onnx__NodeProto *node;

	(void)unused;
	writer_input(writer, "x", INTS(1, 1, 1, 2));
	writer_ints(writer, "pads", INTS(1, 2)); /* before and behind the width */
	writer_ints(writer, "missing", INTS(6));
	writer_ints(writer, "pairs", INTS(-1, 2));
	writer_ints(writer, "line", INTS(-1));
	writer_ints(writer, "last", INTS(-1));
	writer_ints(writer, "first", INTS(INT64_MIN + 1));
	writer_ints(writer, "axis", INTS(0));
	node = writer_node(writer, "ConstantOfShape", "missing", "zeros");
	writer_ints(writer, "nought", INTS(0)); /* the attribute's value, no initialiser */
	writer_attribute(writer, node, "value")->t = writer->constants[--writer->graph.n_initializer];
	writer_set_int(writer, writer_node(writer, "Concat", "pads zeros", "all"), "axis", 0);
	writer_node(writer, "Reshape", "all pairs", "table");
	writer_node(writer, "Slice", "table last first axis last", "reversed");
	writer_set_ints(writer, writer_node(writer, "Transpose", "reversed", "turned"), "perm", INTS(1, 0));
	writer_node(writer, "Reshape", "turned line", "wanted");
	writer_node(writer, "Pad", "x wanted", "y");
	gives(2, x, 5, (float[]){0, 1, 2, 0, 0});
}

/* --- functions --------------------------------------------------------------------------------------------------- */

static void limits_and_slopes(void **unused)
{
	static const struct {
		const char *op, *inputs;
		float wanted[4];
	} cases[] = {
		{"Clip", "x low high", {-1, -0.5f, 0.5f, 2}}, {"Max", "x low", {-1, -0.5f, 0.5f, 3}},
		{"Min", "high x", {-4, -0.5f, 0.5f, 2}},      {"HardSigmoid", "x", {0, 0.4f, 0.6f, 1}},
		{"PRelu", "x slope", {-1, -0.125f, 0.5f, 3}}, {"PRelu", "x slopes", {-4, -1, 0.5f, 3}},
	};
	const float x[4] = {-4, -0.5f, 0.5f, 3};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		writer_input(writer, "x", INTS(1, 4, 1, 1));
		set_floats("low", 0, NULL, FLOATS(-1));
		set_floats("high", 0, NULL, FLOATS(2));
		set_floats("slope", INTS(1), FLOATS(0.25f));
		set_floats("slopes", INTS(4, 1, 1), FLOATS(1, 2, 3, 4));
		writer_node(writer, cases[i].op, cases[i].inputs, "y");
		gives(4, x, 4, cases[i].wanted);
		tear_down(NULL);
		set_up(NULL);
	}
}

static void groups_keep_apart(void **unused)
{
	const float x[4] = {1, 2, 3, 4};

	(void)unused;
	writer_input(writer, "x", INTS(1, 4, 1, 1));
	set_floats("w", INTS(2, 2, 1, 1), FLOATS(1, 10, 100, 1000));
	writer_set_int(writer, writer_node(writer, "Conv", "x w", "y"), "group", 2);
	gives(4, x, 2, (float[]){21, 4300});
}

static void lines_are_images_of_one_row(void **unused)
{
	const float x[8] = {1, 2, 3, 4, 10, 20, 30, 40}; /* [2][4] */

	(void)unused;
	writer_input(writer, "x", INTS(1, 2, 4));
	set_floats("w", INTS(2, 2, 2), FLOATS(1, 0, 0, 1, 0, 0, 0, 0));
	set_floats("s", INTS(2), FLOATS(2, 1));
	set_floats("o", INTS(2), FLOATS(0, 5));
	set_floats("m", INTS(2), FLOATS(1, 0));
	set_floats("v", INTS(2), FLOATS(1, 1));
	writer_set_ints(writer, writer_node(writer, "Conv", "x w", "c"), "pads", INTS(0, 1));
	writer_set_float(writer, writer_node(writer, "BatchNormalization", "c s o m v", "b"), "epsilon", 0);
	writer_set_ints(writer, writer_node(writer, "MaxPool", "b", "p"), "kernel_shape", INTS(2));
	writer_set_ints(writer, writer->graph.node[2], "strides", INTS(2));
	writer_node(writer, "GlobalAveragePool", "p", "y");
	/* x[0][i] + x[1][i + 1]: 21, 32, 43, 4; less 1, twice: 40, 62, 84, 6; the larger: 62, 84 */
	gives(8, x, 2, (float[]){73, 5});
}

/* What were attributes are inputs from opset 18 on. */
static void reductions_of_opset_18(void **unused)
{
	static const struct {
		const char *op;
		int64_t axes[2], keep;
		unsigned n;
		float wanted[4];
	} cases[] = {
		{"ReduceMean", {2, 3}, 0, 2, {2.5f, 25}},
		{"ReduceMean", {-1, -2}, 1, 2, {2.5f, 25}},
		{"ReduceMax", {2, 3}, 0, 2, {4, 40}},
		{"ReduceMean", {0, 1}, 0, 4, {5.5f, 11, 16.5f, 22}},
	};
	const float x[8] = {1, 10, 2, 20, 3, 30, 4, 40}; /* NHWC */

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		writer->opset.version = 18;
		writer_input(writer, "x", INTS(1, 2, 2, 2));
		writer_ints(writer, "axes", 2, cases[i].axes);
		writer_set_int(writer, writer_node(writer, cases[i].op, "x axes", "y"), "keepdims", cases[i].keep);
		gives(8, x, cases[i].n, cases[i].wanted);
		tear_down(NULL);
		set_up(NULL);
	}
}

/* --- quantised --------------------------------------------------------------------------------------------------- */

/* Bytes become floats; between operators the pair rounds to steps of its scale, and saturates. */
static void quantised_pairs(void **unused)
{
	const float x[2] = {0.3f, -40};

	(void)unused;
	writer_input(writer, "x", INTS(1, 2, 1, 1));
	set_floats("sx", 0, NULL, FLOATS(0.25f));
	set_bytes("zx", 0, NULL, 2, BYTES((int8_t)128)); /* unsigned */
	writer_node(writer, "QuantizeLinear", "x sx zx", "qx");
	writer_node(writer, "DequantizeLinear", "qx sx zx", "dx");
	set_bytes("qw", INTS(2, 2, 1, 1), 3, BYTES(1, 2, 3, -4));
	set_floats("sw", INTS(2), FLOATS(0.5f, 2));
	set_bytes("zw", INTS(2), 3, BYTES(0, 0));
	writer_set_int(writer, writer_node(writer, "DequantizeLinear", "qw sw zw", "w"), "axis", 0);
	writer_node(writer, "Conv", "dx w", "y");
	/* 0.3 is 0.25, -40 is -128 * 0.25 */
	gives(2, x, 2, (float[]){0.25f * 0.5f - 32, 0.25f * 6 + 32 * 8});
	tear_down(NULL);
	set_up(NULL);
	writer_input(writer, "x", INTS(1, 2, 1, 1));
	set_floats("sx", 0, NULL, FLOATS(0.25f));
	writer_node(writer, "QuantizeLinear", "x sx", "qx");
	writer_node(writer, "Relu", "qx", "y");
	refused("reads the integers \"qx\"; put a DequantizeLinear before it");
}

/* --- refusals ---------------------------------------------------------------------------------------------------- */

static void refusals_say_what_to_do(void **unused)
{
	static const struct {
		const char *op, *why;
	} cases[] = {
		{"LogSoftmax", "node y (LogSoftmax): not supported; end with Softmax, or before it"},
		{"ArgMax", "end before it"},
		{"Gelu", "Relu, LeakyRelu"},
		{"QLinearConv", "QuantFormat.QDQ"},
		{"Slice", "computed values"},
		{"LSTM", "not supported; Conv MaxPool"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		writer_input(writer, "x", INTS(1, 4));
		writer_node(writer, cases[i].op, "x", "y");
		refused(cases[i].why);
	}
	writer_input(writer, "x", INTS(1, 2));
	for (unsigned i = 0; i < 4; i++)
		writer_floats(writer, (const char *[]){"s", "o", "m", "v"}[i], INTS(2));
	writer_set_int(writer, writer_node(writer, "BatchNormalization", "x s o m v", "y"), "training_mode", 1);
	refused("training mode");
	writer_input(writer, "x", INTS(1, 2));
	writer_ints(writer, "large", INTS(INT64_MAX));
	writer_ints(writer, "zero", INTS(0));
	writer_node(writer, "Add", "large large", "y");
	refused("no 64-bit integer");
	writer_input(writer, "x", INTS(1, 2));
	writer_ints(writer, "large", INTS(1LL << 40, 1LL << 40));
	writer_node(writer, "ConstantOfShape", "large", "y");
	refused("impossible");
	writer_input(writer, "x", INTS(1, 2));
	writer_ints(writer, "zero", INTS(0));
	writer_node(writer, "Div", "zero zero", "y");
	refused("no 64-bit integer");
	writer_input(writer, "x", INTS(1, 2));
	writer_ints(writer, "zero", INTS(0));
	writer_ints(writer, "nine", INTS(9));
	writer_node(writer, "Gather", "zero nine", "y");
	refused("no element 9");
}

#define ONNX_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONNX_TEST(view_of_a_computed_shape),  ONNX_TEST(sizes_are_calculated),
		ONNX_TEST(paddings_are_turned_round), ONNX_TEST(limits_and_slopes),
		ONNX_TEST(groups_keep_apart),	      ONNX_TEST(lines_are_images_of_one_row),
		ONNX_TEST(reductions_of_opset_18),    ONNX_TEST(quantised_pairs),
		ONNX_TEST(refusals_say_what_to_do),
	};

	return cmocka_run_group_tests_name("nn-onnx-exporters", tests, NULL, NULL);
}
