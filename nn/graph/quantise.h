/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantise.h - a float graph becomes one of smaller numbers. Scales of weights follow Google's converter, so that the
 * same float network gives the same integers: max|w| / 127, for each channel of a convolution, halves away from zero.
 *
 *   int8      int8 activations (asymmetric) and weights, int32 bias
 *   int16x8   int16 activations (symmetric), int8 weights, int64 bias
 *   uint8     uint8 activations and weights, both asymmetric and per tensor, int32 bias
 *   drq       float activations that are quantised at run time, int8 weights where there are 1024 or more
 *   weights8  float activations, int8 weights that are dequantised at run time
 *   float16   float activations, half-precision constants
 *
 * The first three need the range of every tensor (nn/graph/calibrate.h).
 */
#ifndef NN_GRAPH_QUANTISE_H
#define NN_GRAPH_QUANTISE_H

#include "nn/graph/graph.h"

enum quantise_mode {
	QUANTISE_INT8,
	QUANTISE_INT16X8,
	QUANTISE_DRQ,
	QUANTISE_FLOAT16,
	QUANTISE_UINT8,
	QUANTISE_WEIGHTS8,
};

struct quantise_range {
	float low, high;
};

struct quantise_options {
	enum quantise_mode mode;
	enum nn_type input, output; /* of the network's ends; 0: those of the mode */
	bool per_tensor;	    /* one scale for all channels */
};

/* Whether activations become integers, too: then ranges are needed. */
bool quantise_needs_ranges(enum quantise_mode mode);

/*
 * Before ranges are measured: operators that integers have no kernel for become others (a batch norm a multiplication
 * and an addition). -ENOTSUP for a graph that is not all float, -E2BIG, -ENOMEM; ret_reason (GRAPH_REASON).
 */
int graph_quantise_prepare(struct graph *graph, char *ret_reason);

/*
 * ranges: by the number of the tensor, NULL when the mode needs none. The graph is to be lowered afterwards. Errors:
 * as above; EINVAL for options that do not go together, EDOM for a range or constant that is not finite.
 */
int graph_quantise(struct graph *graph, const struct quantise_options *options, const struct quantise_range *ranges,
		   char *ret_reason);

#endif
