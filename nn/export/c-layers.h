/* SPDX-License-Identifier: Apache-2.0 */
/* c-layers.h - all layers of a chain, in the order of their calls. */
#ifndef NN_EXPORT_C_LAYERS_H
#define NN_EXPORT_C_LAYERS_H

#include "nn/export/c-layer.h"

struct c_layers {
	struct c_layer layers[NN_OPS_MAX];
	uint32_t count;
	bool integer;
	bool wide;    /* 8-bit numbers are kept in 16 bits between layers, less their zero points */
	int32_t base; /* of the last layer's output: kept as value - base */
};

/* 0, -ENOTSUP or -ENOMEM. c_layers_free() is due in any case. */
int c_layers_make(const struct nn_model *model, enum c_core core, struct c_layers *ret_layers);
void c_layers_free(struct c_layers *layers);

#endif
