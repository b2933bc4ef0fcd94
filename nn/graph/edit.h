/* SPDX-License-Identifier: Apache-2.0 */
/* edit.h - what passes do with a graph: who makes and reads a tensor, nodes in and out, constants changed. */
#ifndef NN_GRAPH_EDIT_H
#define NN_GRAPH_EDIT_H

#include "nn/graph/graph.h"

/* The node that makes a tensor, or -1. */
int graph_maker(const struct graph *graph, uint16_t tensor);
/* How often it is read; being the graph's output counts. */
unsigned graph_readers(const struct graph *graph, uint16_t tensor);
/* The one node that reads it once, when nothing else does; or -1. */
int graph_only_reader(const struct graph *graph, uint16_t tensor);

/* Node n goes; those behind move up. Its operands stay. */
void graph_remove_node(struct graph *graph, unsigned n);
/* A node at position n. -E2BIG when there are too many. */
int graph_insert_node(struct graph *graph, unsigned n, const struct graph_node *node);
/* Whoever reads `from` reads `to` instead. */
void graph_replace(struct graph *graph, uint16_t from, uint16_t to);
/* Nodes and tensors that do not matter for the output go; tensors get new numbers. */
void graph_sweep(struct graph *graph);

size_t graph_elements(const struct graph_tensor *tensor);
bool graph_same_shape(const struct graph_tensor *a, const struct graph_tensor *b);
/* Input i of the node, if it is a constant of floats, else NULL. */
const float *graph_floats(const struct graph *graph, const struct graph_node *node, unsigned i);
/*
 * The same to be changed: a constant that others read too is copied first. NULL: it is none, or too many tensors.
 */
float *graph_own_floats(struct graph *graph, struct graph_node *node, unsigned i);

/* A convolution or dense layer of floats with constant weights and bias. */
bool graph_is_linear(const struct graph *graph, const struct graph_node *node);

#endif
