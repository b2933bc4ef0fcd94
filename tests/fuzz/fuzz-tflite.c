/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-tflite.c - TensorFlow Lite files: imported, lowered, written as a model file, and run when they are small. */
#include <stdint.h>
#include <stdlib.h>

#include "nn/export/pnn.h"
#include "nn/import/tflite.h"
#include "nn/runtime/run.h"

enum { ARENA_MAX = 1 << 20, WORK_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_file(const void *file, size_t size)
{
	struct nn_model model;
	struct nn_run run;
	size_t bytes;
	void *arena;

	if (nn_model_parse(file, size, &model) != 0)
		abort(); /* what pnn_write() has written can be read */
	if (model.main->arena_bytes > ARENA_MAX || model.work > WORK_MAX)
		return;
	bytes = nn_run_bytes(&model);
	arena = aligned_alloc(NN_FORMAT_ALIGN, bytes);
	if (arena && nn_run_start(&run, &model, arena, bytes) == 0)
		nn_run(&run);
	free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct graph *graph = graph_new();
	char reason[GRAPH_REASON];
	size_t file_size;
	void *file;

	if (graph && tflite_import(data, size, graph, reason) == 0 &&
	    graph_lower(graph, size % 2 ? NN_ROUNDING_SINGLE : NN_ROUNDING_DOUBLE, reason) == 0 &&
	    pnn_write(graph, &file, &file_size, reason) == 0) {
		run_file(file, file_size);
		free(file);
	}
	graph_free(graph);
	return 0;
}
