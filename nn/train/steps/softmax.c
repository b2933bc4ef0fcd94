/* SPDX-License-Identifier: Apache-2.0 */
/* softmax.c - over the last dimension; window.in_c is its size, factor the beta. */
#include "nn/runtime/math.h"
#include "nn/train/program.h"

void softmax_lanes(uint32_t n, float beta, const float *x, float *y)
{
	float highest[TRAIN_LANES], sum[TRAIN_LANES] = {0};

	for (unsigned lane = 0; lane < TRAIN_LANES; lane++)
		highest[lane] = x[lane];
	for (uint32_t i = TRAIN_LANES; i < n * TRAIN_LANES; i++)
		if (x[i] > highest[i % TRAIN_LANES])
			highest[i % TRAIN_LANES] = x[i];
	for (uint32_t i = 0; i < n * TRAIN_LANES; i++) {
		y[i] = nn_exp_negative((x[i] - highest[i % TRAIN_LANES]) * beta);
		sum[i % TRAIN_LANES] += y[i];
	}
	for (uint32_t i = 0; i < n * TRAIN_LANES; i++)
		y[i] /= sum[i % TRAIN_LANES];
}

static void forward(const struct step *step, const struct pass *pass)
{
	uint32_t n = (uint32_t)step->window.in_c, elements = pass->program->buffers[step->output].elements;
	const float *x = pass_values(pass, step->input[0]);
	float *y = pass_values(pass, step->output);

	for (uint32_t e = 0; e < elements; e += n)
		softmax_lanes(n, step->factor, x + (size_t)e * TRAIN_LANES, y + (size_t)e * TRAIN_LANES);
}

/* dx = beta y (dy - sum of y dy) */
static void backward(const struct step *step, const struct pass *pass)
{
	uint32_t n = (uint32_t)step->window.in_c, elements = pass->program->buffers[step->output].elements;
	const float *y = pass_values(pass, step->output), *dy = pass_gradient(pass, step->output);
	float *dx = pass_gradient(pass, step->input[0]);

	if (!step_input_learns(pass, step, 0))
		return;
	for (uint32_t e = 0; e < elements; e += n, y += n * TRAIN_LANES, dy += n * TRAIN_LANES, dx += n * TRAIN_LANES) {
		float sum[TRAIN_LANES] = {0};

		for (uint32_t i = 0; i < n * TRAIN_LANES; i++)
			sum[i % TRAIN_LANES] += y[i] * dy[i];
		for (uint32_t i = 0; i < n * TRAIN_LANES; i++)
			dx[i] += step->factor * y[i] * (dy[i] - sum[i % TRAIN_LANES]);
	}
}

const struct step_kind step_softmax = {"softmax", forward, backward};
