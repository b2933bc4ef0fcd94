/* SPDX-License-Identifier: Apache-2.0 */
/* model-file.h - a model file in memory: read, checked, kept. For programs; the Cortex-M4 gets its bytes otherwise. */
#ifndef NN_MODEL_FILE_H
#define NN_MODEL_FILE_H

#include "nn/runtime/model.h"

enum {
	MODEL_FILE_REASON = 192,
};

struct model_file {
	struct nn_model model;
	void *bytes; /* NULL for the built-in model */
};

/*
 * Reads path; NULL or "" is the built-in model. Errors: errno of the file, EFBIG, ENOMEM, EBADMSG for a refused
 * model; ret_reason (MODEL_FILE_REASON bytes) says what is wrong and what to do.
 */
int model_file_open(const char *path, struct model_file *ret_file, char *ret_reason);
void model_file_close(struct model_file *file);

/* The same from bytes[size], which are copied. */
int model_file_open_memory(const void *bytes, size_t size, struct model_file *ret_file, char *ret_reason);

/*
 * All bytes of a regular file, at most NN_FORMAT_BYTES_MAX, aligned for a model; free() them. Returns 0 or a negative
 * errno; EBADMSG: it shrank while it was read.
 */
int model_file_read(const char *path, void **ret_bytes, size_t *ret_size);

/* Writes bytes[size] to path: complete (rename) or not at all. Returns 0 or a negative errno. */
int model_file_write(const char *path, const void *bytes, size_t size);

#endif
