/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run-log.h - a training that others can follow while it runs: event files for TensorBoard (DIRECTORY/tensorboard/training,
 * validation, exam) and a run in a file store of MLflow. A run that goes on tells its past again, so no step is there
 * twice.
 */
#ifndef NN_TRAIN_RUN_LOG_H
#define NN_TRAIN_RUN_LOG_H

#include "nn/train/event-file.h"
#include "nn/train/history.h"
#include "nn/train/mlflow-run.h"

enum run_log_part {
	RUN_LOG_TRAINING,
	RUN_LOG_VALIDATION,
	RUN_LOG_EXAM,
	RUN_LOG_PARTS,
};

struct run_log {
	const char *directory;			/* of the run; NULL: not open, and the others do nothing */
	struct event_file files[RUN_LOG_PARTS]; /* fd -1: nothing was told yet */
	struct mlflow_run run;
	int error; /* the first one: a training does not end because its log can't be written */
};

/*
 * Begins with what history has: settings and the epochs so far. directory, which exists, must live as long; store is
 * MLflow's, "" for one in the directory. Errors: those of the file system, ENOMEM.
 */
int run_log_open(const char *directory, const char *store, const struct history *history, struct run_log *ret_log);
void run_log_add(struct run_log *log, const struct history_epoch *epoch);
/* The exam, the files of the directory, and how it ended. The first error of all. */
int run_log_close(struct run_log *log, const struct history *history, enum mlflow_status status);

#endif
