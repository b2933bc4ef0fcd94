/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - one network at work: a checked model and an arena of the caller's. Nothing is allocated. Freestanding C11. */
#ifndef NN_RUNTIME_RUN_H
#define NN_RUNTIME_RUN_H

#include "nn/runtime/model.h"

struct nn_run {
	const struct nn_model *model;
	uint8_t *arena;
};

/* arena: aligned to NN_FORMAT_ALIGN, at least main->arena_bytes, cleared here. Returns 0 or NN_ERROR_ARENA. */
int nn_run_start(struct nn_run *run, const struct nn_model *model, void *arena, size_t arena_bytes);

/* A tensor of the arena: fill the input, call nn_run(), read the output. Other tensors share room over time. */
void *nn_run_tensor(const struct nn_run *run, const struct nn_tensor *tensor);

/* All operators, or those first..end-1 for whoever looks between. */
void nn_run(const struct nn_run *run);
void nn_run_some(const struct nn_run *run, uint32_t first, uint32_t end);

#endif
