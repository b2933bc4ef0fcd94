/* SPDX-License-Identifier: Apache-2.0 */
/* dataset.h - labelled frames, with who and which log they are from. */
#ifndef NN_TRAIN_DATASET_H
#define NN_TRAIN_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "nn/runtime/sha256.h"
#include "sensor/frame.h"

enum {
	DATASET_NAME = 128,
};

struct sample {
	struct frame frame;
	uint8_t label;	/* position in the labels */
	uint16_t group; /* the log it is from */
	uint32_t file;	/* counts the files */
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

/* The group of a log, new or known: its position, or -ENOMEM. */
int dataset_find_group(struct dataset *dataset, const char *user, const char *log);
/* Room for n more samples. -ENOMEM. */
int dataset_reserve(struct dataset *dataset, size_t n);
/* Adds the samples of other, which keeps its own; the hash covers both. -ENOMEM. */
int dataset_append(struct dataset *dataset, const struct dataset *other);
void dataset_clear(struct dataset *dataset);

#endif
