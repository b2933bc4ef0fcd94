/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantise-constant.c - see quantise-constant.h. Scales are float32 arithmetic as in Google's converter, and what is
 * rounded is the product with the scale's reciprocal: a division gives other integers where a half is near.
 */
#include "nn/graph/quantise-constant.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A bias takes at most this much of its integer type: the rest is for the sum of products. */
#define BIAS_I32_MAX 1073741824.0f   /* 2^30 */
#define BIAS_I64_MAX 274877906944.0f /* 2^38 */

struct limits {
	double low, high;
};

static struct limits limits_of(enum nn_type type)
{
	switch (type) {
	case NN_TYPE_I8:
		return (struct limits){INT8_MIN, INT8_MAX};
	case NN_TYPE_U8:
		return (struct limits){0, UINT8_MAX};
	case NN_TYPE_I16:
		return (struct limits){INT16_MIN, INT16_MAX};
	case NN_TYPE_I32:
		return (struct limits){INT32_MIN, INT32_MAX};
	default:
		return (struct limits){-9e15, 9e15}; /* all of these are exact in double */
	}
}

size_t quantise_elements(const struct graph_tensor *tensor)
{
	return graph_tensor_bytes(tensor) / graph_type_bytes(tensor->type);
}

static bool all_finite(const struct graph_tensor *tensor)
{
	const float *values = tensor->data;

	for (size_t i = 0; i < quantise_elements(tensor); i++)
		if (!isfinite(values[i]))
			return false;
	return true;
}

static void store(enum nn_type type, void *data, size_t i, double value, struct limits limits)
{
	double x = fmin(fmax(round(value), limits.low), limits.high);

	switch (type) {
	case NN_TYPE_I8:
		((int8_t *)data)[i] = (int8_t)x;
		break;
	case NN_TYPE_U8:
		((uint8_t *)data)[i] = (uint8_t)x;
		break;
	case NN_TYPE_I16:
		((int16_t *)data)[i] = (int16_t)x;
		break;
	case NN_TYPE_I32:
		((int32_t *)data)[i] = (int32_t)x;
		break;
	default:
		((int64_t *)data)[i] = (int64_t)x;
	}
}

static int set_scales(struct graph_tensor *tensor, float *scales, uint32_t n, int dim)
{
	int32_t *zero_points = calloc(n, sizeof(*zero_points));

	if (!zero_points) {
		free(scales);
		return -ENOMEM;
	}
	free(tensor->scales);
	free(tensor->zero_points);
	tensor->scales = scales;
	tensor->zero_points = zero_points;
	tensor->scale_count = n;
	tensor->quantised_dim = (uint8_t)(dim < 0 ? 0 : dim);
	return 0;
}

int quantise_set_scale(struct graph_tensor *tensor, float scale, int32_t zero_point)
{
	float *scales = malloc(sizeof(*scales));
	int r;

	if (!scales)
		return -ENOMEM;
	*scales = scale;
	r = set_scales(tensor, scales, 1, QUANTISE_PER_TENSOR);
	if (r == 0)
		*tensor->zero_points = zero_point;
	return r;
}

static void replace_data(struct graph_tensor *tensor, enum nn_type type, void *data)
{
	free(tensor->data);
	tensor->data = data;
	tensor->type = type;
}

/* Elements between neighbours in dimension dim. */
static size_t stride_of(const struct graph_tensor *tensor, int dim)
{
	size_t stride = 1;

	for (unsigned i = (unsigned)dim + 1; i < tensor->dims; i++)
		stride *= tensor->shape[i];
	return stride;
}

static size_t channel_of(const struct graph_tensor *tensor, int dim, size_t stride, size_t element)
{
	return dim < 0 ? 0 : element / stride % tensor->shape[dim];
}

/* max|x| / bound of each channel; one without any weight gets the scale of the whole, that everything has one. */
static void find_scales(const struct graph_tensor *tensor, int dim, float bound, const float *least, float *scales,
			uint32_t n)
{
	const float *values = tensor->data;
	size_t stride = dim < 0 ? 0 : stride_of(tensor, dim);
	float all = 0;

	for (size_t i = 0; i < quantise_elements(tensor); i++) {
		float *scale = &scales[channel_of(tensor, dim, stride, i)];

		*scale = fmaxf(*scale, fabsf(values[i]));
		all = fmaxf(all, fabsf(values[i]));
	}
	for (uint32_t c = 0; c < n; c++) {
		scales[c] /= bound;
		if (least && least[c] > scales[c])
			scales[c] = least[c];
		if (scales[c] < 1e-35f) /* nothing there: a denormal scale would lose the arithmetic its precision */
			scales[c] = all / bound < 1e-35f ? 1 : all / bound;
	}
}

/* Nothing is 0 steps, also where a scale is so small that its reciprocal is infinite. */
static double steps_of(float value, float scale)
{
	return value == 0 ? 0 : (double)(value * (1 / scale));
}

int quantise_symmetric(struct graph_tensor *tensor, enum nn_type type, int dim, const float *least)
{
	const float bound = type == NN_TYPE_I16 ? INT16_MAX : INT8_MAX, *values = tensor->data;
	uint32_t n = dim < 0 ? 1 : tensor->shape[dim];
	size_t elements = quantise_elements(tensor), stride = dim < 0 ? 0 : stride_of(tensor, dim);
	float *scales;
	void *data;
	int r;

	if (!all_finite(tensor))
		return -EDOM;
	scales = calloc(n, sizeof(*scales));
	data = malloc(elements * graph_type_bytes(type));
	if (!scales || !data) {
		free(scales);
		free(data);
		return -ENOMEM;
	}
	find_scales(tensor, dim, bound, least, scales, n);
	for (size_t i = 0; i < elements; i++) {
		float scale = scales[channel_of(tensor, dim, stride, i)];

		store(type, data, i, steps_of(values[i], scale), (struct limits){-(double)bound, (double)bound});
	}
	r = set_scales(tensor, scales, n, dim);
	if (r < 0)
		free(data);
	else
		replace_data(tensor, type, data);
	return r;
}

int quantise_asymmetric(struct graph_tensor *tensor)
{
	const float *values = tensor->data;
	float low = 0, high = 0, scale;

	if (!all_finite(tensor))
		return -EDOM;
	for (size_t i = 0; i < quantise_elements(tensor); i++) {
		low = fminf(low, values[i]);
		high = fmaxf(high, values[i]);
	}
	scale = (high - low) / 254;
	if (scale < 1e-35f)
		scale = 1;
	return quantise_in_steps(tensor, NN_TYPE_U8, scale, (int32_t)lroundf(1 - low / scale));
}

void quantise_least_scales(const struct graph_tensor *bias, enum nn_type type, float input_scale, bool per_tensor,
			   float *ret_least)
{
	const float limit = type == NN_TYPE_I64 ? BIAS_I64_MAX : BIAS_I32_MAX, *values = bias->data;

	ret_least[0] = 0;
	for (size_t i = 0; i < quantise_elements(bias); i++) {
		float least = fabsf(values[i]) / (input_scale * limit);

		if (per_tensor)
			ret_least[0] = fmaxf(ret_least[0], least);
		else
			ret_least[i] = least;
	}
}

int quantise_bias(struct graph_tensor *bias, enum nn_type type, float input_scale, const struct graph_tensor *weights)
{
	const float *values = bias->data;
	size_t elements = quantise_elements(bias);
	float *scales;
	void *data;
	int r;

	if (!all_finite(bias))
		return -EDOM;
	scales = calloc(weights->scale_count, sizeof(*scales));
	data = malloc(elements * graph_type_bytes(type));
	if (!scales || !data) {
		free(scales);
		free(data);
		return -ENOMEM;
	}
	for (uint32_t c = 0; c < weights->scale_count; c++)
		scales[c] = input_scale * weights->scales[c];
	for (size_t i = 0; i < elements; i++) {
		uint32_t c = weights->scale_count > 1 ? (uint32_t)i : 0;

		store(type, data, i, steps_of(values[i], scales[c]), limits_of(type));
	}
	r = set_scales(bias, scales, weights->scale_count, 0);
	if (r < 0)
		free(data);
	else
		replace_data(bias, type, data);
	return r;
}

int quantise_in_steps(struct graph_tensor *tensor, enum nn_type type, float scale, int32_t zero_point)
{
	const float *values = tensor->data;
	size_t elements = quantise_elements(tensor);
	void *data = malloc(elements * graph_type_bytes(type));
	int r = data ? quantise_set_scale(tensor, scale, zero_point) : -ENOMEM;

	if (r < 0) {
		free(data);
		return r;
	}
	for (size_t i = 0; i < elements; i++)
		store(type, data, i, round((double)values[i] / (double)scale) + zero_point, limits_of(type));
	replace_data(tensor, type, data);
	return 0;
}

/* value = 1.mantissa x 2^(exponent - 127): 10 bits of the mantissa stay, fewer below 2^-14. */
static uint16_t half_of(float value)
{
	uint32_t bits, sign, mantissa, drop = 13, half;
	int32_t exponent;

	memcpy(&bits, &value, sizeof(bits));
	sign = bits >> 16 & 0x8000;
	exponent = (int32_t)(bits >> 23 & 0xff) - 127 + 15;
	mantissa = bits & 0x7fffff;
	if (exponent <= 0) {
		if (exponent < -10)
			return (uint16_t)sign;
		mantissa |= 0x800000;
		drop += (uint32_t)(1 - exponent);
		exponent = 0;
	}
	half = mantissa >> drop;
	mantissa &= (1u << drop) - 1;
	half += (uint32_t)exponent << 10;
	if (mantissa > 1u << (drop - 1) || (mantissa == 1u << (drop - 1) && half & 1))
		half++; /* may carry into the exponent, rightly */
	return (uint16_t)(sign | (exponent > 30 || half > 0x7bff ? 0x7bff : half));
}

int quantise_half(struct graph_tensor *tensor)
{
	const float *values = tensor->data;
	size_t elements = quantise_elements(tensor);
	uint16_t *data;

	if (!all_finite(tensor))
		return -EDOM;
	data = malloc(elements * sizeof(*data));
	if (!data)
		return -ENOMEM;
	for (size_t i = 0; i < elements; i++)
		data[i] = half_of(values[i]);
	replace_data(tensor, NN_TYPE_F16, data);
	return 0;
}
