/* SPDX-License-Identifier: Apache-2.0 */
/* passes.h - what makes a graph smaller without changing what it computes: one pass a file, in one order. */
#ifndef NN_GRAPH_PASSES_H
#define NN_GRAPH_PASSES_H

#include "nn/graph/graph.h"

struct graph_pass {
	const char *name, *summary;
	bool exact; /* leaves every number as the file has it */
	void (*run)(struct graph *graph);
};

extern const struct graph_pass graph_passes[]; /* in their order, till name is NULL */

/* The exact ones: what every use wants, also one that compares or quantises constants. */
void graph_tidy(struct graph *graph);
/* All of them. */
void graph_optimise(struct graph *graph);
/* The named ones ("layout,fold-linear"), in the order of the table; "" is none. -EINVAL: an unknown name. */
int graph_run_passes(struct graph *graph, const char *comma_separated);

void graph_fold_constants(struct graph *graph);
void graph_layout(struct graph *graph);
void graph_fuse_padding(struct graph *graph);
void graph_fold_linear(struct graph *graph);
void graph_merge_branches(struct graph *graph);
void graph_remove_dead_filters(struct graph *graph);

/* Filters whose weights are all zero, so that their output does not depend on the input. */
unsigned graph_count_dead_filters(const struct graph *graph);

#endif
