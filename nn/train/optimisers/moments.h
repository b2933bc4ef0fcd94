/* SPDX-License-Identifier: Apache-2.0 */
/* moments.h - the step that Adam and AdamW share: the mean gradient over the root of the mean square. */
#ifndef NN_TRAIN_OPTIMISERS_MOMENTS_H
#define NN_TRAIN_OPTIMISERS_MOMENTS_H

#include "nn/runtime/math.h"
#include "nn/train/optimiser.h"

/* l2: added to the gradient, times the weight; shrink: taken off the weight, times the weight. */
static inline void moments_step(const struct trainer_options *options, float rate, double first_share,
				double second_share, float l2, float shrink, size_t n,
				float *slots[OPTIMISER_SLOTS_MAX], float *restrict weights,
				const float *restrict gradient)
{
	float *restrict first = slots[0], *restrict second = slots[1];
	float beta1 = options->beta1, beta2 = options->beta2, epsilon = options->epsilon;
	float first_part = (float)(1 / (1 - first_share)), second_part = (float)(1 / (1 - second_share));

	for (size_t i = 0; i < n; i++) {
		float g = gradient[i] + l2 * weights[i];

		first[i] = optimiser_flush(beta1 * first[i] + (1 - beta1) * g);
		second[i] = optimiser_flush(beta2 * second[i] + (1 - beta2) * g * g);
		weights[i] -= shrink * weights[i];
		weights[i] -= rate * (first[i] * first_part) / (nn_sqrt(second[i] * second_part) + epsilon);
	}
}

#endif
