/* SPDX-License-Identifier: Apache-2.0 */
/* adam.c - Adam (Kingma and Ba, 2015); decay is part of the gradient. */
#include "nn/train/optimisers/moments.h"

static void step(const struct trainer_options *options, float rate, double first_share, double second_share, size_t n,
		 float *slots[OPTIMISER_SLOTS_MAX], float *weights, const float *gradient)
{
	moments_step(options, rate, first_share, second_share, options->decay, 0, n, slots, weights, gradient);
}

const struct optimiser_kind optimiser_adam = {"adam", 2, step};
