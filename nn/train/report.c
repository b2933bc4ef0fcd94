/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - see report.h: the files. What they say is in report-page.c. */
#include "nn/train/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/model-file.h"
#include "nn/train/chart.h"

enum {
	PATH = 4096,
};

const char *const report_files[] = {"model.pnn",   "model-float.pnn", "recipe.yaml", "report.md",     "report.html",
				    "loss.svg",	   "accuracy.svg",    "rate.svg",    "confusion.svg", "reliability.svg",
				    "history.csv", "history.json",    NULL};

/* --- pictures -------------------------------------------------------------------------------------------------- */

enum {
	LOSS,
	ACCURACY,
	RATE,
	CONFUSION,
	RELIABILITY,
};

static bool is_wanted(const struct history *history, unsigned picture)
{
	return picture <= RATE ? history->epoch_count > 0 : history->exam.confusion && history->exam.all.n;
}

static int draw(const struct history *history, unsigned which, struct report_picture *picture)
{
	size_t size;
	FILE *file = open_memstream(&picture->svg, &size);

	if (!file)
		return -ENOMEM;
	if (which == CONFUSION)
		chart_write_confusion(file, history);
	else if (which == RELIABILITY)
		chart_write_reliability(file, &history->exam);
	else
		chart_write_curves(file, history,
				   which == LOSS       ? CHART_LOSS
				   : which == ACCURACY ? CHART_ACCURACY
						       : CHART_RATE);
	return fclose(file) ? -ENOMEM : 0;
}

static int draw_all(const struct history *history, struct report_picture *pictures)
{
	int r = 0;

	for (unsigned i = 0; i < REPORT_PICTURES && r == 0; i++)
		if (is_wanted(history, i))
			r = draw(history, i, &pictures[i]);
	return r;
}

/* --- files ----------------------------------------------------------------------------------------------------- */

static int write_file(const char *directory, const char *name, const void *bytes, size_t size, char *ret_reason)
{
	char path[PATH];
	int r = snprintf(path, sizeof(path), "%s/%s", directory, name) < PATH ? 0 : -ENAMETOOLONG;

	r = r < 0 ? r : model_file_write(path, bytes, size);
	if (r < 0)
		snprintf(ret_reason, HISTORY_REASON, "%.200s/%.32s: %s", directory, name, strerror(-r));
	return r;
}

static int write_page(const struct history *history, const struct report_picture *pictures,
		      const struct page_form *form, const char *directory, const char *name, char *ret_reason)
{
	struct page page;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	int r;

	if (!file)
		return -ENOMEM;
	page_begin(&page, form, file, history->name);
	report_fill_page(&page, history, pictures);
	page_end(&page);
	r = fclose(file) ? -ENOMEM : write_file(directory, name, text, size, ret_reason);
	free(text);
	return r;
}

static int write_history(int (*write)(const struct history *, const char *), const struct history *history,
			 const char *directory, const char *name, char *ret_reason)
{
	char path[PATH];
	int r = snprintf(path, sizeof(path), "%s/%s", directory, name) < PATH ? write(history, path) : -ENAMETOOLONG;

	if (r < 0)
		snprintf(ret_reason, HISTORY_REASON, "%.200s/%.32s: %s", directory, name, strerror(-r));
	return r;
}

int report_write(const struct history *history, const char *directory, char *ret_reason)
{
	struct report_picture pictures[REPORT_PICTURES] = {
		[LOSS] = {"loss.svg", "Loss of each epoch", NULL},
		[ACCURACY] = {"accuracy.svg", "Accuracy of each epoch", NULL},
		[RATE] = {"rate.svg", "Learning rate of each epoch", NULL},
		[CONFUSION] = {"confusion.svg", "Confusion matrix: rows are labels, columns answers, in percent", NULL},
		[RELIABILITY] = {"reliability.svg", "Reliability: right answers against their probability", NULL},
	};
	int r;

	snprintf(ret_reason, HISTORY_REASON, "out of memory");
	r = draw_all(history, pictures);
	for (unsigned i = 0; i < REPORT_PICTURES && r == 0; i++)
		if (pictures[i].svg)
			r = write_file(directory, pictures[i].name, pictures[i].svg, strlen(pictures[i].svg),
				       ret_reason);
	r = r < 0 ? r : write_page(history, pictures, &page_markdown, directory, "report.md", ret_reason);
	r = r < 0 ? r : write_page(history, pictures, &page_html, directory, "report.html", ret_reason);
	r = r < 0 ? r : write_history(history_write_json, history, directory, "history.json", ret_reason);
	r = r < 0 ? r : write_history(history_write_csv, history, directory, "history.csv", ret_reason);
	for (unsigned i = 0; i < REPORT_PICTURES; i++)
		free(pictures[i].svg);
	return r;
}
