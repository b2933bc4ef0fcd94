/* SPDX-License-Identifier: Apache-2.0 */
/* f32.h - float in plain C: the definition. A sum begins with its bias and grows in the order of the weights. */
#ifndef NN_EXPORT_KERNELS_F32_H
#define NN_EXPORT_KERNELS_F32_H

#include "nn/export/kernels/common.h"

#pragma GCC optimize("fp-contract=off")

NN_INLINE float nn_limit_f32(float x, float low, float high)
{
	x = x < low ? low : x;
	return x > high ? high : x;
}

/* weights [kernel_h][kernel_w][in_c][out_c] */
NN_INLINE void nn_conv_plain_f32(const struct nn_conv *l, const float *in, float *out)
{
	const float *weights = l->weights, *bias = l->bias;

	for (int32_t oy = 0; oy < l->out_h; oy++)
		for (int32_t ox = 0; ox < l->out_w; ox++)
			for (int32_t o = 0; o < l->out_c; o++) {
				float sum = bias[o];

				for (int32_t ky = 0; ky < l->kernel_h; ky++)
					for (int32_t kx = 0; kx < l->kernel_w; kx++) {
						int32_t y = oy * l->stride_h - l->pad_top + ky * l->dilation_h;
						int32_t x = ox * l->stride_w - l->pad_left + kx * l->dilation_w;
						const float *w =
							weights + (ky * l->kernel_w + kx) * l->in_c * l->out_c + o;

						if (y < 0 || y >= l->in_h || x < 0 || x >= l->in_w)
							continue;
						for (int32_t c = 0; c < l->in_c; c++)
							sum += in[(y * l->in_w + x) * l->in_c + c] * w[c * l->out_c];
					}
				*out++ = nn_limit_f32(sum, l->low, l->high);
			}
}

/* weights [kernel_h][kernel_w][out_c], out_c = in_c * multiplier */
NN_INLINE void nn_depthwise_plain_f32(const struct nn_conv *l, const float *in, float *out)
{
	const float *weights = l->weights, *bias = l->bias;
	int32_t each = l->out_c / l->in_c;

	for (int32_t oy = 0; oy < l->out_h; oy++)
		for (int32_t ox = 0; ox < l->out_w; ox++)
			for (int32_t o = 0; o < l->out_c; o++) {
				float sum = bias[o];

				for (int32_t ky = 0; ky < l->kernel_h; ky++)
					for (int32_t kx = 0; kx < l->kernel_w; kx++) {
						int32_t y = oy * l->stride_h - l->pad_top + ky * l->dilation_h;
						int32_t x = ox * l->stride_w - l->pad_left + kx * l->dilation_w;

						if (y < 0 || y >= l->in_h || x < 0 || x >= l->in_w)
							continue;
						sum += in[(y * l->in_w + x) * l->in_c + o / each] *
						       weights[(ky * l->kernel_w + kx) * l->out_c + o];
					}
				*out++ = nn_limit_f32(sum, l->low, l->high);
			}
}

NN_INLINE void nn_max_pool_f32(const struct nn_conv *l, const float *in, float *out)
{
	for (int32_t oy = 0; oy < l->out_h; oy++)
		for (int32_t ox = 0; ox < l->out_w; ox++)
			for (int32_t c = 0; c < l->out_c; c++) {
				float largest = -3.402823466e38f;

				for (int32_t ky = 0; ky < l->kernel_h; ky++)
					for (int32_t kx = 0; kx < l->kernel_w; kx++) {
						int32_t y = oy * l->stride_h - l->pad_top + ky;
						int32_t x = ox * l->stride_w - l->pad_left + kx;

						if (y < 0 || y >= l->in_h || x < 0 || x >= l->in_w)
							continue;
						if (in[(y * l->in_w + x) * l->in_c + c] > largest)
							largest = in[(y * l->in_w + x) * l->in_c + c];
					}
				*out++ = nn_limit_f32(largest, l->low, l->high);
			}
}

/* weights [inputs][outputs] */
NN_INLINE void nn_dense_plain_f32(const struct nn_dense *l, const float *in, float *out)
{
	const float *weights = l->weights, *bias = l->bias;

	for (int32_t o = 0; o < l->outputs; o++) {
		float sum = bias[o];

		for (int32_t i = 0; i < l->inputs; i++)
			sum += in[i] * weights[i * l->outputs + o];
		out[o] = nn_limit_f32(sum, l->low, l->high);
	}
}

/* e^x for x <= 0: x = k ln 2 + r, e^r by Taylor's polynomial */
NN_INLINE float nn_exp_negative(float x)
{
	if (!(x > -87))
		return 0;

	int32_t k = (int32_t)(x * 1.44269504f - 0.5f);
	float r = x - (float)k * 0.693359375f + (float)k * 2.12194440e-4f;
	float e = 1 + r * (1 + r * (0.5f + r * (1.66666667e-1f +
						r * (4.16666667e-2f + r * (8.33333333e-3f + r * 1.38888889e-3f)))));
	uint32_t bits = (uint32_t)(k + 127) << 23;
	float power;

	__builtin_memcpy(&power, &bits, sizeof(power));
	return e * power;
}

NN_INLINE void nn_softmax_f32(const float *in, float *out, int32_t n)
{
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

#endif
