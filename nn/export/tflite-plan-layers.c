/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-plan-layers.c - operators with windows or weights in TensorFlow Lite's terms. */
#include <errno.h>

#include "nn/export/tflite-plan.h"

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
	const struct graph_tensor *x = tflite_plan_tensor_of(plan, node->input[0]);
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
	return tflite_plan_add_operator(plan, &pad) < 0 ? -ENOMEM : padded;
}

/* Input and the options that all windows begin with. */
static int start_window(struct tflite_plan *plan, const struct graph_node *node, int32_t kernel_h, int32_t kernel_w,
			bool can_pad, struct tflite_plan_operator *operator)
{
	const struct graph_tensor *x = tflite_plan_tensor_of(plan, node->input[0]);
	const int32_t *p = node->parameters;
	bool same = is_same(x->shape[1], kernel_h, p, 0) && is_same(x->shape[2], kernel_w, p, 1);
	bool valid = is_valid(p);

	if (!same && !valid && !can_pad)
		return tflite_plan_refuse(plan, node, "its padding is neither SAME nor VALID", "");
	operator->inputs[0] = same || valid ? tflite_plan_variable(plan, node->input[0]) : add_padding(plan, node);
	tflite_plan_add_option(operator, TFLITE_WINDOW_PADDING, 1,
			       same && !valid ? TFLITE_PADDING_SAME : TFLITE_PADDING_VALID);
	tflite_plan_add_option(operator, TFLITE_WINDOW_STRIDE_W, 4, p[NN_PARAMETER_STRIDE_W]);
	tflite_plan_add_option(operator, TFLITE_WINDOW_STRIDE_H, 4, p[NN_PARAMETER_STRIDE_H]);
	return 0;
}

int tflite_plan_pool(struct tflite_plan *plan, const struct graph_node *node)
{
	const int32_t *p = node->parameters;
	struct tflite_plan_operator pool = {
		.code = node->code == NN_OPERATOR_MAX_POOL_2D ? TFLITE_MAX_POOL_2D : TFLITE_AVERAGE_POOL_2D,
		.version = tflite_plan_version_for(plan, node, 1, 2, 3),
		.options_type = TFLITE_OPTIONS_POOL_2D,
		.input_count = 1,
	};
	int r = start_window(plan, node, p[NN_PARAMETER_KERNEL_H], p[NN_PARAMETER_KERNEL_W], false, &pool);

	if (r < 0)
		return r;
	tflite_plan_add_option(&pool, TFLITE_POOL_FILTER_W, 4, p[NN_PARAMETER_KERNEL_W]);
	tflite_plan_add_option(&pool, TFLITE_POOL_FILTER_H, 4, p[NN_PARAMETER_KERNEL_H]);
	tflite_plan_add_activation(&pool, TFLITE_POOL_ACTIVATION, node->activation);
	pool.output = tflite_plan_variable(plan, node->output);
	return tflite_plan_add_operator(plan, &pool);
}

/* --- layers with weights --------------------------------------------------------------------------------------- */

static bool is_hybrid(const struct tflite_plan *plan, const struct graph_node *node)
{
	return tflite_plan_tensor_of(plan, node->input[0])->type == NN_TYPE_F32 &&
	       tflite_plan_tensor_of(plan, node->input[1])->type == NN_TYPE_I8;
}

static int add_layer(struct tflite_plan *plan, const struct graph_node *node, enum tflite_plan_layout layout,
		     struct tflite_plan_operator *layer)
{
	bool expanded = is_hybrid(plan, node) && node->parameters[NN_PARAMETER_HYBRID] == NN_HYBRID_WEIGHTS;

	if (node->inputs > 3)
		return tflite_plan_refuse(plan, node, "it has limits for each channel",
					  "import with --no-passes, or quantize with --keep, then export");
	layer->input_count = 3;
	layer->inputs[1] = tflite_plan_use(plan, node->input[1], layout, expanded);
	layer->inputs[2] = tflite_plan_tensor_of(plan, node->input[2])->type == NN_TYPE_F16
				   ? tflite_plan_use(plan, node->input[2], TFLITE_PLAN_AS_IT_IS, true)
				   : tflite_plan_bias(plan, node->input[2], node->input[0], node->input[1]);
	layer->output = tflite_plan_variable(plan, node->output);
	return tflite_plan_add_operator(plan, layer);
}

int tflite_plan_conv(struct tflite_plan *plan, const struct graph_node *node)
{
	const uint32_t *weights = tflite_plan_tensor_of(plan, node->input[1])->shape;
	bool depthwise = node->code == NN_OPERATOR_DEPTHWISE_CONV_2D;
	struct tflite_plan_operator conv = {
		.code = depthwise ? TFLITE_DEPTHWISE_CONV_2D : TFLITE_CONV_2D,
		.version = is_hybrid(plan, node) ? (depthwise ? 6 : 5)
			   : depthwise		 ? tflite_plan_version_for(plan, node, 2, 3, 5)
						 : tflite_plan_version_for(plan, node, 1, 3, 4),
		.options_type = depthwise ? TFLITE_OPTIONS_DEPTHWISE_CONV_2D : TFLITE_OPTIONS_CONV_2D,
	};
	int r = start_window(plan, node, (int32_t)weights[0], (int32_t)weights[1], true, &conv);

	if (r < 0)
		return r;
	if (depthwise)
		tflite_plan_add_option(&conv, TFLITE_DEPTHWISE_MULTIPLIER, 4, (int32_t)weights[3]);
	tflite_plan_add_activation(&conv, depthwise ? TFLITE_DEPTHWISE_ACTIVATION : TFLITE_CONV_ACTIVATION,
				   node->activation);
	tflite_plan_add_option(&conv, depthwise ? TFLITE_DEPTHWISE_DILATION_W : TFLITE_CONV_DILATION_W, 4,
			       node->parameters[NN_PARAMETER_DILATION_W]);
	tflite_plan_add_option(&conv, depthwise ? TFLITE_DEPTHWISE_DILATION_H : TFLITE_CONV_DILATION_H, 4,
			       node->parameters[NN_PARAMETER_DILATION_H]);
	return add_layer(plan, node, depthwise ? TFLITE_PLAN_DEPTHWISE : TFLITE_PLAN_CONV, &conv);
}

int tflite_plan_dense(struct tflite_plan *plan, const struct graph_node *node)
{
	bool hybrid = is_hybrid(plan, node);
	struct tflite_plan_operator dense = {
		.code = TFLITE_FULLY_CONNECTED,
		.version = hybrid ? 9 : tflite_plan_version_for(plan, node, 1, 4, 7),
		.options_type = TFLITE_OPTIONS_FULLY_CONNECTED,
		.inputs = {tflite_plan_variable(plan, node->input[0])},
	};

	tflite_plan_add_activation(&dense, TFLITE_FULLY_CONNECTED_ACTIVATION, node->activation);
	tflite_plan_add_option(&dense, TFLITE_FULLY_CONNECTED_ASYMMETRIC, 1, hybrid);
	return add_layer(plan, node, TFLITE_PLAN_DENSE, &dense);
}
