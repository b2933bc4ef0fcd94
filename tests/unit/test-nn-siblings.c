/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-siblings.c - the same trained network in two formats, and before and after the passes, when they are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/graph/passes.h"
#include "nn/import/import.h"
#include "tests/unit/nn-fixture.h"
#include "tests/unit/nn-runner.h"

#define SEED3  "data/models/seed3/network_"
#define GOLDEN "data/models/golden/"

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

/* Both, optimised or not: outputs within 2e-6 of each other, and how many operators the second has. */
static void agree(const char *one, const char *other, const char *input, size_t inputs, size_t outputs, unsigned nodes)
{
	struct graph *a = import_or_skip(one), *b = import_or_skip(other);
	float from_a[80], from_b[80], optimised[80];
	void *in;
	size_t n = runner_load_npy(input, &in) / sizeof(float) / inputs;

	runner_run(a, in, n, inputs, outputs, from_a);
	runner_run(b, in, n, inputs, outputs, from_b);
	graph_optimise(b);
	runner_run(b, in, n, inputs, outputs, optimised);
	print_message("# %s: %.2g, optimised %.2g\n", other, (double)runner_worst(from_a, from_b, n * outputs),
		      (double)runner_worst(from_a, optimised, n * outputs));
	assert_true(runner_worst(from_a, from_b, n * outputs) <= 2e-6f);
	assert_true(runner_worst(from_a, optimised, n * outputs) <= 1e-5f);
	assert_int_equal(b->node_count, nodes);
	graph_free(a);
	graph_free(b);
	free(in);
}

static void digits(void **unused)
{
	(void)unused;
	agree(SEED3 "MNIST/network.h5", SEED3 "MNIST/network.tflite", GOLDEN "synth_mnist_f32_0to1.npy", 784, 10, 4);
}

static void ten_classes(void **unused)
{
	(void)unused;
	agree(SEED3 "CIFAR10/network.h5", SEED3 "CIFAR10/network.tflite", GOLDEN "synth_cifar_f32_nhwc.npy", 3072, 10,
	      13);
}

/* Of 57 operators 36 are normalisations behind a ReLU. */
static void twenty_classes(void **unused)
{
	(void)unused;
	agree(SEED3 "CIFAR100/network.h5", SEED3 "CIFAR100/network_without_optim.tflite",
	      GOLDEN "synth_cifar_f32_nhwc.npy", 3072, 20, 21);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits),
		cmocka_unit_test(ten_classes),
		cmocka_unit_test(twenty_classes),
	};

	return cmocka_run_group_tests_name("nn-siblings", tests, NULL, NULL);
}
