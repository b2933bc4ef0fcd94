/* SPDX-License-Identifier: Apache-2.0 */
/* quantise-activations.h - types and scales of all that is made at run time, and the change of type at both ends. */
#ifndef NN_GRAPH_QUANTISE_ACTIVATIONS_H
#define NN_GRAPH_QUANTISE_ACTIVATIONS_H

#include "nn/graph/quantise.h"

/* Errors: those of graph_quantise(). */
int quantise_activations(struct graph *graph, const struct quantise_options *options,
			 const struct quantise_range *ranges, char *ret_reason);

/* Puts a node before node n (or behind the last). -E2BIG. */
int quantise_insert_node(struct graph *graph, uint16_t n, const struct graph_node *node);

#endif
