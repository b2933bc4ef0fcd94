/* SPDX-License-Identifier: Apache-2.0 */
/* personalise.c - see personalise.h. */
#include "nn/tool/personalise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/tool/any-model.h"
#include "nn/train/material.h"

/*
 * Where things lie is said beside the recipe, so that the same recordings give the same model from anywhere. Every label of
 * a known class is mixed with what the model said before, and several times as many samples as the user has
 * are labelled by the model alone: what it knew stays. The rate is low, or the new class would take all that lies between
 * the old ones; the changes are those that the shipped model was made with.
 */
static const char body[] = "# --set data=%s\n"
			   "# --set start=%s\n"
			   "name: %s\n"
			   "kind: recordings\n"
			   "classes: [%s]\n"
			   "epochs: 80\n"
			   "batch: 64\n"
			   "optimiser: adamw\n"
			   "rate: 0.002\n"
			   "decay: 0.0001\n"
			   "schedule: cosine\n"
			   "class_weights: no\n"
			   "distil: 0.2\n"
			   "rehearsal: 3000\n"
			   "augmentation:\n"
			   "  mirror: 0.5\n"
			   "  rotation: 12\n"
			   "  zoom: 0.2\n"
			   "  shift: 0.5\n"
			   "  jump: 0.2\n"
			   "  tilt_mm: 2\n"
			   "  noise_mm: 8\n"
			   "  noise_signal: 0.2\n";

static int fail(char *ret_reason, int error, const char *text)
{
	snprintf(ret_reason, RUN_DIRECTORY_REASON, "%s", text);
	return error;
}

/* The model's classes, then those that are new. */
static int list_classes(const struct nn_model *model, const struct material *material, char *ret_list, size_t size)
{
	size_t used = 0;

	*ret_list = '\0';
	for (uint32_t i = 0; i < model->main->classes + material->classes; i++) {
		bool old = i < model->main->classes, known = old;
		const char *name = old ? model->labels[i] : material->labels[i - model->main->classes];
		int n;

		for (uint32_t k = 0; k < model->main->classes && !known; k++)
			known = !strcmp(model->labels[k], name);
		if (known && !old)
			continue;
		n = snprintf(ret_list + used, size - used, "%s\"%s\"", used ? ", " : "", name);
		if (n < 0 || (size_t)n >= size - used)
			return -E2BIG;
		used += (size_t)n;
	}
	return 0;
}

int personalise_write_recipe(const char *directory, const char *model, struct recipe_file *file, char *ret_reason)
{
	const char *path = model ? model : "builtin";
	const struct recipe recipe = {.data_kind = RECIPE_DATA_RECORDINGS, .input = {8, 8, 2}};
	struct material material;
	struct model_file start;
	char classes[RECIPE_CLASSES], reason[ANY_MODEL_REASON], *text = NULL;
	int r = any_model_open(model, &start, reason);

	if (r < 0)
		return fail(ret_reason, r, reason);
	if (start.model.main->input_form != NN_INPUT_FRAME || !start.model.main->classes)
		r = fail(ret_reason, -EINVAL, "the model takes no frames or has no labels");
	r = r < 0 ? r : material_read(directory, &recipe, &material, ret_reason);
	if (r == 0) {
		if (list_classes(&start.model, &material, classes, sizeof(classes)) < 0)
			r = fail(ret_reason, -E2BIG, "too many classes");
		material_clear(&material);
	}
	if (r == 0 && asprintf(&text, body, directory, path, start.model.main->name, classes) < 0)
		r = fail(ret_reason, -ENOMEM, "out of memory");
	model_file_close(&start);
	r = r < 0 ? r : recipe_file_set_text("(personalise)", text, file, ret_reason);
	free(text);
	return r;
}
