/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-xnnpack.c - the rounding mode `single` against XNNPACK, operator by operator, on random shapes, scales and
 * numbers: not a byte differs, but where XNNPACK requantises in float and its sum lies on a half (float-rounding.h).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/float-rounding.h"
#include "tests/unit/lower-fixture.h"
#include "tests/unit/xnnpack.h"

enum { ROUNDS = 400 };

/* --- random networks of one node --------------------------------------------------------------------------------- */

static int32_t number(uint64_t *state, int32_t low, int32_t high)
{
	int32_t n = low + (int32_t)((fixture_random(state) + 1) / 2 * (float)(high - low + 1));

	return n > high ? high : n;
}

static uint32_t size(uint64_t *state, int32_t low, int32_t high)
{
	return (uint32_t)number(state, low, high);
}

static float scale(uint64_t *state, float low, float high)
{
	return low * powf(high / low, (fixture_random(state) + 1) / 2);
}

/* Not so near to the end of the range that an activation leaves nothing: XNNPACK refuses that. */
static int32_t zero_point(uint64_t *state)
{
	return number(state, -128, 100);
}

static enum nn_activation activation(uint64_t *state)
{
	return number(state, 0, 2) ? NN_ACTIVATION_NONE : NN_ACTIVATION_RELU;
}

static uint16_t add_bytes(struct graph *graph, float of_scale, int32_t zero, unsigned dims, const uint32_t *shape,
			  uint64_t *state)
{
	static int8_t bytes[VALUES * 16];
	size_t n = 1;

	for (unsigned d = 0; d < dims; d++)
		n *= shape[d];
	assert_true(n <= sizeof(bytes));
	for (size_t i = 0; i < n; i++)
		bytes[i] = (int8_t)number(state, -128, 127);
	return lower_add(graph, NN_TYPE_I8, of_scale, zero, dims, shape, bytes);
}

static uint16_t add_bias(struct graph *graph, uint32_t n, uint64_t *state)
{
	int32_t bias[64];

	assert_true(n <= 64);
	for (uint32_t i = 0; i < n; i++)
		bias[i] = number(state, -20000, 20000);
	return lower_add(graph, NN_TYPE_I32, 0, 0, 1, &n, bias);
}

static void spread_scales(struct graph_tensor *weights, uint32_t channels, uint64_t *state)
{
	float middle = weights->scales[0];

	free(weights->scales);
	free(weights->zero_points);
	weights->scales = calloc(channels, sizeof(*weights->scales));
	weights->zero_points = calloc(channels, sizeof(*weights->zero_points));
	weights->scale_count = channels;
	weights->quantised_dim = (uint8_t)(weights->dims - 1);
	for (uint32_t i = 0; i < channels; i++)
		weights->scales[i] = middle * scale(state, 0.5f, 2);
}

/* The scales of a layer with so many products a sum, so that most outputs lie inside the range. */
struct layer_scales {
	float in, weights, out;
};

static struct layer_scales layer_scales(uint32_t products, uint64_t *state)
{
	struct layer_scales s = {.in = scale(state, 0.001f, 1), .weights = scale(state, 0.0005f, 0.1f)};

	s.out = s.in * s.weights * sqrtf((float)products) * 4900 / scale(state, 30, 300);
	return s;
}

static struct lower_network *make_window(uint64_t *state, bool depthwise, bool per_channel)
{
	uint32_t kernel[] = {size(state, 1, 4), size(state, 1, 4)}, image[] = {size(state, 7, 10), size(state, 7, 10)};
	uint32_t inputs = size(state, 1, 9), multiplier = size(state, 1, 2), out[2];
	uint32_t channels = depthwise ? inputs * multiplier : size(state, 1, 20);
	struct layer_scales s = layer_scales(kernel[0] * kernel[1] * (depthwise ? 1 : inputs), state);
	struct lower_network *net =
		lower_start(NN_TYPE_I8, s.in, zero_point(state), 4, SHAPE(1, image[0], image[1], inputs));
	struct graph_node node = {.code = depthwise ? NN_OPERATOR_DEPTHWISE_CONV_2D : NN_OPERATOR_CONV_2D,
				  .inputs = 3,
				  .activation = activation(state)};
	int32_t *p = node.parameters;

	for (unsigned d = 0; d < 2; d++) {
		int32_t reach;

		p[NN_PARAMETER_STRIDE_H + d] = number(state, 1, 3);
		p[NN_PARAMETER_DILATION_H + d] = number(state, 1, 2);
		reach = ((int32_t)kernel[d] - 1) * p[NN_PARAMETER_DILATION_H + d];
		p[NN_PARAMETER_PAD_TOP + d] = number(state, 0, reach);
		p[NN_PARAMETER_PAD_BOTTOM + d] = number(state, 0, reach);
		out[d] = (uint32_t)((int32_t)image[d] + p[NN_PARAMETER_PAD_TOP + d] + p[NN_PARAMETER_PAD_BOTTOM + d] -
				    reach - 1) /
				 (uint32_t)p[NN_PARAMETER_STRIDE_H + d] +
			 1;
	}
	node.input[1] = add_bytes(net->graph, s.weights, 0, 4,
				  depthwise ? SHAPE(kernel[0], kernel[1], inputs, multiplier)
					    : SHAPE(kernel[0], kernel[1], inputs, channels),
				  state);
	node.input[2] = add_bias(net->graph, channels, state);
	if (per_channel)
		spread_scales(&net->graph->tensors[node.input[1]], channels, state);
	lower_finish(net, node, NN_TYPE_I8, s.out, zero_point(state), 4, SHAPE(1, out[0], out[1], channels));
	return net;
}

static struct lower_network *make_conv(uint64_t *state)
{
	return make_window(state, false, number(state, 0, 1));
}

static struct lower_network *make_depthwise(uint64_t *state)
{
	return make_window(state, true, number(state, 0, 1));
}

static struct lower_network *make_dense(uint64_t *state)
{
	uint32_t inputs = size(state, 1, 300), outputs = size(state, 1, 40);
	struct layer_scales s = layer_scales(inputs, state);
	struct lower_network *net = lower_start(NN_TYPE_I8, s.in, zero_point(state), 2, SHAPE(1, inputs));
	struct graph_node node = {.code = NN_OPERATOR_DENSE, .inputs = 3, .activation = activation(state)};

	node.input[1] = add_bytes(net->graph, s.weights, 0, 2, SHAPE(inputs, outputs), state);
	node.input[2] = add_bias(net->graph, outputs, state);
	if (number(state, 0, 1))
		spread_scales(&net->graph->tensors[node.input[1]], outputs, state);
	lower_finish(net, node, NN_TYPE_I8, s.out, zero_point(state), 2, SHAPE(1, outputs));
	return net;
}

static struct lower_network *make_max_pool(uint64_t *state)
{
	uint32_t side = size(state, 6, 9), channels = size(state, 1, 20);
	int32_t kernel = number(state, 2, 3), stride = number(state, 1, 2), pad = number(state, 0, 1);
	uint32_t out = (side + (uint32_t)(2 * pad - kernel)) / (uint32_t)stride + 1;
	struct lower_network *net = lower_start(NN_TYPE_I8, 0.1f, 5, 4, SHAPE(1, side, side, channels));
	struct graph_node node = {
		.code = NN_OPERATOR_MAX_POOL_2D,
		.activation = activation(state),
		.parameters = {stride, stride, 1, 1, pad, pad, pad, pad, kernel, kernel},
	};

	lower_finish(net, node, NN_TYPE_I8, 0.1f, 5, 4, SHAPE(1, out, out, channels));
	return net;
}

static struct lower_network *make_mean(uint64_t *state)
{
	uint32_t h = size(state, 1, 12), w = size(state, 1, 12), channels = size(state, 1, 28);
	float in = scale(state, 0.001f, 1);
	struct lower_network *net = lower_start(NN_TYPE_I8, in, zero_point(state), 4, SHAPE(1, h, w, channels));
	struct graph_node node = {.code = NN_OPERATOR_MEAN, .parameters = {6}};

	lower_finish(net, node, NN_TYPE_I8, in * scale(state, 0.02f, 10), zero_point(state), 2, SHAPE(1, channels));
	return net;
}

/* The second operand is a constant: as many numbers, or one for each channel. */
static struct lower_network *make_pair(uint64_t *state, enum nn_operator_code code, float a, float b, float out)
{
	uint32_t channels = size(state, 1, 40);
	struct lower_network *net = lower_start(NN_TYPE_I8, a, zero_point(state), 4, SHAPE(1, 5, 5, channels));
	struct graph_node node = {.code = code, .inputs = 2, .activation = activation(state)};

	if (number(state, 0, 1))
		node.input[1] = add_bytes(net->graph, b, zero_point(state), 4, SHAPE(1, 5, 5, channels), state);
	else
		node.input[1] = add_bytes(net->graph, b, zero_point(state), 1, SHAPE(channels), state);
	lower_finish(net, node, NN_TYPE_I8, out, zero_point(state), 4, SHAPE(1, 5, 5, channels));
	return net;
}

static struct lower_network *make_sum(uint64_t *state)
{
	float a = scale(state, 0.01f, 1), b = a * scale(state, 0.02f, 50);

	return make_pair(state, number(state, 0, 1) ? NN_OPERATOR_ADD : NN_OPERATOR_SUBTRACT, a, b,
			 fmaxf(a, b) * scale(state, 0.3f, 3));
}

static struct lower_network *make_product(uint64_t *state)
{
	float a = scale(state, 0.01f, 1), b = scale(state, 0.001f, 1);

	return make_pair(state, NN_OPERATOR_MULTIPLY, a, b, a * b * scale(state, 10, 1000));
}

static struct lower_network *make_function(uint64_t *state)
{
	struct lower_network *net =
		lower_start(NN_TYPE_I8, scale(state, 0.001f, 1), number(state, -128, 127), 2, SHAPE(1, 1024));
	bool sigmoid = number(state, 0, 1);
	struct graph_node node = {.code = sigmoid ? NN_OPERATOR_SIGMOID : NN_OPERATOR_TANH};

	lower_finish(net, node, NN_TYPE_I8, sigmoid ? 0x1p-8f : 0x1p-7f, sigmoid ? -128 : 0, 2, SHAPE(1, 1024));
	return net;
}

static struct lower_network *make_dequantisation(uint64_t *state)
{
	struct lower_network *net =
		lower_start(NN_TYPE_I8, scale(state, 0.001f, 1), number(state, -128, 127), 2, SHAPE(1, 512));

	lower_finish(net, (struct graph_node){.code = NN_OPERATOR_DEQUANTIZE}, NN_TYPE_F32, 0, 0, 2, SHAPE(1, 512));
	return net;
}

/* --- the comparison ---------------------------------------------------------------------------------------------- */

static void expect_same(struct lower_network *net, uint64_t *state)
{
	uint8_t *wanted = calloc(VALUES * 4 + 64, 1);
	const void *in[GRAPH_INPUTS_MAX] = {net->input};
	const struct nn_tensor *output;
	const uint8_t *ours;

	assert_non_null(wanted);
	lower_work(net, NN_ROUNDING_SINGLE, state);
	output = nn_model_output(&net->model);
	ours = nn_run_tensor(&net->run, output);
	assert_true(xnnpack_run(net->graph, &net->graph->nodes[0], in, wanted));
	for (uint32_t i = 0; i < output->bytes; i++)
		if (ours[i] != wanted[i])
			assert_int_equal(float_rounding(net->graph, &net->graph->nodes[0], in, i), (int8_t)wanted[i]);
	free(wanted);
	lower_release(net);
}

static void is_the_same(void **state)
{
	struct lower_network *(*const *make)(uint64_t *) = *state;
	uint64_t seed = 7;

	for (int i = 0; i < ROUNDS; i++)
		expect_same((*make)(&seed), &seed);
}

/*
 * Halves, where the two ways of XNNPACK part: this very operator shows which one this machine has, and both are right:
 * integer arithmetic rounds up as ours does, float to even.
 */
static void halves_are_rounded_up(void **unused)
{
	uint64_t state = 7;
	int8_t identity = 1, wanted[256 + 64];
	int32_t zero = 0;
	struct lower_network *net = lower_start(NN_TYPE_I8, 1, 0, 4, SHAPE(1, 16, 16, 1));
	struct graph_node node = {.code = NN_OPERATOR_CONV_2D, .inputs = 3, .parameters = {1, 1, 1, 1}};
	const void *in[GRAPH_INPUTS_MAX] = {net->input};
	const int8_t *ours, *x = (const int8_t *)net->input;

	(void)unused;
	node.input[1] = lower_add(net->graph, NN_TYPE_I8, 1, 0, 4, SHAPE(1, 1, 1, 1), &identity);
	node.input[2] = lower_add(net->graph, NN_TYPE_I32, 0, 0, 1, SHAPE(1), &zero);
	lower_finish(net, node, NN_TYPE_I8, 2, 0, 4, SHAPE(1, 16, 16, 1));
	lower_work(net, NN_ROUNDING_SINGLE, &state);
	ours = nn_run_tensor(&net->run, nn_model_output(&net->model));
	assert_true(xnnpack_run(net->graph, &net->graph->nodes[0], in, wanted));
	for (int i = 0; i < 256; i++) {
		assert_int_equal(ours[i], (x[i] + 1) >> 1);
		assert_true(wanted[i] == ours[i] || wanted[i] == (int)rintf((float)x[i] / 2));
	}
	lower_release(net);
}

/*
 * From float, ours is TensorFlow Lite's: x / scale, halves away from zero. XNNPACK multiplies by the scale's reciprocal,
 * halves to even: one step off, and only at a half.
 */
static void quantisation_is_the_same_but_for_halves(void **unused)
{
	uint64_t state = 7;
	unsigned differing = 0;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		float of_scale = scale(&state, 0.001f, 0.1f);
		struct lower_network *net = lower_start(NN_TYPE_F32, 0, 0, 2, SHAPE(1, 1024));
		const void *in[GRAPH_INPUTS_MAX] = {net->input};
		int8_t wanted[1024 + 64], *ours;

		lower_finish(net, (struct graph_node){.code = NN_OPERATOR_QUANTIZE}, NN_TYPE_I8, of_scale,
			     number(&state, -128, 127), 2, SHAPE(1, 1024));
		lower_work(net, NN_ROUNDING_SINGLE, &state);
		ours = nn_run_tensor(&net->run, nn_model_output(&net->model));
		assert_true(xnnpack_run(net->graph, &net->graph->nodes[0], in, wanted));
		for (int k = 0; k < 1024; k++) {
			double half = fabs(net->in[k] / (double)of_scale);

			differing += ours[k] != wanted[k];
			if (ours[k] != wanted[k])
				assert_true(fabs(half - floor(half) - 0.5) < 1e-4);
		}
		lower_release(net);
	}
	assert_in_range(differing, 0, 10);
}

#define SAME(name)                                                                                                     \
	{                                                                                                              \
#name "_is_the_same", is_the_same, NULL, NULL, &make_##name##_pointer                                  \
	}
#define POINTER(name) static struct lower_network *(*make_##name##_pointer)(uint64_t *) = make_##name

POINTER(conv);
POINTER(depthwise);
POINTER(dense);
POINTER(max_pool);
POINTER(mean);
POINTER(sum);
POINTER(product);
POINTER(function);
POINTER(dequantisation);

int main(void)
{
	const struct CMUnitTest tests[] = {
		SAME(conv),
		SAME(depthwise),
		SAME(dense),
		SAME(max_pool),
		SAME(mean),
		SAME(sum),
		SAME(product),
		SAME(function),
		SAME(dequantisation),
		cmocka_unit_test(halves_are_rounded_up),
		cmocka_unit_test(quantisation_is_the_same_but_for_halves),
	};

	return cmocka_run_group_tests_name("xnnpack", tests, NULL, NULL);
}
