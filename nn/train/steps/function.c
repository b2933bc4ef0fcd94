/* SPDX-License-Identifier: Apache-2.0 */
/* function.c - functions of one element. ReLU and its like are the range that every step may have. */
#include <string.h>

#include "nn/train/program.h"

static void forward(const struct step *step, const struct pass *pass)
{
	size_t n = (size_t)pass->program->buffers[step->output].elements * TRAIN_LANES;
	const float *x = pass_values(pass, step->input[0]);
	float *y = pass_values(pass, step->output);

	switch (step->node->code) {
	case NN_OPERATOR_LEAKY_RELU:
		nn_leaky_relu_f32((int32_t)n, step->factor, x, y);
		break;
	case NN_OPERATOR_SIGMOID:
		nn_sigmoid_f32((int32_t)n, x, y);
		break;
	case NN_OPERATOR_TANH:
		nn_tanh_f32((int32_t)n, x, y);
		break;
	case NN_OPERATOR_HARD_SWISH:
		nn_hard_swish_f32((int32_t)n, x, y);
		break;
	default:
		memcpy(y, x, n * sizeof(*y));
		break;
	}
}

static float slope_at(const struct step *step, float x, float y)
{
	switch (step->node->code) {
	case NN_OPERATOR_LEAKY_RELU:
		return x < 0 ? step->factor : 1;
	case NN_OPERATOR_SIGMOID:
		return y * (1 - y);
	case NN_OPERATOR_TANH:
		return 1 - y * y;
	case NN_OPERATOR_HARD_SWISH:
		return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
	default:
		return 1;
	}
}

static void backward(const struct step *step, const struct pass *pass)
{
	size_t n = (size_t)pass->program->buffers[step->output].elements * TRAIN_LANES;
	const float *x = pass_values(pass, step->input[0]), *y = pass_values(pass, step->output);
	const float *dy = pass_gradient(pass, step->output);
	float *dx = pass_gradient(pass, step->input[0]);

	if (!step_input_learns(pass, step, 0))
		return;
	for (size_t i = 0; i < n; i++)
		dx[i] += dy[i] * slope_at(step, x[i], y[i]);
}

const struct step_kind step_function = {"function", forward, backward};
