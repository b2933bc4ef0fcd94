/* SPDX-License-Identifier: Apache-2.0 */
/* exam.c - see exam.h. */
#include "nn/train/exam.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/tool/runner.h"
#include "nn/train/split.h"

enum {
	WINDOW = 5, /* frames whose probabilities are averaged */
	TRIES = 16,
};

static uint32_t largest(const float *values, uint32_t n)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < n; i++)
		if (values[i] > values[best])
			best = i;
	return best;
}

/* --- one network ----------------------------------------------------------------------------------------------- */

static void show_negatives(const struct lesson *lesson, struct runner *runner, uint32_t n, uint64_t seed, float *input,
			   struct history_family *families)
{
	for (unsigned f = 0; f < NEGATIVE_FAMILIES; f++) {
		struct history_family *family = &families[f];

		snprintf(family->name, sizeof(family->name), "%s", negative_names[f]);
		family->trained = lesson->recipe->negatives[f] > 0;
		for (uint32_t i = 0; i < n; i++) {
			struct random random = random_of(seed ^ 0x6e6f6e65, f, i);
			bool made = false;
			uint32_t answer;

			for (unsigned tries = 0; tries < TRIES && !made; tries++)
				made = lesson_make_negative(lesson, (enum negative_family)f, &random, input);
			if (!made)
				continue;
			runner_run(runner, input);
			answer = largest(runner->output, lesson->classes);
			family->n++;
			if (answer == (uint32_t)lesson->none)
				continue;
			family->labelled++;
			family->above_90 += runner->output[answer] > 0.9f;
			family->above_99 += runner->output[answer] > 0.99f;
		}
	}
}

static int show_samples(const struct lesson *lesson, const struct model_file *model, const struct model_file *integer,
			float *input, struct exam_take *take)
{
	struct runner runner, other = {0};
	int r = runner_open(&model->model, &runner);

	if (r < 0)
		return r;
	r = integer ? runner_open(&integer->model, &other) : 0;
	for (uint32_t i = 0; i < take->n && r == 0; i++) {
		lesson_input(lesson, take->samples[i], input);
		runner_run(&runner, input);
		memcpy(take->probabilities + (size_t)i * take->classes, runner.output,
		       take->classes * sizeof(*runner.output));
		if (!integer)
			continue;
		runner_run(&other, input);
		take->integers[i] = runner_best(&other);
	}
	runner_close(&runner);
	if (other.arena)
		runner_close(&other);
	return r;
}

int exam_run(const struct recipe *recipe, const struct material *material, const bool *use,
	     const struct model_file *model, const struct model_file *integer, uint32_t negatives, uint64_t seed,
	     struct exam_take *ret_take)
{
	struct exam_take take = {.classes = material->classes};
	struct lesson lesson;
	struct runner runner;
	float *input = NULL;
	int r = -ENOMEM;

	take.samples = calloc(material->n, sizeof(*take.samples));
	if (take.samples) {
		take.n = lesson_choose(recipe, material, use, take.samples);
		lesson_start(&lesson, recipe, material, take.samples, take.n, false);
		take.probabilities = calloc((size_t)take.n * take.classes + 1, sizeof(*take.probabilities));
		take.integers = integer ? calloc(take.n + 1, sizeof(*take.integers)) : NULL;
		input = calloc(lesson.elements, sizeof(*input));
	}
	if (take.probabilities && input && (take.integers || !integer))
		r = show_samples(&lesson, model, integer, input, &take);
	/* What is shipped is what must not be fooled. */
	if (r == 0 && negatives && lesson.none >= 0 && take.n) {
		r = runner_open(integer ? &integer->model : &model->model, &runner);
		if (r == 0) {
			show_negatives(&lesson, &runner, negatives, seed, input, take.families);
			runner_close(&runner);
		}
	}
	free(input);
	if (r < 0)
		exam_take_clear(&take);
	else
		*ret_take = take;
	return r;
}

void exam_take_clear(struct exam_take *take)
{
	free(take->samples);
	free(take->probabilities);
	free(take->integers);
	*take = (struct exam_take){0};
}

/* --- all of them ----------------------------------------------------------------------------------------------- */

static bool same_file(const struct material *material, uint32_t a, uint32_t b)
{
	return material->is_frames && material->frames.samples[a].file == material->frames.samples[b].file;
}

static void count(struct history_tally *tally, bool right)
{
	tally->n++;
	tally->right += right;
}

/* Whether the mean of the last few frames' probabilities, of this file, is right. */
static bool smoothed_right(const struct material *material, const struct exam_take *take, uint32_t i)
{
	float sums[NN_FORMAT_LABELS_MAX] = {0};

	for (uint32_t k = 0; k < WINDOW && k <= i && same_file(material, take->samples[i], take->samples[i - k]); k++)
		for (uint32_t c = 0; c < take->classes; c++)
			sums[c] += take->probabilities[(size_t)(i - k) * take->classes + c];
	return largest(sums, take->classes) == material_label(material, take->samples[i]);
}

static void add_answer(const struct material *material, const struct exam_take *take, uint32_t i, int none,
		       struct history_exam *exam, struct history_part *part)
{
	const float *p = take->probabilities + (size_t)i * take->classes;
	uint32_t label = material_label(material, take->samples[i]), answer = largest(p, take->classes);
	uint32_t bin = (uint32_t)(p[answer] * HISTORY_BINS);
	bool right = answer == label;

	count(&exam->all, right);
	count(&part->all, right);
	if ((int)label != none) {
		count(&exam->without_none, right);
		count(&part->without_none, right);
	}
	if (material->is_frames) {
		bool smooth = smoothed_right(material, take, i);

		count(&exam->smoothed, smooth);
		count(&part->smoothed, smooth);
	}
	exam->confident_wrong += !right && p[answer] > HISTORY_CONFIDENT;
	part->confident_wrong += !right && p[answer] > HISTORY_CONFIDENT;
	exam->confusion[(size_t)label * take->classes + answer]++;
	bin = bin < HISTORY_BINS ? bin : HISTORY_BINS - 1;
	exam->bins[bin].n++;
	exam->bins[bin].right += right;
	exam->bins[bin].probability += (double)p[answer];
	if (take->integers) {
		count(&exam->integer, take->integers[i] == label);
		count(&exam->agreement, take->integers[i] == answer);
	}
}

static int add_families(const struct exam_take *take, struct history_exam *exam)
{
	if (!take->families[0].n)
		return 0;
	if (!exam->families) {
		exam->families = calloc(NEGATIVE_FAMILIES, sizeof(*exam->families));
		if (!exam->families)
			return -ENOMEM;
		exam->family_count = NEGATIVE_FAMILIES;
	}
	for (unsigned f = 0; f < NEGATIVE_FAMILIES; f++) {
		struct history_family *sum = &exam->families[f];

		memcpy(sum->name, take->families[f].name, sizeof(sum->name));
		sum->trained = take->families[f].trained;
		sum->n += take->families[f].n;
		sum->labelled += take->families[f].labelled;
		sum->above_90 += take->families[f].above_90;
		sum->above_99 += take->families[f].above_99;
	}
	return 0;
}

int exam_sum(const struct material *material, int split, const struct exam_take *takes, size_t n,
	     struct history *history)
{
	struct history_exam *exam = &history->exam;
	int none = material_find_class(material, "None");

	for (size_t t = 0; t < n; t++) {
		for (uint32_t i = 0; i < takes[t].n; i++) {
			char name[HISTORY_NAME] = "all";
			struct history_part *part;

			if (material->is_frames)
				split_name(material, split, takes[t].samples[i], name, sizeof(name));
			part = history_find_part(exam, name);
			if (!part)
				return -ENOMEM;
			add_answer(material, &takes[t], i, none, exam, part);
		}
		if (add_families(&takes[t], exam) < 0)
			return -ENOMEM;
	}
	return material->is_frames ? exam_weigh_risks(material, takes, n, exam) : 0;
}
