/* SPDX-License-Identifier: Apache-2.0 */
/* teach.c - see teach.h. */
#define _XOPEN_SOURCE 700
#include "daemon/posturectl/teach.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/dbus-names.h"
#include "daemon/posturectl/bus-models.h"
#include "daemon/posturectl/commands.h"
#include "nn/model-file.h"

enum {
	USUAL_SECONDS = 6,
	FILES_OPEN = 16,
};

volatile sig_atomic_t teach_stop;

static void on_signal(int number)
{
	(void)number;
	teach_stop = 1;
}

static int complain(const char *reason)
{
	fprintf(stderr, "posturectl: %s\n", reason);
	return EXIT_FAILURE;
}

/* --- the lesson's directory ----------------------------------------------------------------------------------- */

static int make_work(struct teach *teach, char *ret_reason)
{
	const char *directory = getenv("TMPDIR");

	if (!directory || directory[0] != '/' || strlen(directory) > TEACH_WORK / 2)
		directory = P_tmpdir;
	snprintf(teach->work, sizeof(teach->work), "%s/posturectl-teach.XXXXXX", directory);
	if (mkdtemp(teach->work))
		return 0;
	snprintf(ret_reason, TEACH_REASON, "%s: %s", teach->work, strerror(errno));
	teach->work[0] = '\0';
	return -EACCES;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st, (void)kind, (void)where;
	(void)remove(path);
	return 0;
}

static void remove_work(const struct teach *teach)
{
	if (teach->work[0])
		(void)nftw(teach->work, remove_one, FILES_OPEN, FTW_DEPTH | FTW_PHYS);
}

/* --- before --------------------------------------------------------------------------------------------------- */

/* What would be in vain is said before anybody holds up a hand. */
static int check(struct teach *teach, char *ret_reason)
{
	struct bus_client *client = teach->recorder.client;
	char origin[REPORT_LONG] = "";
	void *bytes;
	size_t size;
	int r = bus_client_text(client, DBUS_DAEMON, "ModelOrigin", sizeof(origin), origin, ret_reason);

	if (r == 0 && origin[0] == '/') {
		snprintf(
			ret_reason, TEACH_REASON,
			"the configuration names a model, and that one is used whatever is taught: take `model = %.200s` "
			"out of [classifier]",
			origin);
		return -EBUSY;
	}
	r = r < 0 ? r
		  : bus_client_text(client, DBUS_DAEMON, "ModelSha256", sizeof(teach->in_use), teach->in_use,
				    ret_reason);
	/* Whoever may not do this may not install either. */
	r = r < 0 ? r : bus_models_get(client, "", &bytes, &size, ret_reason);
	if (r < 0)
		return r;
	free(bytes);
	return model_tool_find(&teach->tool, ret_reason);
}

static int check_words(const struct options *options, char *ret_reason)
{
	int r = options->fresh ? recorder_check_label(options->fresh, ret_reason) : 0;

	for (unsigned i = 0; i < options->word_count && r == 0; i++)
		r = recorder_check_label(options->words[i], ret_reason);
	if (r == 0 && options->no_record && (options->word_count > 0 || options->fresh)) {
		snprintf(ret_reason, TEACH_REASON, "--no-record takes what is there: it goes with no posture");
		r = -EINVAL;
	}
	if (r == 0 && !options->yes && !options->no_record && !isatty(STDIN_FILENO)) {
		snprintf(ret_reason, TEACH_REASON, "there is no terminal to ask on: --yes asks nothing");
		r = -EINVAL;
	}
	return r;
}

/* Each new posture needs one take to be learnt from and one to be asked about. */
static int check_takes(const struct teach *teach, char *ret_reason)
{
	const struct lesson_takes *takes = &teach->takes;

	for (unsigned i = 0; i < takes->n; i++) {
		const char *label = takes->takes[i].label;
		struct bus_labels known = {.n = 0};
		bool is_known = false;

		if (lesson_takes_count(takes, label, false) > 1 ||
		    bus_client_labels(teach->recorder.client, &known, ret_reason) < 0)
			continue;
		for (unsigned k = 0; k < known.n; k++)
			is_known = is_known || strcmp(known.label[k], label) == 0;
		if (!is_known) {
			snprintf(ret_reason, TEACH_REASON, "%s is new, and there is one take of it: two are needed",
				 label);
			return -ENODATA;
		}
	}
	return 0;
}

/* --- after ---------------------------------------------------------------------------------------------------- */

static int install(struct teach *teach, char *ret_reason)
{
	char path[TEACH_WORK + 32];
	void *bytes;
	size_t size;
	int r;

	snprintf(path, sizeof(path), "%s/run/model.pnn", teach->work);
	r = model_file_read(path, &bytes, &size);
	if (r < 0) {
		snprintf(ret_reason, TEACH_REASON, "%s: %s", path, strerror(-r));
		return r;
	}
	r = bus_models_install(teach->recorder.client, bytes, size, teach->new_model, ret_reason);
	free(bytes);
	if (r < 0)
		return r;
	teach->installed = true;
	return lesson_takes_note(&teach->takes, teach->new_model, teach->start, ret_reason);
}

static int decide(struct teach *teach, char *ret_reason)
{
	int r = 0;

	teach->better = teach_scores_better(&teach->scores, teach->verdict);
	if (teach->better || teach->options->force)
		r = install(teach, ret_reason);
	if (r == 0 || teach->installed)
		teach_print(teach);
	return r;
}

static int give_lesson(struct teach *teach, char *ret_reason)
{
	int r = check(teach, ret_reason);

	if (r == 0 && !teach->options->no_record)
		r = teach_record(teach, ret_reason);
	r = r < 0 ? r : lesson_takes_read(&teach->takes, teach->recorder.directory, ret_reason);
	if (r == 0 && teach->takes.n == 0) {
		snprintf(ret_reason, TEACH_REASON, "there are no takes in %.300s", teach->recorder.directory);
		r = -ENODATA;
	}
	r = r < 0 ? r : check_takes(teach, ret_reason);
	r = r < 0 ? r : make_work(teach, ret_reason);
	r = r < 0 ? r : teach_train(teach, ret_reason);
	r = r < 0 ? r : decide(teach, ret_reason);
	lesson_takes_clear(&teach->takes);
	remove_work(teach);
	return r;
}

static int begin(struct teach *teach)
{
	const struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART: waiting ends */
	char reason[TEACH_REASON] = "";

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	teach->tool.stop = teach->recorder.stop = &teach_stop;
	if (give_lesson(teach, reason) < 0)
		return complain(reason);
	return teach->installed ? EXIT_SUCCESS : EXIT_FAILURE;
}

int teach_run(const struct options *options)
{
	struct teach *teach = calloc(1, sizeof(*teach));
	bool is_history = options->list || options->rollback;
	char reason[BUS_CLIENT_REASON] = "out of memory";
	int status;

	if (!teach || (!is_history && check_words(options, reason) < 0) ||
	    recorder_prepare(&teach->recorder, options, USUAL_SECONDS, reason) < 0) {
		free(teach);
		(void)complain(reason);
		return EXIT_USAGE;
	}
	teach->options = options;
	if (recorder_open(&teach->recorder, reason) < 0)
		status = complain(reason);
	else if (options->list)
		status = teach_list(&teach->recorder);
	else if (options->rollback)
		status = teach_rollback(&teach->recorder);
	else
		status = begin(teach);
	recorder_close(&teach->recorder);
	free(teach);
	return status;
}
