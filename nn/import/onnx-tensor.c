/* SPDX-License-Identifier: Apache-2.0 */
/*
 * onnx-tensor.c - the numbers of a TensorProto. They stand in raw_data, little-endian, or in the list of their type:
 *
 *   data_type   raw_data         list
 *   1 float     4 bytes          float_data
 *   2..5, 9     1 or 2 bytes     int32_data      unsigned and signed 8 and 16 bits, boolean
 *   6 int32     4 bytes          int32_data
 *   7 int64     8 bytes          int64_data
 *   10 float16  2 bytes          int32_data      the bits
 *   11 double   8 bytes          double_data
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/half.h"
#include "nn/import/onnx-values.h"

enum data_type {
	DATA_FLOAT = 1,
	DATA_UINT8 = 2,
	DATA_INT8 = 3,
	DATA_UINT16 = 4,
	DATA_INT16 = 5,
	DATA_INT32 = 6,
	DATA_INT64 = 7,
	DATA_BOOL = 9,
	DATA_FLOAT16 = 10,
	DATA_DOUBLE = 11,
	DATA_TYPES,
};

static const uint8_t widths[DATA_TYPES] = {
	[DATA_FLOAT] = 4, [DATA_UINT8] = 1, [DATA_INT8] = 1, [DATA_UINT16] = 2,	 [DATA_INT16] = 2,
	[DATA_INT32] = 4, [DATA_INT64] = 8, [DATA_BOOL] = 1, [DATA_FLOAT16] = 2, [DATA_DOUBLE] = 8,
};

static bool is_float(int32_t type)
{
	return type == DATA_FLOAT || type == DATA_FLOAT16 || type == DATA_DOUBLE;
}

static float raw_float(int32_t type, const uint8_t *raw)
{
	double wide;
	float value;
	uint16_t bits;

	if (type == DATA_FLOAT) {
		memcpy(&value, raw, sizeof(value));
		return value;
	}
	if (type == DATA_DOUBLE) {
		memcpy(&wide, raw, sizeof(wide));
		return (float)wide;
	}
	memcpy(&bits, raw, sizeof(bits));
	return half_to_float(bits);
}

static int64_t raw_integer(int32_t type, const uint8_t *raw)
{
	uint64_t value = 0;
	unsigned bits = widths[type] * 8u;

	for (unsigned i = 0; i < widths[type]; i++)
		value |= (uint64_t)raw[i] << (8 * i);
	if (type == DATA_UINT8 || type == DATA_UINT16 || type == DATA_BOOL)
		return (int64_t)value;
	return (int64_t)(value << (64 - bits)) >> (64 - bits);
}

/* How many numbers the list of the type has. */
static size_t listed(const Onnx__TensorProto *proto)
{
	switch (proto->data_type) {
	case DATA_FLOAT:
		return proto->n_float_data;
	case DATA_DOUBLE:
		return proto->n_double_data;
	case DATA_INT64:
		return proto->n_int64_data;
	default:
		return proto->n_int32_data;
	}
}

static float float_at(const Onnx__TensorProto *proto, size_t i)
{
	if (proto->raw_data.len)
		return raw_float(proto->data_type, proto->raw_data.data + i * widths[proto->data_type]);
	if (proto->data_type == DATA_FLOAT)
		return proto->float_data[i];
	return proto->data_type == DATA_DOUBLE ? (float)proto->double_data[i]
					       : half_to_float((uint16_t)proto->int32_data[i]);
}

static int64_t integer_at(const Onnx__TensorProto *proto, size_t i)
{
	if (proto->raw_data.len)
		return raw_integer(proto->data_type, proto->raw_data.data + i * widths[proto->data_type]);
	return proto->data_type == DATA_INT64 ? proto->int64_data[i] : proto->int32_data[i];
}

static int read_shape(struct onnx_import *in, const Onnx__TensorProto *proto, struct onnx_constant *constant)
{
	if (proto->n_dims > NN_DIMS_MAX)
		return onnx_refuse(in, "the constant \"%.60s\" has %zu dimensions, at most %d are supported",
				   proto->name, proto->n_dims, NN_DIMS_MAX);
	constant->dims = (unsigned)proto->n_dims;
	constant->n = 1;
	for (size_t i = 0; i < proto->n_dims; i++) {
		if (proto->dims[i] < 1 || (uint64_t)proto->dims[i] > NN_FORMAT_BYTES_MAX / constant->n)
			return onnx_refuse(in, "the constant \"%.60s\" has an impossible shape", proto->name);
		constant->shape[i] = (uint32_t)proto->dims[i];
		constant->n *= (size_t)proto->dims[i];
	}
	return 0;
}

static int check_data(struct onnx_import *in, const Onnx__TensorProto *proto, size_t n)
{
	int32_t type = proto->data_type;

	if (type < 1 || type >= DATA_TYPES || !widths[type])
		return onnx_refuse(in, "the constant \"%.60s\" has type %d; floats, doubles and integers are supported",
				   proto->name, (int)type);
	if (proto->data_location)
		return onnx_refuse(in, "the constant \"%.60s\" lies in another file; save the model in one file",
				   proto->name);
	if (proto->raw_data.len ? proto->raw_data.len != n * widths[type] : listed(proto) != n)
		return onnx_refuse(in, "the constant \"%.60s\" has other data than its shape says", proto->name);
	return 0;
}

int onnx_decode(struct onnx_import *in, const Onnx__TensorProto *proto, struct onnx_constant *ret_constant)
{
	struct onnx_constant constant = {.type = proto->data_type};
	int r = read_shape(in, proto, &constant);

	r = r < 0 ? r : check_data(in, proto, constant.n);
	if (r < 0)
		return r;
	if (is_float(proto->data_type))
		constant.floats = malloc(constant.n * sizeof(*constant.floats));
	else
		constant.ints = malloc(constant.n * sizeof(*constant.ints));
	if (!constant.floats && !constant.ints)
		return onnx_refuse(in, "out of memory");
	for (size_t i = 0; i < constant.n; i++)
		if (constant.floats)
			constant.floats[i] = float_at(proto, i);
		else
			constant.ints[i] = integer_at(proto, i);
	*ret_constant = constant;
	return 0;
}

int onnx_new_floats(struct onnx_import *in, unsigned dims, const uint32_t *shape, struct onnx_constant *ret_constant)
{
	struct onnx_constant constant = {.dims = dims, .n = 1};

	for (unsigned d = 0; d < dims; d++) {
		constant.shape[d] = shape[d];
		constant.n *= shape[d];
	}
	constant.floats = calloc(constant.n, sizeof(*constant.floats));
	if (!constant.floats)
		return onnx_refuse(in, "out of memory");
	*ret_constant = constant;
	return 0;
}
