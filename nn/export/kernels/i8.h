/* SPDX-License-Identifier: Apache-2.0 */
/* i8.h - int8 in plain C: the definition. nn_act is how the core keeps activations, int8_t or int16_t. */
#ifndef NN_EXPORT_KERNELS_I8_H
#define NN_EXPORT_KERNELS_I8_H

#include "nn/export/kernels/common.h"

NN_INLINE int32_t nn_limit(int64_t x, int32_t low, int32_t high)
{
	return x < low ? low : x > high ? high : (int32_t)x;
}

/* x * multiplier / 2^(31 + shift): single rounds halves up once, double as gemmlowp: up, then away from zero */
NN_INLINE int64_t nn_scale(int32_t x, int32_t multiplier, int32_t shift, bool single)
{
	if (single)
		return ((int64_t)x * multiplier + ((int64_t)1 << (30 + shift))) >> (31 + shift);

	int64_t left = nn_limit((int64_t)x * ((int64_t)1 << (shift < 0 ? -shift : 0)), INT32_MIN, INT32_MAX);
	int64_t y = (left * multiplier + ((int64_t)1 << 30)) >> 31;

	return shift > 0 ? (y + ((int64_t)1 << (shift - 1)) - (y < 0)) >> shift : y;
}

NN_INLINE int32_t nn_stage_plain(const struct nn_stage *stage, int32_t channel, int32_t sum)
{
	int32_t i = stage->per_channel ? channel : 0;

	return nn_limit(nn_scale(sum, stage->multipliers[i], stage->shifts[i], stage->single) + stage->zero, stage->low,
			stage->high);
}

/* From int8 in place to what the core keeps, last to first. */
NN_INLINE void nn_enter(const int8_t *in, nn_act *out, int32_t n)
{
	for (int32_t i = n; i-- > 0;)
		out[i] = in[i];
}

NN_INLINE void nn_leave(const nn_act *in, int8_t *out, int32_t n, int32_t zero)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = (int8_t)(in[i] + zero);
}

/* weights [kernel_h][kernel_w][in_c][out_c] */
NN_INLINE void nn_conv_plain_i8(const struct nn_conv *l, const nn_act *in, nn_act *out)
{
	const int8_t *weights = l->weights;
	const int32_t *bias = l->bias;

	for (int32_t oy = 0; oy < l->out_h; oy++)
		for (int32_t ox = 0; ox < l->out_w; ox++)
			for (int32_t o = 0; o < l->out_c; o++) {
				int32_t sum = bias[o];

				for (int32_t ky = 0; ky < l->kernel_h; ky++)
					for (int32_t kx = 0; kx < l->kernel_w; kx++) {
						int32_t y = oy * l->stride_h - l->pad_top + ky * l->dilation_h;
						int32_t x = ox * l->stride_w - l->pad_left + kx * l->dilation_w;
						const int8_t *w =
							weights + (ky * l->kernel_w + kx) * l->in_c * l->out_c + o;

						if (y < 0 || y >= l->in_h || x < 0 || x >= l->in_w)
							continue;
						for (int32_t c = 0; c < l->in_c; c++)
							sum += (in[(y * l->in_w + x) * l->in_c + c] - l->in_zero) *
							       w[c * l->out_c];
					}
				*out++ = (nn_act)nn_stage_plain(&l->stage, o, sum);
			}
}

/* weights [kernel_h][kernel_w][out_c], out_c = in_c * multiplier */
NN_INLINE void nn_depthwise_plain_i8(const struct nn_conv *l, const nn_act *in, nn_act *out)
{
	const int8_t *weights = l->weights;
	const int32_t *bias = l->bias;
	int32_t each = l->out_c / l->in_c;

	for (int32_t oy = 0; oy < l->out_h; oy++)
		for (int32_t ox = 0; ox < l->out_w; ox++)
			for (int32_t o = 0; o < l->out_c; o++) {
				int32_t sum = bias[o];

				for (int32_t ky = 0; ky < l->kernel_h; ky++)
					for (int32_t kx = 0; kx < l->kernel_w; kx++) {
						int32_t y = oy * l->stride_h - l->pad_top + ky * l->dilation_h;
						int32_t x = ox * l->stride_w - l->pad_left + kx * l->dilation_w;

						if (y < 0 || y >= l->in_h || x < 0 || x >= l->in_w)
							continue;
						sum += (in[(y * l->in_w + x) * l->in_c + o / each] - l->in_zero) *
						       weights[(ky * l->kernel_w + kx) * l->out_c + o];
					}
				*out++ = (nn_act)nn_stage_plain(&l->stage, o, sum);
			}
}

NN_INLINE void nn_max_pool_i8(const struct nn_conv *l, const nn_act *in, nn_act *out)
{
	for (int32_t oy = 0; oy < l->out_h; oy++)
		for (int32_t ox = 0; ox < l->out_w; ox++)
			for (int32_t c = 0; c < l->out_c; c++) {
				int32_t largest = l->stage.low;

				for (int32_t ky = 0; ky < l->kernel_h; ky++)
					for (int32_t kx = 0; kx < l->kernel_w; kx++) {
						int32_t y = oy * l->stride_h - l->pad_top + ky;
						int32_t x = ox * l->stride_w - l->pad_left + kx;

						if (y < 0 || y >= l->in_h || x < 0 || x >= l->in_w)
							continue;
						if (in[(y * l->in_w + x) * l->in_c + c] > largest)
							largest = in[(y * l->in_w + x) * l->in_c + c];
					}
				*out++ = (nn_act)(largest > l->stage.high ? l->stage.high : largest);
			}
}

/* weights [inputs][outputs] */
NN_INLINE void nn_dense_plain_i8(const struct nn_dense *l, const nn_act *in, nn_act *out)
{
	const int8_t *weights = l->weights;
	const int32_t *bias = l->bias;

	for (int32_t o = 0; o < l->outputs; o++) {
		int32_t sum = bias[o];

		for (int32_t i = 0; i < l->inputs; i++)
			sum += (in[i] - l->in_zero) * weights[i * l->outputs + o];
		out[o] = (nn_act)nn_stage_plain(&l->stage, o, sum);
	}
}

/* a * b / 2^31, halves up */
NN_INLINE int32_t nn_multiply_high(int32_t a, int32_t b)
{
	return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

/* x / 2^n, halves up; x is not negative */
NN_INLINE int32_t nn_divide_by_power(int32_t x, int32_t n)
{
	return ((x >> (n - 1)) + 1) >> 1;
}

/* 2^31 / (1 + x / 2^31), 0 <= x: three steps of Newton's from a line that is near */
NN_INLINE int32_t nn_reciprocal(int32_t x)
{
	int32_t half = (x >> 1) + (1 << 30);
	int32_t y = 1515870810 + nn_multiply_high(half, -1010580540);

	for (int i = 0; i < 3; i++)
		y += nn_multiply_high(y, (1 << 29) - nn_multiply_high(half, y)) * 4;
	return y > INT32_MAX / 2 ? INT32_MAX : y * 2;
}

/*
 * exps[d] = e^(-d * scale * beta) * 2^31 for d < count, all the others make 0. Output scale 1/256, zero point -128.
 */
NN_INLINE void nn_softmax_i8(const nn_act *in, int8_t *out, int32_t n, const int32_t *exps, int32_t count)
{
	int32_t largest = in[0], sum = 0;

	for (int32_t i = 1; i < n; i++)
		largest = in[i] > largest ? in[i] : largest;
	for (int32_t i = 0; i < n; i++)
		if (largest - in[i] < count)
			sum += nn_divide_by_power(exps[largest - in[i]], 12);

	int32_t zeros = __builtin_clz((uint32_t)sum);
	int32_t scale = nn_reciprocal((int32_t)(((uint32_t)sum << zeros) - 0x80000000u));

	for (int32_t i = 0; i < n; i++) {
		int32_t y = 0;

		if (largest - in[i] < count)
			y = nn_divide_by_power(nn_multiply_high(scale, exps[largest - in[i]]), 12 - zeros + 31 - 8);
		out[i] = (int8_t)(y > 255 ? 127 : y - 128);
	}
}

#endif
