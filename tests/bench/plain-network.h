/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain-network.h - the yardstick of bench-train: one network written out sample by sample, forwards and backwards:
 *
 *   8x8x2 -> conv 3x3, 8 filters, ReLU -> max pool 2x2 -> dropout -> dense 32, ReLU -> dense 8, softmax
 *
 * It is the shape of ST's CNN2D_ST_HandPosture: 2,752 parameters, 7,744 multiplications.
 */
#ifndef TESTS_BENCH_PLAIN_NETWORK_H
#define TESTS_BENCH_PLAIN_NETWORK_H

#include <stdbool.h>

#include "nn/train/random.h"

enum {
	NETWORK_SIDE = 8,
	NETWORK_PLANES = 2,
	NETWORK_INPUT = NETWORK_SIDE * NETWORK_SIDE * NETWORK_PLANES,
	NETWORK_KERNEL = 3,
	NETWORK_FILTERS = 8,
	NETWORK_MAP = NETWORK_SIDE - NETWORK_KERNEL + 1, /* 6 */
	NETWORK_POOLED = NETWORK_MAP / 2,		 /* 3 */
	NETWORK_FLAT = NETWORK_POOLED * NETWORK_POOLED * NETWORK_FILTERS,
	NETWORK_HIDDEN = 32,
	NETWORK_CLASSES = 8,
};

/* Weights in the runtime's layout. Plain floats from end to end: the optimiser takes them as one vector. */
struct network {
	float conv[NETWORK_KERNEL][NETWORK_KERNEL][NETWORK_PLANES][NETWORK_FILTERS];
	float conv_bias[NETWORK_FILTERS];
	float hidden[NETWORK_FLAT][NETWORK_HIDDEN];
	float hidden_bias[NETWORK_HIDDEN];
	float output[NETWORK_HIDDEN][NETWORK_CLASSES];
	float output_bias[NETWORK_CLASSES];
};

enum {
	NETWORK_PARAMETERS = sizeof(struct network) / sizeof(float),
};

void network_start(struct network *network, struct random *random);
/* Probabilities of the classes. */
void network_run(const struct network *network, const float input[NETWORK_INPUT], float probability[NETWORK_CLASSES]);
/* Adds the gradient of one sample's cross entropy to gradient; returns whether it was classified rightly. */
bool network_learn(const struct network *network, const float input[NETWORK_INPUT], unsigned label, float dropout,
		   struct random *random, struct network *gradient);

/* AdamW: decoupled weight decay. */
struct optimiser {
	float first[NETWORK_PARAMETERS], second[NETWORK_PARAMETERS];
	float first_share, second_share; /* beta1^t, beta2^t */
};

void network_forget(struct optimiser *optimiser);
void network_step(struct optimiser *optimiser, struct network *network, const struct network *gradient, float rate,
		  float decay);

#endif
