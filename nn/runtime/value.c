/* SPDX-License-Identifier: Apache-2.0 */
/* value.c - see value.h. */
#include "nn/runtime/value.h"

#include <string.h>

struct step {
	float scale;
	int32_t zero_point;
};

struct limits {
	int32_t low, high;
};

static struct limits limits_of(uint8_t type)
{
	switch (type) {
	case NN_TYPE_I8:
		return (struct limits){INT8_MIN, INT8_MAX};
	case NN_TYPE_U8:
		return (struct limits){0, UINT8_MAX};
	case NN_TYPE_I16:
		return (struct limits){INT16_MIN, INT16_MAX};
	default:
		return (struct limits){INT32_MIN, INT32_MAX};
	}
}

static struct step step_of(const struct nn_model *model, const struct nn_tensor *tensor)
{
	struct step step = {1, 0};

	if (tensor->scale_count) {
		memcpy(&step.scale, model->quantisation + tensor->scales, sizeof(step.scale));
		memcpy(&step.zero_point, model->quantisation + tensor->scales + 4, sizeof(step.zero_point));
	}
	return step;
}

bool nn_value_supported(const struct nn_tensor *tensor)
{
	switch (tensor->type) {
	case NN_TYPE_F32:
		return true;
	case NN_TYPE_I8:
	case NN_TYPE_U8:
	case NN_TYPE_I16:
	case NN_TYPE_I32:
		return tensor->scale_count <= 1;
	default:
		return false;
	}
}

float nn_value_scale(const struct nn_model *model, const struct nn_tensor *tensor)
{
	return tensor->type == NN_TYPE_F32 || !tensor->scale_count ? 0 : step_of(model, tensor).scale;
}

int32_t nn_value_zero_point(const struct nn_model *model, const struct nn_tensor *tensor)
{
	return step_of(model, tensor).zero_point;
}

/* |x| < 2^31, to the nearest, halves away from zero: what is added is the last float below a half. */
static inline int32_t nearest(float x)
{
	return (int32_t)(x + (x < 0 ? -0x1.fffffep-2f : 0x1.fffffep-2f));
}

/* Of any x; NaN becomes 0. */
static int64_t nearest_wide(float x)
{
	const float wide = 2147483648.0f, most = 4e9f;

	if (x > -wide && x < wide)
		return nearest(x);
	x = x != x ? 0 : x > most ? most : x < -most ? -most : x;
	return 2 * (int64_t)(int32_t)(x / 2); /* such an x is even */
}

/*
 * Not by doubles, which Cortex-M4 has not, nor by 64 bits where 32 will do: both would take several times as long as a small
 * network.
 */
__attribute__((always_inline)) static inline int32_t quantise(float value, struct step step, struct limits limits)
{
	const float few = 1 << 30;
	float x = value / step.scale;
	int32_t y;

	if (!(x > -few && x < few) || __builtin_add_overflow(nearest(x), step.zero_point, &y)) {
		int64_t stored = nearest_wide(x) + step.zero_point;

		return stored < limits.low ? limits.low : stored > limits.high ? limits.high : (int32_t)stored;
	}
	return y < limits.low ? limits.low : y > limits.high ? limits.high : y;
}

#define QUANTISE_ALL(type)                                                                                             \
	do {                                                                                                           \
		for (uint32_t i = 0; i < n; i++)                                                                       \
			((type *)place)[i] = (type)quantise(values[i], step, limits);                                  \
	} while (0)

static int32_t load(uint8_t type, const void *place, uint32_t i)
{
	switch (type) {
	case NN_TYPE_I8:
		return ((const int8_t *)place)[i];
	case NN_TYPE_U8:
		return ((const uint8_t *)place)[i];
	case NN_TYPE_I16:
		return ((const int16_t *)place)[i];
	default:
		return ((const int32_t *)place)[i];
	}
}

void nn_value_write(const struct nn_run *run, const struct nn_tensor *tensor, const float *values)
{
	struct limits limits = limits_of(tensor->type);
	struct step step = step_of(run->model, tensor);
	uint32_t n = nn_tensor_elements(tensor);
	void *place = nn_run_tensor(run, tensor);

	if (tensor->type == NN_TYPE_F32) {
		memcpy(place, values, n * sizeof(float));
		return;
	}
	switch (tensor->type) {
	case NN_TYPE_I8:
	case NN_TYPE_U8:
		QUANTISE_ALL(int8_t);
		break;
	case NN_TYPE_I16:
		QUANTISE_ALL(int16_t);
		break;
	default:
		QUANTISE_ALL(int32_t);
	}
}

void nn_value_read(const struct nn_run *run, const struct nn_tensor *tensor, float *ret_values)
{
	struct step step = step_of(run->model, tensor);
	uint32_t n = nn_tensor_elements(tensor);
	const void *place = nn_run_tensor(run, tensor);

	if (tensor->type == NN_TYPE_F32) {
		memcpy(ret_values, place, n * sizeof(float));
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		ret_values[i] = step.scale * (float)(load(tensor->type, place, i) - step.zero_point);
}
