/* SPDX-License-Identifier: Apache-2.0 */
/* nn-fixture.h - small networks and random numbers for the tests of nn/. */
#ifndef TESTS_UNIT_NN_FIXTURE_H
#define TESTS_UNIT_NN_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "nn/graph/graph.h"

/* A path in the team's library, or NULL when it is not there (the test skips then). Kept till the next call. */
const char *fixture_shared(const char *path);

/* -1..1, the same sequence in every run. */
float fixture_random(uint64_t *state);
void fixture_fill(float *values, size_t n, uint64_t *state);

/* Constants and variables of random values; fail the test when they can't be made. */
uint16_t fixture_variable(struct graph *graph, unsigned dims, const uint32_t *shape);
uint16_t fixture_constant(struct graph *graph, unsigned dims, const uint32_t *shape, uint64_t *state);

/*
 * A network with every operator: 8x8x2 -> conv -> depthwise -> max pool -> average pool -> multiply -> add ->
 * activation -> reshape -> dense -> softmax over 3 labels, from sensor frames.
 */
struct graph *fixture_graph(void);

/* Its file; free() it. */
void *fixture_model(size_t *ret_size);

/* An 8x8 frame with nothing in it. */
struct frame fixture_empty_frame(void);
void fixture_zone(struct frame *frame, unsigned row, unsigned col, float distance_mm, float signal_kcps);

#endif
