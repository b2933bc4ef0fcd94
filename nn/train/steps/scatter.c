/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scatter.c - elements of the inputs to elements of the output by tables: transpose, pad, concat, mean. With a factor
 * they are added up (mean), else put there.
 */
#include <string.h>

#include "nn/train/program.h"

static void forward(const struct step *step, const struct pass *pass)
{
	const struct buffer *buffers = pass->program->buffers;
	float *y = pass_values(pass, step->output);

	for (size_t i = 0; i < (size_t)buffers[step->output].elements * TRAIN_LANES; i++)
		y[i] = step->value;
	for (unsigned k = 0; k < step->inputs; k++) {
		const float *x = pass_values(pass, step->input[k]);

		for (uint32_t e = 0; e < buffers[step->input[k]].elements; e++, x += TRAIN_LANES) {
			float *to = y + (size_t)step->maps[k][e] * TRAIN_LANES;

			for (unsigned lane = 0; lane < TRAIN_LANES; lane++)
				to[lane] = step->factor > 0 ? to[lane] + step->factor * x[lane] : x[lane];
		}
	}
}

static void backward(const struct step *step, const struct pass *pass)
{
	const float *dy = pass_gradient(pass, step->output);
	float factor = step->factor > 0 ? step->factor : 1;

	for (unsigned k = 0; k < step->inputs; k++) {
		float *dx = pass_gradient(pass, step->input[k]);

		if (!step_input_learns(pass, step, k))
			continue;
		for (uint32_t e = 0; e < pass->program->buffers[step->input[k]].elements; e++, dx += TRAIN_LANES) {
			const float *from = dy + (size_t)step->maps[k][e] * TRAIN_LANES;

			for (unsigned lane = 0; lane < TRAIN_LANES; lane++)
				dx[lane] += factor * from[lane];
		}
	}
}

const struct step_kind step_scatter = {"scatter", forward, backward};
