/* SPDX-License-Identifier: Apache-2.0 */
/* window.c - windows of convolutions and pools, and whether they fit. */
#include "nn/runtime/ops.h"

enum {
	PARAMETER_MAX = 1024, /* stride, dilation, kernel and padding; keeps the arithmetic far from overflow */
};

struct nn_window nn_operator_window(const struct nn_model *model, const struct nn_operator *op)
{
	const uint32_t *in = nn_model_operand(model, op, 0)->shape, *out = nn_operator_output(model, op)->shape;
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

	if (op->code == NN_OPERATOR_DENSE)
		return nn_operator_dense_window(model, op);
	if (op->inputs > 1) {
		window.kernel_h = (int32_t)nn_model_operand(model, op, 1)->shape[0];
		window.kernel_w = (int32_t)nn_model_operand(model, op, 1)->shape[1];
	}
	return window;
}

/* One direction of a window: every output position must touch the input, and there must be as many as fit. */
static bool window_fits(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t before,
			int64_t after)
{
	if (!nn_within(kernel, 1, PARAMETER_MAX) || !nn_within(stride, 1, PARAMETER_MAX) ||
	    !nn_within(dilation, 1, PARAMETER_MAX))
		return false;

	int64_t extent = (kernel - 1) * dilation + 1;

	return nn_within(before, 0, extent - 1) && nn_within(after, 0, extent - 1) && in + before + after >= extent &&
	       out == (in + before + after - extent) / stride + 1;
}

int nn_check_window(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);
	const int32_t *p = op->parameters;

	if (in->dims != 4 || out->dims != 4 || in->shape[0] != 1 || out->shape[0] != 1)
		return NN_ERROR_SHAPE;
	if (op->inputs > 1 && nn_model_operand(model, op, 1)->dims != 4)
		return NN_ERROR_SHAPE;

	struct nn_window w = nn_operator_window(model, op);

	if (!window_fits(w.in_h, w.out_h, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top,
			 p[NN_PARAMETER_PAD_BOTTOM]) ||
	    !window_fits(w.in_w, w.out_w, w.kernel_w, w.stride_w, w.dilation_w, w.pad_left, p[NN_PARAMETER_PAD_RIGHT]))
		return NN_ERROR_SHAPE;
	*ret_work = (uint64_t)nn_tensor_elements(out) * (uint64_t)w.kernel_h * (uint64_t)w.kernel_w;
	return 0;
}
