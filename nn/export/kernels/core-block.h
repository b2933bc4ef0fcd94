/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core-block.h - layers of any shape with 8-bit weights, as the runtime's kernels for the core run them. Each is one function
 * for all layers of a kind: what they read of the layer costs little beside its sums.
 */
#ifndef NN_EXPORT_KERNELS_CORE_BLOCK_H
#define NN_EXPORT_KERNELS_CORE_BLOCK_H

#include "nn/runtime/cores/block-run.h"

#define NN_CORE_BLOCK(name, run)                                                                                       \
	NN_CORE_ENTRY void name(const struct nn_block *layer, const void *in, void *out, void *rows)                   \
	{                                                                                                              \
		struct nn_block l = *layer;                                                                            \
                                                                                                                       \
		l.rows = rows;                                                                                         \
		run;                                                                                                   \
	}

NN_CORE_BLOCK(nn_core_i8, nn_block_run(&l, NN_BLOCK_I8, in, out))
NN_CORE_BLOCK(nn_core_i16, nn_block_run(&l, NN_BLOCK_I16, in, out))
NN_CORE_BLOCK(nn_core_hybrid, nn_block_run(&l, NN_BLOCK_HYBRID, in, out))
#ifdef NN_RUN_STRAIGHT_I8
NN_CORE_BLOCK(nn_core_straight_i8, NN_RUN_STRAIGHT_I8(&l, in, out))
#else
#define nn_core_straight_i8 nn_core_i8
#endif

#endif
