/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - the one place where a finished run is turned into something to look at: report.html, one file for any
 * browser; report.md with its pictures as SVG beside it; history.json and history.csv for programs.
 */
#ifndef NN_TRAIN_REPORT_H
#define NN_TRAIN_REPORT_H

#include "nn/train/history.h"
#include "nn/train/page.h"

enum {
	REPORT_PICTURES = 5,
};

/* Whatever a run leaves that is worth keeping elsewhere, NULL at the end: reports, models, recipe. */
extern const char *const report_files[];

/* A picture and the name of its file; svg NULL: there is nothing to draw. */
struct report_picture {
	const char *name, *what;
	char *svg; /* owned */
};

/*
 * Writes into the run's directory, which exists; each file complete or not at all. Errors: errno of the file, ENOMEM;
 * ret_reason (HISTORY_REASON bytes).
 */
int report_write(const struct history *history, const char *directory, char *ret_reason);

/* For report.c: what the page says. */
void report_fill_page(struct page *page, const struct history *history, const struct report_picture *pictures);

#endif
