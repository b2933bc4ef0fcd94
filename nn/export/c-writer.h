/* SPDX-License-Identifier: Apache-2.0 */
/* c-writer.h - a module while it is written: its parts as they grow, and who writes them. */
#ifndef NN_EXPORT_C_WRITER_H
#define NN_EXPORT_C_WRITER_H

#include <stdio.h>

#include "nn/export/c-layer.h"
#include "nn/export/c-text.h"
#include "nn/export/c.h"

struct c_writer {
	const struct nn_model *model;
	const struct c_options *options;
	FILE *constants, *calls; /* tables, and the statements of NAME_run() */
	c_text_set texts;
	uint8_t written[NN_TENSORS_MAX / 8]; /* bits: constants */
	int wide;			     /* 8-bit numbers are kept in 16 bits between layers */
	uint32_t arena_bytes, in_at, out_at;
};

/*
 * A chain of layers, each of which has a kernel of the core's own; they choose how numbers are kept between them. For
 * small networks. 0; -ENOTSUP: it is none; -ENOMEM.
 */
int c_chain_write(struct c_writer *writer);

/* Any network: tensors lie as in the model, the runtime's kernels run what the core has no other for. 0 or -ENOMEM. */
int c_graph_write(struct c_writer *writer);

/* One operator by the runtime's kernel. */
void c_call_write(struct c_writer *writer, uint32_t position);
/* "NN_AT(offset)", or the name of a constant, which is written first if it is a new one. */
void c_call_operand(struct c_writer *writer, const struct nn_operator *op, unsigned i);

/* A layer's constants: weights, biases, output stage, shape. */
bool c_layer_is_per_channel(const struct c_layer *layer);
void c_layer_write(struct c_writer *writer, const struct c_layer *layer, uint32_t position);
void c_write_i32(FILE *file, const char *type, const char *name, uint32_t position, const int32_t *values,
		 int32_t count, int32_t padded);

#endif
