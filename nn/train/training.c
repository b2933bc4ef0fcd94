/* SPDX-License-Identifier: Apache-2.0 */
/* training.c - see training.h. */
#include "nn/train/training.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/graph/calibrate.h"
#include "nn/graph/dequantise.h"
#include "nn/graph/edit.h"
#include "nn/graph/passes.h"
#include "nn/graph/quantise.h"
#include "nn/import/import.h"
#include "nn/import/pnn.h"
#include "nn/tool/runner.h"
#include "nn/train/frozen-layers.h"
#include "nn/train/rehearsal.h"

enum {
	TEACHER_SEEDS = 1000, /* between a network's seed and those of its teachers */
};

/* What a training needs besides the graph. */
struct work {
	const struct training *training;
	struct history *history;
	struct graph *graph;
	struct trainer_options options;
	uint32_t *chosen, *others;
	struct lesson lesson, validation;
	struct trainer_data data, other_data;
	float *class_weights, *soft;
	bool *frozen;
	struct model_file teacher;
	struct lesson_rehearsal rehearsal;
	struct teachers teachers;
	char *reason;
};

static int fail(struct work *work, int error, const char *text)
{
	snprintf(work->reason, TRAINING_REASON, "%s", text);
	return error;
}

/* --- the network ----------------------------------------------------------------------------------------------- */

static int build(struct work *work)
{
	const struct recipe *recipe = work->training->recipe;
	const struct material *material = work->training->material;
	const struct layers_maker *maker = layers_find_maker(recipe->network);
	struct layers *layers = calloc(1, sizeof(*layers));
	int r;

	if (!layers)
		return fail(work, -ENOMEM, "out of memory");
	if (recipe->layers)
		*layers = *recipe->layers;
	else
		layers_make(maker, material->shape, material->classes,
			    recipe->dropout < 0 ? maker->dropout : recipe->dropout, layers);
	memcpy(layers->input, material->shape, sizeof(layers->input));
	r = layers_build(layers, work->training->seed, &work->graph, &work->options, work->reason);
	free(layers);
	return r;
}

/* A layer is a node with weights or without, as they are in the file: the order in which ST counts them. */
static int freeze(struct work *work)
{
	const char *text = work->training->recipe->frozen;
	struct graph *graph = work->graph;
	bool layers[NN_OPS_MAX];
	char reason[FROZEN_REASON];
	unsigned n = 0;

	/* Keras' softmax is part of the last layer. */
	while (n < graph->node_count && graph->nodes[n].code != NN_OPERATOR_SOFTMAX)
		n++;
	if (frozen_layers_parse(text, n, layers, reason) < 0) {
		snprintf(work->reason, TRAINING_REASON, "frozen_layers: %s", reason);
		return -EINVAL;
	}
	work->frozen = calloc(graph->tensor_count, sizeof(*work->frozen));
	if (!work->frozen)
		return fail(work, -ENOMEM, "out of memory");
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < graph->nodes[i].inputs && layers[i]; k++)
			if (graph->tensors[graph->nodes[i].input[k]].data)
				work->frozen[graph->nodes[i].input[k]] = true;
	work->options.frozen = work->frozen;
	return 0;
}

static bool same_classes(const struct graph *graph, const struct material *material)
{
	if (graph->label_count != material->classes)
		return false;
	for (uint32_t i = 0; i < material->classes; i++)
		if (strcmp(graph->labels[i], material->labels[i]) != 0)
			return false;
	return true;
}

/* New classes get the old ones' weights where names are equal: nothing is forgotten by a new head. */
static void keep_rows(struct graph *graph, const struct graph_tensor *weights, const struct graph_tensor *bias,
		      const char (*labels)[NN_LABEL_MAX], uint32_t old_count, const struct material *material)
{
	int last = graph->node_count - 1;
	const struct graph_node *node;
	float *to, *to_bias;

	while (last >= 0 && graph->nodes[last].code != NN_OPERATOR_DENSE)
		last--;
	if (last < 0 || !weights->data)
		return;
	node = &graph->nodes[last];
	to = graph->tensors[node->input[1]].data;
	to_bias = node->inputs > 2 ? graph->tensors[node->input[2]].data : NULL;
	if (!to || graph->tensors[node->input[1]].shape[0] != weights->shape[0])
		return;
	for (uint32_t c = 0; c < material->classes; c++)
		for (uint32_t old = 0; old < old_count; old++) {
			if (strcmp(labels[old], material->labels[c]) != 0)
				continue;
			for (uint32_t i = 0; i < weights->shape[0]; i++)
				to[i * material->classes + c] = ((float *)weights->data)[i * old_count + old];
			if (to_bias && bias->data)
				to_bias[c] = ((float *)bias->data)[old];
		}
}

/* What the last dense layer knows, before it is replaced. */
static int replace_head(struct work *work)
{
	struct graph *graph = work->graph;
	const struct material *material = work->training->material;
	struct graph_tensor weights = {0}, bias = {0};
	int last = graph->node_count - 1, r;

	while (last >= 0 && graph->nodes[last].code != NN_OPERATOR_DENSE)
		last--;
	if (last >= 0 && graph->label_count) {
		const struct graph_node *node = &graph->nodes[last];
		const struct graph_tensor *from = &graph->tensors[node->input[1]];

		weights = *from;
		weights.data = malloc(graph_tensor_bytes(from));
		if (weights.data && from->data)
			memcpy(weights.data, from->data, graph_tensor_bytes(from));
		if (node->inputs > 2 && graph->tensors[node->input[2]].data) {
			from = &graph->tensors[node->input[2]];
			bias.data = malloc(graph_tensor_bytes(from));
			if (bias.data)
				memcpy(bias.data, from->data, graph_tensor_bytes(from));
		}
	}
	r = layers_replace_head(graph, material->classes, work->training->seed, work->reason);
	if (r == 0 && weights.data)
		keep_rows(graph, &weights, &bias, (const char(*)[NN_LABEL_MAX])graph->labels, graph->label_count,
			  material);
	free(weights.data);
	free(bias.data);
	return r;
}

/* The starting model as it is; "builtin" is the shipped one. */
static int open_start(const struct recipe *recipe, struct graph **ret_graph, char *ret_reason)
{
	struct model_file file;
	int r;

	if (strcmp(recipe->start, "builtin") != 0)
		return import_file(recipe->start, ret_graph, ret_reason);
	r = model_file_open(NULL, &file, ret_reason);
	if (r < 0)
		return r;
	*ret_graph = graph_new();
	r = *ret_graph ? pnn_import(&file.model, *ret_graph) : -ENOMEM;
	if (r < 0) {
		snprintf(ret_reason, TRAINING_REASON, "%s", strerror(-r));
		*ret_graph = graph_free(*ret_graph);
	}
	model_file_close(&file);
	return r;
}

int training_take_preprocessing(struct recipe *recipe, char *ret_reason)
{
	struct graph *graph = NULL;
	int r;

	if (!*recipe->start)
		return 0;
	r = open_start(recipe, &graph, ret_reason);
	if (r == 0 && graph->input_form == NN_INPUT_FRAME)
		recipe->preprocess = graph->preprocess;
	graph_free(graph);
	return r;
}

static int start_from_file(struct work *work)
{
	const struct training *training = work->training;
	const struct graph_tensor *input;
	int r = open_start(training->recipe, &work->graph, work->reason);

	if (r < 0)
		return r;
	if (graph_dequantise(work->graph) < 0)
		return fail(work, -ENOMEM, "out of memory");
	input = &work->graph->tensors[work->graph->input];
	if (graph_elements(input) !=
	    (size_t)training->material->shape[0] * training->material->shape[1] * training->material->shape[2])
		return fail(work, -EINVAL, "start: the network takes inputs of another size than the data have");
	r = training_model(work->graph, &work->teacher, work->reason);
	if (r == 0 && !same_classes(work->graph, training->material) &&
	    (work->graph->label_count ||
	     graph_elements(&work->graph->tensors[work->graph->output]) != training->material->classes))
		r = replace_head(work);
	work->options.fixed_norms = true;
	return r < 0 ? r : freeze(work);
}

static int describe(struct work *work)
{
	const struct training *training = work->training;
	struct graph *graph = work->graph;

	for (uint32_t i = 0; i < training->material->classes; i++)
		memcpy(graph->labels[i], training->material->labels[i], NN_LABEL_MAX);
	graph->label_count = training->material->classes;
	snprintf(graph->name, sizeof(graph->name), "%s", training->recipe->name);
	if (training->material->is_frames) {
		graph->input_form = NN_INPUT_FRAME;
		graph->preprocess = recipe_preprocess(training->recipe);
	}
	if (graph_elements(&graph->tensors[graph->output]) != training->material->classes) {
		snprintf(work->reason, TRAINING_REASON, "the network has %zu outputs and the data %u classes",
			 graph_elements(&graph->tensors[graph->output]), training->material->classes);
		return -EINVAL;
	}
	return 0;
}

/* --- the samples ----------------------------------------------------------------------------------------------- */

static int weigh_classes(struct work *work)
{
	const struct lesson *lesson = &work->lesson;
	uint32_t *counts = calloc(lesson->classes, sizeof(*counts));

	work->class_weights = calloc(lesson->classes, sizeof(*work->class_weights));
	if (!counts || !work->class_weights) {
		free(counts);
		return fail(work, -ENOMEM, "out of memory");
	}
	for (uint32_t i = 0; i < lesson->n; i++)
		counts[material_label(lesson->material, lesson->chosen[i])]++;
	for (uint32_t c = 0; c < lesson->classes; c++)
		work->class_weights[c] = counts[c] ? (float)lesson->n / ((float)lesson->classes * (float)counts[c]) : 1;
	free(counts);
	work->options.class_weights = work->class_weights;
	return 0;
}

/* What the starting model says, in the classes of now. */
static int ask_teacher(struct work *work)
{
	struct lesson *lesson = &work->lesson;
	const struct nn_model *model = &work->teacher.model;
	struct runner runner;
	float *input;
	int r;

	if (work->training->recipe->distil <= 0 || !work->teacher.bytes)
		return 0;
	work->soft = calloc((size_t)lesson->n * lesson->classes, sizeof(*work->soft));
	input = calloc(lesson->elements, sizeof(*input));
	r = work->soft && input ? runner_open(model, &runner) : -ENOMEM;
	for (uint32_t i = 0; i < lesson->n && r == 0; i++) {
		lesson_input(lesson, lesson->chosen[i], input);
		runner_run(&runner, input);
		for (uint32_t c = 0; c < model->main->classes; c++) {
			int to = material_find_class(lesson->material, model->labels[c]);

			if (to >= 0)
				work->soft[(size_t)i * lesson->classes + (uint32_t)to] = runner.output[c];
		}
	}
	free(input);
	if (r < 0)
		return fail(work, r, "the starting model can't be asked");
	runner_close(&runner);
	lesson->soft = work->soft;
	return 0;
}

static int rehearse(struct work *work)
{
	const struct training *training = work->training;
	int r;

	if (!training->recipe->rehearsal || !work->teacher.bytes || !training->material->is_frames)
		return 0;
	r = rehearsal_make(&work->lesson, &work->teacher, training->recipe->rehearsal, training->seed,
			   &work->rehearsal);
	if (r < 0)
		return fail(work, r, "out of memory");
	work->lesson.rehearsal = &work->rehearsal;
	work->data.n = lesson_size(&work->lesson);
	return 0;
}

static int choose(struct work *work)
{
	const struct training *training = work->training;
	const struct material *other = training->other ? training->other : training->material;
	uint32_t n;

	work->chosen = calloc(training->material->n, sizeof(*work->chosen));
	work->others = calloc(other->n, sizeof(*work->others));
	if (!work->chosen || !work->others)
		return fail(work, -ENOMEM, "out of memory");
	n = lesson_choose(training->recipe, training->material, training->use, work->chosen);
	if (!n)
		return fail(work, -ENODATA, "no sample to train on: is there a hand in the gate?");
	lesson_start(&work->lesson, training->recipe, training->material, work->chosen, n, true);
	work->lesson.seed = training->seed;
	work->data = (struct trainer_data){lesson_fill, &work->lesson, lesson_size(&work->lesson)};
	n = training->validate ? lesson_choose(training->recipe, other, training->validate, work->others) : 0;
	lesson_start(&work->validation, training->recipe, other, work->others, n, false);
	work->other_data = (struct trainer_data){lesson_fill, &work->validation, n};
	return training->recipe->balanced ? weigh_classes(work) : 0;
}

/* --- the training ---------------------------------------------------------------------------------------------- */

static bool on_epoch(void *context, struct trainer *trainer, const struct trainer_record *record)
{
	struct work *work = context;
	const struct history_epoch epoch = {
		.epoch = record->epoch + 1,
		.loss = (float)record->training.loss,
		.accuracy = (float)record->training.accuracy,
		.other_loss = record->validated ? (float)record->validation.loss : NAN,
		.other_accuracy = record->validated ? (float)record->validation.accuracy : NAN,
		.rate = record->rate,
		.seconds = record->seconds,
	};

	if (history_add_epoch(work->history, &epoch) < 0)
		return false;
	return !work->training->on_epoch || work->training->on_epoch(work->training->context, trainer, record);
}

static int fit(struct work *work)
{
	const struct training *training = work->training;
	const struct trainer_data *other = work->other_data.n ? &work->other_data : NULL;
	struct trainer *trainer = NULL;
	double best;
	int r = trainer_open(work->graph, &work->options, &trainer, work->reason);

	if (r < 0)
		return r;
	work->history->parameters = trainer_parameters(trainer);
	work->history->samples = work->lesson.n;
	work->history->other_samples = work->other_data.n;
	if (training->state)
		r = trainer_load(trainer, training->state, training->state_size, work->reason);
	/* What came behind the state is trained again. */
	while (training->state && work->history->epoch_count &&
	       work->history->epochs[work->history->epoch_count - 1].epoch > trainer_epochs_done(trainer))
		work->history->epoch_count--;
	if (r == 0) {
		r = trainer_fit(trainer, &work->data, other, on_epoch, work);
		if (r == -ERANGE)
			fail(work, r, "the loss is no number any more: choose a smaller rate");
		else if (r < 0)
			fail(work, r, strerror(-r));
	}
	work->history->best_epoch = work->options.keep_best ? (uint32_t)(trainer_best_epoch(trainer, &best) + 1) : 0;
	work->history->interrupted = r == -ECANCELED;
	trainer_close(trainer);
	return r == -ECANCELED && work->history->epoch_count ? 0 : r;
}

/* --- teachers -------------------------------------------------------------------------------------------------- */

/* The same training with another seed and network, of which only the network is kept. */
static int train_teacher(struct work *work, const struct recipe *recipe, unsigned i)
{
	struct training training = *work->training;
	struct history history = {0};
	struct graph *graph = NULL;
	struct model_file model;
	int r;

	training.recipe = recipe;
	training.seed += TEACHER_SEEDS * (i + 1);
	training.validate = NULL;
	training.on_epoch = NULL;
	training.state = NULL;
	r = training_run(&training, &history, &graph, work->reason);
	if (r == 0 && history.interrupted)
		r = -ECANCELED;
	r = r < 0 ? r : training_model(graph, &model, work->reason);
	graph_free(graph);
	history_clear(&history);
	if (r == 0) {
		r = teachers_add(&work->teachers, &model);
		if (r < 0)
			fail(work, r, "teachers: the network is too large for one");
	}
	return r;
}

static int train_teachers(struct work *work)
{
	struct recipe recipe = *work->training->recipe;
	unsigned n = recipe.teachers;
	int r = 0;

	if (!n)
		return 0;
	recipe.teachers = 0;
	recipe.temperature = 1;
	if (*recipe.teacher_network) {
		memcpy(recipe.network, recipe.teacher_network, sizeof(recipe.network));
		recipe.layers = NULL;
		if (!layers_find_maker(recipe.network))
			return fail(work, -EINVAL, "teacher_network: there is no such built-in network");
	}
	for (unsigned i = 0; i < n && r == 0; i++)
		r = train_teacher(work, &recipe, i);
	work->lesson.teachers = &work->teachers;
	return r;
}

/* The numbers that the softmax gets are divided by it: the weights of the last layer, and its bias. */
static void cool(struct work *work)
{
	float temperature = work->training->recipe->temperature;
	const struct graph *graph = work->graph;
	int last = graph->node_count - 1;

	while (last >= 0 && graph->nodes[last].code != NN_OPERATOR_DENSE)
		last--;
	for (unsigned k = 1; last >= 0 && k < graph->nodes[last].inputs; k++) {
		const struct graph_tensor *tensor = &graph->tensors[graph->nodes[last].input[k]];

		for (size_t i = 0; tensor->data && i < graph_elements(tensor); i++)
			((float *)tensor->data)[i] /= temperature;
	}
}

int training_run(const struct training *training, struct history *history, struct graph **ret_graph, char *ret_reason)
{
	struct work work = {.training = training, .history = history, .reason = ret_reason};
	int r;

	recipe_options(training->recipe, &work.options);
	work.options.seed = training->seed;
	work.options.threads = training->threads;
	work.options.stop = training->stop;
	r = choose(&work);
	r = r < 0 ? r : *training->recipe->start ? start_from_file(&work) : build(&work);
	r = r < 0 ? r : describe(&work);
	r = r < 0 ? r : ask_teacher(&work);
	r = r < 0 ? r : rehearse(&work);
	r = r < 0 ? r : train_teachers(&work);
	r = r < 0 ? r : fit(&work);
	if (r == 0 && training->recipe->temperature != 1)
		cool(&work);
	free(work.chosen);
	free(work.others);
	free(work.class_weights);
	free(work.soft);
	free(work.frozen);
	rehearsal_clear(&work.rehearsal);
	teachers_clear(&work.teachers);
	if (work.teacher.bytes)
		model_file_close(&work.teacher);
	if (r < 0)
		graph_free(work.graph);
	else
		*ret_graph = work.graph;
	return r;
}

/* --- models ---------------------------------------------------------------------------------------------------- */

int training_model(const struct graph *graph, struct model_file *ret_file, char *ret_reason)
{
	void *bytes = NULL;
	size_t size;
	int r = pnn_write(graph, &bytes, &size, ret_reason);

	r = r < 0 ? r : model_file_open_memory(bytes, size, ret_file, ret_reason);
	free(bytes);
	return r;
}

struct calibration {
	struct lesson lesson;
	uint32_t step;
};

/* Evenly over all samples, unchanged. */
static void get_sample(void *context, size_t i, float *input)
{
	const struct calibration *calibration = context;

	lesson_input(&calibration->lesson, calibration->lesson.chosen[i * calibration->step], input);
}

static int make_integers(const struct training *training, struct graph *graph, const uint32_t *chosen, uint32_t n,
			 char *ret_reason)
{
	uint32_t wanted = training->recipe->calibration < n ? training->recipe->calibration : n;
	struct calibration calibration = {.step = n / wanted};
	const struct calibrate_samples samples = {wanted, get_sample, &calibration};
	const struct calibrate_options calibrate = {.rule = CALIBRATE_MINMAX, .percentile = 100, .steps = 255};
	const struct quantise_options options = {.mode = QUANTISE_INT8};
	struct quantise_range *ranges = calloc(NN_TENSORS_MAX, sizeof(*ranges));
	int r = ranges ? 0 : -ENOMEM;

	lesson_start(&calibration.lesson, training->recipe, training->material, chosen, n, false);
	graph_optimise(graph);
	r = r < 0 ? r : graph_quantise_prepare(graph, ret_reason);
	r = r < 0 ? r : graph_calibrate(graph, &calibrate, &samples, ranges, ret_reason);
	r = r < 0 ? r : graph_quantise(graph, &options, ranges, ret_reason);
	r = r < 0 ? r : graph_lower(graph, NN_ROUNDING_SINGLE, ret_reason);
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
