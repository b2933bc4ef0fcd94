/* SPDX-License-Identifier: Apache-2.0 */
/* training-models.c - what a training made, as models: the floats, and their int8 twin. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/graph/calibrate.h"
#include "nn/graph/passes.h"
#include "nn/graph/quantise.h"
#include "nn/import/pnn.h"
#include "nn/train/rehearsal.h"
#include "nn/train/training.h"

int training_model(const struct graph *graph, struct model_file *ret_file, char *ret_reason)
{
	void *bytes = NULL;
	size_t size;
	int r = pnn_write(graph, &bytes, &size, ret_reason);

	r = r < 0 ? r : model_file_open_memory(bytes, size, ret_file, ret_reason);
	free(bytes);
	return r;
}

/* Samples of the lesson, then what is rehearsed. */
struct calibration {
	struct lesson lesson;
	uint32_t n, step;
	struct lesson_rehearsal rehearsal;
};

/* Evenly over all samples, unchanged. */
static void get_sample(void *context, size_t i, float *input)
{
	const struct calibration *calibration = context;
	const struct lesson *lesson = &calibration->lesson;

	if (i < calibration->n)
		lesson_input(lesson, lesson->chosen[i * calibration->step], input);
	else
		memcpy(input, calibration->rehearsal.inputs + (i - calibration->n) * lesson->elements,
		       lesson->elements * sizeof(*input));
}

static int rehearse(const struct training *training, struct calibration *calibration, char *ret_reason)
{
	const struct recipe *recipe = training->recipe;
	uint32_t n = recipe->rehearsal < recipe->calibration ? recipe->rehearsal : recipe->calibration;

	if (!n || !*recipe->start || !training->material->is_frames)
		return 0;
	return training_rehearse(training, &calibration->lesson, n, &calibration->rehearsal, ret_reason);
}

static int make_integers(const struct training *training, struct graph *graph, const uint32_t *chosen, uint32_t n,
			 char *ret_reason)
{
	uint32_t wanted = training->recipe->calibration < n ? training->recipe->calibration : n;
	struct calibration calibration = {.n = wanted, .step = n / wanted};
	struct calibrate_samples samples = {wanted, get_sample, &calibration};
	const struct calibrate_options calibrate = {.rule = CALIBRATE_MINMAX, .percentile = 100, .steps = 255};
	const struct quantise_options options = {.mode = QUANTISE_INT8};
	struct quantise_range *ranges = calloc(NN_TENSORS_MAX, sizeof(*ranges));
	int r = ranges ? 0 : -ENOMEM;

	lesson_start(&calibration.lesson, training->recipe, training->material, chosen, n, false);
	r = r < 0 ? r : rehearse(training, &calibration, ret_reason);
	samples.n += calibration.rehearsal.n;
	graph_optimise(graph);
	r = r < 0 ? r : graph_quantise_prepare(graph, ret_reason);
	r = r < 0 ? r : graph_calibrate(graph, &calibrate, &samples, ranges, ret_reason);
	r = r < 0 ? r : graph_quantise(graph, &options, ranges, ret_reason);
	r = r < 0 ? r : graph_lower(graph, NN_ROUNDING_SINGLE, ret_reason);
	rehearsal_clear(&calibration.rehearsal);
	free(ranges);
	return r;
}

int training_quantise(const struct training *training, const struct model_file *model, struct graph **ret_graph,
		      char *ret_reason)
{
	uint32_t *chosen = calloc(training->material->n, sizeof(*chosen)), n = 0;
	struct graph *graph = graph_new();
	int r = -ENOMEM;

	snprintf(ret_reason, TRAINING_REASON, "out of memory");
	if (graph && chosen)
		r = pnn_import(&model->model, graph);
	if (r == 0)
		n = lesson_choose(training->recipe, training->material, training->use, chosen);
	if (r == 0)
		r = make_integers(training, graph, chosen, n, ret_reason);
	free(chosen);
	if (r < 0)
		graph_free(graph);
	else
		*ret_graph = graph;
	return r;
}
