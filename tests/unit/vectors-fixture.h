/* SPDX-License-Identifier: Apache-2.0 */
/* vectors-fixture.h - models of one random operator, and guarded memory to run its kernels in. */
#ifndef TESTS_UNIT_VECTORS_FIXTURE_H
#define TESTS_UNIT_VECTORS_FIXTURE_H

#include "nn/runtime/operators.h"

struct core_case {
	struct nn_model model;
	struct nn_tensor tensors[5]; /* input, weights or second input, bias, limits, output */
	struct nn_operator operator;
	uint16_t operands[5];
	unsigned out; /* the output's number */
	uint8_t *data, *quantisation, *arena;
	size_t arena_bytes;
	char text[128];
};

/* A checked operator with random numbers; core_free() it. */
struct core_case *core_random(uint64_t *state, uint16_t code, enum nn_variant variant);
void core_free(struct core_case *c);

/* A copy of the arena, before the operator ran; free() it. */
uint8_t *core_arena(const struct core_case *c);

/* Aligned memory with a guard behind it, filled with rubbish; free() it. */
void *core_memory(uint64_t bytes);
void core_check_memory(const void *memory, uint64_t bytes);

#endif
