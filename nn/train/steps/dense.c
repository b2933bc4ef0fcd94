/* SPDX-License-Identifier: Apache-2.0 */
/* dense.c - every output from all inputs: a window of one position. */
#include "nn/train/steps/window.h"

static struct train_runs runs_of(const struct nn_window *w)
{
	return (struct train_runs){.runs = 1, .n = w->in_c, .outputs = w->out_c};
}

static void forward(const struct step *step, const struct pass *pass)
{
	struct train_runs runs = runs_of(&step->window);
	float *y = pass_values(pass, step->output);

	pass->kernels->fill((size_t)runs.outputs, pass_weights(pass, step, 1), y);
	pass->kernels->forward(&runs, pass_values(pass, step->input[0]), pass_weights(pass, step, 0), y);
}

static void backward(const struct step *step, const struct pass *pass)
{
	struct train_runs runs = runs_of(&step->window);
	const float *dy = pass_gradient(pass, step->output);
	float *slopes = pass_slopes(pass, step, 0), *by_lane = pass->scratch;

	if (pass_slopes(pass, step, 1))
		window_add_bias_slopes(&step->window, dy, pass_slopes(pass, step, 1));
	if (slopes) {
		for (int32_t j = 0; j < runs.outputs; j++)
			for (int32_t lane = 0; lane < TRAIN_LANES; lane++)
				by_lane[lane * runs.outputs + j] = dy[j * TRAIN_LANES + lane];
		pass->kernels->outer(runs.n, runs.outputs, pass_values(pass, step->input[0]), by_lane, slopes);
	}
	if (step_input_learns(pass, step, 0))
		pass->kernels->backward(&runs, dy, pass_weights(pass, step, 0), pass_gradient(pass, step->input[0]));
}

const struct step_kind step_dense = {"dense", forward, backward};
