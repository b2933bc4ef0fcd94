/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operators.h - what each operator wants of its tensors and how it runs: one table row each. Checked once by
 * nn_model_parse(); run without checks afterwards. Freestanding C11.
 */
#ifndef NN_RUNTIME_OPERATORS_H
#define NN_RUNTIME_OPERATORS_H

#include "nn/runtime/model.h"

struct nn_operator_kind {
	const char *name;
	uint8_t inputs, optional; /* inputs that must be there, and that may follow */
	bool in_place;		  /* output may lie where input 0 lies */
	bool by_rows;		  /* see nn/runtime/overlap.h */
	bool multiplies;	  /* its work is multiplications, else comparisons and additions */
	/* Shapes. ret_work: steps of the innermost loop in one run. Returns 0 or NN_ERROR_*. */
	int (*check)(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work);
	void (*run)(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena);
};

/* Whether a checked operator with by_rows may write over its input 0 as the two lie in the arena. */
bool nn_operator_may_overlap(const struct nn_model *model, const struct nn_operator *op);

/* NULL for an unknown code. */
const struct nn_operator_kind *nn_operator_kind(uint16_t code);

#endif
