/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-keras.c - the text model_config of Keras files. Weights are there in any shape up to a size, as if they fitted. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/keras.h"

enum { WEIGHTS_MAX = 1 << 18 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The shape that layers of this name have, taken from the length of the layer's. */
static int read_weight(const struct keras_weights *weights, const char *layer, const char *name, unsigned *ret_dims,
		       uint32_t shape[NN_DIMS_MAX], float **ret_data, char *ret_reason)
{
	static const uint32_t kernels[][NN_DIMS_MAX] = {{3, 3, 2, 8}, {3, 3, 8, 1}, {72, 32, 1, 1}, {32, 8, 1, 1}};
	const uint32_t *kernel = kernels[strlen(layer) % 4];
	bool flat = !strstr(name, "kernel");
	uint32_t elements = 1;
	float *data;

	(void)weights;
	(void)ret_reason;
	if (strstr(layer, "absent"))
		return -ENOENT;
	*ret_dims = flat ? 1 : kernel[2] == 1 ? 2 : 4;
	for (unsigned i = 0; i < *ret_dims; i++) {
		shape[i] = flat ? kernel[(unsigned char)*layer % 4] : kernel[i];
		elements *= shape[i];
	}
	data = elements <= WEIGHTS_MAX ? calloc(elements, sizeof(*data)) : NULL;
	if (!data)
		return -ENOMEM;
	*ret_data = data;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct keras_weights weights = {.read = read_weight};
	struct graph *graph = graph_new();
	char *text = strndup((const char *)data, size), reason[GRAPH_REASON];

	if (graph && text && keras_import(text, &weights, graph, reason) == 0)
		(void)graph_lower(graph, NN_ROUNDING_SINGLE, reason);
	free(text);
	graph_free(graph);
	return 0;
}
