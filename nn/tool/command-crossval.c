/* SPDX-License-Identifier: Apache-2.0 */
/* command-crossval.c - what a recipe is worth: trained again and again with somebody left out, asked about those. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nn/tool/progress.h"
#include "nn/tool/run-directory.h"
#include "nn/tool/tool.h"
#include "nn/train/exam.h"
#include "nn/train/report.h"
#include "nn/train/run-log.h"
#include "nn/train/split.h"
#include "nn/train/training.h"

enum {
	JOBS_MAX = 64,
};

struct settings {
	const char *recipe, *output, *by;
	unsigned jobs;
	bool quiet;
};

/* One round: every unit left out once, with every seed. */
struct round {
	const struct recipe *recipe;
	const struct material *material;
	const char *protocol;
	int split;
	uint32_t *units, unit_count;
	struct exam_take *takes;   /* [unit_count * seeds] */
	struct history *histories; /* the same: their epochs */
	int64_t begun_s;
	pthread_mutex_t lock; /* of what follows */
	uint32_t next, done;
	int error;
	char reason[TRAINING_REASON];
	struct progress progress;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

/* --- one training ---------------------------------------------------------------------------------------------- */

static int take_exam(const struct round *round, const struct training *training, const struct graph *graph,
		     const bool *left_out, struct exam_take *ret_take, char *reason)
{
	struct graph *integers = NULL;
	struct model_file model = {0}, integer_model = {0};
	int r = training_model(graph, &model, reason);

	if (r == 0 && round->recipe->quantise) {
		r = training_quantise(training, &model, &integers, reason);
		r = r < 0 ? r : training_model(integers, &integer_model, reason);
	}
	if (r == 0) {
		r = exam_run(round->recipe, round->material, left_out, &model,
			     integer_model.bytes ? &integer_model : NULL, round->recipe->exam_negatives, training->seed,
			     ret_take);
		if (r < 0)
			snprintf(reason, TRAINING_REASON, "%s", strerror(-r));
	}
	model_file_close(&model);
	model_file_close(&integer_model);
	graph_free(integers);
	return r;
}

static int do_job(const struct round *round, uint32_t job, struct exam_take *ret_take, struct history *history,
		  char *reason)
{
	uint32_t n = round->material->n, unit = job / round->recipe->seeds;
	bool *use = calloc(n, sizeof(*use)), *left_out = calloc(n, sizeof(*left_out));
	struct training training = {
		.recipe = round->recipe,
		.material = round->material,
		.use = use,
		.seed = round->recipe->seed + job % round->recipe->seeds,
		.threads = 1,
		.stop = &stop,
	};
	struct graph *graph = NULL;
	int r = -ENOMEM;

	snprintf(reason, TRAINING_REASON, "out of memory");
	if (use && left_out) {
		for (uint32_t i = 0; i < n; i++) {
			left_out[i] = round->units[i] == unit;
			use[i] = !left_out[i];
		}
		r = training_run(&training, history, &graph, reason);
	}
	if (r == 0 && history->interrupted)
		r = -ECANCELED;
	r = r < 0 ? r : take_exam(round, &training, graph, left_out, ret_take, reason);
	graph_free(graph);
	free(use);
	free(left_out);
	return r;
}

/* --- many at once ---------------------------------------------------------------------------------------------- */

static void tell(struct round *round, uint32_t job, const struct exam_take *take)
{
	char text[128], name[HISTORY_NAME] = "";
	uint32_t right = 0;

	for (uint32_t i = 0; i < take->n; i++) {
		const float *p = take->probabilities + (size_t)i * take->classes;
		uint32_t best = 0;

		for (uint32_t c = 1; c < take->classes; c++)
			best = p[c] > p[best] ? c : best;
		right += best == material_label(round->material, take->samples[i]);
	}
	if (take->n)
		split_name(round->material, round->split, take->samples[0], name, sizeof(name));
	snprintf(text, sizeof(text), "%.60s, seed %u: %.2f %% right", name, job % round->recipe->seeds + 1,
		 take->n ? 100.0 * right / take->n : 0);
	progress_tell(&round->progress, round->done, round->unit_count * round->recipe->seeds, text);
}

static void *work(void *context)
{
	struct round *round = context;

	for (;;) {
		char reason[TRAINING_REASON];
		uint32_t job;
		int r;

		pthread_mutex_lock(&round->lock);
		job = round->next++;
		r = round->error;
		pthread_mutex_unlock(&round->lock);
		if (r < 0 || stop || job >= round->unit_count * round->recipe->seeds)
			return NULL;
		r = do_job(round, job, &round->takes[job], &round->histories[job], reason);
		pthread_mutex_lock(&round->lock);
		round->done++;
		if (r < 0 && !round->error) {
			round->error = r;
			memcpy(round->reason, reason, sizeof(reason));
		} else if (r == 0) {
			tell(round, job, &round->takes[job]);
		}
		pthread_mutex_unlock(&round->lock);
	}
}

static int work_together(struct round *round, unsigned jobs)
{
	pthread_t threads[JOBS_MAX];
	unsigned n = 0;

	while (n + 1 < jobs && pthread_create(&threads[n], NULL, work, round) == 0)
		n++;
	work(round);
	while (n)
		pthread_join(threads[--n], NULL);
	if (stop && !round->error) {
		snprintf(round->reason, sizeof(round->reason), "interrupted");
		round->error = -ECANCELED;
	}
	return round->error;
}

/* --- tables ---------------------------------------------------------------------------------------------------- */

/* How far the seeds are apart, for each part. */
static int spread_of_seeds(const struct round *round, struct history *history)
{
	uint32_t seeds = round->recipe->seeds;

	for (size_t p = 0; p < history->exam.part_count; p++) {
		struct history_part *part = &history->exam.parts[p];
		double sum = 0, squares = 0;

		for (uint32_t s = 0; s < seeds; s++) {
			struct history one = {.classes = history->classes};
			int r = history_start_exam(&one, "");

			for (uint32_t u = 0; u < round->unit_count && r == 0; u++)
				r = exam_sum(round->material, round->split, &round->takes[u * seeds + s], 1, &one);
			for (size_t i = 0; i < one.exam.part_count && r == 0; i++)
				if (!strcmp(one.exam.parts[i].name, part->name)) {
					double percent = history_percent(one.exam.parts[i].all);

					sum += percent;
					squares += percent * percent;
				}
			history_exam_clear(&one.exam);
			if (r < 0)
				return r;
		}
		part->spread = seeds > 1 ? (float)sqrt(fmax(0, (squares - sum * sum / seeds) / (seeds - 1))) : 0;
	}
	return 0;
}

static int fill_history(const struct recipe_file *file, const struct round *round, struct history *history)
{
	const struct recipe *recipe = round->recipe;
	int r = run_directory_describe(file, recipe, round->material, history);

	r = r < 0 ? r : history_start_exam(history, round->protocol);
	r = r < 0 ? r : history_set_mean(history, round->histories, round->unit_count * recipe->seeds);
	if (r < 0)
		return r;
	history->begun_s = round->begun_s;
	history->seconds = progress_seconds(&round->progress);
	history->samples = round->material->n;
	history->exam.folds = round->unit_count;
	history->exam.seeds = recipe->seeds;
	r = exam_sum(round->material, round->split, round->takes, (size_t)round->unit_count * recipe->seeds, history);
	return r < 0 ? r : spread_of_seeds(round, history);
}

static int write_report(const struct command *command, const char *directory, const struct round *round,
			const struct recipe_file *file, struct history *history)
{
	struct run_log log;
	char reason[RUN_DIRECTORY_REASON], path[RUN_DIRECTORY_PATH], made[RUN_DIRECTORY_PATH];
	int r;

	run_directory_path(directory, round->protocol, path);
	if (run_directory_make(path, NULL, made, reason) < 0 || run_directory_save_recipe(made, file, reason) < 0 ||
	    report_write(history, made, reason) < 0)
		return tool_fail(command, "%s", reason);
	r = run_log_open(made, round->recipe->mlflow, history, &log);
	r = r < 0 ? r : run_log_close(&log, history, MLFLOW_FINISHED);
	return r < 0 ? tool_fail(command, "%s: event files or MLflow's run: %s", made, strerror(-r)) : 0;
}

static int do_round(const struct command *command, const struct settings *settings, const struct recipe_file *file,
		    struct round *round)
{
	struct history history = {0};
	uint32_t jobs;
	int r;

	round->units = calloc(round->material->n, sizeof(*round->units));
	if (!round->units || split_units(round->material, round->split, round->units, &round->unit_count) < 0)
		return tool_fail(command, "out of memory");
	if (round->unit_count < 2)
		return tool_fail(command, "%s: only one; nothing could be left out", round->protocol);
	jobs = round->unit_count * round->recipe->seeds;
	round->takes = calloc(jobs, sizeof(*round->takes));
	round->histories = calloc(jobs, sizeof(*round->histories));
	if (!round->takes || !round->histories)
		return tool_fail(command, "out of memory");
	round->begun_s = (int64_t)time(NULL);
	progress_start(&round->progress, stderr, settings->quiet);
	r = work_together(round, settings->jobs < jobs ? settings->jobs : jobs);
	progress_end(&round->progress);
	if (r == -ECANCELED) {
		tool_fail(command, "%s: interrupted", round->protocol);
		return TOOL_INTERRUPTED;
	}
	if (r < 0)
		return tool_fail(command, "%s", round->reason);
	if (fill_history(file, round, &history) < 0)
		r = tool_fail(command, "out of memory");
	if (r == 0) {
		exam_print(stdout, &history);
		fflush(stdout);
	}
	if (r == 0 && settings->output)
		r = write_report(command, settings->output, round, file, &history);
	history_clear(&history);
	return r;
}

static void clear_round(struct round *round)
{
	for (uint32_t i = 0; i < round->unit_count * round->recipe->seeds && round->takes; i++)
		exam_take_clear(&round->takes[i]);
	for (uint32_t i = 0; i < round->unit_count * round->recipe->seeds && round->histories; i++)
		history_clear(&round->histories[i]);
	free(round->takes);
	free(round->histories);
	free(round->units);
}

static int do_rounds(const struct command *command, const struct settings *settings, const struct recipe_file *file,
		     const struct recipe *recipe, const struct material *material)
{
	static const struct {
		const char *name, *protocol;
		int split;
	} ways[] = {{"user", "leave-one-user-out", RECIPE_SPLIT_USER},
		    {"recording", "leave-one-recording-out", RECIPE_SPLIT_RECORDING},
		    {"file", "leave-one-file-out", RECIPE_SPLIT_FILE}};
	bool any = false;
	int r = 0;

	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]) && r == 0; i++) {
		struct round round = {.recipe = recipe,
				      .material = material,
				      .protocol = ways[i].protocol,
				      .split = ways[i].split,
				      .lock = PTHREAD_MUTEX_INITIALIZER};

		if (strcmp(settings->by, ways[i].name) != 0 && (strcmp(settings->by, "both") != 0 || i > 1))
			continue;
		if (any)
			putchar('\n');
		any = true;
		r = do_round(command, settings, file, &round);
		clear_round(&round);
	}
	return any ? r : tool_fail(command, "--by %s: user, recording, file or both is needed", settings->by);
}

/* --- options --------------------------------------------------------------------------------------------------- */

/* 0: go on, 1: done, 2: wrong. */
static int parse_options(const struct command *command, struct settings *settings, struct recipe_file *file, int argc,
			 char **argv)
{
	static const struct option options[] = {
		{"output", required_argument, NULL, 'o'},
		{"by", required_argument, NULL, 'b'},
		{"set", required_argument, NULL, 's'},
		{"jobs", required_argument, NULL, 'j'},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	char reason[RUN_DIRECTORY_REASON], *end;
	unsigned long number;
	int option;

	while ((option = getopt_long(argc, argv, "o:s:j:qh", options, NULL)) >= 0) {
		switch (option) {
		case 'o':
			settings->output = optarg;
			break;
		case 'b':
			settings->by = optarg;
			break;
		case 's':
			if (recipe_file_add_set(file, optarg, reason) < 0)
				return tool_fail(command, "%s", reason), TOOL_WRONG_USE;
			break;
		case 'j':
			number = strtoul(optarg, &end, 10);
			if (end == optarg || *end || number < 1 || number > JOBS_MAX)
				return tool_fail(command, "--jobs %s: 1 to %d is needed", optarg, JOBS_MAX),
				       TOOL_WRONG_USE;
			settings->jobs = (unsigned)number;
			break;
		case 'q':
			settings->quiet = true;
			break;
		case 'h':
			tool_help(command);
			return 1;
		default:
			return TOOL_WRONG_USE;
		}
	}
	if (optind + 1 != argc)
		return tool_misuse(command);
	settings->recipe = argv[optind];
	return 0;
}

static int crossval_run(const struct command *command, int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct settings settings = {.by = "user", .jobs = cores > 1 ? (unsigned)cores : 1};
	char reason[RUN_DIRECTORY_REASON];
	struct recipe_file file = {0};
	struct material material = {0};
	struct recipe recipe = {0};
	int r = parse_options(command, &settings, &file, argc, argv);

	if (r)
		return r == 1 ? 0 : r;
	settings.jobs = settings.jobs > JOBS_MAX ? JOBS_MAX : settings.jobs;
	r = recipe_file_read(settings.recipe, &file, reason);
	r = r < 0 ? r : recipe_file_parse(&file, settings.quiet ? NULL : stderr, &recipe, reason);
	if (r == 0 && !*recipe.data) {
		snprintf(reason, sizeof(reason), "%s: data: say what to train on", settings.recipe);
		r = -EINVAL;
	}
	r = r < 0 ? r : material_read(recipe.data, &recipe, &material, reason);
	if (r == 0 && !material.is_frames) {
		snprintf(reason, sizeof(reason), "%s: pictures have no users and recordings; use validation_share",
			 recipe.data);
		r = -EINVAL;
	}
	r = r < 0 ? r : training_take_preprocessing(&recipe, reason);
	sigaction(SIGINT, &action, NULL);
	r = r < 0 ? tool_fail(command, "%s", reason) : do_rounds(command, &settings, &file, &recipe, &material);
	material_clear(&material);
	recipe_clear(&recipe);
	recipe_file_clear(&file);
	return r;
}

const struct command command_crossval = {
	.name = "crossval",
	.arguments = "[options] RECIPE.yaml",
	.summary = "Tells what a recipe is worth on people that it has not seen",
	.help = "      --by=WAY         left out in turn: user, recording, file, or both (user, then recording) [user]\n"
		"  -s, --set=KEY=VALUE  instead of what the recipe says; any number of times\n"
		"  -j, --jobs=N         trainings at once; the numbers don't depend on it [one for each core]\n"
		"  -o, --output=DIR     reports there, one folder for each way\n"
		"  -q, --quiet          no progress\n"
		"  -h, --help\n\n"
		"Trains crossval.seeds times for each that is left out. Early stopping has no validation data here: the\n"
		"last epoch counts, so that nothing of who is left out decides anything.\n",
	.run = crossval_run,
};
