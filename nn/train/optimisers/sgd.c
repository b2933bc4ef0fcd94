/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sgd.c - gradient descent: v = momentum v + g, w -= rate v; Nesterov's looks one step ahead: w -= rate (momentum v + g).
 */
#include "nn/train/optimiser.h"

static void step(const struct trainer_options *options, float rate, double first_share, double second_share, size_t n,
		 float *slots[OPTIMISER_SLOTS_MAX], float *weights, const float *gradient)
{
	float *restrict velocity = slots[0], momentum = options->momentum, decay = options->decay;

	(void)first_share;
	(void)second_share;
	for (size_t i = 0; i < n; i++) {
		float g = gradient[i] + decay * weights[i];

		velocity[i] = optimiser_flush(momentum * velocity[i] + g);
		weights[i] -= rate * (options->nesterov ? momentum * velocity[i] + g : velocity[i]);
	}
}

const struct optimiser_kind optimiser_sgd = {"sgd", 1, step};
