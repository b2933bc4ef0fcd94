/* SPDX-License-Identifier: Apache-2.0 */
/* sse2.c - every x86-64: two vectors hold the sums of a block, PMADDWD takes two inputs at once. */
#include "nn/runtime/cores/block-pack.h"

#if defined(__x86_64__) && !defined(NN_PLAIN_C)

#define NN_TARGET
#define NN_KERNEL static inline __attribute__((always_inline))
#include "nn/runtime/cores/sse2-vector.h"

#define NN_LIST	      nn_core_sse2
#define NN_INTERLEAVE 2
#define NN_SHIFT_FORM NN_BLOCK_FACTOR
#define NN_CPU_SUITS  true
#include "nn/runtime/cores/block-list.h"

#else
const struct nn_core_kernel nn_core_sse2[] = {{0}};
#endif
