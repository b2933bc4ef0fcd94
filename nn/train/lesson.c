/* SPDX-License-Identifier: Apache-2.0 */
/* lesson.c - see lesson.h. */
#include "nn/train/lesson.h"

#include <string.h>

enum {
	TRIES = 16,
};

uint32_t lesson_choose(const struct recipe *recipe, const struct material *material, const bool *use,
		       uint32_t *ret_chosen)
{
	struct nn_preprocess preprocess = recipe_preprocess(recipe);
	uint32_t n = 0;

	for (uint32_t i = 0; i < material->n; i++) {
		float input[2 * FRAME_ZONES_MAX];
		struct nn_hand hand;

		if (!use[i])
			continue;
		if (!material->is_frames ||
		    (nn_preprocess(&preprocess, &material->frames.samples[i].frame, input, &hand) == 0 && hand.present))
			ret_chosen[n++] = i;
	}
	return n;
}

void lesson_start(struct lesson *lesson, const struct recipe *recipe, const struct material *material,
		  const uint32_t *chosen, uint32_t n, bool changed)
{
	*lesson = (struct lesson){
		.recipe = recipe,
		.material = material,
		.chosen = chosen,
		.n = n,
		.changed = changed,
		.seed = recipe->seed,
		.preprocess = recipe_preprocess(recipe),
		.elements = material->shape[0] * material->shape[1] * material->shape[2],
		.classes = material->classes,
		.none = material->is_frames ? material_find_class(material, "None") : -1,
	};
}

static uint32_t count_negatives(const struct lesson *lesson)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < NEGATIVE_FAMILIES && lesson->none >= 0 && lesson->changed; i++)
		n += lesson->recipe->negatives[i];
	return n;
}

uint32_t lesson_size(const struct lesson *lesson)
{
	return lesson->n + count_negatives(lesson) + (lesson->rehearsal ? lesson->rehearsal->n : 0);
}

/* --- pictures -------------------------------------------------------------------------------------------------- */

static void read_picture(const struct lesson *lesson, uint32_t sample, float *input)
{
	const struct recipe_pixels *pixels = &lesson->recipe->pixels;
	const uint8_t *from = lesson->material->pixels + (size_t)sample * lesson->elements;
	uint32_t channels = lesson->material->shape[2];

	for (uint32_t i = 0; i < lesson->elements; i++) {
		uint32_t c = i % channels;
		float mean = pixels->mean.list[c < pixels->mean.n ? c : 0];
		float deviation = pixels->deviation.list[c < pixels->deviation.n ? c : 0];

		input[i] = ((float)from[i] / 255 - mean) / deviation;
	}
}

/* --- frames ---------------------------------------------------------------------------------------------------- */

void lesson_input(const struct lesson *lesson, uint32_t sample, float *ret_input)
{
	struct nn_hand hand;

	if (lesson->material->is_frames)
		nn_preprocess(&lesson->preprocess, &lesson->material->frames.samples[sample].frame, ret_input, &hand);
	else
		read_picture(lesson, sample, ret_input);
}

static void change_frame(const struct lesson *lesson, uint32_t sample, struct random *random, float *input)
{
	const struct augmentation *augmentation = &lesson->recipe->augmentation;
	/* What fill_background() of nn/runtime/preprocess.c writes: shown by a frame without a hand. */
	const struct frame nothing = {.cols = 8, .rows = 8};
	const struct frame *frame = &lesson->material->frames.samples[sample].frame;
	struct nn_hand hand = {0};
	float background[2 * FRAME_ZONES_MAX];

	for (unsigned tries = 0; tries < TRIES && !hand.present; tries++) {
		struct frame changed;

		augment_frame(augmentation, &lesson->preprocess, frame, random, &changed);
		nn_preprocess(&lesson->preprocess, &changed, input, &hand);
	}
	if (!hand.present)
		nn_preprocess(&lesson->preprocess, frame, input, &hand);
	if (augmentation->jump > 0) {
		nn_preprocess(&lesson->preprocess, &nothing, background, &hand);
		augment_input(augmentation, background, random, input);
	}
}

/* A sample of another class than those two; -1: no class. */
static uint32_t random_sample(const struct lesson *lesson, int not_this, int nor_that, struct random *random)
{
	uint32_t sample = lesson->chosen[random_below(random, lesson->n)];

	for (unsigned tries = 0; tries < TRIES; tries++) {
		int label = (int)material_label(lesson->material, sample);

		if (label != not_this && label != nor_that)
			break;
		sample = lesson->chosen[random_below(random, lesson->n)];
	}
	return sample;
}

bool lesson_make_negative(const struct lesson *lesson, enum negative_family family, struct random *random,
			  float *ret_input)
{
	/* None shows no posture that could leave the view; halves of the same posture are that posture. */
	uint32_t one = random_sample(lesson, lesson->none, lesson->none, random);
	uint32_t two = random_sample(lesson, lesson->none, (int)material_label(lesson->material, one), random);
	const struct frame *posture = &lesson->material->frames.samples[one].frame;
	const struct frame *other = &lesson->material->frames.samples[two].frame;
	struct nn_hand before, after;
	struct frame frame;

	nn_preprocess(&lesson->preprocess, posture, ret_input, &before);
	negative_make(family, posture, other, random, &frame);
	nn_preprocess(&lesson->preprocess, &frame, ret_input, &after);
	return after.present && negative_is_fair(family, before.zones, after.zones);
}

/* Number i of the made-up frames of an epoch. */
static void fill_negative(const struct lesson *lesson, uint32_t i, struct random *random, float *input, float *target)
{
	unsigned family = 0;

	while (i >= lesson->recipe->negatives[family])
		i -= lesson->recipe->negatives[family++];
	for (unsigned tries = 0; tries < TRIES; tries++)
		if (lesson_make_negative(lesson, (enum negative_family)family, random, input)) {
			target[lesson->none] = 1;
			return;
		}
	/* Some postures fill the view; a blob never does. */
	while (!lesson_make_negative(lesson, NEGATIVE_BLOB, random, input))
		;
	target[lesson->none] = 1;
}

static void fill_sample(const struct lesson *lesson, uint32_t i, struct random *random, float *input, float *target)
{
	uint32_t sample = lesson->chosen[i];
	const float *soft = lesson->soft ? lesson->soft + (size_t)i * lesson->classes : NULL;
	/* The starting model knows nothing of its own of a new class. */
	float share = soft && soft[material_label(lesson->material, sample)] > 0 ? lesson->recipe->distil : 0;

	if (!lesson->changed) {
		lesson_input(lesson, sample, input);
	} else if (lesson->material->is_frames) {
		change_frame(lesson, sample, random, input);
	} else {
		read_picture(lesson, sample, input);
		augment_picture(&lesson->recipe->augmentation, lesson->material->shape, random, input);
	}
	target[material_label(lesson->material, sample)] = 1 - share;
	for (uint32_t c = 0; c < lesson->classes && share > 0; c++)
		target[c] += share * soft[c];
}

/* What the teachers say of the sample as it is now has a share in what is to be learnt, made-up frames too. */
static void ask_teachers(const struct lesson *lesson, const float *input, float *target)
{
	float answer[NN_FORMAT_LABELS_MAX], share = lesson->recipe->teacher_share;

	teachers_ask(lesson->teachers, input, lesson->classes, answer);
	for (uint32_t c = 0; c < lesson->classes; c++)
		target[c] = (1 - share) * target[c] + share * answer[c];
}

void lesson_fill(const void *context, uint32_t i, uint32_t epoch, float *ret_input, float *ret_target)
{
	const struct lesson *lesson = context;
	struct random random = random_of(lesson->seed, epoch, i);
	uint32_t negatives = count_negatives(lesson);

	if (i < lesson->n) {
		fill_sample(lesson, i, &random, ret_input, ret_target);
	} else if (i - lesson->n < negatives) {
		fill_negative(lesson, i - lesson->n, &random, ret_input, ret_target);
	} else {
		uint32_t k = i - lesson->n - negatives;

		memcpy(ret_input, lesson->rehearsal->inputs + (size_t)k * lesson->elements,
		       lesson->elements * sizeof(*ret_input));
		memcpy(ret_target, lesson->rehearsal->targets + (size_t)k * lesson->classes,
		       lesson->classes * sizeof(*ret_target));
	}
	if (lesson->teachers)
		ask_teachers(lesson, ret_input, ret_target);
}
