/* SPDX-License-Identifier: Apache-2.0 */
/* tflite.c - the walk over a .tflite: model, subgraph, operators in their order. */
#include "nn/import/tflite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn/import/tflite-file.h"

bool tflite_is(const void *bytes, size_t size)
{
	return flatbuffer_is(bytes, size, TFLITE_IDENTIFIER);
}

/* The subgraph's only input or output. */
static int read_end(struct tflite *in, struct flatbuffer_table subgraph, unsigned slot, const char *what,
		    struct tflite_tensor *ret_tensor)
{
	struct flatbuffer_vector ends = flatbuffer_vector(&in->file, subgraph, slot, 4);

	if (in->file.damaged)
		return tflite_damaged(in);
	if (ends.count != 1)
		return tflite_refuse(in, what, "networks with one input and one output are supported");
	return tflite_read_tensor(in, flatbuffer_i32_item(&in->file, ends, 0), ret_tensor);
}

static int start_graph(struct tflite *in, struct flatbuffer_table subgraph)
{
	struct tflite_tensor input;
	int r = read_end(in, subgraph, TFLITE_SUBGRAPH_INPUTS, "it has not exactly one input", &input);

	r = r < 0 ? r : tflite_make(in, &input, &in->graph->input);
	if (r == 0 && input.type != NN_TYPE_F32 && input.type != NN_TYPE_I8 && input.type != NN_TYPE_U8 &&
	    input.type != NN_TYPE_I16)
		return tflite_refuse_tensor(in, &input, "is the input", "float32, int8, uint8 and int16 can be");
	return r;
}

static int import_at(struct tflite *in, struct flatbuffer_vector operators, uint32_t i)
{
	struct flatbuffer_table operator= flatbuffer_table_item(&in->file, operators, i);
	int32_t index = flatbuffer_i32(&in->file, operator, TFLITE_OPERATOR_CODE, 0);
	struct flatbuffer_table code = flatbuffer_table_item(&in->file, in->codes, (uint32_t)index);
	int32_t old = (int8_t)flatbuffer_u8(&in->file, code, TFLITE_OPERATOR_CODE_DEPRECATED, 0);
	int32_t new = flatbuffer_i32(&in->file, code, TFLITE_OPERATOR_CODE_BUILTIN, 0);
	int r;

	in->position = i;
	in->code = new > old ? new : old;
	in->inputs = flatbuffer_vector(&in->file, operator, TFLITE_OPERATOR_INPUTS, 4);
	in->outputs = flatbuffer_vector(&in->file, operator, TFLITE_OPERATOR_OUTPUTS, 4);
	in->options = (struct flatbuffer_table){0};
	if (flatbuffer_u8(&in->file, operator, TFLITE_OPERATOR_OPTIONS_TYPE, TFLITE_OPTIONS_NONE))
		in->options = flatbuffer_table(&in->file, operator, TFLITE_OPERATOR_OPTIONS);
	if (in->file.damaged || in->code < 0)
		return tflite_damaged(in);
	if (in->code == TFLITE_CUSTOM) {
		char name[48], what[80];

		flatbuffer_text(&in->file, code, TFLITE_OPERATOR_CODE_CUSTOM, name, sizeof(name));
		snprintf(what, sizeof(what), "the custom operator \"%.40s\" is not supported", name);
		return tflite_refuse(in, what, "convert with built-in operators only");
	}
	r = tflite_import_operator(in);
	return r == 0 && in->file.damaged ? tflite_damaged(in) : r;
}

static int end_graph(struct tflite *in, struct flatbuffer_table subgraph)
{
	struct tflite_tensor output;
	int r;

	in->code = -1;
	if (!in->graph->node_count)
		return tflite_refuse(in, "the network has no operators", "");
	r = read_end(in, subgraph, TFLITE_SUBGRAPH_OUTPUTS, "it has not exactly one output", &output);
	return r < 0 ? r : tflite_use(in, &output, &in->graph->output);
}

static int import_subgraph(struct tflite *in, struct flatbuffer_table subgraph)
{
	struct flatbuffer_vector operators = flatbuffer_vector(&in->file, subgraph, TFLITE_SUBGRAPH_OPERATORS, 4);
	int r;

	in->tensors = flatbuffer_vector(&in->file, subgraph, TFLITE_SUBGRAPH_TENSORS, 4);
	flatbuffer_text(&in->file, subgraph, TFLITE_SUBGRAPH_NAME, in->graph->name, sizeof(in->graph->name));
	if (in->file.damaged)
		return tflite_damaged(in);
	if (in->tensors.count > TFLITE_TENSORS_MAX || operators.count > TFLITE_OPERATORS_MAX)
		return tflite_refuse(in, "the network has too many tensors or operators", "4096 are the limit");
	in->places = calloc(in->tensors.count + 1u, sizeof(*in->places));
	if (!in->places)
		return tflite_graph_failed(in, -ENOMEM);
	r = start_graph(in, subgraph);
	for (uint32_t i = 0; i < operators.count && r == 0; i++)
		r = import_at(in, operators, i);
	return r < 0 ? r : end_graph(in, subgraph);
}

int tflite_import(const void *bytes, size_t size, struct graph *graph, char *ret_reason)
{
	struct tflite in = {.graph = graph, .reason = ret_reason, .code = -1};
	struct flatbuffer_table model;
	struct flatbuffer_vector subgraphs;
	int r;

	in.file = flatbuffer_open(bytes, size, &model);
	if (!tflite_is(bytes, size) || in.file.damaged) {
		snprintf(ret_reason, GRAPH_REASON, "not a TensorFlow Lite model");
		return -EBADMSG;
	}
	if (flatbuffer_i32(&in.file, model, TFLITE_MODEL_VERSION, 0) != TFLITE_SCHEMA_VERSION)
		return tflite_refuse(&in, "the schema's version is not supported", "version 3 is");
	in.codes = flatbuffer_vector(&in.file, model, TFLITE_MODEL_OPERATOR_CODES, 4);
	in.buffers = flatbuffer_vector(&in.file, model, TFLITE_MODEL_BUFFERS, 4);
	subgraphs = flatbuffer_vector(&in.file, model, TFLITE_MODEL_SUBGRAPHS, 4);
	if (in.file.damaged)
		return tflite_damaged(&in);
	if (!subgraphs.count)
		return tflite_refuse(&in, "the file has no network", "");
	r = import_subgraph(&in, flatbuffer_table_item(&in.file, subgraphs, 0));
	free(in.places);
	return r;
}
