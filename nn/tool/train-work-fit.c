/* SPDX-License-Identifier: Apache-2.0 */
/* train-work-fit.c - see train-work.h. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "nn/model-file.h"
#include "nn/tool/train-work.h"

static const double state_every_s = 2;

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

/* Now and then, and after the first and the last epoch. */
static void save_state(struct train_work *work, struct trainer *trainer, uint32_t epoch)
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

void train_work_warn_of_log(const struct train_work *work, int error)
{
	if (error < 0)
		fprintf(stderr, "posture-model train: warning: %s: event files or MLflow's run: %s\n", work->directory,
			strerror(-error));
}

void train_work_log_epoch(struct train_work *work)
{
	if (work->logged) {
		run_log_add(&work->log, &work->history.epochs[work->history.epoch_count - 1]);
		return;
	}
	work->logged = true;
	train_work_warn_of_log(work, run_log_open(work->directory, work->recipe.mlflow, &work->history, &work->log));
}

static bool on_epoch(void *context, struct trainer *trainer, const struct trainer_record *record)
{
	struct train_work *work = context;
	char text[128];
	int n = snprintf(text, sizeof(text), "loss %.4f, %.2f %% right", record->training.loss,
			 100 * record->training.accuracy);

	if (record->validated)
		snprintf(text + n, sizeof(text) - (size_t)n, "; validation %.4f, %.2f %%%s", record->validation.loss,
			 100 * record->validation.accuracy, record->best ? " *" : "");
	progress_tell(&work->progress, record->epoch + 1, work->recipe.epochs, text);
	train_work_log_epoch(work);
	save_state(work, trainer, record->epoch);
	return true;
}

/* Epochs behind the saved state are trained again. */
static int read_state(struct train_work *work)
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
	if (work->recipe.optimiser == TRAINER_LBFGS)
		fprintf(stderr,
			"posture-model train: warning: L-BFGS begins its history anew; without the interruption the "
			"numbers would be a little different\n");
	run_directory_path(work->directory, "history.csv", path);
	r = history_read_csv(path, &work->history);
	return r < 0 ? tool_fail(work->command, "%s: %s", path, strerror(-r)) : 0;
}

int train_work_fit(struct train_work *work)
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
