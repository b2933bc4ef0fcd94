/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-model.c - model files: checked, and run when accepted. The check sums are put right first, or nothing gets past them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/runtime/run.h"

enum { ARENA_MAX = 1 << 20, WORK_MAX = 1 << 22 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_model(const struct nn_model *model)
{
	size_t bytes = nn_run_bytes(model);
	void *arena = aligned_alloc(NN_FORMAT_ALIGN, bytes);
	struct nn_run run;

	if (arena && nn_run_start(&run, model, arena, bytes) == 0)
		nn_run(&run);
	free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = aligned_alloc(NN_FORMAT_ALIGN, (size / NN_FORMAT_ALIGN + 1) * NN_FORMAT_ALIGN);
	struct nn_model model;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (size >= sizeof(struct nn_header)) {
		((struct nn_header *)(void *)copy)->bytes = (uint32_t)size;
		pnn_seal(copy, size);
	}
	if (nn_model_parse(copy, size, &model) == 0 && model.main->arena_bytes <= ARENA_MAX && model.work <= WORK_MAX)
		run_model(&model);
	free(copy);
	return 0;
}
