/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calibrate.c - see calibrate.h. The graph is written as a model and run by the runtime, one operator after the other;
 * what each makes is looked at before another overwrites it. Rules that need more than the ends take a second run, with
 * a histogram of each tensor between its ends.
 */
#include "nn/graph/calibrate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/runtime/run.h"

enum {
	BINS = 2048,
	MSE_TRIALS = 100, /* ends drawn in by 0 to 0.7 of themselves */
};

struct calibration {
	const struct graph *graph;
	void *bytes, *arena;
	struct nn_model model;
	struct nn_run run;
	struct quantise_range *ranges;
	uint32_t (*histograms)[BINS]; /* by tensor; NULL in the first run */
};

static void add_ends(struct quantise_range *range, const float *values, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		/* Written so that what is not a number gets through, and is refused later. */
		if (!(values[i] >= range->low))
			range->low = values[i];
		if (!(values[i] <= range->high))
			range->high = values[i];
	}
}

static void add_bins(uint32_t *histogram, struct quantise_range range, const float *values, uint32_t n)
{
	float width = (range.high - range.low) / BINS;

	for (uint32_t i = 0; i < n; i++) {
		int bin = width > 0 ? (int)((values[i] - range.low) / width) : 0;

		histogram[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
	}
}

static void look_at(struct calibration *calibration, uint16_t tensor, const struct nn_tensor *made)
{
	const float *values = nn_run_tensor(&calibration->run, made);
	uint32_t n = nn_tensor_elements(made);

	if (calibration->histograms)
		add_bins(calibration->histograms[tensor], calibration->ranges[tensor], values, n);
	else
		add_ends(&calibration->ranges[tensor], values, n);
}

static void run_all(struct calibration *calibration, const struct calibrate_samples *samples)
{
	const struct nn_model *model = &calibration->model;

	for (size_t s = 0; s < samples->n; s++) {
		samples->get(samples->context, s, nn_run_tensor(&calibration->run, nn_model_input(model)));
		look_at(calibration, calibration->graph->input, nn_model_input(model));
		for (uint32_t i = 0; i < model->operator_count; i++) {
			const struct nn_operator *op = &model->operators[i];

			nn_run_some(&calibration->run, i, i + 1);
			look_at(calibration, calibration->graph->nodes[i].output,
				nn_model_operand(model, op, op->inputs));
		}
	}
}

static struct quantise_range cut_rare(const uint32_t *histogram, struct quantise_range range, double percentile)
{
	double total = 0, below = 0, above = 0, width = ((double)range.high - (double)range.low) / BINS, spare;
	int low = 0, high = BINS;

	for (int i = 0; i < BINS; i++)
		total += histogram[i];
	spare = total * (100 - percentile) / 200;
	while (low < high - 1 && below + histogram[low] <= spare)
		below += histogram[low++];
	while (high > low + 1 && above + histogram[high - 1] <= spare)
		above += histogram[--high];
	/* An end that nothing was cut from stays to the bit. */
	return (struct quantise_range){low ? (float)((double)range.low + low * width) : range.low,
				       high < BINS ? (float)((double)range.low + high * width) : range.high};
}

static double error_of(const uint32_t *histogram, struct quantise_range range, double low, double high, unsigned steps)
{
	double width = ((double)range.high - (double)range.low) / BINS, step = (high - low) / steps, error = 0;

	for (int i = 0; i < BINS; i++) {
		double x = (double)range.low + (i + 0.5) * width, cut = x < low ? low - x : x > high ? x - high : 0;

		error += histogram[i] * (cut > 0 ? cut * cut : step * step / 12);
	}
	return error;
}

static struct quantise_range cut_least_error(const uint32_t *histogram, struct quantise_range range, unsigned steps)
{
	struct quantise_range best = range;
	double least = -1;

	for (int i = 0; i < MSE_TRIALS; i++) {
		double keep = 1 - 0.7 * i / MSE_TRIALS;
		double low = keep * fmin((double)range.low, 0), high = keep * fmax((double)range.high, 0);
		double error = error_of(histogram, range, low, high, steps);

		if (least < 0 || error < least) {
			least = error;
			best = (struct quantise_range){(float)low, (float)high};
		}
	}
	return best;
}

static void cut(struct calibration *calibration, const struct calibrate_options *options, uint16_t tensor)
{
	struct quantise_range *range = &calibration->ranges[tensor];
	const uint32_t *histogram = calibration->histograms[tensor];

	if (options->rule == CALIBRATE_PERCENTILE)
		*range = cut_rare(histogram, *range, options->percentile);
	else
		*range = cut_least_error(histogram, *range, options->steps);
}

static int start(struct calibration *calibration, char *ret_reason)
{
	size_t size, arena;
	int r = pnn_write(calibration->graph, &calibration->bytes, &size, ret_reason);

	if (r < 0)
		return r;
	if (nn_model_parse(calibration->bytes, size, &calibration->model) != 0)
		return -EINVAL; /* pnn_write() has tried it */
	arena = ((size_t)calibration->model.main->arena_bytes / NN_FORMAT_ALIGN + 1) * NN_FORMAT_ALIGN;
	calibration->arena = aligned_alloc(NN_FORMAT_ALIGN, arena);
	if (!calibration->arena ||
	    nn_run_start(&calibration->run, &calibration->model, calibration->arena, arena) != 0) {
		snprintf(ret_reason, GRAPH_REASON, "no memory for an arena of %zu bytes", arena);
		return -ENOMEM;
	}
	for (uint16_t t = 0; t < NN_TENSORS_MAX; t++)
		calibration->ranges[t] = (struct quantise_range){INFINITY, -INFINITY};
	return 0;
}

static bool is_finite(struct quantise_range range)
{
	return isfinite(range.low) && isfinite(range.high);
}

static bool all_finite(const struct calibration *calibration)
{
	const struct graph *graph = calibration->graph;
	bool finite = is_finite(calibration->ranges[graph->input]);

	for (uint16_t n = 0; n < graph->node_count; n++)
		finite = finite && is_finite(calibration->ranges[graph->nodes[n].output]);
	return finite;
}

static int measure(struct calibration *calibration, const struct calibrate_options *options,
		   const struct calibrate_samples *samples, char *ret_reason)
{
	run_all(calibration, samples);
	if (options->rule == CALIBRATE_MINMAX)
		return 0;
	if (!all_finite(calibration))
		return 0; /* graph_quantise() says which is not */
	calibration->histograms = calloc(calibration->graph->tensor_count, sizeof(*calibration->histograms));
	if (!calibration->histograms) {
		snprintf(ret_reason, GRAPH_REASON, "no memory for histograms");
		return -ENOMEM;
	}
	run_all(calibration, samples);
	for (uint16_t n = 0; n < calibration->graph->node_count; n++)
		cut(calibration, options, calibration->graph->nodes[n].output);
	cut(calibration, options, calibration->graph->input);
	return 0;
}

int graph_calibrate(const struct graph *graph, const struct calibrate_options *options,
		    const struct calibrate_samples *samples, struct quantise_range *ret_ranges, char *ret_reason)
{
	struct calibration calibration = {.graph = graph, .ranges = ret_ranges};
	int r;

	if (!samples->n) {
		snprintf(ret_reason, GRAPH_REASON, "there is no sample to measure ranges with");
		return -EINVAL;
	}
	r = start(&calibration, ret_reason);
	r = r < 0 ? r : measure(&calibration, options, samples, ret_reason);
	free(calibration.histograms);
	free(calibration.arena);
	free(calibration.bytes);
	return r;
}
