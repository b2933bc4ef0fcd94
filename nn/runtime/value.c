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

/* NaN becomes the zero point. */
static int32_t quantise(float value, struct step step, struct limits limits)
{
	double x = (double)(value / step.scale);

	if (x != x)
		x = 0;
	x = (x < 0 ? x - 0.5 : x + 0.5);
	if (x > 4e9 || x < -4e9)
		x = x < 0 ? -4e9 : 4e9;

	int64_t stored = (int64_t)x + step.zero_point;

	return stored < limits.low ? limits.low : stored > limits.high ? limits.high : (int32_t)stored;
}

static void store(uint8_t type, void *place, uint32_t i, int32_t stored)
{
	switch (type) {
	case NN_TYPE_I8:
		((int8_t *)place)[i] = (int8_t)stored;
		break;
	case NN_TYPE_U8:
		((uint8_t *)place)[i] = (uint8_t)stored;
		break;
	case NN_TYPE_I16:
		((int16_t *)place)[i] = (int16_t)stored;
		break;
	default:
		((int32_t *)place)[i] = stored;
	}
}

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
	for (uint32_t i = 0; i < n; i++)
		store(tensor->type, place, i, quantise(values[i], step, limits));
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
