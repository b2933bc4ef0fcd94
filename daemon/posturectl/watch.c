/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.c - posturectl watch: what came, and when it is shown. On a terminal the view is redrawn in place, elsewhere it is
 * printed once a second.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/posturectl/commands.h"
#include "daemon/posturectl/moment.h"
#include "daemon/posturectl/tally.h"
#include "daemon/posturectl/watch.h"

enum {
	TICK_MS = 50,
	IDLE_MS = 1000, /* after which a terminal shows that nothing comes */
	PLAIN_MS = 1000,
};

static void watch_frame(struct watch *watch, const char *payload, size_t length)
{
	if (report_frame_parse(payload, length, &watch->frame) < 0)
		return;
	/* A frame carries the decision as well: it is newer than the last change. */
	watch->has_posture = report_posture_parse(payload, length, &watch->posture) == 0 || watch->has_posture;
	watch->has_frame = true;
	watch->arrived_ms[watch->frames++ % WATCH_RATE_FRAMES] = moment_ms();
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

/* For programs: the frames alone. */
static void watch_print(struct session *session, const char *payload, size_t length)
{
	report_print_json(payload, length);
	fflush(stdout);
	if (ferror(stdout))
		session->done = true;
}

static void watch_message(struct session *session, const char *name, const char *payload, size_t length,
			  __attribute__((unused)) bool retained)
{
	struct watch *watch = session->userdata;

	watch->dirty = true;
	if (session->options->json && strcmp(name, "frame") == 0)
		watch_print(session, payload, length);
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

/* --- the command -------------------------------------------------------------------------------------------- */

static void watch_tick(struct session *session)
{
	struct watch *watch = session->userdata;
	long long now = moment_ms();

	if (session->options->json || !(watch->connected || watch->problem[0]))
		return;
	if (watch->terminal && (watch_view_resized(watch) || now - watch->drawn_ms >= IDLE_MS))
		watch->dirty = true;
	if (!watch->dirty || now - watch->drawn_ms < (watch->terminal ? TICK_MS : PLAIN_MS))
		return;
	watch->dirty = false;
	watch->drawn_ms = now;
	if (watch_view_draw(session, watch) < 0)
		session->done = true;
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
	struct watch watch = {.dirty = true};
	struct session session = {.options = options, .handlers = &handlers, .userdata = &watch};
	int r;

	if (!options->json)
		watch_view_open(&watch);
	r = session_run(&session, names);
	watch_view_close(&watch);
	if (r < 0)
		return 1;
	if (!session.was_connected) {
		fprintf(stderr, "posturectl: %s\n", watch.problem);
		return 1;
	}
	return tally_finish(&watch.tally, options, options->json ? stderr : stdout);
}
