/* SPDX-License-Identifier: Apache-2.0 */
/* lower-parts.h - what the parts of graph_lower() share: lower.c, lower-factors.c, lower-tables.c, lower-types.c. */
#ifndef NN_GRAPH_LOWER_PARTS_H
#define NN_GRAPH_LOWER_PARTS_H

#include "nn/graph/graph.h"

/* One node under work. */
struct lower {
	struct graph *graph;
	struct graph_node *node;
	unsigned number;
	bool float_product; /* of a network that was U8: the product of scales is rounded to float */
	char *reason;
};

struct multiplier {
	int32_t multiplier, shift;
};

/* A positive number as multiplier * 2^(shift - 31). */
struct multiplier lower_multiplier(double real);
int lower_set_multipliers(struct lower *lower, uint32_t n, const struct multiplier *multipliers);
int lower_refuse(const struct lower *lower, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct graph_tensor *lower_input(const struct lower *lower, unsigned i);
struct graph_tensor *lower_output(const struct lower *lower);
bool lower_is_integer(enum nn_type type);

/* Multipliers of nodes that have nothing else, and the factor of a layer's channel. */
double lower_layer_factor(const struct lower *lower, uint32_t i);
int lower_sum(struct lower *lower);
int lower_multiply(struct lower *lower);
int lower_rescale(struct lower *lower);
int lower_mean(struct lower *lower);

/* Tables as further inputs of the node. -ENOMEM, -E2BIG. */
int lower_add_function_table(struct lower *lower);
int lower_add_softmax_tables(struct lower *lower);

/* U8 to I8, half-precision constants to where they can be used. */
int lower_types(struct lower *lower);

#endif
