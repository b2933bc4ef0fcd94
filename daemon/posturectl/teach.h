/* SPDX-License-Identifier: Apache-2.0 */
/*
 * teach.h - posturectl teach: takes of postures become a model that knows them, if that is better than the one in use.
 *
 *   teach.c          the order of things, and the end: installed or not
 *   teach-record.c   asks, and records
 *   teach-train.c    trains by posture-model: without some takes, to be asked about them, and with all
 *   teach-scores.c   what both models make of the takes, and which is better; pure
 *   teach-print.c    the table, or JSON
 *   teach-history.c  --list, --rollback
 */
#ifndef DAEMON_POSTURECTL_TEACH_H
#define DAEMON_POSTURECTL_TEACH_H

#include "daemon/posturectl/lesson-takes.h"
#include "daemon/posturectl/model-tool.h"
#include "daemon/posturectl/options.h"
#include "daemon/posturectl/recorder.h"

enum {
	TEACH_CLASSES = 64,
	TEACH_REASON = 512,
	TEACH_WORK = 128,
};

/* Frames of takes that neither model has seen, and how many of them each names right. */
struct teach_class {
	char name[32];
	unsigned frames, before, after;
	bool known; /* to the model in use */
};

struct teach_scores {
	struct teach_class classes[TEACH_CLASSES];
	unsigned n;
	/* Of what the old model was sure of, the new one says the same of so many; 0..1. */
	double kept, least_kept;
	char least[32]; /* the posture that is remembered worst */
	/* The new posture that looks most like a known one: to the old model it is surely that one in such a share. */
	char strange[32], taken_for[32];
	double taken; /* 0..1 */
};

struct teach {
	const struct options *options;
	struct recorder recorder;
	struct model_tool tool;
	struct lesson_takes takes;
	char work[TEACH_WORK];	    /* directory of this lesson, removed at the end */
	char in_use[LESSON_SHA256]; /* the model */
	char start[LESSON_SHA256];  /* the one that is trained on */
	struct teach_scores scores;
	bool better, installed;
	char new_model[LESSON_SHA256];
	char verdict[TEACH_REASON]; /* why it is not better */
};

/* Interrupted; asked for before anything that lasts. */
extern volatile sig_atomic_t teach_stop;

/* teach-record.c: 0, or negative errno and ret_reason (BUS_CLIENT_REASON bytes). */
int teach_record(struct teach *teach, char *ret_reason);

/* teach-train.c: fills scores; the new model is WORK/model.pnn. ret_reason has TEACH_REASON bytes. */
int teach_train(struct teach *teach, char *ret_reason);

/* teach-scores.c: -EBADMSG for what is no answer of posture-model eval --json. */
int teach_scores_add(struct teach_scores *scores, const char *before, const char *after);
int teach_scores_compare(struct teach_scores *scores, const char *against);
/* Mean share of the postures, 0..1. */
double teach_scores_mean(const struct teach_scores *scores, bool after);
/* ret_reason: why not, with the numbers. */
bool teach_scores_better(const struct teach_scores *scores, char ret_reason[TEACH_REASON]);

/* teach-print.c */
void teach_print(const struct teach *teach);

/* teach-history.c: exit status. */
int teach_list(struct recorder *recorder);
int teach_rollback(struct recorder *recorder);

#endif
