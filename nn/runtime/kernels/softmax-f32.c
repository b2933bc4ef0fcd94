/* SPDX-License-Identifier: Apache-2.0 */
/* softmax-f32.c - e^x over the sum of its row, the largest x taken off first. */
#include "nn/runtime/kernels-f32.h"
#include "nn/runtime/math.h"

void nn_softmax_f32(int32_t rows, int32_t n, float beta, const float *in, float *out)
{
	for (int32_t row = 0; row < rows; row++, in += n, out += n) {
		float largest = in[0], sum = 0;

		for (int32_t i = 1; i < n; i++)
			largest = in[i] > largest ? in[i] : largest;
		for (int32_t i = 0; i < n; i++) {
			out[i] = nn_exp_negative(beta * (in[i] - largest));
			sum += out[i];
		}
		for (int32_t i = 0; i < n; i++)
			out[i] /= sum;
	}
}
