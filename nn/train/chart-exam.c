/* SPDX-License-Identifier: Apache-2.0 */
/* chart-exam.c - pictures of an exam: confusion matrix and reliability diagram. */
#include <math.h>

#include "nn/train/chart.h"
#include "nn/train/markup.h"

enum {
	NUMBERS_MAX = 20, /* classes whose cells have numbers */
	NAMES_MAX = 60,	  /* and names beside them */
	NAME_LENGTH = 14,
	NAME_SPACE = 120,
	SIDE = 560,
	RELIABILITY_SIDE = 360,
	MARGIN = 56,
};

/* --- confusion ------------------------------------------------------------------------------------------------- */

static void draw_names(FILE *file, const struct history *history, double cell, double edge)
{
	for (uint32_t i = 0; i < history->classes && history->classes <= NAMES_MAX; i++) {
		double middle = edge + (i + 0.5) * cell;

		fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", edge - 8, middle + 5);
		markup_write_short(file, MARKUP_XML, history->labels[i], NAME_LENGTH);
		fprintf(file, "</text>\n<text transform=\"translate(%.1f %.1f) rotate(-60)\">", middle + 4, edge - 8);
		markup_write_short(file, MARKUP_XML, history->labels[i], NAME_LENGTH);
		fputs("</text>\n", file);
	}
}

/* As dark as the share of its row; the diagonal is right, all else wrong. */
static void draw_cell(FILE *file, const struct history *history, uint32_t label, uint32_t answer, double cell,
		      double edge)
{
	uint32_t count = history->exam.confusion[(size_t)label * history->classes + answer];
	struct history_tally row = history_class(history, label);
	double share = row.n ? (double)count / row.n : 0, x = edge + answer * cell, y = edge + label * cell;

	if (!count)
		return;
	fprintf(file,
		"<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill-opacity=\"%.2f\"><title>",
		label == answer ? "bar" : "miss", x, y, cell, cell, 0.12 + 0.68 * share);
	markup_write(file, MARKUP_XML, history->labels[label]);
	fputs(" taken for ", file);
	markup_write(file, MARKUP_XML, history->labels[answer]);
	fprintf(file, ": %u (%.1f %%)</title></rect>\n", count, 100 * share);
	if (history->classes <= NUMBERS_MAX)
		fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\"%s>%.*f</text>\n", x + cell / 2,
			y + cell / 2 + 5, cell < 36 ? " font-size=\"10\"" : "", share < 0.0995 ? 1 : 0, 100 * share);
}

void chart_write_confusion(FILE *file, const struct history *history)
{
	double edge = history->classes <= NAMES_MAX ? NAME_SPACE : 4;
	double cell = fmin(64, (double)SIDE / (history->classes ? history->classes : 1));
	unsigned side = (unsigned)ceil(edge + cell * history->classes) + 4;

	chart_begin(file, side, side, "Confusion matrix: rows are labels, columns answers, in percent of the row");
	draw_names(file, history, cell, edge);
	for (uint32_t label = 0; label < history->classes; label++)
		for (uint32_t answer = 0; answer < history->classes; answer++)
			draw_cell(file, history, label, answer, cell, edge);
	fprintf(file, "<rect class=\"grid\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n", edge, edge,
		cell * history->classes, cell * history->classes);
	chart_end(file);
}

/* --- reliability ----------------------------------------------------------------------------------------------- */

void chart_write_reliability(FILE *file, const struct history_exam *exam)
{
	const double size = RELIABILITY_SIDE, bottom = MARGIN / 2.0 + size;
	uint32_t most = 1;

	for (unsigned i = 0; i < HISTORY_BINS; i++)
		most = exam->bins[i].n > most ? exam->bins[i].n : most;
	chart_begin(file, RELIABILITY_SIDE + MARGIN + 24, RELIABILITY_SIDE + MARGIN + 24,
		    "Reliability: right answers against the probability that they were given");
	for (unsigned i = 0; i <= HISTORY_BINS; i += 2) {
		double share = (double)i / HISTORY_BINS;
		char text[16];

		snprintf(text, sizeof(text), "%.1f", share);
		fprintf(file, "<path class=\"grid\" d=\"M%d %.1fh%.1f\"/>\n", MARGIN, bottom - share * size, size);
		chart_text(file, MARGIN - 8, bottom - share * size + 5, "end", text);
		chart_text(file, MARGIN + share * size, bottom + 20, "middle", text);
	}
	for (unsigned i = 0; i < HISTORY_BINS; i++) {
		const struct history_bin *bin = &exam->bins[i];
		double width = size / HISTORY_BINS, right = bin->n ? (double)bin->right / bin->n : 0;

		if (!bin->n)
			continue;
		/* Bars of few samples are pale. */
		fprintf(file,
			"<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill-opacity=\"%.2f\">"
			"<title>%u of %u right</title></rect>\n",
			MARGIN + i * width + 1, bottom - right * size, width - 2, right * size,
			0.3 + 0.7 * sqrt((double)bin->n / most), bin->right, bin->n);
		fprintf(file, "<circle class=\"miss\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n",
			MARGIN + bin->probability / bin->n * size, bottom - right * size);
	}
	fprintf(file, "<path class=\"curve two\" stroke-dasharray=\"5 4\" d=\"M%d %.1fL%.1f %.1f\"/>\n", MARGIN, bottom,
		MARGIN + size, bottom - size);
	chart_text(file, MARGIN + size, bottom + 40, "end", "probability of the answer");
	chart_text(file, 4, 16, "start", "share that is right");
	chart_end(file);
}
