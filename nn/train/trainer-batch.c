/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trainer-batch.c - one batch, shared out to the crew. The shares depend on the batch alone and are added in their order,
 * so it does not matter who works on what. Between the phases that batch norms make, all wait for all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/runtime/math.h"
#include "nn/train/random.h"
#include "nn/train/trainer-parts.h"

/* With norms that learn, phases forward 0..norms, then backward norms-1..0; without, one phase for all. */
static unsigned norms_of(const struct batch *batch)
{
	return batch->training ? batch->trainer->program->norm_count : 0;
}

static uint32_t chunks_of(const struct batch *batch)
{
	return (batch->n + TRAIN_LANES - 1) / TRAIN_LANES;
}

static uint32_t shares_of(const struct batch *batch)
{
	uint32_t chunks = chunks_of(batch);

	return chunks < TRAINER_SHARES ? chunks : TRAINER_SHARES;
}

static uint32_t sample_of(const struct batch *batch, uint32_t i)
{
	return batch->order ? batch->order[batch->first + i] : batch->first + i;
}

static void smooth(const struct trainer *trainer, uint32_t n, float *target)
{
	float share = trainer->options.smoothing;

	for (uint32_t i = 0; share > 0 && i < n; i++)
		target[i] = target[i] * (1 - share) + share / (float)n;
}

/* The samples of a chunk into the lanes of its slot; lanes without one are 0. */
static void load(const struct batch *batch, const struct pass *pass, uint32_t chunk, float *row, float *targets)
{
	const struct trainer *trainer = batch->trainer;
	const struct program *p = trainer->program;
	uint32_t inputs = p->buffers[p->input].elements, outputs = p->buffers[p->output].elements;
	float *x = pass_values(pass, p->input), *target = row + inputs;

	for (unsigned lane = 0; lane < TRAIN_LANES; lane++) {
		memset(row, 0, (size_t)(inputs + outputs) * sizeof(*row));
		if (lane < pass->valid) {
			batch->data->fill(batch->data->context, sample_of(batch, chunk * TRAIN_LANES + lane),
					  batch->epoch, row, target);
			if (batch->training)
				smooth(trainer, outputs, target);
		}
		for (uint32_t i = 0; i < inputs; i++)
			x[i * TRAIN_LANES + lane] = row[i];
		for (uint32_t i = 0; i < outputs; i++)
			targets[i * TRAIN_LANES + lane] = target[i];
	}
}

static void give_outputs(const struct batch *batch, const struct pass *pass, uint32_t chunk)
{
	const struct program *p = pass->program;
	uint32_t outputs = p->buffers[p->output].elements;
	const float *y = pass_values(pass, p->output);

	for (unsigned lane = 0; lane < pass->valid; lane++)
		for (uint32_t i = 0; i < outputs; i++)
			batch->outputs[((size_t)batch->first + chunk * TRAIN_LANES + lane) * outputs + i] =
				y[i * TRAIN_LANES + lane];
}

static void forward(const struct pass *pass, unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++)
		step_forward(&pass->program->steps[i], pass);
}

static void backward(const struct pass *pass, unsigned end, unsigned first)
{
	for (unsigned i = end; i-- > first;)
		step_backward(&pass->program->steps[i], pass);
}

static void start_backward(const struct batch *batch, const struct pass *pass, const float *targets,
			   struct share *share)
{
	const struct program *p = pass->program;

	if (batch->training)
		memset(pass->slot + p->slot_floats / 2, 0, p->slot_floats / 2 * sizeof(float));
	loss_take(batch->trainer, pass, targets, batch->training ? 1 / (float)batch->n : 0, share);
}

/* Sums that the norm needs of the whole batch, before anything behind it, or before it backwards, can go on. */
static void sum_backward(const struct pass *pass, unsigned norm, double *sums)
{
	const struct program *p = pass->program;

	step_mask(&p->steps[p->norms[norm].step], pass);
	norm_sum_backward(&p->norms[norm], pass, sums + p->norms[norm].sums_at);
}

/* The part of a chunk's work that belongs to the phase; norm i is step s(i), s(-1) = -1, s(norms) = all. */
static void work_chunk(const struct batch *batch, const struct pass *pass, uint32_t chunk, float *row, float *targets,
		       double *sums, struct share *share)
{
	const struct program *p = pass->program;
	unsigned norms = norms_of(batch), phase = batch->phase;

	if (phase == 0)
		load(batch, pass, chunk, row, targets);
	if (phase <= norms)
		forward(pass, phase ? p->norms[phase - 1].step : 0,
			phase < norms ? p->norms[phase].step : p->step_count);
	if (phase < norms) {
		norm_sum_forward(&p->norms[phase], pass, sums + p->norms[phase].sums_at);
		return;
	}
	if (phase == norms) {
		start_backward(batch, pass, targets, share);
		if (batch->outputs)
			give_outputs(batch, pass, chunk);
	}
	if (!batch->training)
		return;

	unsigned after = 2 * norms - phase; /* the norm that this phase begins with, plus 1; norms: none */
	unsigned end = phase == norms ? p->step_count : p->norms[after].step + 1u;

	backward(pass, end, after ? p->norms[after - 1].step + 1u : 0);
	if (after)
		sum_backward(pass, after - 1, sums);
}

static struct pass make_pass(const struct batch *batch, uint32_t share, uint32_t chunk, unsigned worker)
{
	const struct trainer *trainer = batch->trainer;
	const struct program *p = trainer->program;
	uint32_t left = batch->n - chunk * TRAIN_LANES;
	struct pass pass = {
		.program = p,
		.kernels = trainer->kernels,
		.weights = trainer->weights,
		.gradient = trainer->gradient + share * p->trained,
		.statistics = trainer->statistics,
		.batch = trainer->batch,
		.slot = trainer->slots + (norms_of(batch) ? chunk : worker) * p->slot_floats,
		.scratch = trainer->scratch + worker * trainer->scratch_floats,
		.valid = left < TRAIN_LANES ? left : TRAIN_LANES,
		.training = batch->training,
	};

	for (unsigned lane = 0; batch->training && lane < pass.valid; lane++) {
		struct random random =
			random_of(~trainer->options.seed, batch->epoch, sample_of(batch, chunk * TRAIN_LANES + lane));

		pass.keys[lane] = (uint32_t)(random_bits(&random) >> 32);
	}
	return pass;
}

static void work_share(void *context, uint32_t number, unsigned worker)
{
	struct batch *batch = context;
	struct trainer *trainer = batch->trainer;
	const struct program *p = trainer->program;
	uint32_t chunks = chunks_of(batch), shares = shares_of(batch);
	uint32_t outputs = p->buffers[p->output].elements;
	uint32_t first = (uint32_t)((uint64_t)number * chunks / shares);
	uint32_t end = (uint32_t)((uint64_t)(number + 1) * chunks / shares);
	double *sums = trainer->sums + number * p->sums_n;

	if (batch->phase == 0) {
		trainer->shares[number] = (struct share){0};
		memset(sums, 0, p->sums_n * sizeof(*sums));
		if (batch->training)
			memset(trainer->gradient + number * p->trained, 0, p->trained * sizeof(float));
	}
	for (uint32_t chunk = first; chunk < end; chunk++) {
		struct pass pass = make_pass(batch, number, chunk, worker);
		size_t slot = norms_of(batch) ? chunk : worker;

		work_chunk(batch, &pass, chunk, trainer->rows + worker * trainer->row_floats,
			   trainer->targets + slot * outputs * TRAIN_LANES, sums, &trainer->shares[number]);
	}
}

/* --- between the phases ---------------------------------------------------------------------------------------- */

/* The shares' sums of a norm as means over the batch; they are cleared for the way back. */
static void take_means(const struct batch *batch, const struct norm *norm, uint32_t c, double ret_means[2])
{
	struct trainer *trainer = batch->trainer;
	const struct program *p = trainer->program;
	uint32_t positions = p->buffers[p->steps[norm->step].output].elements / norm->channels;

	for (unsigned k = 0; k < 2; k++) {
		ret_means[k] = 0;
		for (uint32_t s = 0; s < shares_of(batch); s++) {
			double *sum = trainer->sums + s * p->sums_n + norm->sums_at + k * norm->channels + c;

			ret_means[k] += *sum;
			*sum = 0;
		}
		ret_means[k] /= (double)batch->n * positions;
	}
}

static void finish_forward(const struct batch *batch, const struct norm *norm)
{
	struct trainer *trainer = batch->trainer;
	float *mean = trainer->batch + norm->batch_at, *inverse = mean + norm->channels;
	float *running = trainer->statistics + norm->at, keep = trainer->options.norm_momentum;

	for (uint32_t c = 0; c < norm->channels; c++) {
		double means[2], variance;

		take_means(batch, norm, c, means);
		variance = means[1] - means[0] * means[0];
		variance = variance > 0 ? variance : 0;
		mean[c] = (float)means[0];
		inverse[c] = 1 / nn_sqrt((float)variance + PROGRAM_NORM_EPSILON);
		running[c] = keep * running[c] + (1 - keep) * mean[c];
		running[norm->channels + c] = keep * running[norm->channels + c] + (1 - keep) * (float)variance;
	}
}

static void finish_backward(const struct batch *batch, const struct norm *norm)
{
	struct trainer *trainer = batch->trainer;
	const struct program *p = trainer->program;
	const struct step *step = &p->steps[norm->step];
	const struct parameter *gamma = &p->parameters[step->parameter[0]], *beta = &p->parameters[step->parameter[1]];
	float *mean_dy = trainer->batch + norm->batch_at + 2 * (size_t)norm->channels;
	double n = (double)batch->n * (p->buffers[step->output].elements / norm->channels);

	for (uint32_t c = 0; c < norm->channels; c++) {
		double means[2];

		take_means(batch, norm, c, means);
		mean_dy[c] = (float)means[0];
		mean_dy[norm->channels + c] = (float)means[1];
		trainer->gradient[gamma->at + c] += (float)(means[1] * n);
		if (!beta->frozen)
			trainer->gradient[beta->at + c] += (float)(means[0] * n);
	}
}

static int ensure_slots(struct trainer *trainer, size_t count)
{
	const struct program *p = trainer->program;
	uint32_t outputs = p->buffers[p->output].elements;

	if (count <= trainer->slot_count)
		return 0;
	free(trainer->slots);
	free(trainer->targets);
	trainer->memory_bytes -= trainer->slot_count * (p->slot_floats + outputs * TRAIN_LANES) * sizeof(float);
	trainer->slot_count = 0;
	trainer->slots = trainer_allocate(trainer, count, p->slot_floats * sizeof(float));
	trainer->targets = trainer_allocate(trainer, count, outputs * TRAIN_LANES * sizeof(float));
	if (!trainer->slots || !trainer->targets)
		return -ENOMEM;
	trainer->slot_count = count;
	return 0;
}

static void add(size_t n, const float *restrict from, float *restrict to)
{
	for (size_t i = 0; i < n; i++)
		to[i] += from[i];
}

int batch_run(struct batch *batch, double *loss, uint64_t *right)
{
	struct trainer *trainer = batch->trainer;
	const struct program *p = trainer->program;
	unsigned norms = norms_of(batch);
	int r = ensure_slots(trainer, norms ? chunks_of(batch) : crew_threads(trainer->crew));

	if (r < 0)
		return r;
	for (batch->phase = 0; batch->phase <= 2 * norms; batch->phase++) {
		crew_run(trainer->crew, work_share, batch, shares_of(batch));
		if (batch->phase < norms)
			finish_forward(batch, &p->norms[batch->phase]);
		else if (batch->phase < 2 * norms)
			finish_backward(batch, &p->norms[2 * norms - batch->phase - 1]);
	}
	for (uint32_t s = 0; s < shares_of(batch); s++) {
		*loss += trainer->shares[s].loss;
		*right += trainer->shares[s].right;
		if (batch->training && s)
			add(p->trained, trainer->gradient + s * p->trained, trainer->gradient);
	}
	return 0;
}
