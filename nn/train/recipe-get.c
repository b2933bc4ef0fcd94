/* SPDX-License-Identifier: Apache-2.0 */
/* recipe-get.c - what the recipe keeps as text again. */
#include <stdlib.h>
#include <string.h>

#include "nn/train/recipe-keys.h"

static void write_choice(FILE *file, const char *choices, int at)
{
	while (at-- > 0 && strchr(choices, '|'))
		choices = strchr(choices, '|') + 1;
	fwrite(choices, 1, strcspn(choices, "|"), file);
}

static void write_value(FILE *file, const struct recipe *recipe, const struct recipe_key *key)
{
	const void *value = (const char *)recipe + key->offset;
	const struct recipe_numbers *numbers = value;
	const uint32_t *shape = value;

	switch (key->type) {
	case RECIPE_FLOAT:
		fprintf(file, "%.7g", (double)*(const float *)value);
		break;
	case RECIPE_DEGREES:
		fprintf(file, "%.5g", (double)*(const float *)value * 180 / 3.14159265358979);
		break;
	case RECIPE_WHOLE:
		fprintf(file, "%u", *(const unsigned *)value);
		break;
	case RECIPE_BIG:
		fprintf(file, "%llu", (unsigned long long)*(const uint64_t *)value);
		break;
	case RECIPE_BOOL:
		fputs(*(const bool *)value ? "yes" : "no", file);
		break;
	case RECIPE_CHOICE:
		write_choice(file, key->choices, *(const int *)value - (int)key->low);
		break;
	case RECIPE_MONITOR:
		write_choice(file, key->choices, *(const int *)value);
		break;
	case RECIPE_STRING:
	case RECIPE_NAMES:
	case RECIPE_FREEZE:
		fputs(value, file);
		break;
	case RECIPE_SHAPE:
		fprintf(file, "[%u, %u, %u]", shape[0], shape[1], shape[2]);
		break;
	case RECIPE_NUMBERS:
	case RECIPE_CHANNELS:
		for (unsigned i = 0; i < numbers->n; i++)
			fprintf(file, "%s%.7g", i ? ", " : "", (double)numbers->list[i]);
		break;
	case RECIPE_LAYERS:
		if (recipe->layers)
			fprintf(file, "%u", recipe->layers->n);
		break;
	case RECIPE_FLIP:
	case RECIPE_OPTIMISER_NAME:
	case RECIPE_SCHEDULE_NAME:
	case RECIPE_MODE:
		break;
	}
}

char *recipe_get(const struct recipe *recipe, const struct recipe_key *key)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	write_value(file, recipe, key);
	if (fclose(file)) {
		free(text);
		return NULL;
	}
	return text;
}
