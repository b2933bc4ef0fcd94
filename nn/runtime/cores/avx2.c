/* SPDX-License-Identifier: Apache-2.0 */
/* avx2.c - x86-64 with AVX2: a vector holds the sums of a block, PMADDWD takes two inputs at once. */
#include "nn/runtime/cores/block-pack.h"

#if defined(__x86_64__) && !defined(NN_PLAIN_C) && !defined(NN_NO_AVX2)

#include "nn/runtime/cores/x86-cpu.h"

#define NN_TARGET __attribute__((target("avx2")))
#define NN_KERNEL static inline __attribute__((always_inline)) NN_TARGET
#include "nn/runtime/cores/avx2-vector.h"

#define NN_LIST	      nn_core_avx2
#define NN_INTERLEAVE 2
#define NN_SHIFT_FORM NN_BLOCK_RIGHT
#define NN_CPU_SUITS  nn_cpu_has_avx2()
#include "nn/runtime/cores/block-list.h"

#else
const struct nn_core_kernel nn_core_avx2[] = {{0}};
#endif
