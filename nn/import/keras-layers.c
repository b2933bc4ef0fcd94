/* SPDX-License-Identifier: Apache-2.0 */
/* keras-layers.c - Keras layers of one input to nodes: shapes, dense layers, normalisations. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/keras-layer.h"
#include "nn/runtime/math.h"

/* --- shapes ---------------------------------------------------------------------------------------------------- */

int keras_import_flatten(struct keras_import *in)
{
	const struct graph_tensor *tensor = keras_current(in);
	uint32_t shape[2] = {1, 1};

	for (unsigned i = 0; i < NN_DIMS_MAX; i++)
		shape[1] *= tensor->shape[i];
	return keras_add_node(in, (struct graph_node){.code = NN_OPERATOR_RESHAPE, .inputs = 1}, "", 2, shape);
}

static uint32_t elements_of(const struct graph_tensor *tensor)
{
	return tensor->shape[0] * tensor->shape[1] * tensor->shape[2] * tensor->shape[3];
}

/* target_shape is without the batch; one -1 is what is left. */
int keras_import_reshape(struct keras_import *in)
{
	const cJSON *target = cJSON_GetObjectItemCaseSensitive(in->config, "target_shape");
	uint32_t all = elements_of(keras_current(in)), shape[NN_DIMS_MAX] = {1};
	uint64_t known = 1;
	int dims = cJSON_GetArraySize(target) + 1, left = 0;

	if (dims < 2 || dims > NN_DIMS_MAX)
		return keras_refuse(in, "this target_shape is not supported", "1 to 3 dimensions are");
	for (int d = 1; d < dims; d++) {
		const cJSON *item = cJSON_GetArrayItem(target, d - 1);
		int32_t size = 1;

		if (cJSON_IsNumber(item) && item->valuedouble < 0 && !left)
			left = d;
		else if (!keras_whole_number(item, &size))
			return keras_refuse(in, "target_shape", "positive numbers, and one -1, are needed");
		shape[d] = (uint32_t)size;
		known *= shape[d];
		if (known > all)
			return keras_refuse(in, "target_shape has other elements than the input", "");
	}
	if (left)
		shape[left] = (uint32_t)(all / known);
	if (known * (left ? shape[left] : 1) != all)
		return keras_refuse(in, "target_shape has other elements than the input", "");
	return keras_add_reshape(in, "", (unsigned)dims, shape);
}

/* dims: of the input, from 1, without the batch. */
int keras_import_permute(struct keras_import *in)
{
	const cJSON *order = cJSON_GetObjectItemCaseSensitive(in->config, "dims");
	const struct graph_tensor *x = keras_current(in);
	struct graph_node node = {.code = NN_OPERATOR_TRANSPOSE, .inputs = 1};
	uint32_t shape[NN_DIMS_MAX] = {1};
	unsigned seen = 0;

	for (int d = 1; d < x->dims; d++) {
		int32_t from = 0;

		if (cJSON_GetArraySize(order) != x->dims - 1 ||
		    !keras_whole_number(cJSON_GetArrayItem(order, d - 1), &from) || from >= x->dims ||
		    seen & (1u << from))
			return keras_refuse(in, "dims is no order of the input's dimensions", "");
		seen |= 1u << from;
		node.parameters[d] = from;
		shape[d] = x->shape[from];
	}
	return keras_add_node(in, node, "", x->dims, shape);
}

/* Zeros before and behind; 0 is allowed. */
static bool read_zeros(const cJSON *item, int32_t ret_zeros[2])
{
	for (int i = 0; i < 2; i++) {
		const cJSON *number = cJSON_IsArray(item) ? cJSON_GetArrayItem(item, i) : item;

		if (!keras_whole_number(number, &ret_zeros[i]) && !(cJSON_IsNumber(number) && !number->valueint))
			return false;
		ret_zeros[i] = number->valueint ? ret_zeros[i] : 0;
	}
	return !cJSON_IsArray(item) || cJSON_GetArraySize(item) == 2;
}

/* padding: one number, one a direction, or two a direction. */
int keras_import_zero_padding(struct keras_import *in)
{
	const cJSON *padding = cJSON_GetObjectItemCaseSensitive(in->config, "padding");
	const struct graph_tensor *x = keras_current(in);
	struct graph_node node = {.code = NN_OPERATOR_PAD, .inputs = 1};
	uint32_t shape[NN_DIMS_MAX];

	if (x->dims != 4 || strcmp(keras_text_of(in, "data_format", "channels_last"), "channels_last") != 0)
		return keras_refuse(in, "needs an input of height, width and channels", "");
	memcpy(shape, x->shape, sizeof(shape));
	for (int d = 0; d < 2; d++) {
		int32_t zeros[2];

		if (!read_zeros(cJSON_IsArray(padding) ? cJSON_GetArrayItem(padding, d) : padding, zeros))
			return keras_refuse(in, "padding", "numbers from 0 on are needed");
		node.parameters[NN_PARAMETER_PAD_BEFORE + 1 + d] = zeros[0];
		node.parameters[NN_PARAMETER_PAD_BEHIND + 1 + d] = zeros[1];
		shape[1 + d] += (uint32_t)(zeros[0] + zeros[1]);
	}
	return keras_add_node(in, node, "", 4, shape);
}

/* --- dense ----------------------------------------------------------------------------------------------------- */

int keras_import_dense(struct keras_import *in)
{
	struct graph_node node = {.code = NN_OPERATOR_DENSE, .inputs = 3};
	const struct graph_tensor *tensor = keras_current(in);
	uint32_t shape[2] = {1}, weights[2] = {tensor->shape[1]};
	int32_t units;
	int r;

	if (tensor->dims != 2)
		return keras_refuse(in, "needs a flat input", "put a Flatten layer before it");
	if (!keras_whole_number(cJSON_GetObjectItemCaseSensitive(in->config, "units"), &units))
		return keras_refuse(in, "units", "a positive number is needed");
	shape[1] = weights[1] = (uint32_t)units;
	r = keras_add_weight(in, "kernel", 2, weights, &node.input[1]);
	r = r < 0 ? r : keras_add_bias(in, shape[1], &node.input[2]);
	r = r < 0 ? r : keras_add_node(in, node, "", 2, shape);
	return r < 0 ? r : keras_add_activation(in);
}

/* --- normalisations -------------------------------------------------------------------------------------------- */

/* Reads the four vectors of a batch normalisation into v; a scale or centre that is left out is 1 or 0. */
static int read_batch_norm(struct keras_import *in, uint32_t n, float *v[4])
{
	static const char *const names[4] = {"moving_mean", "moving_variance", "gamma", "beta"};

	for (unsigned i = 0; i < 4; i++) {
		int r = keras_read_weight(in, names[i], 1, &n, &v[i]);

		if (r == -ENOENT && i >= 2) {
			v[i] = malloc(n * sizeof(float));
			if (!v[i])
				return keras_graph_failed(in, -ENOMEM);
			for (uint32_t c = 0; c < n; c++)
				v[i][c] = i == 2 ? 1 : 0;
		} else if (r == -ENOENT) {
			return keras_missing_weights(in);
		} else if (r < 0) {
			return r;
		}
	}
	return 0;
}

/* y = x * scale + offset per channel. */
static int add_scale_and_offset(struct keras_import *in, uint32_t n, const float *scale, const float *offset)
{
	struct graph_node multiply = {.code = NN_OPERATOR_MULTIPLY, .inputs = 2};
	struct graph_node add = {.code = NN_OPERATOR_ADD, .inputs = 2};
	const struct graph_tensor *tensor = keras_current(in);
	int r = keras_add_constant(in, "scale", 1, &n, scale, &multiply.input[1]);

	r = r < 0 ? r : keras_add_constant(in, "offset", 1, &n, offset, &add.input[1]);
	r = r < 0 ? r : keras_add_node(in, multiply, ".scaled", tensor->dims, tensor->shape);
	return r < 0 ? r : keras_add_node(in, add, "", tensor->dims, tensor->shape);
}

/* axis is the last one: a number, or a list of one. */
static int check_axis(struct keras_import *in)
{
	const cJSON *axis = cJSON_GetObjectItemCaseSensitive(in->config, "axis");

	if (cJSON_GetArraySize(axis) == 1)
		axis = cJSON_GetArrayItem(axis, 0);
	if (!axis || (cJSON_IsNumber(axis) && (axis->valueint == -1 || axis->valueint == keras_current(in)->dims - 1)))
		return 0;
	return keras_refuse(in, "this axis is not supported", "the last one is");
}

int keras_import_batch_norm(struct keras_import *in)
{
	const struct graph_tensor *tensor = keras_current(in);
	uint32_t n = tensor->shape[tensor->dims - 1];
	float *v[4] = {NULL, NULL, NULL, NULL}, epsilon;
	int r = check_axis(in);

	r = r < 0 ? r : keras_number_of(in, "epsilon", 1e-3f, &epsilon);
	r = r < 0 ? r : read_batch_norm(in, n, v);
	if (r == 0) {
		for (uint32_t c = 0; c < n; c++) {
			float variance = v[1][c] + epsilon;

			v[2][c] /= nn_sqrt(variance);
			v[3][c] -= v[0][c] * v[2][c];
		}
		r = add_scale_and_offset(in, n, v[2], v[3]);
	}
	for (unsigned i = 0; i < 4; i++)
		free(v[i]);
	return r;
}

/* (x - mean) / sqrt(variance), what adapt() has found. */
int keras_import_normalization(struct keras_import *in)
{
	const struct graph_tensor *tensor = keras_current(in);
	uint32_t n = tensor->shape[tensor->dims - 1];
	float *mean = NULL, *variance = NULL;
	int r = check_axis(in);

	r = r < 0 ? r : keras_read_weight(in, "mean", 1, &n, &mean);
	r = r < 0 ? r : keras_read_weight(in, "variance", 1, &n, &variance);
	if (r == -ENOENT)
		r = keras_missing_weights(in);
	if (r == 0) {
		for (uint32_t c = 0; c < n; c++) {
			variance[c] = 1 / fmaxf(nn_sqrt(variance[c]), 1e-7f);
			mean[c] *= -variance[c];
		}
		r = add_scale_and_offset(in, n, variance, mean);
	}
	free(mean);
	free(variance);
	return r;
}

/* x * scale + offset, one number for all or one a channel. */
int keras_import_rescaling(struct keras_import *in)
{
	const struct graph_tensor *tensor = keras_current(in);
	uint32_t n = tensor->shape[tensor->dims - 1];
	const char *const keys[2] = {"scale", "offset"};
	float *v[2] = {calloc(n, sizeof(float)), calloc(n, sizeof(float))};
	int r = v[0] && v[1] ? 0 : keras_graph_failed(in, -ENOMEM);

	for (unsigned i = 0; i < 2 && r == 0; i++) {
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(in->config, keys[i]);
		bool list = cJSON_IsArray(item) && (uint32_t)cJSON_GetArraySize(item) == n;
		float number = i ? 0 : 1;

		if (!list)
			r = keras_number_of(in, keys[i], number, &number);
		for (uint32_t c = 0; c < n && r == 0; c++) {
			if (list)
				number = (float)cJSON_GetNumberValue(cJSON_GetArrayItem(item, (int)c));
			if (!isfinite(number))
				r = keras_refuse(in, keys[i], "a number, or one a channel, is needed");
			v[i][c] = number;
		}
	}
	r = r < 0 ? r : add_scale_and_offset(in, n, v[0], v[1]);
	free(v[0]);
	free(v[1]);
	return r;
}
