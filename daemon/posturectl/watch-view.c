/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch-view.c - see watch.h. Both maps and beside them the words where there is room; on a narrow terminal one map, on a
 * very narrow one between the words, on a low one a line for each row of zones. Nothing is ever wider than the terminal.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "daemon/posturectl/heatmap.h"
#include "daemon/posturectl/moment.h"
#include "daemon/posturectl/watch.h"

enum {
	RATE_STALE_MS = 2000,
	BAR_COLS = 24,	/* at most */
	BAR_WORDS = 21, /* label, percent and blanks */
	LABEL_COLS = 14,
	MAP_COLS = 32,
	MAP_LINES = 16,
	LOW_MAP_LINES = 8,
	FRAME_LINES = 7,   /* above and below maps and words, and one for the cursor */
	POSTURE_LINES = 4, /* above the bars */
	SIDE_COLS_MIN = 23,
	SIDE_LINE = 256,
	WIDE_COLS = 118, /* a terminal that has room for both maps */
	FILE_COLS = 200,
};

struct layout {
	unsigned columns, map_lines, side_columns, lines;
	bool both, narrow;
};

/* Of what came; 0 when nothing came lately. */
static double watch_rate(const struct watch *watch)
{
	unsigned count = watch->frames < WATCH_RATE_FRAMES ? (unsigned)watch->frames : WATCH_RATE_FRAMES;
	long long newest, oldest;

	if (count < 2)
		return 0;
	newest = watch->arrived_ms[(watch->frames - 1) % WATCH_RATE_FRAMES];
	oldest = watch->arrived_ms[(watch->frames - count) % WATCH_RATE_FRAMES];
	if (newest == oldest || moment_ms() - newest > RATE_STALE_MS)
		return 0;
	return (count - 1) * 1000.0 / (double)(newest - oldest);
}

/* --- the terminal ------------------------------------------------------------------------------------------ */

static void measure(unsigned *columns, unsigned *lines)
{
	struct winsize size;

	*columns = *lines = 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
		*columns = size.ws_col;
		*lines = size.ws_row;
	}
}

/* Those of serial lines and old ones show bytes of colours and blocks as rubbish. */
static bool has_colour(const char *term)
{
	static const char *const without[] = {"vt", "ansi", "cons25", "sun", "wy", "dumb", "unknown"};
	const char *no_color = getenv("NO_COLOR"), *truecolor = getenv("COLORTERM");

	if (no_color && *no_color)
		return false;
	if (truecolor && (strcmp(truecolor, "truecolor") == 0 || strcmp(truecolor, "24bit") == 0))
		return true;
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		if (strncmp(term, without[i], strlen(without[i])) == 0)
			return false;
	return true;
}

void watch_view_open(struct watch *watch)
{
	const char *term = getenv("TERM");

	watch->terminal = isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
	watch->colour = watch->terminal && has_colour(term);
	if (watch->terminal) /* another screen, no cursor, no line that goes on in the next */
		printf("\033[?1049h\033[?25l\033[?7l\033[2J");
}

void watch_view_close(const struct watch *watch)
{
	if (!watch->terminal)
		return;
	printf("\033[?7h\033[?25h\033[?1049l");
	fflush(stdout);
}

bool watch_view_resized(const struct watch *watch)
{
	unsigned columns, lines;

	measure(&columns, &lines);
	return columns != watch->columns || lines != watch->lines;
}

/* --- the layout -------------------------------------------------------------------------------------------- */

static unsigned side_lines(const struct watch *watch)
{
	return POSTURE_LINES + (watch->has_frame ? watch->frame.classes : 0);
}

static struct layout lay_out(const struct watch *watch)
{
	/* The end of a line is erased behind its last character, and in the last column that would be this one. */
	struct layout layout = {.columns = watch->columns ? watch->columns - 1 : FILE_COLS, .map_lines = MAP_LINES};
	unsigned maps, room = watch->terminal && watch->lines > FRAME_LINES ? watch->lines - FRAME_LINES : 1000;

	layout.both = layout.columns >= WIDE_COLS - 1;
	maps = (layout.both ? 2 : 1) * (MAP_COLS + 1);
	layout.narrow = layout.columns < maps + 3 + SIDE_COLS_MIN;
	if (room < MAP_LINES + (layout.narrow ? side_lines(watch) : 0))
		layout.map_lines = LOW_MAP_LINES;
	layout.side_columns = layout.narrow ? layout.columns : layout.columns - maps - 3;
	layout.lines = layout.map_lines;
	if (layout.narrow)
		layout.lines += side_lines(watch);
	else if (layout.lines < side_lines(watch))
		layout.lines = side_lines(watch);
	if (layout.lines > room)
		layout.lines = room;
	return layout;
}

/* --- words ------------------------------------------------------------------------------------------------- */

static void side_posture(const struct watch *watch, unsigned line, unsigned columns, char ret_text[SIDE_LINE])
{
	const struct report_posture *posture = &watch->posture;
	char text[SIDE_LINE] = "";

	if (watch->has_posture && line == 0)
		snprintf(text, sizeof(text), "%s", posture->posture);
	else if (watch->has_posture && line == 1 && posture->hand)
		snprintf(text, sizeof(text), "confidence %3.0f %%   distance %4.0f mm", posture->confidence * 100,
			 posture->distance_mm);
	else if (watch->has_posture && line == 1)
		snprintf(text, sizeof(text), "no hand");
	else if (watch->has_posture && line == 2 && watch->has_diagnostics)
		snprintf(text, sizeof(text), "frames %.1f/s of the sensor, %.1f/s shown", watch->diagnostics.rate_hz,
			 watch_rate(watch));
	else if (watch->has_posture && line == 2)
		snprintf(text, sizeof(text), "frames %.1f/s shown", watch_rate(watch));
	snprintf(ret_text, SIDE_LINE, watch->colour && line == 0 ? "\033[1m%.*s\033[0m" : "%.*s",
		 (int)(columns < SIDE_LINE / 2 ? columns : SIDE_LINE / 2), text);
}

static void side_bar(const struct report_frame *frame, unsigned class, unsigned columns, bool colour,
		     char ret_text[SIDE_LINE])
{
	unsigned room = columns > BAR_WORDS ? columns - BAR_WORDS : 0, bar_cols = room < BAR_COLS ? room : BAR_COLS;
	unsigned filled = (unsigned)(frame->probability[class] * bar_cols + 0.5);
	char bar[BAR_COLS * 3 + 1] = "";
	size_t length = 0;

	for (unsigned i = 0; i < bar_cols; i++)
		length += (size_t)snprintf(bar + length, sizeof(bar) - length, "%s",
					   i < filled ? (colour ? "\u2588" : "#") : (colour ? "\u2591" : "."));
	snprintf(ret_text, SIDE_LINE, "%-*.*s %s %3.0f %%", LABEL_COLS, LABEL_COLS, frame->label[class], bar,
		 frame->probability[class] * 100);
}

static void side_line(const struct watch *watch, unsigned line, unsigned columns, char ret_text[SIDE_LINE])
{
	if (line < POSTURE_LINES)
		side_posture(watch, line, columns, ret_text);
	else if (watch->has_frame && line - POSTURE_LINES < watch->frame.classes)
		side_bar(&watch->frame, line - POSTURE_LINES, columns, watch->colour, ret_text);
	else
		ret_text[0] = '\0';
}

static const char *end_of_line(const struct watch *watch)
{
	return watch->terminal ? "\033[K\n" : "\n";
}

__attribute__((format(printf, 3, 4))) static void say(const struct watch *watch, const struct layout *layout,
						      const char *format, ...)
{
	char text[4 * SIDE_LINE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	printf("%.*s%s", watch->terminal ? (int)layout->columns : (int)sizeof(text), text, end_of_line(watch));
}

static void draw_footer(const struct session *session, const struct watch *watch, const struct layout *layout)
{
	const struct report_diagnostics *diagnostics = &watch->diagnostics;

	if (watch->problem[0])
		say(watch, layout, "%s", watch->problem);
	if (watch->has_diagnostics && diagnostics->device[0])
		say(watch, layout, "%s: %s, %.0f C, model %s on %s", diagnostics->state, diagnostics->device,
		    diagnostics->temperature_c, diagnostics->model, diagnostics->backend);
	if (watch->has_diagnostics && diagnostics->reason[0])
		say(watch, layout, "%s", diagnostics->reason);
	if (watch->connected && !watch->has_frame)
		say(watch, layout, "%s",
		    session->options->frames || session->way == &session_bus
			    ? "waiting for frames"
			    : "no frames yet: [mqtt] frame = yes, or watch with --frames");
}

/* --- maps -------------------------------------------------------------------------------------------------- */

/* Distance, and beside it signal when there is room; blanks below them. */
static void draw_maps(const struct watch *watch, const struct layout *layout, unsigned line)
{
	const struct report_frame *frame = &watch->frame;
	struct heatmap_scale distance = heatmap_scale(frame), signal = heatmap_scale_signal(frame);
	unsigned row = frame->rows ? line * frame->rows / layout->map_lines : 0;
	char map[HEATMAP_LINE];

	if (!watch->has_frame || !frame->rows || !frame->cols || line >= layout->map_lines) {
		printf(" %*s", (layout->both ? 2 : 1) * MAP_COLS + layout->both, "");
		return;
	}
	heatmap_row(frame, &distance, row, MAP_COLS / frame->cols, watch->colour, map);
	printf(" %s", map);
	if (!layout->both)
		return;
	heatmap_row_signal(frame, &signal, row, MAP_COLS / frame->cols, watch->colour, map);
	printf(" %s", map);
}

/* Posture, map, bars: on a low terminal the last are cut off. */
static void draw_line_narrow(const struct watch *watch, const struct layout *layout, unsigned line)
{
	char side[SIDE_LINE] = "";

	if (line >= POSTURE_LINES && line < POSTURE_LINES + layout->map_lines)
		draw_maps(watch, layout, line - POSTURE_LINES);
	else
		side_line(watch, line < POSTURE_LINES ? line : line - layout->map_lines, layout->side_columns, side);
	printf("%s%s", side, end_of_line(watch));
}

static void draw_line(const struct watch *watch, const struct layout *layout, unsigned line)
{
	char side[SIDE_LINE];

	side_line(watch, line, layout->side_columns, side);
	draw_maps(watch, layout, line);
	printf("   %s%s", side, end_of_line(watch));
}

int watch_view_draw(const struct session *session, struct watch *watch)
{
	struct layout layout;

	measure(&watch->columns, &watch->lines);
	layout = lay_out(watch);
	printf("%s", watch->terminal ? "\033[H" : "");
	say(watch, &layout, "%s  %s", session->where,
	    !watch->connected	     ? "no connection"
	    : watch->availability[0] ? watch->availability
				     : "connected");
	printf("%s", end_of_line(watch));
	for (unsigned line = 0; line < layout.lines; line++)
		(layout.narrow ? draw_line_narrow : draw_line)(watch, &layout, line);
	printf("%s", end_of_line(watch));
	draw_footer(session, watch, &layout);
	if (watch->terminal)
		printf("\033[J");
	fflush(stdout);
	return ferror(stdout) ? -EPIPE : 0;
}
