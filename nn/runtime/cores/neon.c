/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c - Cortex-A7 and others with NEON. */
#include "nn/runtime/core.h"

const struct nn_core_kernel nn_core_neon[] = {{0}};
