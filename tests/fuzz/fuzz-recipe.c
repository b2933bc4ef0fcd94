/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-recipe.c - recipes and configuration files of others. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nn/train/frozen-layers.h"
#include "nn/train/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char reason[RECIPE_REASON] = "", text[64];
	struct recipe recipe;
	bool frozen[16];

	if (recipe_parse("recipe", data, size, NULL, &recipe, reason) == 0) {
		struct nn_preprocess preprocess = recipe_preprocess(&recipe);

		if (!preprocess.representation || !recipe.batch || !recipe.epochs)
			abort(); /* what is read can be trained with */
		recipe_clear(&recipe);
	} else if (!*reason || strlen(reason) >= sizeof(reason)) {
		abort(); /* no error without a word */
	}
	if (size < sizeof(text)) {
		memcpy(text, data, size);
		text[size] = '\0';
		frozen_layers_parse(text, 16, frozen, reason);
	}
	return 0;
}
