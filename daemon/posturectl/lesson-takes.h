/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lesson-takes.h - the takes of a data set: which ones the model in use has learnt from, and which are left out in turn.
 *
 *   DIRECTORY/LABEL/log__...       a take
 *   DIRECTORY/.taught/SHA256       what that model learnt: a line "start SHA256", then a line LABEL/log__... for each take
 */
#ifndef DAEMON_POSTURECTL_LESSON_TAKES_H
#define DAEMON_POSTURECTL_LESSON_TAKES_H

#include <stdbool.h>
#include <stddef.h>

enum {
	LESSON_PATH = 1024,
	LESSON_FOLDS_MAX = 5,
	LESSON_TAKES_MAX = 2000,
	LESSON_SHA256 = 65,
	LESSON_REASON = 512,
};

struct lesson_take {
	char label[32], log[128];
	bool learnt;   /* by the model in use, or by one that it was made from */
	unsigned fold; /* in which it is left out; those that were learnt never are */
};

struct lesson_takes {
	char directory[LESSON_PATH / 2];
	struct lesson_take *takes;
	unsigned n, fresh, folds;
};

/* Negative errno, and ret_reason (LESSON_REASON bytes). */
int lesson_takes_read(struct lesson_takes *takes, const char *directory, char *ret_reason);
void lesson_takes_clear(struct lesson_takes *takes);

/*
 * Marks what model has learnt, and shares the rest out: each fold leaves one take of every posture out. Without any
 * fresh ones all are. ret_start: the model that it was made from, "" when it was not taught from this data set.
 */
void lesson_takes_share(struct lesson_takes *takes, const char *model, char ret_start[LESSON_SHA256]);

/* Takes of a label; fresh_only: those that can be left out. */
unsigned lesson_takes_count(const struct lesson_takes *takes, const char *label, bool fresh_only);

/* Links in directory those of a fold (left_out), or all others; fold at or above folds: none, or all. How many. */
int lesson_takes_link(const struct lesson_takes *takes, unsigned fold, bool left_out, const char *directory,
		      char *ret_reason);

/* Notes that model was made from start and all takes. */
int lesson_takes_note(const struct lesson_takes *takes, const char *model, const char *start, char *ret_reason);

#endif
