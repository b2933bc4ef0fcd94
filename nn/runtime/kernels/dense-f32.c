/* SPDX-License-Identifier: Apache-2.0 */
/* dense-f32.c - every output a sum over all inputs. */
#include "nn/runtime/kernels-f32.h"
#include "nn/runtime/kernels/lanes-f32.h"

void nn_dense_f32(int32_t inputs, int32_t outputs, const float *in, const float *weights, const float *bias,
		  struct nn_range range, float *out)
{
	int32_t o = 0;

	for (; o + LANES_F32 <= outputs; o += LANES_F32) {
		float sum[LANES_F32];

		for (int j = 0; j < LANES_F32; j++)
			sum[j] = bias[o + j];
		accumulate_lanes_f32(sum, in, inputs, weights + o, outputs);
		for (int j = 0; j < LANES_F32; j++)
			out[o + j] = nn_clamp(sum[j], range);
	}
	for (; o < outputs; o++)
		out[o] = nn_clamp(accumulate_one_f32(bias[o], in, inputs, weights + o, outputs), range);
}
