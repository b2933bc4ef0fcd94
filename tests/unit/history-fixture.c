/* SPDX-License-Identifier: Apache-2.0 */
/* history-fixture.c - see history-fixture.h. */
#include "tests/unit/history-fixture.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nn/model-file.h"

/* Each would break out of something. */
static const char *const names[] = {
	"None",
	"</title><script>alert(1)",
	"a|b`c*_[x](http://e)",
	"\"><img src=x onerror=1>",
	"'; key: {a: b} # \\",
	"\xff\xfe\xc0\x80",
	"\xe2\x80\xaerawkcab\x01\n- |",
	"]]>&amp;<!--",
};

struct history_epoch fixture_epoch(uint32_t epoch)
{
	return (struct history_epoch){
		.epoch = epoch,
		.loss = 2.0f / (float)epoch,
		.accuracy = 1 - 0.8f / (float)epoch,
		.other_loss = 2.5f / (float)epoch,
		.other_accuracy = 1 - 0.9f / (float)epoch,
		.rate = 0.01f / (float)epoch,
		.seconds = 0.5 * epoch,
	};
}

static void add_part(struct history *history, const char *name)
{
	struct history_part *part = history_find_part(&history->exam, name);

	part->all = part->without_none = part->smoothed = (struct history_tally){90, 100};
	part->confident_wrong = 1;
}

static void fill_exam(struct history *history)
{
	struct history_exam *exam;

	if (history_start_exam(history, "validation <data> & more") < 0)
		abort();
	exam = &history->exam;
	exam->folds = exam->seeds = 2;
	for (uint32_t i = 0; i < history->classes; i++)
		for (uint32_t k = 0; k < history->classes; k++)
			exam->confusion[i * history->classes + k] = i == k ? 90 : k == 0 ? 10 : 0;
	exam->all = (struct history_tally){90 * history->classes, 100 * history->classes};
	exam->integer = exam->agreement = exam->without_none = exam->smoothed = exam->all;
	exam->bins[9] = (struct history_bin){100, 90, 95};
	add_part(history, "User1|<b>");
	add_part(history, "__User2__");
	exam->risks = calloc(2, sizeof(*exam->risks));
	exam->families = calloc(1, sizeof(*exam->families));
	if (!exam->risks || !exam->families)
		abort();
	exam->risks[exam->risk_count++] =
		(struct history_risk){.threshold = 0.9f, .equal = 3, .among = 3, .median = NAN, .late = NAN};
	exam->families[exam->family_count++] = (struct history_family){.name = "planes", .n = 10, .labelled = 1};
}

struct history fixture_history(uint32_t epochs, uint32_t classes)
{
	struct history history = {.classes = classes, .samples = 10, .seed = 1, .begun_s = 1700000000};

	snprintf(history.name, sizeof(history.name), "x: \"<y>\" | `z`\n# {");
	snprintf(history.tool, sizeof(history.tool), "posture-model");
	history.recipe = strdup("name: x\n```\n<script>alert(2)</script>\n");
	history.labels = calloc(classes, sizeof(*history.labels));
	if (!history.recipe || !history.labels)
		abort();
	for (uint32_t i = 0; i < classes; i++)
		snprintf(history.labels[i], sizeof(*history.labels), "%s",
			 names[i % (sizeof(names) / sizeof(names[0]))]);
	for (uint32_t i = 1; i <= epochs; i++) {
		struct history_epoch epoch = fixture_epoch(i);

		history_add_epoch(&history, &epoch);
	}
	history_add_setting(&history, "epochs", "7");
	history_add_setting(&history, "classes", "a|b\n`c`");
	if (classes)
		fill_exam(&history);
	return history;
}

char *fixture_directory(void)
{
	const char *temporary = getenv("TMPDIR");
	char *path;

	if (asprintf(&path, "%s/a run's 100%% XXXXXX", temporary ? temporary : "/tmp") < 0 || !mkdtemp(path))
		abort();
	return path;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat, (void)type, (void)ftw;
	return remove(path);
}

void fixture_remove(char *directory)
{
	nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(directory);
}

char *fixture_read(const char *directory, const char *name)
{
	char path[4096], *text;
	void *bytes;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (model_file_read(path, &bytes, &size) < 0)
		return NULL;
	text = strndup(bytes, size);
	free(bytes);
	return text;
}
