/* SPDX-License-Identifier: Apache-2.0 */
/* export-operators.h - a network with every operator, branches and broadcasts among them, in any type. */
#ifndef TESTS_BENCH_EXPORT_OPERATORS_H
#define TESTS_BENCH_EXPORT_OPERATORS_H

#include <stddef.h>

#include "nn/runtime/format.h"

/* form: "float" or a mode of quantise.h. Its model file, owned by the caller; NULL with a reason on stderr. */
void *operators_make(const char *form, enum nn_rounding rounding, size_t *ret_size);

#endif
