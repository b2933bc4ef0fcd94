/* SPDX-License-Identifier: Apache-2.0 */
/* measurement.h - what a model costs: work, memory, and time on this core. */
#ifndef NN_TOOL_MEASUREMENT_H
#define NN_TOOL_MEASUREMENT_H

#include "nn/tool/macc.h"
#include "nn/tool/runner.h"

struct measurement_layer {
	struct macc macc;
	uint64_t weights_bytes; /* of its constants and their scales */
	uint64_t min_ns;	/* 0: run in one with the layer before */
};

struct measurement {
	struct macc macc;
	uint64_t weights_bytes, arena_bytes, input_bytes, output_bytes;
	uint64_t min_ns, median_ns, p99_ns; /* of a whole run */
	struct measurement_layer layers[NN_OPS_MAX];
};

/* Runs the model's input runs times. -ENOMEM. */
int measurement_take(struct runner *runner, const float *input, unsigned runs, struct measurement *ret_measurement);

#endif
