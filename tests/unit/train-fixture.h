/* SPDX-License-Identifier: Apache-2.0 */
/* train-fixture.h - small things to train on, for the tests of the trainer. */
#ifndef TESTS_UNIT_TRAIN_FIXTURE_H
#define TESTS_UNIT_TRAIN_FIXTURE_H

#include "nn/train/layers.h"
#include "nn/train/trainer.h"

/* Samples of a kind: noise with one of `classes` patterns in it, told by the sample's number. */
struct train_samples {
	uint32_t inputs, classes;
	float noise;
};

trainer_fill train_samples_fill;

static inline struct trainer_data train_samples_data(const struct train_samples *samples, uint32_t n)
{
	return (struct trainer_data){.fill = train_samples_fill, .context = samples, .n = n};
}

/* Builds, and fails the test with the reason otherwise. */
struct graph *train_build(const struct layers *layers, uint64_t seed, struct trainer_options *options);
struct graph *train_build_maker(const char *name, const uint32_t input[3], uint32_t classes,
				struct trainer_options *options);
struct trainer *train_open(struct graph *graph, const struct trainer_options *options);

/* SHA-256 of the graph's constants of floats, as text: the weights. */
void train_hash(const struct graph *graph, char ret_text[65]);

#endif
