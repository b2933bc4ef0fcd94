/* SPDX-License-Identifier: Apache-2.0 */
/* training.c - see training.h. */
#include "nn/train/training.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/dequantise.h"
#include "nn/graph/edit.h"
#include "nn/tool/runner.h"
#include "nn/train/frozen-layers.h"
#include "nn/train/new-head.h"
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

/* Nodes that are layers, where the file has no others: without the softmax, which Keras has in the last layer. */
static unsigned count_layers(const struct graph *graph)
{
	unsigned n = graph->layer_count;

	while (!graph->layer_count && n < graph->node_count && graph->nodes[n].code != NN_OPERATOR_SOFTMAX)
		n++;
	return n;
}

/* Layers are counted as the file counts them: in Keras's with the input and what does nothing here, as ST does. */
static int freeze(struct work *work)
{
	struct graph *graph = work->graph;
	unsigned n = count_layers(graph);
	bool *layers = calloc(n + 1, sizeof(*layers));
	char reason[FROZEN_REASON];
	int r = 0;

	work->options.frozen = work->frozen = calloc(graph->tensor_count, sizeof(*work->frozen));
	if (!layers || !work->frozen) {
		r = fail(work, -ENOMEM, "out of memory");
	} else if (frozen_layers_parse(work->training->recipe->frozen, n, layers, reason) < 0) {
		snprintf(work->reason, TRAINING_REASON, "frozen_layers: %s", reason);
		r = -EINVAL;
	}
	for (unsigned i = 0; i < graph->node_count && r == 0; i++) {
		const struct graph_node *node = &graph->nodes[i];
		unsigned layer = graph->layer_count ? node->layer - 1u : i;

		for (unsigned k = 0; k < node->inputs && layer < n && layers[layer]; k++)
			if (graph->tensors[node->input[k]].data)
				work->frozen[node->input[k]] = true;
	}
	free(layers);
	return r;
}

static int start_from_file(struct work *work)
{
	const struct training *training = work->training;
	const struct graph_tensor *input;
	int r = training_open_start(training->recipe, &work->graph, work->reason);

	if (r < 0)
		return r;
	if (graph_dequantise(work->graph) < 0)
		return fail(work, -ENOMEM, "out of memory");
	input = &work->graph->tensors[work->graph->input];
	if (graph_elements(input) !=
	    (size_t)training->material->shape[0] * training->material->shape[1] * training->material->shape[2])
		return fail(work, -EINVAL, "start: the network takes inputs of another size than the data have");
	r = training_model(work->graph, &work->teacher, work->reason);
	r = r < 0 ? r : new_head_if_needed(work->graph, training->material, training->seed, work->reason);
	work->options.fixed_norms = true;
	if (r == 0 && training->recipe->dropout > 0)
		r = layers_drop_before_head(work->graph, training->recipe->dropout, &work->options, work->reason);
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
	work->history->interrupted = r == -ECANCELED;
	work->history->best_epoch = work->options.keep_best || work->history->interrupted
					    ? (uint32_t)(trainer_best_epoch(trainer, &best) + 1)
					    : 0;
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
