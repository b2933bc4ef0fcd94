/* SPDX-License-Identifier: Apache-2.0 */
/* tflite.h - a graph as a TensorFlow Lite file (.tflite): back to everybody else's tools. */
#ifndef NN_EXPORT_TFLITE_H
#define NN_EXPORT_TFLITE_H

#include "nn/graph/graph.h"

/*
 * The graph before graph_lower(). Returns 0 and *ret_bytes to be freed, -ENOMEM, or -EOPNOTSUPP with the node that
 * TensorFlow Lite has no operator for in ret_reason (GRAPH_REASON bytes).
 */
int tflite_write(const struct graph *graph, void **ret_bytes, size_t *ret_size, char *ret_reason);

#endif
