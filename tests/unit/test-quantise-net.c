/* SPDX-License-Identifier: Apache-2.0 */
/* test-quantise-net.c - quantisation on networks made here: ranges, families of one scale, ends, and what is refused. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/export/pnn.h"
#include "nn/graph/calibrate.h"
#include "nn/graph/quantise-constant.h"
#include "nn/graph/quantise.h"
#include "nn/import/half.h"
#include "nn/runtime/value.h"
#include "tests/unit/nn-fixture.h"

enum {
	CHANNELS = 4,
	SAMPLES = 50,
};

static uint16_t add(struct graph *graph, enum nn_operator_code code, unsigned inputs, const uint16_t *input,
		    unsigned dims, const uint32_t *shape)
{
	struct graph_node node = {.code = code, .inputs = (uint8_t)inputs};

	memcpy(node.input, input, inputs * sizeof(*input));
	node.output = fixture_variable(graph, dims, shape);
	assert_int_equal(graph_add_node(graph, &node), 0);
	return node.output;
}

/* x [1][4] -> dense -> sigmoid, and dense beside; both ends up in one concatenation [1][8]. */
static struct graph *two_branches(void)
{
	const uint32_t row[] = {1, CHANNELS}, both[] = {1, 2 * CHANNELS}, square[] = {CHANNELS, CHANNELS},
		       vector[] = {CHANNELS};
	struct graph *graph = graph_new();
	uint64_t random = 1;
	uint16_t x, w, b, dense, sigmoid;

	assert_non_null(graph);
	x = graph->input = fixture_variable(graph, 2, row);
	w = fixture_constant(graph, 2, square, &random);
	b = fixture_constant(graph, 1, vector, &random);
	dense = add(graph, NN_OPERATOR_DENSE, 3, (const uint16_t[]){x, w, b}, 2, row);
	sigmoid = add(graph, NN_OPERATOR_SIGMOID, 1, &dense, 2, row);
	graph->output = add(graph, NN_OPERATOR_CONCAT, 2, (const uint16_t[]){dense, sigmoid}, 2, both);
	graph->nodes[2].parameters[0] = 1;
	return graph;
}

static struct quantise_range *make_ranges(float low, float high)
{
	struct quantise_range *ranges = calloc(NN_TENSORS_MAX, sizeof(*ranges));

	assert_non_null(ranges);
	for (unsigned i = 0; i < NN_TENSORS_MAX; i++)
		ranges[i] = (struct quantise_range){low, high};
	return ranges;
}

static void quantise(struct graph *graph, struct quantise_options options, float low, float high)
{
	struct quantise_range *ranges = make_ranges(low, high);
	char reason[GRAPH_REASON];

	assert_int_equal(graph_quantise_prepare(graph, reason), 0);
	if (graph_quantise(graph, &options, ranges, reason) < 0)
		fail_msg("%s", reason);
	free(ranges);
}

static void step_is(const struct graph *graph, uint16_t t, float scale, int32_t zero_point)
{
	const struct graph_tensor *tensor = &graph->tensors[t];

	assert_int_equal(tensor->scale_count, 1);
	assert_float_equal(*tensor->scales, scale, scale * 1e-6f);
	assert_int_equal(*tensor->zero_points, zero_point);
}

static void natural_ranges_are_fixed(void **state)
{
	struct graph *graph = two_branches();

	(void)state;
	quantise(graph, (struct quantise_options){.mode = QUANTISE_INT8}, -1, 3);
	assert_int_equal(graph->nodes[1].code, NN_OPERATOR_SIGMOID);
	step_is(graph, graph->nodes[1].output, 1.0f / 256, -128);
	step_is(graph, graph->nodes[0].output, 4.0f / 255, -64);
	/* The sigmoid goes into the concatenation through a change of scale, dense as it is. */
	assert_int_equal(graph->node_count, 4);
	assert_int_equal(graph->nodes[2].code, NN_OPERATOR_QUANTIZE);
	assert_int_equal(graph->nodes[3].input[0], graph->nodes[0].output);
	assert_int_equal(graph->nodes[3].input[1], graph->nodes[2].output);
	step_is(graph, graph->nodes[2].output, 4.0f / 255, -64);
	step_is(graph, graph->output, 4.0f / 255, -64);
	graph_free(graph);
}

static void wide_and_unsigned_steps(void **state)
{
	struct graph *graph = two_branches();

	(void)state;
	quantise(graph, (struct quantise_options){.mode = QUANTISE_INT16X8}, -1, 3);
	step_is(graph, graph->input, 3.0f / 32767, 0);
	step_is(graph, graph->nodes[1].output, 1.0f / 32768, 0);
	assert_int_equal(graph->tensors[graph->nodes[0].input[1]].type, NN_TYPE_I8);
	assert_int_equal(graph->tensors[graph->nodes[0].input[2]].type, NN_TYPE_I64);
	graph_free(graph);

	graph = two_branches();
	quantise(graph, (struct quantise_options){.mode = QUANTISE_UINT8}, -1, 3);
	step_is(graph, graph->input, 4.0f / 255, 64);
	step_is(graph, graph->nodes[1].output, 1.0f / 256, 0);
	assert_int_equal(graph->tensors[graph->nodes[0].input[1]].type, NN_TYPE_U8);
	graph_free(graph);
}

static void ends_get_the_type_that_is_asked_for(void **state)
{
	struct graph *graph = two_branches();
	uint16_t inner = graph->input;

	(void)state;
	quantise(graph, (struct quantise_options){.mode = QUANTISE_INT8, .input = NN_TYPE_U8, .output = NN_TYPE_F32},
		 -1, 3);
	assert_int_equal(graph->nodes[0].code, NN_OPERATOR_QUANTIZE);
	assert_int_equal(graph->nodes[0].input[0], graph->input);
	assert_int_equal(graph->nodes[0].output, inner);
	assert_int_equal(graph->tensors[graph->input].type, NN_TYPE_U8);
	step_is(graph, graph->input, 4.0f / 255, 64);
	step_is(graph, inner, 4.0f / 255, -64);
	assert_int_equal(graph->nodes[graph->node_count - 1].code, NN_OPERATOR_DEQUANTIZE);
	assert_int_equal(graph->tensors[graph->output].type, NN_TYPE_F32);
	graph_free(graph);
}

static void what_does_not_go_together_is_refused(void **state)
{
	const struct quantise_options wrong[] = {
		{.mode = QUANTISE_INT8, .input = NN_TYPE_I16},
		{.mode = QUANTISE_INT16X8, .output = NN_TYPE_I8},
		{.mode = QUANTISE_DRQ, .input = NN_TYPE_I8},
		{.mode = QUANTISE_FLOAT16, .output = NN_TYPE_U8},
	};
	struct quantise_range *ranges = make_ranges(-1, NAN);
	struct graph *graph = two_branches();
	char reason[GRAPH_REASON];

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(graph_quantise(graph, &wrong[i], ranges, reason), -EINVAL);
	assert_int_equal(graph_quantise(graph, &(struct quantise_options){.mode = QUANTISE_INT8}, ranges, reason),
			 -EDOM);
	assert_non_null(strstr(reason, "not finite"));
	graph_free(graph);

	graph = two_branches();
	quantise(graph, (struct quantise_options){.mode = QUANTISE_INT8}, -1, 3);
	assert_int_equal(graph_quantise_prepare(graph, reason), -ENOTSUP);
	assert_non_null(strstr(reason, "start from the float one"));
	graph_free(graph);

	graph = two_branches();
	((float *)graph->tensors[graph->nodes[0].input[1]].data)[3] = INFINITY;
	assert_int_equal(graph_quantise(graph, &(struct quantise_options){.mode = QUANTISE_WEIGHTS8}, NULL, reason),
			 -EDOM);
	graph_free(graph);
	free(ranges);
}

/* x * scale + offset: two nodes, the tensor between with a range of its own. */
static void batch_norm_becomes_two_nodes(void **state)
{
	const uint32_t row[] = {1, CHANNELS}, vector[] = {CHANNELS};
	struct graph *graph = graph_new();
	uint64_t random = 1;
	uint16_t operands[3];
	char reason[GRAPH_REASON];

	(void)state;
	assert_non_null(graph);
	operands[0] = graph->input = fixture_variable(graph, 2, row);
	operands[1] = fixture_constant(graph, 1, vector, &random);
	operands[2] = fixture_constant(graph, 1, vector, &random);
	graph->output = add(graph, NN_OPERATOR_BATCH_NORM, 3, operands, 2, row);
	graph->nodes[0].activation = NN_ACTIVATION_RELU;
	assert_int_equal(graph_quantise_prepare(graph, reason), 0);
	assert_int_equal(graph->node_count, 2);
	assert_int_equal(graph->nodes[0].code, NN_OPERATOR_MULTIPLY);
	assert_int_equal(graph->nodes[0].activation, NN_ACTIVATION_NONE);
	assert_int_equal(graph->nodes[0].input[1], operands[1]);
	assert_int_equal(graph->nodes[1].code, NN_OPERATOR_ADD);
	assert_int_equal(graph->nodes[1].activation, NN_ACTIVATION_RELU);
	assert_int_equal(graph->nodes[1].input[0], graph->nodes[0].output);
	assert_int_equal(graph->nodes[1].input[1], operands[2]);
	assert_int_equal(graph->nodes[1].output, graph->output);
	graph_free(graph);
}

static void a_constant_of_two_nodes_is_parted(void **state)
{
	struct graph *graph = two_branches();
	struct graph_node twin = graph->nodes[0];
	const uint32_t row[] = {1, CHANNELS};
	char reason[GRAPH_REASON];

	(void)state;
	twin.output = fixture_variable(graph, 2, row);
	assert_int_equal(graph_add_node(graph, &twin), 0);
	assert_int_equal(graph_quantise_prepare(graph, reason), 0);
	assert_int_not_equal(graph->nodes[0].input[1], graph->nodes[3].input[1]);
	assert_int_not_equal(graph->nodes[0].input[2], graph->nodes[3].input[2]);
	graph_free(graph);
}

static void same_scale_families(void **state)
{
	const uint32_t picture[] = {1, 2, 2, 1}, padded[] = {1, 4, 4, 1}, pooled[] = {1, 2, 2, 1};
	struct quantise_range *ranges = make_ranges(0, 1);
	struct graph *graph = graph_new();
	char reason[GRAPH_REASON];
	float value = -0.5f;
	uint16_t pad;

	(void)state;
	assert_non_null(graph);
	graph->input = fixture_variable(graph, 4, picture);
	pad = add(graph, NN_OPERATOR_PAD, 1, &graph->input, 4, padded);
	memcpy(&graph->nodes[0].parameters[NN_PARAMETER_PAD_VALUE], &value, sizeof(value));
	graph->output = add(graph, NN_OPERATOR_MAX_POOL_2D, 1, &pad, 4, pooled);
	ranges[pad].low = -0.5f;
	assert_int_equal(graph_quantise(graph, &(struct quantise_options){.mode = QUANTISE_INT8}, ranges, reason), 0);
	step_is(graph, graph->input, 1.5f / 255, -43);
	step_is(graph, pad, 1.5f / 255, -43);
	step_is(graph, graph->output, 1.5f / 255, -43);
	assert_int_equal(graph->nodes[0].parameters[NN_PARAMETER_PAD_VALUE], -43 - 85);
	graph_free(graph);
	free(ranges);
}

/* --- constants ------------------------------------------------------------------------------------------------- */

static uint16_t constant_of(struct graph *graph, uint32_t n, const float *values)
{
	int t = graph_add_constant(graph, "c", NN_TYPE_F32, 1, &n, values);

	assert_true(t >= 0);
	return (uint16_t)t;
}

static void halves_go_away_from_zero(void **state)
{
	const float values[] = {127, 0.5f, -0.5f, 1.5f, -2.5f, -127};
	const int8_t wanted[] = {127, 1, -1, 2, -3, -127};
	struct graph *graph = graph_new();
	uint16_t t = constant_of(graph, 6, values);

	(void)state;
	assert_int_equal(quantise_symmetric(&graph->tensors[t], NN_TYPE_I8, QUANTISE_PER_TENSOR, NULL), 0);
	assert_memory_equal(graph->tensors[t].data, wanted, sizeof(wanted));
	graph_free(graph);
}

/* Without weights a channel's scale is what keeps its bias within 2^30. */
static void empty_channels_keep_their_bias(void **state)
{
	const float bias[] = {0.25f, 3, 0};
	float least[3];
	struct graph *graph = graph_new();
	const uint32_t shape[] = {2, 3};
	const float values[] = {0, 1, 0, 0, -2, 0};
	uint16_t b = constant_of(graph, 3, bias);
	int w = graph_add_constant(graph, "w", NN_TYPE_F32, 2, shape, values);

	(void)state;
	assert_true(w >= 0);
	quantise_least_scales(&graph->tensors[b], NN_TYPE_I32, 0.01f, false, least);
	assert_int_equal(quantise_symmetric(&graph->tensors[w], NN_TYPE_I8, 1, least), 0);
	assert_int_equal(quantise_bias(&graph->tensors[b], NN_TYPE_I32, 0.01f, &graph->tensors[w]), 0);
	assert_in_range(((const int32_t *)graph->tensors[b].data)[0], (1 << 30) - 128, (1 << 30) + 128);
	assert_int_equal(((const int32_t *)graph->tensors[b].data)[1], lround(3 / (0.01 * 2 / 127)));
	assert_int_equal(((const int32_t *)graph->tensors[b].data)[2], 0);
	assert_true(graph->tensors[w].scales[2] > 0);
	graph_free(graph);
}

static void half_precision_is_to_the_nearest(void **state)
{
	/* Exact, ties to even both ways, subnormal, smallest, below it, largest, too large. */
	const float values[] = {1,	  0x1.002p0f, 0x1.006p0f, -0x1p-14f, 0x1.8p-24f,
				0x1p-24f, 0x1p-26f,   65504,	  1e6f,	     -0.0f};
	const uint16_t wanted[] = {0x3c00, 0x3c00, 0x3c02, 0x8400, 2, 1, 0, 0x7bff, 0x7bff, 0x8000};
	struct graph *graph = graph_new();
	uint16_t t = constant_of(graph, 10, values);

	(void)state;
	assert_int_equal(quantise_half(&graph->tensors[t]), 0);
	assert_memory_equal(graph->tensors[t].data, wanted, sizeof(wanted));
	graph_free(graph);

	/* Every finite half comes back from its float. */
	graph = graph_new();
	for (uint32_t half = 0; half < 0x7c00; half++) {
		float value = half_to_float((uint16_t)half);

		t = constant_of(graph, 1, &value);
		assert_int_equal(quantise_half(&graph->tensors[t]), 0);
		assert_int_equal(*(uint16_t *)graph->tensors[t].data, half);
		free(graph->tensors[t].data);
		graph->tensors[t].data = NULL;
		graph->tensor_count = 0;
	}
	graph_free(graph);
}

/* --- calibration ----------------------------------------------------------------------------------------------- */

/* -1..1, and one sample that is far out. */
static void get_sample(void *context, size_t i, float *input)
{
	uint64_t random = i + 1;

	(void)context;
	fixture_fill(input, CHANNELS, &random);
	if (i == 7)
		input[0] = 100;
}

static struct quantise_range calibrate(struct calibrate_options options)
{
	const struct calibrate_samples samples = {SAMPLES, get_sample, NULL};
	struct quantise_range *ranges = make_ranges(0, 0), range;
	struct graph *graph = graph_new();
	const uint32_t row[] = {1, CHANNELS};
	char reason[GRAPH_REASON];

	graph->input = fixture_variable(graph, 2, row);
	graph->output = add(graph, NN_OPERATOR_ACTIVATION, 1, &graph->input, 2, row);
	graph->nodes[0].activation = NN_ACTIVATION_RELU;
	if (graph_calibrate(graph, &options, &samples, ranges, reason) < 0)
		fail_msg("%s", reason);
	assert_true(ranges[graph->output].low == 0);
	range = ranges[graph->input];
	graph_free(graph);
	free(ranges);
	return range;
}

static void ranges_are_measured(void **state)
{
	struct quantise_range all = calibrate((struct calibrate_options){.rule = CALIBRATE_MINMAX});
	struct quantise_range most =
		calibrate((struct calibrate_options){.rule = CALIBRATE_PERCENTILE, .percentile = 98, .steps = 255});
	struct quantise_range best = calibrate((struct calibrate_options){.rule = CALIBRATE_MSE, .steps = 255});

	(void)state;
	assert_true(all.high == 100);
	assert_true(all.low < -0.9f && all.low >= -1);
	assert_true(most.high < 2 && most.high > 0.8f);
	assert_true(best.high <= 100 && best.high > 25);
}

static void no_sample_is_refused(void **state)
{
	const struct calibrate_samples none = {0, get_sample, NULL};
	struct quantise_range *ranges = make_ranges(0, 0);
	struct graph *graph = two_branches();
	char reason[GRAPH_REASON];

	(void)state;
	assert_int_equal(
		graph_calibrate(graph, &(struct calibrate_options){.rule = CALIBRATE_MINMAX}, &none, ranges, reason),
		-EINVAL);
	graph_free(graph);
	free(ranges);
}

/* --- from float to an answer ----------------------------------------------------------------------------------- */

struct machine {
	void *bytes, *arena;
	struct nn_model model;
	struct nn_run run;
};

static struct machine start(struct graph *graph)
{
	struct machine machine;
	char reason[GRAPH_REASON];
	size_t size = 0, arena;

	if (graph_lower(graph, NN_ROUNDING_SINGLE, reason) < 0 || pnn_write(graph, &machine.bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	assert_int_equal(nn_model_parse(machine.bytes, size, &machine.model), 0);
	arena = ((size_t)machine.model.main->arena_bytes / NN_FORMAT_ALIGN + 1) * NN_FORMAT_ALIGN;
	machine.arena = aligned_alloc(NN_FORMAT_ALIGN, arena);
	assert_non_null(machine.arena);
	assert_int_equal(nn_run_start(&machine.run, &machine.model, machine.arena, arena), 0);
	return machine;
}

static void stop(struct machine *machine)
{
	free(machine->arena);
	free(machine->bytes);
}

static void answer(const struct machine *machine, const float *input, float *output)
{
	/* The copy of the model in run is the caller's, which has moved. */
	const struct nn_run run = {.model = &machine->model, .arena = machine->arena};

	nn_value_write(&run, nn_model_input(&machine->model), input);
	nn_run(&run);
	nn_value_read(&run, nn_model_output(&machine->model), output);
}

enum {
	PLANES = 8 * 8 * 2,
	CLASSES = 3,
};

static void get_planes(void *context, size_t i, float *input)
{
	uint64_t random = i + 1;

	(void)context;
	fixture_fill(input, PLANES, &random);
}

/* The mean difference of the answers to those of the float network, on samples that no range was measured with. */
static double difference(struct quantise_options options)
{
	const struct calibrate_samples samples = {SAMPLES, get_planes, NULL};
	struct quantise_range *ranges = make_ranges(0, 0);
	struct graph *graph = fixture_graph();
	struct machine before = start(graph), after;
	char reason[GRAPH_REASON];
	double sum = 0;

	assert_int_equal(graph_quantise_prepare(graph, reason), 0);
	if (graph_calibrate(graph, &(struct calibrate_options){.rule = CALIBRATE_MINMAX}, &samples, ranges, reason) <
		    0 ||
	    graph_quantise(graph, &options, ranges, reason) < 0)
		fail_msg("%s", reason);
	after = start(graph);
	for (size_t i = 0; i < SAMPLES; i++) {
		float input[PLANES], a[CLASSES], b[CLASSES];

		get_planes(NULL, SAMPLES + i, input);
		answer(&before, input, a);
		answer(&after, input, b);
		for (unsigned c = 0; c < CLASSES; c++)
			sum += (double)fabsf(a[c] - b[c]);
	}
	stop(&before);
	stop(&after);
	graph_free(graph);
	free(ranges);
	return sum / SAMPLES / CLASSES;
}

static void is_near(struct quantise_options options, double limit)
{
	double mean = difference(options);

	print_message("mode %d: mean difference %g\n", (int)options.mode, mean);
	if (!(mean < limit))
		fail_msg("mode %d: the mean difference is %g, not below %g", (int)options.mode, mean, limit);
}

static void every_mode_answers_as_float(void **state)
{
	(void)state;
	is_near((struct quantise_options){.mode = QUANTISE_INT8}, 0.008);
	is_near((struct quantise_options){.mode = QUANTISE_INT8, .per_tensor = true}, 0.008);
	is_near((struct quantise_options){.mode = QUANTISE_INT8, .input = NN_TYPE_F32, .output = NN_TYPE_F32}, 0.008);
	is_near((struct quantise_options){.mode = QUANTISE_INT8, .input = NN_TYPE_U8, .output = NN_TYPE_U8}, 0.008);
	is_near((struct quantise_options){.mode = QUANTISE_UINT8}, 0.008);
	is_near((struct quantise_options){.mode = QUANTISE_INT16X8}, 0.002);
	is_near((struct quantise_options){.mode = QUANTISE_DRQ}, 0.002);
	is_near((struct quantise_options){.mode = QUANTISE_WEIGHTS8}, 0.002);
	is_near((struct quantise_options){.mode = QUANTISE_FLOAT16}, 0.0002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(natural_ranges_are_fixed),
		cmocka_unit_test(wide_and_unsigned_steps),
		cmocka_unit_test(ends_get_the_type_that_is_asked_for),
		cmocka_unit_test(what_does_not_go_together_is_refused),
		cmocka_unit_test(batch_norm_becomes_two_nodes),
		cmocka_unit_test(a_constant_of_two_nodes_is_parted),
		cmocka_unit_test(same_scale_families),
		cmocka_unit_test(halves_go_away_from_zero),
		cmocka_unit_test(empty_channels_keep_their_bias),
		cmocka_unit_test(half_precision_is_to_the_nearest),
		cmocka_unit_test(ranges_are_measured),
		cmocka_unit_test(no_sample_is_refused),
		cmocka_unit_test(every_mode_answers_as_float),
	};

	return cmocka_run_group_tests_name("quantise: networks", tests, NULL, NULL);
}
