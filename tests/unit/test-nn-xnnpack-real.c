/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-xnnpack-real.c - whole networks in the rounding mode `single`: every operator's output, byte for byte, is what
 * XNNPACK makes of the same input, but for sums so near to a half that its float kernels can't tell (float-rounding.h).
 * Where XNNPACK has no operator (softmax, pools that average, reshapes) ours goes on.
 *
 * Models, pictures and recordings lie in the team's library; what is not there is skipped.
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
#include "nn/graph/calibrate.h"
#include "nn/graph/passes.h"
#include "nn/graph/quantise.h"
#include "nn/import/import.h"
#include "nn/runtime/run.h"
#include "nn/runtime/value.h"
#include "sensor/recording.h"
#include "tests/unit/float-rounding.h"
#include "tests/unit/nn-fixture.h"
#include "tests/unit/nn-runner.h"
#include "tests/unit/xnnpack.h"

#define MODELS	      "data/models/"
#define PERSON_DETECT MODELS "tflm/person_detect.tflite"
#define PERSONS	      MODELS "golden/person_no_person_i8_raw.npy"

struct twin {
	struct graph *graph;
	struct nn_model model;
	struct nn_run run;
	void *bytes, *memory;
	bool follow; /* go on with XNNPACK's outputs */
	size_t bytes_compared, differing;
};

/* --- one network --------------------------------------------------------------------------------------------------- */

static struct graph *import(const char *path)
{
	const char *shared = fixture_shared(path);
	struct graph *graph = NULL;
	char reason[GRAPH_REASON];

	if (shared && import_file(shared, &graph, reason) < 0)
		print_message("%s: %s\n", path, reason);
	return graph;
}

static void start(struct twin *twin, struct graph *graph)
{
	char reason[GRAPH_REASON];
	size_t size = 0, room;

	memset(twin, 0, sizeof(*twin));
	twin->graph = graph;
	if (graph_lower(graph, NN_ROUNDING_SINGLE, reason) < 0 || pnn_write(graph, &twin->bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	assert_int_equal(nn_model_parse(twin->bytes, size, &twin->model), 0);
	assert_int_equal(twin->model.operator_count, graph->node_count);
	room = (twin->model.main->arena_bytes / NN_FORMAT_ALIGN + 1) * NN_FORMAT_ALIGN;
	twin->memory = aligned_alloc(NN_FORMAT_ALIGN, room);
	assert_non_null(twin->memory);
	assert_int_equal(nn_run_start(&twin->run, &twin->model, twin->memory, room), 0);
}

static void stop(struct twin *twin)
{
	graph_free(twin->graph);
	free(twin->bytes);
	free(twin->memory);
}

static void *copy_of(const struct twin *twin, const struct nn_tensor *tensor)
{
	void *copy = malloc(tensor->bytes);

	assert_non_null(copy);
	memcpy(copy, nn_run_tensor(&twin->run, tensor), tensor->bytes);
	return copy;
}

/* Where a byte differs, XNNPACK's has to be what rounding in float gives. */
static void judge(struct twin *twin, uint32_t n, const void *const in[], const uint8_t *ours, const uint8_t *wanted)
{
	const struct graph_node *node = &twin->graph->nodes[n];
	size_t bytes = graph_tensor_bytes(&twin->graph->tensors[node->output]);

	twin->bytes_compared += bytes;
	for (uint32_t i = 0; i < bytes; i++)
		if (ours[i] != wanted[i]) {
			twin->differing++;
			assert_int_equal(float_rounding(twin->graph, node, in, i), (int8_t)wanted[i]);
		}
}

/* The inputs are copied first: the output may lie on them. */
static void step(struct twin *twin, uint32_t n)
{
	const struct nn_operator *op = &twin->model.operators[n];
	const struct nn_tensor *out = nn_model_operand(&twin->model, op, op->inputs);
	uint8_t *wanted = calloc(out->bytes + 64u, 1), *ours;
	void *in[GRAPH_INPUTS_MAX] = {NULL};

	assert_non_null(wanted);
	for (unsigned i = 0; i < op->inputs; i++)
		if (!(nn_model_operand(&twin->model, op, i)->flags & NN_TENSOR_CONSTANT))
			in[i] = copy_of(twin, nn_model_operand(&twin->model, op, i));
	nn_run_some(&twin->run, n, n + 1);
	ours = nn_run_tensor(&twin->run, out);
	if (xnnpack_run(twin->graph, &twin->graph->nodes[n], (const void *const *)in, wanted)) {
		judge(twin, n, (const void *const *)in, ours, wanted);
		if (twin->follow)
			memcpy(ours, wanted, out->bytes);
	}
	for (unsigned i = 0; i < op->inputs; i++)
		free(in[i]);
	free(wanted);
}

static void run_floats(struct twin *twin, const float *input)
{
	nn_value_write(&twin->run, nn_model_input(&twin->model), input);
	for (uint32_t n = 0; n < twin->model.operator_count; n++)
		step(twin, n);
}

/* Sums so near to a half that a float can't tell are rare: 1 in 1,000,000 bytes of these networks. */
static void expect_same(const struct twin *twin, const char *name)
{
	print_message("%s: %zu of %zu bytes differ\n", name, twin->differing, twin->bytes_compared);
	assert_true(twin->bytes_compared > 0);
	assert_true(twin->differing * 200000 <= twin->bytes_compared);
}

/* --- pictures -------------------------------------------------------------------------------------------------------- */

struct pictures {
	const char *model, *bytes; /* below MODELS; [n][items] as unsigned bytes */
	size_t items;
	float offset, scale; /* value = (byte / 255 - offset) / scale */
};

static void pictures_are_the_same(void **state)
{
	const struct pictures *p = *state;
	struct graph *graph = import(p->model);
	struct twin twin;
	uint8_t *bytes;
	size_t n;
	float *values;

	if (!graph || !fixture_shared(p->bytes)) {
		graph_free(graph);
		skip();
	}
	start(&twin, graph);
	n = runner_load_npy(p->bytes, (void **)&bytes) / p->items;
	values = malloc(p->items * sizeof(*values));
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < p->items; k++)
			values[k] = ((float)bytes[i * p->items + k] / 255 - p->offset) / p->scale;
		run_floats(&twin, values);
	}
	expect_same(&twin, p->model);
	free(values);
	free(bytes);
	stop(&twin);
}

static void see_persons(bool follow, const int8_t wanted[2][2])
{
	struct twin twin;
	int8_t *bytes;

	start(&twin, import(PERSON_DETECT));
	twin.follow = follow;
	runner_load_npy(PERSONS, (void **)&bytes);
	for (size_t i = 0; i < 2; i++) {
		const struct nn_tensor *input = nn_model_input(&twin.model);

		memcpy(nn_run_tensor(&twin.run, input), bytes + i * input->bytes, input->bytes);
		for (uint32_t n = 0; n < twin.model.operator_count; n++)
			step(&twin, n);
		assert_memory_equal(nn_run_tensor(&twin.run, nn_model_output(&twin.model)), wanted[i], 2);
	}
	expect_same(&twin, PERSON_DETECT);
	free(bytes);
	stop(&twin);
}

/*
 * The second picture shows every rounding: 57 after two of them, 59 after one of integers. XNNPACK's kernels for weights
 * with a scale for each channel round floats, and the one byte in which that differs on the way makes it 60.
 */
static void persons_are_the_same(void **state)
{
	static const int8_t integers[2][2] = {{-113, 113}, {59, -59}}, floats[2][2] = {{-113, 113}, {60, -60}};

	(void)state;
	if (!fixture_shared(PERSON_DETECT) || !fixture_shared(PERSONS))
		skip();
	see_persons(false, integers);
	see_persons(true, floats);
}

/* --- hands ----------------------------------------------------------------------------------------------------------- */

static const struct nn_preprocess st_preprocess = {
	.representation = NN_REPRESENTATION_ST,
	.min_mm = 100,
	.max_mm = 400,
	.background_mm = 120,
	.default_mm = 4000,
	.distance_offset = 295,
	.distance_scale = 196,
	.signal_offset = 281,
	.signal_scale = 452,
};

struct hands {
	float (*inputs)[128];
	size_t n;
};

static void add_recording(struct hands *hands, const char *path)
{
	struct recording recording;
	char reason[RECORDING_REASON];
	struct nn_hand hand;

	assert_int_equal(recording_read(path, &recording, reason), 0);
	hands->inputs = realloc(hands->inputs, (hands->n + recording.n) * sizeof(*hands->inputs));
	for (size_t i = 0; i < recording.n; i++)
		assert_int_equal(nn_preprocess(&st_preprocess, &recording.frames[i], hands->inputs[hands->n++], &hand),
				 0);
	recording_clear(&recording);
}

static bool read_hands(struct hands *hands)
{
	const char *shared = fixture_shared("data/handposture");
	struct recording_list list;
	char reason[RECORDING_REASON];

	memset(hands, 0, sizeof(*hands));
	if (!shared || recording_list_open(shared, &list, reason) < 0)
		return false;
	for (size_t i = 0; i < list.n; i++)
		add_recording(hands, list.paths[i]);
	recording_list_clear(&list);
	return true;
}

static void get_hand(void *context, size_t i, float *input)
{
	const struct hands *hands = context;

	memcpy(input, hands->inputs[i * hands->n / 500], sizeof(hands->inputs[0]));
}

static void quantise(struct graph *graph, struct hands *hands)
{
	const struct calibrate_samples samples = {500, get_hand, hands};
	struct quantise_range *ranges = calloc(NN_TENSORS_MAX, sizeof(*ranges));
	char reason[GRAPH_REASON];

	graph_optimise(graph);
	if (graph_quantise_prepare(graph, reason) < 0 ||
	    graph_calibrate(graph, &(struct calibrate_options){.rule = CALIBRATE_MINMAX}, &samples, ranges, reason) <
		    0 ||
	    graph_quantise(graph, &(struct quantise_options){.mode = QUANTISE_INT8}, ranges, reason) < 0)
		fail_msg("%s", reason);
	free(ranges);
}

static void hands_are_the_same(void **state)
{
	struct graph *graph = import(MODELS "st/VL53L8CX/CNN2D_ST_HandPosture_8classes.h5");
	struct hands hands;
	struct twin twin;

	(void)state;
	if (!graph || !read_hands(&hands)) {
		graph_free(graph);
		skip();
	}
	quantise(graph, &hands);
	start(&twin, graph);
	for (size_t i = 0; i < hands.n; i++)
		run_floats(&twin, hands.inputs[i]);
	print_message("%zu frames\n", hands.n);
	expect_same(&twin, "hand postures");
	free(hands.inputs);
	stop(&twin);
}

static struct pictures mnist = {MODELS "seed3/network_MNIST/network_with_quant.tflite",
				MODELS "mnist100/images_u8_100x28x28.npy", 784, 0, 1},
		       cifar10 = {MODELS "seed3/network_CIFAR10/network_with_quant.tflite",
				  MODELS "cifar9/images_u8_9x32x32x3.npy", 3072, 0.1307f, 0.3081f},
		       cifar100 = {MODELS
				   "seed3/network_CIFAR100/post_training_quantization/network_FIQ_int_only_IIOT.tflite",
				   MODELS "cifar9/images_u8_9x32x32x3.npy", 3072, 0.1307f, 0.3081f};

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(pictures_are_the_same, &mnist),
		cmocka_unit_test_prestate(pictures_are_the_same, &cifar10),
		cmocka_unit_test_prestate(pictures_are_the_same, &cifar100),
		cmocka_unit_test(persons_are_the_same),
		cmocka_unit_test(hands_are_the_same),
	};

	return cmocka_run_group_tests_name("xnnpack, real networks", tests, NULL, NULL);
}
