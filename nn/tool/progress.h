/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h - how far long work is: one line that changes on a terminal, plain lines now and then elsewhere. */
#ifndef NN_TOOL_PROGRESS_H
#define NN_TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

struct progress {
	FILE *file;
	bool terminal, quiet;
	double begun_s, told_s;
};

void progress_start(struct progress *progress, FILE *file, bool quiet);
/* `text` (epoch's loss and accuracy) at `done` of `all`; the time that is left is told with it. */
void progress_tell(struct progress *progress, unsigned done, unsigned all, const char *text);
void progress_end(struct progress *progress);
/* Seconds since progress_start(). */
double progress_seconds(const struct progress *progress);

#endif
