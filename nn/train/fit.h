/* SPDX-License-Identifier: Apache-2.0 */
/* fit.h - one training: which samples, how long, what comes out. */
#ifndef NN_TRAIN_FIT_H
#define NN_TRAIN_FIT_H

#include "nn/train/augment.h"
#include "nn/train/dataset.h"
#include "nn/train/trainer.h"

/* Everything that decides the result; goes into the model's provenance. */
struct recipe {
	struct nn_preprocess preprocess;
	struct augmentation augmentation;
	unsigned epochs, batch, nones; /* nones: made-up frames without a posture, per epoch */
	float rate, decay, dropout;
	uint64_t seed;
};

extern const struct recipe fit_recipe;

/* A network of fresh weights for the recipe: ST's CNN2D_ST_HandPosture. -ENOMEM. */
int fit_start(const struct recipe *recipe, struct graph **ret_graph);
/* Trains it on the samples with use[i]; the frames outside the gate are left out. -ENOMEM, -ENODATA. */
int fit_train(const struct recipe *recipe, const struct dataset *dataset, const bool *use, struct graph *graph);

/* What a network makes of the samples with use[i]. */
struct score {
	unsigned right, wrong, skipped;	     /* skipped: no hand in the gate */
	unsigned confident, confident_right; /* probability above 0.9 */
};
/* -ENOMEM */
int fit_score(const struct recipe *recipe, const struct dataset *dataset, const bool *use, struct graph *graph,
	      struct score *ret_score);

#endif
