/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantise-constant.h - constants of float as integers and halves. Each function replaces the tensor's data, type and
 * scales in place. Errors: ENOMEM, EDOM for values that are not finite.
 */
#ifndef NN_GRAPH_QUANTISE_CONSTANT_H
#define NN_GRAPH_QUANTISE_CONSTANT_H

#include "nn/graph/graph.h"

enum {
	QUANTISE_PER_TENSOR = -1,
};

/*
 * Symmetric int8 or int16: scale = max|x| / 127 (32767) over each element of dimension dim, or over all
 * (QUANTISE_PER_TENSOR). least[n]: scales are at least these; NULL: no bound.
 */
int quantise_symmetric(struct graph_tensor *tensor, enum nn_type type, int dim, const float *least);

/* Asymmetric uint8 per tensor, 1 to 255. */
int quantise_asymmetric(struct graph_tensor *tensor);

/*
 * The smallest scales of weights for which a bias stays within its integers, which can't be left to max|w| where all
 * weights of a channel are zero. bias[n], n channels or one scale for all. ret_least[n or 1].
 */
void quantise_least_scales(const struct graph_tensor *bias, enum nn_type type, float input_scale, bool per_tensor,
			   float *ret_least);

/* int32 or int64 in steps of input_scale times the scales of the weights. */
int quantise_bias(struct graph_tensor *bias, enum nn_type type, float input_scale, const struct graph_tensor *weights);

/* In given steps, limited to the type. */
int quantise_in_steps(struct graph_tensor *tensor, enum nn_type type, float scale, int32_t zero_point);

/* IEEE 754 binary16, to the nearest, ties to even; too large becomes the largest. */
int quantise_half(struct graph_tensor *tensor);

/* One scale and zero point for a tensor. -ENOMEM. */
int quantise_set_scale(struct graph_tensor *tensor, float scale, int32_t zero_point);

size_t quantise_elements(const struct graph_tensor *tensor);

#endif
