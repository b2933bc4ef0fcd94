/* SPDX-License-Identifier: Apache-2.0 */
/* evaluation.h - what a classifier makes of labelled recordings, counted. */
#ifndef NN_TOOL_EVALUATION_H
#define NN_TOOL_EVALUATION_H

#include <stddef.h>

#include "nn/classifier.h"

enum {
	EVALUATION_USERS_MAX = 256,
	EVALUATION_REASON = 256,
};

struct tally {
	unsigned right, n;
};

struct evaluation {
	struct nn_description description;
	unsigned files, frames;
	unsigned no_hand;	     /* skipped: nothing inside the gate */
	unsigned no_label;	     /* skipped: the frame has none, or one the model does not know */
	unsigned not_supported;	     /* skipped: not 8x8 */
	struct tally all, confident; /* confident: probability above EVALUATION_CONFIDENT */
	unsigned confusion[NN_CLASSES_MAX][NN_CLASSES_MAX]; /* [label][answer] */
	struct {
		char name[32];
		struct tally tally;
	} users[EVALUATION_USERS_MAX];
	unsigned user_count;
};

#define EVALUATION_CONFIDENT 0.9f

/* Runs all recordings below path through the classifier. Errors: recording_read()'s; ret_reason (EVALUATION_REASON). */
int evaluation_run(struct classifier *classifier, const char *path, struct evaluation *evaluation, char *ret_reason);

/* Share right of 0..1; 0 for none. */
double evaluation_share(struct tally tally);
/* Frames of one label. */
struct tally evaluation_class(const struct evaluation *evaluation, unsigned label);
/* Mean recall over the labels that occur. */
double evaluation_balanced(const struct evaluation *evaluation);

#endif
