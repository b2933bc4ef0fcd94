/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool-run.h - maxima of a window, so many channels together as loops of constant length over small types
 * become vectors. A core's file defines NN_KERNEL and takes this file in.
 */
#ifndef NN_RUNTIME_CORES_POOL_RUN_H
#define NN_RUNTIME_CORES_POOL_RUN_H

#include <string.h>

#include "nn/runtime/core.h"

/* The part of an image under a window. */
struct nn_pool_view {
	const struct nn_window *window;
	struct nn_taps rows, cols;
	int32_t low, high;
};

/* n channels from `in` on, which is the first of the image's that they are about. */
#define NN_POOL_LARGEST(name, type, n)                                                                                 \
	NN_KERNEL void name(const struct nn_pool_view *v, const type *in, type *out)                                   \
	{                                                                                                              \
		type most[n], low = (type)v->low, high = (type)v->high;                                                \
                                                                                                                       \
		for (int32_t j = 0; j < (n); j++)                                                                      \
			most[j] = low;                                                                                 \
		for (int32_t ky = v->rows.first; ky < v->rows.end; ky++)                                               \
			for (int32_t kx = v->cols.first; kx < v->cols.end; kx++) {                                     \
				const type *x = in + nn_tap_in(v->window, v->rows, v->cols, ky, kx);                   \
                                                                                                                       \
				for (int32_t j = 0; j < (n); j++)                                                      \
					most[j] = x[j] > most[j] ? x[j] : most[j];                                     \
			}                                                                                              \
		for (int32_t j = 0; j < (n); j++)                                                                      \
			out[j] = most[j] > high ? high : most[j];                                                      \
	}

NN_POOL_LARGEST(nn_pool_largest_16_i8, int8_t, 16)
NN_POOL_LARGEST(nn_pool_largest_8_i8, int8_t, 8)
NN_POOL_LARGEST(nn_pool_largest_1_i8, int8_t, 1)
NN_POOL_LARGEST(nn_pool_largest_8_i16, int16_t, 8)
NN_POOL_LARGEST(nn_pool_largest_1_i16, int16_t, 1)

NN_KERNEL void nn_pool_pixel_i8(const struct nn_pool_view *v, const int8_t *in, int8_t *out)
{
	int32_t c = 0, n = v->window->out_c;

	for (; c + 16 <= n; c += 16)
		nn_pool_largest_16_i8(v, in + c, out + c);
	if (c + 8 <= n) {
		nn_pool_largest_8_i8(v, in + c, out + c);
		c += 8;
	}
	for (; c < n; c++)
		nn_pool_largest_1_i8(v, in + c, out + c);
}

NN_KERNEL void nn_pool_pixel_i16(const struct nn_pool_view *v, const int16_t *in, int16_t *out)
{
	int32_t c = 0, n = v->window->out_c;

	for (; c + 8 <= n; c += 8)
		nn_pool_largest_8_i16(v, in + c, out + c);
	for (; c < n; c++)
		nn_pool_largest_1_i16(v, in + c, out + c);
}

/* step->packed is a struct nn_window. */
NN_KERNEL void nn_pool_run(const struct nn_step *step, uint8_t *arena, bool wide)
{
	const struct nn_window *w = step->packed;
	struct nn_pool_view view = {.window = w, .low = step->op->low, .high = step->op->high};
	const void *in = nn_input_data(step->model, step->op, 0, arena);
	int64_t at = 0;
	void *out = nn_output_data(step->model, step->op, arena);

	for (int32_t y = 0; y < w->out_h; y++) {
		view.rows = nn_taps_row(w, y);
		for (int32_t x = 0; x < w->out_w; x++, at += w->out_c) {
			view.cols = nn_taps_col(w, x);
			if (wide)
				nn_pool_pixel_i16(&view, in, (int16_t *)out + at);
			else
				nn_pool_pixel_i8(&view, in, (int8_t *)out + at);
		}
	}
}

#endif
