/* SPDX-License-Identifier: Apache-2.0 */
/* step.c - what all steps have in common: an activation that limits, and limits of each channel. */
#include <float.h>

#include "nn/train/program.h"

void step_forward(const struct step *step, const struct pass *pass)
{
	uint32_t elements = pass->program->buffers[step->output].elements;
	float *y = pass_values(pass, step->output);

	step->kind->forward(step, pass);
	if (step->limited)
		pass->kernels->clamp((size_t)elements * TRAIN_LANES, step->range.low, step->range.high, y);
	for (uint32_t e = 0, channels = (uint32_t)step->window.out_c; step->limits && e < elements; e++)
		pass->kernels->clamp(TRAIN_LANES, step->limits[e % channels], step->limits[channels + e % channels],
				     y + (size_t)e * TRAIN_LANES);
}

void step_mask(const struct step *step, const struct pass *pass)
{
	uint32_t elements = pass->program->buffers[step->output].elements;
	const float *y = pass_values(pass, step->output);
	float *dy = pass_gradient(pass, step->output);

	if (step->limited)
		pass->kernels->mask((size_t)elements * TRAIN_LANES, step->range.low, step->range.high, y, dy);
	for (uint32_t e = 0, channels = (uint32_t)step->window.out_c; step->limits && e < elements; e++)
		pass->kernels->mask(TRAIN_LANES, step->limits[e % channels], step->limits[channels + e % channels],
				    y + (size_t)e * TRAIN_LANES, dy + (size_t)e * TRAIN_LANES);
}

void step_backward(const struct step *step, const struct pass *pass)
{
	if (!pass->program->buffers[step->output].learns)
		return;
	step_mask(step, pass);
	step->kind->backward(step, pass);
}
