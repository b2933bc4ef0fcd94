/* SPDX-License-Identifier: Apache-2.0 */
/* run-log.c - see run-log.h. */
#include "nn/train/run-log.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "nn/tool/image.h"
#include "nn/train/markup.h"
#include "nn/train/report.h"

enum {
	PATH = 4096,
	PICTURE_SIDE = 512,
	CELL_MAX = 32,
};

static const char *const part_names[RUN_LOG_PARTS] = {"training", "validation", "exam"};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void note(struct run_log *log, int r)
{
	if (r < 0 && !log->error)
		log->error = r;
}

static int find_directory(const struct run_log *log, enum run_log_part part, char *ret_path)
{
	int n = snprintf(ret_path, PATH, "%s/tensorboard%s%s", log->directory, part < RUN_LOG_PARTS ? "/" : "",
			 part < RUN_LOG_PARTS ? part_names[part] : "");

	return n < PATH ? 0 : -ENAMETOOLONG;
}

/* --- TensorBoard ----------------------------------------------------------------------------------------------- */

/* Opened when there is something to tell; NULL: it can't be. */
static struct event_file *open_part(struct run_log *log, enum run_log_part part, double wall_s)
{
	struct event_file *file = &log->files[part];
	char path[PATH];
	int r = 0;

	if (file->fd >= 0)
		return file;
	r = find_directory(log, part, path);
	r = r < 0 ? r : event_file_open(path, wall_s, file);
	note(log, r);
	return r < 0 ? NULL : file;
}

static void tell_scalar(struct run_log *log, enum run_log_part part, double wall_s, int64_t step, const char *tag,
			double value)
{
	struct event_file *file = isfinite(value) ? open_part(log, part, wall_s) : NULL;

	if (file)
		note(log, event_file_add_scalar(file, wall_s, step, tag, (float)value));
}

/* The settings as a table. */
static void tell_settings(struct run_log *log, const struct history *history, double wall_s)
{
	struct event_file *file = open_part(log, RUN_LOG_TRAINING, wall_s);
	char *text = NULL;
	size_t size;
	FILE *memory = file ? open_memstream(&text, &size) : NULL;

	if (!memory)
		return;
	fputs("| key | value |\n|---|---|\n", memory);
	for (size_t i = 0; i < history->setting_count; i++) {
		fprintf(memory, "| %s | ", history->settings[i].key);
		markup_write(memory, MARKUP_MARKDOWN, history->settings[i].value);
		fputs(" |\n", memory);
	}
	note(log, fclose(memory) ? -ENOMEM : event_file_add_text(file, wall_s, 0, "recipe", text));
	free(text);
}

/* Rows are labels; blue is right, orange wrong, white nothing. */
static int draw_confusion(const struct history *history, struct image *ret_image)
{
	static const double full[2][3] = {{200, 95, 0}, {31, 111, 208}};
	uint32_t classes = history->classes, cell = PICTURE_SIDE / classes;
	struct image image;

	cell = cell > CELL_MAX ? CELL_MAX : cell ? cell : 1;
	image = (struct image){.width = cell * classes, .height = cell * classes, .channels = 3};
	image.pixels = calloc((size_t)image.width * image.height, 3);
	if (!image.pixels)
		return -ENOMEM;
	for (uint32_t y = 0; y < image.height; y++)
		for (uint32_t x = 0; x < image.width; x++) {
			uint32_t label = y / cell, answer = x / cell, n = history_class(history, label).n;
			double share = n ? history->exam.confusion[(size_t)label * classes + answer] / (double)n : 0;

			for (unsigned c = 0; c < 3; c++)
				image.pixels[((size_t)y * image.width + x) * 3 + c] =
					(uint8_t)(255 + share * (full[label == answer][c] - 255));
		}
	*ret_image = image;
	return 0;
}

/* Without libpng there is no picture. */
static void tell_confusion(struct run_log *log, const struct history *history, double wall_s, int64_t step)
{
	struct event_file *file = open_part(log, RUN_LOG_EXAM, wall_s);
	struct image image = {0};
	void *png = NULL;
	size_t size;
	int r = file ? draw_confusion(history, &image) : 0;

	if (r == 0 && file) {
		r = image_write_png(&image, &png, &size);
		if (r == 0)
			r = event_file_add_png(file, wall_s, step, "confusion", image.width, image.height, png, size);
	}
	note(log, r == -EOPNOTSUPP ? 0 : r);
	free(png);
	image_clear(&image);
}

/* --- both ------------------------------------------------------------------------------------------------------ */

static void tell_metric(struct run_log *log, double wall_s, const char *name, double value, int64_t step)
{
	if (isfinite(value))
		note(log, mlflow_run_add_metric(&log->run, name, (int64_t)(wall_s * 1000), value, step));
}

static void tell_epoch(struct run_log *log, const struct history_epoch *epoch, double wall_s)
{
	tell_scalar(log, RUN_LOG_TRAINING, wall_s, epoch->epoch, "epoch_loss", (double)epoch->loss);
	tell_scalar(log, RUN_LOG_TRAINING, wall_s, epoch->epoch, "epoch_accuracy", (double)epoch->accuracy);
	tell_scalar(log, RUN_LOG_TRAINING, wall_s, epoch->epoch, "epoch_learning_rate", (double)epoch->rate);
	tell_scalar(log, RUN_LOG_VALIDATION, wall_s, epoch->epoch, "epoch_loss", (double)epoch->other_loss);
	tell_scalar(log, RUN_LOG_VALIDATION, wall_s, epoch->epoch, "epoch_accuracy", (double)epoch->other_accuracy);
	tell_metric(log, wall_s, "loss", (double)epoch->loss, epoch->epoch);
	tell_metric(log, wall_s, "accuracy", (double)epoch->accuracy, epoch->epoch);
	tell_metric(log, wall_s, "learning_rate", (double)epoch->rate, epoch->epoch);
	tell_metric(log, wall_s, "val_loss", (double)epoch->other_loss, epoch->epoch);
	tell_metric(log, wall_s, "val_accuracy", (double)epoch->other_accuracy, epoch->epoch);
}

static void tell_result(struct run_log *log, double wall_s, const char *name, double value, int64_t step)
{
	char metric[MLFLOW_NAME];

	snprintf(metric, sizeof(metric), "exam_%s", name);
	tell_scalar(log, RUN_LOG_EXAM, wall_s, step, name, value);
	tell_metric(log, wall_s, metric, value, step);
}

static void tell_share(struct run_log *log, double wall_s, const char *name, struct history_tally tally, int64_t step)
{
	if (tally.n)
		tell_result(log, wall_s, name, history_percent(tally) / 100, step);
}

static void tell_exam(struct run_log *log, const struct history *history, double wall_s)
{
	const struct history_exam *exam = &history->exam;
	int64_t step = history->epoch_count ? history->epochs[history->epoch_count - 1].epoch : 0;

	if (!exam->confusion)
		return;
	tell_share(log, wall_s, "accuracy", exam->all, step);
	tell_share(log, wall_s, "accuracy_without_none", exam->without_none, step);
	tell_share(log, wall_s, "accuracy_mean_of_5", exam->smoothed, step);
	tell_share(log, wall_s, "accuracy_int8", exam->integer, step);
	tell_share(log, wall_s, "agreement_int8", exam->agreement, step);
	tell_share(log, wall_s, "confident_wrong", (struct history_tally){exam->confident_wrong, exam->all.n}, step);
	tell_result(log, wall_s, "calibration_error", history_calibration_error(exam), step);
	for (uint32_t i = 0; i < history->classes; i++) {
		char name[MLFLOW_NAME];

		snprintf(name, sizeof(name), "f1.%02u.%s", i, history->labels[i]);
		tell_metric(log, wall_s, name, history_f1(history, i), step);
	}
	tell_confusion(log, history, wall_s, step);
}

static int set_count(struct run_log *log, const char *name, uint32_t count)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", count);
	return mlflow_run_set_param(&log->run, name, text);
}

int run_log_open(const char *directory, const char *store, const struct history *history, struct run_log *ret_log)
{
	struct run_log log = {.directory = directory, .files = {{-1}, {-1}, {-1}}};
	const struct history_epoch *last = history->epoch_count ? &history->epochs[history->epoch_count - 1] : NULL;
	double now = now_s(), begun = now - (last ? last->seconds : 0);
	char path[PATH];
	int r = find_directory(&log, RUN_LOG_PARTS, path);

	if (r == 0 && mkdir(path, 0777) < 0 && errno != EEXIST)
		r = -errno;
	for (enum run_log_part part = 0; part < RUN_LOG_PARTS && r == 0; part++) {
		r = find_directory(&log, part, path);
		if (r == 0)
			event_file_remove_all(path);
	}
	if (r == 0 && !*store)
		r = snprintf(path, sizeof(path), "%s/mlruns", directory) < PATH ? 0 : -ENAMETOOLONG;
	r = r < 0 ? r
		  : mlflow_run_start(*store ? store : path, directory, history->name, (int64_t)(begun * 1000),
				     &log.run);
	if (r < 0)
		return r;
	tell_settings(&log, history, now);
	for (size_t i = 0; i < history->setting_count; i++)
		note(&log, mlflow_run_set_param(&log.run, history->settings[i].key, history->settings[i].value));
	note(&log, mlflow_run_set_tag(&log.run, "data.sha256", history->data_sha256));
	note(&log, mlflow_run_set_tag(&log.run, "directory", directory));
	for (size_t i = 0; i < history->epoch_count; i++)
		tell_epoch(&log, &history->epochs[i], begun + history->epochs[i].seconds);
	*ret_log = log;
	return 0;
}

void run_log_add(struct run_log *log, const struct history_epoch *epoch)
{
	if (log->directory)
		tell_epoch(log, epoch, now_s());
}

int run_log_close(struct run_log *log, const struct history *history, enum mlflow_status status)
{
	double now = now_s();
	int r;

	if (!log->directory)
		return 0;
	if (status != MLFLOW_FAILED) {
		tell_exam(log, history, now);
		note(log, set_count(log, "parameters", history->parameters));
		note(log, set_count(log, "macc", history->macc));
		note(log, mlflow_run_set_tag(&log->run, "model.sha256", history->model_sha256));
		for (const char *const *name = report_files; *name; name++)
			note(log, mlflow_run_add_artifact(&log->run, log->directory, *name));
	}
	note(log, mlflow_run_set_status(&log->run, status, (int64_t)(now * 1000)));
	for (unsigned i = 0; i < RUN_LOG_PARTS; i++)
		if (log->files[i].fd >= 0)
			event_file_close(&log->files[i]);
	r = log->error;
	*log = (struct run_log){0};
	return r;
}
