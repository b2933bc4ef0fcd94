/* SPDX-License-Identifier: Apache-2.0 */
/* x86.c - x86-64: SSE2, and AVX2 where the processor has it. */
#include "nn/runtime/core.h"

const struct nn_core_kernel nn_core_x86[] = {{0}};
