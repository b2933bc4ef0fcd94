/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fit.c - AdamW with warm-up and a cosine schedule, no validation data: the last epoch is what counts, so nothing
 * can leak from frames that look alike.
 */
#include "nn/train/fit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct recipe fit_recipe = {
	.preprocess =
		{
			.representation = NN_REPRESENTATION_RELATIVE,
			.flags = NN_PREPROCESS_CENTRE,
			.min_mm = 100,
			.max_mm = 400,
			.background_mm = 120,
			.default_mm = 4000,
			.distance_offset = -0.8f,
			.distance_scale = 2,
			.signal_offset = 0,
			.signal_scale = 1,
			.background_distance = -1.3f,
			.background_signal = 0,
		},
	.augmentation = {.mirror = 0.5f, .rotation = 0.14f, .zoom = 0.1f, .shift = 0.5f, .jump = 0.2f, .noise_mm = 2},
	.epochs = 150,
	.batch = 64,
	.nones = 800,
	.rate = 1e-2f,
	.decay = 1e-3f,
	.dropout = 0.2f,
	.seed = 1,
};

enum {
	WARM_UP = 50, /* steps */
	NONE = 0,     /* label of made-up frames */
};

/* cos(pi x) for 0 <= x <= 1 by its Taylor series, because C libraries differ in the last bit. */
static float cosine_of_half_turns(float x)
{
	double y = x <= 0.5f ? x : 1 - (double)x;
	double s = 9.8696044010893586 * y * y, sum = 1, term = 1;

	for (int i = 1; i < 9; i++) {
		term *= -s / ((2 * i - 1) * (2 * i));
		sum += term;
	}
	return (float)(x <= 0.5f ? sum : -sum);
}

static float rate_at(const struct recipe *recipe, unsigned step, unsigned steps)
{
	float warm = step < WARM_UP ? (float)(step + 1) / WARM_UP : 1;

	return recipe->rate * warm * (1 + cosine_of_half_turns((float)step / (float)steps)) / 2;
}

/* Positions of usable samples. Returns their number. */
static size_t choose(const struct recipe *recipe, const struct dataset *dataset, const bool *use, uint32_t *chosen)
{
	float input[NETWORK_INPUT];
	struct nn_hand hand;
	size_t n = 0;

	for (size_t i = 0; i < dataset->n; i++)
		if (use[i] && nn_preprocess(&recipe->preprocess, &dataset->samples[i].frame, input, &hand) == 0 &&
		    hand.present)
			chosen[n++] = (uint32_t)i;
	return n;
}

static void shuffle(uint32_t *items, size_t n, struct random *random)
{
	for (size_t i = n; i > 1; i--) {
		uint32_t other = random_below(random, (uint32_t)i), item = items[i - 1];

		items[i - 1] = items[other];
		items[other] = item;
	}
}

/* A changed copy of a sample, or something made up; returns its label. Never without a hand in the gate. */
static unsigned make_input(const struct recipe *recipe, const struct sample *sample, bool make_none,
			   struct random *random, float *input)
{
	const struct nn_preprocess *preprocess = &recipe->preprocess;
	const float background[2] = {preprocess->background_distance, preprocess->background_signal};
	struct frame frame;
	struct nn_hand hand = {0};

	for (unsigned tries = 0; tries < 8 && !hand.present; tries++) {
		if (make_none)
			augment_make_none(&sample->frame, random, &frame);
		else
			augment_frame(&recipe->augmentation, preprocess, &sample->frame, random, &frame);
		nn_preprocess(preprocess, &frame, input, &hand);
	}
	if (!hand.present) {
		nn_preprocess(preprocess, &sample->frame, input, &hand);
		return sample->label;
	}
	augment_input(&recipe->augmentation, background, random, input);
	return make_none ? NONE : sample->label;
}

static void train_epochs(const struct recipe *recipe, const struct dataset *dataset, uint32_t *order, size_t n,
			 struct network *network, struct optimiser *optimiser)
{
	struct random random = {recipe->seed};
	size_t total = n + recipe->nones;
	unsigned steps_per_epoch = (unsigned)((total + recipe->batch - 1) / recipe->batch);

	network_start(network, &random);
	optimiser_start(optimiser);
	for (unsigned epoch = 0, step = 0; epoch < recipe->epochs; epoch++) {
		/* Positions behind the samples stand for made-up frames. */
		shuffle(order, total, &random);
		for (size_t first = 0; first < total; first += recipe->batch, step++) {
			size_t end = first + recipe->batch < total ? first + recipe->batch : total;
			struct network gradient = {0};
			float *slopes = (float *)&gradient;

			for (size_t i = first; i < end; i++) {
				bool none = order[i] >= dataset->n;
				size_t from = none ? order[random_below(&random, (uint32_t)total)] : order[i];
				float input[NETWORK_INPUT];
				unsigned label;

				if (from >= dataset->n)
					continue;
				label = make_input(recipe, &dataset->samples[from], none, &random, input);
				network_learn(network, input, label, recipe->dropout, &random, &gradient);
			}
			for (unsigned i = 0; i < NETWORK_PARAMETERS; i++)
				slopes[i] /= (float)(end - first);
			optimiser_step(optimiser, network, &gradient,
				       rate_at(recipe, step, steps_per_epoch * recipe->epochs), recipe->decay);
		}
	}
}

int fit_train(const struct recipe *recipe, const struct dataset *dataset, const bool *use, struct network *ret_network)
{
	uint32_t *order = reallocarray(NULL, dataset->n + recipe->nones, sizeof(*order));
	struct optimiser *optimiser = malloc(sizeof(*optimiser));
	size_t n;
	int r = -ENOMEM;

	if (order && optimiser) {
		n = choose(recipe, dataset, use, order);
		for (size_t i = 0; i < recipe->nones; i++)
			order[n + i] = (uint32_t)(dataset->n + i);
		r = n ? 0 : -ENODATA;
		if (n)
			train_epochs(recipe, dataset, order, n, ret_network, optimiser);
	}
	free(order);
	free(optimiser);
	return r;
}

void fit_score(const struct recipe *recipe, const struct dataset *dataset, const bool *use,
	       const struct network *network, struct score *ret_score)
{
	struct score score = {0};

	for (size_t i = 0; i < dataset->n; i++) {
		float input[NETWORK_INPUT], probability[NETWORK_CLASSES];
		struct nn_hand hand;
		unsigned best = 0;

		if (!use[i])
			continue;
		if (nn_preprocess(&recipe->preprocess, &dataset->samples[i].frame, input, &hand) || !hand.present) {
			score.skipped++;
			continue;
		}
		network_run(network, input, probability);
		for (unsigned k = 1; k < NETWORK_CLASSES; k++)
			best = probability[k] > probability[best] ? k : best;
		score.right += best == dataset->samples[i].label;
		score.wrong += best != dataset->samples[i].label;
		score.confident += probability[best] > 0.9f;
		score.confident_right += probability[best] > 0.9f && best == dataset->samples[i].label;
	}
	*ret_score = score;
}
