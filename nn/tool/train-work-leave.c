/* SPDX-License-Identifier: Apache-2.0 */
/* train-work-leave.c - see train-work.h. */
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/tool/any-model.h"
#include "nn/tool/hash-file.h"
#include "nn/tool/macc.h"
#include "nn/tool/train-work.h"
#include "nn/train/exam.h"
#include "nn/train/report.h"

/* Where things lie and who works on them is no part of what comes out; a note is there by itself. */
static bool is_beside_the_recipe(const char *set)
{
	static const char *const keys[] = {"data", "start", "output", "threads", "vectors", "note"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strncmp(set, keys[i], strlen(keys[i])) && set[strlen(keys[i])] == '=')
			return true;
	return false;
}

/* Which model a training began with; its name says little. */
static void add_start(const char *path, struct graph *graph)
{
	uint8_t digest[NN_SHA256_BYTES];
	char text[NN_SHA256_TEXT], reason[ANY_MODEL_REASON];
	struct model_file model;
	int r = strcmp(path, "builtin") ? hash_file(path, digest) : any_model_open(NULL, &model, reason);

	if (r < 0)
		return;
	if (!strcmp(path, "builtin")) {
		nn_sha256_of(model.model.header, model.model.header->bytes, digest);
		model_file_close(&model);
	}
	nn_sha256_text(digest, text);
	graph_add_provenance(graph, "start.sha256", "%s", text);
}

static void add_provenance(const struct train_work *work, struct graph *graph)
{
	const struct recipe *recipe = &work->recipe;
	const struct history_epoch *last = work->history.epoch_count
						   ? &work->history.epochs[work->history.epoch_count - 1]
						   : &(struct history_epoch){0};
	const char *body = recipe_file_body(&work->file);
	uint8_t digest[NN_SHA256_BYTES];
	char text[NN_SHA256_TEXT];

	nn_sha256_of(body, strlen(body), digest);
	nn_sha256_text(digest, text);
	graph_add_provenance(graph, "tool", "posture-model %s train", PACKAGE_VERSION);
	graph_add_provenance(graph, "recipe.sha256", "%s", text);
	for (unsigned i = 0; i < work->file.set_count; i++)
		if (!is_beside_the_recipe(work->file.sets[i]))
			graph_add_provenance(graph, "recipe.set", "%s", work->file.sets[i]);
	if (*recipe->start)
		add_start(recipe->start, graph);
	if (*recipe->note)
		graph_add_provenance(graph, "note", "%s", recipe->note);
	graph_add_provenance(graph, "data.sha256", "%s", work->data.material.sha256);
	graph_add_provenance(graph, "data.samples", "%u", work->history.samples);
	graph_add_provenance(graph, "seed", "%llu", (unsigned long long)recipe->seed);
	graph_add_provenance(graph, "epochs", "%u", last->epoch);
	graph_add_provenance(graph, "accuracy.training", "%.4f", (double)last->accuracy);
	if (!work->data.material.is_frames)
		graph_add_provenance(graph, "input", "(byte / 255 - %g) / %g", (double)recipe->pixels.mean.list[0],
				     (double)recipe->pixels.deviation.list[0]);
}

static int save_model(struct train_work *work, const char *name, const struct graph *graph,
		      struct model_file *ret_model)
{
	char reason[RUN_DIRECTORY_REASON];
	int r = training_model(graph, ret_model, reason);

	if (r == 0)
		r = run_directory_write(work->directory, name, ret_model->model.header, ret_model->model.header->bytes,
					reason);
	return r < 0 ? tool_fail(work->command, "%s", reason) : 0;
}

int train_work_save_models(struct train_work *work)
{
	char reason[TRAINING_REASON];

	add_provenance(work, work->graph);
	if (save_model(work, "model-float.pnn", work->graph, &work->model))
		return 1;
	work->history.macc = (uint32_t)macc_of_model(&work->model.model).network;
	if (!work->recipe.quantise) {
		return run_directory_write(work->directory, "model.pnn", work->model.model.header,
					   work->model.model.header->bytes, reason) < 0
			       ? tool_fail(work->command, "%s", reason)
			       : 0;
	}
	if (training_quantise(&work->training, &work->model, &work->integers, reason) < 0)
		return tool_fail(work->command, "int8: %s", reason);
	graph_add_provenance(work->integers, "quantise.mode", "int8");
	return save_model(work, "model.pnn", work->integers, &work->integer_model);
}

/* The test data if there are some, else those of the validation. */
int train_work_examine(struct train_work *work)
{
	const struct material *material = work->data.test.n	    ? &work->data.test
					  : work->data.validation.n ? &work->data.validation
								    : &work->data.material;
	const struct model_file *integer = work->integer_model.bytes ? &work->integer_model : NULL;
	bool *use = work->data.test.n ? NULL : work->data.validate, *all = NULL;
	struct exam_take take = {0};
	int r;

	if (!work->data.test.n && !use)
		return 0;
	if (!use) {
		use = all = calloc(material->n, sizeof(*all));
		if (!all)
			return tool_fail(work->command, "out of memory");
		memset(all, true, material->n);
	}
	r = history_start_exam(&work->history, work->data.test.n ? "test data" : "validation data");
	work->history.exam.folds = work->history.exam.seeds = 1;
	r = r < 0 ? r
		  : exam_run(&work->recipe, material, use, &work->model, integer, work->recipe.exam_negatives,
			     work->recipe.seed, &take);
	r = r < 0 ? r : exam_sum(material, RECIPE_SPLIT_USER, &take, 1, &work->history);
	exam_take_clear(&take);
	free(all);
	if (r < 0)
		return tool_fail(work->command, "%s", strerror(-r));
	if (!work->settings->quiet)
		exam_print(stdout, &work->history);
	return 0;
}

int train_work_report(struct train_work *work)
{
	char reason[HISTORY_REASON];
	uint8_t digest[NN_SHA256_BYTES];
	const struct model_file *model = work->integer_model.bytes ? &work->integer_model : &work->model;

	nn_sha256_of(model->model.header, model->model.header->bytes, digest);
	nn_sha256_text(digest, work->history.model_sha256);
	if (report_write(&work->history, work->directory, reason) < 0)
		return tool_fail(work->command, "%s", reason);
	if (!work->logged)
		train_work_log_epoch(work);
	train_work_warn_of_log(work, run_log_close(&work->log, &work->history,
						   work->history.interrupted ? MLFLOW_KILLED : MLFLOW_FINISHED));
	printf("%s: model.pnn, report.html, %u parameters%s, %.1f s\n", work->directory, work->history.parameters,
	       *work->recipe.frozen ? " trained" : "", work->history.seconds);
	return 0;
}
