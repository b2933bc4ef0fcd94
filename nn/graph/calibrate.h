/* SPDX-License-Identifier: Apache-2.0 */
/* calibrate.h - the range of each tensor of a float graph, measured by running it on samples. */
#ifndef NN_GRAPH_CALIBRATE_H
#define NN_GRAPH_CALIBRATE_H

#include "nn/graph/quantise.h"

enum calibrate_rule {
	CALIBRATE_MINMAX,     /* all that was seen */
	CALIBRATE_PERCENTILE, /* without the rarest values at both ends */
	CALIBRATE_MSE,	      /* the one with the least mean square error of rounding and cutting */
};

struct calibrate_options {
	enum calibrate_rule rule;
	double percentile; /* of values that stay, 50 to 100 */
	unsigned steps;	   /* of the integers: 255 or 65535 */
};

struct calibrate_samples {
	size_t n;
	/* Writes sample i into the network's input. */
	void (*get)(void *context, size_t i, float *input);
	void *context;
};

/*
 * ret_ranges[NN_TENSORS_MAX], by the number of the tensor in the graph. Errors: those of pnn_write(), EINVAL for no
 * sample; ret_reason (GRAPH_REASON).
 */
int graph_calibrate(const struct graph *graph, const struct calibrate_options *options,
		    const struct calibrate_samples *samples, struct quantise_range *ret_ranges, char *ret_reason);

#endif
