/* SPDX-License-Identifier: Apache-2.0 */
/* pair.c - add, subtract, multiply; tables say which element of an input goes to one of the output, none: the same. */
#include "nn/train/program.h"

static float *row(float *values, const struct step *step, unsigned k, uint32_t e)
{
	return values + (size_t)(step->maps[k] ? step->maps[k][e] : e) * TRAIN_LANES;
}

static void forward(const struct step *step, const struct pass *pass)
{
	float *a = pass_values(pass, step->input[0]), *b = pass_values(pass, step->input[1]);
	float *y = pass_values(pass, step->output);

	for (uint32_t e = 0; e < pass->program->buffers[step->output].elements; e++, y += TRAIN_LANES) {
		const float *p = row(a, step, 0, e), *q = row(b, step, 1, e);

		for (unsigned lane = 0; lane < TRAIN_LANES; lane++)
			if (step->node->code == NN_OPERATOR_ADD)
				y[lane] = p[lane] + q[lane];
			else if (step->node->code == NN_OPERATOR_SUBTRACT)
				y[lane] = p[lane] - q[lane];
			else
				y[lane] = p[lane] * q[lane];
	}
}

/* The gradient of one side; other: the values of the other one, for a product. */
static void backward_side(const struct step *step, const struct pass *pass, unsigned side, float sign)
{
	bool product = step->node->code == NN_OPERATOR_MULTIPLY;
	float *dx = pass_gradient(pass, step->input[side]), *other = pass_values(pass, step->input[!side]);
	const float *dy = pass_gradient(pass, step->output);

	for (uint32_t e = 0; e < pass->program->buffers[step->output].elements; e++, dy += TRAIN_LANES) {
		float *to = row(dx, step, side, e);
		const float *factor = row(other, step, !side, e);

		for (unsigned lane = 0; lane < TRAIN_LANES; lane++)
			to[lane] += dy[lane] * (product ? factor[lane] : sign);
	}
}

static void backward(const struct step *step, const struct pass *pass)
{
	if (step_input_learns(pass, step, 0))
		backward_side(step, pass, 0, 1);
	if (step_input_learns(pass, step, 1))
		backward_side(step, pass, 1, step->node->code == NN_OPERATOR_SUBTRACT ? -1 : 1);
}

const struct step_kind step_pair = {"pair", forward, backward};
