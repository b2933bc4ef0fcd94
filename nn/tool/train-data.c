/* SPDX-License-Identifier: Apache-2.0 */
/* train-data.c - see train-data.h. */
#include "nn/tool/train-data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/train/split.h"

static int fail(char *ret_reason, int error, const char *text)
{
	snprintf(ret_reason, TRAIN_DATA_REASON, "%s", text);
	return error;
}

/* Classes of other data have to be those of the training. */
static int name_classes(const struct material *material, struct recipe *recipe, char *ret_reason)
{
	size_t used = 0;

	for (uint32_t i = 0; i < material->classes; i++) {
		int n = snprintf(recipe->classes + used, sizeof(recipe->classes) - used, "%s%s", i ? "," : "",
				 material->labels[i]);

		if (n < 0 || (size_t)n >= sizeof(recipe->classes) - used)
			return fail(ret_reason, -E2BIG, "the names of the classes are too long together");
		used += (size_t)n;
	}
	return 0;
}

static int split(const struct recipe *recipe, struct train_data *data, char *ret_reason)
{
	const struct material *material = &data->material;
	bool *apart = calloc(material->n, sizeof(*apart));
	int n;

	data->use = calloc(material->n, sizeof(*data->use));
	n = data->use && apart ? 0 : -ENOMEM;
	if (n == 0 && !*recipe->validation)
		n = split_choose(material, recipe->split, recipe->validation_share, recipe->seed, apart);
	if (n < 0) {
		free(apart);
		return fail(ret_reason, n, "out of memory");
	}
	for (uint32_t i = 0; i < material->n; i++)
		data->use[i] = !apart[i];
	if (n && material->is_frames && recipe->split == RECIPE_SPLIT_FRAME)
		fprintf(stderr,
			"posture-model train: warning: split: frame: frames a tenth of a second apart are on both sides, "
			"so the validation says nothing about new people or recordings\n");
	if (n)
		data->validate = apart;
	else
		free(apart);
	return 0;
}

static int read_validation(const struct recipe *recipe, struct train_data *data, char *ret_reason)
{
	int r = material_read(recipe->validation, recipe, &data->validation, ret_reason);

	if (r < 0)
		return r;
	data->validate = calloc(data->validation.n, sizeof(*data->validate));
	if (!data->validate)
		return fail(ret_reason, -ENOMEM, "out of memory");
	memset(data->validate, true, data->validation.n);
	data->other = &data->validation;
	return 0;
}

int train_data_read(struct recipe *recipe, struct train_data *data, char *ret_reason)
{
	int r = material_read(recipe->data, recipe, &data->material, ret_reason);

	r = r < 0 ? r : name_classes(&data->material, recipe, ret_reason);
	r = r < 0 ? r : split(recipe, data, ret_reason);
	if (r == 0 && *recipe->validation)
		r = read_validation(recipe, data, ret_reason);
	if (r == 0 && *recipe->test)
		r = material_read(recipe->test, recipe, &data->test, ret_reason);
	return r;
}

void train_data_clear(struct train_data *data)
{
	material_clear(&data->material);
	material_clear(&data->validation);
	material_clear(&data->test);
	free(data->use);
	free(data->validate);
	*data = (struct train_data){0};
}
