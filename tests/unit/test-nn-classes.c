/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-classes.c - how many pictures of known classes each trained network gets right, float and integer, in both
 * rounding modes. Networks and pictures lie in the team's library; without them the tests skip.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/export/pnn.h"
#include "nn/import/import.h"
#include "nn/runtime/run.h"
#include "nn/runtime/value.h"
#include "tests/unit/nn-fixture.h"
#include "tests/unit/nn-runner.h"

#define MODELS "data/models/"

enum { CLASSES = 10, PIXELS_MAX = 3072 };

/* Pictures of unsigned bytes; a value is (byte / 255 - offset) / scale. */
struct pictures {
	const char *bytes, *labels;
	size_t pixels;
	float offset, scale;
};

static const struct pictures digits = {MODELS "mnist100/images_u8_100x28x28.npy", MODELS "mnist100/labels.csv", 784, 0,
				       1},
			     normalised_digits = {MODELS "mnist100/images_u8_100x28x28.npy",
						  MODELS "mnist100/labels.csv", 784, 0.1307f, 0.3081f},
			     things = {MODELS "cifar9/images_u8_9x32x32x3.npy", MODELS "cifar9/labels.csv", 3072,
				       0.1307f, 0.3081f};

struct machine {
	void *bytes, *memory;
	struct nn_model model;
	struct nn_run run;
};

/* Where a format's library is missing, nothing is imported. */
static bool start(const char *path, enum nn_rounding rounding, struct machine *machine)
{
	const char *shared = fixture_shared(path);
	char reason[GRAPH_REASON];
	struct graph *graph;
	size_t size = 0, room;

	if (!shared || import_file(shared, &graph, reason) < 0)
		return false;
	if (graph_lower(graph, rounding, reason) < 0 || pnn_write(graph, &machine->bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	graph_free(graph);
	assert_int_equal(nn_model_parse(machine->bytes, size, &machine->model), 0);
	room = (nn_run_bytes(&machine->model) + NN_FORMAT_ALIGN - 1) / NN_FORMAT_ALIGN * NN_FORMAT_ALIGN;
	machine->memory = aligned_alloc(NN_FORMAT_ALIGN, room);
	assert_non_null(machine->memory);
	assert_int_equal(nn_run_start(&machine->run, &machine->model, machine->memory, room), 0);
	return true;
}

static size_t class_of(const struct machine *machine, const struct pictures *pictures, const uint8_t *picture)
{
	float in[PIXELS_MAX], out[CLASSES];

	for (size_t i = 0; i < pictures->pixels; i++)
		in[i] = ((float)picture[i] / 255 - pictures->offset) / pictures->scale;
	nn_value_write(&machine->run, nn_model_input(&machine->model), in);
	nn_run(&machine->run);
	nn_value_read(&machine->run, nn_model_output(&machine->model), out);
	return runner_largest(out, CLASSES);
}

static unsigned count_right(const char *path, enum nn_rounding rounding, const struct pictures *pictures)
{
	struct machine machine;
	unsigned right = 0;
	uint8_t *bytes;
	char line[128];
	FILE *labels;
	size_t n;

	if (!start(path, rounding, &machine))
		skip();
	n = runner_load_npy(pictures->bytes, (void **)&bytes) / pictures->pixels;
	labels = fopen(fixture_shared(pictures->labels), "r");
	assert_non_null(labels);
	assert_non_null(fgets(line, sizeof(line), labels));
	for (size_t i = 0; i < n; i++) {
		assert_non_null(fgets(line, sizeof(line), labels));
		right += class_of(&machine, pictures, bytes + i * pictures->pixels) ==
			 strtoul(strrchr(line, ',') + 1, NULL, 10);
	}
	fclose(labels);
	free(bytes);
	free(machine.memory);
	free(machine.bytes);
	return right;
}

struct network {
	const char *path;
	const struct pictures *pictures;
	unsigned right;
};

static void right_classes(void **state)
{
	const struct network *network = *state;

	assert_int_equal(count_right(network->path, NN_ROUNDING_SINGLE, network->pictures), network->right);
	assert_int_equal(count_right(network->path, NN_ROUNDING_DOUBLE, network->pictures), network->right);
}

static const struct network networks[] = {
	{MODELS "seed3/network_MNIST/network.tflite", &digits, 98},
	{MODELS "seed3/network_MNIST/network_with_quant.tflite", &digits, 98},
	{MODELS "seed3/network_MNIST/network.h5", &digits, 98},
	{MODELS "seed3/network_MNIST/network.onnx", &normalised_digits, 95},
	{MODELS "seed3/network_CIFAR10/network.tflite", &things, 9},
	{MODELS "seed3/network_CIFAR10/network_with_quant.tflite", &things, 9},
	{MODELS "seed3/network_CIFAR10/network.h5", &things, 9},
	{MODELS "seed3/network_CIFAR10/network.onnx", &things, 9},
};

enum { NETWORKS = sizeof(networks) / sizeof(networks[0]) };

int main(void)
{
	struct CMUnitTest tests[NETWORKS];

	for (unsigned i = 0; i < NETWORKS; i++)
		tests[i] = (struct CMUnitTest){
			.name = networks[i].path,
			.test_func = right_classes,
			.initial_state = (void *)(uintptr_t)&networks[i],
		};
	return cmocka_run_group_tests_name("classes", tests, NULL, NULL);
}
