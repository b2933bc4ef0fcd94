/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tail.h - what follows an int8 layer number by number: limits of each channel, multiplication by and addition of
 * constants (as converters leave batch normalisation), requantisation, functions. All of it together is one table of 256
 * numbers for each channel, so it costs a layer's kernel one look-up at its end, and no pass over memory.
 */
#ifndef NN_RUNTIME_CORES_TAIL_H
#define NN_RUNTIME_CORES_TAIL_H

#include "nn/runtime/core.h"

enum {
	NN_TAIL_ENTRIES = 256,
	NN_TAIL_HELD_ALL = INT32_MAX,
};

/*
 * How many operators a layer's kernel may do in one, op itself among them: at least 1. They must not overwrite what is
 * still to be read. held: rows of a window that the kernel has copied before it writes the row of outputs that belongs to
 * them. NN_TAIL_HELD_ALL: the whole input.
 */
uint32_t nn_tail_count(const struct nn_model *model, const struct nn_operator *op, int32_t held);

/*
 * Whether behind an int8 layer, and behind nothing else, there is the largest of each 2x2, and the layer's kernel may write
 * that alone: it does not overwrite what is still to be read. Limits and requantisation keep the order of sums, so the
 * largest sum of the four gives the output. held: as above, for two rows of the layer in one.
 */
bool nn_tail_is_pool(const struct nn_model *model, const struct nn_operator *op, int32_t held);

/* Whether the kernel that does `count` operators does such a pool. */
static inline bool nn_tail_pools(const struct nn_operator *op, uint32_t count)
{
	return count == 2 && op[1].code == NN_OPERATOR_MAX_POOL_2D;
}

/* Whether anything has to be looked up. */
static inline bool nn_tail_exists(const struct nn_operator *op, uint32_t count)
{
	return (count > 1 && !nn_tail_pools(op, count)) || op->inputs > 3;
}

/* The tensor that the last of `count` operators makes. */
static inline const struct nn_tensor *nn_tail_output(const struct nn_model *model, const struct nn_operator *op,
						     uint32_t count)
{
	return nn_operator_output(model, op + count - 1);
}

/* table[channels][NN_TAIL_ENTRIES]: what becomes of -128..127, the limits of the layer itself included. */
void nn_tail_fill(const struct nn_model *model, const struct nn_operator *op, uint32_t count, int8_t *table);

#endif
