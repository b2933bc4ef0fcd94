/* SPDX-License-Identifier: Apache-2.0 */
/*
 * train-work.h - one run of posture-model train, step by step: what is known of it, and what it has made so far.
 *
 *   train-work-fit.c     the training, its state and its log
 *   train-work-leave.c   models, exam, report
 */
#ifndef NN_TOOL_TRAIN_WORK_H
#define NN_TOOL_TRAIN_WORK_H

#include "nn/tool/progress.h"
#include "nn/tool/run-directory.h"
#include "nn/tool/tool.h"
#include "nn/tool/train-data.h"
#include "nn/train/run-log.h"
#include "nn/train/training.h"

struct train_settings {
	const char *recipe, *output, *resume, *personalise, *model;
	bool quiet;
};

/* What is known and made on the way. */
struct train_work {
	const struct command *command;
	const struct train_settings *settings;
	struct recipe_file file;
	struct recipe recipe;
	struct train_data data;
	struct training training;
	struct history history;
	struct progress progress;
	struct run_log log;
	bool logged; /* or tried to */
	char directory[RUN_DIRECTORY_PATH];
	void *state;
	double state_saved_s;
	struct graph *graph, *integers;
	struct model_file model, integer_model;
};

/* Each: 0, or 1 when it has said what went wrong. */
int train_work_fit(struct train_work *work);
int train_work_save_models(struct train_work *work);
/* Asked about samples that were not trained on, if there are some. */
int train_work_examine(struct train_work *work);
int train_work_report(struct train_work *work);

/* Opened by the first epoch: what a run that goes on had behind its saved state is forgotten by then. */
void train_work_log_epoch(struct train_work *work);
void train_work_warn_of_log(const struct train_work *work, int error);

#endif
