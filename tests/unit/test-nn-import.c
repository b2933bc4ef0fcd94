/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-import.c - Keras .h5 files: made here by libhdf5, and real ones with known outputs when they are there. */
#include <errno.h>
#include <hdf5.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nn/export/pnn.h"
#include "nn/import/h5.h"
#include "nn/model-file.h"
#include "nn/runtime/run.h"
#include "tests/unit/nn-fixture.h"

static char path[64], reason[GRAPH_REASON];

static int set_up(void **unused)
{
	(void)unused;
	snprintf(path, sizeof(path), "/tmp/test-nn-import.XXXXXX");
	close(mkstemp(path));
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	return unlink(path);
}

/* --- making files ------------------------------------------------------------------------------------------------ */

static void write_text(hid_t object, const char *name, const char *text)
{
	hid_t space = H5Screate(H5S_SCALAR), type = H5Tcopy(H5T_C_S1), attribute;

	H5Tset_size(type, H5T_VARIABLE);
	attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(H5Awrite(attribute, type, &text) >= 0);
	H5Aclose(attribute);
	H5Tclose(type);
	H5Sclose(space);
}

/* A group, of a layer or of a model that is one, with weights "LAYER/NAME:0"; values are i / 16 - 1 or so, never all alike. */
static void write_group(hid_t weights, const char *group_name, const char *layer, const char *const *names,
			const hsize_t (*shapes)[4], unsigned n)
{
	hid_t group = H5Gcreate2(weights, group_name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), type = H5Tcopy(H5T_C_S1);
	hid_t inner = H5Gcreate2(group, layer, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), space, attribute;
	char list[4][32] = {{0}};
	hsize_t count = n;

	for (unsigned i = 0; i < n; i++) {
		int dims = 0;
		size_t elements = 1;
		float values[4096];
		hid_t dataset;

		snprintf(list[i], sizeof(list[i]), "%s/%s:0", layer, names[i]);
		for (; dims < 4 && shapes[i][dims]; dims++)
			elements *= shapes[i][dims];
		for (size_t v = 0; v < elements; v++)
			values[v] = (float)(v * 7 % 32) / 16 - 0.9f;
		space = H5Screate_simple(dims, shapes[i], NULL);
		dataset = H5Dcreate2(group, list[i], H5T_NATIVE_FLOAT, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
		assert_true(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
		H5Dclose(dataset);
		H5Sclose(space);
	}
	H5Tset_size(type, sizeof(list[0]));
	space = H5Screate_simple(1, &count, NULL);
	attribute = H5Acreate2(group, "weight_names", type, space, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(H5Awrite(attribute, type, list) >= 0);
	H5Aclose(attribute);
	H5Sclose(space);
	H5Tclose(type);
	H5Gclose(inner);
	H5Gclose(group);
}

static void write_layer(hid_t weights, const char *layer, const char *const *names, const hsize_t (*shapes)[4],
			unsigned n)
{
	write_group(weights, layer, layer, names, shapes, n);
}

static void write_file(const char *model_config)
{
	static const char *const conv[] = {"kernel", "bias"}, *const depthwise[] = {"depthwise_kernel"};
	static const char *const norm[] = {"gamma", "beta", "moving_mean"}, *const dense[] = {"kernel", "bias"};
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	hid_t weights = H5Gcreate2(file, "model_weights", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

	if (model_config)
		write_text(file, "model_config", model_config);
	write_layer(weights, "conv", conv, (const hsize_t[][4]){{3, 3, 2, 4}, {4}}, 2);
	write_layer(weights, "depthwise", depthwise, (const hsize_t[][4]){{3, 3, 4, 1}}, 1);
	write_layer(weights, "damaged", norm, (const hsize_t[][4]){{4}, {4}, {4}}, 3);
	write_group(weights, "outer", "conv", conv, (const hsize_t[][4]){{3, 3, 2, 4}, {4}}, 2);
	write_layer(weights, "dense", dense, (const hsize_t[][4]){{16, 3}, {3}}, 2);
	H5Gclose(weights);
	H5Fclose(file);
}

#define LAYER(class_name, name, rest) "{\"class_name\":\"" class_name "\",\"config\":{\"name\":\"" name "\"" rest "}}"
#define MODEL(layers)		      "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"small\",\"layers\":[" layers "]}}"
#define INPUT			      LAYER("InputLayer", "in", ",\"batch_input_shape\":[null,8,8,2]")
#define CONV                                                                                                           \
	LAYER("Conv2D", "conv",                                                                                        \
	      ",\"filters\":4,\"kernel_size\":[3,3],\"strides\":[1,1],\"padding\":\"same\",\"use_bias\":true,"         \
	      "\"activation\":\"relu\"")
#define DEPTHWISE                                                                                                      \
	LAYER("DepthwiseConv2D", "depthwise",                                                                          \
	      ",\"depth_multiplier\":1,\"kernel_size\":[3,3],\"strides\":[2,2],\"padding\":\"same\",\"use_bias\":false")
#define POOL  LAYER("MaxPooling2D", "pool", ",\"pool_size\":[2,2],\"strides\":[2,2],\"padding\":\"valid\"")
#define DENSE LAYER("Dense", "dense", ",\"units\":3,\"use_bias\":true,\"activation\":\"softmax\"")

static int import_file_at(const char *from, struct graph *graph)
{
	void *bytes;
	size_t size;
	int r = model_file_read(from, &bytes, &size);

	assert_int_equal(r, 0);
	*reason = 0;
	r = h5_import(bytes, size, graph, reason);
	free(bytes);
	return r;
}

static int import(struct graph **ret_graph)
{
	*ret_graph = graph_new();
	return import_file_at(path, *ret_graph);
}

/* --- running what was imported ----------------------------------------------------------------------------------- */

/* Runs samples [n][inputs] through a graph; out is [n][outputs]. */
static void run_graph(struct graph *graph, const float *in, size_t n, size_t inputs, size_t outputs, float *out)
{
	struct nn_model model;
	struct nn_run run;
	void *bytes, *arena;
	size_t size;

	graph_fuse_activations(graph);
	if (pnn_write(graph, &bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	assert_int_equal(nn_model_parse(bytes, size, &model), 0);
	assert_int_equal(nn_tensor_elements(nn_model_input(&model)), inputs);
	assert_int_equal(nn_tensor_elements(nn_model_output(&model)), outputs);
	arena = aligned_alloc(16, model.main->arena_bytes);
	assert_int_equal(nn_run_start(&run, &model, arena, model.main->arena_bytes), 0);
	for (size_t i = 0; i < n; i++) {
		memcpy(nn_run_tensor(&run, nn_model_input(&model)), in + i * inputs, inputs * sizeof(float));
		nn_run(&run);
		memcpy(out + i * outputs, nn_run_tensor(&run, nn_model_output(&model)), outputs * sizeof(float));
	}
	free(arena);
	free(bytes);
}

static void chain_is_imported_and_fused(void **unused)
{
	struct graph *graph;
	float in[128], out[3];
	uint64_t state = 1;

	(void)unused;
	write_file(MODEL(INPUT "," CONV "," DEPTHWISE "," LAYER("Dropout", "drop", "") "," LAYER(
		"ReLU", "limit", ",\"max_value\":6") "," POOL "," LAYER("Flatten", "flat", "") "," DENSE));
	if (import(&graph) < 0)
		fail_msg("%s", reason);
	fixture_fill(in, 128, &state);
	run_graph(graph, in, 1, 128, 3, out);
	assert_true(fabsf(out[0] + out[1] + out[2] - 1) < 1e-6f);
	assert_int_equal(graph->node_count, 6);
	assert_int_equal(graph->nodes[0].activation, NN_ACTIVATION_RELU);
	assert_int_equal(graph->nodes[1].activation, NN_ACTIVATION_RELU6);
	/* "same" with stride 2 of 8: 4 outputs, nothing before and one after, as TensorFlow has it */
	assert_int_equal(graph->nodes[1].parameters[NN_PARAMETER_PAD_TOP], 0);
	assert_int_equal(graph->nodes[1].parameters[NN_PARAMETER_PAD_BOTTOM], 1);
	assert_string_equal(graph->name, "small");
	graph_free(graph);
}

static void functional_chain_is_imported(void **unused)
{
	struct graph *graph;

	(void)unused;
	write_file(
		"{\"class_name\":\"Functional\",\"config\":{\"name\":\"f\",\"layers\":["
		"{\"class_name\":\"InputLayer\",\"name\":\"in\",\"inbound_nodes\":[],"
		"\"config\":{\"name\":\"in\",\"batch_input_shape\":[null,8,8,2]}},"
		"{\"class_name\":\"Flatten\",\"name\":\"a\",\"inbound_nodes\":[[[\"in\",0,0,{}]]],\"config\":{\"name\":\"a\"}},"
		"{\"class_name\":\"Softmax\",\"name\":\"b\",\"inbound_nodes\":[[[\"a\",0,0,{}]]],\"config\":{\"name\":\"b\"}}"
		"]}}");
	assert_int_equal(import(&graph), 0);
	assert_int_equal(graph->node_count, 2);
	graph_free(graph);
}

/* Every node knows the layer of the file that it was, as Keras counts: what becomes no node counts, too. */
static void layers_are_counted_as_keras_does(void **unused)
{
#define CHAIN INPUT "," CONV "," LAYER("Dropout", "drop", "") "," LAYER("Flatten", "flat", "")
	struct graph *graph;

	(void)unused;
	write_file(MODEL(CHAIN));
	assert_int_equal(import(&graph), 0);
	assert_int_equal(graph->layer_count, 3);
	assert_int_equal(graph->nodes[0].layer, 1);
	assert_int_equal(graph->nodes[graph->node_count - 1].layer, 3);
	graph_free(graph);
	write_file("{\"class_name\":\"Functional\",\"config\":{\"name\":\"f\",\"layers\":[" CHAIN "]}}");
	assert_int_equal(import(&graph), 0);
	assert_int_equal(graph->layer_count, 4);
	assert_int_equal(graph->nodes[0].layer, 2);
	assert_int_equal(graph->nodes[graph->node_count - 1].layer, 4);
	graph_free(graph);
#undef CHAIN
}

/* Its weights stand in the group of the model that is a layer. */
static void model_in_a_model_is_imported(void **unused)
{
	static const char nested[] =
		MODEL(INPUT ",{\"class_name\":\"Sequential\",\"config\":{\"name\":\"%s\",\"layers\":[" CONV "]}}");
	struct graph *graph;
	char config[1024];

	(void)unused;
	snprintf(config, sizeof(config), nested, "outer");
	write_file(config);
	if (import(&graph) < 0)
		fail_msg("%s", reason);
	assert_int_equal(graph->node_count, 2);
	graph_free(graph);
	snprintf(config, sizeof(config), nested, "dense"); /* a group that has no weights of this layer */
	write_file(config);
	assert_int_equal(import(&graph), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "layer conv (Conv2D): weights are missing"));
	graph_free(graph);
}

static void what_is_not_supported_is_named(void **unused)
{
	static const struct {
		const char *config;
		int error;
		const char *reason;
	} cases[] = {
		{NULL, -EBADMSG, "no model_config"},
		{"{", -EBADMSG, "not JSON"},
		{"[]", -EBADMSG, "no list of layers"},
		{MODEL("{}"), -EBADMSG, "without class_name"},
		{MODEL(CONV), -EOPNOTSUPP, "give the first layer an input_shape"},
		{MODEL(INPUT "," LAYER("LSTM", "memory", "")), -EOPNOTSUPP,
		 "layer memory: LSTM is not supported; Input"},
		{MODEL(INPUT "," LAYER("Activation", "a", ",\"activation\":\"gelu\"")), -EOPNOTSUPP,
		 "activation \"gelu\" is not supported; linear, relu"},
		{MODEL(INPUT "," DENSE), -EOPNOTSUPP, "layer dense (Dense): needs a flat input; put a Flatten"},
		{MODEL(INPUT "," LAYER("Flatten", "f", "") "," DENSE), -EOPNOTSUPP, "weight's shape does not fit"},
		{MODEL(INPUT "," LAYER("Conv2D", "absent", ",\"filters\":4,\"kernel_size\":[3,3]")), -EOPNOTSUPP,
		 "weights are missing"},
		{MODEL(INPUT "," LAYER("Conv2D", "conv", ",\"filters\":4,\"kernel_size\":[9,9]")), -EOPNOTSUPP,
		 "window is larger"},
		{MODEL(INPUT "," LAYER("Conv2D", "conv", ",\"filters\":4,\"kernel_size\":[3,0]")), -EOPNOTSUPP,
		 "kernel_size; a positive number"},
		{MODEL(INPUT "," LAYER("Conv2D", "conv", ",\"filters\":1e99,\"kernel_size\":3")), -EOPNOTSUPP,
		 "filters"},
		{MODEL(INPUT "," LAYER("Conv2D", "conv",
				       ",\"filters\":4,\"kernel_size\":3,\"data_format\":\"channels_first\"")),
		 -EOPNOTSUPP, "channels_last is"},
		{MODEL(INPUT "," LAYER("ReLU", "r", ",\"negative_slope\":0.1,\"max_value\":6")), -EOPNOTSUPP, "slope"},
		{MODEL(LAYER("InputLayer", "in", ",\"batch_input_shape\":[null,null,8,2]")), -EOPNOTSUPP, "not fixed"},
		{MODEL(LAYER("InputLayer", "in", ",\"batch_input_shape\":[null,1000000,1000000,2]")), -EOPNOTSUPP,
		 "impossible size"},
		{MODEL(INPUT "," CONV "," LAYER("BatchNormalization", "damaged", "")), -EOPNOTSUPP, "missing"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct graph *graph;
		int r;

		write_file(cases[i].config);
		r = import(&graph);
		graph_free(graph);
		if (r != cases[i].error || !strstr(reason, cases[i].reason))
			fail_msg("case %zu: %d, \"%s\"; wanted %d, \"%s\"", i, r, reason, cases[i].error,
				 cases[i].reason);
	}
}

static void other_files_are_refused(void **unused)
{
	struct graph *graph;
	FILE *file = fopen(path, "w");

	(void)unused;
	fputs("no HDF5", file);
	fclose(file);
	assert_int_equal(import(&graph), -EBADMSG);
	assert_non_null(strstr(reason, "not an HDF5 file"));
	graph_free(graph);
}

/* --- real networks ------------------------------------------------------------------------------------------------ */

/* Values of a little-endian float32 .npy of format 1.0. */
static size_t load_npy(const char *name, float **ret_values)
{
	char text[256];
	const char *found;
	uint8_t head[10];
	FILE *file;
	long begin, end;

	snprintf(text, sizeof(text), "data/models/golden/%s", name);
	found = fixture_shared(text);
	assert_non_null(found);
	file = fopen(found, "rb");
	assert_int_equal(fread(head, 1, sizeof(head), file), sizeof(head));
	begin = 10 + head[8] + 256 * head[9];
	fseek(file, 0, SEEK_END);
	end = ftell(file);
	fseek(file, begin, SEEK_SET);
	*ret_values = malloc((size_t)(end - begin));
	assert_int_equal(fread(*ret_values, 1, (size_t)(end - begin), file), end - begin);
	fclose(file);
	return (size_t)(end - begin) / sizeof(float);
}

static void real_networks_give_known_outputs(void **unused)
{
	static const struct {
		const char *model, *input, *output;
		size_t inputs, outputs;
	} cases[] = {
		{"st/VL53L8CX/CNN2D_ST_HandPosture_8classes.h5", "synth_8x8x2_f32_nhwc.npy",
		 "st__VL53L8CX_CNN2D_ST_HandPosture_8classes.h5.out.npy", 128, 8},
		{"st/VL53L5CX/CNN2D_ST_HandPosture_8classes.h5", "synth_8x8x2_f32_nhwc.npy",
		 "st__VL53L5CX_CNN2D_ST_HandPosture_8classes.h5.out.npy", 128, 8},
		{"seed3/network_MNIST/network.h5", "synth_mnist_f32_0to1.npy", "network_MNIST__network.h5.out.npy", 784,
		 10},
		{"seed3/network_CIFAR10/network.h5", "synth_cifar_f32_nhwc.npy", "network_CIFAR10__network.h5.out.npy",
		 3072, 10},
		{"seed3/network_CIFAR100/network.h5", "synth_cifar_f32_nhwc.npy",
		 "network_CIFAR100__network.h5.out.npy", 3072, 20},
	};

	(void)unused;
	if (!fixture_shared("data/models/golden"))
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		float *in, *wanted, out[128], worst = 0;
		size_t n = load_npy(cases[i].input, &in) / cases[i].inputs;
		struct graph *graph = graph_new();
		char file[512];

		assert_int_equal(load_npy(cases[i].output, &wanted), n * cases[i].outputs);
		snprintf(file, sizeof(file), "data/models/%s", cases[i].model);
		if (import_file_at(fixture_shared(file), graph) < 0)
			fail_msg("%s: %s", cases[i].model, reason);
		run_graph(graph, in, n, cases[i].inputs, cases[i].outputs, out);
		for (size_t v = 0; v < n * cases[i].outputs; v++)
			worst = fmaxf(worst, fabsf(out[v] - wanted[v]));
		print_message("# %s: largest difference %.2g\n", cases[i].model, (double)worst);
		assert_true(worst <= 1e-5f);
		graph_free(graph);
		free(in);
		free(wanted);
	}
}

#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(chain_is_imported_and_fused),
		FILE_TEST(functional_chain_is_imported),
		FILE_TEST(layers_are_counted_as_keras_does),
		FILE_TEST(what_is_not_supported_is_named),
		FILE_TEST(model_in_a_model_is_imported),
		FILE_TEST(other_files_are_refused),
		cmocka_unit_test(real_networks_give_known_outputs),
	};

	return cmocka_run_group_tests_name("nn-import", tests, NULL, NULL);
}
