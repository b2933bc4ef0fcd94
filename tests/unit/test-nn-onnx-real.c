/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-onnx-real.c - ONNX files of PyTorch and MATLAB with known outputs, when they are there, before and after passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/graph/passes.h"
#include "nn/import/import.h"
#include "tests/unit/nn-fixture.h"
#include "tests/unit/nn-runner.h"

#define MODELS "data/models/"
#define GOLDEN MODELS "golden/"

static struct graph *import_or_skip(const char *path)
{
	const char *found = fixture_shared(path);
	char reason[GRAPH_REASON];
	struct graph *graph;

	if (!found)
		skip();
	if (import_file(found, &graph, reason) < 0)
		fail_msg("%s: %s", path, reason);
	return graph;
}

static const struct {
	const char *model, *input, *output;
	size_t inputs, outputs;
	unsigned nodes; /* after all passes */
} nets[] = {
	{MODELS "seed3/network_MNIST/network.onnx", GOLDEN "synth_mnist_f32_norm.npy",
	 GOLDEN "network_MNIST__network.onnx.out.npy", 784, 10, 4},
	{MODELS "seed3/network_CIFAR10/network.onnx", GOLDEN "synth_cifar_f32_nhwc.npy",
	 GOLDEN "network_CIFAR10__network.onnx.out.npy", 3072, 10, 13},
	{MODELS "seed0/trained_model.onnx", GOLDEN "synth_8x8x2_f32_nhwc.npy",
	 GOLDEN "seed0__trained_model.onnx.out.npy", 128, 4, 7},
	{MODELS "seed0/untrained_model.onnx", GOLDEN "synth_8x8x2_f32_nhwc.npy",
	 GOLDEN "seed0__untrained_model.onnx.out.npy", 128, 4, 7},
	{MODELS "seed0/HPOtrained_model.onnx", GOLDEN "synth_8x8x2_f32_nhwc.npy",
	 GOLDEN "seed0__HPOtrained_model.onnx.out.npy", 128, 4, 7},
	{MODELS "seed0/Pruned_model.onnx", GOLDEN "synth_8x8x2_f32_nhwc.npy", GOLDEN "seed0__Pruned_model.onnx.out.npy",
	 128, 4, 7},
};

static void known_outputs(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		struct graph *graph = import_or_skip(nets[i].model);
		void *in, *wanted;
		size_t n = runner_load_npy(nets[i].input, &in) / sizeof(float) / nets[i].inputs;
		float out[64], exact, optimised;

		assert_int_equal(runner_load_npy(nets[i].output, &wanted), n * nets[i].outputs * sizeof(float));
		runner_run(graph, in, n, nets[i].inputs, nets[i].outputs, out);
		exact = runner_worst(out, wanted, n * nets[i].outputs);
		graph_optimise(graph);
		runner_run(graph, in, n, nets[i].inputs, nets[i].outputs, out);
		optimised = runner_worst(out, wanted, n * nets[i].outputs);
		print_message("# %s: %u nodes, largest difference %.2g, optimised %.2g\n", nets[i].model,
			      graph->node_count, (double)exact, (double)optimised);
		assert_true(exact <= 1e-5f && optimised <= 1e-5f);
		assert_int_equal(graph->node_count, nets[i].nodes);
		graph_free(graph);
		free(in);
		free(wanted);
	}
}

/* Pictures u8 [n][inputs], normalised as the nets were trained; how many get the wanted class. */
static unsigned count_right(const char *model, const char *images, const char *labels, size_t inputs)
{
	struct graph *graph = import_or_skip(model);
	void *pictures;
	size_t n = runner_load_npy(images, &pictures) / inputs;
	FILE *file = fopen(fixture_shared(labels), "r");
	unsigned right = 0;
	char line[128];

	graph_optimise(graph);
	assert_non_null(fgets(line, sizeof(line), file));
	for (size_t i = 0; i < n; i++) {
		float in[3072], out[10];

		assert_non_null(fgets(line, sizeof(line), file));
		for (size_t v = 0; v < inputs; v++)
			in[v] = ((float)((uint8_t *)pictures)[i * inputs + v] / 255 - 0.1307f) / 0.3081f;
		runner_run(graph, in, 1, inputs, 10, out);
		right += (long)runner_largest(out, 10) == strtol(strrchr(line, ',') + 1, NULL, 10);
	}
	fclose(file);
	free(pictures);
	graph_free(graph);
	return right;
}

static void digits_are_read(void **unused)
{
	(void)unused;
	assert_int_equal(count_right(MODELS "seed3/network_MNIST/network.onnx",
				     MODELS "mnist100/images_u8_100x28x28.npy", MODELS "mnist100/labels.csv", 784),
			 95);
}

static void pictures_are_known(void **unused)
{
	(void)unused;
	assert_int_equal(count_right(MODELS "seed3/network_CIFAR10/network.onnx",
				     MODELS "cifar9/images_u8_9x32x32x3.npy", MODELS "cifar9/labels.csv", 3072),
			 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_outputs),
		cmocka_unit_test(digits_are_read),
		cmocka_unit_test(pictures_are_known),
	};

	return cmocka_run_group_tests_name("nn-onnx-real", tests, NULL, NULL);
}
