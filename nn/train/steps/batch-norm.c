/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch-norm.c - y = gamma x' + beta with x' = (x - mean) / deviation: of the batch in training, of what was seen before in
 * use. One that does not learn (norm < 0) is a factor and an offset.
 */
#include "nn/runtime/math.h"
#include "nn/train/program.h"

/* Where x' comes from: x' = (x - mean) * inverse; the arrays are NULL for 0 and 1. */
struct centre {
	const float *mean, *inverse, *variance;
};

static struct centre centre_of(const struct step *step, const struct pass *pass)
{
	const struct norm *norm = step->norm < 0 ? NULL : &pass->program->norms[step->norm];

	if (!norm)
		return (struct centre){0};
	if (pass->training)
		return (struct centre){.mean = pass->batch + norm->batch_at,
				       .inverse = pass->batch + norm->batch_at + norm->channels};
	return (struct centre){.mean = pass->statistics + norm->at,
			       .variance = pass->statistics + norm->at + norm->channels};
}

static float mean_of(const struct centre *centre, uint32_t c)
{
	return centre->mean ? centre->mean[c] : 0;
}

static float inverse_of(const struct centre *centre, uint32_t c)
{
	if (centre->variance)
		return 1 / nn_sqrt(centre->variance[c] + PROGRAM_NORM_EPSILON);
	return centre->inverse ? centre->inverse[c] : 1;
}

static void forward(const struct step *step, const struct pass *pass)
{
	uint32_t elements = pass->program->buffers[step->output].elements;
	uint32_t channels = pass->program->parameters[step->parameter[0]].n;
	const float *gamma = pass_weights(pass, step, 0), *beta = pass_weights(pass, step, 1);
	const float *x = pass_values(pass, step->input[0]);
	float *y = pass_values(pass, step->output);
	struct centre centre = centre_of(step, pass);

	for (uint32_t c = 0; c < channels; c++) {
		float scale = gamma[c] * inverse_of(&centre, c), offset = beta[c] - mean_of(&centre, c) * scale;

		for (size_t e = c; e < elements; e += channels)
			for (unsigned lane = 0; lane < TRAIN_LANES; lane++)
				y[e * TRAIN_LANES + lane] = x[e * TRAIN_LANES + lane] * scale + offset;
	}
}

/* What stands still: sums of dy x and dy; and its input's share. */
static void backward_fixed(const struct step *step, const struct pass *pass)
{
	uint32_t elements = pass->program->buffers[step->output].elements;
	uint32_t channels = pass->program->parameters[step->parameter[0]].n;
	const float *gamma = pass_weights(pass, step, 0), *x = pass_values(pass, step->input[0]);
	const float *dy = pass_gradient(pass, step->output);
	float *dx = pass_gradient(pass, step->input[0]);
	float *d_gamma = pass_slopes(pass, step, 0), *d_beta = pass_slopes(pass, step, 1);

	for (uint32_t c = 0; c < channels; c++) {
		float products[TRAIN_LANES] = {0}, sum[TRAIN_LANES] = {0};

		for (size_t e = c; e < elements; e += channels)
			for (unsigned lane = 0; lane < TRAIN_LANES; lane++) {
				size_t i = e * TRAIN_LANES + lane;

				products[lane] += dy[i] * x[i];
				sum[lane] += dy[i];
			}
		if (d_gamma)
			d_gamma[c] += train_lanes_sum(products);
		if (d_beta)
			d_beta[c] += train_lanes_sum(sum);
		for (size_t e = c; step_input_learns(pass, step, 0) && e < elements; e += channels)
			for (unsigned lane = 0; lane < TRAIN_LANES; lane++)
				dx[e * TRAIN_LANES + lane] += dy[e * TRAIN_LANES + lane] * gamma[c];
	}
}

/* dx = gamma / deviation * (dy - mean of dy - x' * mean of dy x'), in the lanes that hold samples. */
static void backward(const struct step *step, const struct pass *pass)
{
	uint32_t elements = pass->program->buffers[step->output].elements;
	const float *gamma = pass_weights(pass, step, 0), *x = pass_values(pass, step->input[0]);
	const float *dy = pass_gradient(pass, step->output);
	float *dx = pass_gradient(pass, step->input[0]);

	if (step->norm < 0) {
		backward_fixed(step, pass);
		return;
	}
	if (!step_input_learns(pass, step, 0))
		return;

	const struct norm *norm = &pass->program->norms[step->norm];
	const float *mean = pass->batch + norm->batch_at, *inverse = mean + norm->channels;
	const float *mean_dy = inverse + norm->channels, *mean_product = mean_dy + norm->channels;

	for (uint32_t c = 0; c < norm->channels; c++)
		for (size_t e = c; e < elements; e += norm->channels)
			for (unsigned lane = 0; lane < pass->valid; lane++) {
				size_t i = e * TRAIN_LANES + lane;
				float x1 = (x[i] - mean[c]) * inverse[c];

				dx[i] += gamma[c] * inverse[c] * (dy[i] - mean_dy[c] - x1 * mean_product[c]);
			}
}

/* Sums of p and p * (q - mean) * inverse over the lanes that hold samples. */
static void add_sums(const struct norm *norm, const struct pass *pass, uint32_t elements, const float *p,
		     const float *q, const float *mean, const float *inverse, double *sums)
{
	for (uint32_t c = 0; c < norm->channels; c++) {
		double sum[TRAIN_LANES] = {0}, products[TRAIN_LANES] = {0};

		for (size_t e = c; e < elements; e += norm->channels)
			for (unsigned lane = 0; lane < pass->valid; lane++) {
				size_t i = e * TRAIN_LANES + lane;
				double factor = mean ? (double)((q[i] - mean[c]) * inverse[c]) : (double)q[i];

				sum[lane] += (double)p[i];
				products[lane] += (double)p[i] * factor;
			}
		for (unsigned lane = 0; lane < TRAIN_LANES; lane++) {
			sums[c] += sum[lane];
			sums[norm->channels + c] += products[lane];
		}
	}
}

void norm_sum_forward(const struct norm *norm, const struct pass *pass, double *sums)
{
	const struct step *step = &pass->program->steps[norm->step];
	const float *x = pass_values(pass, step->input[0]);

	add_sums(norm, pass, pass->program->buffers[step->output].elements, x, x, NULL, NULL, sums);
}

void norm_sum_backward(const struct norm *norm, const struct pass *pass, double *sums)
{
	const struct step *step = &pass->program->steps[norm->step];
	const float *mean = pass->batch + norm->batch_at;

	add_sums(norm, pass, pass->program->buffers[step->output].elements, pass_gradient(pass, step->output),
		 pass_values(pass, step->input[0]), mean, mean + norm->channels, sums);
}

const struct step_kind step_batch_norm = {"batch-norm", forward, backward};
