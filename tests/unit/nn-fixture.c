/* SPDX-License-Identifier: Apache-2.0 */
/* nn-fixture.c - see nn-fixture.h. */
#include "tests/unit/nn-fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nn/export/pnn.h"

const char *fixture_shared(const char *path)
{
	static char text[1024];
	const char *shared = getenv("POSTURED_SHARED"), *source = getenv("top_srcdir");

	if (shared)
		snprintf(text, sizeof(text), "%s/%s", shared, path);
	else
		snprintf(text, sizeof(text), "%s/../shared/%s", source ? source : ".", path);
	if (access(text, R_OK) == 0)
		return text;
	print_message("# %s is not there: skipped\n", path);
	return NULL;
}

float fixture_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (float)(int32_t)(*state >> 32) / 2147483648.0f;
}

void fixture_fill(float *values, size_t n, uint64_t *state)
{
	for (size_t i = 0; i < n; i++)
		values[i] = fixture_random(state);
}

uint16_t fixture_variable(struct graph *graph, unsigned dims, const uint32_t *shape)
{
	int tensor = graph_add_tensor(graph, "variable", NN_TYPE_F32, dims, shape);

	assert_true(tensor >= 0);
	return (uint16_t)tensor;
}

uint16_t fixture_constant(struct graph *graph, unsigned dims, const uint32_t *shape, uint64_t *state)
{
	float values[4096];
	size_t n = 1;
	int tensor;

	for (unsigned i = 0; i < dims; i++)
		n *= shape[i];
	assert_true(n <= sizeof(values) / sizeof(values[0]));
	fixture_fill(values, n, state);
	tensor = graph_add_constant(graph, "constant", NN_TYPE_F32, dims, shape, values);
	assert_true(tensor >= 0);
	return (uint16_t)tensor;
}

#define SHAPE(...) ((const uint32_t[]){__VA_ARGS__})

/* Appends a node that reads `in` and up to two constants; returns its output. */
static uint16_t append(struct graph *graph, struct graph_node node, uint16_t in, unsigned dims, const uint32_t *shape)
{
	node.input[0] = in;
	node.output = fixture_variable(graph, dims, shape);
	assert_int_equal(graph_add_node(graph, &node), 0);
	return node.output;
}

struct graph *fixture_graph(void)
{
	struct graph *graph = graph_new();
	uint64_t state = 7;
	uint16_t t;

	assert_non_null(graph);
	snprintf(graph->name, sizeof(graph->name), "every operator");
	t = graph->input = fixture_variable(graph, 4, SHAPE(1, 8, 8, 2));
	t = append(graph,
		   (struct graph_node){.code = NN_OPERATOR_CONV_2D,
				       .activation = NN_ACTIVATION_RELU,
				       .inputs = 3,
				       .input = {0, fixture_constant(graph, 4, SHAPE(3, 3, 2, 5), &state),
						 fixture_constant(graph, 1, SHAPE(5), &state)},
				       .parameters = {1, 1, 1, 1, 1, 1, 1, 1}},
		   t, 4, SHAPE(1, 8, 8, 5));
	t = append(graph,
		   (struct graph_node){.code = NN_OPERATOR_DEPTHWISE_CONV_2D,
				       .inputs = 3,
				       .input = {0, fixture_constant(graph, 4, SHAPE(3, 3, 5, 2), &state),
						 fixture_constant(graph, 1, SHAPE(10), &state)},
				       .parameters = {1, 1, 2, 2, 0, 0, 0, 0}},
		   t, 4, SHAPE(1, 4, 4, 10));
	t = append(graph,
		   (struct graph_node){
			   .code = NN_OPERATOR_MAX_POOL_2D, .inputs = 1, .parameters = {1, 1, 1, 1, 0, 0, 1, 1, 2, 2}},
		   t, 4, SHAPE(1, 4, 4, 10));
	t = append(graph,
		   (struct graph_node){.code = NN_OPERATOR_AVERAGE_POOL_2D,
				       .inputs = 1,
				       .parameters = {2, 2, 1, 1, 0, 0, 0, 0, 2, 2}},
		   t, 4, SHAPE(1, 2, 2, 10));
	t = append(graph,
		   (struct graph_node){.code = NN_OPERATOR_MULTIPLY,
				       .inputs = 2,
				       .input = {0, fixture_constant(graph, 1, SHAPE(10), &state)}},
		   t, 4, SHAPE(1, 2, 2, 10));
	t = append(graph,
		   (struct graph_node){.code = NN_OPERATOR_ADD,
				       .inputs = 2,
				       .input = {0, fixture_constant(graph, 1, SHAPE(10), &state)}},
		   t, 4, SHAPE(1, 2, 2, 10));
	t = append(graph,
		   (struct graph_node){.code = NN_OPERATOR_ACTIVATION, .activation = NN_ACTIVATION_RELU6, .inputs = 1},
		   t, 4, SHAPE(1, 2, 2, 10));
	t = append(graph, (struct graph_node){.code = NN_OPERATOR_RESHAPE, .inputs = 1}, t, 2, SHAPE(1, 40));
	t = append(graph,
		   (struct graph_node){.code = NN_OPERATOR_DENSE,
				       .inputs = 3,
				       .input = {0, fixture_constant(graph, 2, SHAPE(40, 3), &state),
						 fixture_constant(graph, 1, SHAPE(3), &state)}},
		   t, 2, SHAPE(1, 3));
	graph->output = append(graph, (struct graph_node){.code = NN_OPERATOR_SOFTMAX, .inputs = 1}, t, 2, SHAPE(1, 3));
	graph->input_form = NN_INPUT_FRAME;
	graph->preprocess = (struct nn_preprocess){
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
	assert_int_equal(graph_set_labels(graph, "None,Like,Fist"), 0);
	assert_int_equal(graph_add_provenance(graph, "tool", "test"), 0);
	return graph;
}

void *fixture_model(size_t *ret_size)
{
	struct graph *graph = fixture_graph();
	char reason[GRAPH_REASON];
	void *bytes = NULL;

	if (pnn_write(graph, &bytes, ret_size, reason) < 0)
		fail_msg("%s", reason);
	graph_free(graph);
	return bytes;
}

struct frame fixture_empty_frame(void)
{
	struct frame frame = {.cols = 8, .rows = 8};

	memset(frame.status, FRAME_STATUS_NONE, sizeof(frame.status));
	return frame;
}

void fixture_zone(struct frame *frame, unsigned row, unsigned col, float distance_mm, float signal_kcps)
{
	unsigned zone = row * 8 + col;

	frame->count[zone] = 1;
	frame->status[zone] = FRAME_STATUS_VALID;
	frame->distance_q2[zone] = (int16_t)(distance_mm * 4);
	frame->signal_q11[zone] = (uint32_t)(signal_kcps * 2048);
}
