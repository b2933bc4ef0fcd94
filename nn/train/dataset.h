/* SPDX-License-Identifier: Apache-2.0 */
/* dataset.h - labelled frames of a directory of recordings, with who and which log they are from. */
#ifndef NN_TRAIN_DATASET_H
#define NN_TRAIN_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "nn/runtime/sha256.h"
#include "sensor/frame.h"

enum {
	DATASET_REASON = 256,
	DATASET_NAME = 128,
};

struct sample {
	struct frame frame;
	uint8_t label;	/* position in the labels */
	uint16_t group; /* the log it is from */
};

/* One log: frames of one sitting look alike, so a log is never split. */
struct group {
	char user[32];
	char log[DATASET_NAME];
};

struct dataset {
	struct sample *samples;
	size_t n, room;
	struct group *groups;
	size_t group_count;
	size_t skipped;		     /* frames without a label that is asked for */
	char sha256[NN_SHA256_TEXT]; /* over the files' hashes in the order of their paths */
};

/*
 * Reads all recordings below path; labels[label_count] are ST's class names. Errors: those of recording_read(),
 * ENOMEM; ret_reason (DATASET_REASON bytes).
 */
int dataset_read(const char *path, const char *const *labels, unsigned label_count, struct dataset *ret_dataset,
		 char *ret_reason);
/* Adds the samples of other, which keeps its own; the hash covers both. -ENOMEM. */
int dataset_append(struct dataset *dataset, const struct dataset *other);
void dataset_clear(struct dataset *dataset);

#endif
