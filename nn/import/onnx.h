/* SPDX-License-Identifier: Apache-2.0 */
/* onnx.h - .onnx files: one protobuf message with nodes, weights, inputs and outputs. */
#ifndef NN_IMPORT_ONNX_H
#define NN_IMPORT_ONNX_H

#include "nn/graph/graph.h"

/*
 * Fills graph from a file's bytes. ONNX has images as NCHW; here they are NHWC, and so are the graph's input and output when
 * they have four dimensions. Between them transpositions keep ONNX' order; graph_layout() takes them out.
 *
 * Errors: EBADMSG for what is no ONNX file, EOPNOTSUPP with node, operator and what would work in
 * ret_reason (GRAPH_REASON bytes), or when postured was built without protobuf-c.
 */
int onnx_import(const void *bytes, size_t size, struct graph *graph, char *ret_reason);

#endif
