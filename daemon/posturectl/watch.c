/* SPDX-License-Identifier: Apache-2.0 */
/* watch.c - posturectl watch: the live view. On a terminal it redraws in place, elsewhere it prints a view a second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "daemon/posturectl/commands.h"
#include "daemon/posturectl/heatmap.h"
#include "daemon/posturectl/moment.h"
#include "daemon/posturectl/report.h"
#include "daemon/posturectl/session.h"
#include "daemon/posturectl/tally.h"

enum {
	TICK_MS = 50,
	PLAIN_MS = 1000,
	RATE_FRAMES = 32, /* frames a second are measured over so many */
	RATE_STALE_MS = 2000,
	BAR_COLS = 24,
	MAP_ROWS = 8 * HEATMAP_CELL_ROWS,
	SIDE_LINE = 256,
	WIDE_COLS = 118, /* a terminal that has room for both maps */
};

struct watch {
	bool terminal, colour, wide;
	bool connected, dirty;
	char problem[REPORT_LONG];
	char availability[16], frame_setting[16];
	bool has_frame, has_posture, has_diagnostics, asked;
	struct report_frame frame;
	struct report_posture posture;
	struct report_diagnostics diagnostics;
	long long arrived_ms[RATE_FRAMES]; /* of the newest frames, a ring */
	unsigned long frames;
	long long drawn_ms;
	struct tally tally;
};

/* Of what came; 0 when nothing came lately. */
static double watch_rate(const struct watch *watch)
{
	unsigned count = watch->frames < RATE_FRAMES ? (unsigned)watch->frames : RATE_FRAMES;
	long long newest, oldest;

	if (count < 2)
		return 0;
	newest = watch->arrived_ms[(watch->frames - 1) % RATE_FRAMES];
	oldest = watch->arrived_ms[(watch->frames - count) % RATE_FRAMES];
	if (newest == oldest || moment_ms() - newest > RATE_STALE_MS)
		return 0;
	return (count - 1) * 1000.0 / (double)(newest - oldest);
}

static void watch_frame(struct watch *watch, const char *payload, size_t length)
{
	if (report_frame_parse(payload, length, &watch->frame) < 0)
		return;
	/* A frame carries the decision as well: it is newer than the last change. */
	watch->has_posture = report_posture_parse(payload, length, &watch->posture) == 0 || watch->has_posture;
	watch->has_frame = true;
	watch->arrived_ms[watch->frames++ % RATE_FRAMES] = moment_ms();
	watch->tally.frames++;
}

static void watch_posture(struct watch *watch, const char *payload, size_t length, bool count)
{
	if (report_posture_parse(payload, length, &watch->posture) < 0)
		return;
	watch->has_posture = true;
	if (count)
		tally_count(&watch->tally, watch->posture.posture);
}

static void watch_message(struct session *session, const char *name, const char *payload, size_t length,
			  __attribute__((unused)) bool retained)
{
	struct watch *watch = session->userdata;

	watch->dirty = true;
	if (strcmp(name, "frame") == 0)
		watch_frame(watch, payload, length);
	else if (strcmp(name, "event") == 0)
		watch_posture(watch, payload, length, true);
	else if (strcmp(name, "posture") == 0)
		watch_posture(watch, payload, length, false);
	else if (strcmp(name, "diagnostics") == 0)
		watch->has_diagnostics =
			report_diagnostics_parse(payload, length, &watch->diagnostics) == 0 || watch->has_diagnostics;
	else if (strcmp(name, "availability") == 0)
		report_text(payload, length, sizeof(watch->availability), watch->availability);
	else if (strcmp(name, "setting/frame") == 0)
		report_text(payload, length, sizeof(watch->frame_setting), watch->frame_setting);
	if (session->options->frames && strcmp(watch->frame_setting, "off") == 0 && !watch->asked) {
		watch->asked = true;
		session_command(session, "frame", "on");
	}
}

static void watch_connection(struct session *session, bool connected, const char *reason)
{
	struct watch *watch = session->userdata;

	watch->connected = connected;
	watch->dirty = true;
	snprintf(watch->problem, sizeof(watch->problem), "%s", reason);
}

/* --- the view ---------------------------------------------------------------------------------------------- */

static void side_posture(const struct watch *watch, unsigned line, char ret_text[SIDE_LINE])
{
	const struct report_posture *posture = &watch->posture;

	ret_text[0] = '\0';
	if (!watch->has_posture)
		return;
	if (line == 0)
		snprintf(ret_text, SIDE_LINE, watch->colour ? "\033[1m%s\033[0m" : "%s", posture->posture);
	else if (line == 1 && posture->hand)
		snprintf(ret_text, SIDE_LINE, "confidence %3.0f %%   distance %4.0f mm", posture->confidence * 100,
			 posture->distance_mm);
	else if (line == 1)
		snprintf(ret_text, SIDE_LINE, "no hand");
	else if (line == 2 && watch->has_diagnostics)
		snprintf(ret_text, SIDE_LINE, "frames %.1f/s of the sensor, %.1f/s shown", watch->diagnostics.rate_hz,
			 watch_rate(watch));
	else if (line == 2)
		snprintf(ret_text, SIDE_LINE, "frames %.1f/s shown", watch_rate(watch));
}

static void side_bar(const struct report_frame *frame, unsigned class, bool colour, char ret_text[SIDE_LINE])
{
	unsigned filled = (unsigned)(frame->probability[class] * BAR_COLS + 0.5);
	char bar[BAR_COLS * 3 + 1];
	size_t length = 0;

	for (unsigned i = 0; i < BAR_COLS; i++)
		length += (size_t)snprintf(bar + length, sizeof(bar) - length, "%s",
					   i < filled ? (colour ? "\u2588" : "#") : (colour ? "\u2591" : "."));
	snprintf(ret_text, SIDE_LINE, "%-14.14s %s %3.0f %%", frame->label[class], bar,
		 frame->probability[class] * 100);
}

static void side_line(const struct watch *watch, unsigned line, char ret_text[SIDE_LINE])
{
	if (line < 4)
		side_posture(watch, line, ret_text);
	else if (watch->has_frame && line - 4 < watch->frame.classes)
		side_bar(&watch->frame, line - 4, watch->colour, ret_text);
	else
		ret_text[0] = '\0';
}

static const char *end_of_line(const struct watch *watch)
{
	return watch->terminal ? "\033[K\n" : "\n";
}

static void draw_footer(const struct session *session, const struct watch *watch)
{
	const struct report_diagnostics *diagnostics = &watch->diagnostics;

	if (watch->problem[0])
		printf("%s%s", watch->problem, end_of_line(watch));
	if (watch->has_diagnostics && diagnostics->device[0])
		printf("%s: %s, %.0f C, model %s on %s%s", diagnostics->state, diagnostics->device,
		       diagnostics->temperature_c, diagnostics->model, diagnostics->backend, end_of_line(watch));
	if (watch->has_diagnostics && diagnostics->reason[0])
		printf("%s%s", diagnostics->reason, end_of_line(watch));
	if (watch->connected && !watch->has_frame)
		printf("%s%s",
		       session->options->frames || session->way == &session_bus
			       ? "waiting for frames"
			       : "no frames yet: [mqtt] frame = yes, or watch with --frames",
		       end_of_line(watch));
}

static bool is_wide(const struct watch *watch)
{
	struct winsize size;

	return !watch->terminal || (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDE_COLS);
}

/* Distance, and beside it signal when there is room. */
static void draw_maps(const struct watch *watch, unsigned line)
{
	const struct report_frame *frame = &watch->frame;
	struct heatmap_scale distance = heatmap_scale(frame), signal = heatmap_scale_signal(frame);
	unsigned row = frame->rows ? line * frame->rows / MAP_ROWS : 0;
	char map[HEATMAP_LINE];

	if (!watch->has_frame || !frame->rows) {
		printf(" %*s", (watch->wide ? 2 : 1) * 8 * HEATMAP_CELL_COLS + watch->wide, "");
		return;
	}
	heatmap_row(frame, &distance, row, watch->colour, map);
	printf(" %s", map);
	if (!watch->wide)
		return;
	heatmap_row_signal(frame, &signal, row, watch->colour, map);
	printf(" %s", map);
}

static void draw(struct session *session)
{
	struct watch *watch = session->userdata;
	char side[SIDE_LINE];

	watch->wide = is_wide(watch);
	printf("%s%s  %s%s%s", watch->terminal ? "\033[H" : "", session->where,
	       !watch->connected	? "no connection"
	       : watch->availability[0] ? watch->availability
					: "connected",
	       end_of_line(watch), end_of_line(watch));
	for (unsigned line = 0; line < MAP_ROWS; line++) {
		side_line(watch, line, side);
		draw_maps(watch, line);
		printf("   %s%s", side, end_of_line(watch));
	}
	printf("%s", end_of_line(watch));
	draw_footer(session, watch);
	if (watch->terminal)
		printf("\033[J");
	fflush(stdout);
	if (ferror(stdout))
		session->done = true;
}

static void watch_tick(struct session *session)
{
	struct watch *watch = session->userdata;
	long long now = moment_ms();

	if (!watch->dirty || now - watch->drawn_ms < (watch->terminal ? TICK_MS : PLAIN_MS))
		return;
	watch->dirty = false;
	watch->drawn_ms = now;
	draw(session);
}

static void watch_finish(struct session *session)
{
	struct watch *watch = session->userdata;

	if (watch->asked)
		session_command(session, "frame", "off");
}

int watch_run(const struct options *options)
{
	static const char *const names[] = {"frame",	    "event",	     "posture", "diagnostics",
					    "availability", "setting/frame", NULL};
	const struct session_handlers handlers = {.message = watch_message,
						  .connection = watch_connection,
						  .finish = watch_finish,
						  .tick = watch_tick,
						  .tick_ms = TICK_MS};
	struct watch watch = {.terminal = isatty(STDOUT_FILENO) && strcmp(getenv("TERM") ? getenv("TERM") : "", "dumb"),
			      .dirty = true};
	struct session session = {.options = options, .handlers = &handlers, .userdata = &watch};
	const char *no_color = getenv("NO_COLOR");
	int r;

	watch.colour = watch.terminal && !(no_color && *no_color);
	if (watch.terminal) /* another screen, no cursor */
		printf("\033[?1049h\033[?25l\033[2J");
	r = session_run(&session, names);
	if (watch.terminal) {
		printf("\033[?25h\033[?1049l");
		fflush(stdout);
	}
	if (r < 0)
		return 1;
	if (!session.was_connected) {
		fprintf(stderr, "posturectl: %s\n", watch.problem);
		return 1;
	}
	return tally_finish(&watch.tally, options, stdout);
}
