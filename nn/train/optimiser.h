/* SPDX-License-Identifier: Apache-2.0 */
/* optimiser.h - from gradients to new weights, one optimiser a file in nn/train/optimisers/. */
#ifndef NN_TRAIN_OPTIMISER_H
#define NN_TRAIN_OPTIMISER_H

#include "nn/train/trainer.h"

enum {
	OPTIMISER_SLOTS_MAX = 2,
};

struct optimiser_kind {
	const char *name;
	unsigned slots; /* numbers that it keeps of each weight */
	void (*step)(const struct trainer_options *options, float rate, double first_share, double second_share,
		     size_t n, float *slots[OPTIMISER_SLOTS_MAX], float *weights, const float *gradient);
};

struct optimiser {
	const struct optimiser_kind *kind;
	size_t n;
	float *slots[OPTIMISER_SLOTS_MAX];
	double first_share, second_share; /* beta1^t, beta2^t */
};

extern const struct optimiser_kind optimiser_sgd, optimiser_adam, optimiser_adamw;

const struct optimiser_kind *optimiser_find(enum trainer_optimiser which);
void optimiser_step(struct optimiser *optimiser, const struct trainer_options *options, float rate, float *weights,
		    float *gradient);

/* What would become a denormal, which costs a hundred times as much to compute with and means nothing, is 0. */
static inline float optimiser_flush(float x)
{
	return __builtin_fabsf(x) < 1e-30f ? 0 : x;
}

#endif
