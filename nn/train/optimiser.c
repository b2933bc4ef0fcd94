/* SPDX-License-Identifier: Apache-2.0 */
/* optimiser.c - what all optimisers have in common: clipping, and counting steps. */
#include "nn/train/optimiser.h"

#include "nn/runtime/math.h"

const struct optimiser_kind *optimiser_find(enum trainer_optimiser which)
{
	switch (which) {
	case TRAINER_ADAM:
		return &optimiser_adam;
	case TRAINER_ADAMW:
		return &optimiser_adamw;
	default:
		return &optimiser_sgd;
	}
}

static void clip(size_t n, float longest, float *gradient)
{
	double squares = 0;
	float length;

	for (size_t i = 0; i < n; i++)
		squares += (double)gradient[i] * (double)gradient[i];
	length = (float)__builtin_sqrt(squares);
	if (!(length > longest))
		return;
	for (size_t i = 0; i < n; i++)
		gradient[i] *= longest / length;
}

void optimiser_step(struct optimiser *optimiser, const struct trainer_options *options, float rate, float *weights,
		    float *gradient)
{
	if (options->clip > 0)
		clip(optimiser->n, options->clip, gradient);
	optimiser->first_share *= (double)options->beta1;
	optimiser->second_share *= (double)options->beta2;
	optimiser->kind->step(options, rate, optimiser->first_share, optimiser->second_share, optimiser->n,
			      optimiser->slots, weights, gradient);
}
