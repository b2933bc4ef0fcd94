/* SPDX-License-Identifier: Apache-2.0 */
/* any-model.h - models for the subcommands: .pnn as it is, everything else imported on the spot. */
#ifndef NN_TOOL_ANY_MODEL_H
#define NN_TOOL_ANY_MODEL_H

#include "nn/graph/graph.h"
#include "nn/model-file.h"

/* How a network that others made is meant to be used; NULL: as its shape suggests. */
struct model_use {
	const char *preprocess; /* "st", "none" */
	const char *labels;	/* "A,B,..." */
	const char *name;
	const char *passes; /* "all", names with commas between, "" for none; NULL: those that change no number */
};

enum {
	ANY_MODEL_REASON = 640,
};

/*
 * A graph from a file of any format, with use and provenance set. Returns 0 or a negative errno; ret_reason
 * (ANY_MODEL_REASON bytes) begins with the path.
 */
int any_model_graph(const char *path, const struct model_use *use, struct graph **ret_graph, char *ret_reason);

/* A model file in memory from a file of any format; NULL or "" is the built-in model. model_file_close() it. */
int any_model_open(const char *path, struct model_file *ret_file, char *ret_reason);

#endif
