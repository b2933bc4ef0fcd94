/* SPDX-License-Identifier: Apache-2.0 */
/* dataset-file.h - a data set for training, read from recordings. */
#ifndef NN_TOOL_DATASET_FILE_H
#define NN_TOOL_DATASET_FILE_H

#include "nn/train/dataset.h"

enum {
	DATASET_FILE_REASON = 256,
};

/*
 * Reads all recordings below path; labels[label_count] are ST's class names. Errors: those of recording_read(),
 * ENOMEM; ret_reason (DATASET_FILE_REASON bytes).
 */
int dataset_file_read(const char *path, const char *const *labels, unsigned label_count, struct dataset *ret_dataset,
		      char *ret_reason);

#endif
