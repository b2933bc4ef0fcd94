/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic.c - all inputs of a hybrid layer as 8-bit numbers. */
#include "nn/runtime/kernels/dynamic.h"
#include "nn/runtime/kernels-int.h"

struct nn_dynamic nn_dynamic_measure(int64_t n, const float *in)
{
	float low = 0, high = 0;

	for (int64_t i = 0; i < n; i++) {
		low = in[i] < low ? in[i] : low;
		high = in[i] > high ? in[i] : high;
	}
	double scale = ((double)high - (double)low) / 255, below = (double)low / scale, above = (double)high / scale;

	/* No number, or none that a float's reciprocal can stand */
	if (!(scale > 1e-37 && scale < 1e37))
		return (struct nn_dynamic){0, 0};
	double zero = 128 - below < 127 + above ? -128 - below : 127 - above;
	int32_t zero_point = round_away((float)zero);

	return (struct nn_dynamic){(float)scale, zero_point < -128 ? -128 : zero_point > 127 ? 127 : zero_point};
}

void nn_dynamic_quantise(const struct nn_dynamic *d, int32_t n, const float *in, int16_t *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = (int16_t)(quantise_dynamic(in[i], d->zero_point, d->scale) - d->zero_point);
}
