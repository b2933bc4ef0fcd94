/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-drq.c - a network of dynamic range, float layers and hybrid ones, layer by layer against its arithmetic
 * written down once more in the order of TensorFlow Lite's reference kernels: products in the order of rows, columns,
 * channels, the bias last.
 *
 * That order gives the goldens to the last bit. The runtime's hybrid layers, fed with it, do so, too. Its float layers begin
 * with the bias, so their last bits differ, and that is all that differs: but where such a value lies on the edge between
 * two of the 8-bit numbers that it becomes, the layers behind make more of it (test-nn-golden counts these samples).
 */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/export/pnn.h"
#include "nn/graph/edit.h"
#include "nn/import/import.h"
#include "nn/runtime/run.h"
#include "tests/unit/nn-fixture.h"
#include "tests/unit/nn-runner.h"

#define MODEL  "data/models/seed3/network_CIFAR100/post_training_quantization/network_DRQ.tflite"
#define GOLDEN "data/models/golden/network_CIFAR100__post_training_quantization__network_DRQ"

enum { PIXELS = 3072, CLASSES = 20 };

/* --- the reference ------------------------------------------------------------------------------------------------- */

struct net {
	struct graph *graph;
	float *values[NN_TENSORS_MAX]; /* of each variable */
	float *error;		       /* of a float layer's outputs: what the order of its sum can make */
};

static const float *floats_of(const struct net *net, uint16_t tensor)
{
	const struct graph_tensor *t = &net->graph->tensors[tensor];

	return t->data ? t->data : net->values[tensor];
}

/* The input in steps, less the zero point. */
static double quantise(const struct net *net, uint16_t tensor, int32_t *steps)
{
	const float *x = floats_of(net, tensor);
	size_t n = graph_elements(&net->graph->tensors[tensor]);
	double low = 0, high = 0, scale, zero;

	for (size_t i = 0; i < n; i++) {
		low = fmin(low, (double)x[i]);
		high = fmax(high, (double)x[i]);
	}
	scale = (high - low) / 255;
	zero = 128 - low / scale < 127 + high / scale ? -128 - low / scale : 127 - high / scale;
	zero = fmin(fmax(rint(zero), -128), 127);
	for (size_t i = 0; i < n; i++)
		steps[i] = (int32_t)fminf(fmaxf(roundf((float)zero + x[i] / (float)scale), -128), 127) - (int32_t)zero;
	return scale;
}

/* One sum, of floats or of integers; magnitude: of all products together. */
struct sum {
	float value;
	double magnitude;
	int32_t whole;
};

static void add_pixel(const struct net *net, const struct graph_node *node, const int32_t *steps, size_t at,
		      size_t weight, struct sum *sum)
{
	const void *weights = net->graph->tensors[node->input[1]].data;

	if (steps) {
		sum->whole += steps[at] * ((const int8_t *)weights)[weight];
	} else {
		float product = floats_of(net, node->input[0])[at] * ((const float *)weights)[weight];

		sum->value += product;
		sum->magnitude += (double)fabsf(product);
	}
}

static struct sum sum_of(const struct net *net, const struct graph_node *node, const int32_t *steps, uint32_t place,
			 uint32_t channel)
{
	const struct graph_tensor *in = &net->graph->tensors[node->input[0]], *w = &net->graph->tensors[node->input[1]];
	const struct graph_tensor *out = &net->graph->tensors[node->output];
	bool dense = node->code == NN_OPERATOR_DENSE, depthwise = node->code == NN_OPERATOR_DEPTHWISE_CONV_2D;
	uint32_t inputs = dense ? w->shape[0] : in->shape[3], outputs = out->shape[out->dims - 1];
	uint32_t taps = dense ? 1 : w->shape[0] * w->shape[1], first = depthwise ? channel : 0;
	const int32_t *p = node->parameters;
	struct sum sum = {0};

	for (uint32_t tap = 0; tap < taps; tap++) {
		int64_t y = 0, x = 0;

		if (!dense) {
			y = (int64_t)(place / out->shape[2]) * p[NN_PARAMETER_STRIDE_H] + tap / w->shape[1] -
			    p[NN_PARAMETER_PAD_TOP];
			x = (int64_t)(place % out->shape[2]) * p[NN_PARAMETER_STRIDE_W] + tap % w->shape[1] -
			    p[NN_PARAMETER_PAD_LEFT];
			if (y < 0 || x < 0 || y >= in->shape[1] || x >= in->shape[2])
				continue;
		}
		for (uint32_t c = first; c < (depthwise ? channel + 1 : inputs); c++)
			add_pixel(net, node, steps, (size_t)(y * in->shape[2] + x) * (dense ? 0 : inputs) + c,
				  (size_t)(tap * (depthwise ? 1 : inputs) + (depthwise ? 0 : c)) * outputs + channel,
				  &sum);
	}
	return sum;
}

/* The goldens multiply the two scales of a dense layer in double, those of a convolution in float, as we do both. */
static void run_layer(struct net *net, const struct graph_node *node)
{
	const struct graph_tensor *w = &net->graph->tensors[node->input[1]], *out = &net->graph->tensors[node->output];
	bool hybrid = w->type == NN_TYPE_I8, dense = node->code == NN_OPERATOR_DENSE;
	int32_t *steps = hybrid ? calloc(graph_elements(&net->graph->tensors[node->input[0]]), sizeof(*steps)) : NULL;
	double scale = hybrid ? quantise(net, node->input[0], steps) : 1;
	const float *bias = floats_of(net, node->input[2]);
	uint32_t channels = out->shape[out->dims - 1];

	for (uint32_t i = 0; i < graph_elements(out); i++) {
		uint32_t channel = i % channels;
		struct sum sum = sum_of(net, node, steps, i / channels, channel);
		float y = sum.value + bias[channel];

		net->error[i] = (float)(sum.magnitude + (double)fabsf(bias[channel])) * 8 * FLT_EPSILON;
		if (hybrid) {
			float weight_scale = w->scales[w->scale_count > 1 ? channel : 0];
			float factor = dense ? (float)(scale * (double)weight_scale) : (float)scale * weight_scale;

			y = (float)(sum.whole * (double)factor + (double)bias[channel]);
			net->error[i] = dense ? fabsf((float)sum.whole * factor) * 2 * FLT_EPSILON : 0;
		}
		net->values[node->output][i] = node->activation == NN_ACTIVATION_RELU ? fmaxf(y, 0) : y;
	}
	free(steps);
}

static void run_node(struct net *net, const struct graph_node *node)
{
	const float *a = floats_of(net, node->input[0]), *b = floats_of(net, node->input[node->inputs > 1]);
	size_t n = graph_elements(&net->graph->tensors[node->output]);
	size_t period = graph_elements(&net->graph->tensors[node->input[node->inputs > 1]]);
	float *out = net->values[node->output];
	double largest = (double)a[0], all = 0;

	memset(net->error, 0, n * sizeof(*net->error));
	switch (node->code) {
	case NN_OPERATOR_CONV_2D:
	case NN_OPERATOR_DEPTHWISE_CONV_2D:
	case NN_OPERATOR_DENSE:
		run_layer(net, node);
		break;
	case NN_OPERATOR_ADD:
	case NN_OPERATOR_MULTIPLY:
		for (size_t i = 0; i < n; i++)
			out[i] = node->code == NN_OPERATOR_ADD ? a[i] + b[i % period] : a[i] * b[i % period];
		break;
	case NN_OPERATOR_RESHAPE:
		memcpy(out, a, n * sizeof(*out));
		break;
	case NN_OPERATOR_SOFTMAX:
		for (size_t i = 0; i < n; i++)
			largest = fmax(largest, (double)a[i]);
		for (size_t i = 0; i < n; i++)
			all += exp((double)a[i] - largest);
		for (size_t i = 0; i < n; i++) {
			out[i] = (float)(exp((double)a[i] - largest) / all);
			net->error[i] = 1e-6f;
		}
		break;
	default:
		fail_msg("operator %d", (int)node->code);
	}
}

/* --- both ------------------------------------------------------------------------------------------------------------ */

/* Node n of the runtime reads what the reference has made. */
static void expect_node(const struct net *net, const struct nn_run *run, uint32_t n)
{
	const struct graph_node *node = &net->graph->nodes[n];
	const struct nn_operator *op = &run->model->operators[n];
	const struct nn_tensor *in = nn_model_operand(run->model, op, 0);
	const struct nn_tensor *out = nn_model_operand(run->model, op, op->inputs);
	const float *ours;

	memcpy(nn_run_tensor(run, in), floats_of(net, node->input[0]), in->bytes);
	nn_run_some(run, n, n + 1);
	ours = nn_run_tensor(run, out);
	for (uint32_t i = 0; i < nn_tensor_elements(out); i++)
		if (!(fabsf(ours[i] - net->values[node->output][i]) <= net->error[i]))
			fail_msg("number %u of node %u is %.9g, wanted %.9g", i, n, (double)ours[i],
				 (double)net->values[node->output][i]);
}

static void run_samples(struct net *net, const struct nn_run *run, const float *inputs, size_t n, const char *golden)
{
	float *wanted;

	assert_int_equal(runner_load_npy(golden, (void **)&wanted), n * CLASSES * sizeof(float));
	for (size_t s = 0; s < n; s++) {
		memcpy(net->values[net->graph->input], inputs + s * PIXELS, PIXELS * sizeof(float));
		for (uint32_t k = 0; k < net->graph->node_count; k++) {
			run_node(net, &net->graph->nodes[k]);
			expect_node(net, run, k);
		}
		for (size_t i = 0; i < CLASSES; i++)
			assert_true(net->values[net->graph->output][i] == wanted[s * CLASSES + i]);
	}
	free(wanted);
}

/* The goldens' last three pictures were normalised in double, the others in float. */
static float *normalised(const uint8_t *bytes, size_t n)
{
	float *values = malloc(n * PIXELS * sizeof(*values));

	assert_non_null(values);
	for (size_t i = 0; i < n * PIXELS; i++)
		values[i] = i < 6 * PIXELS ? ((float)bytes[i] / 255 - 0.1307f) / 0.3081f
					   : (float)((bytes[i] / 255.0 - 0.1307) / 0.3081);
	return values;
}

static void check_samples(bool real)
{
	struct net net = {0};
	char reason[GRAPH_REASON];
	struct nn_model model;
	struct nn_run run;
	void *bytes, *memory, *images;
	size_t size, room, n;
	float *inputs;

	if (!fixture_shared(MODEL) || !fixture_shared(GOLDEN ".out.npy"))
		skip();
	if (import_file(fixture_shared(MODEL), &net.graph, reason) < 0 ||
	    pnn_write(net.graph, &bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	for (uint16_t t = 0; t < net.graph->tensor_count; t++)
		net.values[t] = calloc(graph_elements(&net.graph->tensors[t]), sizeof(float));
	net.error = calloc(32 * 32 * 128, sizeof(*net.error));
	assert_int_equal(nn_model_parse(bytes, size, &model), 0);
	room = nn_run_bytes(&model);
	memory = aligned_alloc(NN_FORMAT_ALIGN, (room + NN_FORMAT_ALIGN - 1) / NN_FORMAT_ALIGN * NN_FORMAT_ALIGN);
	assert_int_equal(nn_run_start(&run, &model, memory, room), 0);
	n = runner_load_npy(real ? "data/models/cifar9/images_u8_9x32x32x3.npy"
				 : "data/models/golden/synth_cifar_f32_nhwc.npy",
			    &images) /
	    PIXELS / (real ? 1 : sizeof(float));
	inputs = real ? normalised(images, n) : images;
	run_samples(&net, &run, inputs, n, real ? GOLDEN ".real.out.npy" : GOLDEN ".out.npy");
	if (real)
		free(inputs);
	free(images);
	free(memory);
	free(bytes);
	free(net.error);
	for (unsigned t = 0; t < NN_TENSORS_MAX; t++)
		free(net.values[t]);
	graph_free(net.graph);
}

static void patterns(void **state)
{
	(void)state;
	check_samples(false);
}

static void pictures(void **state)
{
	(void)state;
	check_samples(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(pictures),
	};

	return cmocka_run_group_tests_name("dynamic range", tests, NULL, NULL);
}
