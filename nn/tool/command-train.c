/* SPDX-License-Identifier: Apache-2.0 */
/* command-train.c - a recipe becomes a network. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nn/export/pnn.h"
#include "nn/tool/macc.h"
#include "nn/tool/personalise.h"
#include "nn/tool/progress.h"
#include "nn/tool/run-directory.h"
#include "nn/tool/tool.h"
#include "nn/tool/train-data.h"
#include "nn/train/exam.h"
#include "nn/train/report.h"
#include "nn/train/run-log.h"
#include "nn/train/training.h"

static const double state_every_s = 2;

struct settings {
	const char *recipe, *output, *resume, *personalise, *model;
	bool quiet;
};

/* What is known and made on the way. */
struct work {
	const struct command *command;
	const struct settings *settings;
	struct recipe_file file;
	struct recipe recipe;
	struct train_data data;
	struct training training;
	struct history history;
	struct progress progress;
	struct run_log log;
	bool logged; /* or tried to */
	char directory[RUN_DIRECTORY_PATH];
	void *state;
	double state_saved_s;
	struct graph *graph, *integers;
	struct model_file model, integer_model;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

/* --- what is asked for ----------------------------------------------------------------------------------------- */

static void print_networks(void)
{
	for (const struct layers_maker *maker = layers_makers; maker->name; maker++)
		printf("%-24s %ux%ux%u, %u classes: %s\n", maker->name, maker->input[0], maker->input[1],
		       maker->input[2], maker->classes, maker->summary);
}

/* 0: go on, 1: done, 2: wrong. */
static int parse_options(struct work *work, struct settings *settings, int argc, char **argv)
{
	static const struct option options[] = {
		{"output", required_argument, NULL, 'o'},
		{"resume", required_argument, NULL, 'r'},
		{"personalise", required_argument, NULL, 'p'},
		{"model", required_argument, NULL, 'm'},
		{"set", required_argument, NULL, 's'},
		{"keys", no_argument, NULL, 'k'},
		{"networks", no_argument, NULL, 'n'},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	char reason[RUN_DIRECTORY_REASON];
	int option;

	while ((option = getopt_long(argc, argv, "o:s:qh", options, NULL)) >= 0) {
		switch (option) {
		case 'o':
			settings->output = optarg;
			break;
		case 'r':
			settings->resume = optarg;
			break;
		case 'p':
			settings->personalise = optarg;
			break;
		case 'm':
			settings->model = optarg;
			break;
		case 's':
			if (recipe_file_add_set(&work->file, optarg, reason) < 0) {
				tool_fail(work->command, "%s", reason);
				return TOOL_WRONG_USE;
			}
			break;
		case 'q':
			settings->quiet = true;
			break;
		case 'k':
			recipe_print_keys(stdout);
			return 1;
		case 'n':
			print_networks();
			return 1;
		case 'h':
			tool_help(work->command);
			return 1;
		default:
			return TOOL_WRONG_USE;
		}
	}
	settings->recipe = optind < argc ? argv[optind] : NULL;
	if (optind + 1 < argc ||
	    (settings->recipe != NULL) + (settings->personalise != NULL) + (settings->resume != NULL) != 1) {
		tool_misuse(work->command);
		return TOOL_WRONG_USE;
	}
	return 0;
}

static int read_recipe(struct work *work)
{
	const struct settings *settings = work->settings;
	char reason[RUN_DIRECTORY_REASON], path[RUN_DIRECTORY_PATH];
	int r;

	if (settings->personalise) {
		r = personalise_write_recipe(settings->personalise, settings->model, &work->file, reason);
	} else {
		if (settings->resume)
			run_directory_path(settings->resume, "recipe.yaml", path);
		r = recipe_file_read(settings->resume ? path : settings->recipe, &work->file, reason);
	}
	r = r < 0 ? r : recipe_file_parse(&work->file, settings->quiet ? NULL : stderr, &work->recipe, reason);
	r = r < 0 ? r : training_take_preprocessing(&work->recipe, reason);
	return r < 0 ? tool_fail(work->command, "%s", reason) : 0;
}

static int read_data(struct work *work)
{
	const struct material *material = &work->data.material;
	char reason[TRAIN_DATA_REASON];

	if (!*work->recipe.data)
		return tool_fail(work->command, "%s: data: say what to train on (ST: dataset.training_path)",
				 work->file.name);
	if (train_data_read(&work->recipe, &work->data, reason) < 0)
		return tool_fail(work->command, "%s", reason);
	if (!work->settings->quiet)
		printf("%s: %u samples of %u classes%s\n", work->recipe.data, material->n, material->classes,
		       material->skipped ? ", more of others" : "");
	return 0;
}

/* --- training -------------------------------------------------------------------------------------------------- */

/* Now and then, and after the first and the last epoch. */
static void save_state(struct work *work, struct trainer *trainer, uint32_t epoch)
{
	double now = progress_seconds(&work->progress);
	char reason[RUN_DIRECTORY_REASON], path[RUN_DIRECTORY_PATH];
	void *bytes;
	size_t size;

	if (epoch && epoch + 1 < work->recipe.epochs && now - work->state_saved_s < state_every_s)
		return;
	if (trainer_save(trainer, &bytes, &size) < 0)
		return;
	work->state_saved_s = now;
	run_directory_path(work->directory, "history.csv", path);
	if (run_directory_write(work->directory, "state.bin", bytes, size, reason) == 0)
		history_write_csv(&work->history, path);
	free(bytes);
}

static void warn_of_log(const struct work *work, int error)
{
	if (error < 0)
		fprintf(stderr, "posture-model train: warning: %s: event files or MLflow's run: %s\n", work->directory,
			strerror(-error));
}

/* Opened by the first epoch: what a run that goes on had behind its saved state is forgotten by then. */
static void log_epoch(struct work *work)
{
	if (work->logged) {
		run_log_add(&work->log, &work->history.epochs[work->history.epoch_count - 1]);
		return;
	}
	work->logged = true;
	warn_of_log(work, run_log_open(work->directory, work->recipe.mlflow, &work->history, &work->log));
}

static bool on_epoch(void *context, struct trainer *trainer, const struct trainer_record *record)
{
	struct work *work = context;
	char text[128];
	int n = snprintf(text, sizeof(text), "loss %.4f, %.2f %% right", record->training.loss,
			 100 * record->training.accuracy);

	if (record->validated)
		snprintf(text + n, sizeof(text) - (size_t)n, "; validation %.4f, %.2f %%%s", record->validation.loss,
			 100 * record->validation.accuracy, record->best ? " *" : "");
	progress_tell(&work->progress, record->epoch + 1, work->recipe.epochs, text);
	log_epoch(work);
	save_state(work, trainer, record->epoch);
	return true;
}

/* Epochs behind the saved state are trained again. */
static int read_state(struct work *work)
{
	char path[RUN_DIRECTORY_PATH];
	int r;

	if (!work->settings->resume)
		return 0;
	run_directory_path(work->directory, "state.bin", path);
	r = model_file_read(path, &work->state, &work->training.state_size);
	if (r < 0)
		return tool_fail(work->command, "%s: %s; nothing to go on from", path, strerror(-r));
	work->training.state = work->state;
	run_directory_path(work->directory, "history.csv", path);
	r = history_read_csv(path, &work->history);
	return r < 0 ? tool_fail(work->command, "%s: %s", path, strerror(-r)) : 0;
}

static int train(struct work *work)
{
	const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	char reason[TRAINING_REASON];
	int r;

	if (run_directory_describe(&work->file, &work->recipe, &work->data.material, &work->history) < 0)
		return tool_fail(work->command, "out of memory");
	if (read_state(work))
		return 1;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	work->training.recipe = &work->recipe;
	work->training.material = &work->data.material;
	work->training.use = work->data.use;
	work->training.validate = work->data.validate;
	work->training.other = work->data.other;
	work->training.seed = work->recipe.seed;
	work->training.threads = work->recipe.threads;
	work->training.stop = &stop;
	work->training.on_epoch = on_epoch;
	work->training.context = work;
	progress_start(&work->progress, stdout, work->settings->quiet);
	r = training_run(&work->training, &work->history, &work->graph, reason);
	progress_end(&work->progress);
	work->history.seconds = progress_seconds(&work->progress);
	if (r == -ECANCELED)
		return tool_fail(work->command, "interrupted before the first epoch was over");
	if (r < 0)
		return tool_fail(work->command, "%s", reason);
	if (work->history.interrupted)
		fprintf(stderr,
			"posture-model train: interrupted after epoch %zu; `posture-model train --resume %s` goes on\n",
			work->history.epoch_count, work->directory);
	return 0;
}

/* --- what it left ---------------------------------------------------------------------------------------------- */

/* Where things lie and who works on them is no part of what comes out; a note is there by itself. */
static bool is_beside_the_recipe(const char *set)
{
	static const char *const keys[] = {"data", "output", "threads", "vectors", "note"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strncmp(set, keys[i], strlen(keys[i])) && set[strlen(keys[i])] == '=')
			return true;
	return false;
}

static void add_provenance(const struct work *work, struct graph *graph)
{
	const struct recipe *recipe = &work->recipe;
	const struct history_epoch *last = work->history.epoch_count
						   ? &work->history.epochs[work->history.epoch_count - 1]
						   : &(struct history_epoch){0};
	uint8_t digest[NN_SHA256_BYTES];
	char text[NN_SHA256_TEXT];

	nn_sha256_of(work->file.text, work->file.size, digest);
	nn_sha256_text(digest, text);
	graph_add_provenance(graph, "tool", "posture-model %s train", PACKAGE_VERSION);
	graph_add_provenance(graph, "recipe.sha256", "%s", text);
	for (unsigned i = 0; i < work->file.set_count; i++)
		if (!is_beside_the_recipe(work->file.sets[i]))
			graph_add_provenance(graph, "recipe.set", "%s", work->file.sets[i]);
	if (*recipe->note)
		graph_add_provenance(graph, "note", "%s", recipe->note);
	graph_add_provenance(graph, "data.sha256", "%s", work->data.material.sha256);
	graph_add_provenance(graph, "data.samples", "%u", work->history.samples);
	graph_add_provenance(graph, "seed", "%llu", (unsigned long long)recipe->seed);
	graph_add_provenance(graph, "epochs", "%u", last->epoch);
	graph_add_provenance(graph, "accuracy.training", "%.4f", (double)last->accuracy);
	if (!work->data.material.is_frames)
		graph_add_provenance(graph, "input", "(byte / 255 - %g) / %g", (double)recipe->pixels.mean[0],
				     (double)recipe->pixels.deviation[0]);
}

static int save_model(struct work *work, const char *name, const struct graph *graph, struct model_file *ret_model)
{
	char reason[RUN_DIRECTORY_REASON];
	int r = training_model(graph, ret_model, reason);

	if (r == 0)
		r = run_directory_write(work->directory, name, ret_model->model.header, ret_model->model.header->bytes,
					reason);
	return r < 0 ? tool_fail(work->command, "%s", reason) : 0;
}

static int save_models(struct work *work)
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
static int examine(struct work *work)
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

static int report(struct work *work)
{
	char reason[HISTORY_REASON];
	uint8_t digest[NN_SHA256_BYTES];
	const struct model_file *model = work->integer_model.bytes ? &work->integer_model : &work->model;

	nn_sha256_of(model->model.header, model->model.header->bytes, digest);
	nn_sha256_text(digest, work->history.model_sha256);
	if (report_write(&work->history, work->directory, reason) < 0)
		return tool_fail(work->command, "%s", reason);
	if (!work->logged)
		log_epoch(work);
	warn_of_log(work, run_log_close(&work->log, &work->history,
					work->history.interrupted ? MLFLOW_KILLED : MLFLOW_FINISHED));
	printf("%s: model.pnn, report.html, %u parameters, %.1f s\n", work->directory, work->history.parameters,
	       work->history.seconds);
	return 0;
}

static int make_directory(struct work *work)
{
	const struct settings *settings = work->settings;
	char reason[RUN_DIRECTORY_REASON];

	if (run_directory_make(settings->resume ? settings->resume : settings->output, &work->recipe, work->directory,
			       reason) < 0 ||
	    run_directory_save_recipe(work->directory, &work->file, reason) < 0)
		return tool_fail(work->command, "%s", reason);
	return 0;
}

static void clear(struct work *work)
{
	model_file_close(&work->model);
	model_file_close(&work->integer_model);
	graph_free(work->graph);
	graph_free(work->integers);
	history_clear(&work->history);
	train_data_clear(&work->data);
	recipe_clear(&work->recipe);
	recipe_file_clear(&work->file);
	free(work->state);
}

static int train_run(const struct command *command, int argc, char **argv)
{
	struct settings settings = {0};
	struct work *work = calloc(1, sizeof(*work));
	int r;

	if (!work)
		return tool_fail(command, "out of memory");
	work->command = command;
	work->settings = &settings;
	r = parse_options(work, &settings, argc, argv);
	if (r) {
		free(work);
		return r == 1 ? 0 : r;
	}
	r = read_recipe(work) || read_data(work) || make_directory(work) || train(work) || save_models(work) ||
	    examine(work) || report(work);
	if (r == 0 && work->history.interrupted)
		r = 130;
	if (r == 1)
		run_log_close(&work->log, &work->history, MLFLOW_FAILED);
	clear(work);
	free(work);
	return r;
}

const struct command command_train = {
	.name = "train",
	.arguments = "[options] RECIPE.yaml | --personalise DIRECTORY | --resume RUN",
	.summary = "Trains a network as a recipe says",
	.help = "  -o, --output=DIRECTORY       of this run [a new one below the recipe's `output`]\n"
		"  -s, --set=KEY=VALUE          instead of what the recipe says; any number of times\n"
		"      --personalise=DIRECTORY  a user's own recordings: the model learns them and forgets nothing\n"
		"      --model=FILE             that is personalised [the one that is shipped]\n"
		"      --resume=RUN             goes on with a run that was interrupted\n"
		"      --keys                   every key of a recipe with range, default and meaning\n"
		"      --networks               the built-in networks\n"
		"  -q, --quiet                  no progress and no tables\n"
		"  -h, --help\n\n"
		"The recipe is of our own kind or a configuration of ST's model zoo as it is (docs/training.md).\n"
		"Ctrl-C ends after the batch and keeps the best so far.\n",
	.run = train_run,
};
