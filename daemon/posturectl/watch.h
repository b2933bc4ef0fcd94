/* SPDX-License-Identifier: Apache-2.0 */
/* watch.h - posturectl watch: what came (watch.c), and the view of it (watch-view.c), as large as the terminal allows. */
#ifndef DAEMON_POSTURECTL_WATCH_H
#define DAEMON_POSTURECTL_WATCH_H

#include "daemon/posturectl/report.h"
#include "daemon/posturectl/session.h"
#include "daemon/posturectl/tally.h"

enum { WATCH_RATE_FRAMES = 32 }; /* frames a second are measured over so many */

struct watch {
	/* Where it is shown; a file has no size. */
	bool terminal, colour;
	unsigned columns, lines;
	bool connected, dirty;
	char problem[REPORT_LONG];
	char availability[16], frame_setting[16];
	bool has_frame, has_posture, has_diagnostics, asked;
	struct report_frame frame;
	struct report_posture posture;
	struct report_diagnostics diagnostics;
	long long arrived_ms[WATCH_RATE_FRAMES]; /* of the newest frames, a ring */
	unsigned long frames;
	long long drawn_ms;
	struct tally tally;
};

/* Looks where standard output goes; takes a terminal's screen, and gives it back. */
void watch_view_open(struct watch *watch);
void watch_view_close(const struct watch *watch);
/* Whether the terminal has another size than at the last drawing. */
bool watch_view_resized(const struct watch *watch);
/* -EPIPE: nobody reads it any more. */
int watch_view_draw(const struct session *session, struct watch *watch);

#endif
