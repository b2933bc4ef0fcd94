/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-tensor.c - tensors of a .tflite, read and checked, and what is said of those that can't be taken. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

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
