/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operators.h - the one table of operators: what each wants of its tensors, and which kernel runs it, by type. Checked
 * once by nn_model_parse(); run without checks afterwards. Freestanding C11.
 */
#ifndef NN_RUNTIME_OPERATORS_H
#define NN_RUNTIME_OPERATORS_H

#include "nn/runtime/model.h"

/* Columns of the table, by the types of the first input, the output and the weights. */
enum nn_variant {
	NN_VARIANT_F32,
	NN_VARIANT_F16,	   /* float activations, half-precision weights */
	NN_VARIANT_HYBRID, /* float activations, 8-bit weights */
	NN_VARIANT_I8,
	NN_VARIANT_I16,	   /* 16-bit activations, 8-bit weights */
	NN_VARIANT_CHANGE, /* from one type to another */
	NN_VARIANTS,
	NN_VARIANT_NONE = NN_VARIANTS,
};

typedef void nn_operator_run(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena);

struct nn_operator_kind {
	const char *name;
	uint8_t inputs, optional; /* inputs that must be there, and that may follow */
	bool in_place;		  /* output may lie where input 0 lies */
	bool by_rows;		  /* see nn/runtime/overlap.h */
	bool multiplies;	  /* its work is multiplications, else comparisons and additions */
	/* Shapes, types, numbers. ret_work: steps of the innermost loop in one run. Returns 0 or NN_ERROR_*. */
	int (*check)(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		     uint64_t *ret_work);
	nn_operator_run *run[NN_VARIANTS]; /* NULL: not for this type */
};

/* Whether a checked operator with by_rows may write over its input 0 as the two lie in the arena. */
bool nn_operator_may_overlap(const struct nn_model *model, const struct nn_operator *op);
/* The same, if its output lay `lead` bytes before its input. */
bool nn_operator_may_overlap_at(const struct nn_model *model, const struct nn_operator *op, uint32_t lead);

/* NULL for an unknown code. */
const struct nn_operator_kind *nn_operator_kind(uint16_t code);

enum nn_variant nn_operator_variant(const struct nn_model *model, const struct nn_operator *op);

#endif
