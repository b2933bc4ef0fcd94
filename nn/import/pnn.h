/* SPDX-License-Identifier: Apache-2.0 */
/* pnn.h - a model file as a graph again: for passes that start from what was imported before. */
#ifndef NN_IMPORT_PNN_H
#define NN_IMPORT_PNN_H

#include "nn/graph/graph.h"

/*
 * Fills the empty graph with copies from the checked model. What lowering made (multipliers, limits) is not taken:
 * graph_lower() makes it again. Operator i of the model becomes node i, tensors keep their numbers. -ENOMEM.
 */
int pnn_import(const struct nn_model *model, struct graph *graph);

#endif
