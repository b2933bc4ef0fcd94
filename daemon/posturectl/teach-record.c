/* SPDX-License-Identifier: Apache-2.0 */
/* teach-record.c - see teach.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/posturectl/bus-models.h"
#include "daemon/posturectl/teach.h"

enum {
	USUAL_TAKES = 2,
	TRIES = 3, /* of a take, when nobody can be asked */
};

enum answer { YES, NO, QUIT };

/* Return means yes. */
static enum answer ask(const struct teach *teach, const char *question)
{
	char line[64];

	if (teach->options->yes)
		return YES;
	for (;;) {
		fprintf(stderr, "%s [Y/n/q] ", question);
		if (!fgets(line, sizeof(line), stdin) || line[0] == 'q' || line[0] == 'Q' || teach_stop)
			return QUIT;
		if (line[0] == '\n' || line[0] == 'y' || line[0] == 'Y')
			return YES;
		if (line[0] == 'n' || line[0] == 'N')
			return NO;
	}
}

static int interrupted(char *ret_reason)
{
	snprintf(ret_reason, BUS_CLIENT_REASON,
		 "ended; the takes that are good are kept, --no-record learns from them");
	return -EINTR;
}

/* One good take, or the user gives up: then 0 as well. */
static int record_one(struct teach *teach, const char *label, char *ret_reason)
{
	for (unsigned tries = 1;; tries++) {
		int r = recorder_take(&teach->recorder, label, ret_reason);

		if (r == 0)
			recorder_print(&teach->recorder, stderr);
		if (teach_stop)
			return interrupted(ret_reason);
		if (r < 0)
			return r;
		if (teach->recorder.verdict.good)
			return 0;
		if (teach->options->yes && tries == TRIES) {
			snprintf(ret_reason, BUS_CLIENT_REASON, "%s: %d takes were not good, the last one: %.300s",
				 label, TRIES, teach->recorder.verdict.reason);
			return -ENODATA;
		}
		switch (ask(teach, "Again?")) {
		case YES:
			break;
		case NO:
			return 0;
		case QUIT:
			return interrupted(ret_reason);
		}
	}
}

static int record_label(struct teach *teach, const char *label, char *ret_reason)
{
	unsigned takes = teach->options->takes ? teach->options->takes : USUAL_TAKES;
	char question[160];
	int r = 0;

	snprintf(question, sizeof(question), "%s: %u take%s of %u s?", label, takes, takes == 1 ? "" : "s",
		 teach->recorder.seconds);
	switch (ask(teach, question)) {
	case YES:
		break;
	case NO:
		return 0;
	case QUIT:
		return interrupted(ret_reason);
	}
	for (unsigned i = 0; i < takes && r == 0; i++) {
		fprintf(stderr, "Take %u of %u. %s\n", i + 1, takes,
			i > 0 ? "Take the hand away, and hold it anew." : "");
		r = record_one(teach, label, ret_reason);
	}
	return r;
}

/* Those that are named, else all that the model knows; then the new one. */
int teach_record(struct teach *teach, char *ret_reason)
{
	const struct options *options = teach->options;
	struct bus_labels labels = {.n = 0};
	int r = 0;

	if (options->word_count == 0 && !options->fresh)
		r = bus_client_labels(teach->recorder.client, &labels, ret_reason);
	for (unsigned i = 0; i < options->word_count && r == 0; i++)
		r = record_label(teach, options->words[i], ret_reason);
	for (unsigned i = 0; i < labels.n && r == 0; i++)
		if (strcmp(labels.label[i], "None") != 0)
			r = record_label(teach, labels.label[i], ret_reason);
	if (options->fresh && r == 0)
		r = record_label(teach, options->fresh, ret_reason);
	return r;
}
