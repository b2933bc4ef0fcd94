/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mlflow-run.h - one run in a file store of MLflow, as its FileStore (mlflow/store/tracking/file_store.py) has it:
 *
 *   STORE/0/meta.yaml               experiment 0, "Default"
 *   STORE/0/RUN/meta.yaml           name, times, status
 *   STORE/0/RUN/metrics/NAME        a line for each step: milliseconds, value, step
 *   STORE/0/RUN/params/NAME, tags/NAME      a value each
 *   STORE/0/RUN/artifacts/          files
 */
#ifndef NN_TRAIN_MLFLOW_RUN_H
#define NN_TRAIN_MLFLOW_RUN_H

#include <stdint.h>

enum {
	MLFLOW_PATH = 4096,
	MLFLOW_ID = 33,
	MLFLOW_NAME = 128,
};

enum mlflow_status {
	MLFLOW_RUNNING = 1,
	MLFLOW_FINISHED = 3,
	MLFLOW_FAILED = 4,
	MLFLOW_KILLED = 5,
};

struct mlflow_run {
	char path[MLFLOW_PATH]; /* of the run, absolute */
	char id[MLFLOW_ID], name[MLFLOW_NAME];
	int64_t begun_ms;
};

/*
 * Begins a run in a store, which is made; origin is the directory that the run is of: the same one is the same run, and
 * begins anew. Errors: those of the file system, ENOMEM.
 */
int mlflow_run_start(const char *store, const char *origin, const char *name, int64_t begun_ms,
		     struct mlflow_run *ret_run);
/* Names: letters, digits, "-", "_" and "."; what else they have becomes "_". Errors as above. */
int mlflow_run_add_metric(const struct mlflow_run *run, const char *name, int64_t time_ms, double value, int64_t step);
int mlflow_run_set_param(const struct mlflow_run *run, const char *name, const char *value);
int mlflow_run_set_tag(const struct mlflow_run *run, const char *name, const char *value);
/* A copy of a file of directory; one that is not there is none. */
int mlflow_run_add_artifact(const struct mlflow_run *run, const char *directory, const char *name);
int mlflow_run_set_status(const struct mlflow_run *run, enum mlflow_status status, int64_t time_ms);

#endif
