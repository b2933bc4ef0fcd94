/* SPDX-License-Identifier: Apache-2.0 */
/* core-pool.h - integer maxima of any shape, as the runtime's kernels for the core find them. */
#ifndef NN_EXPORT_KERNELS_CORE_POOL_H
#define NN_EXPORT_KERNELS_CORE_POOL_H

#include "nn/runtime/cores/pool-run.h"

NN_CORE_ENTRY void nn_core_max_pool_2d_i8(const struct nn_window *window, const int8_t *in, int32_t low, int32_t high,
					  int8_t *out)
{
	nn_pool_run(window, in, low, high, out, false);
}

NN_CORE_ENTRY void nn_core_max_pool_2d_i16(const struct nn_window *window, const int16_t *in, int32_t low, int32_t high,
					   int16_t *out)
{
	nn_pool_run(window, in, low, high, out, true);
}

#endif
