/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block.h - convolutions, depthwise ones and dense layers prepared for vectors of eight output channels.
 *
 * Everything that belongs to a channel is padded to whole blocks of eight, weights are 16-bit numbers less their zero
 * point. The rows of the input that a window covers become 16-bit numbers less theirs, with the padding as zeros, in a
 * ring in scratch memory: each input is converted once, inner loops know no edges, and all sums are exact.
 *
 * Exported modules have such layers as constants, and the text of what runs them (nn/export/c-block.c): neither this file
 * nor those that run layers know of models.
 */
#ifndef NN_RUNTIME_CORES_BLOCK_H
#define NN_RUNTIME_CORES_BLOCK_H

#include <stdbool.h>

#include "nn/runtime/kernels-int.h"

enum {
	NN_BLOCK = 8,
	NN_BLOCK_KERNEL_MAX = 16, /* rows of a window */
	NN_BLOCK_SLACK = 16,	  /* numbers behind a row that may be read, and do not count */
	NN_BLOCK_ENTRIES = 256,	  /* of a channel in the table */
};

struct nn_block {
	struct nn_window window;
	struct nn_output_stage stage; /* for what vectors can't do */
	int32_t in_zero, zero_point;
	int32_t blocks, block;		     /* number; weights in each */
	int32_t runs, run;		     /* runs of inputs side by side in a window's row; inputs in each, even */
	int32_t run_step, pixel_step;	     /* inputs from run to run, from output pixel to output pixel */
	int32_t row, border, behind;	     /* inputs in a row, zeros before it, and behind it */
	int32_t pitch, depth;		     /* numbers from row to row of the ring, and its rows */
	int32_t rows_read;		     /* of the padded image */
	bool flat;			     /* the ring is the image as it is */
	bool pooled;			     /* of each 2x2 outputs only the largest is written */
	int32_t multiplier;		     /* of a depthwise convolution; 0: of all inputs */
	bool single, down;		     /* rounding; whether all shifts go right */
	bool dynamic;			     /* the input is quantised at run time */
	const int32_t *multipliers, *shifts; /* [blocks * 8] each */
	const int32_t *bias;		     /* likewise, 32-bit sums only */
	const int16_t *low, *high;	     /* likewise */
	const int64_t *wide_bias;	     /* the model's */
	const float *float_bias, *scales;    /* of hybrid layers, [blocks * 8] each */
	struct nn_range range;
	const int16_t *weights;
	const int8_t *table; /* what follows number by number, or NULL: tail.h */
	int16_t *rows;
};

/* Pixels come by twos: inputs from one of a pair to the other, and from pair to pair. */
struct nn_pixel_steps {
	int32_t one, pair;
};

static inline int32_t nn_pixel_at(struct nn_pixel_steps steps, int32_t pixel)
{
	return (pixel & 1) * steps.one + (pixel >> 1) * steps.pair;
}

/* No holes in the window, no shift to the left, every input for every channel: the common case. */
static inline bool nn_block_is_straight(const struct nn_block *l)
{
	return !l->multiplier && l->runs == 1 && l->down;
}

#endif
