/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-onnx.c - ONNX files made here: operators against their definition in NCHW, and files that are refused. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/graph/passes.h"
#include "nn/import/onnx.h"
#include "tests/unit/nn-fixture.h"
#include "tests/unit/nn-runner.h"
#include "tests/unit/onnx-writer.h"

#define INTS(...) (sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), ((const int64_t[]){__VA_ARGS__})

enum { VALUES = 1024 };

static struct writer *writer;
static char reason[GRAPH_REASON];

static int set_up(void **unused)
{
	(void)unused;
	writer = writer_new(11);
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	writer_free(writer);
	return 0;
}

/* --- running ------------------------------------------------------------------------------------------------------- */

static void to_nhwc(const float *nchw, const uint32_t *nhwc_shape, float *nhwc)
{
	uint32_t pixels = nhwc_shape[1] * nhwc_shape[2], channels = nhwc_shape[3];

	for (uint32_t c = 0; c < channels; c++)
		for (uint32_t p = 0; p < pixels; p++)
			nhwc[p * channels + c] = nchw[c * pixels + p];
}

static size_t elements(const struct graph_tensor *tensor)
{
	return graph_tensor_bytes(tensor) / sizeof(float);
}

/* Runs the model with and without the inexact passes; in and wanted are in ONNX' order. */
static void gives(const float *in, const float *wanted, size_t n)
{
	struct graph *graph = graph_new();
	float arranged[VALUES], turned[VALUES], out[VALUES];
	const struct graph_tensor *input, *output;
	size_t size;
	uint8_t *bytes;

	writer_output(writer, "y");
	bytes = writer_pack(writer, &size);
	if (onnx_import(bytes, size, graph, reason) < 0)
		fail_msg("%s", reason);
	for (unsigned round = 0; round < 3; round++) {
		input = &graph->tensors[graph->input];
		output = &graph->tensors[graph->output];
		assert_int_equal(elements(output), n);
		memcpy(arranged, in, elements(input) * sizeof(float));
		memcpy(turned, wanted, n * sizeof(float));
		if (input->dims == 4)
			to_nhwc(in, input->shape, arranged);
		if (output->dims == 4)
			to_nhwc(wanted, output->shape, turned);
		runner_run(graph, arranged, 1, elements(input), n, out);
		if (runner_worst(out, turned, n) > 2e-6f)
			fail_msg("round %u differs by %g", round, (double)runner_worst(out, turned, n));
		(round ? graph_optimise : graph_tidy)(graph);
	}
	graph_free(graph);
}

static const float *random_input(unsigned dims, const int64_t *shape)
{
	size_t n = 1;
	float *in;

	for (unsigned d = 0; d < dims; d++)
		n *= (size_t)(shape[d] ? shape[d] : 1);
	in = writer_block(writer, n * sizeof(*in));
	fixture_fill(in, n, &writer->state);
	writer_input(writer, "x", dims, shape);
	return in;
}

/* --- windows ------------------------------------------------------------------------------------------------------- */

struct window {
	int channels, size, filters, kernel, stride, dilation, before, behind, group;
};

static int window_out(const struct window *w)
{
	return (w->size + w->before + w->behind - (w->kernel - 1) * w->dilation - 1) / w->stride + 1;
}

/* The definition: square images, kernels and paddings. */
static void convolve(const struct window *w, const float *x, const float *weights, const float *bias, float *y)
{
	int out = window_out(w), per_group = w->channels / w->group, filters = w->filters / w->group;

	for (int o = 0; o < w->filters; o++)
		for (int i = 0; i < out * out; i++) {
			double sum = (double)bias[o];

			for (int c = 0; c < per_group; c++)
				for (int k = 0; k < w->kernel * w->kernel; k++) {
					int r = i / out * w->stride - w->before + k / w->kernel * w->dilation;
					int s = i % out * w->stride - w->before + k % w->kernel * w->dilation;
					int from = o / filters * per_group + c;

					if (r >= 0 && s >= 0 && r < w->size && s < w->size)
						sum += (double)x[(from * w->size + r) * w->size + s] *
						       (double)weights[(o * per_group + c) * w->kernel * w->kernel + k];
				}
			y[o * out * out + i] = (float)sum;
		}
}

static void convolution_is(const struct window *w, const char *automatic)
{
	const float *x = random_input(INTS(0, w->channels, w->size, w->size));
	const float *weights =
		writer_floats(writer, "w", INTS(w->filters, w->channels / w->group, w->kernel, w->kernel));
	const float *bias = writer_floats(writer, "b", INTS(w->filters));
	Onnx__NodeProto *node = writer_node(writer, "Conv", "x w b", "y");
	float y[VALUES];

	writer_set_ints(writer, node, "strides", INTS(w->stride, w->stride));
	writer_set_ints(writer, node, "dilations", INTS(w->dilation, w->dilation));
	writer_set_int(writer, node, "group", w->group);
	if (automatic)
		writer_set_text(writer, node, "auto_pad", automatic);
	else
		writer_set_ints(writer, node, "pads", INTS(w->before, w->before, w->behind, w->behind));
	convolve(w, x, weights, bias, y);
	gives(x, y, (size_t)(w->filters * window_out(w) * window_out(w)));
}

static void convolutions(void **unused)
{
	static const struct {
		struct window window;
		const char *automatic;
	} cases[] = {
		{{3, 5, 4, 3, 1, 1, 0, 0, 1}, NULL},	     {{3, 5, 4, 3, 1, 1, 1, 1, 1}, NULL},
		{{2, 6, 3, 3, 2, 1, 0, 1, 1}, NULL},	     {{2, 7, 3, 3, 1, 2, 2, 2, 1}, NULL},
		{{4, 5, 4, 3, 1, 1, 1, 1, 4}, NULL},	     {{2, 5, 6, 3, 2, 1, 1, 1, 2}, NULL},
		{{2, 6, 3, 3, 2, 1, 0, 1, 1}, "SAME_UPPER"}, {{2, 6, 3, 3, 2, 1, 1, 0, 1}, "SAME_LOWER"},
		{{2, 6, 3, 2, 2, 1, 0, 0, 1}, "VALID"},	     {{1, 5, 3, 3, 1, 1, 1, 1, 1}, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (i) {
			tear_down(unused);
			set_up(unused);
		}
		convolution_is(&cases[i].window, cases[i].automatic);
	}
}

static void average_pool_counts_padding_when_asked(void **unused)
{
	const float *x = random_input(INTS(1, 1, 2, 2));
	Onnx__NodeProto *node = writer_node(writer, "AveragePool", "x", "y");
	float sum = (x[0] + x[1] + x[2] + x[3]) / 9;

	(void)unused;
	writer_set_ints(writer, node, "kernel_shape", INTS(3, 3));
	writer_set_ints(writer, node, "pads", INTS(1, 1, 1, 1));
	writer_set_int(writer, node, "count_include_pad", 1);
	gives(x, (float[]){sum, sum, sum, sum}, 4);
}

static void max_pool_with_ceil(void **unused)
{
	const float *x = random_input(INTS(1, 1, 3, 3));
	Onnx__NodeProto *node = writer_node(writer, "MaxPool", "x", "y");

	(void)unused;
	writer_set_ints(writer, node, "kernel_shape", INTS(2, 2));
	writer_set_ints(writer, node, "strides", INTS(2, 2));
	writer_set_int(writer, node, "ceil_mode", 1);
	gives(x, (float[]){fmaxf(fmaxf(x[0], x[1]), fmaxf(x[3], x[4])), fmaxf(x[2], x[5]), fmaxf(x[6], x[7]), x[8]}, 4);
}

static void global_pools_and_means(void **unused)
{
	const float *x = random_input(INTS(1, 2, 2, 2));
	float a = (x[0] + x[1] + x[2] + x[3]) / 4, b = (x[4] + x[5] + x[6] + x[7]) / 4;
	Onnx__NodeProto *node;

	(void)unused;
	writer_node(writer, "GlobalAveragePool", "x", "a");
	node = writer_node(writer, "ReduceMean", "x", "m");
	writer_set_ints(writer, node, "axes", INTS(2, -1));
	writer_set_int(writer, node, "keepdims", 0);
	writer_node(writer, "Flatten", "a", "f");
	writer_node(writer, "Add", "f m", "y");
	gives(x, (float[]){2 * a, 2 * b}, 2);
}

/* --- the rest ------------------------------------------------------------------------------------------------------ */

static void gemm_with_everything(void **unused)
{
	const float *x = random_input(INTS(1, 3));
	const float *w = writer_floats(writer, "w", INTS(2, 3)), *b = writer_floats(writer, "b", INTS(1));
	Onnx__NodeProto *node = writer_node(writer, "Gemm", "x w b", "y");
	float y[2];

	(void)unused;
	writer_set_int(writer, node, "transB", 1);
	writer_set_float(writer, node, "alpha", 0.5f);
	writer_set_float(writer, node, "beta", 2);
	for (unsigned o = 0; o < 2; o++)
		y[o] = 0.5f * (x[0] * w[o * 3] + x[1] * w[o * 3 + 1] + x[2] * w[o * 3 + 2]) + 2 * b[0];
	gives(x, y, 2);
}

/* Constants of one value, of one a channel, and of one a pixel, on both sides. */
static void constants_repeat(void **unused)
{
	const float *x = random_input(INTS(1, 2, 2, 3));
	const float *c = writer_floats(writer, "c", INTS(2, 1, 1)), *p = writer_floats(writer, "p", INTS(2, 3));
	const float *s = writer_floats(writer, "s", INTS(1)), *d = writer_floats(writer, "d", INTS(1, 2, 1, 1));
	float y[12];

	(void)unused;
	writer_node(writer, "Add", "c x", "a");
	writer_node(writer, "Mul", "a p", "b");
	writer_node(writer, "Sub", "s b", "e");
	writer_node(writer, "Div", "e d", "y");
	for (unsigned i = 0; i < 12; i++)
		y[i] = (s[0] - (c[i / 6] + x[i]) * p[i % 6]) / d[i / 6];
	gives(x, y, 12);
}

static void values_for_each_channel_multiply_an_image(void **unused)
{
	const float *x = random_input(INTS(1, 2, 2, 2));
	float y[8];

	(void)unused;
	writer_node(writer, "GlobalMaxPool", "x", "g");
	writer_node(writer, "Mul", "g x", "y");
	for (unsigned i = 0; i < 8; i++) {
		const float *c = x + i / 4 * 4;

		y[i] = x[i] * fmaxf(fmaxf(c[0], c[1]), fmaxf(c[2], c[3]));
	}
	gives(x, y, 8);
}

static void norm_of_an_image(void **unused)
{
	const float *x = random_input(INTS(1, 2, 1, 2));
	const float *s = writer_floats(writer, "s", INTS(2)), *o = writer_floats(writer, "o", INTS(2));
	const float *m = writer_floats(writer, "m", INTS(2));
	float *v = writer_floats(writer, "v", INTS(2)), y[4];

	(void)unused;
	v[0] = 0.5f;
	v[1] = 2;
	writer_set_float(writer, writer_node(writer, "BatchNormalization", "x s o m v", "y"), "epsilon", 1e-3f);
	for (unsigned i = 0; i < 4; i++)
		y[i] = (x[i] - m[i / 2]) / sqrtf(v[i / 2] + 1e-3f) * s[i / 2] + o[i / 2];
	gives(x, y, 4);
}

static void functions_of_each_value(void **unused)
{
	const float *x = random_input(INTS(1, 5));
	float y[5];

	(void)unused;
	writer_set_float(writer, writer_node(writer, "LeakyRelu", "x", "a"), "alpha", 0.25f);
	writer_node(writer, "Sigmoid", "a", "b");
	writer_node(writer, "Tanh", "b", "c");
	writer_node(writer, "Dropout", "c", "d");
	writer_node(writer, "HardSwish", "d", "e");
	writer_node(writer, "Identity", "e", "y");
	for (unsigned i = 0; i < 5; i++) {
		float a = x[i] < 0 ? x[i] * 0.25f : x[i], t = tanhf(1 / (1 + expf(-a)));

		y[i] = t * fminf(fmaxf(t + 3, 0), 6) / 6;
	}
	gives(x, y, 5);
}

static void clip_by_inputs(void **unused)
{
	const float *x = random_input(INTS(1, 4));
	float *low = writer_floats(writer, "low", 0, NULL), *high = writer_floats(writer, "high", 0, NULL), y[4];

	(void)unused;
	*low = 0;
	*high = 6;
	writer_node(writer, "Add", "x x", "a");
	writer_node(writer, "Clip", "a low high", "y");
	for (unsigned i = 0; i < 4; i++)
		y[i] = fminf(fmaxf(2 * x[i], 0), 6);
	gives(x, y, 4);
}

static void concat_and_softmax_over_channels(void **unused)
{
	const float *x = random_input(INTS(1, 1, 1, 2));
	float y[4];

	(void)unused;
	writer->opset.version = 13;
	writer_node(writer, "Add", "x x", "a");
	writer_set_int(writer, writer_node(writer, "Concat", "x a", "c"), "axis", 1);
	writer_set_int(writer, writer_node(writer, "Softmax", "c", "y"), "axis", 1);
	for (unsigned i = 0; i < 2; i++) {
		float one = expf(x[i]), two = expf(2 * x[i]);

		y[i] = one / (one + two);
		y[i + 2] = two / (one + two);
	}
	gives(x, y, 4);
}

static void shapes_of_constants_and_values(void **unused)
{
	const float *x = random_input(INTS(1, 2, 3));
	const float *w = writer_floats(writer, "w", INTS(2, 1, 6));
	float y[2] = {0};

	(void)unused;
	writer->opset.version = 13;
	writer_ints(writer, "flat", INTS(0, -1));
	writer_ints(writer, "axis", INTS(1));
	writer_set_ints(writer, writer_node(writer, "Transpose", "x", "t"), "perm", INTS(0, 2, 1));
	writer_node(writer, "Reshape", "t flat", "f");
	writer_node(writer, "Squeeze", "w axis", "s");
	writer_node(writer, "Transpose", "s", "wt");
	writer_node(writer, "MatMul", "f wt", "y");
	for (unsigned o = 0; o < 2; o++)
		for (unsigned i = 0; i < 6; i++)
			y[o] += x[i % 2 * 3 + i / 2] * w[o * 6 + i];
	gives(x, y, 2);
}

static void pad_before_a_convolution(void **unused)
{
	const struct window w = {2, 4, 3, 3, 1, 1, 1, 2, 1};
	const float *x = random_input(INTS(1, 2, 4, 4));
	const float *weights = writer_floats(writer, "w", INTS(3, 2, 3, 3));
	const float *bias = writer_floats(writer, "b", INTS(3));
	float y[VALUES];

	(void)unused;
	writer_ints(writer, "pads", INTS(0, 0, 1, 1, 0, 0, 2, 2));
	writer_node(writer, "Pad", "x pads", "p");
	writer_node(writer, "Conv", "p w b", "y");
	convolve(&w, x, weights, bias, y);
	gives(x, y, (size_t)(3 * window_out(&w) * window_out(&w)));
}

/* --- what is refused ----------------------------------------------------------------------------------------------- */

static void refused(int error, const char *why)
{
	struct graph *graph = graph_new();
	size_t size;
	uint8_t *bytes = writer_pack(writer, &size);
	int r = onnx_import(bytes, size, graph, reason);

	graph_free(graph);
	if (r != error || !strstr(reason, why))
		fail_msg("%d, \"%s\"; wanted %d, \"%s\"", r, reason, error, why);
	tear_down(NULL);
	set_up(NULL);
}

static void what_is_not_supported_is_named(void **unused)
{
	Onnx__NodeProto *node;

	(void)unused;
	writer->opset.version = 6;
	refused(-EOPNOTSUPP, "opset 6 is not supported; export with one of 7 to 23");
	refused(-EOPNOTSUPP, "has no input");
	writer_input(writer, "x", INTS(1, 3, 0, 8));
	refused(-EOPNOTSUPP, "dimension 3 of input \"x\" is not fixed");
	writer_input(writer, "x", INTS(4, 3, 8, 8));
	refused(-EOPNOTSUPP, "batch of 4; export with a batch of 1");
	writer_input(writer, "x", INTS(1, 1LL << 40, 8, 8));
	refused(-EOPNOTSUPP, "impossible");
	writer_input(writer, "x", INTS(1, 60000, 60000, 8));
	refused(-EOPNOTSUPP, "impossible size");
	writer_input(writer, "x", INTS(1, 4));
	writer_node(writer, "LSTM", "x", "memory");
	refused(-EOPNOTSUPP, "node memory (LSTM): not supported; Conv MaxPool");
	writer_input(writer, "x", INTS(1, 4));
	writer_node(writer, "Relu", "z", "y");
	writer_node(writer, "Relu", "y", "z");
	refused(-EOPNOTSUPP, "node y (Relu): reads \"z\", which nothing before it makes");
	writer_input(writer, "x", INTS(1, 4));
	writer_node(writer, "Relu", "x", "x");
	refused(-EOPNOTSUPP, "\"x\" is made twice");
	writer_input(writer, "x", INTS(1, 4, 8, 8));
	writer_floats(writer, "w", INTS(4, 2, 3, 3));
	writer_set_int(writer, writer_node(writer, "Conv", "x w", "y"), "group", 3);
	refused(-EOPNOTSUPP, "group 3 does not divide 4 channels");
	writer_input(writer, "x", INTS(1, 4, 8, 8));
	writer_floats(writer, "w", INTS(4, 3, 3, 3));
	writer_node(writer, "Conv", "x w", "y");
	refused(-EOPNOTSUPP, "weights do not fit an input of 4 channels");
	writer_input(writer, "x", INTS(1, 1, 8, 8));
	writer_floats(writer, "w", INTS(1, 1, 3, 3));
	writer_set_ints(writer, writer_node(writer, "Conv", "x w", "y"), "strides", INTS(0, 1LL << 40));
	refused(-EOPNOTSUPP, "strides is out of range");
	writer_input(writer, "x", INTS(1, 6));
	writer_ints(writer, "s", INTS(1, 4));
	writer_node(writer, "Reshape", "x s", "y");
	refused(-EOPNOTSUPP, "does not fit 6 values");
	writer_input(writer, "x", INTS(1, 6));
	writer_floats(writer, "w", INTS(5, 2));
	writer_node(writer, "MatMul", "x w", "y");
	refused(-EOPNOTSUPP, "weights of 5x2 do not fit one row of 6");
	writer_input(writer, "x", INTS(1, 6));
	writer_node(writer, "Relu", "x", "y");
	refused(-EOPNOTSUPP, "0 outputs");
	writer_input(writer, "x", INTS(1, 6));
	writer_output(writer, "nothing");
	refused(-EOPNOTSUPP, "no node makes the output \"nothing\"");
	writer_input(writer, "x", INTS(1, 6));
	node = writer_node(writer, "Clip", "x", "y");
	writer_set_float(writer, node, "min", 1);
	writer_set_float(writer, node, "max", -1);
	refused(-EOPNOTSUPP, "limits 1 and -1 leave nothing");
}

static void damaged_constants_are_refused(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 4; i++) {
		Onnx__TensorProto *tensor;

		writer_input(writer, "x", INTS(1, 2));
		writer_floats(writer, "w", INTS(2, 2));
		writer_node(writer, "MatMul", "x w", "y");
		tensor = writer->constants[0];
		if (i == 0)
			tensor->raw_data.len--;
		else if (i == 1)
			tensor->dims[0] = INT64_MAX;
		else if (i == 2)
			tensor->data_location = 1;
		else
			tensor->data_type = 8;
		refused(-EOPNOTSUPP, (const char *[]){"has other data than its shape says", "has an impossible shape",
						      "lies in another file", "has type 8"}[i]);
	}
}

static void other_files_are_refused(void **unused)
{
	struct graph *graph = graph_new();

	(void)unused;
	assert_int_equal(onnx_import("not protobuf", 12, graph, reason), -EBADMSG);
	assert_int_equal(onnx_import("", 0, graph, reason), -EBADMSG);
	graph_free(graph);
	writer->model.graph = NULL;
	refused(-EBADMSG, "no graph");
}

/* A file of empty nodes would take fifty times its size. */
static void memory_is_bounded(void **unused)
{
	enum { BYTES = 8 * 1024 * 1024 };
	struct graph *graph = graph_new();
	uint8_t *bytes = malloc(BYTES + 5);

	(void)unused;
	assert_non_null(bytes);
	bytes[0] = 7 << 3 | 2;
	for (unsigned i = 0; i < 4; i++)
		bytes[i + 1] = (uint8_t)((BYTES >> (7 * i) & 0x7f) | (i < 3 ? 0x80 : 0));
	for (size_t i = 5; i < BYTES + 5; i += 2) {
		bytes[i] = 1 << 3 | 2;
		bytes[i + 1 < BYTES + 5 ? i + 1 : i] = 0;
	}
	assert_int_equal(onnx_import(bytes, BYTES + 5, graph, reason), -EBADMSG);
	free(bytes);
	graph_free(graph);
}

#define ONNX_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONNX_TEST(convolutions),
		ONNX_TEST(average_pool_counts_padding_when_asked),
		ONNX_TEST(max_pool_with_ceil),
		ONNX_TEST(global_pools_and_means),
		ONNX_TEST(gemm_with_everything),
		ONNX_TEST(constants_repeat),
		ONNX_TEST(values_for_each_channel_multiply_an_image),
		ONNX_TEST(norm_of_an_image),
		ONNX_TEST(functions_of_each_value),
		ONNX_TEST(clip_by_inputs),
		ONNX_TEST(concat_and_softmax_over_channels),
		ONNX_TEST(shapes_of_constants_and_values),
		ONNX_TEST(pad_before_a_convolution),
		ONNX_TEST(what_is_not_supported_is_named),
		ONNX_TEST(damaged_constants_are_refused),
		ONNX_TEST(other_files_are_refused),
		ONNX_TEST(memory_is_bounded),
	};

	return cmocka_run_group_tests_name("nn-onnx", tests, NULL, NULL);
}
