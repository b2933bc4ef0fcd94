/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - executes the operators of a checked model in their order. */
#include "nn/runtime/run.h"

#include <string.h>

#include "nn/runtime/core.h"

static size_t arena_room(const struct nn_model *model)
{
	return ((size_t)model->main->arena_bytes / NN_FORMAT_ALIGN + 1) * NN_FORMAT_ALIGN;
}

size_t nn_run_bytes(const struct nn_model *model)
{
	return arena_room(model) + nn_core_bytes(model);
}

int nn_run_start(struct nn_run *run, const struct nn_model *model, void *memory, size_t bytes)
{
	size_t prepared = nn_core_bytes(model);

	if ((uintptr_t)memory % NN_FORMAT_ALIGN || bytes < model->main->arena_bytes)
		return NN_ERROR_ARENA;
	memset(memory, 0, bytes < arena_room(model) ? bytes : arena_room(model));
	*run = (struct nn_run){.model = model, .arena = memory};
	if (prepared && bytes >= arena_room(model) + prepared)
		run->steps = nn_core_prepare(model, run->arena + arena_room(model));
	return 0;
}

void *nn_run_tensor(const struct nn_run *run, const struct nn_tensor *tensor)
{
	return run->arena + tensor->location;
}

static void run_portable(const struct nn_run *run, uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++) {
		const struct nn_operator *op = &run->model->operators[i];

		nn_operator_kind(op->code)->run[nn_operator_variant(run->model, op)](run->model, op, run->arena);
	}
}

void nn_run_some(const struct nn_run *run, uint32_t first, uint32_t end)
{
	if (!run->steps) {
		run_portable(run, first, end);
		return;
	}
	for (uint32_t i = first; i < end;) {
		const struct nn_step *step = &run->steps[i];

		if (step->kernel && step->count <= end - i) {
			step->kernel->run(step, run->arena);
			i += step->count;
		} else {
			step->portable(step->model, step->op, run->arena);
			i++;
		}
	}
}

void nn_run(const struct nn_run *run)
{
	nn_run_some(run, 0, run->model->operator_count);
}

uint32_t nn_run_together(const struct nn_run *run, uint32_t first)
{
	return run->steps ? run->steps[first].count : 1;
}
