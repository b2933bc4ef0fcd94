/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layers-makers.c - the built-in networks. In their lists the last dense layer has no units (as many as classes), and a
 * dropout without a share has the one that is asked for.
 */
#include <string.h>
#include <strings.h>

#include "nn/train/layers.h"

#define CONV(n, size, ...)                                                                                             \
	{                                                                                                              \
		.kind = LAYER_CONV_2D, .filters = n, .kernel = {size, size}, __VA_ARGS__                               \
	}
#define DEPTHWISE(size, ...)                                                                                           \
	{                                                                                                              \
		.kind = LAYER_DEPTHWISE_CONV_2D, .kernel = {size, size}, __VA_ARGS__                                   \
	}
#define DENSE(n, ...)                                                                                                  \
	{                                                                                                              \
		.kind = LAYER_DENSE, .filters = n, __VA_ARGS__                                                         \
	}
#define POOL                                                                                                           \
	{                                                                                                              \
		.kind = LAYER_MAX_POOL_2D, .kernel = { 2, 2 }                                                          \
	}
#define NORM(...)                                                                                                      \
	{                                                                                                              \
		.kind = LAYER_BATCH_NORM, __VA_ARGS__                                                                  \
	}
#define DROPOUT(part)                                                                                                  \
	{                                                                                                              \
		.kind = LAYER_DROPOUT, .share = part                                                                   \
	}
#define ADD(to, ...)                                                                                                   \
	{                                                                                                              \
		.kind = LAYER_ADD, .other = to, __VA_ARGS__                                                            \
	}
#define SAME   .same = true
#define RELU   .activation = LAYER_RELU
#define BY_TWO .stride = {2, 2}
#define END                                                                                                            \
	DENSE(0),                                                                                                      \
	{                                                                                                              \
		.kind = LAYER_SOFTMAX                                                                                  \
	}

static const struct layer handposture[] = {
	CONV(8, 3, RELU), POOL, DROPOUT(0), DENSE(32, RELU), END,
};

/* The two branches begin at the fourth layer, the ReLU. */
static const struct layer two_branches[] = {
	CONV(8, 3, SAME),
	POOL,
	NORM(),
	{.kind = LAYER_ACTIVATION, RELU},
	CONV(16, 3, SAME),
	NORM(),
	CONV(16, 3, SAME, .from = 4),
	NORM(),
	ADD(6, RELU),
	END,
};

static const struct layer res88[] = {
	CONV(8, 3, SAME), NORM(RELU), POOL, CONV(8, 3, SAME), NORM(), ADD(3, RELU), END,
};

static const struct layer res33[] = {
	CONV(8, 3), NORM(RELU), POOL, CONV(8, 3, SAME), NORM(), ADD(3, RELU), END,
};

static const struct layer mnist_mlp[] = {
	DENSE(200, RELU),
	DENSE(200, RELU),
	END,
};

static const struct layer mnist_linear[] = {
	DENSE(20, RELU),
	END,
};

static const struct layer mnist_cnn[] = {
	CONV(8, 3, RELU), POOL, CONV(16, 3, RELU), POOL, DENSE(32, RELU), DROPOUT(0), END,
};

static const struct layer cifar10_cnn[] = {
	CONV(32, 3, SAME, RELU), NORM(), CONV(32, 3, SAME, RELU), NORM(), POOL, DROPOUT(0.2f),
	CONV(64, 3, SAME, RELU), NORM(), CONV(64, 3, SAME, RELU), NORM(), POOL, DROPOUT(0.3f),
	CONV(64, 3, SAME, RELU), NORM(), CONV(64, 3, SAME, RELU), NORM(), POOL, DROPOUT(0.4f),
	DENSE(128, RELU),	 NORM(), DROPOUT(0.5f),		  END,
};

static const struct layer cifar10_small[] = {
	CONV(24, 3, SAME), NORM(RELU), POOL,	   DROPOUT(0), CONV(24, 3, SAME), NORM(RELU), POOL, DROPOUT(0),
	DENSE(48),	   NORM(RELU), DROPOUT(0), END,
};

#define FULL(n, size, ...) CONV(n, size, SAME, RELU, __VA_ARGS__), NORM()
#define EACH(size)	   DEPTHWISE(size, SAME, RELU), NORM()
static const struct layer cifar100_cnn[] = {
	FULL(32, 3), EACH(3), FULL(32, 1),	    EACH(3), FULL(32, 1),	   EACH(3),
	FULL(32, 1), EACH(3), FULL(92, 3, BY_TWO),  EACH(1), FULL(92, 1),	   EACH(3),
	FULL(92, 1), EACH(3), FULL(128, 3, BY_TWO), EACH(1), FULL(128, 3, BY_TWO), FULL(128, 3, BY_TWO),
	END,
};

#define LIST(layers) .list = layers, .n = sizeof(layers) / sizeof((layers)[0])

const struct layers_maker layers_makers[] = {
	{"CNN2D_ST_HandPosture", "ST's hand posture network: one convolution, two dense layers", .input = {8, 8, 2},
	 .classes = 8, .dropout = 0.2f, LIST(handposture)},
	{"two-branches", "the MATLAB project's residual network: two convolutions side by side, added",
	 .input = {8, 8, 2}, .classes = 4, LIST(two_branches)},
	{"res88", "residual network on the image halved: two convolutions and an identity", .input = {8, 8, 2},
	 .classes = 8, LIST(res88)},
	{"res33", "the same without padding at the first convolution: maps of 3x3", .input = {8, 8, 2}, .classes = 8,
	 LIST(res33)},
	{"mnist-mlp", "digits: dense 200, 200", .input = {28, 28, 1}, .classes = 10, LIST(mnist_mlp)},
	{"mnist-linear", "digits: dense 20", .input = {28, 28, 1}, .classes = 10, LIST(mnist_linear)},
	{"mnist-cnn", "digits: two convolutions, dense 32", .input = {28, 28, 1}, .classes = 10, .dropout = 0.2f,
	 LIST(mnist_cnn)},
	{"cifar10-cnn", "small pictures: six convolutions, dense 128", .input = {32, 32, 3}, .classes = 10,
	 LIST(cifar10_cnn)},
	{"cifar10-small", "small pictures: two convolutions, dense 48", .input = {32, 32, 3}, .classes = 10,
	 .dropout = 0.2f, LIST(cifar10_small)},
	{"cifar100-cnn", "small pictures: ten convolutions, eight depthwise", .input = {32, 32, 3}, .classes = 20,
	 LIST(cifar100_cnn)},
	{0},
};

/* ST's model zoo has renamed its network with version 4. */
static const char st_old[] = "CNN2D_ST_HandPosture", st_new[] = "st_cnn2d_handposture";

const struct layers_maker *layers_find_maker(const char *name)
{
	const char *wanted = strcasecmp(name, st_new) ? name : st_old;

	for (const struct layers_maker *maker = layers_makers; maker->name; maker++)
		if (!strcasecmp(maker->name, wanted))
			return maker;
	return NULL;
}

void layers_make(const struct layers_maker *maker, const uint32_t input[3], uint32_t classes, float dropout,
		 struct layers *ret_layers)
{
	*ret_layers = (struct layers){.n = maker->n};
	strcpy(ret_layers->name, maker->name);
	memcpy(ret_layers->input, input, sizeof(ret_layers->input));
	memcpy(ret_layers->list, maker->list, maker->n * sizeof(*maker->list));
	for (unsigned i = 0; i < maker->n; i++) {
		struct layer *layer = &ret_layers->list[i];

		if (layer->kind == LAYER_DENSE && !layer->filters)
			layer->filters = classes;
		if (layer->kind == LAYER_DROPOUT && !(layer->share > 0))
			layer->share = dropout;
	}
}
