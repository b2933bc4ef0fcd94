/* SPDX-License-Identifier: Apache-2.0 */
/* conv-2d-f32.c - one output pixel after the other, several channels side by side. */
#include "nn/runtime/kernels-f32.h"
#include "nn/runtime/kernels/lanes-f32.h"

static void conv_pixel(const struct nn_window *w, const float *in, const float *weights, const float *bias,
		       struct nn_taps rows, struct nn_taps cols, struct nn_range range, float *out)
{
	int32_t step = nn_run_step(w);
	int32_t o = 0;

	for (; o + LANES_F32 <= w->out_c; o += LANES_F32) {
		float sum[LANES_F32];

		for (int j = 0; j < LANES_F32; j++)
			sum[j] = bias[o + j];
		for (int32_t ky = rows.first; ky < rows.end; ky++)
			for (int32_t kx = cols.first; kx < cols.end; kx += step) {
				const float *tap = weights + nn_tap_weights(w, ky, kx) + o;

				accumulate_lanes_f32(sum, in + nn_tap_in(w, rows, cols, ky, kx),
						     nn_run_length(w, cols, kx), tap, w->out_c);
			}
		for (int j = 0; j < LANES_F32; j++)
			out[o + j] = nn_clamp(sum[j], range);
	}
	for (o = w->out_c - w->out_c % LANES_F32; o < w->out_c; o++) { /* said again: gcc can't see it */
		float sum = bias[o];

		for (int32_t ky = rows.first; ky < rows.end; ky++)
			for (int32_t kx = cols.first; kx < cols.end; kx += step) {
				const float *tap = weights + nn_tap_weights(w, ky, kx) + o;

				sum = accumulate_one_f32(sum, in + nn_tap_in(w, rows, cols, ky, kx),
							 nn_run_length(w, cols, kx), tap, w->out_c);
			}
		out[o] = nn_clamp(sum, range);
	}
}

void nn_conv_2d_f32(const struct nn_window *w, const float *in, const float *weights, const float *bias,
		    struct nn_range range, float *out)
{
	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct nn_taps rows = nn_taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c)
			conv_pixel(w, in, weights, bias, rows, nn_taps_col(w, ox), range, out);
	}
}
