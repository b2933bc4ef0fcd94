/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model.h - a model file (.pnn) as the runtime sees it: a checked view into flat bytes, nothing copied.
 *
 * Freestanding C11: no malloc, no stdio, no libc beyond memcpy and memset. The same file compiles for Cortex-A7,
 * Cortex-M4 and x86-64. The format is described byte by byte in nn/runtime/FORMAT.md.
 *
 * A file from a hostile source can't make the runtime read or write outside data and arena: nn_model_parse() checks
 * every offset, shape and size once, and refuses what it does not know.
 */
#ifndef NN_RUNTIME_MODEL_H
#define NN_RUNTIME_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/runtime/format.h"

enum {
	NN_CLASSES_MAX = 64,
	NN_TENSORS_MAX = 512,
	NN_OPS_MAX = 256,
	NN_DIMS_MAX = 4,
	NN_LABEL_MAX = 32, /* bytes with the closing NUL */
};

/* Why a file was refused; nn_error_text() says it in words. All negative. */
#define NN_ERRORS(X)                                                                                                   \
	X(TRUNCATED, "file is shorter than it says")                                                                   \
	X(MAGIC, "not a postured model (magic)")                                                                       \
	X(VERSION, "format version is not supported")                                                                  \
	X(CHECKSUM, "check sum does not match: the file is damaged")                                                   \
	X(LAYOUT, "a section lies outside the file or is not aligned")                                                 \
	X(SHAPE, "a tensor's shape is impossible or does not fit its operator")                                        \
	X(TYPE, "a tensor's type is not supported by its operator")                                                    \
	X(OPERATOR, "unknown operator")                                                                                \
	X(LIMIT, "more tensors, operators, classes or bytes than allowed")                                             \
	X(ARENA, "the arena is too small")                                                                             \
	X(QUANTISATION, "a scale, zero point, multiplier or limit is missing or impossible")                           \
	X(INPUT, "input form or preprocessing is not supported")

#define NN_ENUM(name, text) NN_ERROR_##name##_POSITION,
enum nn_error_position { NN_ERROR_NONE_POSITION, NN_ERRORS(NN_ENUM) NN_ERROR_POSITIONS };
#undef NN_ENUM
#define NN_ENUM(name, text) NN_ERROR_##name = -(int)NN_ERROR_##name##_POSITION,
enum nn_error { NN_ERRORS(NN_ENUM) NN_ERROR_LAST = -(int)NN_ERROR_POSITIONS };
#undef NN_ENUM

const char *nn_error_text(int error);

/* A checked model: pointers into the caller's bytes, which must stay and must not change. */
struct nn_model {
	const struct nn_header *header;
	const struct nn_main *main;
	const char (*labels)[NN_LABEL_MAX]; /* [main->classes] */
	const struct nn_tensor *tensors;
	const struct nn_operator *operators;
	const uint16_t *operands;
	const uint8_t *quantisation;
	const char *strings;
	const char *provenance; /* not NUL-terminated */
	const uint8_t *data;
	uint32_t tensor_count, operator_count, provenance_bytes;
	uint64_t macs; /* multiplications of one run */
	uint64_t work; /* the same with comparisons and additions: steps of the innermost loops */
};

/*
 * Checks bytes[size], aligned to NN_FORMAT_ALIGN, and fills ret_model. Returns 0 or an NN_ERROR_*. Afterwards
 * everything in the model can be used without further checks. Damage is found by CRC-32.
 */
int nn_model_parse(const void *bytes, size_t size, struct nn_model *ret_model);

/* The same, and in ret_operator which operator is refused; NN_NO_OPERATOR: it isn't one, or none is. */
#define NN_NO_OPERATOR UINT32_MAX
int nn_model_parse_where(const void *bytes, size_t size, struct nn_model *ret_model, uint32_t *ret_operator);

/* Also compares the SHA-256: for files that came a long way. Returns 0 or NN_ERROR_CHECKSUM. */
int nn_model_verify(const struct nn_model *model);

static inline const struct nn_tensor *nn_model_input(const struct nn_model *model)
{
	return &model->tensors[model->main->input];
}

static inline const struct nn_tensor *nn_model_output(const struct nn_model *model)
{
	return &model->tensors[model->main->output];
}

/* The i-th operand of an operator: inputs first, then outputs. */
static inline const struct nn_tensor *nn_model_operand(const struct nn_model *model, const struct nn_operator *op,
						       unsigned i)
{
	return &model->tensors[model->operands[op->operands + i]];
}

static inline uint32_t nn_tensor_elements(const struct nn_tensor *tensor)
{
	return tensor->shape[0] * tensor->shape[1] * tensor->shape[2] * tensor->shape[3];
}

#endif
