/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-golden.c - real .tflite files against the outputs that TensorFlow's reference arithmetic has for them.
 *
 * Models and goldens lie in the team's library (data/models): 47 sets, 36 of them here, 5 of .h5 files in test-nn-import, 6
 * of .onnx files in test-nn-onnx-real. Each case skips where they are not. Floats agree within
 * 1e-5; integers are the same in the rounding mode `double`, before the softmax and behind it.
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

#include "nn-fixture.h"
#include "nn/export/pnn.h"
#include "nn/import/import.h"
#include "nn/model-file.h"
#include "nn/runtime/operators.h"
#include "nn/runtime/run.h"
#include "nn/runtime/value.h"
#include "nn/tool/npy.h"

#define CIFAR	     "golden/synth_cifar_f32_nhwc"
#define MNIST	     "golden/synth_mnist_f32_0to1"
#define CIFAR_IMAGES "cifar9/images_u8_9x32x32x3"
#define MNIST_IMAGES "mnist100/images_u8_100x28x28"
#define CIFAR100     "seed3/network_CIFAR100/"
#define PTQ	     CIFAR100 "post_training_quantization/"

struct golden {
	const char *model;  /* below data/models, without .tflite */
	const char *input;  /* below data/models, without .npy */
	const char *prefix; /* of the goldens */
	float tolerance;    /* of float outputs */
	unsigned strays;    /* samples that may be further off, up to STRAY */
};

/*
 * A hybrid network rounds its activations at run time. Where one lies on the edge between two steps, the last bit of a
 * float layer before decides, and layers behind make that larger. Our float layers begin with the bias where the goldens'
 * end with it; with that alone changed every sample is the same to the last bit, as test-nn-drq shows.
 */
#define STRAY 0.025

enum { PERSON_PIXELS = 96 * 96 };

/*
 * The int16 softmax of the goldens is computed in floating point, that of TensorFlow Lite and ours by interpolated tables:
 * up to 1e-3 apart. The logits before it are the strict test.
 */
#define I16_SOFTMAX 1e-3f

struct array {
	struct npy npy;
	void *bytes;
};

static bool read_array(const char *folder, const char *name, const char *suffix, struct array *ret_array)
{
	char path[256], reason[NPY_REASON];
	const char *shared;
	size_t size;

	snprintf(path, sizeof(path), "data/models/%s%s%s", folder, name, suffix);
	shared = fixture_shared(path);
	if (!shared || model_file_read(shared, &ret_array->bytes, &size) < 0)
		return false;
	assert_int_equal(npy_read(ret_array->bytes, size, &ret_array->npy, reason), 0);
	return true;
}

/* --- a model at work ------------------------------------------------------------------------------------------- */

struct bench {
	struct model_file file;
	struct nn_run run;
	void *arena;
};

static bool start_bench(const char *name, struct bench *bench)
{
	char path[256], reason[GRAPH_REASON] = "";
	const char *shared;
	struct graph *graph;
	void *bytes = NULL;
	size_t size = 0, arena;

	snprintf(path, sizeof(path), "data/models/%s.tflite", name);
	shared = fixture_shared(path);
	if (!shared)
		return false;
	if (import_file(shared, &graph, reason) < 0)
		fail_msg("%s: %s", name, reason);
	if (graph_lower(graph, NN_ROUNDING_DOUBLE, reason) < 0 || pnn_write(graph, &bytes, &size, reason) < 0)
		fail_msg("%s: %s", name, reason);
	graph_free(graph);
	assert_int_equal(model_file_open_memory(bytes, size, &bench->file, reason), 0);
	free(bytes);
	arena = nn_run_bytes(&bench->file.model);
	bench->arena = aligned_alloc(NN_FORMAT_ALIGN, arena);
	assert_non_null(bench->arena);
	assert_int_equal(nn_run_start(&bench->run, &bench->file.model, bench->arena, arena), 0);
	return true;
}

static void stop_bench(struct bench *bench)
{
	free(bench->arena);
	model_file_close(&bench->file);
}

/* As both were trained: digits 0..1, pictures normalised by what belongs to digits. */
static float pixel_value(const struct nn_tensor *tensor, double byte)
{
	float value = (float)byte / 255;

	return nn_tensor_elements(tensor) == 784 ? value : (value - 0.1307f) / 0.3081f;
}

/*
 * Real values are quantised on the way in; integers of the input's type go in as they are, and person_detect's pictures,
 * which are 128 more.
 */
static void fill(const struct bench *bench, const struct npy *input, uint64_t sample)
{
	const struct nn_tensor *tensor = nn_model_input(&bench->file.model);
	uint32_t n = nn_tensor_elements(tensor);
	float *values = calloc(n, sizeof(*values));

	assert_non_null(values);
	if (input->kind == 'u' && n == PERSON_PIXELS) {
		for (uint32_t i = 0; i < n; i++)
			((uint8_t *)nn_run_tensor(&bench->run, tensor))[i] = input->data[sample * n + i] ^ 0x80;
	} else if (input->kind != 'i') {
		for (uint32_t i = 0; i < n; i++) {
			double number = npy_number(input, sample * n + i);

			values[i] = input->kind == 'f' ? (float)number : pixel_value(tensor, number);
		}
		nn_value_write(&bench->run, tensor, values);
	} else {
		assert_int_equal(input->item_bytes, tensor->bytes / n);
		memcpy(nn_run_tensor(&bench->run, tensor), input->data + sample * tensor->bytes, tensor->bytes);
	}
	free(values);
}

static double stored(const struct bench *bench, const struct nn_tensor *tensor, uint32_t i)
{
	const void *data = nn_run_tensor(&bench->run, tensor);

	switch (tensor->type) {
	case NN_TYPE_I8:
		return ((const int8_t *)data)[i];
	case NN_TYPE_U8:
		return ((const uint8_t *)data)[i];
	case NN_TYPE_I16:
		return ((const int16_t *)data)[i];
	default:
		return (double)((const float *)data)[i];
	}
}

/* The largest difference of a sample. */
static double distance(const struct bench *bench, const struct nn_tensor *tensor, const struct array *golden,
		       uint64_t sample)
{
	uint32_t n = nn_tensor_elements(tensor);
	double largest = 0;

	for (uint32_t i = 0; i < n; i++) {
		double off = fabs(stored(bench, tensor, i) - npy_number(&golden->npy, sample * n + i));

		if (!(off <= largest))
			largest = off;
	}
	return largest;
}

static uint32_t find_softmax(const struct nn_model *model)
{
	uint32_t softmax = model->operator_count;

	for (uint32_t i = 0; i < model->operator_count; i++)
		if (model->operators[i].code == NN_OPERATOR_SOFTMAX)
			softmax = i;
	return softmax;
}

static double logit_tolerance(const struct golden *golden, const struct nn_tensor *logits)
{
	if (logits->type != NN_TYPE_F32)
		return 0;
	return golden->strays ? 2 : 20 * (double)golden->tolerance;
}

/* How far the output is off; logits are judged here. */
static double run_sample(const struct bench *bench, const struct golden *golden, const struct array *out,
			 const struct array *logits, uint64_t sample)
{
	const struct nn_model *model = &bench->file.model;
	uint32_t softmax = find_softmax(model);

	nn_run_some(&bench->run, 0, softmax);
	if (logits && softmax < model->operator_count) {
		const struct nn_tensor *last = nn_model_operand(model, &model->operators[softmax], 0);
		double off = distance(bench, last, logits, sample);

		if (!(off <= logit_tolerance(golden, last)))
			fail_msg("a logit of sample %u is %.9g off", (unsigned)sample, off);
	}
	nn_run_some(&bench->run, softmax, model->operator_count);
	return distance(bench, nn_model_output(model), out, sample);
}

static void run_samples(const struct bench *bench, const struct golden *golden, const struct npy *input,
			const struct array *out, const struct array *logits)
{
	const struct nn_tensor *output = nn_model_output(&bench->file.model);
	double tolerance = output->type == NN_TYPE_F32 ? (double)golden->tolerance : 0;
	uint64_t n = out->npy.items / nn_tensor_elements(output);
	unsigned strays = 0;

	assert_int_equal(input->items, n * nn_tensor_elements(nn_model_input(&bench->file.model)));
	for (uint64_t sample = 0; sample < n; sample++) {
		double off;

		fill(bench, input, sample);
		off = run_sample(bench, golden, out, logits, sample);
		strays += off > tolerance;
		if (!(off <= (golden->strays ? STRAY : tolerance)))
			fail_msg("an output of sample %u is %.9g off", (unsigned)sample, off);
	}
	if (strays > golden->strays)
		fail_msg("%u of %u samples are off", strays, (unsigned)n);
}

static void test_golden(void **state)
{
	const struct golden *golden = *state;
	struct bench bench;
	struct array input, out, logits;
	bool has_logits;

	if (!read_array("", golden->input, ".npy", &input))
		skip();
	if (!read_array("golden/", golden->prefix, ".out.npy", &out) || !start_bench(golden->model, &bench)) {
		free(input.bytes);
		skip();
	}
	has_logits = read_array("golden/", golden->prefix, ".logits.npy", &logits);
	run_samples(&bench, golden, &input.npy, &out, has_logits ? &logits : NULL);
	if (has_logits)
		free(logits.bytes);
	free(out.bytes);
	free(input.bytes);
	stop_bench(&bench);
}

/* --- the table ------------------------------------------------------------------------------------------------- */

static const struct golden goldens[] = {
	{"seed3/network_MNIST/network", MNIST, "network_MNIST__network", 1e-5f, 0},
	{"seed3/network_MNIST/network", MNIST_IMAGES, "network_MNIST__network.real", 1e-5f, 0},
	{"seed3/network_CIFAR10/network", CIFAR, "network_CIFAR10__network", 1e-5f, 0},
	{"seed3/network_CIFAR10/network", CIFAR_IMAGES, "network_CIFAR10__network.real", 1e-5f, 0},
	{CIFAR100 "network_without_optim", CIFAR, "network_CIFAR100__network_without_optim", 1e-5f, 0},
	{CIFAR100 "network_without_optim", CIFAR_IMAGES, "network_CIFAR100__network_without_optim.real", 1e-5f, 0},
	{CIFAR100 "clustered_model/clustered_network_without_optim", CIFAR,
	 "network_CIFAR100__clustered_model__clustered_network_without_optim", 1e-5f, 0},
	{CIFAR100 "clustered_model/clustered_network_without_optim", CIFAR_IMAGES,
	 "network_CIFAR100__clustered_model__clustered_network_without_optim.real", 1e-5f, 0},
	{CIFAR100 "pruning_model/pruning_network_without_optim", CIFAR,
	 "network_CIFAR100__pruning_model__pruning_network_without_optim", 1e-5f, 0},
	{CIFAR100 "pruning_model/pruning_network_without_optim", CIFAR_IMAGES,
	 "network_CIFAR100__pruning_model__pruning_network_without_optim.real", 1e-5f, 0},
	{PTQ "network_float16", CIFAR, "network_CIFAR100__post_training_quantization__network_float16", 1e-5f, 0},
	{PTQ "network_float16", CIFAR_IMAGES, "network_CIFAR100__post_training_quantization__network_float16.real",
	 1e-5f, 0},
	{"seed3/network_MNIST/network_with_quant", MNIST, "network_MNIST__network_with_quant", 1e-5f, 0},
	{"seed3/network_MNIST/network_with_quant", MNIST_IMAGES, "network_MNIST__network_with_quant.real", 1e-5f, 0},
	{"seed3/network_CIFAR10/network_with_quant", CIFAR, "network_CIFAR10__network_with_quant", 1e-5f, 0},
	{"seed3/network_CIFAR10/network_with_quant", CIFAR_IMAGES, "network_CIFAR10__network_with_quant.real", 1e-5f,
	 0},
	{PTQ "network_BUILTINS", CIFAR, "network_CIFAR100__post_training_quantization__network_BUILTINS", 1e-5f, 0},
	{PTQ "network_BUILTINS", CIFAR_IMAGES, "network_CIFAR100__post_training_quantization__network_BUILTINS.real",
	 1e-5f, 0},
	{PTQ "network_DRQ", CIFAR, "network_CIFAR100__post_training_quantization__network_DRQ", 1e-5f, 2},
	{PTQ "network_DRQ", CIFAR_IMAGES, "network_CIFAR100__post_training_quantization__network_DRQ.real", 1e-5f, 2},
	{PTQ "network_FIQ", CIFAR, "network_CIFAR100__post_training_quantization__network_FIQ", 1e-5f, 0},
	{PTQ "network_FIQ", CIFAR_IMAGES, "network_CIFAR100__post_training_quantization__network_FIQ.real", 1e-5f, 0},
	{PTQ "network_FIQ_int_only", CIFAR, "network_CIFAR100__post_training_quantization__network_FIQ_int_only", 1e-5f,
	 0},
	{PTQ "network_FIQ_int_only", CIFAR_IMAGES,
	 "network_CIFAR100__post_training_quantization__network_FIQ_int_only.real", 1e-5f, 0},
	{PTQ "network_FIQ_int_only_IIOT", CIFAR,
	 "network_CIFAR100__post_training_quantization__network_FIQ_int_only_IIOT", 1e-5f, 0},
	{PTQ "network_FIQ_int_only_IIOT", CIFAR_IMAGES,
	 "network_CIFAR100__post_training_quantization__network_FIQ_int_only_IIOT.real", 1e-5f, 0},
	{PTQ "network_INT16_INT8", CIFAR, "network_CIFAR100__post_training_quantization__network_INT16_INT8",
	 I16_SOFTMAX, 0},
	{PTQ "network_INT16_INT8", CIFAR_IMAGES,
	 "network_CIFAR100__post_training_quantization__network_INT16_INT8.real", I16_SOFTMAX, 0},
	{PTQ "network_INT16_INT8_BUILTINS", CIFAR,
	 "network_CIFAR100__post_training_quantization__network_INT16_INT8_BUILTINS", I16_SOFTMAX, 0},
	{PTQ "network_INT16_INT8_BUILTINS", CIFAR_IMAGES,
	 "network_CIFAR100__post_training_quantization__network_INT16_INT8_BUILTINS.real", I16_SOFTMAX, 0},
	{CIFAR100 "clustered_model/clustered_network_FIQ_int_only_IIOT", CIFAR,
	 "network_CIFAR100__clustered_model__clustered_network_FIQ_int_only_IIOT", 1e-5f, 0},
	{CIFAR100 "clustered_model/clustered_network_FIQ_int_only_IIOT", CIFAR_IMAGES,
	 "network_CIFAR100__clustered_model__clustered_network_FIQ_int_only_IIOT.real", 1e-5f, 0},
	{CIFAR100 "pruning_model/pruning_network_FIQ_int_only_IIOT", CIFAR,
	 "network_CIFAR100__pruning_model__pruning_network_FIQ_int_only_IIOT", 1e-5f, 0},
	{CIFAR100 "pruning_model/pruning_network_FIQ_int_only_IIOT", CIFAR_IMAGES,
	 "network_CIFAR100__pruning_model__pruning_network_FIQ_int_only_IIOT.real", 1e-5f, 0},
	{"tflm/person_detect", "golden/person_no_person_i8_raw", "tflm__person_detect", 1e-5f, 0},
	{"tflm/person_detect", "golden/synth_96x96x1_u8", "tflm__person_detect.synth", 1e-5f, 0},
};

enum { GOLDENS = sizeof(goldens) / sizeof(goldens[0]) };

int main(void)
{
	struct CMUnitTest tests[GOLDENS];

	for (unsigned i = 0; i < GOLDENS; i++)
		tests[i] = (struct CMUnitTest){
			.name = goldens[i].prefix,
			.test_func = test_golden,
			.initial_state = (void *)(uintptr_t)&goldens[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
