/* SPDX-License-Identifier: Apache-2.0 */
/* core-f32.h - float convolutions, dense layers and maxima of any shape, as the runtime's kernels for the core run them. */
#ifndef NN_EXPORT_KERNELS_CORE_F32_H
#define NN_EXPORT_KERNELS_CORE_F32_H

#include "nn/runtime/cores/f32-run.h"

#ifndef NN_CONVOLVE_F32
#define NN_CONVOLVE_F32(call) nn_f32_convolve(call)
#endif

NN_CORE_ENTRY void nn_core_conv_2d_f32(const struct nn_window *window, const float *in, const float *weights,
				       const float *bias, struct nn_range range, float *out)
{
	const struct nn_f32_call call = {*window, range, in, weights, bias, out};

	NN_CONVOLVE_F32(&call);
}

NN_CORE_ENTRY void nn_core_depthwise_conv_2d_f32(const struct nn_window *window, const float *in, const float *weights,
						 const float *bias, struct nn_range range, float *out)
{
	const struct nn_f32_call call = {*window, range, in, weights, bias, out};

	nn_f32_depthwise(&call);
}

NN_CORE_ENTRY void nn_core_max_pool_2d_f32(const struct nn_window *window, const float *in, struct nn_range range,
					   float *out)
{
	nn_f32_pool(window, in, range, out);
}

#endif
