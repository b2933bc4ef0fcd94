/* SPDX-License-Identifier: Apache-2.0 */
/* conv-2d.c - convolutions, also depthwise ones. */
#include <string.h>

#include "nn/train/steps/window.h"

/* Weights that lie side by side for the taps of one position: whole rows of the window, unless it has holes. */
static struct train_runs runs_at(const struct nn_window *w, struct nn_taps rows, struct nn_taps cols)
{
	return (struct train_runs){
		.runs = rows.end - rows.first,
		.n = nn_run_length(w, cols, cols.first),
		.x_step = w->dilation_h * w->in_w * w->in_c,
		.w_step = w->kernel_w * w->in_c * w->out_c,
		.outputs = w->out_c,
	};
}

static void forward(const struct step *step, const struct pass *pass)
{
	const struct nn_window *w = &step->window;
	const float *x = pass_values(pass, step->input[0]), *weights = pass_weights(pass, step, 0);
	const float *bias = pass_weights(pass, step, 1);
	float *y = pass_values(pass, step->output);

	for (int32_t oy = 0; oy < w->out_h; oy++)
		for (int32_t ox = 0; ox < w->out_w; ox++, y += w->out_c * TRAIN_LANES) {
			struct nn_taps rows = nn_taps_row(w, oy), cols = nn_taps_col(w, ox);
			struct train_runs runs = runs_at(w, rows, cols);

			pass->kernels->fill((size_t)w->out_c, bias, y);
			for (int32_t kx = cols.first; kx < cols.end; kx += nn_run_step(w))
				pass->kernels->forward(&runs,
						       x + nn_tap_in(w, rows, cols, rows.first, kx) * TRAIN_LANES,
						       weights + nn_tap_weights(w, rows.first, kx), y);
		}
}

static void backward(const struct step *step, const struct pass *pass)
{
	const struct nn_window *w = &step->window;
	const float *x = pass_values(pass, step->input[0]), *weights = pass_weights(pass, step, 0);
	const float *dy = pass_gradient(pass, step->output);
	float *dx = pass_gradient(pass, step->input[0]), *slopes = pass_slopes(pass, step, 0);

	if (pass_slopes(pass, step, 1))
		window_add_bias_slopes(w, dy, pass_slopes(pass, step, 1));
	for (int32_t ky = 0; slopes && ky < w->kernel_h; ky++)
		for (int32_t kx = 0; kx < w->kernel_w; kx++) {
			struct window_tap tap = window_tap_at(w, ky, kx);

			for (int32_t c = 0; c < w->in_c; c++)
				pass->kernels->slopes(&tap.positions, x + (tap.x + c) * TRAIN_LANES,
						      dy + tap.dy * TRAIN_LANES, w->out_c,
						      slopes + nn_tap_weights(w, ky, kx) + (ptrdiff_t)c * w->out_c);
		}
	if (!step_input_learns(pass, step, 0))
		return;
	for (int32_t oy = 0; oy < w->out_h; oy++)
		for (int32_t ox = 0; ox < w->out_w; ox++, dy += w->out_c * TRAIN_LANES) {
			struct nn_taps rows = nn_taps_row(w, oy), cols = nn_taps_col(w, ox);
			struct train_runs runs = runs_at(w, rows, cols);

			for (int32_t kx = cols.first; kx < cols.end; kx += nn_run_step(w))
				pass->kernels->backward(&runs, dy, weights + nn_tap_weights(w, rows.first, kx),
							dx + nn_tap_in(w, rows, cols, rows.first, kx) * TRAIN_LANES);
		}
}

const struct step_kind step_conv_2d = {"conv2d", forward, backward};
