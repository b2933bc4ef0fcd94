/* SPDX-License-Identifier: Apache-2.0 */
/* history-file.c - a history as files: see history.h. */
#include "nn/train/history.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/model-file.h"

static const char csv_heading[] = "epoch,loss,accuracy,val_loss,val_accuracy,rate,seconds\n";

/* NAN is no number in JSON. */
static void add_number(cJSON *object, const char *name, double number)
{
	if (isfinite(number))
		cJSON_AddNumberToObject(object, name, number);
	else
		cJSON_AddNullToObject(object, name);
}

static void add_tally(cJSON *object, const char *name, struct history_tally tally)
{
	cJSON *item = cJSON_AddObjectToObject(object, name);

	add_number(item, "right", tally.right);
	add_number(item, "n", tally.n);
}

static void add_epochs(cJSON *root, const struct history *history)
{
	cJSON *array = cJSON_AddArrayToObject(root, "epochs");

	for (size_t i = 0; i < history->epoch_count; i++) {
		const struct history_epoch *epoch = &history->epochs[i];
		cJSON *item = cJSON_CreateObject();

		add_number(item, "epoch", epoch->epoch);
		add_number(item, "loss", epoch->loss);
		add_number(item, "accuracy", epoch->accuracy);
		add_number(item, "val_loss", epoch->other_loss);
		add_number(item, "val_accuracy", epoch->other_accuracy);
		add_number(item, "rate", epoch->rate);
		cJSON_AddItemToArray(array, item);
	}
}

static void add_confusion(cJSON *object, const struct history *history)
{
	cJSON *rows = cJSON_AddArrayToObject(object, "confusion");

	for (uint32_t i = 0; i < history->classes; i++) {
		cJSON *row = cJSON_CreateArray();

		for (uint32_t k = 0; k < history->classes; k++)
			cJSON_AddItemToArray(
				row, cJSON_CreateNumber(history->exam.confusion[(size_t)i * history->classes + k]));
		cJSON_AddItemToArray(rows, row);
	}
}

static void add_parts(cJSON *object, const struct history_exam *exam)
{
	cJSON *array = cJSON_AddArrayToObject(object, "parts");

	for (size_t i = 0; i < exam->part_count; i++) {
		cJSON *item = cJSON_CreateObject();

		cJSON_AddStringToObject(item, "name", exam->parts[i].name);
		add_tally(item, "all", exam->parts[i].all);
		add_tally(item, "without_none", exam->parts[i].without_none);
		add_tally(item, "smoothed", exam->parts[i].smoothed);
		add_number(item, "confident_wrong", exam->parts[i].confident_wrong);
		add_number(item, "spread", (double)exam->parts[i].spread);
		cJSON_AddItemToArray(array, item);
	}
}

static void add_calibration(cJSON *object, const struct history_exam *exam)
{
	cJSON *array = cJSON_AddArrayToObject(object, "calibration");

	for (unsigned i = 0; i < HISTORY_BINS; i++) {
		cJSON *item = cJSON_CreateObject();

		add_number(item, "n", exam->bins[i].n);
		add_number(item, "right", exam->bins[i].right);
		add_number(item, "probability", exam->bins[i].n ? exam->bins[i].probability / exam->bins[i].n : 0);
		cJSON_AddItemToArray(array, item);
	}
}

static void add_risks(cJSON *object, const struct history_exam *exam)
{
	cJSON *array = cJSON_AddArrayToObject(object, "risk");

	for (size_t i = 0; i < exam->risk_count; i++) {
		const struct history_risk *risk = &exam->risks[i];
		cJSON *item = cJSON_CreateObject();

		add_number(item, "threshold", (double)risk->threshold);
		add_number(item, "equal", risk->equal);
		add_number(item, "among", risk->among);
		add_number(item, "events", risk->events);
		add_number(item, "frames", risk->frames);
		add_number(item, "takes", risk->takes);
		add_number(item, "never", risk->never);
		add_number(item, "median", risk->median);
		add_number(item, "late", risk->late);
		cJSON_AddItemToArray(array, item);
	}
}

static void add_families(cJSON *object, const struct history_exam *exam)
{
	cJSON *array = cJSON_AddArrayToObject(object, "families");

	for (size_t i = 0; i < exam->family_count; i++) {
		const struct history_family *family = &exam->families[i];
		cJSON *item = cJSON_CreateObject();

		cJSON_AddStringToObject(item, "name", family->name);
		cJSON_AddBoolToObject(item, "trained", family->trained);
		add_number(item, "n", family->n);
		add_number(item, "labelled", family->labelled);
		add_number(item, "above_90", family->above_90);
		add_number(item, "above_99", family->above_99);
		cJSON_AddItemToArray(array, item);
	}
}

static void add_exam(cJSON *root, const struct history *history)
{
	const struct history_exam *exam = &history->exam;
	cJSON *object;

	if (!exam->confusion)
		return;
	object = cJSON_AddObjectToObject(root, "exam");
	cJSON_AddStringToObject(object, "protocol", exam->protocol);
	add_number(object, "folds", exam->folds);
	add_number(object, "seeds", exam->seeds);
	add_tally(object, "all", exam->all);
	add_tally(object, "without_none", exam->without_none);
	add_tally(object, "smoothed", exam->smoothed);
	add_tally(object, "integer", exam->integer);
	add_tally(object, "agreement", exam->agreement);
	add_number(object, "confident_wrong", exam->confident_wrong);
	add_number(object, "calibration_error", history_calibration_error(exam));
	add_confusion(object, history);
	add_parts(object, exam);
	add_calibration(object, exam);
	add_risks(object, exam);
	add_families(object, exam);
}

int history_write_json(const struct history *history, const char *path)
{
	cJSON *root = cJSON_CreateObject(), *labels = cJSON_AddArrayToObject(root, "labels");
	char *text;
	int r;

	cJSON_AddStringToObject(root, "name", history->name);
	cJSON_AddStringToObject(root, "tool", history->tool);
	cJSON_AddStringToObject(root, "data_sha256", history->data_sha256);
	cJSON_AddStringToObject(root, "model_sha256", history->model_sha256);
	add_number(root, "seed", (double)history->seed);
	add_number(root, "samples", history->samples);
	add_number(root, "validation_samples", history->other_samples);
	add_number(root, "parameters", history->parameters);
	add_number(root, "macc", history->macc);
	add_number(root, "best_epoch", history->best_epoch);
	cJSON_AddBoolToObject(root, "interrupted", history->interrupted);
	for (uint32_t i = 0; i < history->classes; i++)
		cJSON_AddItemToArray(labels, cJSON_CreateString(history->labels[i]));
	add_epochs(root, history);
	add_exam(root, history);
	text = cJSON_Print(root);
	cJSON_Delete(root);
	if (!text)
		return -ENOMEM;
	r = model_file_write(path, text, strlen(text));
	cJSON_free(text);
	return r;
}

int history_write_csv(const struct history *history, const char *path)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	int r;

	if (!file)
		return -ENOMEM;
	fputs(csv_heading, file);
	for (size_t i = 0; i < history->epoch_count; i++) {
		const struct history_epoch *e = &history->epochs[i];

		fprintf(file, "%u,%.9g,%.9g,%.9g,%.9g,%.9g,%.3f\n", e->epoch, (double)e->loss, (double)e->accuracy,
			(double)e->other_loss, (double)e->other_accuracy, (double)e->rate, e->seconds);
	}
	r = fclose(file) ? -ENOMEM : model_file_write(path, text, size);
	free(text);
	return r;
}

int history_read_csv(const char *path, struct history *history)
{
	FILE *file = fopen(path, "re");
	char line[256];
	int r = 0;

	if (!file)
		return -errno;
	if (!fgets(line, sizeof(line), file) || strcmp(line, csv_heading) != 0)
		r = -EBADMSG;
	while (r == 0 && fgets(line, sizeof(line), file)) {
		struct history_epoch epoch;

		if (sscanf(line, "%u,%f,%f,%f,%f,%f,%lf", &epoch.epoch, &epoch.loss, &epoch.accuracy, &epoch.other_loss,
			   &epoch.other_accuracy, &epoch.rate, &epoch.seconds) == 7)
			r = history_add_epoch(history, &epoch);
		else
			r = -EBADMSG;
	}
	if (r == 0 && ferror(file))
		r = -EIO;
	fclose(file);
	return r;
}
