/* SPDX-License-Identifier: Apache-2.0 */
/* split.c - see split.h. */
#include "nn/train/split.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Users are numbered by the first group that has them. */
static uint32_t first_of_user(const struct dataset *frames, uint32_t group)
{
	for (uint32_t i = 0; i < group; i++)
		if (!strcmp(frames->groups[i].user, frames->groups[group].user))
			return i;
	return group;
}

static uint32_t key_of(const struct material *material, int split, uint32_t i)
{
	const struct sample *sample;

	if (!material->is_frames || split == RECIPE_SPLIT_FRAME)
		return i;
	sample = &material->frames.samples[i];
	if (split == RECIPE_SPLIT_FILE)
		return sample->file;
	return split == RECIPE_SPLIT_USER ? first_of_user(&material->frames, sample->group) : sample->group;
}

int split_units(const struct material *material, int split, uint32_t *ret_units, uint32_t *ret_n)
{
	uint32_t most = 0, n = 0;
	uint32_t *numbers;

	for (uint32_t i = 0; i < material->n; i++) {
		ret_units[i] = key_of(material, split, i);
		most = ret_units[i] > most ? ret_units[i] : most;
	}
	numbers = calloc((size_t)most + 1, sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	for (uint32_t i = 0; i < material->n; i++) {
		if (!numbers[ret_units[i]])
			numbers[ret_units[i]] = ++n;
		ret_units[i] = numbers[ret_units[i]] - 1;
	}
	free(numbers);
	*ret_n = n;
	return 0;
}

void split_name(const struct material *material, int split, uint32_t sample, char *ret_name, size_t size)
{
	const struct group *group =
		material->is_frames ? &material->frames.groups[material->frames.samples[sample].group] : NULL;

	if (!group)
		snprintf(ret_name, size, "sample %u", sample);
	else if (split == RECIPE_SPLIT_USER)
		snprintf(ret_name, size, "%s", *group->user ? group->user : "(unknown)");
	else
		snprintf(ret_name, size, "%s", group->log);
}

struct chooser {
	const struct material *material;
	uint32_t *units, *order, *left; /* left: units of each class that are still trained on */
	uint8_t *has;			/* [units][classes] */
	uint32_t *sizes;
	uint32_t n;
};

static bool may_go(const struct chooser *chooser, uint32_t unit)
{
	for (uint32_t c = 0; c < chooser->material->classes; c++)
		if (chooser->has[(size_t)unit * chooser->material->classes + c] && chooser->left[c] < 2)
			return false;
	return true;
}

static void take(struct chooser *chooser, uint32_t unit, bool *apart)
{
	for (uint32_t c = 0; c < chooser->material->classes; c++)
		chooser->left[c] -= chooser->has[(size_t)unit * chooser->material->classes + c];
	for (uint32_t i = 0; i < chooser->material->n; i++)
		apart[i] = apart[i] || chooser->units[i] == unit;
}

static void count_units(struct chooser *chooser)
{
	const struct material *material = chooser->material;

	for (uint32_t i = 0; i < material->n; i++) {
		uint8_t *has =
			&chooser->has[(size_t)chooser->units[i] * material->classes + material_label(material, i)];

		chooser->left[material_label(material, i)] += !*has;
		*has = 1;
		chooser->sizes[chooser->units[i]]++;
	}
}

static int choose(struct chooser *chooser, float share, uint64_t seed, bool *apart)
{
	struct random random = random_of(seed, 0, 0x5b117u);
	uint32_t wanted = (uint32_t)((float)chooser->material->n * share + 0.5f), got = 0;

	for (uint32_t i = 0; i < chooser->n; i++)
		chooser->order[i] = i;
	for (uint32_t i = chooser->n; i > 1; i--) {
		uint32_t other = random_below(&random, i), unit = chooser->order[i - 1];

		chooser->order[i - 1] = chooser->order[other];
		chooser->order[other] = unit;
	}
	for (uint32_t i = 0; i < chooser->n && got < wanted; i++) {
		uint32_t unit = chooser->order[i], size = chooser->sizes[unit];

		/* One that is much too large waits for a smaller one. */
		if (!may_go(chooser, unit) || got + size > wanted + wanted / 2 + 1)
			continue;
		take(chooser, unit, apart);
		got += size;
	}
	return (int)got;
}

/* Pictures and single frames are many: a share of each class, at once. */
static int choose_samples(const struct material *material, float share, uint64_t seed, bool *apart)
{
	struct random random = random_of(seed, 0, 0x5b117u);
	int got = 0;

	for (uint32_t i = 0; i < material->n; i++) {
		apart[i] = random_between(&random, 0, 1) < share;
		got += apart[i];
	}
	return got;
}

int split_choose(const struct material *material, int split, float share, uint64_t seed, bool *ret_apart)
{
	struct chooser chooser = {.material = material};
	int r = -ENOMEM;

	memset(ret_apart, false, material->n * sizeof(*ret_apart));
	if (share <= 0)
		return 0;
	if (!material->is_frames || split == RECIPE_SPLIT_FRAME)
		return choose_samples(material, share, seed, ret_apart);
	chooser.units = calloc(material->n, sizeof(*chooser.units));
	if (chooser.units && split_units(material, split, chooser.units, &chooser.n) == 0) {
		chooser.order = calloc(chooser.n, sizeof(*chooser.order));
		chooser.sizes = calloc(chooser.n, sizeof(*chooser.sizes));
		chooser.left = calloc(material->classes, sizeof(*chooser.left));
		chooser.has = calloc(chooser.n, material->classes);
	}
	if (chooser.order && chooser.sizes && chooser.left && chooser.has) {
		count_units(&chooser);
		r = choose(&chooser, share, seed, ret_apart);
	}
	free(chooser.units);
	free(chooser.order);
	free(chooser.sizes);
	free(chooser.left);
	free(chooser.has);
	return r;
}
