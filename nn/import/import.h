/* SPDX-License-Identifier: Apache-2.0 */
/* import.h - any model file as a graph, whatever its name says: the first bytes tell what it is. */
#ifndef NN_IMPORT_IMPORT_H
#define NN_IMPORT_IMPORT_H

#include "nn/graph/graph.h"

enum import_format {
	IMPORT_UNKNOWN,
	IMPORT_PNN,
	IMPORT_TFLITE,
	IMPORT_H5,
	IMPORT_ONNX,
};

/* path is asked for its suffix only where the format has no mark of its own. */
enum import_format import_format_of(const char *path, const void *bytes, size_t size);

/*
 * Makes a graph from path, with the passes done that every use wants. Errors: errno of the file, EBADMSG for what is
 * no model, EOPNOTSUPP with what and what would work in ret_reason (GRAPH_REASON bytes).
 */
int import_file(const char *path, struct graph **ret_graph, char *ret_reason);
/* The same without any pass: an ONNX graph has transpositions all over. */
int import_file_as_it_is(const char *path, struct graph **ret_graph, char *ret_reason);

/* The outputs of ST's hand posture networks, in their order: what the numbers in ST's recordings mean. */
extern const char import_st_labels[];

#endif
