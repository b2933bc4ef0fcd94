/* SPDX-License-Identifier: Apache-2.0 */
/* conv-2d-f16.c - convolutions whose weights stay half as large: expanded where they are used, sums in float. */
#include "nn/runtime/kernels-int.h"
#include "nn/runtime/kernels/half.h"

enum {
	LANES_F16 = 8,
};

static inline void accumulate_f16(float sum[LANES_F16], const float *x, int32_t n, const uint16_t *weights,
				  int32_t stride, int32_t lanes)
{
	for (int32_t i = 0; i < n; i++, weights += stride)
		for (int j = 0; j < lanes; j++)
			sum[j] += x[i] * nn_half(weights[j]);
}

static inline void conv_lanes_f16(const struct nn_window *w, const float *in, const uint16_t *weights,
				  const float *bias, struct nn_taps rows, struct nn_taps cols, struct nn_range range,
				  int32_t lanes, float *out)
{
	float sum[LANES_F16];

	for (int j = 0; j < lanes; j++)
		sum[j] = bias[j];
	for (int32_t ky = rows.first; ky < rows.end; ky++)
		for (int32_t kx = cols.first; kx < cols.end; kx += nn_run_step(w))
			accumulate_f16(sum, in + nn_tap_in(w, rows, cols, ky, kx), nn_run_length(w, cols, kx),
				       weights + nn_tap_weights(w, ky, kx), w->out_c, lanes);
	for (int j = 0; j < lanes; j++)
		out[j] = nn_clamp(sum[j], range);
}

void nn_conv_2d_f16(const struct nn_window *w, const float *in, const uint16_t *weights, const float *bias,
		    struct nn_range range, float *out)
{
	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct nn_taps rows = nn_taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			struct nn_taps cols = nn_taps_col(w, ox);
			int32_t o = 0;

			for (; o + LANES_F16 <= w->out_c; o += LANES_F16)
				conv_lanes_f16(w, in, weights + o, bias + o, rows, cols, range, LANES_F16, out + o);
			if (o < w->out_c)
				conv_lanes_f16(w, in, weights + o, bias + o, rows, cols, range, w->out_c - o, out + o);
		}
	}
}

void nn_depthwise_conv_2d_f16(const struct nn_window *w, const float *in, const uint16_t *weights, const float *bias,
			      struct nn_range range, float *out)
{
	int32_t multiplier = w->out_c / w->in_c;

	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct nn_taps rows = nn_taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			struct nn_taps cols = nn_taps_col(w, ox);

			for (int32_t o = 0; o < w->out_c; o++)
				out[o] = bias[o];
			for (int32_t ky = rows.first; ky < rows.end; ky++)
				for (int32_t kx = cols.first; kx < cols.end; kx++) {
					const float *pixel = in + nn_tap_in(w, rows, cols, ky, kx);
					const uint16_t *tap = weights + ((int64_t)ky * w->kernel_w + kx) * w->out_c;

					for (int32_t c = 0, o = 0; c < w->in_c; c++)
						for (int32_t m = 0; m < multiplier; m++, o++)
							out[o] += pixel[c] * nn_half(tap[o]);
				}
			nn_clamp_f32(w->out_c, out, range, out);
		}
	}
}
