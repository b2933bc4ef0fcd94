/* SPDX-License-Identifier: Apache-2.0 */
/* info-graph.h - a model's graph, node by node. */
#ifndef NN_TOOL_INFO_GRAPH_H
#define NN_TOOL_INFO_GRAPH_H

#include "nn/runtime/model.h"

const char *info_type_name(uint8_t type);

/* A line for each operator, one below it for each operand: name, shape, type, scale, and where it lies. */
void info_print_graph(const struct nn_model *model);

#endif
