/* SPDX-License-Identifier: Apache-2.0 */
/* depthwise-conv-2d-int.c - every channel by itself, blocks of output channels side by side. */
#include "nn/runtime/kernels-int.h"

enum {
	BLOCK_DEPTHWISE = 32,
};

static inline int32_t depthwise_block_at(int32_t o, int32_t channels)
{
	return channels - o < BLOCK_DEPTHWISE ? channels - o : BLOCK_DEPTHWISE;
}

/* sum[j] += (x of channel (o + j) / multiplier - zero) * (weight of o + j - zero) */
static inline void depthwise_i8(int32_t sum[BLOCK_DEPTHWISE], const int8_t *pixel, int32_t in_zero, int32_t multiplier,
				const int8_t *tap, int32_t weights_zero, int32_t o, int32_t n)
{
	if (multiplier == 1)
		for (int32_t j = 0; j < n; j++)
			sum[j] += (int16_t)(tap[o + j] - weights_zero) * (int16_t)(pixel[o + j] - in_zero);
	else
		for (int32_t j = 0; j < n; j++)
			sum[j] += (tap[o + j] - weights_zero) * (pixel[(o + j) / multiplier] - in_zero);
}

static inline void depthwise_i16(int64_t sum[BLOCK_DEPTHWISE], const int16_t *pixel, int32_t multiplier,
				 const int8_t *tap, int32_t o, int32_t n)
{
	for (int32_t j = 0; j < n; j++)
		sum[j] += tap[o + j] * pixel[multiplier == 1 ? o + j : (o + j) / multiplier];
}

void nn_depthwise_conv_2d_i8(const struct nn_window *w, const int8_t *in, int32_t in_zero, const int8_t *weights,
			     int32_t weights_zero, const int32_t *bias, const struct nn_output_stage *stage,
			     int8_t *out)
{
	int32_t multiplier = w->out_c / w->in_c;

	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct nn_taps rows = nn_taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			struct nn_taps cols = nn_taps_col(w, ox);

			for (int32_t o = 0; o < w->out_c; o += BLOCK_DEPTHWISE) {
				int32_t sum[BLOCK_DEPTHWISE], n = depthwise_block_at(o, w->out_c);

				for (int32_t j = 0; j < n; j++)
					sum[j] = bias[o + j];
				for (int32_t ky = rows.first; ky < rows.end; ky++)
					for (int32_t kx = cols.first; kx < cols.end; kx++)
						depthwise_i8(sum, in + nn_tap_in(w, rows, cols, ky, kx), in_zero,
							     multiplier,
							     weights + ((int64_t)ky * w->kernel_w + kx) * w->out_c,
							     weights_zero, o, n);
				for (int32_t j = 0; j < n; j++)
					out[o + j] = (int8_t)nn_stage(stage, o + j, sum[j]);
			}
		}
	}
}

void nn_depthwise_conv_2d_i16(const struct nn_window *w, const int16_t *in, const int8_t *weights, const int64_t *bias,
			      const struct nn_output_stage *stage, int16_t *out)
{
	int32_t multiplier = w->out_c / w->in_c;

	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct nn_taps rows = nn_taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			struct nn_taps cols = nn_taps_col(w, ox);

			for (int32_t o = 0; o < w->out_c; o += BLOCK_DEPTHWISE) {
				int32_t n = depthwise_block_at(o, w->out_c);
				int64_t sum[BLOCK_DEPTHWISE];

				for (int32_t j = 0; j < n; j++)
					sum[j] = bias[o + j];
				for (int32_t ky = rows.first; ky < rows.end; ky++)
					for (int32_t kx = cols.first; kx < cols.end; kx++)
						depthwise_i16(sum, in + nn_tap_in(w, rows, cols, ky, kx), multiplier,
							      weights + ((int64_t)ky * w->kernel_w + kx) * w->out_c, o,
							      n);
				for (int32_t j = 0; j < n; j++)
					out[o + j] = (int16_t)nn_stage_wide(stage, o + j, sum[j]);
			}
		}
	}
}
