/* SPDX-License-Identifier: Apache-2.0 */
/* exam.h - what networks make of samples that they were not trained on: single takes, and the tables of all of them. */
#ifndef NN_TRAIN_EXAM_H
#define NN_TRAIN_EXAM_H

#include "nn/model-file.h"
#include "nn/train/history.h"
#include "nn/train/lesson.h"

/* The answers of one network. */
struct exam_take {
	uint32_t n, classes;
	uint32_t *samples;    /* [n] of the material, in its order; owned */
	float *probabilities; /* [n][classes]; owned */
	uint32_t *integers;   /* [n]: the int8 network's answers; owned, NULL: there is none */
	struct history_family families[NEGATIVE_FAMILIES];
};

/*
 * Shows the samples with use[i], and so many made-up frames of each family, to a network and its int8 twin (NULL: none).
 * -ENOMEM, -EOPNOTSUPP.
 */
int exam_run(const struct recipe *recipe, const struct material *material, const bool *use,
	     const struct model_file *model, const struct model_file *integer, uint32_t negatives, uint64_t seed,
	     struct exam_take *ret_take);
void exam_take_clear(struct exam_take *take);

/* The tables of all takes into history->exam; parts are told apart as `split` says. -ENOMEM. */
int exam_sum(const struct material *material, int split, const struct exam_take *takes, size_t n,
	     struct history *history);
/* The risk of all takes; part of exam_sum(). */
int exam_weigh_risks(const struct material *material, const struct exam_take *takes, size_t n,
		     struct history_exam *exam);

/* As the tables of a terminal. */
void exam_print(FILE *file, const struct history *history);

#endif
