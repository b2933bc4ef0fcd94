/* SPDX-License-Identifier: Apache-2.0 */
/* pool-2d-f32.c - the largest or the mean of a window; padding does not count. */
#include "nn/runtime/kernels-f32.h"

#include <float.h>

void nn_max_pool_2d_f32(const struct nn_window *w, const float *in, struct nn_range range, float *out)
{
	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct nn_taps rows = nn_taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			struct nn_taps cols = nn_taps_col(w, ox);

			for (int32_t c = 0; c < w->out_c; c++)
				out[c] = -FLT_MAX;
			for (int32_t y = rows.origin + rows.first; y < rows.origin + rows.end; y++)
				for (int32_t x = cols.origin + cols.first; x < cols.origin + cols.end; x++) {
					const float *pixel = in + ((int64_t)y * w->in_w + x) * w->in_c;

					for (int32_t c = 0; c < w->out_c; c++)
						out[c] = pixel[c] > out[c] ? pixel[c] : out[c];
				}
			nn_clamp_f32(w->out_c, out, range, out);
		}
	}
}

void nn_average_pool_2d_f32(const struct nn_window *w, const float *in, struct nn_range range, float *out)
{
	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct nn_taps rows = nn_taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			struct nn_taps cols = nn_taps_col(w, ox);
			float share = 1.0f / (float)((rows.end - rows.first) * (cols.end - cols.first));

			for (int32_t c = 0; c < w->out_c; c++)
				out[c] = 0;
			for (int32_t y = rows.origin + rows.first; y < rows.origin + rows.end; y++)
				for (int32_t x = cols.origin + cols.first; x < cols.origin + cols.end; x++) {
					const float *pixel = in + ((int64_t)y * w->in_w + x) * w->in_c;

					for (int32_t c = 0; c < w->out_c; c++)
						out[c] += pixel[c];
				}
			for (int32_t c = 0; c < w->out_c; c++)
				out[c] = nn_clamp(out[c] * share, range);
		}
	}
}
