/* SPDX-License-Identifier: Apache-2.0 */
/* adamw.c - Adam with decay apart from the gradient (Loshchilov and Hutter, 2019). */
#include "nn/train/optimisers/moments.h"

static void step(const struct trainer_options *options, float rate, double first_share, double second_share, size_t n,
		 float *slots[OPTIMISER_SLOTS_MAX], float *weights, const float *gradient)
{
	moments_step(options, rate, first_share, second_share, 0, rate * options->decay, n, slots, weights, gradient);
}

const struct optimiser_kind optimiser_adamw = {"adamw", 2, step};
