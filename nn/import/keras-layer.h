/* SPDX-License-Identifier: Apache-2.0 */
/* keras-layer.h - one import of a Keras model at work: the layer at hand, and what layers are made of. Inside nn/import/. */
#ifndef NN_IMPORT_KERAS_LAYER_H
#define NN_IMPORT_KERAS_LAYER_H

#include <cjson/cJSON.h>

#include "nn/import/keras.h"

/* current is the first tensor that the layer at hand reads, then what it makes. */
struct keras_import {
	const struct keras_weights *weights;
	struct graph *graph;
	uint16_t current;
	char *reason;
	bool keras_3;	   /* which means something else by a few words */
	int model_input;   /* what the model at hand reads; -1: nothing yet */
	const char *group; /* of weights, that of the outermost nested model; NULL: the layer's own */
	/* The layer at hand. */
	const char *layer, *class_name;
	const cJSON *config;
	uint16_t inputs[GRAPH_INPUTS_MAX];
	unsigned input_count;
};

static inline const struct graph_tensor *keras_current(const struct keras_import *in)
{
	return &in->graph->tensors[in->current];
}

/* Why the layer at hand can't be taken. Returns -EOPNOTSUPP. */
int keras_refuse(struct keras_import *in, const char *what, const char *remedy);
/* In words for what graph.h's functions return. */
int keras_graph_failed(struct keras_import *in, int r);

/* --- its configuration --------------------------------------------------------------------------------------------- */

const char *keras_text_of(const struct keras_import *in, const char *key, const char *otherwise);
bool keras_is_true(const struct keras_import *in, const char *key);
bool keras_whole_number(const cJSON *item, int32_t *ret_number); /* 1 to 2^20 */
/* A number, or `otherwise` when there is none; anything else is refused. */
int keras_number_of(struct keras_import *in, const char *key, float otherwise, float *ret_number);
/* A pair [h, w] or one number for both; null and missing are `otherwise`. */
int keras_pair_of(struct keras_import *in, const char *key, const int32_t otherwise[2], int32_t ret_pair[2]);

/* --- what it becomes ----------------------------------------------------------------------------------------------- */

/* Adds what the layer makes, of the given shape, and the node that makes it from current and the constants. */
int keras_add_node(struct keras_import *in, struct graph_node node, const char *suffix, unsigned dims,
		   const uint32_t *shape);
/* The same of current's shape. */
int keras_add_same(struct keras_import *in, struct graph_node node, const char *suffix);
int keras_add_reshape(struct keras_import *in, const char *suffix, unsigned dims, const uint32_t *shape);
/* What graph_compose_...() made becomes current. */
int keras_take(struct keras_import *in, int tensor);
int keras_add_constant(struct keras_import *in, const char *suffix, unsigned dims, const uint32_t *shape,
		       const float *data, uint16_t *ret_tensor);
/* Reads a weight that must have this shape; ret_data is to be freed. -ENOENT when the layer does not have it. */
int keras_read_weight(struct keras_import *in, const char *name, unsigned dims, const uint32_t *shape,
		      float **ret_data);
int keras_add_weight(struct keras_import *in, const char *name, unsigned dims, const uint32_t *shape,
		     uint16_t *ret_tensor);
/* The runtime always adds a bias: a layer without one gets zeros. */
int keras_add_bias(struct keras_import *in, uint32_t n, uint16_t *ret_tensor);
int keras_missing_weights(struct keras_import *in);

/* --- layers of each class ------------------------------------------------------------------------------------------ */

/* Activations are nodes of their own; a pass fuses them later (keras-activations.c). */
int keras_add_activation(struct keras_import *in); /* the one that the configuration names */
int keras_import_softmax(struct keras_import *in);
int keras_import_relu(struct keras_import *in);
int keras_import_leaky_relu(struct keras_import *in);
int keras_import_prelu(struct keras_import *in);

/* Windows over images, or over rows of them, which are images of height 1 (keras-windows.c). */
int keras_import_conv(struct keras_import *in);
int keras_import_conv_1d(struct keras_import *in);
int keras_import_depthwise(struct keras_import *in);
int keras_import_separable(struct keras_import *in);
int keras_import_max_pool(struct keras_import *in);
int keras_import_max_pool_1d(struct keras_import *in);
int keras_import_average_pool(struct keras_import *in);
int keras_import_average_pool_1d(struct keras_import *in);
int keras_import_global_average_pool(struct keras_import *in);
int keras_import_global_max_pool(struct keras_import *in);

/* Of one input (keras-layers.c). */
int keras_import_flatten(struct keras_import *in);
int keras_import_reshape(struct keras_import *in);
int keras_import_permute(struct keras_import *in);
int keras_import_zero_padding(struct keras_import *in);
int keras_import_dense(struct keras_import *in);
int keras_import_batch_norm(struct keras_import *in);
int keras_import_normalization(struct keras_import *in);
int keras_import_rescaling(struct keras_import *in);

/* Of several (keras-merges.c). */
int keras_import_add(struct keras_import *in);
int keras_import_subtract(struct keras_import *in);
int keras_import_multiply(struct keras_import *in);
int keras_import_average(struct keras_import *in);
int keras_import_concatenate(struct keras_import *in);

#endif
