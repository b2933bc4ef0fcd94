/* SPDX-License-Identifier: Apache-2.0 */
/* onnx-writer.h - makes ONNX files for tests. Everything lives until writer_free(). */
#ifndef TESTS_UNIT_ONNX_WRITER_H
#define TESTS_UNIT_ONNX_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "nn/import/onnx.pb-c.h"

enum { WRITER_ITEMS = 64 };

struct writer {
	Onnx__ModelProto model;
	Onnx__OperatorSetIdProto opset, *opsets[1];
	Onnx__GraphProto graph;
	Onnx__NodeProto *nodes[WRITER_ITEMS];
	Onnx__TensorProto *constants[WRITER_ITEMS];
	Onnx__ValueInfoProto *inputs[2], *outputs[2];
	void *blocks[1024];
	size_t block_count;
	uint64_t state; /* of random numbers */
};

struct writer *writer_new(int64_t opset);
void writer_free(struct writer *writer);
void *writer_block(struct writer *writer, size_t bytes);

/* dims: of the shape; a size of 0 is a dimension without a number. */
void writer_input(struct writer *writer, const char *name, unsigned dims, const int64_t *shape);
void writer_output(struct writer *writer, const char *name);
/* Random floats as raw data. Returns them. */
float *writer_floats(struct writer *writer, const char *name, unsigned dims, const int64_t *shape);
void writer_ints(struct writer *writer, const char *name, unsigned n, const int64_t *values);
/* Inputs with blanks between them. */
Onnx__NodeProto *writer_node(struct writer *writer, const char *op, const char *inputs, const char *output);
Onnx__AttributeProto *writer_attribute(struct writer *writer, Onnx__NodeProto *node, const char *name);
void writer_set_int(struct writer *writer, Onnx__NodeProto *node, const char *name, int64_t value);
void writer_set_float(struct writer *writer, Onnx__NodeProto *node, const char *name, float value);
void writer_set_ints(struct writer *writer, Onnx__NodeProto *node, const char *name, unsigned n, const int64_t *values);
void writer_set_text(struct writer *writer, Onnx__NodeProto *node, const char *name, const char *text);

/* The file; lives as the writer does. */
uint8_t *writer_pack(struct writer *writer, size_t *ret_size);

#endif
