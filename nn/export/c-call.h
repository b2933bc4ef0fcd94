/* SPDX-License-Identifier: Apache-2.0 */
/* c-call.h - an operator on its way to become a call of the runtime's kernel. */
#ifndef NN_EXPORT_C_CALL_H
#define NN_EXPORT_C_CALL_H

#include "nn/export/c-writer.h"
#include "nn/runtime/ops.h"

struct c_call {
	struct c_writer *w;
	const struct nn_model *model;
	const struct nn_operator *op;
	const struct nn_tensor *in, *out;
	uint32_t position;
	enum nn_variant variant;
	const char *suffix; /* of the kernels' names */
};

struct c_call c_call_of(struct c_writer *writer, uint32_t position);
/*
 * Writes to the calls; of the format only these are special: %I0..%I9 an input, %O the output, %R the limits of floats,
 * %S the output stage, %N the elements of the output, %d an int32_t, %u an uint32_t, %s a text, %f a double as float,
 * %T the kernels' suffix, %P the operator's number.
 */
void c_call_print(const struct c_call *c, const char *format, ...);
/* The module gets a text. */
void c_call_use(const struct c_call *c, enum c_text text);
/* One of the texts C_TEXT_CORE_*, and the core's vectors. */
void c_call_use_core(const struct c_call *c, enum c_text text);
/* The zero point of operand i. */
int32_t c_call_zero(const struct c_call *c, unsigned i);
/* Writes the constant stageP. */
void c_call_stage(const struct c_call *c);
/* Limits of each channel behind a layer that has not seen to them itself, if there are any. */
void c_call_limit_channels(const struct c_call *c);

void c_call_softmax(const struct c_call *c), c_call_pair(const struct c_call *c),
	c_call_requantise(const struct c_call *c), c_call_function(const struct c_call *c),
	c_call_batch_norm(const struct c_call *c), c_call_quantize(const struct c_call *c),
	c_call_dequantize(const struct c_call *c), c_call_reshape(const struct c_call *c),
	c_call_concat(const struct c_call *c), c_call_pad(const struct c_call *c),
	c_call_transpose(const struct c_call *c), c_call_mean(const struct c_call *c);

#endif
