/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chart.h - pictures as SVG: curves over the epochs, a confusion matrix, a reliability diagram. Each is complete by itself
 * and may be put into HTML; it follows the reader's choice of light or dark.
 */
#ifndef NN_TRAIN_CHART_H
#define NN_TRAIN_CHART_H

#include <stdio.h>

#include "nn/train/history.h"

enum chart_curve {
	CHART_LOSS,
	CHART_ACCURACY,
	CHART_RATE,
};

/* Any number of epochs; what is no number is a gap. */
void chart_write_curves(FILE *file, const struct history *history, enum chart_curve curve);
/* Rows are labels, columns answers; numbers in the cells as long as they can be read. */
void chart_write_confusion(FILE *file, const struct history *history);
/* How often the answer is right against how sure the network was. */
void chart_write_reliability(FILE *file, const struct history_exam *exam);

/* For chart-*.c: the element with its style and a name for those who can't see it. chart_end() closes it. */
void chart_begin(FILE *file, unsigned width, unsigned height, const char *what);
void chart_end(FILE *file);
/* `place` is the anchor: start, middle, end. */
void chart_text(FILE *file, double x, double y, const char *place, const char *text);

#endif
