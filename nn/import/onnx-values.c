/* SPDX-License-Identifier: Apache-2.0 */
/* onnx-values.c - see onnx-values.h. */
#include "nn/import/onnx-values.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MADE_BYTES_MAX = 256 << 20, /* many times a large network */
};

int onnx_refuse(struct onnx_import *in, const char *format, ...)
{
	va_list arguments;
	int n = 0;

	if (in->node) {
		const char *name = *in->node->name ? in->node->name : in->node->n_output ? in->node->output[0] : "";

		n = snprintf(in->reason, GRAPH_REASON, "node %.60s (%.30s): ", name, in->node->op_type);
	}
	va_start(arguments, format);
	vsnprintf(in->reason + n, GRAPH_REASON - (size_t)n, format, arguments);
	va_end(arguments);
	return -EOPNOTSUPP;
}

int onnx_graph_failed(struct onnx_import *in, int r)
{
	if (r == -E2BIG)
		return onnx_refuse(in, "too many nodes or tensors; at most %d operators and %d tensors fit a model",
				   NN_OPS_MAX, NN_TENSORS_MAX);
	if (r == -ERANGE)
		return onnx_refuse(in,
				   "a tensor has an impossible size; at most %d dimensions, none of them 0, and %d MiB",
				   NN_DIMS_MAX, NN_FORMAT_BYTES_MAX >> 20);
	return onnx_refuse(in, "out of memory");
}

/* --- values ------------------------------------------------------------------------------------------------------ */

void onnx_clear_constant(struct onnx_constant *constant)
{
	free(constant->floats);
	free(constant->ints);
	*constant = (struct onnx_constant){0};
}

void onnx_clear(struct onnx_import *in)
{
	for (size_t i = 0; i < in->value_count; i++)
		onnx_clear_constant(&in->values[i].constant);
	free(in->values);
}

int onnx_charge(struct onnx_import *in, uint64_t bytes)
{
	if (bytes > MADE_BYTES_MAX - in->made_bytes)
		return onnx_refuse(in, "constants that are made of others take more than %d MiB", MADE_BYTES_MAX >> 20);
	in->made_bytes += (size_t)bytes;
	return 0;
}

static struct onnx_value *find(const struct onnx_import *in, const char *name)
{
	for (size_t i = 0; i < in->value_count; i++)
		if (!strcmp(in->values[i].name, name))
			return &in->values[i];
	return NULL;
}

const struct onnx_value *onnx_find(const struct onnx_import *in, const char *name)
{
	return find(in, name);
}

static struct onnx_value *define(struct onnx_import *in, const char *name)
{
	if (find(in, name)) {
		onnx_refuse(in, "the value \"%.60s\" is made twice", name);
		return NULL;
	}
	if (in->value_count == in->value_room) {
		size_t room = in->value_room * 2 + 64;
		struct onnx_value *values = realloc(in->values, room * sizeof(*values));

		if (!values) {
			onnx_refuse(in, "out of memory");
			return NULL;
		}
		in->values = values;
		in->value_room = room;
	}
	in->values[in->value_count] = (struct onnx_value){.name = name, .tensor = -1};
	return &in->values[in->value_count++];
}

int onnx_define_tensor(struct onnx_import *in, const char *name, int tensor)
{
	struct onnx_value *value = define(in, name);

	if (!value)
		return -EOPNOTSUPP;
	value->tensor = tensor;
	return 0;
}

int onnx_define_proto(struct onnx_import *in, const char *name, const Onnx__TensorProto *proto)
{
	struct onnx_value *value = define(in, name);

	if (!value)
		return -EOPNOTSUPP;
	value->proto = proto;
	return 0;
}

int onnx_define_constant(struct onnx_import *in, const char *name, struct onnx_constant *constant)
{
	size_t bytes = constant->n * (constant->floats ? sizeof(float) : sizeof(int64_t));
	struct onnx_value *value = onnx_charge(in, bytes) < 0 ? NULL : define(in, name);

	if (!value) {
		onnx_clear_constant(constant);
		return -EOPNOTSUPP;
	}
	value->constant = *constant;
	*constant = (struct onnx_constant){0};
	return 0;
}

/* --- inputs of the node at hand ---------------------------------------------------------------------------------- */

bool onnx_has_input(const struct onnx_import *in, unsigned i)
{
	return i < in->node->n_input && *in->node->input[i];
}

bool onnx_is_constant(const struct onnx_import *in, unsigned i)
{
	const struct onnx_value *value = onnx_has_input(in, i) ? find(in, in->node->input[i]) : NULL;

	return value && (value->proto || value->constant.n);
}

static int input_value(struct onnx_import *in, unsigned i, struct onnx_value **ret_value)
{
	if (!onnx_has_input(in, i))
		return onnx_refuse(in, "input %u is missing", i + 1);
	*ret_value = find(in, in->node->input[i]);
	if (!*ret_value)
		return onnx_refuse(in, "reads \"%.60s\", which nothing before it makes", in->node->input[i]);
	if (!(*ret_value)->constant.n && (*ret_value)->proto)
		return onnx_decode(in, (*ret_value)->proto, &(*ret_value)->constant);
	return 0;
}

int onnx_constant(struct onnx_import *in, unsigned i, const struct onnx_constant **ret_constant)
{
	struct onnx_value *value;
	int r = input_value(in, i, &value);

	if (r < 0)
		return r;
	if (!value->constant.n)
		return onnx_refuse(in, "input %u (\"%.60s\") is computed; a constant is supported", i + 1, value->name);
	*ret_constant = &value->constant;
	return 0;
}

static int constant_input(struct onnx_import *in, unsigned i, bool integers, const struct onnx_constant **ret_constant)
{
	int r = onnx_constant(in, i, ret_constant);

	if (r == 0 && (integers ? !(*ret_constant)->ints : !(*ret_constant)->floats))
		return onnx_refuse(in, "input %u (\"%.60s\") must be made of %s", i + 1, in->node->input[i],
				   integers ? "integers" : "floats");
	return r;
}

int onnx_floats(struct onnx_import *in, unsigned i, const struct onnx_constant **ret_constant)
{
	return constant_input(in, i, false, ret_constant);
}

int onnx_integers(struct onnx_import *in, unsigned i, const struct onnx_constant **ret_constant)
{
	return constant_input(in, i, true, ret_constant);
}

int onnx_tensor(struct onnx_import *in, unsigned i)
{
	static const uint32_t one = 1;
	struct onnx_value *value;
	int r = input_value(in, i, &value);

	if (r == 0 && value->tensor >= 0 && in->graph->tensors[value->tensor].type != NN_TYPE_F32)
		return onnx_refuse(in, "reads the integers \"%.60s\"; put a DequantizeLinear before it", value->name);
	if (r < 0 || value->tensor >= 0)
		return r < 0 ? r : value->tensor;
	if (!value->constant.floats)
		return onnx_refuse(in, "input %u (\"%.60s\") must be made of floats", i + 1, value->name);
	r = graph_add_constant(in->graph, value->name, NN_TYPE_F32, value->constant.dims ? value->constant.dims : 1,
			       value->constant.dims ? value->constant.shape : &one, value->constant.floats);
	if (r < 0)
		return onnx_graph_failed(in, r);
	value->tensor = r;
	return r;
}

bool onnx_is_integers(struct onnx_import *in, unsigned i)
{
	struct onnx_value *value;

	return onnx_is_constant(in, i) && input_value(in, i, &value) == 0 && value->constant.ints;
}

int onnx_shape_of(struct onnx_import *in, unsigned i, unsigned *ret_dims, uint32_t shape[NN_DIMS_MAX])
{
	const struct onnx_constant *constant;
	int r;

	if (onnx_is_constant(in, i)) {
		r = onnx_constant(in, i, &constant);
		if (r < 0)
			return r;
		*ret_dims = constant->dims;
		memcpy(shape, constant->shape, NN_DIMS_MAX * sizeof(*shape));
		return 0;
	}
	r = onnx_tensor(in, i);
	if (r < 0)
		return r;
	*ret_dims = onnx_at(in, r)->dims;
	memcpy(shape, onnx_at(in, r)->shape, NN_DIMS_MAX * sizeof(*shape));
	return 0;
}

int32_t onnx_type_of(const struct onnx_import *in, unsigned i)
{
	const struct onnx_value *value = onnx_has_input(in, i) ? find(in, in->node->input[i]) : NULL;

	return !value ? 0 : value->proto ? value->proto->data_type : value->constant.type;
}

int onnx_axes(struct onnx_import *in, const int64_t **ret_axes, size_t *ret_n)
{
	const Onnx__AttributeProto *attribute = onnx_attribute(in, "axes");
	const struct onnx_constant *constant = NULL;
	int r;

	*ret_axes = attribute ? attribute->ints : NULL;
	*ret_n = attribute ? attribute->n_ints : 0;
	if (!onnx_has_input(in, 1))
		return 0;
	r = onnx_integers(in, 1, &constant);
	if (r < 0)
		return r;
	*ret_axes = constant->ints;
	*ret_n = constant->n;
	return 0;
}

/* --- attributes -------------------------------------------------------------------------------------------------- */

const Onnx__AttributeProto *onnx_attribute(const struct onnx_import *in, const char *name)
{
	for (size_t i = 0; i < in->node->n_attribute; i++)
		if (!strcmp(in->node->attribute[i]->name, name))
			return in->node->attribute[i];
	return NULL;
}

int64_t onnx_int(const struct onnx_import *in, const char *attribute, int64_t otherwise)
{
	const Onnx__AttributeProto *found = onnx_attribute(in, attribute);

	return found ? found->i : otherwise;
}

float onnx_float(const struct onnx_import *in, const char *attribute, float otherwise)
{
	const Onnx__AttributeProto *found = onnx_attribute(in, attribute);

	return found ? found->f : otherwise;
}

void onnx_text(const struct onnx_import *in, const char *attribute, char *ret_text, size_t size)
{
	const Onnx__AttributeProto *found = onnx_attribute(in, attribute);

	snprintf(ret_text, size, "%.*s", found && found->s.data ? (int)(found->s.len < size ? found->s.len : size) : 0,
		 found && found->s.data ? (const char *)found->s.data : "");
}

/* --- making nodes ------------------------------------------------------------------------------------------------ */

int onnx_add(struct onnx_import *in, struct graph_node node, unsigned dims, const uint32_t *shape)
{
	const char *name = in->node && in->node->n_output ? in->node->output[0] : "input";
	int tensor = graph_add_tensor(in->graph, name, NN_TYPE_F32, dims, shape), r;

	if (tensor < 0)
		return onnx_graph_failed(in, tensor);
	node.output = (uint16_t)tensor;
	r = graph_add_node(in->graph, &node);
	return r < 0 ? onnx_graph_failed(in, r) : tensor;
}

int onnx_add_floats(struct onnx_import *in, const char *suffix, unsigned dims, const uint32_t *shape,
		    const float *floats)
{
	char name[NN_FORMAT_NAME];
	int r;

	snprintf(name, sizeof(name), "%.40s.%s", in->node->n_output ? in->node->output[0] : "", suffix);
	r = graph_add_constant(in->graph, name, NN_TYPE_F32, dims, shape, floats);
	return r < 0 ? onnx_graph_failed(in, r) : r;
}

int onnx_add_transpose(struct onnx_import *in, int tensor, const int32_t perm[NN_DIMS_MAX])
{
	struct graph_node node = {.code = NN_OPERATOR_TRANSPOSE, .inputs = 1, .input = {(uint16_t)tensor}};
	uint32_t shape[NN_DIMS_MAX];
	unsigned dims;

	if (tensor < 0)
		return tensor;
	dims = in->graph->tensors[tensor].dims;
	for (unsigned d = 0; d < dims; d++) {
		node.parameters[d] = perm[d];
		shape[d] = in->graph->tensors[tensor].shape[perm[d]];
	}
	return onnx_add(in, node, dims, shape);
}

int onnx_add_reshape(struct onnx_import *in, int tensor, unsigned dims, const uint32_t *shape)
{
	if (tensor < 0)
		return tensor;
	return onnx_add(in, (struct graph_node){.code = NN_OPERATOR_RESHAPE, .inputs = 1, .input = {(uint16_t)tensor}},
			dims, shape);
}

int onnx_to_nhwc(struct onnx_import *in, int tensor)
{
	static const int32_t perm[NN_DIMS_MAX] = {0, 2, 3, 1};

	return tensor < 0 || in->graph->tensors[tensor].dims != 4 ? tensor : onnx_add_transpose(in, tensor, perm);
}

int onnx_from_nhwc(struct onnx_import *in, int tensor)
{
	static const int32_t perm[NN_DIMS_MAX] = {0, 3, 1, 2};

	return tensor < 0 || in->graph->tensors[tensor].dims != 4 ? tensor : onnx_add_transpose(in, tensor, perm);
}

int onnx_finish(struct onnx_import *in, int tensor)
{
	return tensor < 0 ? tensor : onnx_define_tensor(in, in->node->output[0], tensor);
}
