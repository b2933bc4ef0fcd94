/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-h5.c - Keras .h5 files: libhdf5 reads them in a process of its own, and whatever becomes of that, this one goes on. */
#include <stdint.h>

#include "nn/import/h5.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const unsigned replay_divisor;

const unsigned replay_divisor = 8; /* each run is a process */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct graph *graph = graph_new();
	char reason[GRAPH_REASON];

	if (graph && h5_import(data, size, graph, reason) == 0)
		(void)graph_lower(graph, NN_ROUNDING_SINGLE, reason);
	graph_free(graph);
	return 0;
}
