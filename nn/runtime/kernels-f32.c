/* SPDX-License-Identifier: Apache-2.0 */
/* kernels-f32.c - float kernels, see kernels-f32.h. */
#include "nn/runtime/kernels-f32.h"

#include <float.h>

#include "nn/runtime/math.h"

enum {
	LANES = 8, /* outputs computed together; a constant, so that the loops over them become vectors */
};

static inline float clamp(float x, struct nn_range range)
{
	x = x < range.low ? range.low : x;
	return x > range.high ? range.high : x;
}

/* sum[j] += x[i] * weights[i * stride + j] for all i < n */
static inline void accumulate_lanes(float sum[LANES], const float *x, int32_t n, const float *weights, int32_t stride)
{
	for (int32_t i = 0; i < n; i++, weights += stride)
		for (int j = 0; j < LANES; j++)
			sum[j] += x[i] * weights[j];
}

static inline float accumulate_one(float sum, const float *x, int32_t n, const float *weights, int32_t stride)
{
	for (int32_t i = 0; i < n; i++, weights += stride)
		sum += x[i] * *weights;
	return sum;
}

void nn_dense_f32(int32_t inputs, int32_t outputs, const float *in, const float *weights, const float *bias,
		  struct nn_range range, float *out)
{
	int32_t o = 0;

	for (; o + LANES <= outputs; o += LANES) {
		float sum[LANES];

		for (int j = 0; j < LANES; j++)
			sum[j] = bias[o + j];
		accumulate_lanes(sum, in, inputs, weights + o, outputs);
		for (int j = 0; j < LANES; j++)
			out[o + j] = clamp(sum[j], range);
	}
	for (; o < outputs; o++)
		out[o] = clamp(accumulate_one(bias[o], in, inputs, weights + o, outputs), range);
}

/* The part of a window at one output position that lies inside the input: taps first..end-1. */
struct taps {
	int32_t first, end, origin;
};

static struct taps taps_at(int32_t position, int32_t stride, int32_t pad, int32_t dilation, int32_t kernel,
			   int32_t size)
{
	struct taps taps = {.first = 0, .end = kernel, .origin = position * stride - pad};

	while (taps.first < taps.end && taps.origin + taps.first * dilation < 0)
		taps.first++;
	while (taps.end > taps.first && taps.origin + (taps.end - 1) * dilation >= size)
		taps.end--;
	return taps;
}

static struct taps taps_row(const struct nn_window *w, int32_t oy)
{
	return taps_at(oy, w->stride_h, w->pad_top, w->dilation_h, w->kernel_h, w->in_h);
}

static struct taps taps_col(const struct nn_window *w, int32_t ox)
{
	return taps_at(ox, w->stride_w, w->pad_left, w->dilation_w, w->kernel_w, w->in_w);
}

/* Where a run of taps of one kernel row begins, and how many inputs it covers: all of them when they lie side by side. */
struct run {
	const float *in, *weights;
	int32_t length;
};

static struct run run_at(const struct nn_window *w, const float *in, const float *weights, struct taps rows,
			 struct taps cols, int32_t ky, int32_t kx)
{
	int32_t y = rows.origin + ky * w->dilation_h, x = cols.origin + kx * w->dilation_w;

	return (struct run){
		.in = in + ((int64_t)y * w->in_w + x) * w->in_c,
		.weights = weights + ((int64_t)ky * w->kernel_w + kx) * w->in_c * w->out_c,
		.length = (w->dilation_w == 1 ? cols.end - kx : 1) * w->in_c,
	};
}

static void conv_pixel(const struct nn_window *w, const float *in, const float *weights, const float *bias,
		       struct taps rows, struct taps cols, struct nn_range range, float *out)
{
	int32_t step = w->dilation_w == 1 ? w->kernel_w : 1;
	int32_t o = 0;

	for (; o + LANES <= w->out_c; o += LANES) {
		float sum[LANES];

		for (int j = 0; j < LANES; j++)
			sum[j] = bias[o + j];
		for (int32_t ky = rows.first; ky < rows.end; ky++)
			for (int32_t kx = cols.first; kx < cols.end; kx += step) {
				struct run run = run_at(w, in, weights, rows, cols, ky, kx);

				accumulate_lanes(sum, run.in, run.length, run.weights + o, w->out_c);
			}
		for (int j = 0; j < LANES; j++)
			out[o + j] = clamp(sum[j], range);
	}
	for (; o < w->out_c; o++) {
		float sum = bias[o];

		for (int32_t ky = rows.first; ky < rows.end; ky++)
			for (int32_t kx = cols.first; kx < cols.end; kx += step) {
				struct run run = run_at(w, in, weights, rows, cols, ky, kx);

				sum = accumulate_one(sum, run.in, run.length, run.weights + o, w->out_c);
			}
		out[o] = clamp(sum, range);
	}
}

void nn_conv_2d_f32(const struct nn_window *w, const float *in, const float *weights, const float *bias,
		    struct nn_range range, float *out)
{
	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct taps rows = taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c)
			conv_pixel(w, in, weights, bias, rows, taps_col(w, ox), range, out);
	}
}

void nn_depthwise_conv_2d_f32(const struct nn_window *w, const float *in, const float *weights, const float *bias,
			      struct nn_range range, float *out)
{
	int32_t multiplier = w->out_c / w->in_c;

	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct taps rows = taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			struct taps cols = taps_col(w, ox);

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

void nn_max_pool_2d_f32(const struct nn_window *w, const float *in, struct nn_range range, float *out)
{
	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct taps rows = taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			struct taps cols = taps_col(w, ox);

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
		struct taps rows = taps_row(w, oy);

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			struct taps cols = taps_col(w, ox);
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
				out[c] = clamp(out[c] * share, range);
		}
	}
}

void nn_softmax_f32(int32_t rows, int32_t n, const float *in, float *out)
{
	for (int32_t row = 0; row < rows; row++, in += n, out += n) {
		float largest = in[0], sum = 0;

		for (int32_t i = 1; i < n; i++)
			largest = in[i] > largest ? in[i] : largest;
		for (int32_t i = 0; i < n; i++) {
			out[i] = nn_exp_negative(in[i] - largest);
			sum += out[i];
		}
		for (int32_t i = 0; i < n; i++)
			out[i] /= sum;
	}
}

void nn_add_f32(int32_t n, int32_t m, const float *a, const float *b, struct nn_range range, float *out)
{
	for (int32_t i = 0; i < n; i += m)
		for (int32_t j = 0; j < m; j++)
			out[i + j] = clamp(a[i + j] + b[j], range);
}

void nn_multiply_f32(int32_t n, int32_t m, const float *a, const float *b, struct nn_range range, float *out)
{
	for (int32_t i = 0; i < n; i += m)
		for (int32_t j = 0; j < m; j++)
			out[i + j] = clamp(a[i + j] * b[j], range);
}

void nn_clamp_f32(int32_t n, const float *in, struct nn_range range, float *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = clamp(in[i], range);
}

void nn_limit_channels_f32(int32_t count, int32_t n, const float *limits, float *values)
{
	for (int32_t i = 0; i < count; i += n)
		for (int32_t c = 0; c < n; c++)
			values[i + c] = clamp(values[i + c], (struct nn_range){limits[c], limits[n + c]});
}
