/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-plan.c - the memory plan: small, and never wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/export/pnn.h"
#include "nn/graph/passes.h"
#include "nn/import/import.h"
#include "nn/runtime/overlap.h"
#include "nn/runtime/run.h"
#include "tests/unit/nn-fixture.h"
#include "tests/unit/nn-runner.h"

/* --- the lead, against counting ------------------------------------------------------------------------------------ */

/* Row by row as the header says: the largest distance by which written bytes are ahead of those still needed. */
static int64_t counted_lead(int64_t in_row, int64_t out_row, int64_t rows, int64_t stride, int64_t pad)
{
	int64_t lead = 0;

	for (int64_t row = 0; row < rows; row++) {
		int64_t needed = row * stride - pad > 0 ? row * stride - pad : 0;
		int64_t ahead = (row + 1) * out_row - needed * in_row;

		lead = ahead > lead ? ahead : lead;
	}
	return lead;
}

static void lead_is_the_largest_distance(void **unused)
{
	(void)unused;
	for (int64_t in_row = 1; in_row <= 40; in_row += 13)
		for (int64_t out_row = 1; out_row <= 40; out_row += 3)
			for (int64_t rows = 1; rows <= 9; rows++)
				for (int64_t stride = 1; stride <= 4; stride++)
					for (int64_t pad = 0; pad <= 5; pad++)
						assert_int_equal(nn_overlap_lead(in_row, out_row, rows, stride, pad),
								 counted_lead(in_row, out_row, rows, stride, pad));
}

/* --- random networks ----------------------------------------------------------------------------------------------- */

enum { SIZE = 6, CHANNELS = 4, OUTPUTS = SIZE * SIZE * CHANNELS };

static uint32_t random_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((fixture_random(state) + 1) / 2 * (float)n) % n;
}

/* A node that reads one or two of the images made so far, all of one shape. */
static uint16_t add_random_node(struct graph *graph, const uint16_t *images, uint32_t n, uint64_t *state)
{
	static const uint32_t shape[4] = {1, SIZE, SIZE, CHANNELS};
	/* Mostly the last one, so that tensors die soon. */
	uint16_t x = images[random_below(state, 3) ? n - 1 : random_below(state, n)];
	struct graph_node node = {.inputs = 1, .input = {x}};

	switch (random_below(state, 5)) {
	case 0:
		node.code = NN_OPERATOR_CONV_2D;
		node.inputs = 3;
		node.input[1] = fixture_constant(graph, 4, (uint32_t[]){3, 3, CHANNELS, CHANNELS}, state);
		node.input[2] = fixture_constant(graph, 1, (uint32_t[]){CHANNELS}, state);
		memcpy(node.parameters, (int32_t[]){1, 1, 1, 1, 1, 1, 1, 1}, 8 * sizeof(int32_t));
		break;
	case 1:
		node.code = NN_OPERATOR_MAX_POOL_2D;
		memcpy(node.parameters, (int32_t[]){1, 1, 1, 1, 1, 0, 1, 2, 3, 3}, 10 * sizeof(int32_t));
		break;
	case 2:
		node.code = NN_OPERATOR_ACTIVATION;
		node.activation = NN_ACTIVATION_RELU;
		break;
	case 3:
		node.code = NN_OPERATOR_MULTIPLY;
		node.inputs = 2;
		node.input[1] = fixture_constant(graph, 1, (uint32_t[]){CHANNELS}, state);
		break;
	default:
		node.code = NN_OPERATOR_ADD;
		node.inputs = 2;
		node.input[1] = images[random_below(state, n)];
	}
	node.output = fixture_variable(graph, 4, shape);
	assert_int_equal(graph_add_node(graph, &node), 0);
	return node.output;
}

static struct graph *random_graph(uint64_t seed, uint32_t nodes)
{
	static const uint32_t shape[4] = {1, SIZE, SIZE, CHANNELS};
	struct graph *graph = graph_new();
	uint16_t images[32];

	assert_non_null(graph);
	images[0] = graph->input = fixture_variable(graph, 4, shape);
	for (uint32_t n = 1; n <= nodes; n++)
		images[n] = add_random_node(graph, images, n, &seed);
	graph->output = images[nodes];
	return graph;
}

/* Every tensor at a place of its own: what the plan must not differ from. */
static void run_apart(const struct graph *graph, const float *in, float *out)
{
	size_t bytes = 0;
	char reason[GRAPH_REASON];
	struct nn_tensor *tensors;
	struct nn_model model;
	struct nn_run run;
	void *file, *arena;
	size_t size;

	assert_int_equal(pnn_write(graph, &file, &size, reason), 0);
	assert_int_equal(nn_model_parse(file, size, &model), 0);
	tensors = (struct nn_tensor *)(uintptr_t)model.tensors;
	for (uint32_t t = 0; t < model.tensor_count; t++)
		if (!(tensors[t].flags & NN_TENSOR_CONSTANT)) {
			tensors[t].location = (uint32_t)bytes;
			bytes += (tensors[t].bytes + 15) / 16 * 16;
		}
	((struct nn_main *)(uintptr_t)model.main)->arena_bytes = (uint32_t)bytes;
	pnn_seal(file, size);
	assert_int_equal(nn_model_parse(file, size, &model), 0);
	arena = aligned_alloc(16, bytes);
	assert_int_equal(nn_run_start(&run, &model, arena, bytes), 0);
	memcpy(nn_run_tensor(&run, nn_model_input(&model)), in, OUTPUTS * sizeof(*in));
	nn_run(&run);
	memcpy(out, nn_run_tensor(&run, nn_model_output(&model)), OUTPUTS * sizeof(*out));
	free(arena);
	free(file);
}

static void a_plan_changes_no_bit(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct graph *graph = random_graph(seed, 3 + (uint32_t)(seed % 12));
		float in[OUTPUTS], planned[OUTPUTS], apart[OUTPUTS];
		uint64_t state = seed;

		fixture_fill(in, OUTPUTS, &state);
		runner_run(graph, in, 1, OUTPUTS, OUTPUTS, planned);
		run_apart(graph, in, apart);
		assert_memory_equal(planned, apart, sizeof(apart));
		graph_free(graph);
	}
}

/* --- how small ----------------------------------------------------------------------------------------------------- */

static void a_convolution_lies_over_its_input(void **unused)
{
	static const uint32_t shape[4] = {1, SIZE, SIZE, CHANNELS};
	struct graph *graph = graph_new();
	uint32_t offsets[NN_TENSORS_MAX];
	uint64_t state = 1;
	struct graph_node node = {.code = NN_OPERATOR_CONV_2D, .inputs = 3, .parameters = {1, 1, 1, 1, 1, 1, 1, 1}};

	(void)unused;
	graph->input = fixture_variable(graph, 4, shape);
	node.input[0] = graph->input;
	node.input[1] = fixture_constant(graph, 4, (uint32_t[]){3, 3, CHANNELS, CHANNELS}, &state);
	node.input[2] = fixture_constant(graph, 1, (uint32_t[]){CHANNELS}, &state);
	graph->output = node.output = fixture_variable(graph, 4, shape);
	assert_int_equal(graph_add_node(graph, &node), 0);
	/* two rows more than the image */
	assert_int_equal(graph_plan(graph, offsets), (SIZE + 2) * SIZE * CHANNELS * sizeof(float));
	graph_free(graph);
}

/* Tensors without a reader, and an input that is the output. */
static void odd_graphs_have_a_plan(void **unused)
{
	struct graph *graph = graph_new();
	uint32_t offsets[NN_TENSORS_MAX];

	(void)unused;
	graph->input = graph->output = fixture_variable(graph, 1, (uint32_t[]){5});
	fixture_variable(graph, 1, (uint32_t[]){7});
	assert_int_equal(graph_plan(graph, offsets), 32);
	graph_free(graph);
}

static void real_networks_are_small(void **unused)
{
	static const struct {
		const char *path;
		size_t bytes; /* what the vendor's tool publishes: activations, input and output */
	} nets[] = {
		{"data/models/seed3/network_MNIST/network_with_quant.tflite", 1198},
		{"data/models/seed3/network_CIFAR10/network_with_quant.tflite", 44646},
		{"data/models/seed3/network_CIFAR10/network.tflite", 151972},
		{"data/models/seed3/network_CIFAR100/post_training_quantization/network_FIQ_int_only_IIOT.tflite",
		 51118},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		const char *found = fixture_shared(nets[i].path);
		uint32_t offsets[NN_TENSORS_MAX];
		char reason[GRAPH_REASON];
		struct graph *graph;
		size_t bytes;

		if (!found)
			skip();
		if (import_file(found, &graph, reason) < 0)
			fail_msg("%s: %s", nets[i].path, reason);
		bytes = graph_plan(graph, offsets);
		print_message("# %s: %zu bytes, the vendor's tool %zu\n", nets[i].path, bytes, nets[i].bytes);
		assert_true(bytes <= nets[i].bytes);
		graph_free(graph);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lead_is_the_largest_distance),	     cmocka_unit_test(a_plan_changes_no_bit),
		cmocka_unit_test(a_convolution_lies_over_its_input), cmocka_unit_test(odd_graphs_have_a_plan),
		cmocka_unit_test(real_networks_are_small),
	};

	return cmocka_run_group_tests_name("nn-plan", tests, NULL, NULL);
}
