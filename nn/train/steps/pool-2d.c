/* SPDX-License-Identifier: Apache-2.0 */
/* pool-2d.c - the highest or the mean of a window, for each channel. Padding counts for neither. */
#include <float.h>

#include "nn/train/steps/window.h"

/* A tap of a window: so many floats of the input, for one position of the output. `first`: of that position. */
typedef void tap_work(const struct pass *pass, size_t n, float share, bool first, size_t x_at, size_t y_at,
		      const struct step *step);

static void walk(const struct step *step, const struct pass *pass, tap_work *work)
{
	const struct nn_window *w = &step->window;
	size_t n = (size_t)w->in_c * TRAIN_LANES, y_at = 0;

	for (int32_t oy = 0; oy < w->out_h; oy++)
		for (int32_t ox = 0; ox < w->out_w; ox++, y_at += n) {
			struct nn_taps rows = nn_taps_row(w, oy), cols = nn_taps_col(w, ox);
			int32_t taps = (rows.end - rows.first) * (cols.end - cols.first);
			bool first = true;

			for (int32_t ky = rows.first; ky < rows.end; ky++)
				for (int32_t kx = cols.first; kx < cols.end; kx++, first = false)
					work(pass, n, 1.0f / (float)taps, first,
					     (size_t)nn_tap_in(w, rows, cols, ky, kx) * TRAIN_LANES, y_at, step);
		}
}

static void max_forward_tap(const struct pass *pass, size_t n, float share, bool first, size_t x_at, size_t y_at,
			    const struct step *step)
{
	const float *x = pass_values(pass, step->input[0]) + x_at;
	float *y = pass_values(pass, step->output) + y_at;

	(void)share;
	for (size_t i = 0; first && i < n; i++)
		y[i] = -FLT_MAX;
	pass->kernels->maximum(n, x, y);
}

static void max_forward(const struct step *step, const struct pass *pass)
{
	walk(step, pass, max_forward_tap);
}

static void max_backward_tap(const struct pass *pass, size_t n, float share, bool first, size_t x_at, size_t y_at,
			     const struct step *step)
{
	(void)share;
	for (size_t i = 0; first && i < n; i++)
		pass->scratch[i] = 1;
	pass->kernels->winner(n, pass_values(pass, step->input[0]) + x_at, pass_values(pass, step->output) + y_at,
			      pass_gradient(pass, step->output) + y_at, pass->scratch,
			      pass_gradient(pass, step->input[0]) + x_at);
}

static void max_backward(const struct step *step, const struct pass *pass)
{
	if (step_input_learns(pass, step, 0))
		walk(step, pass, max_backward_tap);
}

static void average_forward_tap(const struct pass *pass, size_t n, float share, bool first, size_t x_at, size_t y_at,
				const struct step *step)
{
	const float *x = pass_values(pass, step->input[0]) + x_at;
	float *y = pass_values(pass, step->output) + y_at;

	for (size_t i = 0; i < n; i++)
		y[i] = (first ? 0 : y[i]) + x[i] * share;
}

static void average_forward(const struct step *step, const struct pass *pass)
{
	walk(step, pass, average_forward_tap);
}

static void average_backward_tap(const struct pass *pass, size_t n, float share, bool first, size_t x_at, size_t y_at,
				 const struct step *step)
{
	const float *dy = pass_gradient(pass, step->output) + y_at;
	float *dx = pass_gradient(pass, step->input[0]) + x_at;

	(void)first;
	for (size_t i = 0; i < n; i++)
		dx[i] += dy[i] * share;
}

static void average_backward(const struct step *step, const struct pass *pass)
{
	if (step_input_learns(pass, step, 0))
		walk(step, pass, average_backward_tap);
}

const struct step_kind step_max_pool_2d = {"max-pool2d", max_forward, max_backward};
const struct step_kind step_average_pool_2d = {"average-pool2d", average_forward, average_backward};
