/* SPDX-License-Identifier: Apache-2.0 */
/* conv-2d-i16.c - 64-bit sums, made of 32-bit ones over as many products as can't overflow. */
#include "nn/runtime/kernels-int.h"

enum {
	LANES_I16 = 8,
	SAFE = 256, /* products of 16 and 8 bits, 2^22 at most, whose sum fits into 31 bits */
};

static void accumulate_lanes_i16(int64_t sum[LANES_I16], const int16_t *in, int32_t n, const int8_t *weights,
				 int32_t stride)
{
	for (int32_t begin = 0; begin < n; begin += SAFE) {
		int32_t part[LANES_I16], end = n - begin < SAFE ? n : begin + SAFE;

		for (int j = 0; j < LANES_I16; j++)
			part[j] = 0;
		for (int32_t i = begin; i < end; i++, weights += stride)
			for (int j = 0; j < LANES_I16; j++)
				part[j] += (int16_t)weights[j] * in[i];
		for (int j = 0; j < LANES_I16; j++)
			sum[j] += part[j];
	}
}

static int64_t accumulate_one_i16(const int16_t *in, int32_t n, const int8_t *weights, int32_t stride)
{
	int64_t sum = 0;

	for (int32_t i = 0; i < n; i++, weights += stride)
		sum += in[i] * *weights;
	return sum;
}

void nn_conv_2d_i16(const struct nn_window *w, const int16_t *in, const int8_t *weights, const int64_t *bias,
		    const struct nn_output_stage *stage, int16_t *out)
{
	int32_t step = nn_run_step(w);

	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct nn_taps rows = nn_taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			struct nn_taps cols = nn_taps_col(w, ox);
			int32_t o = 0;

			for (; o + LANES_I16 <= w->out_c; o += LANES_I16) {
				int64_t sum[LANES_I16];

				for (int j = 0; j < LANES_I16; j++)
					sum[j] = bias[o + j];
				for (int32_t ky = rows.first; ky < rows.end; ky++)
					for (int32_t kx = cols.first; kx < cols.end; kx += step)
						accumulate_lanes_i16(sum, in + nn_tap_in(w, rows, cols, ky, kx),
								     nn_run_length(w, cols, kx),
								     weights + nn_tap_weights(w, ky, kx) + o, w->out_c);
				for (int j = 0; j < LANES_I16; j++)
					out[o + j] = (int16_t)nn_stage_wide(stage, o + j, sum[j]);
			}
			for (; o < w->out_c; o++) {
				int64_t sum = bias[o];

				for (int32_t ky = rows.first; ky < rows.end; ky++)
					for (int32_t kx = cols.first; kx < cols.end; kx += step)
						sum += accumulate_one_i16(in + nn_tap_in(w, rows, cols, ky, kx),
									  nn_run_length(w, cols, kx),
									  weights + nn_tap_weights(w, ky, kx) + o,
									  w->out_c);
				out[o] = (int16_t)nn_stage_wide(stage, o, sum);
			}
		}
	}
}
