/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-constant.c - tensors of the graph in TensorFlow Lite's layouts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/tflite-plan.h"

static enum tflite_type type_of(enum nn_type type)
{
	static const enum tflite_type types[] = {
		[NN_TYPE_F32] = TFLITE_TYPE_FLOAT32, [NN_TYPE_F16] = TFLITE_TYPE_FLOAT16,
		[NN_TYPE_I8] = TFLITE_TYPE_INT8,     [NN_TYPE_U8] = TFLITE_TYPE_UINT8,
		[NN_TYPE_I16] = TFLITE_TYPE_INT16,   [NN_TYPE_I32] = TFLITE_TYPE_INT32,
		[NN_TYPE_I64] = TFLITE_TYPE_INT64,
	};

	return types[type];
}

int tflite_plan_no_memory(struct tflite_plan *plan)
{
	snprintf(plan->reason, GRAPH_REASON, "out of memory");
	return -ENOMEM;
}

int32_t tflite_plan_add_tensor(struct tflite_plan *plan, const char *name, const char *suffix, enum nn_type type)
{
	struct tflite_plan_tensor *tensor;

	if (plan->tensor_count == plan->tensor_room) {
		uint32_t room = plan->tensor_room * 2 + 64;
		struct tflite_plan_tensor *more = realloc(plan->tensors, room * sizeof(*more));

		if (!more)
			return tflite_plan_no_memory(plan);
		plan->tensors = more;
		plan->tensor_room = room;
	}
	tensor = &plan->tensors[plan->tensor_count];
	*tensor = (struct tflite_plan_tensor){.type = type_of(type), .dims = 1, .shape = {1, 1, 1, 1}};
	snprintf(tensor->name, sizeof(tensor->name), "%.50s%s", name, suffix);
	return (int32_t)plan->tensor_count++;
}

static int set_scales(struct tflite_plan *plan, struct tflite_plan_tensor *tensor, const float *scales, uint32_t n)
{
	if (!n)
		return 0;
	tensor->scales = malloc(n * sizeof(*scales));
	if (!tensor->scales)
		return tflite_plan_no_memory(plan);
	memcpy(tensor->scales, scales, n * sizeof(*scales));
	tensor->scale_count = n;
	return 0;
}

int32_t tflite_plan_another(struct tflite_plan *plan, uint16_t like, const char *suffix)
{
	const struct graph_tensor *from = &plan->graph->tensors[like];
	int32_t number = tflite_plan_add_tensor(plan, from->name, suffix, from->type);
	struct tflite_plan_tensor *tensor;

	if (number < 0)
		return number;
	tensor = &plan->tensors[number];
	tensor->dims = from->dims;
	for (unsigned d = 0; d < from->dims; d++)
		tensor->shape[d] = (int32_t)from->shape[d];
	tensor->zero_points = from->zero_points;
	tensor->quantised_dim = from->quantised_dim;
	return set_scales(plan, tensor, from->scales, from->scale_count) < 0 ? -ENOMEM : number;
}

int32_t tflite_plan_variable(struct tflite_plan *plan, uint16_t tensor)
{
	if (plan->places[tensor] < 0)
		plan->places[tensor] = tflite_plan_another(plan, tensor, "");
	return plan->places[tensor];
}

static int set_data(struct tflite_plan *plan, struct tflite_plan_tensor *tensor, const void *data, size_t bytes)
{
	tensor->data = malloc(bytes);
	if (!tensor->data)
		return tflite_plan_no_memory(plan);
	memcpy(tensor->data, data, bytes);
	tensor->bytes = (uint32_t)bytes;
	return 0;
}

int32_t tflite_plan_integers(struct tflite_plan *plan, const char *name, const int32_t *values, unsigned rows,
			     unsigned columns)
{
	int32_t number = tflite_plan_add_tensor(plan, name, "", NN_TYPE_I32);
	struct tflite_plan_tensor *tensor;

	if (number < 0)
		return number;
	tensor = &plan->tensors[number];
	tensor->dims = rows > 1 ? 2 : 1;
	tensor->shape[0] = (int32_t)(rows > 1 ? rows : columns);
	tensor->shape[1] = rows > 1 ? (int32_t)columns : 1;
	return set_data(plan, tensor, values, sizeof(*values) * rows * columns) < 0 ? -ENOMEM : number;
}

/* [rows][columns] to [columns][rows]. */
static void transpose(const uint8_t *from, size_t item, size_t rows, size_t columns, uint8_t *to)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < columns; c++)
			memcpy(to + (c * rows + r) * item, from + (r * columns + c) * item, item);
}

/* Shape and scales' dimension as TensorFlow Lite has them. */
static void set_layout(const struct graph_tensor *from, enum tflite_plan_layout layout, struct tflite_plan_tensor *to)
{
	const uint32_t *shape = from->shape;
	int32_t conv[] = {(int32_t)shape[3], (int32_t)shape[0], (int32_t)shape[1], (int32_t)shape[2]};
	int32_t depthwise[] = {1, (int32_t)shape[0], (int32_t)shape[1], (int32_t)(shape[2] * shape[3])};

	switch (layout) {
	case TFLITE_PLAN_AS_IT_IS:
		break;
	case TFLITE_PLAN_CONV:
		memcpy(to->shape, conv, sizeof(conv));
		to->quantised_dim = 0;
		break;
	case TFLITE_PLAN_DENSE:
		to->shape[0] = (int32_t)shape[1];
		to->shape[1] = (int32_t)shape[0];
		to->quantised_dim = 0;
		break;
	case TFLITE_PLAN_DEPTHWISE:
		memcpy(to->shape, depthwise, sizeof(depthwise));
		to->quantised_dim = 3;
		break;
	}
}

int32_t tflite_plan_constant(struct tflite_plan *plan, uint16_t tensor, enum tflite_plan_layout layout)
{
	const struct graph_tensor *from = &plan->graph->tensors[tensor];
	size_t item = graph_type_bytes(from->type), bytes = graph_tensor_bytes(from);
	int32_t number = tflite_plan_another(plan, tensor, "");
	struct tflite_plan_tensor *to;

	if (number < 0)
		return number;
	to = &plan->tensors[number];
	set_layout(from, layout, to);
	if (set_data(plan, to, from->data, bytes) < 0)
		return -ENOMEM;
	if (layout == TFLITE_PLAN_CONV || layout == TFLITE_PLAN_DENSE) {
		size_t columns = from->shape[from->dims - 1];

		transpose(from->data, item, bytes / item / columns, columns, to->data);
	}
	return number;
}

int32_t tflite_plan_bias(struct tflite_plan *plan, uint16_t bias, uint16_t input, uint16_t weights)
{
	const struct graph_tensor *x = &plan->graph->tensors[input], *w = &plan->graph->tensors[weights];
	int32_t number = tflite_plan_constant(plan, bias, TFLITE_PLAN_AS_IT_IS);
	struct tflite_plan_tensor *to;

	if (number < 0 || !x->scale_count || !w->scale_count)
		return number;
	to = &plan->tensors[number];
	free(to->scales);
	to->scales = NULL;
	if (set_scales(plan, to, w->scales, w->scale_count) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->scale_count; i++)
		to->scales[i] *= x->scales[0];
	to->zero_points = NULL;
	to->quantised_dim = 0;
	return number;
}
