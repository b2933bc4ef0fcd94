/* SPDX-License-Identifier: Apache-2.0 */
/* onnx-writer.c - see onnx-writer.h. */
#include "tests/unit/onnx-writer.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/nn-fixture.h"

void *writer_block(struct writer *writer, size_t bytes)
{
	void *block = calloc(1, bytes ? bytes : 1);

	if (!block || writer->block_count == sizeof(writer->blocks) / sizeof(writer->blocks[0]))
		abort();
	writer->blocks[writer->block_count++] = block;
	return block;
}

static char *copy_text(struct writer *writer, const char *text, size_t length)
{
	char *copy = writer_block(writer, length + 1);

	memcpy(copy, text, length);
	return copy;
}

static char *text_of(struct writer *writer, const char *text)
{
	return copy_text(writer, text, strlen(text));
}

struct writer *writer_new(int64_t opset)
{
	struct writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		abort();
	onnx__model_proto__init(&writer->model);
	onnx__operator_set_id_proto__init(&writer->opset);
	onnx__graph_proto__init(&writer->graph);
	writer->opset.version = opset;
	writer->opsets[0] = &writer->opset;
	writer->model.n_opset_import = 1;
	writer->model.opset_import = writer->opsets;
	writer->model.graph = &writer->graph;
	writer->model.ir_version = 7;
	writer->graph.node = writer->nodes;
	writer->graph.initializer = writer->constants;
	writer->graph.input = writer->inputs;
	writer->graph.output = writer->outputs;
	writer->graph.name = text_of(writer, "small");
	writer->state = 3;
	return writer;
}

void writer_free(struct writer *writer)
{
	for (size_t i = 0; i < writer->block_count; i++)
		free(writer->blocks[i]);
	free(writer);
}

void writer_input(struct writer *writer, const char *name, unsigned dims, const int64_t *shape)
{
	Onnx__ValueInfoProto *info = writer_block(writer, sizeof(*info));
	Onnx__TypeProto *type = writer_block(writer, sizeof(*type));
	Onnx__TensorTypeProto *tensor = writer_block(writer, sizeof(*tensor));
	Onnx__TensorShapeProto *sizes = writer_block(writer, sizeof(*sizes));

	onnx__value_info_proto__init(info);
	onnx__type_proto__init(type);
	onnx__tensor_type_proto__init(tensor);
	onnx__tensor_shape_proto__init(sizes);
	info->name = text_of(writer, name);
	info->type = type;
	type->tensor_type = tensor;
	tensor->elem_type = 1;
	tensor->shape = sizes;
	sizes->n_dim = dims;
	sizes->dim = writer_block(writer, dims * sizeof(*sizes->dim));
	for (unsigned d = 0; d < dims; d++) {
		sizes->dim[d] = writer_block(writer, sizeof(**sizes->dim));
		onnx__dimension_proto__init(sizes->dim[d]);
		sizes->dim[d]->dim_value = shape[d];
	}
	writer->inputs[writer->graph.n_input++] = info;
}

void writer_output(struct writer *writer, const char *name)
{
	Onnx__ValueInfoProto *info = writer_block(writer, sizeof(*info));

	onnx__value_info_proto__init(info);
	info->name = text_of(writer, name);
	writer->outputs[writer->graph.n_output++] = info;
}

static Onnx__TensorProto *add_constant(struct writer *writer, const char *name, int32_t type, unsigned dims,
				       const int64_t *shape, size_t bytes)
{
	Onnx__TensorProto *tensor = writer_block(writer, sizeof(*tensor));

	onnx__tensor_proto__init(tensor);
	tensor->name = text_of(writer, name);
	tensor->data_type = type;
	tensor->n_dims = dims;
	tensor->dims = writer_block(writer, dims * sizeof(*shape));
	if (dims > 0) /* a scalar has no shape */
		memcpy(tensor->dims, shape, dims * sizeof(*shape));
	tensor->raw_data.len = bytes;
	tensor->raw_data.data = writer_block(writer, bytes);
	writer->constants[writer->graph.n_initializer++] = tensor;
	return tensor;
}

float *writer_floats(struct writer *writer, const char *name, unsigned dims, const int64_t *shape)
{
	size_t n = 1;
	float *values;

	for (unsigned d = 0; d < dims; d++)
		n *= (size_t)shape[d];
	values = (void *)add_constant(writer, name, 1, dims, shape, n * sizeof(float))->raw_data.data;
	fixture_fill(values, n, &writer->state);
	return values;
}

void writer_ints(struct writer *writer, const char *name, unsigned n, const int64_t *values)
{
	Onnx__TensorProto *tensor = add_constant(writer, name, 7, 1, (int64_t[]){n}, n * sizeof(*values));

	memcpy(tensor->raw_data.data, values, n * sizeof(*values));
}

Onnx__NodeProto *writer_node(struct writer *writer, const char *op, const char *inputs, const char *output)
{
	Onnx__NodeProto *node = writer_block(writer, sizeof(*node));

	onnx__node_proto__init(node);
	node->op_type = text_of(writer, op);
	node->name = text_of(writer, output);
	node->input = writer_block(writer, WRITER_ITEMS * sizeof(*node->input));
	for (const char *at = inputs; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");

		/* "-": left out */
		node->input[node->n_input++] = copy_text(writer, at, *at == '-' ? 0 : length);
		at += length;
	}
	node->output = writer_block(writer, sizeof(*node->output));
	node->output[node->n_output++] = text_of(writer, output);
	node->attribute = writer_block(writer, WRITER_ITEMS * sizeof(*node->attribute));
	writer->nodes[writer->graph.n_node++] = node;
	return node;
}

Onnx__AttributeProto *writer_attribute(struct writer *writer, Onnx__NodeProto *node, const char *name)
{
	Onnx__AttributeProto *attribute = writer_block(writer, sizeof(*attribute));

	onnx__attribute_proto__init(attribute);
	attribute->name = text_of(writer, name);
	node->attribute[node->n_attribute++] = attribute;
	return attribute;
}

void writer_set_int(struct writer *writer, Onnx__NodeProto *node, const char *name, int64_t value)
{
	writer_attribute(writer, node, name)->i = value;
}

void writer_set_float(struct writer *writer, Onnx__NodeProto *node, const char *name, float value)
{
	writer_attribute(writer, node, name)->f = value;
}

void writer_set_ints(struct writer *writer, Onnx__NodeProto *node, const char *name, unsigned n, const int64_t *values)
{
	Onnx__AttributeProto *attribute = writer_attribute(writer, node, name);

	attribute->n_ints = n;
	attribute->ints = writer_block(writer, n * sizeof(*values));
	memcpy(attribute->ints, values, n * sizeof(*values));
}

void writer_set_text(struct writer *writer, Onnx__NodeProto *node, const char *name, const char *text)
{
	Onnx__AttributeProto *attribute = writer_attribute(writer, node, name);

	attribute->s.data = (uint8_t *)text_of(writer, text);
	attribute->s.len = strlen(text);
}

uint8_t *writer_pack(struct writer *writer, size_t *ret_size)
{
	uint8_t *bytes;

	*ret_size = onnx__model_proto__get_packed_size(&writer->model);
	bytes = writer_block(writer, *ret_size);
	onnx__model_proto__pack(&writer->model, bytes);
	return bytes;
}
