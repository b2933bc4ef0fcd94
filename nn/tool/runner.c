/* SPDX-License-Identifier: Apache-2.0 */
/* runner.c - see runner.h. */
#include "nn/tool/runner.h"

#include <errno.h>
#include <stdlib.h>

#include "nn/runtime/value.h"

int runner_open(const struct nn_model *model, struct runner *ret_runner)
{
	size_t bytes = nn_run_bytes(model);
	struct runner runner = {
		.inputs = nn_tensor_elements(nn_model_input(model)),
		.outputs = nn_tensor_elements(nn_model_output(model)),
	};

	if (!nn_value_supported(nn_model_input(model)) || !nn_value_supported(nn_model_output(model)))
		return -EOPNOTSUPP;
	runner.arena = aligned_alloc(NN_FORMAT_ALIGN, bytes);
	runner.output = calloc(runner.outputs, sizeof(*runner.output));
	if (!runner.arena || !runner.output || nn_run_start(&runner.run, model, runner.arena, bytes) != 0) {
		runner_close(&runner);
		return -ENOMEM;
	}
	*ret_runner = runner;
	return 0;
}

void runner_close(struct runner *runner)
{
	free(runner->arena);
	free(runner->output);
	*runner = (struct runner){0};
}

void runner_run(struct runner *runner, const float *input)
{
	const struct nn_model *model = runner->run.model;

	nn_value_write(&runner->run, nn_model_input(model), input);
	nn_run(&runner->run);
	nn_value_read(&runner->run, nn_model_output(model), runner->output);
}

uint32_t runner_best(const struct runner *runner)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < runner->outputs; i++)
		if (runner->output[i] > runner->output[best])
			best = i;
	return best;
}
