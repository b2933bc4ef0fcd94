/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forgetting.h - what a model still knows of the one that it was made from, when the recordings which that one learnt from
 * are not there: both are asked about made-up inputs (nn/train/rehearsal.h) of which the old one is sure. And what the old
 * one takes a new class for: if surely for one that it knows, the two look alike, which made-up inputs can't show.
 */
#ifndef NN_TOOL_FORGETTING_H
#define NN_TOOL_FORGETTING_H

#include "nn/model-file.h"
#include "nn/tool/evaluation.h"

/* A class of the recordings that the old model has no name for, and the name that it is surest to give it. */
struct mistaking {
	char label[NN_LABEL_MAX], taken_for[NN_LABEL_MAX];
	struct tally frames; /* right: surely taken for that */
};

struct forgetting {
	char sha256[65];  /* of the old model */
	unsigned classes; /* of the old model */
	char labels[NN_CLASSES_MAX][NN_LABEL_MAX];
	struct tally all, of_class[NN_CLASSES_MAX]; /* right: the new one says the same */
	struct mistaking strange[NN_CLASSES_MAX];
	unsigned strange_count;
};

/*
 * old: path, NULL or "" for the built-in model. Inputs are changed from the recordings below dataset, others than those that
 * a training is reminded with. ret_reason has RUN_DIRECTORY_REASON bytes.
 */
int forgetting_measure(const char *old, const struct nn_model *now, const char *dataset,
		       struct forgetting *ret_forgetting, char *ret_reason);

#endif
