/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool-run.h - maxima of a window, so many channels together as loops of constant length over small types
 * become vectors. A core's file defines NN_KERNEL and takes this file in.
 */
#ifndef NN_RUNTIME_CORES_POOL_RUN_H
#define NN_RUNTIME_CORES_POOL_RUN_H

#include <stdbool.h>

#include "nn/runtime/kernels/window.h"

/* The part of an image under a window: rows of columns, and how far the next of each is. */
struct nn_pool_view {
	int32_t rows, cols, row_step, col_step, channels;
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
		for (int32_t y = 0; y < v->rows; y++, in += v->row_step) {                                             \
			const type *x = in;                                                                            \
                                                                                                                       \
			for (int32_t k = 0; k < v->cols; k++, x += v->col_step)                                        \
				for (int32_t j = 0; j < (n); j++)                                                      \
					most[j] = x[j] > most[j] ? x[j] : most[j];                                     \
		}                                                                                                      \
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
	int32_t c = 0, n = v->channels;

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
	int32_t c = 0, n = v->channels;

	for (; c + 8 <= n; c += 8)
		nn_pool_largest_8_i16(v, in + c, out + c);
	for (; c < n; c++)
		nn_pool_largest_1_i16(v, in + c, out + c);
}

NN_KERNEL void nn_pool_run(const struct nn_window *window, const void *from, int32_t low, int32_t high, void *to,
			   bool wide)
{
	const struct nn_window w = *window; /* which outputs of bytes can't change */
	struct nn_pool_view view = {
		.row_step = w.in_w * w.in_c,
		.col_step = w.in_c,
		.channels = w.in_c,
		.low = low,
		.high = high,
	};
	const uint8_t *in = from;
	uint8_t *out = to;
	int32_t size = wide ? 2 : 1;

	for (int32_t y = 0; y < w.out_h; y++) {
		struct nn_taps rows = nn_taps_row(&w, y);

		view.rows = rows.end - rows.first;
		for (int32_t x = 0; x < w.out_w; x++, out += size * w.out_c) {
			struct nn_taps cols = nn_taps_col(&w, x);
			const uint8_t *corner = in + nn_tap_in(&w, rows, cols, rows.first, cols.first) * size;

			view.cols = cols.end - cols.first;
			if (wide)
				nn_pool_pixel_i16(&view, (const int16_t *)(const void *)corner, (int16_t *)(void *)out);
			else
				nn_pool_pixel_i8(&view, (const int8_t *)corner, (int8_t *)out);
		}
	}
}

#endif
