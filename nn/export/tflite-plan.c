/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-plan.c - nodes to operators of TensorFlow Lite, one table row each. */
#include "nn/export/tflite-plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t float_bits(float value)
{
	int32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* One input, one output, and perhaps an integer constant. */
static int add_simple(struct tflite_plan *plan, const struct graph_node *node, struct tflite_plan_operator operator,
		      const int32_t * integers, unsigned rows, unsigned columns)
{
	operator.input_count = integers ? 2 : 1;
	operator.inputs[0] = tflite_plan_variable(plan, node->input[0]);
	if (integers)
		operator.inputs[1] = tflite_plan_integers(plan, "numbers", integers, rows, columns);
	operator.output = tflite_plan_variable(plan, node->output);
	return tflite_plan_add_operator(plan, &operator);
}

static int plan_reshape(struct tflite_plan *plan, const struct graph_node *node)
{
	const struct graph_tensor *y = tflite_plan_tensor_of(plan, node->output);
	int32_t shape[NN_DIMS_MAX];

	for (unsigned d = 0; d < NN_DIMS_MAX; d++)
		shape[d] = (int32_t)y->shape[d];
	return add_simple(plan, node, (struct tflite_plan_operator){.code = TFLITE_RESHAPE, .version = 1}, shape, 1,
			  y->dims);
}

static int plan_softmax(struct tflite_plan *plan, const struct graph_node *node)
{
	struct tflite_plan_operator softmax = {.code = TFLITE_SOFTMAX,
					       .version = tflite_plan_version_for(plan, node, 1, 2, 3),
					       .options_type = TFLITE_OPTIONS_SOFTMAX};

	tflite_plan_add_option(&softmax, TFLITE_SOFTMAX_BETA, 4,
			       node->parameters[0] ? node->parameters[0] : float_bits(1));
	return add_simple(plan, node, softmax, NULL, 0, 0);
}

static int plan_leaky_relu(struct tflite_plan *plan, const struct graph_node *node)
{
	struct tflite_plan_operator leaky = {.code = TFLITE_LEAKY_RELU,
					     .version = tflite_plan_version_for(plan, node, 1, 2, 2),
					     .options_type = TFLITE_OPTIONS_LEAKY_RELU};

	tflite_plan_add_option(&leaky, TFLITE_LEAKY_RELU_ALPHA, 4, node->parameters[0]);
	return add_simple(plan, node, leaky, NULL, 0, 0);
}

static int plan_activation(struct tflite_plan *plan, const struct graph_node *node)
{
	bool six = node->activation == NN_ACTIVATION_RELU6;

	if (node->activation == NN_ACTIVATION_NONE)
		return tflite_plan_refuse(plan, node, "it does nothing", "");
	return add_simple(plan, node,
			  (struct tflite_plan_operator){.code = six ? TFLITE_RELU6 : TFLITE_RELU,
							.version = tflite_plan_version_for(plan, node, 1, 2, 2)},
			  NULL, 0, 0);
}

static int plan_unary(struct tflite_plan *plan, const struct graph_node *node)
{
	static const struct {
		enum nn_operator_code code;
		enum tflite_operator operator;
		uint8_t versions[3];
	} rows[] = {
		{NN_OPERATOR_SIGMOID, TFLITE_LOGISTIC, {1, 2, 3}},
		{NN_OPERATOR_TANH, TFLITE_TANH, {1, 2, 3}},
		{NN_OPERATOR_HARD_SWISH, TFLITE_HARD_SWISH, {1, 1, 1}},
		{NN_OPERATOR_QUANTIZE, TFLITE_QUANTIZE, {1, 1, 2}},
		{NN_OPERATOR_DEQUANTIZE, TFLITE_DEQUANTIZE, {2, 2, 3}},
	};
	unsigned i = 0;

	while (rows[i].code != node->code)
		i++;
	return add_simple(plan, node,
			  (struct tflite_plan_operator){
				  .code = rows[i].operator,
				  .version = tflite_plan_version_for(plan, node, rows[i].versions[0],
								     rows[i].versions[1], rows[i].versions[2])},
			  NULL, 0, 0);
}

static int plan_pairwise(struct tflite_plan *plan, const struct graph_node *node)
{
	struct tflite_plan_operator pair = {
		.code = node->code == NN_OPERATOR_ADD	     ? TFLITE_ADD
			: node->code == NN_OPERATOR_MULTIPLY ? TFLITE_MUL
							     : TFLITE_SUB,
		.options_type = node->code == NN_OPERATOR_ADD	     ? TFLITE_OPTIONS_ADD
				: node->code == NN_OPERATOR_MULTIPLY ? TFLITE_OPTIONS_MUL
								     : TFLITE_OPTIONS_SUB,
		.version = tflite_plan_version_for(plan, node, 1, 2, 3),
		.inputs = {tflite_plan_use(plan, node->input[0], TFLITE_PLAN_AS_IT_IS, false),
			   tflite_plan_use(plan, node->input[1], TFLITE_PLAN_AS_IT_IS, false)},
		.input_count = 2,
		.output = tflite_plan_variable(plan, node->output),
	};

	tflite_plan_add_activation(&pair, TFLITE_ARITHMETIC_ACTIVATION, node->activation);
	return tflite_plan_add_operator(plan, &pair);
}

/* x * scale + offset in two steps. */
static int plan_batch_norm(struct tflite_plan *plan, const struct graph_node *node)
{
	int32_t between = tflite_plan_another(plan, node->output, ".scaled");
	struct tflite_plan_operator scale = {
		.code = TFLITE_MUL,
		.version = 1,
		.options_type = TFLITE_OPTIONS_MUL,
		.inputs = {tflite_plan_variable(plan, node->input[0]),
			   tflite_plan_use(plan, node->input[1], TFLITE_PLAN_AS_IT_IS, false)},
		.input_count = 2,
		.output = between};
	struct tflite_plan_operator offset = {
		.code = TFLITE_ADD,
		.version = 1,
		.options_type = TFLITE_OPTIONS_ADD,
		.inputs = {between, tflite_plan_use(plan, node->input[2], TFLITE_PLAN_AS_IT_IS, false)},
		.input_count = 2,
		.output = tflite_plan_variable(plan, node->output)};
	int r;

	if (tflite_plan_tensor_of(plan, node->output)->type != NN_TYPE_F32)
		return tflite_plan_refuse(plan, node, "a normalisation of integers is not supported",
					  "fold or multiply and add");
	tflite_plan_add_activation(&offset, TFLITE_ARITHMETIC_ACTIVATION, node->activation);
	r = tflite_plan_add_operator(plan, &scale);
	return r < 0 ? r : tflite_plan_add_operator(plan, &offset);
}

static int plan_concat(struct tflite_plan *plan, const struct graph_node *node)
{
	struct tflite_plan_operator concat = {.code = TFLITE_CONCATENATION,
					      .version = tflite_plan_version_for(plan, node, 1, 2, 3),
					      .options_type = TFLITE_OPTIONS_CONCATENATION,
					      .input_count = node->inputs,
					      .output = tflite_plan_variable(plan, node->output)};

	for (unsigned i = 0; i < node->inputs; i++)
		concat.inputs[i] = tflite_plan_use(plan, node->input[i], TFLITE_PLAN_AS_IT_IS, false);
	tflite_plan_add_option(&concat, TFLITE_CONCATENATION_AXIS, 4, node->parameters[0]);
	tflite_plan_add_activation(&concat, TFLITE_CONCATENATION_ACTIVATION, node->activation);
	return tflite_plan_add_operator(plan, &concat);
}

static int plan_pad(struct tflite_plan *plan, const struct graph_node *node)
{
	const struct graph_tensor *x = tflite_plan_tensor_of(plan, node->input[0]);
	int32_t zero = x->scale_count ? x->zero_points[0] : 0, pads[2 * NN_DIMS_MAX];

	if (node->parameters[NN_PARAMETER_PAD_VALUE] != zero)
		return tflite_plan_refuse(plan, node, "it pads with another value than 0", "");
	for (unsigned d = 0; d < x->dims; d++) {
		pads[2 * d] = node->parameters[NN_PARAMETER_PAD_BEFORE + (int)d];
		pads[2 * d + 1] = node->parameters[NN_PARAMETER_PAD_BEHIND + (int)d];
	}
	return add_simple(plan, node,
			  (struct tflite_plan_operator){.code = TFLITE_PAD,
							.version = tflite_plan_version_for(plan, node, 1, 2, 3)},
			  pads, x->dims, 2);
}

static int plan_mean(struct tflite_plan *plan, const struct graph_node *node)
{
	const struct graph_tensor *x = tflite_plan_tensor_of(plan, node->input[0]),
				  *y = tflite_plan_tensor_of(plan, node->output);
	struct tflite_plan_operator mean = {.code = TFLITE_MEAN,
					    .version = tflite_plan_version_for(plan, node, 1, 2, 3),
					    .options_type = TFLITE_OPTIONS_REDUCER};
	int32_t axes[NN_DIMS_MAX];
	unsigned n = 0;

	for (int32_t d = 0; d < x->dims; d++)
		if (node->parameters[0] & 1 << d)
			axes[n++] = d;
	tflite_plan_add_option(&mean, TFLITE_REDUCER_KEEP_DIMS, 1, x->dims == y->dims);
	return add_simple(plan, node, mean, axes, 1, n);
}

static int plan_transpose(struct tflite_plan *plan, const struct graph_node *node)
{
	return add_simple(plan, node,
			  (struct tflite_plan_operator){.code = TFLITE_TRANSPOSE,
							.version = tflite_plan_version_for(plan, node, 1, 2, 4)},
			  node->parameters, 1, tflite_plan_tensor_of(plan, node->input[0])->dims);
}

static int (*const planners[])(struct tflite_plan *plan, const struct graph_node *node) = {
	[NN_OPERATOR_CONV_2D] = tflite_plan_conv,
	[NN_OPERATOR_DEPTHWISE_CONV_2D] = tflite_plan_conv,
	[NN_OPERATOR_DENSE] = tflite_plan_dense,
	[NN_OPERATOR_MAX_POOL_2D] = tflite_plan_pool,
	[NN_OPERATOR_AVERAGE_POOL_2D] = tflite_plan_pool,
	[NN_OPERATOR_RESHAPE] = plan_reshape,
	[NN_OPERATOR_SOFTMAX] = plan_softmax,
	[NN_OPERATOR_ADD] = plan_pairwise,
	[NN_OPERATOR_MULTIPLY] = plan_pairwise,
	[NN_OPERATOR_ACTIVATION] = plan_activation,
	[NN_OPERATOR_SUBTRACT] = plan_pairwise,
	[NN_OPERATOR_CONCAT] = plan_concat,
	[NN_OPERATOR_PAD] = plan_pad,
	[NN_OPERATOR_MEAN] = plan_mean,
	[NN_OPERATOR_LEAKY_RELU] = plan_leaky_relu,
	[NN_OPERATOR_SIGMOID] = plan_unary,
	[NN_OPERATOR_TANH] = plan_unary,
	[NN_OPERATOR_HARD_SWISH] = plan_unary,
	[NN_OPERATOR_TRANSPOSE] = plan_transpose,
	[NN_OPERATOR_BATCH_NORM] = plan_batch_norm,
	[NN_OPERATOR_QUANTIZE] = plan_unary,
	[NN_OPERATOR_DEQUANTIZE] = plan_unary,
};

static int plan_graph(struct tflite_plan *plan)
{
	const struct graph *graph = plan->graph;

	plan->input = tflite_plan_variable(plan, graph->input);
	for (uint16_t n = 0; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];
		int r;

		if ((size_t)node->code >= sizeof(planners) / sizeof(planners[0]) || !planners[node->code])
			return tflite_plan_refuse(plan, node, "TensorFlow Lite has no such operator", "");
		r = planners[node->code](plan, node);
		if (r < 0)
			return r;
	}
	plan->output = tflite_plan_variable(plan, graph->output);
	return plan->input < 0 || plan->output < 0 ? -ENOMEM : 0;
}

int tflite_plan_make(const struct graph *graph, struct tflite_plan **ret_plan, char *ret_reason)
{
	struct tflite_plan *plan = calloc(1, sizeof(*plan));
	int r;

	if (!plan) {
		snprintf(ret_reason, GRAPH_REASON, "out of memory");
		return -ENOMEM;
	}
	plan->graph = graph;
	plan->name = graph->name;
	plan->reason = ret_reason;
	memset(plan->places, 0xff, sizeof(plan->places));
	r = graph->node_count ? plan_graph(plan) : -EOPNOTSUPP;
	if (!graph->node_count)
		snprintf(ret_reason, GRAPH_REASON, "the network has no operators");
	if (r < 0) {
		tflite_plan_free(plan);
		return r;
	}
	*ret_plan = plan;
	return 0;
}

void tflite_plan_free(struct tflite_plan *plan)
{
	for (uint32_t i = 0; i < plan->tensor_count; i++) {
		free(plan->tensors[i].data);
		free(plan->tensors[i].scales);
	}
	free(plan->tensors);
	free(plan->operators);
	free(plan);
}
