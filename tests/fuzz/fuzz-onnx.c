/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-onnx.c - ONNX files: imported, all passes run, and what is accepted must lead to a model file that can be read. */
#include <stdint.h>
#include <stdlib.h>

#include "nn/export/pnn.h"
#include "nn/graph/passes.h"
#include "nn/import/onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct graph *graph = graph_new();
	char reason[GRAPH_REASON];
	size_t file_size;
	void *file;

	if (graph && onnx_import(data, size, graph, reason) == 0) {
		graph_optimise(graph);
		if (pnn_write(graph, &file, &file_size, reason) == 0)
			free(file);
	}
	graph_free(graph);
	return 0;
}
