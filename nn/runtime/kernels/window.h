/* SPDX-License-Identifier: Apache-2.0 */
/* window.h - a window that slides over an image, and which of its taps lie inside at one position. */
#ifndef NN_RUNTIME_KERNELS_WINDOW_H
#define NN_RUNTIME_KERNELS_WINDOW_H

#include <stdint.h>

/* Slides over [in_h][in_w][in_c] and makes [out_h][out_w][out_c]. */
struct nn_window {
	int32_t in_h, in_w, in_c;
	int32_t out_h, out_w, out_c;
	int32_t kernel_h, kernel_w;
	int32_t stride_h, stride_w;
	int32_t dilation_h, dilation_w;
	int32_t pad_top, pad_left;
};

/* The part of a window at one output position that lies inside the input: taps first..end-1. */
struct nn_taps {
	int32_t first, end, origin;
};

static inline struct nn_taps nn_taps_at(int32_t position, int32_t stride, int32_t pad, int32_t dilation, int32_t kernel,
					int32_t size)
{
	struct nn_taps taps = {.first = 0, .end = kernel, .origin = position * stride - pad};

	while (taps.first < taps.end && taps.origin + taps.first * dilation < 0)
		taps.first++;
	while (taps.end > taps.first && taps.origin + (taps.end - 1) * dilation >= size)
		taps.end--;
	return taps;
}

static inline struct nn_taps nn_taps_row(const struct nn_window *w, int32_t oy)
{
	return nn_taps_at(oy, w->stride_h, w->pad_top, w->dilation_h, w->kernel_h, w->in_h);
}

static inline struct nn_taps nn_taps_col(const struct nn_window *w, int32_t ox)
{
	return nn_taps_at(ox, w->stride_w, w->pad_left, w->dilation_w, w->kernel_w, w->in_w);
}

/* Offset of the first channel at a tap. */
static inline int64_t nn_tap_in(const struct nn_window *w, struct nn_taps rows, struct nn_taps cols, int32_t ky,
				int32_t kx)
{
	int32_t y = rows.origin + ky * w->dilation_h, x = cols.origin + kx * w->dilation_w;

	return ((int64_t)y * w->in_w + x) * w->in_c;
}

/*
 * Taps of one kernel row lie side by side in memory, inputs and weights alike, unless the window has holes: then they
 * are taken one by one. Number of inputs in the run that begins at tap kx, and the tap of the next run.
 */
static inline int32_t nn_run_length(const struct nn_window *w, struct nn_taps cols, int32_t kx)
{
	return (w->dilation_w == 1 ? cols.end - kx : 1) * w->in_c;
}

static inline int32_t nn_run_step(const struct nn_window *w)
{
	return w->dilation_w == 1 ? w->kernel_w : 1;
}

/* Offset of the weights [in_c][out_c] of a tap of a convolution. */
static inline int64_t nn_tap_weights(const struct nn_window *w, int32_t ky, int32_t kx)
{
	return ((int64_t)ky * w->kernel_w + kx) * w->in_c * w->out_c;
}

#endif
