/* SPDX-License-Identifier: Apache-2.0 */
/*
 * float-rounding.h - one number of an 8-bit operator, as kernels give it that requantise in float: the sum becomes a
 * float, is multiplied by a float, and the product goes to the nearest integer, halves to even. XNNPACK does that on x86,
 * and on ARM for weights with a scale for each channel.
 */
#ifndef TESTS_UNIT_FLOAT_ROUNDING_H
#define TESTS_UNIT_FLOAT_ROUNDING_H

#include "nn/graph/graph.h"

/* Number i of the output of a lowered layer, multiplication or mean. Fails the test for other operators. */
int float_rounding(const struct graph *graph, const struct graph_node *node, const void *const in[], uint32_t i);

#endif
