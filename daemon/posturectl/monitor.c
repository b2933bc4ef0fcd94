/* SPDX-License-Identifier: Apache-2.0 */
/* monitor.c - posturectl monitor: one line for each change of posture, as it came. */
#include <stdio.h>
#include <string.h>

#include "daemon/posturectl/commands.h"
#include "daemon/posturectl/report.h"
#include "daemon/posturectl/session.h"
#include "daemon/posturectl/tally.h"

static void print_line(const struct report_posture *posture)
{
	/* The time of day is what a reader needs of "2026-11-21T07:01:45.120Z". */
	const char *time = strlen(posture->ts) == 24 ? posture->ts + 11 : posture->ts;

	printf("%-13s  %-16s", time, posture->posture);
	if (posture->hand)
		printf("  %3.0f %%  %4.0f mm", posture->confidence * 100, posture->distance_mm);
	printf("\n");
}

static void monitor_message(struct session *session, const char *name, const char *payload, size_t length,
			    bool retained)
{
	struct tally *tally = session->userdata;
	struct report_posture posture;
	/* What is retained is where things stand at the start; later the topic only repeats what events say. */
	bool event = strcmp(name, "event") == 0, start = strcmp(name, "posture") == 0 && retained;

	if ((!event && !start) || report_posture_parse(payload, length, &posture) < 0)
		return;
	if (event)
		tally_count(tally, posture.posture);
	if (session->options->json)
		report_print_json(payload, length);
	else
		print_line(&posture);
	fflush(stdout);
	if (ferror(stdout))
		session->done = true;
}

int monitor_run(const struct options *options)
{
	static const char *const names[] = {"event", "posture", NULL};
	const struct session_handlers handlers = {.message = monitor_message};
	struct tally tally = {0};
	struct session session = {.options = options, .handlers = &handlers, .userdata = &tally};

	if (session_run(&session, names) < 0)
		return 1;
	if (!session.was_connected)
		return 1;
	return tally_finish(&tally, options, options->json ? stderr : stdout);
}
