/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - executes the operators of a checked model in their order. */
#include "nn/runtime/run.h"

#include <string.h>

#include "nn/runtime/operators.h"

int nn_run_start(struct nn_run *run, const struct nn_model *model, void *arena, size_t arena_bytes)
{
	if ((uintptr_t)arena % NN_FORMAT_ALIGN || arena_bytes < model->main->arena_bytes)
		return NN_ERROR_ARENA;
	memset(arena, 0, arena_bytes);
	*run = (struct nn_run){.model = model, .arena = arena};
	return 0;
}

void *nn_run_tensor(const struct nn_run *run, const struct nn_tensor *tensor)
{
	return run->arena + tensor->location;
}

void nn_run_some(const struct nn_run *run, uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++) {
		const struct nn_operator *op = &run->model->operators[i];

		nn_operator_kind(op->code)->run[nn_operator_variant(run->model, op)](run->model, op, run->arena);
	}
}

void nn_run(const struct nn_run *run)
{
	nn_run_some(run, 0, run->model->operator_count);
}
