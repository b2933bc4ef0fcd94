/* SPDX-License-Identifier: Apache-2.0 */
/* m4.c - Cortex-M4: DSP instructions on pairs of 16-bit numbers. */
#include "nn/runtime/core.h"

const struct nn_core_kernel nn_core_m4[] = {{0}};
