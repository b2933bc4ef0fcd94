/* SPDX-License-Identifier: Apache-2.0 */
/* keras-calls.h - which layers a layer reads, as a Functional model's configuration says it, and what they have made. */
#ifndef NN_IMPORT_KERAS_CALLS_H
#define NN_IMPORT_KERAS_CALLS_H

#include "nn/import/keras-layer.h"

enum {
	KERAS_LAYERS_MAX = 512,	   /* of one model; nested ones have their own */
	KERAS_VALUES_MAX = 1024,   /* at a time */
	KERAS_STEPS_MAX = 1 << 14, /* looks at a layer: hostile order must not take long */
};

/* What call number `call` of a layer makes; a layer that is shared is called more than once. */
struct keras_value {
	const char *layer; /* in the configuration */
	unsigned call;
	uint16_t tensor;
};

/* The values of the model at hand and, before them, of those around it. */
struct keras_values {
	struct keras_value *values; /* owned */
	size_t n, room;
	size_t first; /* of the model at hand */
	unsigned steps;
};

/* How often a layer is called: at least once. */
unsigned keras_call_count(const cJSON *layer);
/* Whether the layer says which others it reads. */
bool keras_has_sources(const cJSON *layer);

/*
 * What the call reads becomes in->inputs. -EAGAIN: something of it has not been made yet, and is named in the reason;
 * -EOPNOTSUPP: it reads nothing or too much.
 */
int keras_read_sources(struct keras_import *in, const struct keras_values *values, const cJSON *layer, unsigned call);
int keras_add_value(struct keras_import *in, struct keras_values *values, const char *layer, unsigned call);

/* How many layers a model's input_layers or output_layers names; the first as a tensor, or -1 when it is not made. */
unsigned keras_find_end(const cJSON *ends, const struct keras_values *values, int *ret_tensor);

#endif
