/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-tensor.c - tensors of a .tflite: read, checked, and put into the graph in our layout. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/half.h"
#include "nn/import/tflite-file.h"

static const struct {
	const char *name;
	enum nn_type type; /* 0: not supported */
} types[] = {
	[TFLITE_TYPE_FLOAT32] = {"float32", NN_TYPE_F32},
	[TFLITE_TYPE_FLOAT16] = {"float16", NN_TYPE_F16},
	[TFLITE_TYPE_INT32] = {"int32", NN_TYPE_I32},
	[TFLITE_TYPE_UINT8] = {"uint8", NN_TYPE_U8},
	[TFLITE_TYPE_INT64] = {"int64", NN_TYPE_I64},
	[5] = {"string", 0},
	[6] = {"bool", 0},
	[TFLITE_TYPE_INT16] = {"int16", NN_TYPE_I16},
	[8] = {"complex64", 0},
	[TFLITE_TYPE_INT8] = {"int8", NN_TYPE_I8},
	[10] = {"float64", 0},
	[11] = {"complex128", 0},
	[12] = {"uint64", 0},
	[13] = {"resource", 0},
	[14] = {"variant", 0},
	[15] = {"uint32", 0},
	[16] = {"uint16", 0},
	[17] = {"int4", 0},
	[18] = {"bfloat16", 0},
};

static const char *type_name(enum nn_type type)
{
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return types[i].name;
	return "?";
}

static size_t describe_operator(const struct tflite *in, char *text, size_t size)
{
	char buffer[24];
	int n;

	if (in->code < 0)
		n = snprintf(text, size, "%s", "");
	else
		n = snprintf(text, size, "operator %u (%s): ", in->position, tflite_operator_name(in->code, buffer));
	return n < 0 ? 0 : (size_t)n;
}

int tflite_refuse(struct tflite *in, const char *what, const char *remedy)
{
	size_t n = describe_operator(in, in->reason, GRAPH_REASON);

	snprintf(in->reason + n, GRAPH_REASON - n, "%.120s%s%.120s", what, *remedy ? "; " : "", remedy);
	return -EOPNOTSUPP;
}

int tflite_refuse_tensor(struct tflite *in, const struct tflite_tensor *tensor, const char *what, const char *remedy)
{
	size_t n = describe_operator(in, in->reason, GRAPH_REASON);
	char shape[64] = "";
	int at = 0;

	for (unsigned i = 0; i < tensor->dims; i++)
		at += snprintf(shape + at, sizeof(shape) - (size_t)at, "%s%u", i ? "x" : "", tensor->shape[i]);
	snprintf(in->reason + n, GRAPH_REASON - n, "tensor %u \"%.40s\" (%s %s) %.80s%s%.80s", tensor->index,
		 tensor->name, type_name(tensor->type), shape, what, *remedy ? "; " : "", remedy);
	return -EOPNOTSUPP;
}

int tflite_graph_failed(struct tflite *in, int r)
{
	if (r == -E2BIG)
		return tflite_refuse(in, "the network has too many tensors or operators", "");
	if (r == -ERANGE)
		return tflite_refuse(in, "a tensor has an impossible size", "");
	snprintf(in->reason, GRAPH_REASON, "out of memory");
	return -ENOMEM;
}

int tflite_damaged(struct tflite *in)
{
	size_t n = describe_operator(in, in->reason, GRAPH_REASON);

	snprintf(in->reason + n, GRAPH_REASON - n, "the file is damaged: something points outside it");
	return -EBADMSG;
}

/* --- reading --------------------------------------------------------------------------------------------------- */

static int read_shape(struct tflite *in, struct flatbuffer_table table, struct tflite_tensor *tensor)
{
	struct flatbuffer_vector shape = flatbuffer_vector(&in->file, table, TFLITE_TENSOR_SHAPE, 4);
	uint64_t elements = 1;

	if (shape.count > NN_DIMS_MAX)
		return tflite_refuse_tensor(in, tensor, "has more than 4 dimensions", "at most 4 are supported");
	tensor->dims = shape.count ? (uint8_t)shape.count : 1;
	for (unsigned i = 0; i < shape.count; i++) {
		int32_t size = flatbuffer_i32_item(&in->file, shape, i);

		if (size < 1)
			return tflite_refuse_tensor(in, tensor, "has a size that is not fixed",
						    "convert with a fixed input shape and a batch of 1");
		tensor->shape[i] = (uint32_t)size;
		elements *= (uint32_t)size;
		if (elements > NN_FORMAT_BYTES_MAX)
			return tflite_refuse_tensor(in, tensor, "is too large", "64 MiB is the limit");
	}
	return 0;
}

static int read_type(struct tflite *in, struct flatbuffer_table table, struct tflite_tensor *tensor)
{
	uint8_t code = flatbuffer_u8(&in->file, table, TFLITE_TENSOR_TYPE, TFLITE_TYPE_FLOAT32);
	bool known = code < sizeof(types) / sizeof(types[0]) && types[code].name;
	char what[48];

	tensor->type = known ? types[code].type : 0;
	if (tensor->type)
		return 0;
	snprintf(what, sizeof(what), "has the type %s", known ? types[code].name : "of an unknown code");
	return tflite_refuse_tensor(in, tensor, what, "float32, float16, int8, uint8, int16 are supported");
}

static int read_buffer(struct tflite *in, struct flatbuffer_table table, struct tflite_tensor *tensor)
{
	int32_t index = flatbuffer_i32(&in->file, table, TFLITE_TENSOR_BUFFER, 0);
	struct flatbuffer_table buffer;
	struct flatbuffer_vector data;

	if (!index)
		return 0;
	buffer = flatbuffer_table_item(&in->file, in->buffers, (uint32_t)index);
	data = flatbuffer_vector(&in->file, buffer, TFLITE_BUFFER_DATA, 1);
	if (in->file.damaged)
		return tflite_damaged(in);
	if (flatbuffer_u64(&in->file, buffer, TFLITE_BUFFER_OFFSET, 0) > 1)
		return tflite_refuse_tensor(in, tensor, "lies outside the FlatBuffer",
					    "convert without external buffers");
	if (!data.count)
		return 0;
	if (data.count != graph_type_bytes(tensor->type) * tflite_elements(tensor))
		return tflite_refuse_tensor(in, tensor, "has more or less data than its shape needs", "");
	tensor->data = in->file.bytes + data.at;
	return 0;
}

static int check_quantisation(struct tflite *in, const struct tflite_tensor *tensor)
{
	uint32_t n = tensor->scales.count;

	if (n > 1 && (tensor->quantised_dim < 0 || tensor->quantised_dim >= tensor->dims ||
		      tensor->shape[tensor->quantised_dim] != n))
		return tflite_refuse_tensor(in, tensor, "has scales that do not fit its shape", "");
	if (tensor->zero_points.count && tensor->zero_points.count != n)
		return tflite_refuse_tensor(in, tensor, "has not one zero point a scale", "");
	for (uint32_t i = 0; i < n; i++) {
		float scale = flatbuffer_f32_item(&in->file, tensor->scales, i);

		if (!(scale > 0) || !isfinite(scale))
			return tflite_refuse_tensor(in, tensor, "has a scale that is no positive number", "");
	}
	for (uint32_t i = 0; i < tensor->zero_points.count; i++) {
		int64_t zero = flatbuffer_i64_item(&in->file, tensor->zero_points, i);

		if (zero < INT16_MIN || zero > UINT8_MAX)
			return tflite_refuse_tensor(in, tensor, "has a zero point beyond its type", "");
	}
	return in->file.damaged ? tflite_damaged(in) : 0;
}

/* A bias's scales follow from those of input and weights; converters write nonsense dimensions there. */
static int read_quantisation(struct tflite *in, struct flatbuffer_table table, struct tflite_tensor *tensor)
{
	struct flatbuffer_table quantisation = flatbuffer_table(&in->file, table, TFLITE_TENSOR_QUANTIZATION);

	if (tensor->type != NN_TYPE_I8 && tensor->type != NN_TYPE_U8 && tensor->type != NN_TYPE_I16)
		return 0;
	tensor->scales = flatbuffer_vector(&in->file, quantisation, TFLITE_QUANTIZATION_SCALE, 4);
	tensor->zero_points = flatbuffer_vector(&in->file, quantisation, TFLITE_QUANTIZATION_ZERO_POINT, 8);
	tensor->quantised_dim = flatbuffer_i32(&in->file, quantisation, TFLITE_QUANTIZATION_DIMENSION, 0);
	return check_quantisation(in, tensor);
}

static int read_raw(struct tflite *in, int32_t index, struct tflite_tensor *ret_tensor)
{
	struct tflite_tensor tensor = {.index = (uint32_t)index, .shape = {1, 1, 1, 1}};
	struct flatbuffer_table table;
	int r;

	if (index < 0 || (uint32_t)index >= in->tensors.count)
		return tflite_damaged(in);
	table = flatbuffer_table_item(&in->file, in->tensors, (uint32_t)index);
	flatbuffer_text(&in->file, table, TFLITE_TENSOR_NAME, tensor.name, sizeof(tensor.name));
	r = read_type(in, table, &tensor);
	r = r < 0 ? r : read_shape(in, table, &tensor);
	r = r < 0 ? r : read_buffer(in, table, &tensor);
	r = r < 0 ? r : read_quantisation(in, table, &tensor);
	if (in->file.damaged)
		return tflite_damaged(in);
	if (r < 0)
		return r;
	if (flatbuffer_has(&in->file, table, TFLITE_TENSOR_SPARSITY) && tensor.data)
		return tflite_refuse_tensor(in, &tensor, "is stored sparse",
					    "convert without the sparsity optimisation");
	*ret_tensor = tensor;
	return 0;
}

int tflite_read_tensor(struct tflite *in, int32_t index, struct tflite_tensor *ret_tensor)
{
	bool alias = index >= 0 && (uint32_t)index < in->tensors.count && in->places[index].fate == TFLITE_FATE_ALIAS;
	int r = read_raw(in, alias ? in->places[index].number : index, ret_tensor);

	if (r == 0)
		ret_tensor->dequantised = alias;
	return r;
}

bool tflite_has_input(struct tflite *in, uint32_t i)
{
	return i < in->inputs.count && flatbuffer_i32_item(&in->file, in->inputs, i) >= 0;
}

int tflite_input(struct tflite *in, uint32_t i, struct tflite_tensor *ret_tensor)
{
	if (!tflite_has_input(in, i))
		return -ENOENT;
	return tflite_read_tensor(in, flatbuffer_i32_item(&in->file, in->inputs, i), ret_tensor);
}

int tflite_output(struct tflite *in, struct tflite_tensor *ret_tensor)
{
	if (in->outputs.count != 1)
		return tflite_refuse(in, "has not exactly one output", "");
	return tflite_read_tensor(in, flatbuffer_i32_item(&in->file, in->outputs, 0), ret_tensor);
}

int tflite_integers(struct tflite *in, const struct tflite_tensor *tensor, uint32_t max, int32_t *ret_values,
		    uint32_t *ret_count)
{
	uint32_t n = tflite_elements(tensor);

	if (!tensor->data || (tensor->type != NN_TYPE_I32 && tensor->type != NN_TYPE_I64))
		return tflite_refuse_tensor(in, tensor, "must be a constant of int32", "");
	if (n > max)
		return tflite_refuse_tensor(in, tensor, "has too many elements", "");
	for (uint32_t i = 0; i < n; i++) {
		int64_t wide;

		if (tensor->type == NN_TYPE_I32) {
			memcpy(&ret_values[i], tensor->data + i * sizeof(int32_t), sizeof(int32_t));
			continue;
		}
		memcpy(&wide, tensor->data + i * sizeof(wide), sizeof(wide));
		if (wide < INT32_MIN || wide > INT32_MAX)
			return tflite_refuse_tensor(in, tensor, "has a number that is too large", "");
		ret_values[i] = (int32_t)wide;
	}
	*ret_count = n;
	return 0;
}

/* --- into the graph -------------------------------------------------------------------------------------------- */

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
