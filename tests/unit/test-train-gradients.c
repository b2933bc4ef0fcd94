/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-train-gradients.c - every layer's way back against differences of the loss: a weight a little up and a little down.
 * Compared as vectors, because single differences are off where a ReLU or a maximum changes its mind.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nn/train/random.h"
#include "nn/train/trainer-parts.h"
#include "tests/unit/train-fixture.h"

enum {
	SAMPLES = 37, /* three chunks, the last not full */
	CHECKED = 40, /* weights of each net */
};

static double loss_of(struct trainer *trainer, const struct trainer_data *data)
{
	struct batch batch = {.trainer = trainer, .data = data, .n = data->n, .epoch = 3, .training = true};
	double loss = 0;
	uint64_t right = 0;

	assert_int_equal(batch_run(&batch, &loss, &right), 0);
	return loss / data->n;
}

static double slope_at(struct trainer *trainer, const struct trainer_data *data, size_t i)
{
	const float step = 0x1p-11f;
	float weight = trainer->weights[i];
	double up, down;

	trainer->weights[i] = weight + step;
	up = loss_of(trainer, data);
	trainer->weights[i] = weight - step;
	down = loss_of(trainer, data);
	trainer->weights[i] = weight;
	return (up - down) / (2 * (double)step);
}

static void check_graph(struct graph *graph, const struct trainer_options *options, const char *what, double tolerance)
{
	struct trainer *trainer = train_open(graph, options);
	struct train_samples samples = {
		.inputs = trainer_inputs(trainer), .classes = trainer_outputs(trainer), .noise = 1};
	struct trainer_data data = train_samples_data(&samples, SAMPLES);
	struct random random = {5};
	size_t n = trainer->program->trained, checked = n < CHECKED ? n : CHECKED, chosen[CHECKED];
	double gradient[CHECKED], error = 0, size = 0;

	/* Away from 0, where gradients of biases and norms would look right by chance. */
	for (size_t i = 0; i < n; i++)
		trainer->weights[i] += random_between(&random, -0.3f, 0.3f);
	loss_of(trainer, &data);
	for (size_t k = 0; k < checked; k++) {
		chosen[k] = n <= CHECKED ? k : random_below(&random, (uint32_t)n);
		gradient[k] = (double)trainer->gradient[chosen[k]];
	}
	for (size_t k = 0; k < checked; k++) {
		double slope = slope_at(trainer, &data, chosen[k]);

		error += (slope - gradient[k]) * (slope - gradient[k]);
		size += slope * slope;
	}
	if (!(sqrt(error) < tolerance * sqrt(size)) || !(size > 1e-8))
		fail_msg("%s: gradient of size %g is off by %g", what, sqrt(size), sqrt(error));
	trainer_close(trainer);
	graph_free(graph);
}

#define CONV                                                                                                           \
	{                                                                                                              \
		.kind = LAYER_CONV_2D, .filters = 4, .kernel = {3, 3}, .same = true                                    \
	}
#define HEAD                                                                                                           \
	{.kind = LAYER_DENSE, .filters = 3},                                                                           \
	{                                                                                                              \
		.kind = LAYER_SOFTMAX                                                                                  \
	}

static const struct net {
	const char *what;
	struct layer list[8];
} nets[] = {
	{"dense", {HEAD}},
	{"dense behind dense", {{.kind = LAYER_DENSE, .filters = 9, .activation = LAYER_TANH}, HEAD}},
	{"convolution", {CONV, {.kind = LAYER_CONV_2D, .filters = 5, .kernel = {3, 2}}, HEAD}},
	{"convolution, strided and padded",
	 {CONV, {.kind = LAYER_CONV_2D, .filters = 3, .kernel = {3, 3}, .stride = {2, 2}, .same = true}, HEAD}},
	{"convolution with holes",
	 {CONV, {.kind = LAYER_CONV_2D, .filters = 3, .kernel = {2, 2}, .dilation = {2, 2}, .same = true}, HEAD}},
	{"depthwise", {CONV, {.kind = LAYER_DEPTHWISE_CONV_2D, .kernel = {3, 3}, .same = true}, HEAD}},
	{"depthwise, two filters a channel",
	 {CONV, {.kind = LAYER_DEPTHWISE_CONV_2D, .filters = 2, .kernel = {3, 3}, .stride = {2, 1}}, HEAD}},
	{"max pool", {CONV, {.kind = LAYER_MAX_POOL_2D, .kernel = {2, 2}}, HEAD}},
	{"max pool, overlapping and padded",
	 {CONV, {.kind = LAYER_MAX_POOL_2D, .kernel = {3, 3}, .stride = {1, 1}, .same = true}, HEAD}},
	{"average pool", {CONV, {.kind = LAYER_AVERAGE_POOL_2D, .kernel = {2, 2}}, HEAD}},
	{"average pool, padded",
	 {CONV, {.kind = LAYER_AVERAGE_POOL_2D, .kernel = {3, 3}, .stride = {2, 2}, .same = true}, HEAD}},
	{"global pool",
	 {CONV, {.kind = LAYER_ACTIVATION, .activation = LAYER_RELU}, {.kind = LAYER_GLOBAL_AVERAGE_POOL_2D}, HEAD}},
	{"batch norm", {CONV, {.kind = LAYER_BATCH_NORM}, {.kind = LAYER_ACTIVATION, .activation = LAYER_TANH}, HEAD}},
	{"batch norms, one behind the other and with a ReLU",
	 {{.kind = LAYER_BATCH_NORM},
	  CONV,
	  {.kind = LAYER_BATCH_NORM, .activation = LAYER_RELU},
	  {.kind = LAYER_DENSE, .filters = 6},
	  {.kind = LAYER_BATCH_NORM},
	  HEAD}},
	{"ReLU", {CONV, {.kind = LAYER_ACTIVATION, .activation = LAYER_RELU}, HEAD}},
	{"ReLU6", {CONV, {.kind = LAYER_DENSE, .filters = 20, .activation = LAYER_RELU6}, HEAD}},
	{"leaky ReLU", {CONV, {.kind = LAYER_ACTIVATION, .activation = LAYER_LEAKY_RELU, .slope = 0.2f}, HEAD}},
	{"sigmoid", {CONV, {.kind = LAYER_ACTIVATION, .activation = LAYER_SIGMOID}, HEAD}},
	{"tanh", {CONV, {.kind = LAYER_ACTIVATION, .activation = LAYER_TANH}, HEAD}},
	{"hard swish", {CONV, {.kind = LAYER_ACTIVATION, .activation = LAYER_HARD_SWISH}, HEAD}},
	{"add, with a skip", {CONV, CONV, {.kind = LAYER_ADD, .other = 1, .activation = LAYER_RELU}, HEAD}},
	{"a square", {CONV, {.kind = LAYER_MULTIPLY, .other = 1}, HEAD}},
	{"multiply", {CONV, CONV, {.kind = LAYER_MULTIPLY, .other = 1}, HEAD}},
	{"concat",
	 {CONV,
	  {.kind = LAYER_CONV_2D, .filters = 2, .kernel = {1, 1}},
	  {.kind = LAYER_CONCAT, .other = 1},
	  {.kind = LAYER_CONV_2D, .filters = 2, .kernel = {2, 2}},
	  HEAD}},
	{"pad",
	 {CONV,
	  {.kind = LAYER_PAD, .pad = {1, 0, 2, 1}},
	  {.kind = LAYER_CONV_2D, .filters = 2, .kernel = {2, 2}},
	  HEAD}},
	{"dropout", {CONV, {.kind = LAYER_DROPOUT, .share = 0.4f}, HEAD}},
	{"dropout with a skip around it",
	 {CONV, {.kind = LAYER_DROPOUT, .share = 0.4f}, {.kind = LAYER_ADD, .other = 1}, HEAD}},
	{"softmax in the middle", {{.kind = LAYER_DENSE, .filters = 6}, {.kind = LAYER_SOFTMAX}, HEAD}},
	{"logits", {CONV, {.kind = LAYER_DENSE, .filters = 3}}},
	{"sigmoids at the end", {CONV, {.kind = LAYER_DENSE, .filters = 3, .activation = LAYER_SIGMOID}}},
};

static struct graph *build(const struct net *net, struct trainer_options *options)
{
	struct layers layers = {.input = {5, 4, 2}};

	for (unsigned i = 0; i < 8; i++)
		if (i == 0 || net->list[i].kind || net->list[i].filters)
			layers_add(&layers, &net->list[i]);
	return train_build(&layers, 3, options);
}

static void test_every_layer(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		struct trainer_options options = trainer_defaults;
		struct graph *graph = build(&nets[i], &options);

		options.threads = 1;
		check_graph(graph, &options, nets[i].what, 1e-2);
	}
}

static void test_every_loss(void **state)
{
	const float weights[] = {0.5f, 2, 1};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct trainer_options options = trainer_defaults;
		struct graph *graph = build(&nets[sizeof(nets) / sizeof(nets[0]) - 1 - i % 3], &options);

		options.threads = 2;
		options.loss = i == 3 ? TRAINER_CROSS_ENTROPY : TRAINER_SQUARED;
		options.class_weights = weights;
		options.smoothing = 0.1f;
		check_graph(graph, &options, "loss", 1e-2);
	}
}

/* What only importers make: constants that take part, transpositions, means, limits for each channel. */
static struct graph *build_imported(void)
{
	const uint32_t image[4] = {1, 4, 3, 2}, turned[4] = {1, 3, 4, 2}, mean[4] = {1, 1, 1, 2},
		       kernel[4] = {3, 3, 2, 2};
	const uint32_t two[] = {2}, head[] = {26, 3}, row[] = {1, 26}, three[] = {3}, out[] = {1, 3}, flat[] = {1, 24},
		       vector[] = {1, 2}, limits[] = {2, 2};
	const float offset[] = {0.25f, -0.5f}, low_high[] = {-0.8f, -0.1f, 0.9f, 1.5f};
	float zero[3] = {0}, values[78];
	struct graph *graph = graph_new();
	struct random random = {11};

	for (unsigned i = 0; i < 78; i++)
		values[i] = random_between(&random, -1, 1);
	enum {
		IN,
		OFFSET,
		MOVED,
		WEIGHTS,
		BIAS,
		LIMITS,
		CONV_OUT,
		TURNED,
		MEAN,
		PRODUCT,
		FLAT,
		MEAN_FLAT,
		ALL,
		DENSE,
		DENSE_BIAS,
		LOGITS
	};
	graph_add_tensor(graph, "in", NN_TYPE_F32, 4, image);
	graph_add_constant(graph, "offset", NN_TYPE_F32, 1, two, offset);
	graph_add_tensor(graph, "moved", NN_TYPE_F32, 4, image);
	graph_add_constant(graph, "weights", NN_TYPE_F32, 4, kernel, values);
	graph_add_constant(graph, "bias", NN_TYPE_F32, 1, two, zero);
	graph_add_constant(graph, "limits", NN_TYPE_F32, 2, limits, low_high);
	graph_add_tensor(graph, "conv", NN_TYPE_F32, 4, image);
	graph_add_tensor(graph, "turned", NN_TYPE_F32, 4, turned);
	graph_add_tensor(graph, "mean", NN_TYPE_F32, 4, mean);
	graph_add_tensor(graph, "product", NN_TYPE_F32, 4, turned);
	graph_add_tensor(graph, "flat", NN_TYPE_F32, 2, flat);
	graph_add_tensor(graph, "mean flat", NN_TYPE_F32, 2, vector);
	graph_add_tensor(graph, "all", NN_TYPE_F32, 2, row);
	graph_add_constant(graph, "dense", NN_TYPE_F32, 2, head, values);
	graph_add_constant(graph, "dense bias", NN_TYPE_F32, 1, three, zero);
	graph_add_tensor(graph, "logits", NN_TYPE_F32, 2, out);
	const struct graph_node nodes[] = {
		{.code = NN_OPERATOR_SUBTRACT, .inputs = 2, .input = {IN, OFFSET}, .output = MOVED},
		{.code = NN_OPERATOR_CONV_2D,
		 .inputs = 4,
		 .input = {MOVED, WEIGHTS, BIAS, LIMITS},
		 .output = CONV_OUT,
		 .parameters = {1, 1, 1, 1, 1, 1, 1, 1}},
		{.code = NN_OPERATOR_TRANSPOSE,
		 .inputs = 1,
		 .input = {CONV_OUT},
		 .output = TURNED,
		 .parameters = {0, 2, 1, 3}},
		{.code = NN_OPERATOR_MEAN, .inputs = 1, .input = {TURNED}, .output = MEAN, .parameters = {6}},
		{.code = NN_OPERATOR_MULTIPLY, .inputs = 2, .input = {TURNED, MEAN}, .output = PRODUCT},
		{.code = NN_OPERATOR_RESHAPE, .inputs = 1, .input = {PRODUCT}, .output = FLAT},
		{.code = NN_OPERATOR_RESHAPE, .inputs = 1, .input = {MEAN}, .output = MEAN_FLAT},
		{.code = NN_OPERATOR_CONCAT, .inputs = 2, .input = {FLAT, MEAN_FLAT}, .output = ALL, .parameters = {1}},
		{.code = NN_OPERATOR_DENSE, .inputs = 3, .input = {ALL, DENSE, DENSE_BIAS}, .output = LOGITS},
	};

	for (unsigned i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		graph_add_node(graph, &nodes[i]);
	graph->input = IN;
	graph->output = LOGITS;
	return graph;
}

static void test_imported(void **state)
{
	struct trainer_options options = trainer_defaults;

	(void)state;
	check_graph(build_imported(), &options, "imported operators", 1e-2);
}

static void test_fixed_norms(void **state)
{
	struct trainer_options options = trainer_defaults;
	struct graph *graph = train_build_maker("res33", NULL, 8, &options);

	(void)state;
	options.fixed_norms = true;
	check_graph(graph, &options, "batch norms that stand still", 1e-2);
}

static void test_whole_nets(void **state)
{
	static const struct {
		const char *name;
		uint32_t input[3], classes;
	} whole[] = {
		{"CNN2D_ST_HandPosture", {8, 8, 2}, 8},
		{"two-branches", {8, 8, 2}, 4},
		{"res88", {8, 8, 2}, 8},
		{"res33", {8, 8, 2}, 8},
		{"mnist-mlp", {6, 6, 1}, 10},
		{"mnist-cnn", {12, 12, 1}, 10},
		{"cifar10-small", {8, 8, 3}, 10},
		{"cifar10-cnn", {8, 8, 3}, 5},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		struct trainer_options options = trainer_defaults;
		struct graph *graph = train_build_maker(whole[i].name, whole[i].input, whole[i].classes, &options);

		check_graph(graph, &options, whole[i].name, 4e-2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_layer), cmocka_unit_test(test_every_loss), cmocka_unit_test(test_imported),
		cmocka_unit_test(test_fixed_norms), cmocka_unit_test(test_whole_nets),
	};

	return cmocka_run_group_tests_name("train gradients", tests, NULL, NULL);
}
