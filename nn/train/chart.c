/* SPDX-License-Identifier: Apache-2.0 */
/* chart.c - what all pictures share, and the curves. */
#include "nn/train/chart.h"

#include <math.h>

#include "nn/train/markup.h"

enum {
	WIDTH = 640,
	HEIGHT = 320,
	LEFT = 64,
	RIGHT = 16,
	TOP = 36,
	BOTTOM = 40,
	POINTS_MAX = 600, /* of a curve; more can't be told apart */
	TICKS = 5,
};

static const char style[] =
	"<style>\n"
	".chart { font: 14px system-ui, sans-serif; --ink: #1b1f24; --grid: #d5d9de; --one: #1f6fd0; --two: #c65d00; }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"  .chart { --ink: #e4e7eb; --grid: #3a4047; --one: #6cb0ff; --two: #ffab5e; }\n"
	"}\n"
	".chart text { fill: var(--ink); } .chart .grid { stroke: var(--grid); fill: none; }\n"
	".chart .one { stroke: var(--one); } .chart .two { stroke: var(--two); }\n"
	".chart .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }\n"
	".chart .bar { fill: var(--one); } .chart .miss { fill: var(--two); }\n"
	"</style>\n";

void chart_begin(FILE *file, unsigned width, unsigned height, const char *what)
{
	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" "
		"role=\"img\" aria-label=\"%s\">\n%s",
		width, height, width, height, what, style);
}

void chart_end(FILE *file)
{
	fputs("</svg>\n", file);
}

void chart_text(FILE *file, double x, double y, const char *place, const char *text)
{
	fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, place);
	markup_write(file, MARKUP_XML, text);
	fputs("</text>\n", file);
}

/* --- curves ---------------------------------------------------------------------------------------------------- */

/* What is drawn: values over epochs in a frame. */
struct plot {
	const struct history *history;
	enum chart_curve curve;
	double first, last, low, high;
};

static double value_of(const struct history_epoch *epoch, enum chart_curve curve, bool other)
{
	switch (curve) {
	case CHART_LOSS:
		return (double)(other ? epoch->other_loss : epoch->loss);
	case CHART_ACCURACY:
		return 100 * (double)(other ? epoch->other_accuracy : epoch->accuracy);
	default:
		return other ? NAN : (double)epoch->rate;
	}
}

static double x_of(const struct plot *plot, double epoch)
{
	double span = plot->last - plot->first;

	return LEFT + (span > 0 ? (epoch - plot->first) / span : 0.5) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct plot *plot, double value)
{
	return HEIGHT - BOTTOM - (value - plot->low) / (plot->high - plot->low) * (HEIGHT - BOTTOM - TOP);
}

/* 1, 2 or 5 times a power of ten, for at most so many steps. */
static double round_step(double span, unsigned steps)
{
	double raw = span / steps, power = pow(10, floor(log10(raw))), share = raw / power;

	return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

static bool find_limits(struct plot *plot)
{
	const struct history *history = plot->history;
	double step;
	bool any = false;

	plot->low = plot->curve == CHART_ACCURACY ? 100 : 0;
	plot->high = plot->curve == CHART_ACCURACY ? 100 : 0;
	for (size_t i = 0; i < history->epoch_count; i++)
		for (int other = 0; other < 2; other++) {
			double value = value_of(&history->epochs[i], plot->curve, other);

			if (!isfinite(value))
				continue;
			any = true;
			plot->low = fmin(plot->low, value);
			plot->high = fmax(plot->high, value);
		}
	if (!any)
		return false;
	if (plot->high <= plot->low)
		plot->low = plot->curve == CHART_ACCURACY ? 0 : plot->low, plot->high = plot->low + 1;
	step = round_step(plot->high - plot->low, TICKS);
	plot->low = step * floor(plot->low / step + 1e-9);
	plot->high = step * ceil(plot->high / step - 1e-9);
	plot->first = history->epochs[0].epoch;
	plot->last = history->epochs[history->epoch_count - 1].epoch;
	return true;
}

static void draw_axes(FILE *file, const struct plot *plot)
{
	double step = round_step(plot->high - plot->low, TICKS);
	char text[32];

	for (double value = plot->low; value <= plot->high + step / 2; value += step) {
		double y = y_of(plot, value);

		fprintf(file, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>\n", LEFT, y, WIDTH - RIGHT);
		snprintf(text, sizeof(text), "%.4g%s", fabs(value) < step / 2 ? 0 : value,
			 plot->curve == CHART_ACCURACY ? " %" : "");
		chart_text(file, LEFT - 8, y + 5, "end", text);
	}
	step = fmax(1, round_step(fmax(plot->last - plot->first, 1), 8));
	for (double epoch = step * ceil(plot->first / step); epoch <= plot->last; epoch += step) {
		snprintf(text, sizeof(text), "%.0f", epoch);
		chart_text(file, x_of(plot, epoch), HEIGHT - BOTTOM + 20, "middle", text);
	}
	chart_text(file, WIDTH - RIGHT, HEIGHT - 4, "end", "epoch");
}

/* Long trainings: every so manyth epoch, and the last one. */
static bool draw_curve(FILE *file, const struct plot *plot, bool other)
{
	const struct history *history = plot->history;
	size_t every = history->epoch_count / POINTS_MAX + 1;
	bool any = false, down = false;

	for (size_t i = 0; i < history->epoch_count; i++) {
		double value = value_of(&history->epochs[i], plot->curve, other);
		double x = x_of(plot, history->epochs[i].epoch);

		if (i % every && i + 1 < history->epoch_count)
			continue;
		if (!isfinite(value)) {
			down = false;
			continue;
		}
		if (!any)
			fprintf(file, "<path class=\"curve %s\" d=\"", other ? "two" : "one");
		/* A point that stands alone is seen, too. */
		fprintf(file, down ? "L%.1f %.2f" : "M%.1f %.2fh0.1", x, y_of(plot, value));
		any = down = true;
	}
	if (any)
		fputs("\"/>\n", file);
	return any;
}

static void draw_legend(FILE *file, unsigned at, const char *class, const char *text)
{
	double x = LEFT + 150.0 * at;

	fprintf(file, "<path class=\"curve %s\" d=\"M%.1f 16h24\"/>\n", class, x);
	chart_text(file, x + 30, 21, "start", text);
}

static void draw_best(FILE *file, const struct plot *plot)
{
	uint32_t best = plot->history->best_epoch;

	if (!best || best < plot->first || best > plot->last)
		return;
	fprintf(file, "<path class=\"grid\" stroke-dasharray=\"4 4\" d=\"M%.1f %dV%d\"/>\n", x_of(plot, best), TOP,
		HEIGHT - BOTTOM);
	chart_text(file, WIDTH - RIGHT, 21, "end", "dashed: the weights that were kept");
}

void chart_write_curves(FILE *file, const struct history *history, enum chart_curve curve)
{
	static const char *const names[] = {"Loss", "Accuracy", "Learning rate"};
	struct plot plot = {.history = history, .curve = curve};

	chart_begin(file, WIDTH, HEIGHT, names[curve]);
	if (find_limits(&plot)) {
		draw_axes(file, &plot);
		draw_best(file, &plot);
		if (draw_curve(file, &plot, false))
			draw_legend(file, 0, "one", curve == CHART_RATE ? "learning rate" : "training");
		if (draw_curve(file, &plot, true))
			draw_legend(file, 1, "two", "validation");
	}
	chart_end(file);
}
