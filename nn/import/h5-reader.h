/* SPDX-License-Identifier: Apache-2.0 */
/*
 * h5-reader.h - the process that reads HDF5, and what goes over the socket between it and its parent, in the machine's byte
 * order. The parent asks:
 *
 *   struct h5_request        layer and weight; an empty layer asks for the text model_config
 *
 * and is told, one answer a question:
 *
 *   struct h5_reply          0 or a negative errno, shape, length
 *   bytes                    floats, or text without a zero at its end
 */
#ifndef NN_IMPORT_H5_READER_H
#define NN_IMPORT_H5_READER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "nn/runtime/model.h"

enum {
	H5_TEXT_MAX = 16 * 1024 * 1024,
};

struct h5_request {
	char layer[256], weight[320]; /* "kernel", or "LAYER/kernel" in the group of a nested model */
};

struct h5_reply {
	int32_t error; /* ENOENT: there is none; EBADMSG: damaged or of another kind; ENOMEM; ENODATA: no model_weights */
	uint32_t dims, shape[NN_DIMS_MAX];
	uint32_t bytes;
};

/* Once and before the process is made: libhdf5's own tables, which take longer than a small file. */
void h5_reader_prepare(void);
/* Answers on the socket until its other end is closed; never returns. */
_Noreturn void h5_reader_serve(int socket, const void *bytes, size_t size);

/* All of it; -EPIPE when the other side has gone. */
int h5_send(int socket, const void *bytes, size_t size);
int h5_receive(int socket, void *bytes, size_t size);

#endif
