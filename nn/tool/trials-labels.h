/* SPDX-License-Identifier: Apache-2.0 */
/* trials-labels.h - the labels that belong to an array, from a file of their own. */
#ifndef NN_TOOL_TRIALS_LABELS_H
#define NN_TOOL_TRIALS_LABELS_H

#include <stddef.h>
#include <stdint.h>

/*
 * labels[n], each below classes: from a .npy of n numbers or of n rows with as many numbers as there are classes (the
 * largest counts), or from text with the label last in each line (a first line without a number is a heading). A longer
 * file's first n count. Errors: of the file, EBADMSG, EINVAL; ret_reason has SAMPLES_REASON bytes.
 */
int trials_labels_read(const char *path, uint32_t classes, int32_t *labels, size_t n, char *ret_reason);

#endif
