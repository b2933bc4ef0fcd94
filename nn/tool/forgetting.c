/* SPDX-License-Identifier: Apache-2.0 */
/* forgetting.c - see forgetting.h. */
#include "nn/tool/forgetting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/runtime/sha256.h"
#include "nn/tool/any-model.h"
#include "nn/tool/personalise.h"
#include "nn/tool/runner.h"
#include "nn/train/rehearsal.h"
#include "nn/train/training.h"

enum {
	INPUTS = 1200,
	SEED_APART = 1000003, /* from those of the training */
};

static const float sure = 0.7f;

struct work {
	struct model_file old;
	struct recipe_file file;
	struct recipe recipe;
	struct material material;
	bool *use;
	uint32_t *chosen;
	struct lesson lesson;
	struct lesson_rehearsal rehearsal;
};

static int fail(char *ret_reason, int error)
{
	snprintf(ret_reason, RUN_DIRECTORY_REASON, "%s", strerror(-error));
	return error;
}

static int prepare(struct work *work, const char *old, const char *dataset, char *ret_reason)
{
	uint32_t n;
	int r = any_model_open(old, &work->old, ret_reason);

	r = r < 0 ? r : personalise_write_recipe(dataset, old && *old ? old : NULL, &work->file, ret_reason);
	r = r < 0 ? r : recipe_file_parse(&work->file, NULL, &work->recipe, ret_reason);
	r = r < 0 ? r : training_take_preprocessing(&work->recipe, ret_reason);
	r = r < 0 ? r : material_read(dataset, &work->recipe, &work->material, ret_reason);
	if (r < 0)
		return r;
	work->chosen = calloc(work->material.n + 1, sizeof(*work->chosen));
	work->use = calloc(work->material.n + 1, sizeof(*work->use));
	if (!work->chosen || !work->use)
		return fail(ret_reason, -ENOMEM);
	memset(work->use, true, work->material.n);
	n = lesson_choose(&work->recipe, &work->material, work->use, work->chosen);
	if (n == 0) {
		snprintf(ret_reason, RUN_DIRECTORY_REASON, "%.4000s: no frame shows a hand in the model's gate",
			 dataset);
		return -ENODATA;
	}
	lesson_start(&work->lesson, &work->recipe, &work->material, work->chosen, n, true);
	r = rehearsal_make(&work->lesson, &work->old, INPUTS, work->recipe.seed + SEED_APART, &work->rehearsal);
	return r < 0 ? fail(ret_reason, r) : 0;
}

/* The old model's answer in its own order of classes; -1: it is not sure. */
static int old_answer(const struct work *work, uint32_t i)
{
	const float *target = work->rehearsal.targets + (size_t)i * work->lesson.classes;
	const struct nn_model *old = &work->old.model;

	for (uint32_t c = 0; c < old->main->classes; c++) {
		int at = material_find_class(&work->material, old->labels[c]);

		if (at >= 0 && target[at] >= sure)
			return (int)c;
	}
	return -1;
}

static void compare(const struct work *work, const struct nn_model *now, struct runner *runner,
		    struct forgetting *forgetting)
{
	for (uint32_t i = 0; i < work->rehearsal.n; i++) {
		int before = old_answer(work, i);
		bool same;

		if (before < 0)
			continue;
		runner_run(runner, work->rehearsal.inputs + (size_t)i * work->lesson.elements);
		same = strcmp(now->labels[runner_best(runner)], work->old.model.labels[before]) == 0;
		forgetting->all.n++;
		forgetting->all.right += same;
		forgetting->of_class[before].n++;
		forgetting->of_class[before].right += same;
	}
}

/* What the old model says of frames of a class that it has no name for. None is what it should say. */
static void ask_of_strange(const struct work *work, uint32_t class, struct runner *runner, struct mistaking *mistaking)
{
	const struct nn_model *old = &work->old.model;
	unsigned answers[NN_CLASSES_MAX] = {0};
	float input[2 * FRAME_ZONES_MAX];

	for (uint32_t i = 0; i < work->lesson.n; i++) {
		uint32_t best;

		if (material_label(&work->material, work->lesson.chosen[i]) != class)
			continue;
		lesson_input(&work->lesson, work->lesson.chosen[i], input);
		runner_run(runner, input);
		best = runner_best(runner);
		mistaking->frames.n++;
		if (runner->output[best] < sure || !strcmp(old->labels[best], "None") ||
		    ++answers[best] <= mistaking->frames.right)
			continue;
		mistaking->frames.right = answers[best];
		snprintf(mistaking->taken_for, sizeof(mistaking->taken_for), "%s", old->labels[best]);
	}
}

static int find_mistakings(const struct work *work, struct forgetting *forgetting)
{
	const struct nn_model *old = &work->old.model;
	struct runner runner;
	int r = runner_open(old, &runner);

	if (r < 0)
		return r;
	for (uint32_t c = 0; c < work->material.classes && forgetting->strange_count < NN_CLASSES_MAX; c++) {
		struct mistaking *mistaking = &forgetting->strange[forgetting->strange_count];
		const char *label = work->material.labels[c];
		bool known = false;

		for (uint32_t k = 0; k < old->main->classes && !known; k++)
			known = !strcmp(old->labels[k], label);
		if (known)
			continue;
		snprintf(mistaking->label, sizeof(mistaking->label), "%s", label);
		ask_of_strange(work, c, &runner, mistaking);
		forgetting->strange_count += mistaking->frames.n > 0;
	}
	runner_close(&runner);
	return 0;
}

static void clear(struct work *work)
{
	rehearsal_clear(&work->rehearsal);
	free(work->chosen);
	free(work->use);
	material_clear(&work->material);
	recipe_clear(&work->recipe);
	recipe_file_clear(&work->file);
	model_file_close(&work->old);
}

int forgetting_measure(const char *old, const struct nn_model *now, const char *dataset,
		       struct forgetting *ret_forgetting, char *ret_reason)
{
	struct work work = {.chosen = NULL};
	struct forgetting forgetting = {.classes = 0};
	struct runner runner;
	int r = prepare(&work, old, dataset, ret_reason);

	if (r == 0) {
		r = find_mistakings(&work, &forgetting);
		r = r < 0 ? r : runner_open(now, &runner);
		r = r < 0 ? fail(ret_reason, r) : 0;
	}
	if (r == 0 && runner.inputs != work.lesson.elements) {
		snprintf(ret_reason, RUN_DIRECTORY_REASON, "the two models have inputs of different sizes");
		runner_close(&runner);
		r = -EINVAL;
	}
	if (r == 0) {
		compare(&work, now, &runner, &forgetting);
		runner_close(&runner);
		nn_sha256_text(work.old.model.header->sha256, forgetting.sha256);
		forgetting.classes = work.old.model.main->classes;
		for (uint32_t c = 0; c < forgetting.classes; c++)
			snprintf(forgetting.labels[c], NN_LABEL_MAX, "%s", work.old.model.labels[c]);
		*ret_forgetting = forgetting;
	}
	clear(&work);
	return r;
}
