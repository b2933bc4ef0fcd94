/* SPDX-License-Identifier: Apache-2.0 */
/* exam-print.c - the tables of an exam for a terminal. */
#include <math.h>

#include "nn/train/exam.h"

static double share(uint32_t part, uint32_t whole)
{
	return whole ? 100.0 * part / whole : 0;
}

static void print_row(FILE *file, const char *name, struct history_tally all, struct history_tally without_none,
		      struct history_tally smoothed, uint32_t confident_wrong, float spread)
{
	fprintf(file, "%-40.40s %7u %7.2f %5.2f %9.2f %7.2f %8.2f\n", name, all.n, history_percent(all), (double)spread,
		history_percent(without_none), history_percent(smoothed), share(confident_wrong, all.n));
}

static void print_parts(FILE *file, const struct history_exam *exam)
{
	fprintf(file, "%-40s %7s %7s %5s %9s %7s %8s\n", "left out", "samples", "right %", "+-", "no None %", "mean 5",
		"> 0.9 !%");
	for (size_t i = 0; i < exam->part_count; i++)
		print_row(file, exam->parts[i].name, exam->parts[i].all, exam->parts[i].without_none,
			  exam->parts[i].smoothed, exam->parts[i].confident_wrong, exam->parts[i].spread);
	print_row(file, "all", exam->all, exam->without_none, exam->smoothed, exam->confident_wrong, 0);
}

static void print_confusion(FILE *file, const struct history *history)
{
	const struct history_exam *exam = &history->exam;

	fprintf(file, "\n%-14s %7s  answers in %%\n", "label", "right %");
	for (uint32_t i = 0; i < history->classes; i++) {
		struct history_tally tally = history_class(history, i);

		fprintf(file, "%-14.14s ", history->labels[i]);
		if (tally.n)
			fprintf(file, "%7.2f ", history_percent(tally));
		else
			fprintf(file, "%7s ", "-");
		for (uint32_t k = 0; k < history->classes && history->classes <= 20; k++)
			fprintf(file, " %5.1f", share(exam->confusion[(size_t)i * history->classes + k], tally.n));
		fputc('\n', file);
	}
}

static void print_calibration(FILE *file, const struct history_exam *exam)
{
	fprintf(file, "\nprobability      n  right %%  (expected calibration error %.2f %%)\n",
		100 * history_calibration_error(exam));
	for (unsigned i = 0; i < HISTORY_BINS; i++)
		if (exam->bins[i].n)
			fprintf(file, "%.1f..%.1f  %8u  %7.2f\n", i / (double)HISTORY_BINS,
				(i + 1) / (double)HISTORY_BINS, exam->bins[i].n,
				share(exam->bins[i].right, exam->bins[i].n));
}

static void print_risks(FILE *file, const struct history_exam *exam)
{
	if (!exam->risk_count)
		return;
	fprintf(file,
		"\nthreshold  frames  wrong events per 1000 frames  frames till right: median, 90 %%  takes never right %%\n");
	for (size_t i = 0; i < exam->risk_count; i++) {
		const struct history_risk *risk = &exam->risks[i];

		fprintf(file, "%9.2f  %3u/%-2u  %8u %19.3f  %18.0f %6.0f  %22.1f\n", (double)risk->threshold,
			risk->equal, risk->among, risk->events, risk->frames ? 1000.0 * risk->events / risk->frames : 0,
			(double)risk->median, (double)risk->late, share(risk->never, risk->takes));
	}
}

static void print_families(FILE *file, const struct history_exam *exam)
{
	double sum = 0;

	if (!exam->family_count)
		return;
	fprintf(file, "\n%-20s %7s %13s %7s %7s\n", "no posture", "n", "labelled %", "> 0.9", "> 0.99");
	for (size_t i = 0; i < exam->family_count; i++) {
		const struct history_family *family = &exam->families[i];

		fprintf(file, "%-10s%-10s %7u %13.2f %7.2f %7.2f\n", family->name, family->trained ? " (trained)" : "",
			family->n, share(family->labelled, family->n), share(family->above_90, family->n),
			share(family->above_99, family->n));
		sum += share(family->above_90, family->n);
	}
	fprintf(file, "%-20s %36.2f\n", "mean", sum / (double)exam->family_count);
}

void exam_print(FILE *file, const struct history *history)
{
	const struct history_exam *exam = &history->exam;

	fprintf(file, "%s: %u fold%s, %u seed%s\n", exam->protocol, exam->folds, exam->folds == 1 ? "" : "s",
		exam->seeds, exam->seeds == 1 ? "" : "s");
	print_parts(file, exam);
	print_confusion(file, history);
	print_calibration(file, exam);
	print_risks(file, exam);
	print_families(file, exam);
	if (exam->integer.n)
		fprintf(file, "\nint8: %.2f %% right (float %.2f), %.2f %% of the answers equal\n",
			history_percent(exam->integer), history_percent(exam->all), history_percent(exam->agreement));
}
