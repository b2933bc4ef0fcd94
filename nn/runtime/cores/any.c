/* SPDX-License-Identifier: Apache-2.0 */
/* any.c - plain C for every core: what is faster once something has been worked out beforehand. */
#include "nn/runtime/core.h"

const struct nn_core_kernel nn_core_any[] = {{0}};
