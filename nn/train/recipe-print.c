/* SPDX-License-Identifier: Apache-2.0 */
/* recipe-print.c - the table of keys for people. */
#include <stdio.h>
#include <string.h>

#include "nn/train/recipe-keys.h"

static void print_range(FILE *file, const struct recipe_key *key)
{
	switch (key->type) {
	case RECIPE_FLOAT:
	case RECIPE_WHOLE:
	case RECIPE_DEGREES:
	case RECIPE_BIG:
		fprintf(file, "%.10g..%.10g", key->low, key->high);
		break;
	case RECIPE_BOOL:
		fputs("yes, no", file);
		break;
	case RECIPE_CHOICE:
	case RECIPE_MONITOR:
		for (const char *at = key->choices; *at; at++)
			*at == '|' ? fputs(", ", file) : fputc(*at, file);
		break;
	case RECIPE_SHAPE:
		fputs("[height, width, channels]", file);
		break;
	case RECIPE_NAMES:
	case RECIPE_NUMBERS:
	case RECIPE_CHANNELS:
	case RECIPE_LAYERS:
		fputs("list", file);
		break;
	default:
		fputs("text", file);
		break;
	}
}

void recipe_print_keys(FILE *file)
{
	for (const struct recipe_key *key = recipe_keys; !recipe_key_is_end(key); key++) {
		if (!key->path)
			continue;
		fprintf(file, "%s: %s\n\t", key->path, *key->start ? key->start : "(none)");
		print_range(file, key);
		fprintf(file, "%s%s\n", *key->summary ? "; " : "", key->summary);
		if (key->st)
			fprintf(file, "\tST: %.*s\n", (int)strcspn(key->st, "|"), key->st);
	}
}
