/* SPDX-License-Identifier: Apache-2.0 */
/* block-pack.h - an operator of a model becomes a struct nn_block. */
#ifndef NN_RUNTIME_CORES_BLOCK_PACK_H
#define NN_RUNTIME_CORES_BLOCK_PACK_H

#include "nn/runtime/core.h"
#include "nn/runtime/cores/block.h"

/* How a core wants its numbers. */
struct nn_block_form {
	int32_t interleave; /* inputs of a channel that lie side by side in the weights: [n / i][8][i] */
	/* What a shift of 1..31 bits to the right looks like: bits, bits below zero, or the factor 2^(32 - bits) */
	enum { NN_BLOCK_RIGHT, NN_BLOCK_LEFT, NN_BLOCK_FACTOR } shift;
};

/* Parts of struct nn_core_kernel, for all variants with 8-bit weights. */
uint32_t nn_block_takes(const struct nn_model *model, const struct nn_operator *op);
struct nn_core_need nn_block_need(const struct nn_model *model, const struct nn_operator *op, uint32_t count);
void nn_block_pack(struct nn_step *step, const struct nn_block_form *form);

#endif
