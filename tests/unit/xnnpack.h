/* SPDX-License-Identifier: Apache-2.0 */
/* xnnpack.h - one node of a graph, computed by XNNPACK: what the rounding mode `single` is held against. */
#ifndef TESTS_UNIT_XNNPACK_H
#define TESTS_UNIT_XNNPACK_H

#include "nn/graph/graph.h"

/*
 * The node's output for these inputs; constants are taken from the graph. false: XNNPACK has no such operator for these
 * types and scales, as TensorFlow Lite's delegate would say, whose own kernels then do the work. Fails the test when
 * XNNPACK refuses what it should have.
 */
bool xnnpack_run(const struct graph *graph, const struct graph_node *node, const void *const in[], void *out);

#endif
