/* SPDX-License-Identifier: Apache-2.0 */
/* recording-list.c - finding all capture files below a directory (see recording.h). */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sensor/recording.h"

enum {
	DEPTH_MAX = 8, /* ST's layout has three levels; a loop of links ends here */
	FILES_MAX = 100000,
};

static int append(struct recording_list *list, const char *path)
{
	if (list->n == FILES_MAX)
		return -EFBIG;
	if ((list->n & (list->n - 1)) == 0) {
		size_t room = list->n ? list->n * 2 : 1;
		char **paths = realloc(list->paths, room * sizeof(*paths));

		if (!paths)
			return -ENOMEM;
		list->paths = paths;
	}
	list->paths[list->n] = strdup(path);
	if (!list->paths[list->n])
		return -ENOMEM;
	list->n++;
	return 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && strcmp(text + length - end_length, end) == 0;
}

static int collect(struct recording_list *list, const char *path, unsigned depth);

static int collect_directory(struct recording_list *list, const char *path, unsigned depth)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int r = 0;

	if (!directory)
		return -errno;
	while (r == 0 && (entry = readdir(directory)) != NULL) {
		char *child;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&child, "%s/%s", path, entry->d_name) < 0) {
			r = -ENOMEM;
			break;
		}
		r = collect(list, child, depth + 1);
		free(child);
	}
	closedir(directory);
	return r;
}

/* The path that was asked for is taken whatever its name; below it only *.npz. */
static int collect(struct recording_list *list, const char *path, unsigned depth)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return depth == 0 ? -errno : 0;
	if (S_ISDIR(st.st_mode))
		return depth < DEPTH_MAX ? collect_directory(list, path, depth) : 0;
	if (depth > 0 && (!S_ISREG(st.st_mode) || !ends_with(path, ".npz")))
		return 0;
	return append(list, path);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int recording_list_open(const char *path, struct recording_list *ret_list, char *ret_reason)
{
	struct recording_list list = {.paths = NULL};
	char *trimmed = strdup(path);
	int r = -ENOMEM;

	if (trimmed) {
		for (size_t n = strlen(trimmed); n > 1 && trimmed[n - 1] == '/'; n--)
			trimmed[n - 1] = '\0';
		r = collect(&list, trimmed, 0);
		free(trimmed);
	}
	if (r < 0) {
		snprintf(ret_reason, RECORDING_REASON, "can't read %.120s: %s", path, strerror(-r));
	} else if (list.n == 0) {
		r = -ENOENT;
		snprintf(ret_reason, RECORDING_REASON, "no .npz recording below %.120s", path);
	}
	if (r < 0) {
		recording_list_clear(&list);
		return r;
	}
	qsort(list.paths, list.n, sizeof(*list.paths), compare);
	*ret_list = list;
	return 0;
}

void recording_list_clear(struct recording_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->paths[i]);
	free(list->paths);
	*list = (struct recording_list){.paths = NULL};
}
