/* SPDX-License-Identifier: Apache-2.0 */
/* operators.c - the table of operators: shape rules and calls into the kernels. */
#include "nn/runtime/operators.h"

#include <float.h>
#include <string.h>

#include "nn/runtime/kernels-f32.h"
#include "nn/runtime/overlap.h"

enum {
	PARAMETER_MAX = 1024, /* stride, dilation, kernel and padding; keeps the arithmetic far from overflow */
};

static const struct nn_tensor *operand(const struct nn_model *model, const struct nn_operator *op, unsigned i)
{
	return nn_model_operand(model, op, i);
}

static const float *input_f32(const struct nn_model *model, const struct nn_operator *op, unsigned i,
			      const uint8_t *arena)
{
	const struct nn_tensor *tensor = operand(model, op, i);
	const uint8_t *base = tensor->flags & NN_TENSOR_CONSTANT ? model->data : arena;

	return (const float *)(const void *)(base + tensor->location);
}

static float *output_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	return (float *)(void *)(arena + operand(model, op, op->inputs)->location);
}

static struct nn_range range_of(const struct nn_operator *op)
{
	struct nn_range range = {-FLT_MAX, FLT_MAX};

	if (op->activation != NN_ACTIVATION_NONE)
		range.low = 0;
	if (op->activation == NN_ACTIVATION_RELU6)
		range.high = 6;
	return range;
}

/* --- windows --------------------------------------------------------------------------------------------------- */

static struct nn_window window_of(const struct nn_model *model, const struct nn_operator *op)
{
	const uint32_t *in = operand(model, op, 0)->shape, *out = operand(model, op, op->inputs)->shape;
	const int32_t *p = op->parameters;
	struct nn_window window = {
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
		window.kernel_h = (int32_t)operand(model, op, 1)->shape[0];
		window.kernel_w = (int32_t)operand(model, op, 1)->shape[1];
	}
	return window;
}

static bool within(int64_t x, int64_t low, int64_t high)
{
	return x >= low && x <= high;
}

/* One direction of a window: every output position must touch the input, and there must be as many as fit. */
static bool window_fits(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t before,
			int64_t after)
{
	if (!within(kernel, 1, PARAMETER_MAX) || !within(stride, 1, PARAMETER_MAX) ||
	    !within(dilation, 1, PARAMETER_MAX))
		return false;

	int64_t extent = (kernel - 1) * dilation + 1;

	return within(before, 0, extent - 1) && within(after, 0, extent - 1) && in + before + after >= extent &&
	       out == (in + before + after - extent) / stride + 1;
}

static int check_window(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work)
{
	const struct nn_tensor *in = operand(model, op, 0), *out = operand(model, op, op->inputs);
	const int32_t *p = op->parameters;

	if (in->dims != 4 || out->dims != 4 || in->shape[0] != 1 || out->shape[0] != 1)
		return NN_ERROR_SHAPE;
	if (op->inputs > 1 && operand(model, op, 1)->dims != 4)
		return NN_ERROR_SHAPE;

	struct nn_window w = window_of(model, op);

	if (!window_fits(w.in_h, w.out_h, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top,
			 p[NN_PARAMETER_PAD_BOTTOM]) ||
	    !window_fits(w.in_w, w.out_w, w.kernel_w, w.stride_w, w.dilation_w, w.pad_left, p[NN_PARAMETER_PAD_RIGHT]))
		return NN_ERROR_SHAPE;
	*ret_work = (uint64_t)nn_tensor_elements(out) * (uint64_t)w.kernel_h * (uint64_t)w.kernel_w;
	return 0;
}

static bool is_vector(const struct nn_tensor *tensor, uint32_t n)
{
	return tensor->dims == 1 && tensor->shape[0] == n;
}

/* Bias and, if there are any, limits fit n output channels and are constants as the weights are. */
static bool has_constants(const struct nn_model *model, const struct nn_operator *op, uint32_t n)
{
	const struct nn_tensor *limits = operand(model, op, 3);

	if (!(operand(model, op, 1)->flags & operand(model, op, 2)->flags & NN_TENSOR_CONSTANT) ||
	    !is_vector(operand(model, op, 2), n))
		return false;
	return op->inputs == 3 || ((limits->flags & NN_TENSOR_CONSTANT) && limits->dims == 2 && limits->shape[0] == 2 &&
				   limits->shape[1] == n && op->activation == NN_ACTIVATION_NONE);
}

/* The limits of each channel, behind an operator whose inputs are x, weights, bias, limits. */
static void limit_channels(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *out = operand(model, op, op->inputs);

	if (op->inputs == 4)
		nn_limit_channels_f32((int32_t)nn_tensor_elements(out), (int32_t)operand(model, op, 3)->shape[1],
				      input_f32(model, op, 3, arena), output_f32(model, op, arena));
}

static int check_conv_2d(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work)
{
	const struct nn_tensor *in = operand(model, op, 0), *weights = operand(model, op, 1);
	const struct nn_tensor *out = operand(model, op, op->inputs);
	int error = check_window(model, op, ret_work);

	if (error)
		return error;
	if (weights->shape[2] != in->shape[3] || weights->shape[3] != out->shape[3] ||
	    !has_constants(model, op, out->shape[3]))
		return NN_ERROR_SHAPE;
	*ret_work *= in->shape[3];
	return 0;
}

static int check_depthwise(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work)
{
	const struct nn_tensor *in = operand(model, op, 0), *weights = operand(model, op, 1);
	const struct nn_tensor *out = operand(model, op, op->inputs);
	int error = check_window(model, op, ret_work);

	if (error)
		return error;
	if (weights->shape[2] != in->shape[3] || (uint64_t)weights->shape[2] * weights->shape[3] != out->shape[3] ||
	    !has_constants(model, op, out->shape[3]))
		return NN_ERROR_SHAPE;
	return 0;
}

static int check_pool(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work)
{
	const int32_t *p = op->parameters;
	int error = check_window(model, op, ret_work);

	if (error)
		return error;
	/* With holes a window could miss the input altogether. */
	if (p[NN_PARAMETER_DILATION_H] != 1 || p[NN_PARAMETER_DILATION_W] != 1 ||
	    operand(model, op, 0)->shape[3] != operand(model, op, 1)->shape[3])
		return NN_ERROR_SHAPE;
	return 0;
}

static void run_conv_2d(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = window_of(model, op);

	nn_conv_2d_f32(&window, input_f32(model, op, 0, arena), input_f32(model, op, 1, arena),
		       input_f32(model, op, 2, arena), range_of(op), output_f32(model, op, arena));
	limit_channels(model, op, arena);
}

static void run_depthwise(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = window_of(model, op);

	nn_depthwise_conv_2d_f32(&window, input_f32(model, op, 0, arena), input_f32(model, op, 1, arena),
				 input_f32(model, op, 2, arena), range_of(op), output_f32(model, op, arena));
	limit_channels(model, op, arena);
}

static void run_max_pool(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = window_of(model, op);

	nn_max_pool_2d_f32(&window, input_f32(model, op, 0, arena), range_of(op), output_f32(model, op, arena));
}

static void run_average_pool(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	struct nn_window window = window_of(model, op);

	nn_average_pool_2d_f32(&window, input_f32(model, op, 0, arena), range_of(op), output_f32(model, op, arena));
}

/* --- the rest -------------------------------------------------------------------------------------------------- */

static int check_dense(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work)
{
	const struct nn_tensor *weights = operand(model, op, 1);

	if (weights->dims != 2 || weights->shape[0] != nn_tensor_elements(operand(model, op, 0)) ||
	    weights->shape[1] != nn_tensor_elements(operand(model, op, op->inputs)) ||
	    !has_constants(model, op, weights->shape[1]))
		return NN_ERROR_SHAPE;
	*ret_work = nn_tensor_elements(weights);
	return 0;
}

static void run_dense(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const uint32_t *shape = operand(model, op, 1)->shape;

	nn_dense_f32((int32_t)shape[0], (int32_t)shape[1], input_f32(model, op, 0, arena),
		     input_f32(model, op, 1, arena), input_f32(model, op, 2, arena), range_of(op),
		     output_f32(model, op, arena));
	limit_channels(model, op, arena);
}

static int check_reshape(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work)
{
	if (nn_tensor_elements(operand(model, op, 0)) != nn_tensor_elements(operand(model, op, 1)) || op->activation)
		return NN_ERROR_SHAPE;
	*ret_work = nn_tensor_elements(operand(model, op, 0));
	return 0;
}

static void run_reshape(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const float *in = input_f32(model, op, 0, arena);
	float *out = output_f32(model, op, arena);

	if (in != out)
		memcpy(out, in, operand(model, op, 0)->bytes);
}

static bool same_shape(const struct nn_tensor *a, const struct nn_tensor *b)
{
	return a->dims == b->dims && !memcmp(a->shape, b->shape, sizeof(a->shape));
}

static int check_same(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work)
{
	if (!same_shape(operand(model, op, 0), operand(model, op, 1)))
		return NN_ERROR_SHAPE;
	*ret_work = nn_tensor_elements(operand(model, op, 0));
	return 0;
}

static void run_activation(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	nn_clamp_f32((int32_t)nn_tensor_elements(operand(model, op, 0)), input_f32(model, op, 0, arena), range_of(op),
		     output_f32(model, op, arena));
}

static void run_softmax(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = operand(model, op, 0);
	uint32_t n = in->shape[in->dims - 1];

	nn_softmax_f32((int32_t)(nn_tensor_elements(in) / n), (int32_t)n, input_f32(model, op, 0, arena),
		       output_f32(model, op, arena));
}

static int check_pairwise(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work)
{
	const struct nn_tensor *a = operand(model, op, 0), *b = operand(model, op, 1);

	if (!same_shape(a, operand(model, op, 2)) || (!same_shape(a, b) && !is_vector(b, a->shape[a->dims - 1])))
		return NN_ERROR_SHAPE;
	*ret_work = nn_tensor_elements(a);
	return 0;
}

static void run_add(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	nn_add_f32((int32_t)nn_tensor_elements(operand(model, op, 0)),
		   (int32_t)nn_tensor_elements(operand(model, op, 1)), input_f32(model, op, 0, arena),
		   input_f32(model, op, 1, arena), range_of(op), output_f32(model, op, arena));
}

static void run_multiply(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	nn_multiply_f32((int32_t)nn_tensor_elements(operand(model, op, 0)),
			(int32_t)nn_tensor_elements(operand(model, op, 1)), input_f32(model, op, 0, arena),
			input_f32(model, op, 1, arena), range_of(op), output_f32(model, op, arena));
}

static const struct nn_operator_kind kinds[] = {
	[NN_OPERATOR_CONV_2D] = {"conv2d", 3, 1, false, true, true, check_conv_2d, run_conv_2d},
	[NN_OPERATOR_DEPTHWISE_CONV_2D] = {"depthwise-conv2d", 3, 1, false, true, true, check_depthwise, run_depthwise},
	[NN_OPERATOR_DENSE] = {"dense", 3, 1, false, false, true, check_dense, run_dense},
	[NN_OPERATOR_MAX_POOL_2D] = {"max-pool2d", 1, 0, false, true, false, check_pool, run_max_pool},
	[NN_OPERATOR_AVERAGE_POOL_2D] = {"average-pool2d", 1, 0, false, true, false, check_pool, run_average_pool},
	[NN_OPERATOR_RESHAPE] = {"reshape", 1, 0, true, false, false, check_reshape, run_reshape},
	[NN_OPERATOR_SOFTMAX] = {"softmax", 1, 0, true, false, false, check_same, run_softmax},
	[NN_OPERATOR_ADD] = {"add", 2, 0, true, false, false, check_pairwise, run_add},
	[NN_OPERATOR_MULTIPLY] = {"multiply", 2, 0, true, false, true, check_pairwise, run_multiply},
	[NN_OPERATOR_ACTIVATION] = {"activation", 1, 0, true, false, false, check_same, run_activation},
};

bool nn_operator_may_overlap(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *in = operand(model, op, 0), *out = operand(model, op, op->inputs);
	struct nn_window window;

	if (!nn_operator_kind(op->code)->by_rows || in->dims != 4 || out->dims != 4)
		return false;
	window = window_of(model, op);
	return in->location >= out->location &&
	       in->location - out->location >= nn_overlap_lead(in->bytes / in->shape[1], out->bytes / out->shape[1],
							       out->shape[1], window.stride_h, window.pad_top);
}

const struct nn_operator_kind *nn_operator_kind(uint16_t code)
{
	if (code >= sizeof(kinds) / sizeof(kinds[0]) || !kinds[code].run)
		return NULL;
	return &kinds[code];
}
