/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fit.c - AdamW with warm-up and a cosine schedule, no validation data: the last epoch is what counts, so nothing
 * can leak from frames that look alike. The training itself is the trainer's.
 */
#include "nn/train/fit.h"

#include <errno.h>
#include <stdlib.h>

#include "nn/train/layers.h"

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
	CLASSES = 8,
	INPUT = 8 * 8 * 2,
};

/* What a training, or a test, is given. */
struct material {
	const struct recipe *recipe;
	const struct dataset *dataset;
	uint32_t *chosen, n; /* samples with a hand in the gate */
};

/* -ENOMEM, -ENODATA when there is none. */
static int choose(const struct recipe *recipe, const struct dataset *dataset, const bool *use,
		  struct material *ret_material)
{
	struct material material = {.recipe = recipe, .dataset = dataset};
	float input[INPUT];
	struct nn_hand hand;

	material.chosen = reallocarray(NULL, dataset->n, sizeof(*material.chosen));
	if (!material.chosen)
		return -ENOMEM;
	for (size_t i = 0; i < dataset->n; i++)
		if (use[i] && nn_preprocess(&recipe->preprocess, &dataset->samples[i].frame, input, &hand) == 0 &&
		    hand.present)
			material.chosen[material.n++] = (uint32_t)i;
	if (!material.n) {
		free(material.chosen);
		return -ENODATA;
	}
	*ret_material = material;
	return 0;
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

/* Numbers behind the samples stand for made-up frames. */
static void fill_training(const void *context, uint32_t i, uint32_t epoch, float *ret_input, float *ret_target)
{
	const struct material *m = context;
	struct random random = random_of(m->recipe->seed, epoch, i);
	bool none = i >= m->n;
	uint32_t from = m->chosen[none ? random_below(&random, m->n) : i];

	ret_target[make_input(m->recipe, &m->dataset->samples[from], none, &random, ret_input)] = 1;
}

static void fill_test(const void *context, uint32_t i, uint32_t epoch, float *ret_input, float *ret_target)
{
	const struct material *m = context;
	const struct sample *sample = &m->dataset->samples[m->chosen[i]];
	struct nn_hand hand;

	(void)epoch;
	nn_preprocess(&m->recipe->preprocess, &sample->frame, ret_input, &hand);
	ret_target[sample->label] = 1;
}

static struct trainer_options options_of(const struct recipe *recipe)
{
	struct trainer_options options = trainer_defaults;

	options.optimiser = TRAINER_ADAMW;
	options.rate = recipe->rate;
	options.decay = recipe->decay;
	options.schedule.kind = TRAINER_COSINE;
	options.schedule.warm_up = WARM_UP;
	options.batch = recipe->batch;
	options.epochs = recipe->epochs;
	options.seed = recipe->seed;
	return options;
}

static int build(const struct recipe *recipe, struct graph **ret_graph, struct trainer_options *options)
{
	const struct layers_maker *maker = layers_find_maker("CNN2D_ST_HandPosture");
	struct layers layers;
	char reason[GRAPH_REASON];

	layers_make(maker, maker->input, CLASSES, recipe->dropout, &layers);
	return layers_build(&layers, recipe->seed, ret_graph, options, reason);
}

int fit_start(const struct recipe *recipe, struct graph **ret_graph)
{
	struct trainer_options options = trainer_defaults;

	return build(recipe, ret_graph, &options);
}

int fit_train(const struct recipe *recipe, const struct dataset *dataset, const bool *use, struct graph *graph)
{
	struct trainer_options options = options_of(recipe);
	struct material material;
	struct trainer *trainer;
	struct graph *same = NULL;
	char reason[GRAPH_REASON];
	int r = choose(recipe, dataset, use, &material);

	if (r < 0)
		return r;
	r = build(recipe, &same, &options); /* where the dropout is */
	if (r == 0)
		r = trainer_open(graph, &options, &trainer, reason);
	if (r == 0) {
		const struct trainer_data data = {
			.fill = fill_training, .context = &material, .n = material.n + recipe->nones};

		r = trainer_fit(trainer, &data, NULL, NULL, NULL);
		trainer_close(trainer);
	}
	graph_free(same);
	free(material.chosen);
	return r;
}

static void count(const struct material *material, const float *outputs, struct score *score)
{
	for (uint32_t i = 0; i < material->n; i++) {
		const float *probability = outputs + (size_t)i * CLASSES;
		unsigned best = 0, label = material->dataset->samples[material->chosen[i]].label;

		for (unsigned k = 1; k < CLASSES; k++)
			best = probability[k] > probability[best] ? k : best;
		score->right += best == label;
		score->wrong += best != label;
		score->confident += probability[best] > 0.9f;
		score->confident_right += probability[best] > 0.9f && best == label;
	}
}

int fit_score(const struct recipe *recipe, const struct dataset *dataset, const bool *use, struct graph *graph,
	      struct score *ret_score)
{
	struct trainer_options options = trainer_defaults;
	struct score score = {0};
	struct material material;
	struct trainer *trainer;
	char reason[GRAPH_REASON];
	float *outputs;
	int r = choose(recipe, dataset, use, &material);

	if (r < 0)
		return r;
	outputs = reallocarray(NULL, material.n, CLASSES * sizeof(*outputs));
	r = outputs ? trainer_open(graph, &options, &trainer, reason) : -ENOMEM;
	if (r == 0) {
		const struct trainer_data data = {.fill = fill_test, .context = &material, .n = material.n};

		r = trainer_predict(trainer, &data, outputs);
		trainer_close(trainer);
	}
	if (r == 0)
		count(&material, outputs, &score);
	for (size_t i = 0; i < dataset->n; i++)
		score.skipped += use[i];
	score.skipped -= score.right + score.wrong;
	*ret_score = score;
	free(outputs);
	free(material.chosen);
	return r;
}
