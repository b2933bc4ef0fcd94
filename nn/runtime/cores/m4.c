/* SPDX-License-Identifier: Apache-2.0 */
/* m4.c - the list of Cortex-M4. */
#include "nn/runtime/cores/m4-kernels.h"

#define ENTRY(code, name)                                                                                              \
	{                                                                                                              \
		code, NN_VARIANT_I8, m4_##name##_takes, m4_##name##_need, m4_##name##_pack, m4_##name##_run            \
	}

const struct nn_core_kernel nn_core_m4[] = {
#if NN_CORE_M4
	ENTRY(NN_OPERATOR_CONV_2D, conv_2d),
	ENTRY(NN_OPERATOR_DENSE, conv_2d),
	ENTRY(NN_OPERATOR_DEPTHWISE_CONV_2D, depthwise),
	ENTRY(NN_OPERATOR_MAX_POOL_2D, max_pool),
#endif
	{0},
};
