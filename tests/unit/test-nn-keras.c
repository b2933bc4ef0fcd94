/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-keras.c - Keras layers by what they do to numbers: each class and activation against its definition, branches in
 * Keras 2's and 3's spelling, models in models. Weights come from a table, without HDF5.
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

#include "nn/export/pnn.h"
#include "nn/graph/passes.h"
#include "nn/import/keras.h"
#include "nn/runtime/run.h"

enum {
	OUTPUTS_MAX = 64,
};

static char reason[GRAPH_REASON];

/* --- weights ----------------------------------------------------------------------------------------------------- */

static const struct weight {
	const char *layer, *name;
	unsigned dims;
	uint32_t shape[NN_DIMS_MAX];
	float values[8];
} weights_table[] = {
	{"slopes", "alpha", 3, {1, 1, 2}, {0.5f, 0.25f}},
	{"all-slopes", "alpha", 3, {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}},
	{"normal", "mean", 1, {2}, {1, 2}},
	{"normal", "variance", 1, {2}, {4, 16}},
	{"apart", "depthwise_kernel", 4, {1, 1, 2, 1}, {2, 3}},
	{"apart", "pointwise_kernel", 4, {1, 1, 2, 1}, {1, 10}},
	{"apart", "bias", 1, {1}, {100}},
	{"keras3-depthwise", "kernel", 4, {1, 1, 2, 1}, {2, 3}},
	{"line", "kernel", 3, {2, 2, 1}, {1, 2, 3, 4}},
	{"outer", "mix/kernel", 4, {1, 1, 2, 1}, {1, -1}},
	{"dense", "kernel", 2, {2, 1}, {1, 10}},
};

static int read_weight(const struct keras_weights *unused, const char *layer, const char *name, unsigned *ret_dims,
		       uint32_t shape[NN_DIMS_MAX], float **ret_data, char *ret_reason)
{
	(void)unused, (void)ret_reason;
	for (size_t i = 0; i < sizeof(weights_table) / sizeof(weights_table[0]); i++) {
		const struct weight *weight = &weights_table[i];

		if (strcmp(weight->layer, layer) != 0 || strcmp(weight->name, name) != 0)
			continue;
		*ret_dims = weight->dims;
		memcpy(shape, weight->shape, weight->dims * sizeof(*shape));
		*ret_data = malloc(sizeof(weight->values));
		memcpy(*ret_data, weight->values, sizeof(weight->values));
		return 0;
	}
	return -ENOENT;
}

static const struct keras_weights weights = {.read = read_weight};

/* --- running ----------------------------------------------------------------------------------------------------- */

/* Height, width, channel: 2x2x2. */
static const float input[8] = {-4, -3, -1, -0.5f, 0.25f, 1, 2.5f, 8};

/* Imports, with and without the passes; returns how many outputs the network makes of `input`. */
static unsigned outputs_of(const char *config, bool passes, float out[OUTPUTS_MAX])
{
	struct graph *graph = graph_new();
	struct nn_model model;
	struct nn_run run;
	void *bytes, *arena;
	unsigned n;
	size_t size;

	if (keras_import(config, &weights, graph, reason) < 0)
		fail_msg("%s: %s", config, reason);
	if (passes)
		graph_optimise(graph);
	if (pnn_write(graph, &bytes, &size, reason) < 0)
		fail_msg("%s: %s", config, reason);
	graph_free(graph);
	assert_int_equal(nn_model_parse(bytes, size, &model), 0);
	assert_int_equal(nn_model_verify(&model), 0);
	assert_int_equal(nn_tensor_elements(nn_model_input(&model)), 8);
	n = nn_tensor_elements(nn_model_output(&model));
	assert_true(n <= OUTPUTS_MAX);
	arena = aligned_alloc(NN_FORMAT_ALIGN, nn_run_bytes(&model));
	assert_int_equal(nn_run_start(&run, &model, arena, nn_run_bytes(&model)), 0);
	memcpy(nn_run_tensor(&run, nn_model_input(&model)), input, sizeof(input));
	nn_run(&run);
	memcpy(out, nn_run_tensor(&run, nn_model_output(&model)), n * sizeof(float));
	free(arena);
	free(bytes);
	return n;
}

static void expect(const char *config, unsigned n, const float *wanted)
{
	for (int passes = 0; passes < 2; passes++) {
		float out[OUTPUTS_MAX];
		unsigned made = outputs_of(config, passes, out);

		if (made != n)
			fail_msg("%s: %u outputs, %u wanted", config, made, n);
		for (unsigned i = 0; i < n; i++)
			if (!(fabsf(out[i] - wanted[i]) <= 4e-6f * fmaxf(1, fabsf(wanted[i]))))
				fail_msg("%s: output %u is %g, wanted %g", config, i, (double)out[i],
					 (double)wanted[i]);
	}
}

#define LAYER(class_name, name, rest)                                                                                  \
	"{\"class_name\":\"" class_name "\",\"config\":{\"name\":\"" name "\"" rest "},\"name\":\"" name "\""
#define KERAS_2	  LAYER("InputLayer", "in", ",\"batch_input_shape\":[null,2,2,2]")
#define KERAS_3	  LAYER("InputLayer", "in", ",\"batch_shape\":[null,2,2,2]")
#define CHAIN(l)  "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"m\",\"layers\":[" l "]}}"
#define ONE(l)	  CHAIN(KERAS_2 "}," l "}")
#define ONE_3(l)  CHAIN(KERAS_3 "}," l "}")
#define ACT(name) ONE(LAYER("Activation", "a", ",\"activation\":\"" name "\""))

/* --- functions of one value -------------------------------------------------------------------------------------- */

static float limit(float x, float low, float high)
{
	return fminf(fmaxf(x, low), high);
}

static float linear(float x)
{
	return x;
}

static float relu(float x)
{
	return fmaxf(x, 0);
}

static float relu6(float x)
{
	return limit(x, 0, 6);
}

static float relu_to_2(float x)
{
	return limit(x, 0, 2);
}

static float sigmoid(float x)
{
	return 1 / (1 + expf(-x));
}

static float swish(float x)
{
	return x * sigmoid(x);
}

static float hard_swish(float x)
{
	return x * relu6(x + 3) / 6;
}

static float hard_sigmoid_2(float x)
{
	return limit(0.2f * x + 0.5f, 0, 1);
}

static float hard_sigmoid_3(float x)
{
	return relu6(x + 3) / 6;
}

static float leaky_02(float x)
{
	return x < 0 ? 0.2f * x : x;
}

static float leaky_03(float x)
{
	return x < 0 ? 0.3f * x : x;
}

static float scaled(float x)
{
	return x * 0.5f - 1;
}

static void functions_of_a_value(void **unused)
{
	static const struct {
		const char *config;
		float (*f)(float);
	} cases[] = {
		{ACT("linear"), linear},
		{ACT("relu"), relu},
		{ACT("relu6"), relu6},
		{ACT("sigmoid"), sigmoid},
		{ACT("tanh"), tanhf},
		{ACT("swish"), swish},
		{ACT("silu"), swish},
		{ACT("hard_swish"), hard_swish},
		{ACT("hard_sigmoid"), hard_sigmoid_2},
		{ACT("leaky_relu"), leaky_02},
		{ONE_3(LAYER("Activation", "a", ",\"activation\":\"hard_sigmoid\"")), hard_sigmoid_3},
		{ONE_3(LAYER("Activation", "a", ",\"activation\":{\"class_name\":\"function\",\"config\":\"relu6\"}")),
		 relu6},
		{ONE(LAYER("ReLU", "r", ",\"max_value\":null,\"negative_slope\":[0.0]")), NULL},
		{ONE(LAYER("ReLU", "r", ",\"max_value\":2.0")), relu_to_2},
		{ONE(LAYER("ReLU", "r", ",\"negative_slope\":0.2")), leaky_02},
		{ONE(LAYER("LeakyReLU", "l", "")), leaky_03},
		{ONE(LAYER("LeakyReLU", "l", ",\"alpha\":0.2")), leaky_02},
		{ONE_3(LAYER("LeakyReLU", "l", ",\"negative_slope\":0.2")), leaky_02},
		{ONE(LAYER("Rescaling", "s", ",\"scale\":0.5,\"offset\":-1")), scaled},
		{ONE(LAYER("RandomFlip", "f", "")), linear},
		{ONE(LAYER("GaussianDropout", "f", "")), linear},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		float wanted[8];

		if (!cases[i].f) {
			struct graph *graph = graph_new();

			assert_int_equal(keras_import(cases[i].config, &weights, graph, reason), -EOPNOTSUPP);
			graph_free(graph);
			continue;
		}
		for (unsigned v = 0; v < 8; v++)
			wanted[v] = cases[i].f(input[v]);
		expect(cases[i].config, 8, wanted);
	}
}

/* --- layers ------------------------------------------------------------------------------------------------------ */

static void layers_do_what_they_say(void **unused)
{
	(void)unused;
	expect(ONE(LAYER("PReLU", "slopes", ",\"shared_axes\":[1,2]")), 8,
	       (float[]){-2, -0.75f, -0.5f, -0.125f, 0.25f, 1, 2.5f, 8});
	expect(ONE(LAYER("PReLU", "all-slopes", "")), 8, (float[]){-4, -6, -3, -2, 0.25f, 1, 2.5f, 8});
	expect(ONE(LAYER("Normalization", "normal", ",\"axis\":[-1]")), 8,
	       (float[]){-2.5f, -1.25f, -1, -0.625f, -0.375f, -0.25f, 0.75f, 1.5f});
	expect(ONE(LAYER("Rescaling", "s", ",\"scale\":[1,2],\"offset\":[0,1]")), 8,
	       (float[]){-4, -5, -1, 0, 0.25f, 3, 2.5f, 17});
	expect(ONE(LAYER("GlobalAveragePooling2D", "g", "")), 2, (float[]){-0.5625f, 1.375f});
	expect(ONE_3(LAYER("GlobalMaxPooling2D", "g", ",\"keepdims\":true")), 2, (float[]){2.5f, 8});
	expect(ONE(LAYER("ZeroPadding2D", "z", ",\"padding\":[[1,0],[0,1]]")), 18,
	       (float[]){0, 0, 0, 0, 0, 0, -4, -3, -1, -0.5f, 0, 0, 0.25f, 1, 2.5f, 8, 0, 0});
	expect(ONE(LAYER("Permute", "p", ",\"dims\":[3,1,2]")), 8, (float[]){-4, -1, 0.25f, 2.5f, -3, -0.5f, 1, 8});
	expect(ONE(LAYER("Reshape", "r", ",\"target_shape\":[-1,4]") "}," LAYER("Permute", "p", ",\"dims\":[2,1]")), 8,
	       (float[]){-4, 0.25f, -3, 1, -1, 2.5f, -0.5f, 8});
	expect(ONE(LAYER("SeparableConv2D", "apart",
			 ",\"filters\":1,\"kernel_size\":[1,1],\"depth_multiplier\":1,\"use_bias\":true")),
	       4, (float[]){100 - 8 - 90, 100 - 2 - 15, 100 + 0.5f + 30, 100 + 5 + 240});
	expect(ONE_3(LAYER("DepthwiseConv2D", "keras3-depthwise", ",\"kernel_size\":[1,1],\"depth_multiplier\":1")), 8,
	       (float[]){-8, -9, -2, -1.5f, 0.5f, 3, 5, 24});
}

/* Four steps of two channels. */
#define LINE(l) ONE(LAYER("Reshape", "steps", ",\"target_shape\":[4,2]") "}," l)

static void lines_are_images_of_one_row(void **unused)
{
	(void)unused;
	/* step i: x . (1, 2) of the one before, x . (3, 4) of this one */
	expect(LINE(LAYER("Conv1D", "line",
			  ",\"filters\":1,\"kernel_size\":[2],\"strides\":[1],\"padding\":\"valid\"")),
	       3, (float[]){-10 - 5, -2 + 4.75f, 2.25f + 39.5f});
	expect(LINE(LAYER("Conv1D", "line",
			  ",\"filters\":1,\"kernel_size\":[2],\"padding\":\"causal\",\"activation\":\"relu\"")),
	       4, (float[]){0, 0, 2.75f, 41.75f});
	expect(LINE(LAYER("MaxPooling1D", "p", ",\"pool_size\":[2],\"strides\":[2],\"padding\":\"valid\"")), 4,
	       (float[]){-1, -0.5f, 2.5f, 8});
	expect(LINE(LAYER("AveragePooling1D", "p", ",\"pool_size\":2,\"strides\":2")), 4,
	       (float[]){-2.5f, -1.75f, 1.375f, 4.5f});
	expect(LINE(LAYER("GlobalAveragePooling1D", "p", "")), 2, (float[]){-0.5625f, 1.375f});
	expect(LINE(LAYER("GlobalMaxPooling1D", "p", "") "}," LAYER("Dense", "dense", ",\"units\":1")), 1,
	       (float[]){82.5f});
}

/* --- branches ---------------------------------------------------------------------------------------------------- */

#define NETWORK(l, outputs)                                                                                            \
	"{\"class_name\":\"Functional\",\"config\":{\"name\":\"n\",\"layers\":[" l                                     \
	"],\"input_layers\":[[\"in\",0,0]],"                                                                           \
	"\"output_layers\":" outputs "}}"
#define NO_SOURCE  ",\"inbound_nodes\":[]},"
#define FROM(a)	   ",\"inbound_nodes\":[[[\"" a "\",0,0,{}]]]},"
#define BOTH(a, b) ",\"inbound_nodes\":[[[\"" a "\",0,0,{}],[\"" b "\",0,0,{}]]]}"
#define TENSOR(a)                                                                                                      \
	"{\"class_name\":\"__keras_tensor__\",\"config\":{\"shape\":[null,2,2,2],\"dtype\":\"float32\","               \
	"\"keras_history\":[\"" a "\",0,0]}}"
#define FROM_3(a)    ",\"inbound_nodes\":[{\"args\":[" TENSOR(a) "],\"kwargs\":{}}]},"
#define BOTH_3(a, b) ",\"inbound_nodes\":[{\"args\":[[" TENSOR(a) "," TENSOR(b) "]],\"kwargs\":{}}]}"
#define RELU	     LAYER("ReLU", "relu", "")
#define TWICE	     LAYER("Rescaling", "twice", ",\"scale\":2")

static void branches_meet(void **unused)
{
	static const char *const classes[] = {"Add", "Subtract", "Multiply", "Average"};
	char config[2048];

	(void)unused;
	for (unsigned c = 0; c < 4; c++)
		for (unsigned version = 2; version < 4; version++) {
			float wanted[8];

			for (unsigned i = 0; i < 8; i++) {
				float a = relu(input[i]), b = 2 * input[i];

				wanted[i] = c == 0 ? a + b : c == 1 ? a - b : c == 2 ? a * b : (a + b) / 2;
			}
			/* In the file the sum stands before what it reads. */
			snprintf(config, sizeof(config),
				 version == 2 ? NETWORK(KERAS_2 NO_SOURCE LAYER("%s", "sum", "")
								BOTH("relu", "twice") "," TWICE FROM("in") RELU
							",\"inbound_nodes\":[[[\"in\",0,0,{}]]]}",
							"[[\"sum\",0,0]]")
					      : NETWORK(KERAS_3 NO_SOURCE RELU FROM_3("in") TWICE FROM_3("in")
								LAYER("%s", "sum", "") BOTH_3("relu", "twice"),
							"[\"sum\",0,0]"),
				 classes[c]);
			expect(config, 8, wanted);
		}
	expect(NETWORK(KERAS_2 NO_SOURCE LAYER("GlobalAveragePooling2D", "g", ",\"keepdims\":true") FROM("in")
			       LAYER("Multiply", "m", "") BOTH("g", "in"),
		       "[[\"m\",0,0]]"),
	       8, (float[]){2.25f, -4.125f, 0.5625f, -0.6875f, -0.140625f, 1.375f, -1.40625f, 11});
	expect(NETWORK(KERAS_2 NO_SOURCE RELU FROM("in") LAYER("Concatenate", "c", ",\"axis\":-1") BOTH("in", "relu"),
		       "[[\"c\",0,0]]"),
	       16, (float[]){-4, -3, 0, 0, -1, -0.5f, 0, 0, 0.25f, 1, 0.25f, 1, 2.5f, 8, 2.5f, 8});
	/* A layer that is called twice. */
	expect(NETWORK(KERAS_2 NO_SOURCE TWICE ",\"inbound_nodes\":[[[\"in\",0,0,{}]],[[\"twice\",0,0,{}]]]}," LAYER(
			       "Add", "s", "") ",\"inbound_nodes\":[[[\"twice\",0,0,{}],[\"twice\",1,0,{}]]]}",
		       "[[\"s\",0,0]]"),
	       8, (float[]){-24, -18, -6, -3, 1.5f, 6, 15, 48});
}

#define MIX LAYER("Conv2D", "mix", ",\"filters\":1,\"kernel_size\":1")

static void models_in_models(void **unused)
{
	static const float wanted[4] = {-1, -0.5f, -0.75f, -5.5f};

	(void)unused;
	/* The inner model has the input's shape, and its weights are in the outer one's group. */
	expect(CHAIN("{\"class_name\":\"Functional\",\"name\":\"outer\",\"config\":{\"name\":\"outer\",\"layers\":[" KERAS_2
			     NO_SOURCE MIX
		     ",\"inbound_nodes\":[[[\"in\",0,0,{}]]]}],\"output_layers\":[[\"mix\",0,0]]}}"),
	       4, wanted);
	expect(NETWORK(KERAS_2 NO_SOURCE
		       "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"outer\",\"layers\":[{\"class_name\":"
		       "\"Sequential\",\"config\":{\"name\":\"inner\",\"layers\":[" MIX "}]}}]}" FROM("in")
			       LAYER("ReLU", "r", ",\"negative_slope\":1") ",\"inbound_nodes\":[[[\"outer\",1,0,{}]]]}",
		       "[[\"r\",0,0]]"),
	       4, wanted);
}

/* --- refusals ---------------------------------------------------------------------------------------------------- */

static void refusals_say_where_and_why(void **unused)
{
	static const struct {
		const char *config, *reason;
	} cases[] = {
		{ACT("gelu"), "layer a (Activation): activation \"gelu\" is not supported; linear, relu"},
		{ONE(LAYER("LSTM", "memory", "")), "layer memory: LSTM is not supported; InputLayer Conv2D"},
		{ONE(LAYER("PruneLowMagnitude", "p", "")), "strip_pruning"},
		{ONE(LAYER("BatchNormalization", "b", ",\"axis\":[1]")), "this axis is not supported; the last one is"},
		{ONE(LAYER("Concatenate", "c", ",\"axis\":0")), "axis"},
		{ONE(LAYER("Add", "c", "")), "two and more"},
		{ONE(LAYER("Reshape", "r", ",\"target_shape\":[3,-1]")), "other elements"},
		{ONE(LAYER("Permute", "r", ",\"dims\":[1,1,2]")), "no order"},
		{ONE(LAYER("ZeroPadding2D", "r", ",\"padding\":-1")), "from 0 on"},
		{ONE(LAYER("LeakyReLU", "r", ",\"alpha\":\"x\"")), "alpha; a number"},
		{NETWORK(KERAS_2 NO_SOURCE LAYER("Add", "a", "") BOTH("in", "b") "," LAYER("Add", "b", "")
				 BOTH("in", "a"),
			 "[[\"a\",0,0]]"),
		 "which nothing makes"},
		{NETWORK(KERAS_2 NO_SOURCE RELU ",\"inbound_nodes\":[[[\"in\",0,0,{}]]]}",
			 "[[\"in\",0,0],[\"relu\",0,0]]"),
		 "several outputs"},
		{NETWORK(KERAS_2 NO_SOURCE RELU ",\"inbound_nodes\":[[[\"in\",0,0,{}]]]}", "[[\"absent\",0,0]]"),
		 "no layer makes"},
		{NETWORK(KERAS_2 NO_SOURCE RELU FROM("in") LAYER("ReLU", "r", "") ",\"inbound_nodes\":[]}",
			 "[[\"r\",0,0]]"),
		 "does not say what it reads"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct graph *graph = graph_new();
		int r = keras_import(cases[i].config, &weights, graph, reason);

		graph_free(graph);
		if (r != -EOPNOTSUPP || !strstr(reason, cases[i].reason))
			fail_msg("case %zu: %d, \"%s\"; wanted \"%s\"", i, r, reason, cases[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_of_a_value),
		cmocka_unit_test(layers_do_what_they_say),
		cmocka_unit_test(lines_are_images_of_one_row),
		cmocka_unit_test(branches_meet),
		cmocka_unit_test(models_in_models),
		cmocka_unit_test(refusals_say_where_and_why),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
