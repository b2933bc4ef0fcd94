/* SPDX-License-Identifier: Apache-2.0 */
/* export-convs.h - a random int8 network of convolutions: with and without padding, strides, odd channels, a pool. */
#ifndef TESTS_BENCH_EXPORT_CONVS_H
#define TESTS_BENCH_EXPORT_CONVS_H

#include <stddef.h>

#include "nn/runtime/format.h"

/* Its model file, owned by the caller; NULL with a reason on stderr. */
void *convs_make(enum nn_rounding rounding, size_t *ret_size);

#endif
