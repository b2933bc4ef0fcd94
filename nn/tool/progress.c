/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c - see progress.h. */
#include "nn/tool/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static const double plain_every_s = 5, terminal_every_s = 0.1;

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_start(struct progress *progress, FILE *file, bool quiet)
{
	*progress = (struct progress){
		.file = file,
		.terminal = isatty(fileno(file)),
		.quiet = quiet,
		.begun_s = now_s(),
	};
}

double progress_seconds(const struct progress *progress)
{
	return now_s() - progress->begun_s;
}

/* A line that is longer than the terminal's would stay there. 0: of any length. */
static int columns(const struct progress *progress)
{
	struct winsize size;

	if (!progress->terminal || ioctl(fileno(progress->file), TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
		return 0;
	return size.ws_col - 1;
}

void progress_tell(struct progress *progress, unsigned done, unsigned all, const char *text)
{
	char line[256];
	int room = columns(progress);
	double now = now_s(), left = done ? (now - progress->begun_s) / done * (all - done) : 0;
	bool last = done == all,
	     due = now - progress->told_s >= (progress->terminal ? terminal_every_s : plain_every_s);

	if (progress->quiet || (!last && !due))
		return;
	progress->told_s = now;
	snprintf(line, sizeof(line), "%u/%u  %s  %s%.0f s", done, all, text,
		 last ? "" : "left: ", last ? now - progress->begun_s : left);
	fprintf(progress->file, "%s%.*s%s", progress->terminal ? "\r" : "", room > 0 ? room : (int)sizeof(line), line,
		progress->terminal ? "\033[K" : "\n");
	fflush(progress->file);
}

void progress_end(struct progress *progress)
{
	if (!progress->quiet && progress->terminal)
		fputc('\n', progress->file);
}
