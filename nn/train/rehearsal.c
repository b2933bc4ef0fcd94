/* SPDX-License-Identifier: Apache-2.0 */
/* rehearsal.c - see rehearsal.h. */
#include "nn/train/rehearsal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/tool/runner.h"
#include "nn/train/zones.h"

enum {
	KINDS = 4, /* changed, no posture, two of shapes */
	SHAPES = 2,
	STEPS = 120,
	TRIES = 16,
};

struct dream {
	const struct lesson *lesson;
	const struct nn_model *model;
	struct runner runner;
	struct random random;
	uint32_t *known; /* [n] samples of classes that the network knows: what it says of others is wrong */
	uint32_t n;
};

static void answer(struct dream *dream, const float *input, float *target)
{
	runner_run(&dream->runner, input);
	for (uint32_t c = 0; c < dream->model->main->classes; c++) {
		int to = material_find_class(dream->lesson->material, dream->model->labels[c]);

		if (to >= 0)
			target[to] = dream->runner.output[c];
	}
}

static bool knows(const struct nn_model *model, const char *name)
{
	for (uint32_t c = 0; c < model->main->classes; c++)
		if (!strcmp(model->labels[c], name))
			return true;
	return false;
}

static int find_known(struct dream *dream)
{
	const struct lesson *lesson = dream->lesson;

	dream->known = calloc(lesson->n + 1, sizeof(*dream->known));
	if (!dream->known)
		return -ENOMEM;
	for (uint32_t i = 0; i < lesson->n; i++)
		if (knows(dream->model, lesson->material->labels[material_label(lesson->material, lesson->chosen[i])]))
			dream->known[dream->n++] = lesson->chosen[i];
	return 0;
}

/* Of a class that the network knows; an empty one when there is none. */
static const struct frame *random_frame(struct dream *dream)
{
	static const struct frame nothing = {.cols = SIDE, .rows = SIDE};

	if (!dream->n)
		return &nothing;
	return &dream->lesson->material->frames.samples[dream->known[random_below(&dream->random, dream->n)]].frame;
}

static bool see(const struct dream *dream, const struct frame *frame, float *input)
{
	struct nn_hand hand;

	return nn_preprocess(&dream->lesson->preprocess, frame, input, &hand) == 0 && hand.present;
}

static void change_strongly(struct dream *dream, const struct frame *frame, struct frame *ret_frame)
{
	static const struct augmentation strong = {.mirror = 0.5f,
						   .rotation = 0.5f,
						   .zoom = 0.3f,
						   .shift = 1.5f,
						   .noise_mm = 6,
						   .noise_signal = 0.2f,
						   .zone_dropout = 0.05f,
						   .twelve = 0.3f};

	augment_frame(&strong, &dream->lesson->preprocess, frame, &dream->random, ret_frame);
}

/* One zone or the edge of the shape. */
static void mutate(struct dream *dream, struct frame *frame)
{
	unsigned zone = random_below(&dream->random, ZONES);
	float distance = random_between(&dream->random, 150, 350);

	/* A neighbour's distance makes a surface of single zones. */
	for (unsigned tries = 0; tries < TRIES; tries++) {
		unsigned other = random_below(&dream->random, ZONES);

		if (frame->count[other]) {
			distance = (float)frame->distance_q2[other] / 4 + random_between(&dream->random, -25, 25);
			break;
		}
	}
	if (frame->count[zone] && random_below(&dream->random, 2))
		zone_clear(frame, zone);
	else if (distance > 110)
		zone_set(frame, zone, distance,
			 random_between(&dream->random, 100, 900) * (295 / distance) * (295 / distance));
}

/* From a random shape to one that the network takes for the class, as surely as it takes real hands. */
static bool evolve(struct dream *dream, uint32_t wanted, struct frame *frame, float *input)
{
	float best = -1, sure = random_between(&dream->random, 0.6f, 0.99f);

	for (unsigned step = 0; step < STEPS && best < sure; step++) {
		struct frame changed = *frame;

		for (unsigned i = 0; i < 1 + random_below(&dream->random, 3) && step; i++)
			mutate(dream, &changed);
		if (!see(dream, &changed, input))
			continue;
		runner_run(&dream->runner, input);
		if (dream->runner.output[wanted] > best) {
			best = dream->runner.output[wanted];
			*frame = changed;
		}
	}
	return see(dream, frame, input);
}

/* Hands, also those of a new class, are what other hands look like most. */
static void make_shape(struct dream *dream, struct frame *ret_frame)
{
	const struct lesson *lesson = dream->lesson;
	uint32_t any = lesson->chosen[random_below(&dream->random, lesson->n)];

	if (random_below(&dream->random, 2))
		change_strongly(dream, &lesson->material->frames.samples[any].frame, ret_frame);
	else
		negative_make(random_below(&dream->random, 2) ? NEGATIVE_BLOB : NEGATIVE_FOREARM, random_frame(dream),
			      random_frame(dream), &dream->random, ret_frame);
}

static bool make_one(struct dream *dream, uint32_t i, float *input)
{
	struct frame frame;

	switch (i % KINDS) {
	case 0:
		change_strongly(dream, random_frame(dream), &frame);
		return see(dream, &frame, input);
	case 1:
		negative_make((enum negative_family)random_below(&dream->random, NEGATIVE_FAMILIES),
			      random_frame(dream), random_frame(dream), &dream->random, &frame);
		return see(dream, &frame, input);
	default:
		make_shape(dream, &frame);
		/* Each class in turn, whatever their number is. */
		return evolve(dream, (i / KINDS * SHAPES + i % SHAPES) % dream->model->main->classes, &frame, input);
	}
}

int rehearsal_make(const struct lesson *lesson, const struct model_file *teacher, uint32_t n, uint64_t seed,
		   struct lesson_rehearsal *ret_rehearsal)
{
	struct dream dream = {.lesson = lesson, .model = &teacher->model};
	struct lesson_rehearsal rehearsal = {
		.inputs = calloc((size_t)n * lesson->elements, sizeof(*rehearsal.inputs)),
		.targets = calloc((size_t)n * lesson->classes, sizeof(*rehearsal.targets)),
	};
	int r = rehearsal.inputs && rehearsal.targets ? find_known(&dream) : -ENOMEM;

	r = r < 0 ? r : runner_open(&teacher->model, &dream.runner);
	if (r < 0) {
		free(dream.known);
		rehearsal_clear(&rehearsal);
		return r;
	}
	for (uint32_t i = 0; i < n; i++) {
		float *input = rehearsal.inputs + (size_t)rehearsal.n * lesson->elements;
		bool made = false;

		dream.random = random_of(seed, 0x64726d, i);
		for (unsigned tries = 0; tries < TRIES && !made; tries++)
			made = make_one(&dream, i, input);
		if (made)
			answer(&dream, input, rehearsal.targets + (size_t)rehearsal.n++ * lesson->classes);
	}
	runner_close(&dream.runner);
	free(dream.known);
	*ret_rehearsal = rehearsal;
	return 0;
}

void rehearsal_clear(struct lesson_rehearsal *rehearsal)
{
	free(rehearsal->inputs);
	free(rehearsal->targets);
	*rehearsal = (struct lesson_rehearsal){0};
}
