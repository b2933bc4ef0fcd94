/* SPDX-License-Identifier: Apache-2.0 */
/* f32.h - what the float kernels share. A sum begins with its bias and grows in the order of the weights. */
#ifndef NN_EXPORT_KERNELS_F32_H
#define NN_EXPORT_KERNELS_F32_H

#include "nn/export/kernels/common.h"

/* Limits that are a float's own cost nothing. */
NN_INLINE float nn_limit_f32(float x, float low, float high)
{
	if (low > -3.4e38f)
		x = x < low ? low : x;
	if (high < 3.4e38f)
		x = x > high ? high : x;
	return x;
}

#endif
