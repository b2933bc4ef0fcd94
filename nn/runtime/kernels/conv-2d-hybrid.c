/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conv-2d-hybrid.c - float activations, 8-bit weights. Either the weights become floats where they are used, or the
 * inputs become 8-bit numbers at a scale found at run time and sums are integer until the end.
 */
#include "nn/runtime/kernels-int.h"
#include "nn/runtime/kernels/dynamic.h"

#include <stddef.h>

enum {
	BLOCK_HYBRID = 64, /* output channels side by side */
	CHUNK = 64,	   /* inputs quantised together */
};

static inline int32_t least_of(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

static inline float scale_of(const struct nn_weight_scales *scales, int32_t channel)
{
	return scales->scales[channel * scales->step];
}

/* sum[j] += x[i] * weights[i * stride + j], x quantised chunk by chunk */
static void accumulate_dynamic(int32_t sum[BLOCK_HYBRID], int32_t n, const struct nn_dynamic *d, const float *x,
			       int32_t inputs, const int8_t *weights, int32_t stride)
{
	int16_t chunk[CHUNK];

	for (int32_t begin = 0; begin < inputs; begin += CHUNK) {
		int32_t size = least_of(CHUNK, inputs - begin);

		nn_dynamic_quantise(d, size, x + begin, chunk);
		for (int32_t i = 0; i < size; i++, weights += stride)
			for (int32_t j = 0; j < n; j++)
				sum[j] += (int16_t)weights[j] * chunk[i];
	}
}

static void accumulate_floats(float sum[BLOCK_HYBRID], int32_t n, const float *x, int32_t inputs, const int8_t *weights,
			      int32_t stride)
{
	for (int32_t i = 0; i < inputs; i++, weights += stride)
		for (int32_t j = 0; j < n; j++)
			sum[j] += x[i] * (float)weights[j];
}

/* One output position: everything that a block of channels is summed from. */
struct place {
	const struct nn_window *window;
	const float *in;
	const int8_t *weights;
	struct nn_taps rows, cols;
};

static void sum_dynamic(const struct place *p, const struct nn_dynamic *d, int32_t o, int32_t n,
			int32_t sum[BLOCK_HYBRID])
{
	const struct nn_window *w = p->window;

	for (int32_t ky = p->rows.first; ky < p->rows.end; ky++)
		for (int32_t kx = p->cols.first; kx < p->cols.end; kx += nn_run_step(w))
			accumulate_dynamic(sum, n, d, p->in + nn_tap_in(w, p->rows, p->cols, ky, kx),
					   nn_run_length(w, p->cols, kx), p->weights + nn_tap_weights(w, ky, kx) + o,
					   w->out_c);
}

static void sum_floats(const struct place *p, int32_t o, int32_t n, float sum[BLOCK_HYBRID])
{
	const struct nn_window *w = p->window;

	for (int32_t ky = p->rows.first; ky < p->rows.end; ky++)
		for (int32_t kx = p->cols.first; kx < p->cols.end; kx += nn_run_step(w))
			accumulate_floats(sum, n, p->in + nn_tap_in(w, p->rows, p->cols, ky, kx),
					  nn_run_length(w, p->cols, kx), p->weights + nn_tap_weights(w, ky, kx) + o,
					  w->out_c);
}

/* The same for a depthwise convolution: channel o + j reads channel (o + j) / multiplier. */
static void depthwise_sum_dynamic(const struct place *p, const struct nn_dynamic *d, int32_t o, int32_t n,
				  int32_t sum[BLOCK_HYBRID])
{
	const struct nn_window *w = p->window;
	int32_t multiplier = w->out_c / w->in_c;

	for (int32_t ky = p->rows.first; ky < p->rows.end; ky++)
		for (int32_t kx = p->cols.first; kx < p->cols.end; kx++) {
			const float *x = p->in + nn_tap_in(w, p->rows, p->cols, ky, kx);
			const int8_t *tap = p->weights + ((int64_t)ky * w->kernel_w + kx) * w->out_c + o;

			for (int32_t j = 0; j < n; j++)
				sum[j] += tap[j] * (quantise_dynamic(x[(o + j) / multiplier], d->zero_point, d->scale) -
						    d->zero_point);
		}
}

static void depthwise_sum_floats(const struct place *p, int32_t o, int32_t n, float sum[BLOCK_HYBRID])
{
	const struct nn_window *w = p->window;
	int32_t multiplier = w->out_c / w->in_c;

	for (int32_t ky = p->rows.first; ky < p->rows.end; ky++)
		for (int32_t kx = p->cols.first; kx < p->cols.end; kx++) {
			const float *x = p->in + nn_tap_in(w, p->rows, p->cols, ky, kx);
			const int8_t *tap = p->weights + ((int64_t)ky * w->kernel_w + kx) * w->out_c + o;

			for (int32_t j = 0; j < n; j++)
				sum[j] += (float)tap[j] * x[(o + j) / multiplier];
		}
}

/* Everything but the window: what makes a value of a sum. */
struct finish {
	const struct nn_weight_scales *scales;
	const struct nn_dynamic *dynamic; /* NULL: sums are float */
	const float *bias;
	struct nn_range range;
};

static void block_of_floats(const struct place *p, bool depthwise, const struct finish *f, int32_t o, int32_t n,
			    float *out)
{
	float sum[BLOCK_HYBRID];

	for (int32_t j = 0; j < n; j++)
		sum[j] = 0;
	if (depthwise)
		depthwise_sum_floats(p, o, n, sum);
	else
		sum_floats(p, o, n, sum);
	for (int32_t j = 0; j < n; j++)
		out[j] = nn_clamp(sum[j] * scale_of(f->scales, o + j) + f->bias[o + j], f->range);
}

static void block_of_integers(const struct place *p, bool depthwise, const struct finish *f, int32_t o, int32_t n,
			      float *out)
{
	int32_t sum[BLOCK_HYBRID];

	for (int32_t j = 0; j < n; j++)
		sum[j] = 0;
	if (f->dynamic->scale > 0) {
		if (depthwise)
			depthwise_sum_dynamic(p, f->dynamic, o, n, sum);
		else
			sum_dynamic(p, f->dynamic, o, n, sum);
	}
	for (int32_t j = 0; j < n; j++)
		out[j] = nn_clamp(nn_dynamic_value(f->dynamic, sum[j], scale_of(f->scales, o + j), f->bias[o + j]),
				  f->range);
}

static void convolve(struct place *p, bool depthwise, const struct nn_weight_scales *scales, const float *bias,
		     struct nn_range range, float *out)
{
	const struct nn_window *w = p->window;
	struct finish finish = {.scales = scales, .bias = bias, .range = range};
	struct nn_dynamic d;

	if (scales->dynamic) {
		d = nn_dynamic_measure((int64_t)w->in_h * w->in_w * w->in_c, p->in);
		finish.dynamic = &d;
	}
	for (int32_t oy = 0; oy < w->out_h; oy++) {
		p->rows = nn_taps_row(w, oy);
		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			p->cols = nn_taps_col(w, ox);
			for (int32_t o = 0; o < w->out_c; o += BLOCK_HYBRID)
				(scales->dynamic ? block_of_integers : block_of_floats)(
					p, depthwise, &finish, o, least_of(BLOCK_HYBRID, w->out_c - o), out + o);
		}
	}
}

void nn_conv_2d_hybrid(const struct nn_window *window, const float *in, const int8_t *weights,
		       const struct nn_weight_scales *scales, const float *bias, struct nn_range range, float *out)
{
	struct place place = {.window = window, .in = in, .weights = weights};

	convolve(&place, false, scales, bias, range, out);
}

void nn_depthwise_conv_2d_hybrid(const struct nn_window *window, const float *in, const int8_t *weights,
				 const struct nn_weight_scales *scales, const float *bias, struct nn_range range,
				 float *out)
{
	struct place place = {.window = window, .in = in, .weights = weights};

	convolve(&place, true, scales, bias, range, out);
}
