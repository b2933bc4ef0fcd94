/* SPDX-License-Identifier: Apache-2.0 */
/* window.h - what layers with a window that slides over an image share. */
#ifndef NN_TRAIN_STEPS_WINDOW_H
#define NN_TRAIN_STEPS_WINDOW_H

#include "nn/runtime/kernels/window.h"
#include "nn/train/program.h"

/* The positions at which one tap of the window lies inside the image, and the first elements there. */
struct window_tap {
	struct train_positions positions;
	ptrdiff_t x, dy;
};

/* Output positions 0..out-1 whose tap lies inside 0..size-1: first..end-1. */
static inline void window_inside(int32_t origin, int32_t stride, int32_t size, int32_t out, int32_t *ret_first,
				 int32_t *ret_end)
{
	int32_t first = 0, end = out;

	while (first < end && origin + first * stride < 0)
		first++;
	while (end > first && origin + (end - 1) * stride >= size)
		end--;
	*ret_first = first;
	*ret_end = end;
}

static inline struct window_tap window_tap_at(const struct nn_window *w, int32_t ky, int32_t kx)
{
	int32_t y = ky * w->dilation_h - w->pad_top, x = kx * w->dilation_w - w->pad_left;
	int32_t top, bottom, left, right;

	window_inside(y, w->stride_h, w->in_h, w->out_h, &top, &bottom);
	window_inside(x, w->stride_w, w->in_w, w->out_w, &left, &right);
	return (struct window_tap){
		.positions = {.rows = bottom - top,
			      .cols = right - left,
			      .x_row = w->stride_h * w->in_w * w->in_c,
			      .x_col = w->stride_w * w->in_c,
			      .dy_row = w->out_w * w->out_c,
			      .dy_col = w->out_c},
		.x = ((ptrdiff_t)(y + top * w->stride_h) * w->in_w + x + left * w->stride_w) * w->in_c,
		.dy = ((ptrdiff_t)top * w->out_w + left) * w->out_c,
	};
}

static inline void window_add_bias_slopes(const struct nn_window *w, const float *dy, float *slopes)
{
	for (int32_t c = 0; c < w->out_c; c++) {
		float sum[TRAIN_LANES] = {0};

		for (int32_t i = 0; i < w->out_h * w->out_w; i++)
			for (int32_t lane = 0; lane < TRAIN_LANES; lane++)
				sum[lane] += dy[((ptrdiff_t)i * w->out_c + c) * TRAIN_LANES + lane];
		slopes[c] += train_lanes_sum(sum);
	}
}

#endif
