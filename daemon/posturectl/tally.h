/* SPDX-License-Identifier: Apache-2.0 */
/* tally.h - which postures came, and how often: what --summary prints and --expect asks for. */
#ifndef DAEMON_POSTURECTL_TALLY_H
#define DAEMON_POSTURECTL_TALLY_H

#include <stdio.h>

#include "daemon/posturectl/options.h"
#include "daemon/posturectl/report.h"

struct tally {
	unsigned postures;
	struct {
		char name[REPORT_TEXT];
		unsigned long changes;
	} posture[REPORT_CLASSES];
	unsigned long frames;
};

void tally_count(struct tally *tally, const char *posture);
/* Different ones; "None" is the absence of a posture. */
unsigned tally_different(const struct tally *tally);
/* Prints what options want; 0, or 1 when less came than --expect says. */
int tally_finish(const struct tally *tally, const struct options *options, FILE *stream);

#endif
