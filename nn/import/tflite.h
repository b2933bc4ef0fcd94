/* SPDX-License-Identifier: Apache-2.0 */
/* tflite.h - TensorFlow Lite models (.tflite, schema version 3): float, 8-bit, 16x8-bit, hybrid and half precision. */
#ifndef NN_IMPORT_TFLITE_H
#define NN_IMPORT_TFLITE_H

#include "nn/graph/graph.h"

/* By the four letters that such a file carries. */
bool tflite_is(const void *bytes, size_t size);

/*
 * Fills graph. Errors: EBADMSG for a damaged file, EOPNOTSUPP with operator, tensor, type and what would work in
 * ret_reason (GRAPH_REASON bytes), ENOMEM.
 */
int tflite_import(const void *bytes, size_t size, struct graph *graph, char *ret_reason);

#endif
