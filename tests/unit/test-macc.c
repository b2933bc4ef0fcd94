/* SPDX-License-Identifier: Apache-2.0 */
/* test-macc.c - the count of work equals what ST's tool has published for the same networks, most of them in the team's library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "nn/export/pnn.h"
#include "nn/import/import.h"
#include "nn/tool/macc.h"
#include "tests/unit/nn-fixture.h"
#include "tests/unit/tflite-models.h"

#define SEED3 "data/models/seed3/"

static struct macc macc_of_graph(struct graph *graph)
{
	char reason[GRAPH_REASON];
	struct nn_model model;
	struct macc macc;
	void *bytes = NULL;
	size_t size = 0;

	if (graph_lower(graph, NN_ROUNDING_SINGLE, reason) < 0 || pnn_write(graph, &bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	assert_int_equal(nn_model_parse(bytes, size, &model), 0);
	macc = macc_of_model(&model);
	free(bytes);
	graph_free(graph);
	return macc;
}

static void is(const char *path, uint64_t network, uint64_t code)
{
	const char *shared = fixture_shared(path);
	char reason[GRAPH_REASON];
	struct graph *graph;
	struct macc macc;

	if (!shared)
		skip();
	if (import_file(shared, &graph, reason) < 0)
		fail_msg("%s: %s", path, reason);
	macc = macc_of_graph(graph);
	assert_int_equal(macc.network, network);
	assert_int_equal(macc.code, code);
}

static void mnist_float(void **state)
{
	(void)state;
	is(SEED3 "network_MNIST/network.tflite", 199760, 199760);
}

static void cifar10_float(void **state)
{
	(void)state;
	is(SEED3 "network_CIFAR10/network.tflite", 29702368, 29702368);
}

static void cifar100_float(void **state)
{
	(void)state;
	is(SEED3 "network_CIFAR100/network_without_optim.tflite", 27793512, 27793512);
}

static void cifar10_int8(void **state)
{
	(void)state;
	is(SEED3 "network_CIFAR10/network_with_quant.tflite", 29702368, 29595784);
}

static void cifar100_int8(void **state)
{
	(void)state;
	is(SEED3 "network_CIFAR100/post_training_quantization/network_FIQ_int_only_IIOT.tflite", 27793512, 27371192);
}

static void person_detect(void **state)
{
	(void)state;
	is("data/models/tflm/person_detect.tflite", 7394512, 7162968);
}

/* Google's file is in no library here, but the count does not depend on the weights. */
static void mobilenet_uint8(void **state)
{
	struct macc macc = macc_of_graph(tflite_mobilenet(128, 2));

	(void)state;
	assert_int_equal(macc.network, 49190384);
	assert_int_equal(macc.code, 49194388);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mnist_float),	   cmocka_unit_test(cifar10_float), cmocka_unit_test(cifar100_float),
		cmocka_unit_test(cifar10_int8),	   cmocka_unit_test(cifar100_int8), cmocka_unit_test(person_detect),
		cmocka_unit_test(mobilenet_uint8),
	};

	return cmocka_run_group_tests_name("macc", tests, NULL, NULL);
}
