/* SPDX-License-Identifier: Apache-2.0 */
/* depthwise-conv-2d.c - every channel convolved for itself, with one filter or several. */
#include "nn/train/steps/window.h"

typedef void channel_work(int32_t multiplier, const float *weights, float *x, float *y);

static void channel_forward(int32_t multiplier, const float *weights, float *x, float *y)
{
	for (int32_t m = 0; m < multiplier; m++)
		for (int32_t lane = 0; lane < TRAIN_LANES; lane++)
			y[m * TRAIN_LANES + lane] += x[lane] * weights[m];
}

static void channel_backward(int32_t multiplier, const float *weights, float *dx, float *dy)
{
	for (int32_t m = 0; m < multiplier; m++)
		for (int32_t lane = 0; lane < TRAIN_LANES; lane++)
			dx[lane] += dy[m * TRAIN_LANES + lane] * weights[m];
}

/* Every channel of every tap of every position. */
static void walk(const struct nn_window *w, channel_work *work, const float *weights, float *x, float *y)
{
	int32_t multiplier = w->out_c / w->in_c;

	for (int32_t oy = 0; oy < w->out_h; oy++)
		for (int32_t ox = 0; ox < w->out_w; ox++, y += w->out_c * TRAIN_LANES) {
			struct nn_taps rows = nn_taps_row(w, oy), cols = nn_taps_col(w, ox);

			for (int32_t ky = rows.first; ky < rows.end; ky++)
				for (int32_t kx = cols.first; kx < cols.end; kx++) {
					const float *taps = weights + (ky * w->kernel_w + kx) * w->out_c;
					float *from = x + nn_tap_in(w, rows, cols, ky, kx) * TRAIN_LANES;

					for (int32_t c = 0; c < w->in_c; c++)
						work(multiplier, taps + c * multiplier, from + c * TRAIN_LANES,
						     y + c * multiplier * TRAIN_LANES);
				}
		}
}

static void forward(const struct step *step, const struct pass *pass)
{
	const struct nn_window *w = &step->window;
	float *y = pass_values(pass, step->output);

	for (int32_t i = 0; i < w->out_h * w->out_w; i++)
		pass->kernels->fill((size_t)w->out_c, pass_weights(pass, step, 1),
				    y + (ptrdiff_t)i * w->out_c * TRAIN_LANES);
	walk(w, channel_forward, pass_weights(pass, step, 0), pass_values(pass, step->input[0]), y);
}

static void backward(const struct step *step, const struct pass *pass)
{
	const struct nn_window *w = &step->window;
	const float *x = pass_values(pass, step->input[0]);
	float *dy = pass_gradient(pass, step->output), *slopes = pass_slopes(pass, step, 0);
	int32_t multiplier = w->out_c / w->in_c;

	if (pass_slopes(pass, step, 1))
		window_add_bias_slopes(w, dy, pass_slopes(pass, step, 1));
	for (int32_t ky = 0; slopes && ky < w->kernel_h; ky++)
		for (int32_t kx = 0; kx < w->kernel_w; kx++) {
			struct window_tap tap = window_tap_at(w, ky, kx);

			for (int32_t c = 0; c < w->in_c; c++)
				pass->kernels->slopes(&tap.positions, x + (tap.x + c) * TRAIN_LANES,
						      dy + (tap.dy + c * multiplier) * TRAIN_LANES, multiplier,
						      slopes + (ky * w->kernel_w + kx) * w->out_c + c * multiplier);
		}
	if (step_input_learns(pass, step, 0))
		walk(w, channel_backward, pass_weights(pass, step, 0), pass_gradient(pass, step->input[0]), dy);
}

const struct step_kind step_depthwise_conv_2d = {"depthwise-conv2d", forward, backward};
