/* SPDX-License-Identifier: Apache-2.0 */
/* keras.h - Keras models: a list of layers, each with a configuration (JSON) and weights by name. */
#ifndef NN_IMPORT_KERAS_H
#define NN_IMPORT_KERAS_H

#include "nn/graph/graph.h"

/* Where weights come from; the HDF5 file implements it. */
struct keras_weights {
	/*
	 * The floats of weight `name` ("kernel", "bias", ...) of a layer: dims and shape are given out, *ret_data is to be
	 * freed. -ENOENT when the layer has none of that name.
	 */
	int (*read)(const struct keras_weights *weights, const char *layer, const char *name, unsigned *ret_dims,
		    uint32_t shape[NN_DIMS_MAX], float **ret_data, char *ret_reason);
};

/*
 * Fills graph from a model_config text: Sequential and Functional models, also models as layers of others. Errors:
 * EBADMSG for a text that is no configuration, EOPNOTSUPP with layer, kind and what would work in ret_reason
 * (GRAPH_REASON bytes).
 */
int keras_import(const char *model_config, const struct keras_weights *weights, struct graph *graph, char *ret_reason);

#endif
