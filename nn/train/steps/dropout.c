/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dropout.c - holes in training, drawn by each sample for itself (xorshift32 from the sample's key), so that neither the
 * order nor the threads matter. Backwards the same holes are drawn again.
 */
#include "nn/train/program.h"

static void punch(const struct step *step, const struct pass *pass, const float *from, float *to, bool add)
{
	size_t n = (size_t)pass->program->buffers[step->output].elements * TRAIN_LANES;
	uint32_t state[TRAIN_LANES] __attribute__((aligned(64)));

	for (unsigned lane = 0; lane < TRAIN_LANES; lane++)
		state[lane] = (pass->keys[lane] ^ (step->number + 1u) * 0x9e3779b9u) | 1;
	pass->kernels->punch(n, (uint32_t)(step->value * 0x1p24f), 1 / (1 - step->value), state, from, to, add);
}

static void forward(const struct step *step, const struct pass *pass)
{
	size_t n = (size_t)pass->program->buffers[step->output].elements * TRAIN_LANES;
	const float *x = pass_values(pass, step->input[0]);
	float *y = pass_values(pass, step->output);

	if (pass->training)
		punch(step, pass, x, y, false);
	else
		for (size_t i = 0; i < n; i++)
			y[i] = x[i];
}

static void backward(const struct step *step, const struct pass *pass)
{
	if (step_input_learns(pass, step, 0))
		punch(step, pass, pass_gradient(pass, step->output), pass_gradient(pass, step->input[0]), true);
}

const struct step_kind step_dropout = {"dropout", forward, backward};
