/* SPDX-License-Identifier: Apache-2.0 */
/* command-train.c - a recipe becomes a network. */
#include <getopt.h>
#include <stdlib.h>

#include "nn/tool/personalise.h"
#include "nn/tool/train-work.h"

/* --- what is asked for ----------------------------------------------------------------------------------------- */

static void print_networks(void)
{
	for (const struct layers_maker *maker = layers_makers; maker->name; maker++)
		printf("%-24s %ux%ux%u, %u classes: %s\n", maker->name, maker->input[0], maker->input[1],
		       maker->input[2], maker->classes, maker->summary);
}

/* 0: go on, 1: done, 2: wrong. */
static int parse_options(struct train_work *work, struct train_settings *settings, int argc, char **argv)
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

static int read_recipe(struct train_work *work)
{
	const struct train_settings *settings = work->settings;
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

static int read_data(struct train_work *work)
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

static int make_directory(struct train_work *work)
{
	const struct train_settings *settings = work->settings;
	char reason[RUN_DIRECTORY_REASON];

	if (run_directory_make(settings->resume ? settings->resume : settings->output, &work->recipe, work->directory,
			       reason) < 0 ||
	    run_directory_save_recipe(work->directory, &work->file, reason) < 0)
		return tool_fail(work->command, "%s", reason);
	return 0;
}

static void clear(struct train_work *work)
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
	struct train_settings settings = {0};
	struct train_work *work = calloc(1, sizeof(*work));
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
	r = read_recipe(work) || read_data(work) || make_directory(work) || train_work_fit(work) ||
	    train_work_save_models(work) || train_work_examine(work) || train_work_report(work);
	if (r == 0 && work->history.interrupted)
		r = TOOL_INTERRUPTED;
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
		"      --personalise=DIRECTORY  a user's own recordings: the model learns them and rehearses what it knew\n"
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
