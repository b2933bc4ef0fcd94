/* SPDX-License-Identifier: Apache-2.0 */
/*
 * f32-run.h - float convolutions, dense layers and maxima by a core's vectors: eight channels of up to four pixels together.
 * Each sum is added up in the order of the portable kernels, product by product, so it has their bits. Weights are read
 * as they lie in the model. A core's file defines NN_KERNEL and
 *
 *   nn_floats                                          eight floats
 *   nn_floats nn_floats_load(const float *)
 *   void nn_floats_store(float *, nn_floats)
 *   nn_floats nn_floats_add(sums, nn_floats weights, float)   plus weights times a number, rounded twice
 *   nn_floats nn_floats_add_each(sums, weights, x)     the same with a number for each
 *   nn_floats nn_floats_most(a, b)                     a > b ? a : b
 *   nn_floats nn_floats_least(a, b)                    a < b ? a : b
 *   nn_floats nn_floats_all(float)
 *
 * and takes this file in.
 */
#ifndef NN_RUNTIME_CORES_F32_RUN_H
#define NN_RUNTIME_CORES_F32_RUN_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>

#include "nn/runtime/cores/block.h"
#include "nn/runtime/kernels/lanes-f32.h"

struct nn_f32_call {
	struct nn_window window;
	struct nn_range range;
	const float *in, *weights, *bias;
	float *out;
};

/* The taps of a window that lie inside the image, and how far the next pixel's are. */
struct nn_f32_view {
	struct nn_taps rows, cols;
	int32_t pixel_step;
};

NN_KERNEL nn_floats nn_f32_clamp(nn_floats x, struct nn_range range)
{
	return nn_floats_least(nn_floats_all(range.high), nn_floats_most(nn_floats_all(range.low), x));
}

/* n inputs of each pixel times the weights of `blocks` blocks. */
NN_KERNEL void nn_f32_add_run(nn_floats *sums, const float *in, int32_t pixel_step, int32_t n, const float *weights,
			      int32_t stride, const int32_t pixels, const int32_t blocks)
{
	for (int32_t i = 0; i < n; i++, in++, weights += stride) {
		nn_floats w[2];

#pragma GCC unroll 2
		for (int32_t b = 0; b < blocks; b++)
			w[b] = nn_floats_load(weights + b * NN_BLOCK);
#pragma GCC unroll 4
		for (int32_t p = 0; p < pixels; p++)
#pragma GCC unroll 2
			for (int32_t b = 0; b < blocks; b++)
				sums[p * blocks + b] = nn_floats_add(sums[p * blocks + b], w[b], in[p * pixel_step]);
	}
}

/* Outputs of `pixels` pixels from `out` on, channels o.. of `blocks` blocks; both are constants where this is called. */
NN_KERNEL void nn_f32_tile(const struct nn_f32_call *call, const struct nn_f32_view *view, int32_t o, float *out,
			   const int32_t pixels, const int32_t blocks)
{
	const struct nn_window *w = &call->window;
	nn_floats sums[4];

#pragma GCC unroll 4
	for (int32_t i = 0; i < pixels * blocks; i++)
		sums[i] = nn_floats_load(call->bias + o + i % blocks * NN_BLOCK);
	for (int32_t ky = view->rows.first; ky < view->rows.end; ky++)
		for (int32_t kx = view->cols.first; kx < view->cols.end; kx += nn_run_step(w))
			nn_f32_add_run(sums, call->in + nn_tap_in(w, view->rows, view->cols, ky, kx), view->pixel_step,
				       nn_run_length(w, view->cols, kx), call->weights + nn_tap_weights(w, ky, kx) + o,
				       w->out_c, pixels, blocks);
#pragma GCC unroll 4
	for (int32_t i = 0; i < pixels * blocks; i++)
		nn_floats_store(out + i / blocks * w->out_c + o + i % blocks * NN_BLOCK,
				nn_f32_clamp(sums[i], call->range));
}

/* A channel that no block has. */
NN_KERNEL void nn_f32_one(const struct nn_f32_call *call, const struct nn_f32_view *view, int32_t o, float *out)
{
	const struct nn_window *w = &call->window;
	float sum = call->bias[o];

	for (int32_t ky = view->rows.first; ky < view->rows.end; ky++)
		for (int32_t kx = view->cols.first; kx < view->cols.end; kx += nn_run_step(w))
			sum = accumulate_one_f32(sum, call->in + nn_tap_in(w, view->rows, view->cols, ky, kx),
						 nn_run_length(w, view->cols, kx),
						 call->weights + nn_tap_weights(w, ky, kx) + o, w->out_c);
	out[o] = nn_clamp(sum, call->range);
}

NN_KERNEL void nn_f32_pixels(const struct nn_f32_call *call, const struct nn_f32_view *view, float *out,
			     const int32_t pixels)
{
	int32_t o = 0, n = call->window.out_c;

	for (; pixels <= 2 && o + 2 * NN_BLOCK <= n; o += 2 * NN_BLOCK)
		nn_f32_tile(call, view, o, out, pixels, 2);
	for (; o + NN_BLOCK <= n; o += NN_BLOCK)
		nn_f32_tile(call, view, o, out, pixels, 1);
	for (; o < n; o++)
		for (int32_t p = 0; p < pixels; p++) {
			struct nn_f32_view one = *view;

			one.cols.origin += p * call->window.stride_w;
			nn_f32_one(call, &one, o, out + p * n);
		}
}

/* How many pixels from column x on, up to 4, have the whole width of the window inside the image; at least 1. */
NN_KERNEL int32_t nn_f32_together(const struct nn_window *w, int32_t x)
{
	int32_t n = 1;

	while (n < 4 && x + n < w->out_w && x * w->stride_w >= w->pad_left &&
	       (x + n) * w->stride_w - w->pad_left + (w->kernel_w - 1) * w->dilation_w < w->in_w)
		n++;
	return n;
}

NN_KERNEL void nn_f32_convolve(const struct nn_f32_call *call)
{
	const struct nn_window *w = &call->window;
	struct nn_f32_view view = {.pixel_step = w->stride_w * w->in_c};
	float *out = call->out;

	for (int32_t y = 0; y < w->out_h; y++) {
		int32_t together;

		view.rows = nn_taps_row(w, y);
		for (int32_t x = 0; x < w->out_w; x += together, out += (ptrdiff_t)together * w->out_c) {
			view.cols = nn_taps_col(w, x);
			together = nn_f32_together(w, x);
			if (together == 4)
				nn_f32_pixels(call, &view, out, 4);
			else if (together >= 2)
				together = 2, nn_f32_pixels(call, &view, out, 2);
			else
				nn_f32_pixels(call, &view, out, 1);
		}
	}
}

/* The sum of a block of channels, each by itself; `from`: their first tap's inputs, `weights`: the tap's. */
NN_KERNEL nn_floats nn_f32_taps(const struct nn_window *w, struct nn_taps rows, struct nn_taps cols, const float *from,
				const float *weights, nn_floats sums)
{
	const int32_t high = rows.end - rows.first, wide = cols.end - cols.first;

	for (int32_t y = 0; y < high; y++, from += w->dilation_h * w->in_w * w->in_c, weights += w->kernel_w * w->in_c)
		for (int32_t x = 0; x < wide; x++)
			sums = nn_floats_add_each(sums, nn_floats_load(weights + x * w->in_c),
						  nn_floats_load(from + x * w->dilation_w * w->in_c));
	return sums;
}

NN_KERNEL float nn_f32_taps_one(const struct nn_window *w, struct nn_taps rows, struct nn_taps cols, const float *from,
				const float *weights, float sum)
{
	const int32_t high = rows.end - rows.first, wide = cols.end - cols.first;

	for (int32_t y = 0; y < high; y++, from += w->dilation_h * w->in_w * w->in_c, weights += w->kernel_w * w->in_c)
		for (int32_t x = 0; x < wide; x++)
			sum += weights[x * w->in_c] * from[x * w->dilation_w * w->in_c];
	return sum;
}

/* As many channels out as in. */
NN_KERNEL void nn_f32_depthwise(const struct nn_f32_call *call)
{
	const struct nn_window *w = &call->window;
	float *out = call->out;

	for (int32_t y = 0; y < w->out_h; y++) {
		const struct nn_taps rows = nn_taps_row(w, y);

		for (int32_t x = 0; x < w->out_w; x++, out += w->out_c) {
			const struct nn_taps cols = nn_taps_col(w, x);
			const float *from = call->in + nn_tap_in(w, rows, cols, rows.first, cols.first);
			const float *weights = call->weights + (rows.first * w->kernel_w + cols.first) * w->in_c;
			int32_t o = 0;

			for (; o + NN_BLOCK <= w->out_c; o += NN_BLOCK)
				nn_floats_store(out + o, nn_f32_clamp(nn_f32_taps(w, rows, cols, from + o, weights + o,
										  nn_floats_load(call->bias + o)),
								      call->range));
			for (; o < w->out_c; o++)
				out[o] = nn_clamp(nn_f32_taps_one(w, rows, cols, from + o, weights + o, call->bias[o]),
						  call->range);
		}
	}
}

NN_KERNEL void nn_f32_largest(const struct nn_window *w, struct nn_taps rows, struct nn_taps cols,
			      struct nn_range range, const float *in, float *out)
{
	const float *corner = in + nn_tap_in(w, rows, cols, rows.first, cols.first);
	const int32_t high = rows.end - rows.first, wide = cols.end - cols.first, pitch = w->in_w * w->in_c;
	int32_t c = 0;

	for (; c + NN_BLOCK <= w->out_c; c += NN_BLOCK) {
		nn_floats most = nn_floats_all(-FLT_MAX);
		const float *row = corner + c;

		for (int32_t y = 0; y < high; y++, row += pitch) {
			const float *from = row;

			for (int32_t x = 0; x < wide; x++, from += w->in_c)
				most = nn_floats_most(nn_floats_load(from), most);
		}
		nn_floats_store(out + c, nn_f32_clamp(most, range));
	}
	for (; c < w->out_c; c++) {
		float most = -FLT_MAX;

		for (int32_t y = 0; y < high; y++)
			for (int32_t x = 0; x < wide; x++) {
				float value = corner[y * pitch + x * w->in_c + c];

				most = value > most ? value : most;
			}
		out[c] = nn_clamp(most, range);
	}
}

NN_KERNEL void nn_f32_pool(const struct nn_window *w, const float *in, struct nn_range range, float *out)
{
	for (int32_t y = 0; y < w->out_h; y++) {
		const struct nn_taps rows = nn_taps_row(w, y);

		for (int32_t x = 0; x < w->out_w; x++, out += w->out_c)
			nn_f32_largest(w, rows, nn_taps_col(w, x), range, in, out);
	}
}

#endif
