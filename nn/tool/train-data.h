/* SPDX-License-Identifier: Apache-2.0 */
/* train-data.h - what a recipe's training works on: samples to learn from, to watch and to be examined with. */
#ifndef NN_TOOL_TRAIN_DATA_H
#define NN_TOOL_TRAIN_DATA_H

#include "nn/train/material.h"

enum {
	TRAIN_DATA_REASON = MATERIAL_REASON,
};

struct train_data {
	struct material material, validation, test; /* n = 0: there is none */
	bool *use;				    /* [material.n]: learnt from */
	bool *validate;				    /* [other->n, or material.n]: watched; NULL: none. Owned */
	const struct material *other;		    /* of validate; NULL: the material itself */
};

/*
 * Reads all that the recipe names, and names the recipe's classes by the first: those of other data have to be the same.
 * Errors as material_read(); in ret_reason (TRAIN_DATA_REASON bytes). train_data_clear() it, after an error too.
 */
int train_data_read(struct recipe *recipe, struct train_data *data, char *ret_reason);
void train_data_clear(struct train_data *data);

#endif
