/* SPDX-License-Identifier: Apache-2.0 */
/* lesson-takes.c - see lesson-takes.h. */
#include "daemon/posturectl/lesson-takes.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANCESTORS_MAX = 16 };

static int fail(char *ret_reason, int error, const char *path)
{
	snprintf(ret_reason, LESSON_REASON, "%.300s: %s", path, strerror(-error));
	return error;
}

/* --- reading -------------------------------------------------------------------------------------------------- */

static int add(struct lesson_takes *takes, const char *label, const char *log)
{
	struct lesson_take *more, take = {.learnt = false};

	if (strlen(label) >= sizeof(take.label) || strlen(log) >= sizeof(take.log) || takes->n == LESSON_TAKES_MAX)
		return 0;
	more = realloc(takes->takes, (takes->n + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	snprintf(take.label, sizeof(take.label), "%s", label);
	snprintf(take.log, sizeof(take.log), "%s", log);
	takes->takes = more;
	takes->takes[takes->n++] = take;
	return 0;
}

static int read_label(struct lesson_takes *takes, const char *label)
{
	char path[LESSON_PATH];
	struct dirent *entry;
	DIR *directory;
	int r = 0;

	snprintf(path, sizeof(path), "%s/%.60s", takes->directory, label);
	directory = opendir(path);
	while (directory && r == 0 && (entry = readdir(directory)) != NULL)
		if (strncmp(entry->d_name, "log__", 5) == 0)
			r = add(takes, label, entry->d_name);
	if (directory)
		closedir(directory);
	return r;
}

static int in_order(const void *a, const void *b)
{
	const struct lesson_take *left = a, *right = b;
	int r = strcmp(left->label, right->label);

	return r ? r : strverscmp(left->log, right->log);
}

int lesson_takes_read(struct lesson_takes *takes, const char *path, char *ret_reason)
{
	struct dirent *entry;
	DIR *directory = opendir(path);
	int r = 0;

	*takes = (struct lesson_takes){.n = 0};
	if (!realpath(path, (char[PATH_MAX]){0}) || !directory || strlen(path) >= sizeof(takes->directory)) {
		r = fail(ret_reason, errno ? -errno : -ENAMETOOLONG, path);
		if (directory)
			closedir(directory);
		return r;
	}
	snprintf(takes->directory, sizeof(takes->directory), "%s", path);
	while (r == 0 && (entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.')
			r = read_label(takes, entry->d_name);
	closedir(directory);
	if (r < 0) {
		lesson_takes_clear(takes);
		return fail(ret_reason, r, path);
	}
	if (takes->n > 0)
		qsort(takes->takes, takes->n, sizeof(*takes->takes), in_order);
	return 0;
}

void lesson_takes_clear(struct lesson_takes *takes)
{
	free(takes->takes);
	*takes = (struct lesson_takes){.n = 0};
}

/* --- sharing out ---------------------------------------------------------------------------------------------- */

static void mark(struct lesson_takes *takes, const char *line)
{
	char name[sizeof(takes->takes->label) + sizeof(takes->takes->log)];

	for (unsigned i = 0; i < takes->n; i++) {
		snprintf(name, sizeof(name), "%s/%s", takes->takes[i].label, takes->takes[i].log);
		if (strcmp(name, line) == 0)
			takes->takes[i].learnt = true;
	}
}

/* One model's note. ret_start stays "" when there is none. */
static void read_note(struct lesson_takes *takes, const char *model, char ret_start[LESSON_SHA256])
{
	char path[LESSON_PATH], line[256], start[LESSON_SHA256] = "";
	FILE *stream;

	snprintf(path, sizeof(path), "%s/.taught/%.64s", takes->directory, model);
	stream = fopen(path, "re");
	while (stream && fgets(line, sizeof(line), stream)) {
		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "start %64[0-9a-f]", start) != 1)
			mark(takes, line);
	}
	if (stream)
		fclose(stream);
	memcpy(ret_start, start, sizeof(start));
}

unsigned lesson_takes_count(const struct lesson_takes *takes, const char *label, bool fresh_only)
{
	unsigned n = 0;

	for (unsigned i = 0; i < takes->n; i++)
		n += strcmp(takes->takes[i].label, label) == 0 && !(fresh_only && takes->takes[i].learnt);
	return n;
}

void lesson_takes_share(struct lesson_takes *takes, const char *model, char ret_start[LESSON_SHA256])
{
	char at[LESSON_SHA256], next[LESSON_SHA256];
	unsigned label = 0, nth = 0;

	read_note(takes, model, ret_start);
	memcpy(at, ret_start, sizeof(at));
	for (unsigned i = 0; at[0] && i < ANCESTORS_MAX; i++) {
		read_note(takes, at, next);
		memcpy(at, next, sizeof(at));
	}
	takes->fresh = 0;
	for (unsigned i = 0; i < takes->n; i++)
		takes->fresh += !takes->takes[i].learnt;
	for (unsigned i = 0; i < takes->n && takes->fresh == 0; i++)
		takes->takes[i].learnt = false;
	takes->folds = 2;
	for (unsigned i = 0; i < takes->n; i++) {
		unsigned n = lesson_takes_count(takes, takes->takes[i].label, true);

		if (n > takes->folds)
			takes->folds = n < LESSON_FOLDS_MAX ? n : LESSON_FOLDS_MAX;
	}
	/* Single takes must not all be left out at once. */
	for (unsigned i = 0; i < takes->n; i++) {
		if (i > 0 && strcmp(takes->takes[i].label, takes->takes[i - 1].label) != 0) {
			label++;
			nth = 0;
		}
		if (!takes->takes[i].learnt)
			takes->takes[i].fold = (label + nth++) % takes->folds;
	}
}

/* --- folders -------------------------------------------------------------------------------------------------- */

static int link_one(const struct lesson_takes *takes, const struct lesson_take *take, const char *directory)
{
	char from[PATH_MAX], root[PATH_MAX], to[PATH_MAX];

	if (!realpath(takes->directory, root))
		return -errno;
	snprintf(to, sizeof(to), "%.1000s/%s", directory, take->label);
	if (mkdir(to, 0700) != 0 && errno != EEXIST)
		return -errno;
	snprintf(to, sizeof(to), "%.1000s/%s/%s", directory, take->label, take->log);
	snprintf(from, sizeof(from), "%.3000s/%s/%s", root, take->label, take->log);
	return symlink(from, to) == 0 ? 0 : -errno;
}

int lesson_takes_link(const struct lesson_takes *takes, unsigned fold, bool left_out, const char *directory,
		      char *ret_reason)
{
	int n = 0;

	if (mkdir(directory, 0700) != 0)
		return fail(ret_reason, -errno, directory);
	for (unsigned i = 0; i < takes->n; i++) {
		const struct lesson_take *take = &takes->takes[i];
		bool out = !take->learnt && take->fold == fold;
		int r = out == left_out ? link_one(takes, take, directory) : 0;

		if (r < 0)
			return fail(ret_reason, r, directory);
		n += out == left_out;
	}
	return n;
}

int lesson_takes_note(const struct lesson_takes *takes, const char *model, const char *start, char *ret_reason)
{
	char path[LESSON_PATH];
	FILE *stream;
	int r = 0;

	snprintf(path, sizeof(path), "%s/.taught", takes->directory);
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return fail(ret_reason, -errno, path);
	snprintf(path, sizeof(path), "%s/.taught/%.64s", takes->directory, model);
	stream = fopen(path, "we");
	if (!stream)
		return fail(ret_reason, -errno, path);
	fprintf(stream, "start %s\n", start);
	for (unsigned i = 0; i < takes->n; i++)
		fprintf(stream, "%s/%s\n", takes->takes[i].label, takes->takes[i].log);
	if (fclose(stream) != 0)
		r = fail(ret_reason, -errno, path);
	return r;
}
