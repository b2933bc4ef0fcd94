/* SPDX-License-Identifier: Apache-2.0 */
/*
 * teach-train.c - see teach.h.
 *
 *   WORK/in-use.pnn, start.pnn   the models, as the service gave them
 *   WORK/without-K, left-out-K   takes by links; run-K: a training without those that are left out
 *   WORK/all, run                all of them; run/model.pnn is what may be installed
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/posturectl/bus-models.h"
#include "daemon/posturectl/teach.h"
#include "nn/model-file.h"

enum { PATH_MAX_BYTES = TEACH_WORK + 32 };

static void path_in(const struct teach *teach, const char *name, unsigned number, char ret_path[PATH_MAX_BYTES])
{
	snprintf(ret_path, PATH_MAX_BYTES, "%s/%s%.0u", teach->work, name, number);
}

static int fetch(struct teach *teach, const char *which, const char *name, char *ret_reason)
{
	char path[PATH_MAX_BYTES];
	void *bytes;
	size_t size;
	int r = bus_models_get(teach->recorder.client, which, &bytes, &size, ret_reason);

	if (r < 0)
		return r;
	path_in(teach, name, 0, path);
	r = model_file_write(path, bytes, size);
	free(bytes);
	if (r < 0)
		snprintf(ret_reason, TEACH_REASON, "%s: %s", path, strerror(-r));
	return r;
}

/* From where it was started before, so that nothing is learnt twice; else from the one in use. */
static int fetch_models(struct teach *teach, char *ret_reason)
{
	char ignored[BUS_CLIENT_REASON];
	int r = fetch(teach, "", "in-use.pnn", ret_reason);

	if (r < 0)
		return r;
	if (teach->start[0] && fetch(teach, teach->start, "start.pnn", ignored) == 0)
		return 0;
	memcpy(teach->start, teach->in_use, sizeof(teach->start));
	return fetch(teach, "", "start.pnn", ret_reason);
}

static int train(struct teach *teach, const char *data, const char *run, char *ret_reason)
{
	char start[PATH_MAX_BYTES];
	const char *const arguments[] = {"train", "--personalise", data, "--model", start, "-o", run, "-q", NULL};

	path_in(teach, "start.pnn", 0, start);
	return model_tool_run(&teach->tool, arguments, NULL, ret_reason);
}

static int evaluate(struct teach *teach, const char *model, const char *data, const char *against, char **ret_json,
		    char *ret_reason)
{
	const char *arguments[] = {"eval", "--json", model, data, NULL, NULL, NULL};

	if (against) {
		arguments[4] = "--against";
		arguments[5] = against;
	}
	return model_tool_run(&teach->tool, arguments, ret_json, ret_reason);
}

static int bad_answer(int r, char *ret_reason)
{
	if (r < 0)
		snprintf(ret_reason, TEACH_REASON, "posture-model eval --json has said something else than expected");
	return r;
}

static int compare(struct teach *teach, const char *model, const char *data, char *ret_reason)
{
	char in_use[PATH_MAX_BYTES], *before = NULL, *after = NULL;
	int r;

	path_in(teach, "in-use.pnn", 0, in_use);
	r = evaluate(teach, in_use, data, NULL, &before, ret_reason);
	r = r < 0 ? r : evaluate(teach, model, data, NULL, &after, ret_reason);
	if (r == 0)
		r = bad_answer(teach_scores_add(&teach->scores, before, after), ret_reason);
	free(before);
	free(after);
	return r;
}

static int do_fold(struct teach *teach, unsigned fold, char *ret_reason)
{
	char with[PATH_MAX_BYTES], out[PATH_MAX_BYTES], run[PATH_MAX_BYTES], model[PATH_MAX_BYTES + 16];
	int n, left;

	path_in(teach, "without-", fold + 1, with);
	path_in(teach, "left-out-", fold + 1, out);
	path_in(teach, "run-", fold + 1, run);
	left = lesson_takes_link(&teach->takes, fold, true, out, ret_reason);
	if (left <= 0)
		return left;
	n = lesson_takes_link(&teach->takes, fold, false, with, ret_reason);
	if (n < 0)
		return n;
	if (n == 0) {
		snprintf(ret_reason, TEACH_REASON,
			 "one take is too little: some must be left out to see what is learnt");
		return -ENODATA;
	}
	fprintf(stderr, "Training %u of %u, without %d of the takes, to ask about those.\n", fold + 1,
		teach->takes.folds + 1, left);
	n = train(teach, with, run, ret_reason);
	snprintf(model, sizeof(model), "%s/model.pnn", run);
	return n < 0 ? n : compare(teach, model, out, ret_reason);
}

static int train_all(struct teach *teach, char *ret_reason)
{
	char all[PATH_MAX_BYTES], run[PATH_MAX_BYTES], in_use[PATH_MAX_BYTES], model[PATH_MAX_BYTES + 16], *json = NULL;
	int r;

	path_in(teach, "all", 0, all);
	path_in(teach, "run", 0, run);
	path_in(teach, "in-use.pnn", 0, in_use);
	r = lesson_takes_link(&teach->takes, LESSON_FOLDS_MAX, false, all, ret_reason);
	if (r < 0)
		return r;
	fprintf(stderr, "Training %u of %u, with all of them.\n", teach->takes.folds + 1, teach->takes.folds + 1);
	r = train(teach, all, run, ret_reason);
	snprintf(model, sizeof(model), "%s/model.pnn", run);
	r = r < 0 ? r : evaluate(teach, model, all, in_use, &json, ret_reason);
	if (r == 0)
		r = bad_answer(teach_scores_compare(&teach->scores, json), ret_reason);
	free(json);
	return r;
}

int teach_train(struct teach *teach, char *ret_reason)
{
	int r;

	lesson_takes_share(&teach->takes, teach->in_use, teach->start);
	if (teach->takes.fresh == 0 && !teach->options->force) {
		snprintf(ret_reason, TEACH_REASON,
			 "the model in use has learnt from all %u takes already: record new ones", teach->takes.n);
		return -EALREADY;
	}
	r = fetch_models(teach, ret_reason);
	for (unsigned fold = 0; fold < teach->takes.folds && r >= 0; fold++)
		r = do_fold(teach, fold, ret_reason);
	return r < 0 ? r : train_all(teach, ret_reason);
}
