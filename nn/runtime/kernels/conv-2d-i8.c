/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conv-2d-i8.c - sums of (x - x zero) * (w - w zero), several output channels side by side. The weights' zero point
 * costs nothing in the innermost loop: it is taken off at the end, times the sum of the inputs.
 */
#include "nn/runtime/kernels-int.h"

#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_NEON)

enum {
	LANES_I8 = 8, /* sums that fit the registers of a Cortex-M4 */
};

/* Two weights in the halves of a word, times x. */
static inline void accumulate_halves(int32_t *low, int32_t *high, int32_t halves, int32_t x)
{
	__asm__("smlabb %0, %1, %2, %0" : "+r"(*low) : "r"(halves), "r"(x));
	__asm__("smlatb %0, %1, %2, %0" : "+r"(*high) : "r"(halves), "r"(x));
}

/* Four weights: bytes 0 and 2, then 1 and 3. */
static inline void accumulate_word(int32_t sum[4], const int8_t *weights, int32_t x)
{
	int32_t word, even, odd;

	__builtin_memcpy(&word, weights, sizeof(word));
	__asm__("sxtb16 %0, %1" : "=r"(even) : "r"(word));
	__asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(word));
	accumulate_halves(&sum[0], &sum[2], even, x);
	accumulate_halves(&sum[1], &sum[3], odd, x);
}

static inline void accumulate_lanes_i8(int32_t sum[LANES_I8], const int8_t *in, int32_t in_zero, int32_t n,
				       const int8_t *weights, int32_t stride)
{
	for (int32_t i = 0; i < n; i++, weights += stride) {
		accumulate_word(sum, weights, in[i] - in_zero);
		accumulate_word(sum + 4, weights + 4, in[i] - in_zero);
	}
}

#else

enum {
	LANES_I8 = 16,
};

static inline void accumulate_lanes_i8(int32_t sum[LANES_I8], const int8_t *in, int32_t in_zero, int32_t n,
				       const int8_t *weights, int32_t stride)
{
	for (int32_t i = 0; i < n; i++, weights += stride) {
		int16_t x = (int16_t)(in[i] - in_zero);

		for (int j = 0; j < LANES_I8; j++)
			sum[j] += (int16_t)weights[j] * x;
	}
}

#endif

static inline int32_t accumulate_one_i8(const int8_t *in, int32_t in_zero, int32_t n, const int8_t *weights,
					int32_t stride)
{
	int32_t sum = 0;

	for (int32_t i = 0; i < n; i++, weights += stride)
		sum += (in[i] - in_zero) * *weights;
	return sum;
}

static int32_t sum_inputs(const int8_t *in, int32_t in_zero, int32_t n)
{
	int32_t sum = 0;

	for (int32_t i = 0; i < n; i++)
		sum += in[i] - in_zero;
	return sum;
}

/* What the weights' zero point has added to every channel of a pixel. */
static int32_t excess_at(const struct nn_window *w, const int8_t *in, int32_t in_zero, int32_t weights_zero,
			 struct nn_taps rows, struct nn_taps cols)
{
	int32_t sum = 0;

	if (!weights_zero)
		return 0;
	for (int32_t ky = rows.first; ky < rows.end; ky++)
		for (int32_t kx = cols.first; kx < cols.end; kx += nn_run_step(w))
			sum += sum_inputs(in + nn_tap_in(w, rows, cols, ky, kx), in_zero, nn_run_length(w, cols, kx));
	return sum * weights_zero;
}

void nn_conv_2d_i8(const struct nn_window *w, const int8_t *in, int32_t in_zero, const int8_t *weights,
		   int32_t weights_zero, const int32_t *bias, const struct nn_output_stage *stage, int8_t *out)
{
	int32_t step = nn_run_step(w);

	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct nn_taps rows = nn_taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			struct nn_taps cols = nn_taps_col(w, ox);
			int32_t excess = excess_at(w, in, in_zero, weights_zero, rows, cols), o = 0;

			for (; o + LANES_I8 <= w->out_c; o += LANES_I8) {
				int32_t sum[LANES_I8] = {0};

				for (int32_t ky = rows.first; ky < rows.end; ky++)
					for (int32_t kx = cols.first; kx < cols.end; kx += step)
						accumulate_lanes_i8(sum, in + nn_tap_in(w, rows, cols, ky, kx), in_zero,
								    nn_run_length(w, cols, kx),
								    weights + nn_tap_weights(w, ky, kx) + o, w->out_c);
				for (int j = 0; j < LANES_I8; j++)
					out[o + j] = (int8_t)nn_stage(stage, o + j, sum[j] - excess + bias[o + j]);
			}
			for (; o < w->out_c; o++) {
				int32_t sum = bias[o] - excess;

				for (int32_t ky = rows.first; ky < rows.end; ky++)
					for (int32_t kx = cols.first; kx < cols.end; kx += step)
						sum += accumulate_one_i8(in + nn_tap_in(w, rows, cols, ky, kx), in_zero,
									 nn_run_length(w, cols, kx),
									 weights + nn_tap_weights(w, ky, kx) + o,
									 w->out_c);
				out[o] = (int8_t)nn_stage(stage, o, sum);
			}
		}
	}
}
