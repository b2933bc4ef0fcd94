/* SPDX-License-Identifier: Apache-2.0 */
/* layers-build.h - a graph that grows layer by layer: what layers.c and layers-kinds.c share. */
#ifndef NN_TRAIN_LAYERS_BUILD_H
#define NN_TRAIN_LAYERS_BUILD_H

#include "nn/train/layers.h"

/* A graph that grows, and the tensor that each layer so far has made. */
struct build {
	const struct layers *layers;
	struct graph *graph;
	struct trainer_options *options;
	uint64_t seed;
	unsigned at; /* the layer */
	uint16_t made[LAYERS_MAX];
	char *reason;
};

static inline const struct layer *build_layer(const struct build *build)
{
	return &build->layers->list[build->at];
}

static inline struct graph_tensor *build_tensor(const struct build *build, int tensor)
{
	return &build->graph->tensors[tensor];
}

/* The layer's name, with something behind it. */
void build_name(const struct build *build, const char *part, char ret_name[NN_FORMAT_NAME]);
/* -EINVAL, with the layer and the words in the reason. */
int build_refuse(const struct build *build, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The tensor that `from` means, or -EINVAL. */
int build_source(const struct build *build, int from);
/* Appends the node and what it makes: its output's number, or negative. */
int build_node(struct build *build, struct graph_node *node, const char *part, unsigned dims, const uint32_t *shape);

/* What the layer makes of tensor `from`, without its activation: a tensor, or negative. */
int build_kind(struct build *build, int from);

#endif
