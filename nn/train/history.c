/* SPDX-License-Identifier: Apache-2.0 */
/* history.c - see history.h. The files are written by history-file.c. */
#include "nn/train/history.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int history_add_epoch(struct history *history, const struct history_epoch *epoch)
{
	if (history->epoch_count == history->epoch_room) {
		size_t room = 2 * history->epoch_room + 16;
		struct history_epoch *grown = reallocarray(history->epochs, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		history->epochs = grown;
		history->epoch_room = room;
	}
	history->epochs[history->epoch_count++] = *epoch;
	return 0;
}

int history_add_setting(struct history *history, const char *key, const char *value)
{
	struct history_setting *grown =
		reallocarray(history->settings, history->setting_count + 1, sizeof(*history->settings));
	struct history_setting setting = {strdup(key), strdup(value)};

	if (grown)
		history->settings = grown;
	if (!grown || !setting.key || !setting.value) {
		free(setting.key);
		free(setting.value);
		return -ENOMEM;
	}
	grown[history->setting_count++] = setting;
	return 0;
}

/* Some may have ended earlier; a mean is of those that were still there. */
static void add_means(struct history_epoch *mean, const struct history *others, size_t n, size_t at)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		const struct history_epoch *epoch;

		if (at >= others[i].epoch_count)
			continue;
		epoch = &others[i].epochs[at];
		count++;
		mean->epoch = epoch->epoch;
		mean->loss += epoch->loss;
		mean->accuracy += epoch->accuracy;
		mean->rate += epoch->rate;
		mean->seconds = fmax(mean->seconds, epoch->seconds);
	}
	mean->loss /= (float)count;
	mean->accuracy /= (float)count;
	mean->rate /= (float)count;
	mean->other_loss = mean->other_accuracy = NAN;
}

int history_set_mean(struct history *history, const struct history *others, size_t n)
{
	size_t longest = 0;

	for (size_t i = 0; i < n; i++) {
		longest = others[i].epoch_count > longest ? others[i].epoch_count : longest;
		history->parameters = others[i].parameters;
		history->macc = others[i].macc;
	}
	history->epoch_count = 0;
	for (size_t i = 0; i < longest; i++) {
		struct history_epoch mean = {0};

		add_means(&mean, others, n, i);
		if (history_add_epoch(history, &mean) < 0)
			return -ENOMEM;
	}
	return 0;
}

int history_start_exam(struct history *history, const char *protocol)
{
	struct history_exam exam = {0};

	exam.confusion = calloc((size_t)history->classes * history->classes, sizeof(*exam.confusion));
	if (!exam.confusion)
		return -ENOMEM;
	snprintf(exam.protocol, sizeof(exam.protocol), "%s", protocol);
	history_exam_clear(&history->exam);
	history->exam = exam;
	return 0;
}

struct history_part *history_find_part(struct history_exam *exam, const char *name)
{
	struct history_part *grown;

	for (size_t i = 0; i < exam->part_count; i++)
		if (!strcmp(exam->parts[i].name, name))
			return &exam->parts[i];
	grown = reallocarray(exam->parts, exam->part_count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	exam->parts = grown;
	grown += exam->part_count++;
	memset(grown, 0, sizeof(*grown));
	snprintf(grown->name, sizeof(grown->name), "%s", name);
	return grown;
}

static void add_tally(struct history_tally *sum, struct history_tally tally)
{
	sum->right += tally.right;
	sum->n += tally.n;
}

static int add_parts(struct history_exam *sum, const struct history_exam *exam)
{
	for (size_t i = 0; i < exam->part_count; i++) {
		const struct history_part *from = &exam->parts[i];
		struct history_part *part = history_find_part(sum, from->name);

		if (!part)
			return -ENOMEM;
		add_tally(&part->all, from->all);
		add_tally(&part->without_none, from->without_none);
		add_tally(&part->smoothed, from->smoothed);
		part->confident_wrong += from->confident_wrong;
	}
	return 0;
}

static int add_families(struct history_exam *sum, const struct history_exam *exam)
{
	if (!sum->family_count && exam->family_count) {
		sum->families = calloc(exam->family_count, sizeof(*sum->families));
		if (!sum->families)
			return -ENOMEM;
		sum->family_count = exam->family_count;
		for (size_t i = 0; i < exam->family_count; i++) {
			sum->families[i] = exam->families[i];
			sum->families[i].n = sum->families[i].labelled = 0;
			sum->families[i].above_90 = sum->families[i].above_99 = 0;
		}
	}
	for (size_t i = 0; i < sum->family_count && i < exam->family_count; i++) {
		sum->families[i].n += exam->families[i].n;
		sum->families[i].labelled += exam->families[i].labelled;
		sum->families[i].above_90 += exam->families[i].above_90;
		sum->families[i].above_99 += exam->families[i].above_99;
	}
	return 0;
}

int history_add_exam(struct history *history, const struct history_exam *other)
{
	struct history_exam *sum = &history->exam;

	add_tally(&sum->all, other->all);
	add_tally(&sum->without_none, other->without_none);
	add_tally(&sum->smoothed, other->smoothed);
	add_tally(&sum->integer, other->integer);
	add_tally(&sum->agreement, other->agreement);
	sum->confident_wrong += other->confident_wrong;
	for (size_t i = 0; i < (size_t)history->classes * history->classes; i++)
		sum->confusion[i] += other->confusion[i];
	for (unsigned i = 0; i < HISTORY_BINS; i++) {
		sum->bins[i].n += other->bins[i].n;
		sum->bins[i].right += other->bins[i].right;
		sum->bins[i].probability += other->bins[i].probability;
	}
	return add_parts(sum, other) < 0 ? -ENOMEM : add_families(sum, other);
}

void history_exam_clear(struct history_exam *exam)
{
	free(exam->confusion);
	free(exam->parts);
	free(exam->risks);
	free(exam->families);
	*exam = (struct history_exam){0};
}

void history_clear(struct history *history)
{
	history_exam_clear(&history->exam);
	for (size_t i = 0; i < history->setting_count; i++) {
		free(history->settings[i].key);
		free(history->settings[i].value);
	}
	free(history->settings);
	free(history->recipe);
	free(history->labels);
	free(history->epochs);
	*history = (struct history){0};
}

struct history_tally history_class(const struct history *history, uint32_t label)
{
	const uint32_t *row = history->exam.confusion + (size_t)label * history->classes;
	struct history_tally tally = {.right = row[label]};

	for (uint32_t i = 0; i < history->classes; i++)
		tally.n += row[i];
	return tally;
}

struct history_tally history_precision(const struct history *history, uint32_t label)
{
	const uint32_t *column = history->exam.confusion + label;
	struct history_tally tally = {.right = column[(size_t)label * history->classes]};

	for (uint32_t i = 0; i < history->classes; i++)
		tally.n += column[(size_t)i * history->classes];
	return tally;
}

double history_f1(const struct history *history, uint32_t label)
{
	struct history_tally recall = history_class(history, label), precision = history_precision(history, label);

	return recall.n + precision.n ? 2.0 * recall.right / ((double)recall.n + precision.n) : NAN;
}

double history_percent(struct history_tally tally)
{
	return tally.n ? 100.0 * tally.right / tally.n : 0;
}

double history_calibration_error(const struct history_exam *exam)
{
	double sum = 0;
	uint32_t n = 0;

	for (unsigned i = 0; i < HISTORY_BINS; i++) {
		sum += fabs(exam->bins[i].right - exam->bins[i].probability);
		n += exam->bins[i].n;
	}
	return n ? sum / n : 0;
}
