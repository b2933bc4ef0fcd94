/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-mobilenet.c - MobileNet v1 0.25, uint8 with a scale a tensor, through a .tflite file and the runtime, against
 * the arithmetic of TensorFlow Lite's uint8 kernels written down once more: on bytes as they are, nothing made signed,
 * nothing lowered. Every layer of convolution, byte for byte.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/export/pnn.h"
#include "nn/export/tflite.h"
#include "nn/graph/edit.h"
#include "nn/import/tflite.h"
#include "nn/runtime/run.h"
#include "tests/unit/nn-fixture.h"
#include "tests/unit/tflite-models.h"

enum { SIDE = 96, CLASSES = 1001 };

/* --- the reference ------------------------------------------------------------------------------------------------- */

struct reference {
	const struct graph *graph;
	uint8_t *values[NN_TENSORS_MAX]; /* of each tensor; not of constants */
	bool single;
};

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t nearest_away(int64_t a, int64_t b)
{
	return a < 0 ? -((-a + b / 2) / b) : (a + b / 2) / b;
}

static int64_t rescale(const struct reference *ref, int64_t sum, double factor)
{
	int exponent;
	double fraction = frexp(factor, &exponent);
	int64_t q = llround(fraction * 0x1p31);

	assert_true(exponent <= 0);
	if (ref->single)
		return floor_divide(sum * q + (INT64_C(1) << (30 - exponent)), INT64_C(1) << (31 - exponent));
	return nearest_away(floor_divide(sum * q + (1 << 30), INT64_C(1) << 31), INT64_C(1) << -exponent);
}

static const uint8_t *bytes_of(const struct reference *ref, uint16_t tensor)
{
	return ref->values[tensor] ? ref->values[tensor] : ref->graph->tensors[tensor].data;
}

static int64_t window_sum(const struct reference *ref, const struct graph_node *node, uint32_t row, uint32_t column,
			  uint32_t channel)
{
	const struct graph_tensor *in = &ref->graph->tensors[node->input[0]], *w = &ref->graph->tensors[node->input[1]];
	const uint8_t *x = bytes_of(ref, node->input[0]), *weights = w->data;
	bool depthwise = node->code == NN_OPERATOR_DEPTHWISE_CONV_2D;
	uint32_t inputs = in->shape[3], outputs = ref->graph->tensors[node->output].shape[3];
	int64_t sum = 0;

	for (uint32_t tap = 0; tap < w->shape[0] * w->shape[1]; tap++) {
		int64_t y = (int64_t)row * node->parameters[NN_PARAMETER_STRIDE_H] + tap / w->shape[1] -
			    node->parameters[NN_PARAMETER_PAD_TOP];
		int64_t z = (int64_t)column * node->parameters[NN_PARAMETER_STRIDE_W] + tap % w->shape[1] -
			    node->parameters[NN_PARAMETER_PAD_LEFT];

		if (y < 0 || z < 0 || y >= in->shape[1] || z >= in->shape[2])
			continue;
		for (uint32_t c = depthwise ? channel : 0; c < (depthwise ? channel + 1 : inputs); c++)
			sum += (x[(y * in->shape[2] + z) * inputs + c] - in->zero_points[0]) *
			       (weights[(tap * (depthwise ? 1 : inputs) + (depthwise ? 0 : c)) * outputs + channel] -
				w->zero_points[0]);
	}
	return sum;
}

static void convolve(struct reference *ref, const struct graph_node *node)
{
	const struct graph_tensor *in = &ref->graph->tensors[node->input[0]], *w = &ref->graph->tensors[node->input[1]];
	const struct graph_tensor *out = &ref->graph->tensors[node->output];
	const int32_t *bias = ref->graph->tensors[node->input[2]].data;
	float product = in->scales[0] * w->scales[0];
	double factor = ref->single ? (double)(product / out->scales[0]) : (double)product / (double)out->scales[0];
	int64_t top = out->zero_points[0] + llround(6 / (double)out->scales[0]);

	for (size_t i = 0; i < graph_elements(out); i++) {
		uint32_t channel = (uint32_t)i % out->shape[3], place = (uint32_t)i / out->shape[3];
		int64_t sum = window_sum(ref, node, place / out->shape[2], place % out->shape[2], channel);
		int64_t y = rescale(ref, sum + bias[channel], factor) + out->zero_points[0];

		y = y < out->zero_points[0] ? out->zero_points[0] : y > top ? top : y;
		ref->values[node->output][i] = (uint8_t)(y < 0 ? 0 : y > 255 ? 255 : y);
	}
}

static void average(struct reference *ref, const struct graph_node *node)
{
	const struct graph_tensor *in = &ref->graph->tensors[node->input[0]];
	uint32_t channels = in->shape[3], n = in->shape[1] * in->shape[2];

	for (uint32_t c = 0; c < channels; c++) {
		uint32_t sum = 0;

		for (uint32_t i = 0; i < n; i++)
			sum += ref->values[node->input[0]][i * channels + c];
		ref->values[node->output][c] = (uint8_t)((sum + n / 2) / n);
	}
}

/* All but the softmax. */
static void run_reference(struct reference *ref, const uint8_t *input)
{
	const struct graph *graph = ref->graph;

	for (uint16_t t = 0; t < graph->tensor_count; t++)
		if (!graph->tensors[t].data)
			ref->values[t] = calloc(graph_elements(&graph->tensors[t]), 1);
	memcpy(ref->values[graph->input], input, graph_elements(&graph->tensors[graph->input]));
	for (uint16_t n = 0; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];

		if (node->code == NN_OPERATOR_CONV_2D || node->code == NN_OPERATOR_DEPTHWISE_CONV_2D)
			convolve(ref, node);
		else if (node->code == NN_OPERATOR_AVERAGE_POOL_2D)
			average(ref, node);
		else if (node->code == NN_OPERATOR_RESHAPE)
			memcpy(ref->values[node->output], ref->values[node->input[0]], CLASSES);
	}
}

static void clear(struct reference *ref)
{
	for (unsigned t = 0; t < NN_TENSORS_MAX; t++)
		free(ref->values[t]);
}

/* --- the runtime --------------------------------------------------------------------------------------------------- */

static struct graph *through_a_file(const struct graph *graph)
{
	struct graph *read = graph_new();
	char reason[GRAPH_REASON];
	void *bytes = NULL;
	size_t size = 0;

	assert_non_null(read);
	if (tflite_write(graph, &bytes, &size, reason) < 0 || tflite_import(bytes, size, read, reason) < 0)
		fail_msg("%s", reason);
	free(bytes);
	return read;
}

/* Numbers become signed on the way in; what a layer makes is 128 less than the reference's. */
static void expect_layer(const struct nn_run *run, const struct nn_operator *op, const uint8_t *wanted)
{
	const struct nn_tensor *out = nn_model_operand(run->model, op, op->inputs);
	const uint8_t *ours = nn_run_tensor(run, out);
	uint8_t sign = out->type == NN_TYPE_I8 ? 0x80 : 0;

	for (uint32_t i = 0; i < out->bytes; i++)
		if ((ours[i] ^ sign) != wanted[i])
			fail_msg("number %u of an output is %d, wanted %d", i, ours[i] ^ sign, wanted[i]);
}

static void expect_softmax(const uint8_t *ours, const uint8_t *logits, float scale)
{
	double sum = 0;
	uint8_t largest = 0;

	for (unsigned i = 0; i < CLASSES; i++)
		largest = logits[i] > largest ? logits[i] : largest;
	for (unsigned i = 0; i < CLASSES; i++)
		sum += exp((logits[i] - largest) * (double)scale);
	for (unsigned i = 0; i < CLASSES; i++)
		assert_true(fabs(ours[i] - 256 * exp((logits[i] - largest) * (double)scale) / sum) <= 1);
}

static void compare(enum nn_rounding rounding)
{
	struct graph *made = tflite_mobilenet(SIDE, 1), *graph = through_a_file(made);
	struct reference ref = {.graph = made, .single = rounding == NN_ROUNDING_SINGLE};
	uint8_t *input = malloc(SIDE * SIDE * 3);
	unsigned compared = 0, before = made->node_count;
	uint64_t state = 3;
	char reason[GRAPH_REASON];
	struct nn_model model;
	struct nn_run run;
	void *bytes, *memory;
	size_t size = 0, room;

	for (unsigned i = 0; i < SIDE * SIDE * 3; i++)
		input[i] = (uint8_t)((fixture_random(&state) + 1) * 127);
	run_reference(&ref, input);
	if (graph_lower(graph, rounding, reason) < 0 || pnn_write(graph, &bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	assert_int_equal(nn_model_parse(bytes, size, &model), 0);
	room = (model.main->arena_bytes / NN_FORMAT_ALIGN + 1) * NN_FORMAT_ALIGN;
	memory = aligned_alloc(NN_FORMAT_ALIGN, room);
	assert_int_equal(nn_run_start(&run, &model, memory, room), 0);
	memcpy(nn_run_tensor(&run, nn_model_input(&model)), input, SIDE * SIDE * 3);
	for (uint32_t n = 0; n < model.operator_count; n++) {
		nn_run_some(&run, n, n + 1);
		if (model.operators[n].code == NN_OPERATOR_QUANTIZE || model.operators[n].code == NN_OPERATOR_SOFTMAX)
			continue;
		expect_layer(&run, &model.operators[n], ref.values[made->nodes[compared++].output]);
	}
	assert_int_equal(compared, before - 1);
	expect_softmax(nn_run_tensor(&run, nn_model_output(&model)), ref.values[made->nodes[before - 2].output],
		       made->tensors[made->nodes[before - 2].output].scales[0]);
	clear(&ref);
	free(input);
	free(memory);
	free(bytes);
	graph_free(graph);
	graph_free(made);
}

static void with_one_rounding(void **state)
{
	(void)state;
	compare(NN_ROUNDING_SINGLE);
}

static void with_two_roundings(void **state)
{
	(void)state;
	compare(NN_ROUNDING_DOUBLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_one_rounding),
		cmocka_unit_test(with_two_roundings),
	};

	return cmocka_run_group_tests_name("mobilenet uint8", tests, NULL, NULL);
}
