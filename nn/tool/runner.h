/* SPDX-License-Identifier: Apache-2.0 */
/* runner.h - a checked model with an arena of its own: real numbers in, real numbers out. */
#ifndef NN_TOOL_RUNNER_H
#define NN_TOOL_RUNNER_H

#include "nn/runtime/run.h"

struct runner {
	struct nn_run run;
	void *arena;
	uint32_t inputs, outputs; /* elements */
	float *output;		  /* [outputs], of the last run */
};

/* -ENOMEM, or -EOPNOTSUPP for ends of a type without values. */
int runner_open(const struct nn_model *model, struct runner *ret_runner);
void runner_close(struct runner *runner);
/* input[inputs] through the network; runner->output holds the answer. */
void runner_run(struct runner *runner, const float *input);
/* The position of the largest output; of equal ones the first. */
uint32_t runner_best(const struct runner *runner);

#endif
