/* SPDX-License-Identifier: Apache-2.0 */
/* report-page.c - what a report says, in the order in which it is asked: how good, on whom, where not, how it came. */
#include <math.h>
#include <time.h>

#include "nn/train/report.h"

enum {
	DATE = 64,
};

static double share(uint32_t part, uint32_t whole)
{
	return whole ? 100.0 * part / whole : 0;
}

static void cell_percent(struct page *page, struct history_tally tally)
{
	if (tally.n)
		page_cell(page, "%.2f", history_percent(tally));
	else
		page_cell(page, "-");
}

static void cell_or_none(struct page *page, double value, const char *unit)
{
	if (isfinite(value))
		page_cell(page, "%.4g%s", value, unit);
	else
		page_cell(page, "-");
}

static void row_of(struct page *page, const char *name, const char *value)
{
	page_row(page);
	page_cell(page, "%s", name);
	page_cell(page, "%s", value);
}

static void show(struct page *page, const struct report_picture *picture)
{
	if (picture->svg)
		page_picture(page, picture->name, picture->what, picture->svg);
}

/* --- the run --------------------------------------------------------------------------------------------------- */

static void fill_summary(struct page *page, const struct history *history)
{
	const struct history_exam *exam = &history->exam;

	if (history->interrupted)
		page_paragraph(page, "This training was interrupted: what follows is the best until then.");
	if (!exam->confusion || !exam->all.n) {
		page_paragraph(
			page, "Nothing was measured on samples that were not trained on: name validation or test data, "
			      "or set validation_share, or run posture-model crossval.");
		return;
	}
	page_paragraph(page, "%.2f %% of %u answers are right (%s, %u fold%s, %u seed%s).", history_percent(exam->all),
		       exam->all.n, exam->protocol, exam->folds, exam->folds == 1 ? "" : "s", exam->seeds,
		       exam->seeds == 1 ? "" : "s");
	page_row(page);
	page_cell(page, "on samples that were not trained on");
	page_cell(page, "%%");
	page_row(page);
	page_cell(page, "right");
	cell_percent(page, exam->all);
	page_row(page);
	page_cell(page, "right, without None");
	cell_percent(page, exam->without_none);
	page_row(page);
	page_cell(page, "right, by the mean of five frames' probabilities");
	cell_percent(page, exam->smoothed);
	page_row(page);
	page_cell(page, "wrong with a probability above %.1f", (double)HISTORY_CONFIDENT);
	page_cell(page, "%.2f", share(exam->confident_wrong, exam->all.n));
	page_table_end(page);
}

static void fill_facts(struct page *page, const struct history *history)
{
	char text[DATE];
	int n;

	page_heading(page, "The run");
	page_row(page);
	page_cell(page, "what");
	page_cell(page, "value");
	row_of(page, "made by", history->tool);
	if (history->begun_s) {
		time_t begun = (time_t)history->begun_s;
		struct tm tm;

		gmtime_r(&begun, &tm);
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm);
		row_of(page, "begun", text);
		snprintf(text, sizeof(text), "%.1f s", history->seconds);
		row_of(page, "took", text);
	}
	snprintf(text, sizeof(text), "%u", history->samples);
	row_of(page, "samples", text);
	if (history->other_samples) {
		snprintf(text, sizeof(text), "%u", history->other_samples);
		row_of(page, "samples of the validation", text);
	}
	snprintf(text, sizeof(text), "%llu", (unsigned long long)history->seed);
	row_of(page, "seed", text);
	n = snprintf(text, sizeof(text), "%u parameters", history->parameters);
	if (history->macc)
		snprintf(text + n, sizeof(text) - (size_t)n, ", %u multiplications", history->macc);
	row_of(page, "network", text);
	if (history->best_epoch) {
		snprintf(text, sizeof(text), "epoch %u", history->best_epoch);
		row_of(page, "weights of", text);
	}
	row_of(page, "SHA-256 of the data", history->data_sha256);
	if (*history->model_sha256)
		row_of(page, "SHA-256 of the model", history->model_sha256);
	page_table_end(page);
}

static void fill_curves(struct page *page, const struct history *history, const struct report_picture *pictures)
{
	const struct history_epoch *last;

	if (!history->epoch_count)
		return;
	page_heading(page, "Training");
	for (unsigned i = 0; i < 3; i++)
		show(page, &pictures[i]);
	last = &history->epochs[history->epoch_count - 1];
	page_row(page);
	page_cell(page, "last epoch");
	page_cell(page, "training");
	page_cell(page, "validation");
	page_row(page);
	page_cell(page, "loss");
	cell_or_none(page, (double)last->loss, "");
	cell_or_none(page, (double)last->other_loss, "");
	page_row(page);
	page_cell(page, "accuracy");
	cell_or_none(page, 100 * (double)last->accuracy, " %");
	cell_or_none(page, 100 * (double)last->other_accuracy, " %");
	page_table_end(page);
}

/* --- the exam -------------------------------------------------------------------------------------------------- */

static void fill_classes(struct page *page, const struct history *history, const struct report_picture *picture)
{
	page_heading(page, "Classes");
	show(page, picture);
	page_row(page);
	for (const char *const *name =
		     (const char *const[]){"class", "samples", "precision %", "recall %", "F1 %", NULL};
	     *name; name++)
		page_cell(page, "%s", *name);
	for (uint32_t i = 0; i < history->classes; i++) {
		struct history_tally recall = history_class(history, i);

		page_row(page);
		page_cell(page, "%s", history->labels[i]);
		page_cell(page, "%u", recall.n);
		cell_percent(page, history_precision(history, i));
		cell_percent(page, recall);
		if (isfinite(history_f1(history, i)))
			page_cell(page, "%.2f", 100 * history_f1(history, i));
		else
			page_cell(page, "-");
	}
	page_table_end(page);
}

static void row_of_part(struct page *page, const struct history_part *part, bool spread)
{
	page_row(page);
	page_cell(page, "%s", part->name);
	page_cell(page, "%u", part->all.n);
	cell_percent(page, part->all);
	if (spread)
		cell_or_none(page, (double)part->spread, "");
	cell_percent(page, part->without_none);
	cell_percent(page, part->smoothed);
	page_cell(page, "%.2f", share(part->confident_wrong, part->all.n));
}

static void fill_parts(struct page *page, const struct history_exam *exam)
{
	const struct history_part all = {.name = "all",
					 .all = exam->all,
					 .without_none = exam->without_none,
					 .smoothed = exam->smoothed,
					 .confident_wrong = exam->confident_wrong,
					 .spread = NAN};
	bool spread = exam->seeds > 1;

	page_heading(page, exam->folds > 1 ? "Who was left out" : "Users");
	page_row(page);
	page_cell(page, "who");
	page_cell(page, "samples");
	page_cell(page, "right %%");
	if (spread)
		page_cell(page, "+- over the seeds");
	page_cell(page, "without None %%");
	page_cell(page, "mean of 5 %%");
	page_cell(page, "wrong above %.1f %%", (double)HISTORY_CONFIDENT);
	for (size_t i = 0; i < exam->part_count; i++)
		row_of_part(page, &exam->parts[i], spread);
	if (exam->part_count != 1)
		row_of_part(page, &all, spread);
	page_table_end(page);
}

static void fill_calibration(struct page *page, const struct history_exam *exam, const struct report_picture *picture)
{
	page_heading(page, "Calibration");
	page_paragraph(page,
		       "Bars on the dashed line mean that of answers given with a probability of 0.8, 80 %% are right. "
		       "Expected calibration error: %.2f %%.",
		       100 * history_calibration_error(exam));
	show(page, picture);
	page_row(page);
	page_cell(page, "probability");
	page_cell(page, "answers");
	page_cell(page, "their mean");
	page_cell(page, "right %%");
	for (unsigned i = 0; i < HISTORY_BINS; i++) {
		const struct history_bin *bin = &exam->bins[i];

		if (!bin->n)
			continue;
		page_row(page);
		page_cell(page, "%.1f to %.1f", i / (double)HISTORY_BINS, (i + 1) / (double)HISTORY_BINS);
		page_cell(page, "%u", bin->n);
		page_cell(page, "%.3f", bin->probability / bin->n);
		page_cell(page, "%.2f", share(bin->right, bin->n));
	}
	page_table_end(page);
}

static void fill_risks(struct page *page, const struct history_exam *exam)
{
	static const char *const names[] = {"threshold",
					    "equal answers",
					    "wrong events",
					    "for 1000 frames",
					    "frames till right, median",
					    "90th percentile",
					    "takes never right %",
					    NULL};

	if (!exam->risk_count)
		return;
	page_heading(page, "Risk");
	page_paragraph(
		page,
		"A posture that is held, through the rule of threshold and frames in postured.conf: how often another "
		"posture would have been told, and after how many frames the right one. At 15 Hz a frame takes 67 ms.");
	page_row(page);
	for (const char *const *name = names; *name; name++)
		page_cell(page, "%s", *name);
	for (size_t i = 0; i < exam->risk_count; i++) {
		const struct history_risk *risk = &exam->risks[i];

		page_row(page);
		page_cell(page, "%.2f", (double)risk->threshold);
		page_cell(page, "%u of %u", risk->equal, risk->among);
		page_cell(page, "%u", risk->events);
		page_cell(page, "%.2f", risk->frames ? 1000.0 * risk->events / risk->frames : 0);
		cell_or_none(page, (double)risk->median, "");
		cell_or_none(page, (double)risk->late, "");
		page_cell(page, "%.1f", share(risk->never, risk->takes));
	}
	page_table_end(page);
}

static void fill_families(struct page *page, const struct history_exam *exam)
{
	if (!exam->family_count)
		return;
	page_heading(page, "No posture");
	page_paragraph(
		page,
		"Made-up frames inside the gate that show no posture, and how many were called one. What was trained "
		"with says little: look at the others.");
	page_row(page);
	page_cell(page, "family");
	page_cell(page, "frames");
	page_cell(page, "called a posture %%");
	page_cell(page, "above 0.9 %%");
	page_cell(page, "above 0.99 %%");
	for (size_t i = 0; i < exam->family_count; i++) {
		const struct history_family *family = &exam->families[i];

		page_row(page);
		page_cell(page, "%s%s", family->name, family->trained ? " (trained with)" : "");
		page_cell(page, "%u", family->n);
		page_cell(page, "%.2f", share(family->labelled, family->n));
		page_cell(page, "%.2f", share(family->above_90, family->n));
		page_cell(page, "%.2f", share(family->above_99, family->n));
	}
	page_table_end(page);
}

static void fill_integers(struct page *page, const struct history_exam *exam)
{
	if (!exam->integer.n)
		return;
	page_heading(page, "int8 and float");
	page_row(page);
	page_cell(page, "network");
	page_cell(page, "right %%");
	page_row(page);
	page_cell(page, "float");
	cell_percent(page, exam->all);
	page_row(page);
	page_cell(page, "int8");
	cell_percent(page, exam->integer);
	page_row(page);
	page_cell(page, "equal answers");
	cell_percent(page, exam->agreement);
	page_table_end(page);
}

void report_fill_page(struct page *page, const struct history *history, const struct report_picture *pictures)
{
	const struct history_exam *exam = &history->exam;

	fill_summary(page, history);
	if (exam->confusion && exam->all.n) {
		fill_parts(page, exam);
		fill_classes(page, history, &pictures[3]);
		fill_calibration(page, exam, &pictures[4]);
		fill_risks(page, exam);
		fill_families(page, exam);
		fill_integers(page, exam);
	}
	fill_curves(page, history, pictures);
	fill_facts(page, history);
	if (history->recipe && *history->recipe) {
		page_heading(page, "Recipe");
		page_code(page, history->recipe);
	}
}
