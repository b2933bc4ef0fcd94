/* SPDX-License-Identifier: Apache-2.0 */
/* c-layer.c - from a model's operators to layers, see c-layer.h. */
#include "nn/export/c-layers.h"

#include <errno.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "nn/runtime/kernels/requantise.h"

static const struct nn_tensor *operand(const struct nn_model *model, const struct nn_operator *op, unsigned i)
{
	return nn_model_operand(model, op, i);
}

static const void *constant_of(const struct nn_model *model, const struct nn_tensor *tensor)
{
	return model->data + tensor->location;
}

static float scale_of(const struct nn_model *model, const struct nn_tensor *tensor)
{
	float scale = 0;

	if (tensor->scale_count)
		memcpy(&scale, model->quantisation + tensor->scales, sizeof(scale));
	return scale;
}

static int32_t zero_of(const struct nn_model *model, const struct nn_tensor *tensor)
{
	int32_t zero = 0;

	if (tensor->scale_count)
		memcpy(&zero, model->quantisation + tensor->scales + 4 * tensor->scale_count, sizeof(zero));
	return zero;
}

static void read_window(const struct nn_model *model, const struct nn_operator *op, struct nn_conv *ret_shape)
{
	const uint32_t *in = operand(model, op, 0)->shape, *out = operand(model, op, op->inputs)->shape;
	const int32_t *p = op->parameters;

	*ret_shape = (struct nn_conv){
		.in_h = (int32_t)in[1],
		.in_w = (int32_t)in[2],
		.in_c = (int32_t)in[3],
		.out_h = (int32_t)out[1],
		.out_w = (int32_t)out[2],
		.out_c = (int32_t)out[3],
		.kernel_h = p[NN_PARAMETER_KERNEL_H],
		.kernel_w = p[NN_PARAMETER_KERNEL_W],
		.stride_h = p[NN_PARAMETER_STRIDE_H],
		.stride_w = p[NN_PARAMETER_STRIDE_W],
		.dilation_h = p[NN_PARAMETER_DILATION_H],
		.dilation_w = p[NN_PARAMETER_DILATION_W],
		.pad_top = p[NN_PARAMETER_PAD_TOP],
		.pad_left = p[NN_PARAMETER_PAD_LEFT],
	};
	if (op->inputs > 1) {
		ret_shape->kernel_h = (int32_t)operand(model, op, 1)->shape[0];
		ret_shape->kernel_w = (int32_t)operand(model, op, 1)->shape[1];
	}
}

static bool has_window(const struct nn_operator *op)
{
	return op->code == NN_OPERATOR_CONV_2D || op->code == NN_OPERATOR_DEPTHWISE_CONV_2D ||
	       op->code == NN_OPERATOR_MAX_POOL_2D;
}

static void read_limits(const struct nn_operator *op, struct c_layer *layer)
{
	layer->low = op->low;
	layer->high = op->high;
	layer->float_low = op->activation == NN_ACTIVATION_NONE ? -FLT_MAX : 0;
	layer->float_high = op->activation == NN_ACTIVATION_RELU6 ? 6 : FLT_MAX;
}

void c_layer_read(const struct nn_model *model, const struct nn_operator *op, enum c_core core,
		  struct c_layer *ret_layer)
{
	const struct nn_tensor *in = operand(model, op, 0), *out = operand(model, op, op->inputs);

	*ret_layer = (struct c_layer){
		.op = op,
		.core = core,
		.integer = in->type == NN_TYPE_I8,
		.inputs = (int32_t)nn_tensor_elements(in),
		.outputs = (int32_t)nn_tensor_elements(out),
		.channels = (int32_t)out->shape[out->dims - 1],
		.pool = 1,
		.in_scale = scale_of(model, in),
		.in_zero = zero_of(model, in),
		.out_zero = zero_of(model, out),
		.single = op->rounding == NN_ROUNDING_SINGLE,
		.multipliers = (const void *)(model->quantisation + op->multipliers),
		.multiplier_count = op->multiplier_count,
	};
	if (op->code == NN_OPERATOR_DENSE)
		ret_layer->channels = ret_layer->outputs;
	ret_layer->shifts = ret_layer->multipliers + op->multiplier_count;
	read_limits(op, ret_layer);
	if (has_window(op))
		read_window(model, op, &ret_layer->shape);
	if (op->inputs > 1)
		ret_layer->weights = constant_of(model, operand(model, op, 1));
	if (op->inputs > 2)
		ret_layer->bias = constant_of(model, operand(model, op, 2));
}

/* A 2x2 pool behind a convolution becomes part of it if a kernel does both: maxima and rounding can change places. */
static bool take_pool(const struct nn_model *model, const struct nn_operator *op, struct c_layer *layer)
{
	struct c_layer pool;

	if (layer->op->code != NN_OPERATOR_CONV_2D || op->code != NN_OPERATOR_MAX_POOL_2D)
		return false;
	c_layer_read(model, op, layer->core, &pool);
	if (pool.shape.kernel_h != 2 || pool.shape.kernel_w != 2 || pool.shape.stride_h != 2 ||
	    pool.shape.stride_w != 2 || pool.shape.pad_top || pool.shape.pad_left ||
	    pool.shape.out_h != layer->shape.out_h / 2 || pool.shape.out_w != layer->shape.out_w / 2)
		return false;
	layer->pool = 2;
	if (!c_kernel_find(layer)) {
		layer->pool = 1;
		return false;
	}
	layer->outputs = pool.outputs;
	layer->low = pool.low > layer->low ? pool.low : layer->low;
	layer->high = pool.high < layer->high ? pool.high : layer->high;
	layer->float_low = pool.float_low > layer->float_low ? pool.float_low : layer->float_low;
	layer->float_high = pool.float_high < layer->float_high ? pool.float_high : layer->float_high;
	return true;
}

/* Of a channel: the sum of its weights, and how far the kernel's sum may be from the bias. */
struct reach {
	int64_t weights, most;
};

static struct reach channel_reach(const struct c_layer *l, int32_t channel)
{
	bool depthwise = l->op->code == NN_OPERATOR_DEPTHWISE_CONV_2D;
	int32_t taps = l->inputs;
	struct reach reach = {0};

	if (l->op->code != NN_OPERATOR_DENSE)
		taps = l->shape.kernel_h * l->shape.kernel_w * (depthwise ? 1 : l->shape.in_c);
	for (int32_t i = 0; i < taps; i++) {
		int32_t w = ((const int8_t *)l->weights)[i * l->channels + channel];

		reach.weights += w;
		reach.most += 256 * abs(w);
	}
	return reach;
}

/*
 * A channel without weights, as dead filters leave it, is a constant, and one without a multiplier is nothing. Either gets
 * a factor that every fast output stage takes; what converters have there is often out of their reach.
 */
static void simplify(struct c_layer *l, int32_t channel, bool has_weights)
{
	const int32_t most = 512; /* beyond all limits of 8 bits */
	int32_t multiplier, shift, constant;

	if (!l->factors || (has_weights && l->multipliers[channel]))
		return;
	multiplier = l->multipliers[channel];
	shift = l->shifts[channel];
	constant = nn_limit(nn_scale(l->folded_bias[channel], multiplier, shift, l->single), -most, most);
	l->factors[channel] = has_weights ? 0 : 1 << 30;
	l->factors[l->channels + channel] = -2;
	l->folded_bias[channel] = 8 * constant; /* that factor is 1/8 */
}

/*
 * The fast output stages double a sum in 32 bits and shift to the right at least by one. The M4's shifts one place less
 * when it rounds once, and what it adds before the shift is zero point and half, shifted to the left.
 */
static bool is_right(const struct c_layer *l, int32_t channel, int64_t most)
{
	int32_t i = l->multiplier_count == 1 ? 0 : channel, shift = -l->shifts[i];
	int32_t least = l->core == C_M4 && l->single ? 2 : 1;

	return 2 * most <= INT32_MAX && shift >= least && (l->core != C_M4 || shift <= 21);
}

static int copy_factors(struct c_layer *l)
{
	size_t bytes = l->multiplier_count * sizeof(int32_t);

	if (l->multiplier_count < 2)
		return 0;
	l->factors = malloc(2 * bytes);
	if (!l->factors)
		return -ENOMEM;
	memcpy(l->factors, l->multipliers, bytes);
	memcpy(l->factors + l->multiplier_count, l->shifts, bytes);
	l->multipliers = l->factors;
	l->shifts = l->factors + l->multiplier_count;
	return 0;
}

/* Integers: the bias with the input's zero point in it, and whether the fast output stage will do. */
int c_layer_finish(struct c_layer *l)
{
	int32_t padded = (l->channels + 7) / 8 * 8;

	l->folded_bias = calloc((size_t)padded, sizeof(int32_t));
	if (!l->folded_bias || copy_factors(l))
		return -ENOMEM;
	l->right = true;
	for (int32_t o = 0; o < l->channels; o++) {
		struct reach reach = channel_reach(l, o);
		int64_t bias = ((const int32_t *)l->bias)[o];

		if (l->kernel->folds)
			bias -= (l->in_zero - l->in_base) * reach.weights;
		l->folded_bias[o] = (int32_t)bias;
		simplify(l, o, reach.most > 0);
		if (!is_right(l, o, reach.most + llabs((int64_t)l->folded_bias[o])))
			l->right = false;
	}
	return 0;
}

void c_layer_free(struct c_layer *l)
{
	free(l->folded_bias);
	free(l->factors);
}

/* What a chain can't have. */
static bool fits_chain(const struct nn_model *model, const struct nn_operator *op, uint16_t previous)
{
	const struct nn_tensor *in = operand(model, op, 0), *out = operand(model, op, op->inputs);

	if (model->operands[op->operands] != previous || in->type != out->type)
		return false;
	if (op->code == NN_OPERATOR_SOFTMAX)
		return nn_tensor_elements(in) == in->shape[in->dims - 1] &&
		       (in->type != NN_TYPE_F32 || !op->parameters[0] || op->parameters[0] == 0x3f800000);
	return c_layer_fits(model, op);
}

bool c_layer_fits(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *in = operand(model, op, 0);

	return (in->type == NN_TYPE_I8 || in->type == NN_TYPE_F32) && op->inputs <= 3 &&
	       (op->inputs < 2 || (operand(model, op, 1)->type == in->type && !zero_of(model, operand(model, op, 1))));
}

static int add_layer(const struct nn_model *model, uint32_t *position, struct c_layers *layers)
{
	struct c_layer *layer = &layers->layers[layers->count];
	uint32_t here = *position;

	layer->in_base = layers->base;
	if (here + 1 < model->operator_count && take_pool(model, &model->operators[here + 1], layer))
		++*position;
	layer->kernel = c_kernel_find(layer);
	if (!layer->kernel)
		return -ENOTSUP;
	layers->count++;
	if (layer->integer && layer->op->code == NN_OPERATOR_SOFTMAX) {
		layers->base = 0;
		return layer->out_zero == -128 ? 0 : -ENOTSUP;
	}
	if (layer->integer) {
		layers->base = layers->wide ? layer->out_zero : 0;
		layer->out_base = layers->base;
		return c_layer_finish(layer);
	}
	return 0;
}

int c_layers_make(const struct nn_model *model, enum c_core core, struct c_layers *ret_layers)
{
	uint16_t previous = model->main->input;

	*ret_layers = (struct c_layers){.integer = nn_model_input(model)->type == NN_TYPE_I8};
	ret_layers->wide = ret_layers->integer && (core == C_M4 || core == C_X86);
	for (uint32_t i = 0; i < model->operator_count; i++) {
		const struct nn_operator *op = &model->operators[i];
		int error;

		if (op->code != NN_OPERATOR_RESHAPE) {
			if (!fits_chain(model, op, previous))
				return -ENOTSUP;
			c_layer_read(model, op, core, &ret_layers->layers[ret_layers->count]);
			error = add_layer(model, &i, ret_layers);
			if (error)
				return error;
			op = &model->operators[i];
		} else if (model->operands[op->operands] != previous) {
			return -ENOTSUP;
		}
		previous = model->operands[op->operands + op->inputs];
	}
	return previous == model->main->output && ret_layers->count ? 0 : -ENOTSUP;
}

void c_layers_free(struct c_layers *layers)
{
	for (uint32_t i = 0; i < layers->count; i++)
		c_layer_free(&layers->layers[i]);
	layers->count = 0;
}
