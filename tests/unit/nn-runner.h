/* SPDX-License-Identifier: Apache-2.0 */
/* nn-runner.h - graphs run on floats, and compared. */
#ifndef TESTS_UNIT_NN_RUNNER_H
#define TESTS_UNIT_NN_RUNNER_H

#include "nn/graph/graph.h"

/* Runs n samples [n][inputs] through the graph as it is; out is [n][outputs]. Returns the bytes of the arena. */
uint32_t runner_run(const struct graph *graph, const float *in, size_t n, size_t inputs, size_t outputs, float *out);

/* The numbers of a little-endian .npy of one type; free() them. Returns the bytes. Fails the test without the file. */
size_t runner_load_npy(const char *path, void **ret_values);

float runner_worst(const float *a, const float *b, size_t n);
size_t runner_largest(const float *values, size_t n);
unsigned runner_count(const struct graph *graph, enum nn_operator_code code);

#endif
