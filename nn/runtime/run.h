/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - one network at work: a checked model and memory of the caller's. Nothing is allocated. Freestanding C11. */
#ifndef NN_RUNTIME_RUN_H
#define NN_RUNTIME_RUN_H

#include "nn/runtime/model.h"

struct nn_step;

struct nn_run {
	const struct nn_model *model;
	uint8_t *arena;
	const struct nn_step *steps; /* NULL: every operator by its portable kernel */
};

/*
 * The memory with which a model runs as fast as this core can: its arena, and behind it the weights once more, in the
 * order in which the core's kernels read them. A multiple of NN_FORMAT_ALIGN.
 */
size_t nn_run_bytes(const struct nn_model *model);

/*
 * memory: aligned to NN_FORMAT_ALIGN, at least main->arena_bytes. With less than nn_run_bytes() the portable kernels do
 * all, and the outputs are the same. Returns 0 or NN_ERROR_ARENA.
 */
int nn_run_start(struct nn_run *run, const struct nn_model *model, void *memory, size_t bytes);

/* A tensor of the arena: fill the input, call nn_run(), read the output. Other tensors share room over time. */
void *nn_run_tensor(const struct nn_run *run, const struct nn_tensor *tensor);

/*
 * All operators, or those first..end-1 for whoever looks between: what an operator before `end` makes is there
 * afterwards, if the operator behind it is not run with it in one.
 */
void nn_run(const struct nn_run *run);
void nn_run_some(const struct nn_run *run, uint32_t first, uint32_t end);

/* How many operators, beginning with this one, run in one. */
uint32_t nn_run_together(const struct nn_run *run, uint32_t first);

#endif
