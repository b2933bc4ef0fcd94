/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history.h - what a training left behind, for reports: its epochs, and what the network makes of samples that it was
 * not trained on. `posture-model train` and `crossval` fill it and hand it to report_write() (nn/train/report.h) once.
 */
#ifndef NN_TRAIN_HISTORY_H
#define NN_TRAIN_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/runtime/model.h"
#include "nn/runtime/sha256.h"

enum {
	HISTORY_NAME = 64,
	HISTORY_BINS = 10, /* of the calibration, by the probability of the answer */
	HISTORY_REASON = 320,
};

/* Probability above which a wrong answer is called confident. */
#define HISTORY_CONFIDENT 0.9f

struct history_epoch {
	uint32_t epoch;			  /* from 1 */
	float loss, accuracy;		  /* of what was trained on, with its augmentation */
	float other_loss, other_accuracy; /* of the validation samples; NAN: there are none */
	float rate;
	double seconds; /* since the start of the training */
};

/* What a key of the recipe was, defaults included. */
struct history_setting {
	char *key, *value; /* owned */
};

struct history_tally {
	uint32_t right, n;
};

/* One part of the samples that is told apart: a user, a recording, a fold. */
struct history_part {
	char name[HISTORY_NAME];
	struct history_tally all, without_none, smoothed; /* smoothed: mean of five frames' probabilities */
	uint32_t confident_wrong;			  /* of all, above HISTORY_CONFIDENT */
	float spread; /* standard deviation of the percentage of all over the seeds */
};

struct history_bin {
	uint32_t n, right;
	double probability; /* sum over the n */
};

/* A posture held by a new user through a rule: so many equal answers above a threshold among the last so many. */
struct history_risk {
	float threshold;
	uint8_t equal, among;
	uint32_t events;       /* confirmed, of another posture than the one that was held */
	uint32_t takes, never; /* files; those in which the right posture was never confirmed */
	float median, late;    /* frames till it was: the median and the 90th percentile; NAN: never */
	uint32_t frames;       /* that the rule was shown */
};

/* Made-up things inside the gate that are no posture. */
struct history_family {
	char name[HISTORY_NAME];
	bool trained; /* this family was part of the training */
	uint32_t n;
	uint32_t labelled, above_90, above_99; /* called a posture: at all, with that probability */
};

/* What networks make of samples that they were not trained on: sums over all folds and seeds. */
struct history_exam {
	char protocol[HISTORY_NAME]; /* "leave-one-user-out"; "" when there was no exam */
	uint32_t folds, seeds;
	struct history_tally all, without_none, smoothed;
	uint32_t confident_wrong;   /* of all, above HISTORY_CONFIDENT */
	uint32_t *confusion;	    /* [classes][classes]: label, answer */
	struct history_part *parts; /* per user or recording */
	size_t part_count;
	struct history_bin bins[HISTORY_BINS];
	struct history_risk *risks;
	size_t risk_count;
	struct history_family *families;
	size_t family_count;
	/* The int8 network beside the float one; n = 0: not measured. */
	struct history_tally integer;	/* right answers of the int8 network on the same samples */
	struct history_tally agreement; /* answers that are equal */
};

struct history {
	char name[HISTORY_NAME];
	char tool[HISTORY_NAME];	  /* "posture-model 0.1.0" */
	const char *recipe_path;	  /* NULL: none */
	char *recipe;			  /* its text, owned */
	struct history_setting *settings; /* owned */
	size_t setting_count;
	char data_sha256[NN_SHA256_TEXT], model_sha256[NN_SHA256_TEXT];
	uint64_t seed;
	uint32_t classes;
	char (*labels)[NN_LABEL_MAX];	 /* [classes], owned */
	uint32_t samples, other_samples; /* trained on, validated with */
	uint32_t parameters, macc;
	struct history_epoch *epochs; /* owned */
	size_t epoch_count, epoch_room;
	uint32_t best_epoch; /* whose weights were kept; 0: the last one's */
	bool interrupted;
	int64_t begun_s; /* Unix seconds, 0: not to be told (so that reports can be reproduced) */
	double seconds;
	struct history_exam exam;
};

/* -ENOMEM. */
int history_add_epoch(struct history *history, const struct history_epoch *epoch);
int history_add_setting(struct history *history, const char *key, const char *value);
/* The means of what n trainings (crossval's) went through, epoch by epoch, and their sizes. -ENOMEM. */
int history_set_mean(struct history *history, const struct history *others, size_t n);
/* Empty tables for so many classes. -ENOMEM. */
int history_start_exam(struct history *history, const char *protocol);
/* The part of that name, new or known; NULL: out of memory. */
struct history_part *history_find_part(struct history_exam *exam, const char *name);
/* Adds the sums of another exam of the same classes. -ENOMEM. */
int history_add_exam(struct history *history, const struct history_exam *other);
void history_exam_clear(struct history_exam *exam);
void history_clear(struct history *history);

/* Frames of one label and how many of them were answered so. */
struct history_tally history_class(const struct history *history, uint32_t label);
/* Answers of one label and how many of them were right; both as their harmonic mean, 0..1 (NAN: neither occurred). */
struct history_tally history_precision(const struct history *history, uint32_t label);
double history_f1(const struct history *history, uint32_t label);
double history_percent(struct history_tally tally); /* 0 for none */
/* Expected calibration error, 0..1. */
double history_calibration_error(const struct history_exam *exam);

/* All of it as JSON, and the epochs as lines of CSV; complete or not at all. Errors: those of the file, ENOMEM. */
int history_write_json(const struct history *history, const char *path);
int history_write_csv(const struct history *history, const char *path);
/* Only the epochs, name and labels: what --resume and reports of an old run need. EBADMSG. */
int history_read_csv(const char *path, struct history *history);

#endif
