/* SPDX-License-Identifier: Apache-2.0 */
/* dequantise.h - an integer graph as floats again, so that it can be trained on. */
#ifndef NN_GRAPH_DEQUANTISE_H
#define NN_GRAPH_DEQUANTISE_H

#include "nn/graph/graph.h"

/* Every number means what it meant; what rounding took away stays away. A float graph stays as it is. -ENOMEM. */
int graph_dequantise(struct graph *graph);

#endif
