/* SPDX-License-Identifier: Apache-2.0 */
/* pool-2d-int.c - the largest or the mean of a window, at the input's scale; padding does not count. */
#include "nn/runtime/kernels-int.h"

/* One body for both widths: `wide` is a constant wherever these are called. */
static inline int32_t pool_load(const void *values, int64_t i, bool wide)
{
	return wide ? ((const int16_t *)values)[i] : ((const int8_t *)values)[i];
}

static inline void pool_store(void *values, int64_t i, int32_t x, bool wide)
{
	if (wide)
		((int16_t *)values)[i] = (int16_t)x;
	else
		((int8_t *)values)[i] = (int8_t)x;
}

enum {
	BLOCK_POOL = 32, /* channels side by side */
};

static inline int32_t mean_of(int32_t sum, int32_t n)
{
	return sum > 0 ? (sum + n / 2) / n : (sum - n / 2) / n;
}

/* The result of n channels, `base` being the first one's place in an image of in_c channels. */
__attribute__((always_inline)) static inline void pool_block(const struct nn_window *w, const void *in, int32_t base,
							     int32_t n, struct nn_taps rows, struct nn_taps cols,
							     bool average, bool wide, int32_t result[BLOCK_POOL])
{
	for (int32_t j = 0; j < n; j++)
		result[j] = average ? 0 : INT16_MIN;
	for (int32_t ky = rows.first; ky < rows.end; ky++)
		for (int32_t kx = cols.first; kx < cols.end; kx++) {
			int64_t pixel = nn_tap_in(w, rows, cols, ky, kx) + base;

			for (int32_t j = 0; j < n; j++) {
				int32_t x = pool_load(in, pixel + j, wide);

				result[j] = average ? result[j] + x : x > result[j] ? x : result[j];
			}
		}
	if (average)
		for (int32_t j = 0; j < n; j++)
			result[j] = mean_of(result[j], (rows.end - rows.first) * (cols.end - cols.first));
}

__attribute__((always_inline)) static inline void pool_all(const struct nn_window *w, const void *in, int32_t low,
							   int32_t high, bool average, bool wide, void *out)
{
	int32_t result[BLOCK_POOL];
	int64_t i = 0;

	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct nn_taps rows = nn_taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++) {
			struct nn_taps cols = nn_taps_col(w, ox);

			for (int32_t c = 0; c < w->out_c; c += BLOCK_POOL) {
				int32_t n = w->out_c - c < BLOCK_POOL ? w->out_c - c : BLOCK_POOL;

				pool_block(w, in, c, n, rows, cols, average, wide, result);
				for (int32_t j = 0; j < n; j++)
					pool_store(out, i++, nn_limit(result[j], low, high), wide);
			}
		}
	}
}

void nn_max_pool_2d_i8(const struct nn_window *w, const int8_t *in, int32_t low, int32_t high, int8_t *out)
{
	pool_all(w, in, low, high, false, false, out);
}

void nn_max_pool_2d_i16(const struct nn_window *w, const int16_t *in, int32_t low, int32_t high, int16_t *out)
{
	pool_all(w, in, low, high, false, true, out);
}

void nn_average_pool_2d_i8(const struct nn_window *w, const int8_t *in, int32_t low, int32_t high, int8_t *out)
{
	pool_all(w, in, low, high, true, false, out);
}

void nn_average_pool_2d_i16(const struct nn_window *w, const int16_t *in, int32_t low, int32_t high, int16_t *out)
{
	pool_all(w, in, low, high, true, true, out);
}
