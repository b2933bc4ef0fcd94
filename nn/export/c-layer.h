/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c-layer.h - what becomes one call of a kernel in an exported module: an operator, with the pool behind it if the kernel
 * does both, its shapes, constants and output stage as the core keeps numbers.
 */
#ifndef NN_EXPORT_C_LAYER_H
#define NN_EXPORT_C_LAYER_H

#include <stdio.h>

#include "nn/export/c.h"
#include "nn/export/kernels/common.h"

struct c_layer {
	const struct nn_operator *op;
	enum c_core core;
	bool integer;
	struct nn_conv shape; /* of a convolution or pool; pointers are not used */
	int32_t inputs, outputs, channels;
	int32_t pool; /* 2: 2x2 maxima come behind, 1: none */
	const void *weights;
	const void *bias;
	int32_t *folded_bias; /* owned; with the input's zero point in it, where the kernel wants that */
	int32_t *factors;     /* owned; multipliers, then shifts, where they are not the model's */
	int32_t in_base;      /* integers are kept as value - base */
	int32_t out_base;
	int32_t in_zero, out_zero;
	const int32_t *multipliers, *shifts; /* to the left */
	uint32_t multiplier_count;
	bool right, single;
	int32_t low, high;
	float float_low, float_high, in_scale;
	bool bytes;	     /* numbers lie as in the model: int8, without padding */
	const int8_t *table; /* [channels][256]: what becomes of an output behind the layer; or NULL */
	const struct c_kernel *kernel;
};

/* A kernel that an operator of a type may have on a core; of several that fit the first one is taken. */
struct c_kernel {
	enum nn_operator_code code;
	bool integer;
	int cores; /* bits 1 << enum c_core */
	const char *function;
	int text;				   /* enum c_text */
	bool (*fits)(const struct c_layer *layer); /* NULL: always */
	void (*pack)(const struct c_layer *layer,
		     FILE *file); /* writes the elements of the weights; NULL: no weights */
	bool folds, pools;	  /* zero points are part of the biases; the pool's side is the second argument */
	const char *weights_type;
	/* Bytes for one run; NULL: not for layers with `bytes`, all the others are only for them. */
	uint32_t (*scratch)(const struct c_layer *layer);
};

/* Types, weights and inputs that kernels of a core take: the same type everywhere, no limits for each channel. */
bool c_layer_fits(const struct nn_model *model, const struct nn_operator *op);
void c_layer_read(const struct nn_model *model, const struct nn_operator *op, enum c_core core,
		  struct c_layer *ret_layer);
/* Biases and output stage of a layer that has its kernel. 0 or -ENOMEM. */
int c_layer_finish(struct c_layer *layer);
void c_layer_free(struct c_layer *layer);

/* The best kernel, or NULL. */
const struct c_kernel *c_kernel_find(const struct c_layer *layer);

/* Writes values with commas and line feeds. */
void c_write_i8(FILE *file, unsigned position, int value);
void c_write_f32(FILE *file, unsigned position, float value);

/* e^-(d * scale * beta) for d = 0, 1, ... in 1/2^31, as the integer softmax has it. Returns how many before 0. */
int32_t c_softmax_table(double scale, double beta, int32_t exps[256]);

#endif
