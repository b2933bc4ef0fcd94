/* SPDX-License-Identifier: Apache-2.0 */
/* depthwise-conv-2d-f32.c - every channel by itself. */
#include "nn/runtime/kernels-f32.h"

void nn_depthwise_conv_2d_f32(const struct nn_window *w, const float *in, const float *weights, const float *bias,
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
					int32_t y = rows.origin + ky * w->dilation_h;
					int32_t x = cols.origin + kx * w->dilation_w;
					const float *pixel = in + ((int64_t)y * w->in_w + x) * w->in_c;
					const float *tap = weights + ((int64_t)ky * w->kernel_w + kx) * w->out_c;

					for (int32_t c = 0, o = 0; c < w->in_c; c++)
						for (int32_t m = 0; m < multiplier; m++, o++)
							out[o] += pixel[c] * tap[o];
				}
			nn_clamp_f32(w->out_c, out, range, out);
		}
	}
}
