/* SPDX-License-Identifier: Apache-2.0 */
/* pnn.h - a graph as bytes of a model file. */
#ifndef NN_EXPORT_PNN_H
#define NN_EXPORT_PNN_H

#include "nn/graph/graph.h"

/*
 * Makes the file; ret_bytes is aligned to NN_FORMAT_ALIGN and to be freed. The same graph gives the same bytes.
 * Errors: ENOMEM, or EINVAL when the runtime would refuse it; ret_reason (GRAPH_REASON bytes) says why.
 */
int pnn_write(const struct graph *graph, void **ret_bytes, size_t *ret_size, char *ret_reason);

/* Sets the check sums of bytes[size] to what they must be. */
void pnn_seal(void *bytes, size_t size);

#endif
