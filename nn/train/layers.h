/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layers.h - a new network for training: from a list of layers with skip connections, or one of the built-in ones.
 * Weights are drawn from the seed (He's for what a ReLU follows, else Glorot's), biases 0.
 */
#ifndef NN_TRAIN_LAYERS_H
#define NN_TRAIN_LAYERS_H

#include "nn/train/trainer.h"

enum {
	LAYERS_MAX = 160,
	LAYER_PREVIOUS = 0, /* the layer before; the first one reads the input */
	LAYER_INPUT = -1,   /* the network's input */
};

enum layer_kind {
	LAYER_CONV_2D,
	LAYER_DEPTHWISE_CONV_2D, /* filters: the multiplier, 0 = 1 */
	LAYER_DENSE,		 /* units = filters; flattens by itself */
	LAYER_MAX_POOL_2D,
	LAYER_AVERAGE_POOL_2D,
	LAYER_GLOBAL_AVERAGE_POOL_2D,
	LAYER_BATCH_NORM,
	LAYER_ACTIVATION,
	LAYER_DROPOUT,
	LAYER_FLATTEN,
	LAYER_ADD, /* with `other` */
	LAYER_MULTIPLY,
	LAYER_CONCAT, /* along the channels */
	LAYER_PAD,    /* zeros around the image: pad[] */
	LAYER_SOFTMAX,
};

enum layer_activation {
	LAYER_LINEAR,
	LAYER_RELU,
	LAYER_RELU6,
	LAYER_LEAKY_RELU, /* slope */
	LAYER_SIGMOID,
	LAYER_TANH,
	LAYER_HARD_SWISH,
};

struct layer {
	enum layer_kind kind;
	enum layer_activation activation;
	char name[NN_FORMAT_NAME]; /* "": made from kind and number */
	int from;		   /* LAYER_PREVIOUS, LAYER_INPUT, or 1 + the position of an earlier layer */
	int other;		   /* the same, of ADD, MULTIPLY, CONCAT */
	uint32_t filters;
	uint32_t kernel[2], stride[2], dilation[2]; /* height, width; 0 = 1; a pool's stride: 0 = its kernel */
	bool same;				    /* padded so that stride 1 keeps the size */
	bool no_bias;
	float share;	 /* dropout */
	float slope;	 /* of leaky ReLU */
	uint32_t pad[4]; /* top, left, bottom, right */
};

/* A network to be. */
struct layers {
	struct layer list[LAYERS_MAX];
	unsigned n;
	uint32_t input[3]; /* height, width, channels; a vector is 1, 1, n */
	char name[NN_FORMAT_NAME];
};

/* Appends one. -E2BIG. */
int layers_add(struct layers *layers, const struct layer *layer);

/*
 * Makes the graph, and appends to options->dropouts. -EINVAL with the layer and what is wrong in ret_reason
 * (GRAPH_REASON bytes), -ENOMEM, -E2BIG.
 */
int layers_build(const struct layers *layers, uint64_t seed, struct graph **ret_graph, struct trainer_options *options,
		 char *ret_reason);

/* A built-in network; a softmax is its last layer. */
struct layers_maker {
	const char *name, *summary;
	uint32_t input[3]; /* the usual one: height, width, channels */
	uint32_t classes;
	float dropout; /* the usual share, of networks with one to choose; else 0 */
	const struct layer *list;
	unsigned n;
};

extern const struct layers_maker layers_makers[]; /* till name is NULL */
/* NULL: no such name. */
const struct layers_maker *layers_find_maker(const char *name);
/* Its layers for this input, these classes and this dropout. */
void layers_make(const struct layers_maker *maker, const uint32_t input[3], uint32_t classes, float dropout,
		 struct layers *ret_layers);

/*
 * A new last layer for other classes, behind what the graph has before its last dense layer (or convolution): for transfer
 * learning. -ENOTSUP when there is none, with ret_reason.
 */
int layers_replace_head(struct graph *graph, uint32_t classes, uint64_t seed, char *ret_reason);
/* Holes in what that layer reads, in training; share: 0 or more and below 1. Appends to options->dropouts. As above. */
int layers_drop_before_head(const struct graph *graph, float share, struct trainer_options *options, char *ret_reason);

#endif
