/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-graph.c - tensors of a .tflite put into the graph: variables as they are made, constants in our layout. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/half.h"
#include "nn/import/tflite-file.h"

/* Scales and zero points to a tensor of the graph. */
static int copy_quantisation(struct tflite *in, const struct tflite_tensor *from, uint8_t quantised_dim, uint16_t to)
{
	struct graph_tensor *tensor = &in->graph->tensors[to];
	uint32_t n = from->scales.count;

	if (!n)
		return 0;
	tensor->scales = malloc(n * sizeof(*tensor->scales));
	tensor->zero_points = calloc(n, sizeof(*tensor->zero_points));
	if (!tensor->scales || !tensor->zero_points)
		return tflite_graph_failed(in, -ENOMEM);
	for (uint32_t i = 0; i < n; i++) {
		tensor->scales[i] = flatbuffer_f32_item(&in->file, from->scales, i);
		if (from->zero_points.count)
			tensor->zero_points[i] = (int32_t)flatbuffer_i64_item(&in->file, from->zero_points, i);
	}
	tensor->scale_count = n;
	tensor->quantised_dim = quantised_dim;
	return 0;
}

int tflite_use(struct tflite *in, const struct tflite_tensor *tensor, uint16_t *ret_number)
{
	struct tflite_place place = in->places[tensor->index];
	struct tflite_layout layout = {0};

	if (tensor->data)
		return tflite_constant(in, tensor, &layout, ret_number);
	if (place.fate != TFLITE_FATE_GRAPH)
		return tflite_refuse_tensor(in, tensor, "is read before anything has made it",
					    "operators must stand in the order of execution");
	*ret_number = place.number;
	return 0;
}

int tflite_make_another(struct tflite *in, const struct tflite_tensor *like, const char *suffix, unsigned dims,
			const uint32_t *shape, uint16_t *ret_number)
{
	char name[NN_FORMAT_NAME];
	int number;

	snprintf(name, sizeof(name), "%.50s%s", like->name, suffix);
	number = graph_add_tensor(in->graph, name, like->type, dims, shape);
	if (number < 0)
		return tflite_graph_failed(in, number);
	*ret_number = (uint16_t)number;
	return copy_quantisation(in, like, 0, (uint16_t)number);
}

int tflite_make(struct tflite *in, const struct tflite_tensor *tensor, uint16_t *ret_number)
{
	struct tflite_place *place = &in->places[tensor->index];
	int r;

	if (tensor->data || place->fate != TFLITE_FATE_NONE)
		return tflite_refuse_tensor(in, tensor, "is made twice", "");
	if (tensor->scales.count > 1)
		return tflite_refuse_tensor(in, tensor, "has a scale for each channel", "only weights can have that");
	r = tflite_make_another(in, tensor, "", tensor->dims, tensor->shape, ret_number);
	if (r == 0)
		*place = (struct tflite_place){TFLITE_FATE_GRAPH, *ret_number};
	return r;
}

/* The scale of element i of a tensor in the file's layout. */
static uint32_t scale_of(const struct tflite_tensor *tensor, uint32_t i)
{
	uint32_t inner = 1;

	if (tensor->scales.count <= 1)
		return 0;
	for (unsigned d = (unsigned)tensor->quantised_dim + 1; d < tensor->dims; d++)
		inner *= tensor->shape[d];
	return i / inner % tensor->scales.count;
}

static float dequantise(struct tflite *in, const struct tflite_tensor *tensor, uint32_t i)
{
	uint32_t s = scale_of(tensor, i);
	float scale = flatbuffer_f32_item(&in->file, tensor->scales, s);
	int32_t zero = 0, value;
	int16_t wide;

	if (tensor->zero_points.count)
		zero = (int32_t)flatbuffer_i64_item(&in->file, tensor->zero_points, s);
	memcpy(&wide, tensor->data + (tensor->type == NN_TYPE_I16 ? i * 2 : 0), tensor->type == NN_TYPE_I16 ? 2 : 1);
	value = tensor->type == NN_TYPE_I16  ? wide
		: tensor->type == NN_TYPE_I8 ? (int8_t)tensor->data[i]
					     : tensor->data[i];
	return (float)(value - zero) * scale;
}

/* Constants that the file dequantises itself become floats here, but for weights in half precision. */
static float *expand(struct tflite *in, const struct tflite_tensor *tensor)
{
	uint32_t n = tflite_elements(tensor);
	float *values = malloc(n * sizeof(*values));

	if (!values)
		return NULL;
	for (uint32_t i = 0; i < n; i++) {
		uint16_t half;

		if (tensor->type == NN_TYPE_F16) {
			memcpy(&half, tensor->data + i * sizeof(half), sizeof(half));
			values[i] = half_to_float(half);
		} else if (tensor->type == NN_TYPE_F32) {
			memcpy(&values[i], tensor->data + i * sizeof(float), sizeof(float));
		} else {
			values[i] = dequantise(in, tensor, i);
		}
	}
	return values;
}

/* [rows][columns] to [columns][rows], or repeated, or as it is. */
static void lay_out(const uint8_t *from, size_t item, uint32_t n, const struct tflite_layout *layout, uint32_t rows,
		    uint8_t *to)
{
	uint32_t columns = n / rows;

	if (layout->repeat) {
		for (uint32_t i = 0; i < layout->repeat; i++)
			memcpy(to + i * item, from, item);
	} else if (layout->transposed) {
		for (uint32_t r = 0; r < rows; r++)
			for (uint32_t c = 0; c < columns; c++)
				memcpy(to + ((size_t)c * rows + r) * item, from + ((size_t)r * columns + c) * item,
				       item);
	} else {
		memcpy(to, from, n * item);
	}
}

static int add_laid_out(struct tflite *in, const struct tflite_tensor *tensor, const void *data, enum nn_type type,
			const struct tflite_layout *layout)
{
	unsigned dims = layout->dims ? layout->dims : tensor->dims;
	const uint32_t *shape = layout->dims ? layout->shape : tensor->shape;
	size_t item = graph_type_bytes(type), bytes;
	uint32_t n = tflite_elements(tensor);
	void *changed;
	int number;

	bytes = item * (layout->repeat ? layout->repeat : n);
	in->constant_bytes += bytes;
	if (in->constant_bytes > NN_FORMAT_BYTES_MAX)
		return tflite_refuse(in, "the network has too many constants", "64 MiB is the limit");
	changed = malloc(bytes);
	if (!changed)
		return tflite_graph_failed(in, -ENOMEM);
	lay_out(data, item, n, layout, tensor->shape[0], changed);
	number = graph_add_constant(in->graph, tensor->name, type, dims, shape, changed);
	free(changed);
	return number < 0 ? tflite_graph_failed(in, number) : number;
}

int tflite_constant(struct tflite *in, const struct tflite_tensor *tensor, const struct tflite_layout *layout,
		    uint16_t *ret_number)
{
	bool expanded = tensor->type == NN_TYPE_F16 ? !layout->weights : tensor->dequantised;
	float *floats = NULL;
	int number;

	if (!tensor->data)
		return tflite_refuse_tensor(in, tensor, "is made at run time", "it must be a constant here");
	if (expanded) {
		if (tensor->type != NN_TYPE_F16 && tensor->type != NN_TYPE_F32 && !tensor->scales.count)
			return tflite_refuse_tensor(in, tensor, "has no scale", "");
		floats = expand(in, tensor);
		if (!floats)
			return tflite_graph_failed(in, -ENOMEM);
	}
	number = add_laid_out(in, tensor, floats ? (const void *)floats : tensor->data,
			      floats ? NN_TYPE_F32 : tensor->type, layout);
	free(floats);
	if (number < 0)
		return number;
	*ret_number = (uint16_t)number;
	return expanded ? 0 : copy_quantisation(in, tensor, layout->quantised_dim, (uint16_t)number);
}

int tflite_zero_bias(struct tflite *in, enum nn_type type, uint32_t n, uint16_t *ret_number)
{
	void *zeros = calloc(n, graph_type_bytes(type));
	int number;

	if (!zeros)
		return tflite_graph_failed(in, -ENOMEM);
	number = graph_add_constant(in->graph, "bias", type, 1, &n, zeros);
	free(zeros);
	if (number < 0)
		return tflite_graph_failed(in, number);
	*ret_number = (uint16_t)number;
	return 0;
}

int tflite_add_node(struct tflite *in, const struct graph_node *node)
{
	int r = graph_add_node(in->graph, node);

	return r < 0 ? tflite_graph_failed(in, r) : 0;
}
