/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-plan.c - nodes to operators of TensorFlow Lite, one table row each. */
#include "nn/export/tflite-plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct graph_tensor *tensor_of(const struct tflite_plan *plan, uint16_t tensor)
{
	return &plan->graph->tensors[tensor];
}

static int refuse(struct tflite_plan *plan, const struct graph_node *node, const char *what, const char *remedy)
{
	snprintf(plan->reason, GRAPH_REASON, "what makes \"%.40s\": %.100s%s%.100s",
		 tensor_of(plan, node->output)->name, what, *remedy ? "; " : "", remedy);
	return -EOPNOTSUPP;
}

/* --- operators ------------------------------------------------------------------------------------------------- */

static int add_operator(struct tflite_plan *plan, const struct tflite_plan_operator *operator)
{
	if (operator->output<0)
		return operator->output;
	for (unsigned i = 0; i < operator->input_count; i++)
		if (operator->inputs[i]<0)
			return operator->inputs[i];
	if (plan->operator_count == plan->operator_room) {
		uint32_t room = plan->operator_room * 2 + 64;
		struct tflite_plan_operator *more = realloc(plan->operators, room * sizeof(*more));

		if (!more)
			return tflite_plan_no_memory(plan);
		plan->operators = more;
		plan->operator_room = room;
	}
	plan->operators[plan->operator_count++] = *operator;
	return 0;
}

static void add_option(struct tflite_plan_operator *operator, unsigned slot, unsigned bytes, int32_t value)
{
	operator->options[operator->option_count++] =(struct tflite_plan_option){
		.slot = (uint8_t)slot, .bytes = (uint8_t)bytes, .value = value};
}

static void add_activation(struct tflite_plan_operator *operator, unsigned slot, enum nn_activation activation)
{
	add_option(operator, slot, 1,
		   activation == NN_ACTIVATION_RELU    ? TFLITE_ACTIVATION_RELU
		   : activation == NN_ACTIVATION_RELU6 ? TFLITE_ACTIVATION_RELU6
						       : TFLITE_ACTIVATION_NONE);
}

static int32_t float_bits(float value)
{
	int32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* An input that may be a constant; half precision gets the DEQUANTIZE that TensorFlow Lite wants. */
static int32_t use(struct tflite_plan *plan, uint16_t tensor, enum tflite_plan_layout layout, bool expanded)
{
	const struct graph_tensor *from = tensor_of(plan, tensor);
	struct tflite_plan_operator dequantise = {.code = TFLITE_DEQUANTIZE, .version = 3, .input_count = 1};
	int32_t number;

	if (!from->data)
		return tflite_plan_variable(plan, tensor);
	number = tflite_plan_constant(plan, tensor, layout);
	if (number < 0 || (from->type != NN_TYPE_F16 && !expanded))
		return number;
	dequantise.inputs[0] = number;
	dequantise.output = tflite_plan_add_tensor(plan, from->name, ".f32", NN_TYPE_F32);
	if (dequantise.output < 0)
		return dequantise.output;
	plan->tensors[dequantise.output].dims = plan->tensors[number].dims;
	memcpy(plan->tensors[dequantise.output].shape, plan->tensors[number].shape,
	       sizeof(plan->tensors[number].shape));
	return add_operator(plan, &dequantise) < 0 ? -ENOMEM : dequantise.output;
}

/* The oldest version of an operator that knows the type of its activations. */
static int32_t version_for(const struct tflite_plan *plan, const struct graph_node *node, int32_t floats, int32_t i8,
			   int32_t i16)
{
	enum nn_type type = tensor_of(plan, node->output)->type;

	return type == NN_TYPE_I8 ? i8 : type == NN_TYPE_I16 ? i16 : floats;
}

/* --- windows --------------------------------------------------------------------------------------------------- */

static bool is_same(uint32_t in, int64_t kernel, const int32_t *p, unsigned axis)
{
	int32_t stride = p[NN_PARAMETER_STRIDE_H + (int)axis], dilation = p[NN_PARAMETER_DILATION_H + (int)axis];
	int64_t out = ((int64_t)in + stride - 1) / stride, all = (out - 1) * stride + (kernel - 1) * dilation + 1 - in;

	all = all > 0 ? all : 0;
	return p[NN_PARAMETER_PAD_TOP + (int)axis] == all / 2 &&
	       p[NN_PARAMETER_PAD_BOTTOM + (int)axis] == all - all / 2;
}

static bool is_valid(const int32_t *p)
{
	return !p[NN_PARAMETER_PAD_TOP] && !p[NN_PARAMETER_PAD_LEFT] && !p[NN_PARAMETER_PAD_BOTTOM] &&
	       !p[NN_PARAMETER_PAD_RIGHT];
}

/* Padding that is neither SAME nor VALID becomes an operator of its own. Returns what the window then reads. */
static int32_t add_padding(struct tflite_plan *plan, const struct graph_node *node)
{
	const struct graph_tensor *x = tensor_of(plan, node->input[0]);
	const int32_t *p = node->parameters;
	const int32_t pads[] = {0,
				0,
				p[NN_PARAMETER_PAD_TOP],
				p[NN_PARAMETER_PAD_BOTTOM],
				p[NN_PARAMETER_PAD_LEFT],
				p[NN_PARAMETER_PAD_RIGHT],
				0,
				0};
	struct tflite_plan_operator pad = {
		.code = TFLITE_PAD, .version = x->type == NN_TYPE_F32 ? 1 : 2, .input_count = 2};
	int32_t padded = tflite_plan_another(plan, node->input[0], ".padded");

	if (padded < 0)
		return padded;
	for (unsigned d = 0; d < 4; d++)
		plan->tensors[padded].shape[d] += pads[2 * d] + pads[2 * d + 1];
	pad.inputs[0] = tflite_plan_variable(plan, node->input[0]);
	pad.inputs[1] = tflite_plan_integers(plan, "paddings", pads, 4, 2);
	pad.output = padded;
	return add_operator(plan, &pad) < 0 ? -ENOMEM : padded;
}

/* Input and the options that all windows begin with. */
static int start_window(struct tflite_plan *plan, const struct graph_node *node, int32_t kernel_h, int32_t kernel_w,
			bool can_pad, struct tflite_plan_operator *operator)
{
	const struct graph_tensor *x = tensor_of(plan, node->input[0]);
	const int32_t *p = node->parameters;
	bool same = is_same(x->shape[1], kernel_h, p, 0) && is_same(x->shape[2], kernel_w, p, 1);
	bool valid = is_valid(p);

	if (!same && !valid && !can_pad)
		return refuse(plan, node, "its padding is neither SAME nor VALID", "");
	operator->inputs[0] = same || valid ? tflite_plan_variable(plan, node->input[0]) : add_padding(plan, node);
	add_option(operator, TFLITE_WINDOW_PADDING, 1, same && !valid ? TFLITE_PADDING_SAME : TFLITE_PADDING_VALID);
	add_option(operator, TFLITE_WINDOW_STRIDE_W, 4, p[NN_PARAMETER_STRIDE_W]);
	add_option(operator, TFLITE_WINDOW_STRIDE_H, 4, p[NN_PARAMETER_STRIDE_H]);
	return 0;
}

static int plan_pool(struct tflite_plan *plan, const struct graph_node *node)
{
	const int32_t *p = node->parameters;
	struct tflite_plan_operator pool = {
		.code = node->code == NN_OPERATOR_MAX_POOL_2D ? TFLITE_MAX_POOL_2D : TFLITE_AVERAGE_POOL_2D,
		.version = version_for(plan, node, 1, 2, 3),
		.options_type = TFLITE_OPTIONS_POOL_2D,
		.input_count = 1,
	};
	int r = start_window(plan, node, p[NN_PARAMETER_KERNEL_H], p[NN_PARAMETER_KERNEL_W], false, &pool);

	if (r < 0)
		return r;
	add_option(&pool, TFLITE_POOL_FILTER_W, 4, p[NN_PARAMETER_KERNEL_W]);
	add_option(&pool, TFLITE_POOL_FILTER_H, 4, p[NN_PARAMETER_KERNEL_H]);
	add_activation(&pool, TFLITE_POOL_ACTIVATION, node->activation);
	pool.output = tflite_plan_variable(plan, node->output);
	return add_operator(plan, &pool);
}

/* --- layers with weights --------------------------------------------------------------------------------------- */

static bool is_hybrid(const struct tflite_plan *plan, const struct graph_node *node)
{
	return tensor_of(plan, node->input[0])->type == NN_TYPE_F32 &&
	       tensor_of(plan, node->input[1])->type == NN_TYPE_I8;
}

static int add_layer(struct tflite_plan *plan, const struct graph_node *node, enum tflite_plan_layout layout,
		     struct tflite_plan_operator *layer)
{
	bool expanded = is_hybrid(plan, node) && node->parameters[NN_PARAMETER_HYBRID] == NN_HYBRID_WEIGHTS;

	if (node->inputs > 3)
		return refuse(plan, node, "it has limits for each channel", "import with --no-passes, then export");
	layer->input_count = 3;
	layer->inputs[1] = use(plan, node->input[1], layout, expanded);
	layer->inputs[2] = tensor_of(plan, node->input[2])->type == NN_TYPE_F16
				   ? use(plan, node->input[2], TFLITE_PLAN_AS_IT_IS, true)
				   : tflite_plan_bias(plan, node->input[2], node->input[0], node->input[1]);
	layer->output = tflite_plan_variable(plan, node->output);
	return add_operator(plan, layer);
}

static int plan_conv(struct tflite_plan *plan, const struct graph_node *node)
{
	const uint32_t *weights = tensor_of(plan, node->input[1])->shape;
	bool depthwise = node->code == NN_OPERATOR_DEPTHWISE_CONV_2D;
	struct tflite_plan_operator conv = {
		.code = depthwise ? TFLITE_DEPTHWISE_CONV_2D : TFLITE_CONV_2D,
		.version = is_hybrid(plan, node) ? (depthwise ? 6 : 5)
			   : depthwise		 ? version_for(plan, node, 2, 3, 5)
						 : version_for(plan, node, 1, 3, 4),
		.options_type = depthwise ? TFLITE_OPTIONS_DEPTHWISE_CONV_2D : TFLITE_OPTIONS_CONV_2D,
	};
	int r = start_window(plan, node, (int32_t)weights[0], (int32_t)weights[1], true, &conv);

	if (r < 0)
		return r;
	if (depthwise)
		add_option(&conv, TFLITE_DEPTHWISE_MULTIPLIER, 4, (int32_t)weights[3]);
	add_activation(&conv, depthwise ? TFLITE_DEPTHWISE_ACTIVATION : TFLITE_CONV_ACTIVATION, node->activation);
	add_option(&conv, depthwise ? TFLITE_DEPTHWISE_DILATION_W : TFLITE_CONV_DILATION_W, 4,
		   node->parameters[NN_PARAMETER_DILATION_W]);
	add_option(&conv, depthwise ? TFLITE_DEPTHWISE_DILATION_H : TFLITE_CONV_DILATION_H, 4,
		   node->parameters[NN_PARAMETER_DILATION_H]);
	return add_layer(plan, node, depthwise ? TFLITE_PLAN_DEPTHWISE : TFLITE_PLAN_CONV, &conv);
}

static int plan_dense(struct tflite_plan *plan, const struct graph_node *node)
{
	bool hybrid = is_hybrid(plan, node);
	struct tflite_plan_operator dense = {
		.code = TFLITE_FULLY_CONNECTED,
		.version = hybrid ? 9 : version_for(plan, node, 1, 4, 7),
		.options_type = TFLITE_OPTIONS_FULLY_CONNECTED,
		.inputs = {tflite_plan_variable(plan, node->input[0])},
	};

	add_activation(&dense, TFLITE_FULLY_CONNECTED_ACTIVATION, node->activation);
	add_option(&dense, TFLITE_FULLY_CONNECTED_ASYMMETRIC, 1, hybrid);
	return add_layer(plan, node, TFLITE_PLAN_DENSE, &dense);
}

/* --- the rest -------------------------------------------------------------------------------------------------- */

/* One input, one output, and perhaps an integer constant. */
static int add_simple(struct tflite_plan *plan, const struct graph_node *node, struct tflite_plan_operator operator,
		      const int32_t * integers, unsigned rows, unsigned columns)
{
	operator.input_count = integers ? 2 : 1;
	operator.inputs[0] = tflite_plan_variable(plan, node->input[0]);
	if (integers)
		operator.inputs[1] = tflite_plan_integers(plan, "numbers", integers, rows, columns);
	operator.output = tflite_plan_variable(plan, node->output);
	return add_operator(plan, &operator);
}

static int plan_reshape(struct tflite_plan *plan, const struct graph_node *node)
{
	const struct graph_tensor *y = tensor_of(plan, node->output);
	int32_t shape[NN_DIMS_MAX];

	for (unsigned d = 0; d < NN_DIMS_MAX; d++)
		shape[d] = (int32_t)y->shape[d];
	return add_simple(plan, node, (struct tflite_plan_operator){.code = TFLITE_RESHAPE, .version = 1}, shape, 1,
			  y->dims);
}

static int plan_softmax(struct tflite_plan *plan, const struct graph_node *node)
{
	struct tflite_plan_operator softmax = {.code = TFLITE_SOFTMAX,
					       .version = version_for(plan, node, 1, 2, 3),
					       .options_type = TFLITE_OPTIONS_SOFTMAX};

	add_option(&softmax, TFLITE_SOFTMAX_BETA, 4, node->parameters[0] ? node->parameters[0] : float_bits(1));
	return add_simple(plan, node, softmax, NULL, 0, 0);
}

static int plan_leaky_relu(struct tflite_plan *plan, const struct graph_node *node)
{
	struct tflite_plan_operator leaky = {.code = TFLITE_LEAKY_RELU,
					     .version = version_for(plan, node, 1, 2, 2),
					     .options_type = TFLITE_OPTIONS_LEAKY_RELU};

	add_option(&leaky, TFLITE_LEAKY_RELU_ALPHA, 4, node->parameters[0]);
	return add_simple(plan, node, leaky, NULL, 0, 0);
}

static int plan_activation(struct tflite_plan *plan, const struct graph_node *node)
{
	bool six = node->activation == NN_ACTIVATION_RELU6;

	if (node->activation == NN_ACTIVATION_NONE)
		return refuse(plan, node, "it does nothing", "");
	return add_simple(plan, node,
			  (struct tflite_plan_operator){.code = six ? TFLITE_RELU6 : TFLITE_RELU,
							.version = version_for(plan, node, 1, 2, 2)},
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
	return add_simple(
		plan, node,
		(struct tflite_plan_operator){.code = rows[i].operator,
					      .version = version_for(plan, node, rows[i].versions[0],
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
		.version = version_for(plan, node, 1, 2, 3),
		.inputs = {use(plan, node->input[0], TFLITE_PLAN_AS_IT_IS, false),
			   use(plan, node->input[1], TFLITE_PLAN_AS_IT_IS, false)},
		.input_count = 2,
		.output = tflite_plan_variable(plan, node->output),
	};

	add_activation(&pair, TFLITE_ARITHMETIC_ACTIVATION, node->activation);
	return add_operator(plan, &pair);
}

/* x * scale + offset in two steps. */
static int plan_batch_norm(struct tflite_plan *plan, const struct graph_node *node)
{
	int32_t between = tflite_plan_another(plan, node->output, ".scaled");
	struct tflite_plan_operator scale = {.code = TFLITE_MUL,
					     .version = 1,
					     .options_type = TFLITE_OPTIONS_MUL,
					     .inputs = {tflite_plan_variable(plan, node->input[0]),
							use(plan, node->input[1], TFLITE_PLAN_AS_IT_IS, false)},
					     .input_count = 2,
					     .output = between};
	struct tflite_plan_operator offset = {
		.code = TFLITE_ADD,
		.version = 1,
		.options_type = TFLITE_OPTIONS_ADD,
		.inputs = {between, use(plan, node->input[2], TFLITE_PLAN_AS_IT_IS, false)},
		.input_count = 2,
		.output = tflite_plan_variable(plan, node->output)};
	int r;

	if (tensor_of(plan, node->output)->type != NN_TYPE_F32)
		return refuse(plan, node, "a normalisation of integers is not supported", "fold or multiply and add");
	add_activation(&offset, TFLITE_ARITHMETIC_ACTIVATION, node->activation);
	r = add_operator(plan, &scale);
	return r < 0 ? r : add_operator(plan, &offset);
}

static int plan_concat(struct tflite_plan *plan, const struct graph_node *node)
{
	struct tflite_plan_operator concat = {.code = TFLITE_CONCATENATION,
					      .version = version_for(plan, node, 1, 2, 3),
					      .options_type = TFLITE_OPTIONS_CONCATENATION,
					      .input_count = node->inputs,
					      .output = tflite_plan_variable(plan, node->output)};

	for (unsigned i = 0; i < node->inputs; i++)
		concat.inputs[i] = use(plan, node->input[i], TFLITE_PLAN_AS_IT_IS, false);
	add_option(&concat, TFLITE_CONCATENATION_AXIS, 4, node->parameters[0]);
	add_activation(&concat, TFLITE_CONCATENATION_ACTIVATION, node->activation);
	return add_operator(plan, &concat);
}

static int plan_pad(struct tflite_plan *plan, const struct graph_node *node)
{
	const struct graph_tensor *x = tensor_of(plan, node->input[0]);
	int32_t zero = x->scale_count ? x->zero_points[0] : 0, pads[2 * NN_DIMS_MAX];

	if (node->parameters[NN_PARAMETER_PAD_VALUE] != zero)
		return refuse(plan, node, "it pads with another value than 0", "");
	for (unsigned d = 0; d < x->dims; d++) {
		pads[2 * d] = node->parameters[NN_PARAMETER_PAD_BEFORE + (int)d];
		pads[2 * d + 1] = node->parameters[NN_PARAMETER_PAD_BEHIND + (int)d];
	}
	return add_simple(
		plan, node,
		(struct tflite_plan_operator){.code = TFLITE_PAD, .version = version_for(plan, node, 1, 2, 3)}, pads,
		x->dims, 2);
}

static int plan_mean(struct tflite_plan *plan, const struct graph_node *node)
{
	const struct graph_tensor *x = tensor_of(plan, node->input[0]), *y = tensor_of(plan, node->output);
	struct tflite_plan_operator mean = {.code = TFLITE_MEAN,
					    .version = version_for(plan, node, 1, 2, 3),
					    .options_type = TFLITE_OPTIONS_REDUCER};
	int32_t axes[NN_DIMS_MAX];
	unsigned n = 0;

	for (int32_t d = 0; d < x->dims; d++)
		if (node->parameters[0] & 1 << d)
			axes[n++] = d;
	add_option(&mean, TFLITE_REDUCER_KEEP_DIMS, 1, x->dims == y->dims);
	return add_simple(plan, node, mean, axes, 1, n);
}

static int plan_transpose(struct tflite_plan *plan, const struct graph_node *node)
{
	return add_simple(
		plan, node,
		(struct tflite_plan_operator){.code = TFLITE_TRANSPOSE, .version = version_for(plan, node, 1, 2, 4)},
		node->parameters, 1, tensor_of(plan, node->input[0])->dims);
}

static int (*const planners[])(struct tflite_plan *plan, const struct graph_node *node) = {
	[NN_OPERATOR_CONV_2D] = plan_conv,
	[NN_OPERATOR_DEPTHWISE_CONV_2D] = plan_conv,
	[NN_OPERATOR_DENSE] = plan_dense,
	[NN_OPERATOR_MAX_POOL_2D] = plan_pool,
	[NN_OPERATOR_AVERAGE_POOL_2D] = plan_pool,
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
			return refuse(plan, node, "TensorFlow Lite has no such operator", "");
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
