/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trials.h - what a network is calibrated with or judged by: its inputs as real numbers, with their labels where they
 * have some. From recordings, for a network that takes frames, else from an array or a picture.
 */
#ifndef NN_TOOL_TRIALS_H
#define NN_TOOL_TRIALS_H

#include "nn/runtime/sha256.h"
#include "nn/tool/samples.h"

enum {
	TRIALS_REASON = 640,
	TRIALS_NO_LABEL = -1,
};

struct trials_source {
	const char *path;
	const char *labels; /* of an array: .npy of numbers or one-hot rows, or .csv with the label last; NULL: none */
	struct samples_form form;
};

struct trials {
	uint32_t elements; /* of one input */
	size_t n, room;
	float *inputs;		     /* [n][elements] */
	int32_t *labels;	     /* [n], output or TRIALS_NO_LABEL */
	size_t no_hand, no_label;    /* frames left out, trials without a label */
	char sha256[NN_SHA256_TEXT]; /* of the files' hashes in the order of their paths */
	uint8_t (*files)[NN_SHA256_BYTES];
	size_t file_count;
};

struct trials_score {
	size_t right, n; /* of those with a label */
};

/* Errors: those of the files, EINVAL for data that do not fit; ret_reason (TRIALS_REASON) begins with the path. */
int trials_read(const struct trials_source *source, const struct nn_model *model, struct trials *ret_trials,
		char *ret_reason);
void trials_clear(struct trials *trials);

static inline const float *trials_input(const struct trials *trials, size_t i)
{
	return trials->inputs + i * trials->elements;
}

/* How many of b are in a, too: as files, and as inputs that are equal to the last bit. -ENOMEM. */
int trials_overlap(const struct trials *a, const struct trials *b, size_t *ret_files, size_t *ret_inputs);

/* -ENOMEM, -EOPNOTSUPP. */
int trials_judge(const struct trials *trials, const struct nn_model *model, struct trials_score *ret_score);
double trials_percent(struct trials_score score); /* 0 for none */

#endif
