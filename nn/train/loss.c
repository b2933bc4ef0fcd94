/* SPDX-License-Identifier: Apache-2.0 */
/* loss.c - what a chunk's outputs are worth, and which way is better. */
#include <string.h>

#include "nn/train/maths.h"
#include "nn/train/trainer-parts.h"

/* Never quite certain: the loss stays a number. */
static double certain(double p)
{
	return p < 1e-12 ? 1e-12 : p;
}

static bool is_right(uint32_t n, const float *y, const float *t, unsigned lane)
{
	uint32_t best = 0, wanted = 0;

	if (n == 1)
		return (y[lane] > 0.5f) == (t[lane] > 0.5f);
	for (uint32_t i = 1; i < n; i++) {
		best = y[i * TRAIN_LANES + lane] > y[best * TRAIN_LANES + lane] ? i : best;
		wanted = t[i * TRAIN_LANES + lane] > t[wanted * TRAIN_LANES + lane] ? i : wanted;
	}
	return best == wanted;
}

static double cross_entropy(uint32_t n, bool sigmoid, const float *y, const float *t, unsigned lane)
{
	double loss = 0;

	for (uint32_t i = lane; i < n * TRAIN_LANES; i += TRAIN_LANES) {
		if (t[i] > 0)
			loss -= (double)t[i] * train_log(certain((double)y[i]));
		if (sigmoid && t[i] < 1)
			loss -= (1 - (double)t[i]) * train_log(certain(1 - (double)y[i]));
	}
	return loss;
}

static double squares(uint32_t n, const float *y, const float *t, unsigned lane)
{
	double loss = 0;

	for (uint32_t i = lane; i < n * TRAIN_LANES; i += TRAIN_LANES)
		loss += ((double)y[i] - (double)t[i]) * ((double)y[i] - (double)t[i]);
	return loss / n;
}

static float weight_of(const struct trainer *trainer, uint32_t n, const float *t, unsigned lane)
{
	float weight = 0, sum = 0;

	if (!trainer->class_weights)
		return 1;
	for (uint32_t i = 0; i < n; i++) {
		weight += t[i * TRAIN_LANES + lane] * trainer->class_weights[i];
		sum += t[i * TRAIN_LANES + lane];
	}
	return sum > 0 ? weight / sum : 1;
}

/* Both cross entropies and half the squares have the same gradient: what is minus what should be. */
void loss_take(const struct trainer *trainer, const struct pass *pass, const float *targets, float scale,
	       struct share *share)
{
	const struct program *p = pass->program;
	uint32_t n = p->buffers[p->output].elements;
	bool squared = trainer->options.loss == TRAINER_SQUARED;
	const float *y = pass_values(pass, p->output);
	float *slope = pass_gradient(pass, squared ? p->output : p->logits);

	if (!squared && !p->ends_in_softmax && !p->ends_in_sigmoid) {
		softmax_lanes(n, 1, y, pass->scratch);
		y = pass->scratch;
	}
	for (unsigned lane = 0; lane < pass->valid; lane++) {
		float weight = weight_of(trainer, n, targets, lane), factor = scale * weight;

		share->right += is_right(n, y, targets, lane);
		share->loss += (double)weight * (squared ? squares(n, y, targets, lane)
							 : cross_entropy(n, p->ends_in_sigmoid, y, targets, lane));
		if (squared)
			factor *= 2 / (float)n;
		for (uint32_t i = lane; factor > 0 && i < n * TRAIN_LANES; i += TRAIN_LANES)
			slope[i] = optimiser_flush((y[i] - targets[i]) * factor);
	}
}
