/* SPDX-License-Identifier: Apache-2.0 */
/*
 * teachers.h - several networks that were trained first, asked together: their mean answer says more of a sample than its
 * label alone, and a network that learns it is surer where they agree and less sure where they don't.
 */
#ifndef NN_TRAIN_TEACHERS_H
#define NN_TRAIN_TEACHERS_H

#include "nn/model-file.h"

enum {
	TEACHERS_MAX = 16,
	TEACHERS_ARENA = 32768, /* bytes that the largest one may need to run: it is on the stack */
};

/* Start it from {0}. */
struct teachers {
	struct model_file models[TEACHERS_MAX]; /* owned */
	unsigned n;
};

/* Takes over the model, whatever comes out. -E2BIG: too many, or one that needs too much room. */
int teachers_add(struct teachers *teachers, struct model_file *model);
/* Mean probabilities, ret_answer[classes]. May be called by several threads. */
void teachers_ask(const struct teachers *teachers, const float *input, uint32_t classes, float *ret_answer);
void teachers_clear(struct teachers *teachers);

#endif
