/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c - Cortex-A7 and others with NEON: two vectors hold the sums of a block, one lane of inputs goes with each. */
#include "nn/runtime/cores/arm-cpu.h"
#include "nn/runtime/cores/block-pack.h"

#if NN_HAS_NEON

#define NN_TARGET NN_TARGET_NEON
#define NN_KERNEL static inline __attribute__((always_inline)) NN_TARGET
#include "nn/runtime/cores/neon-vector.h"

#define NN_LIST	      nn_core_neon
#define NN_INTERLEAVE 1
#define NN_SHIFT_FORM NN_BLOCK_LEFT
#define NN_CPU_SUITS  nn_cpu_has_neon()
#if !defined(__aarch64__)
#include "nn/runtime/cores/neon-f32.h"
#include "nn/runtime/cores/neon-i8.h"
#endif
#include "nn/runtime/cores/block-list.h"

#else
const struct nn_core_kernel nn_core_neon[] = {{0}};
#endif
