/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose.h - functions that no kernel has, of operators that there are. For importers: floats, each behind the last node.
 *
 * All return the tensor that the last node makes, named `name`, or what graph_add_...() returns; a negative x is passed on.
 */
#ifndef NN_GRAPH_COMPOSE_H
#define NN_GRAPH_COMPOSE_H

#include "nn/graph/graph.h"

/* x, but not below low or above high, which is more; infinite: no such limit. */
int graph_compose_clip(struct graph *graph, const char *name, int x, float low, float high);
/* x where it is positive, else x * slopes, a constant of x's shape or of its last dimension's size. */
int graph_compose_prelu(struct graph *graph, const char *name, int x, int slopes);
/* x * slope + offset, but not below 0 or above 1. */
int graph_compose_hard_sigmoid(struct graph *graph, const char *name, int x, float slope, float offset);
/* x * sigmoid(x). */
int graph_compose_swish(struct graph *graph, const char *name, int x);
/* x * scale + offset, numbers for all channels. */
int graph_compose_affine(struct graph *graph, const char *name, int x, float scale, float offset);

#endif
