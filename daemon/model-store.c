/* SPDX-License-Identifier: Apache-2.0 */
/* model-store.c - see model-store.h. */
#include "daemon/model-store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nn/model-file.h"

enum {
	NUMBER_MAX = 9999,
	NAME_MAX_BYTES = 32,
};

static const char current_name[] = "current";

void model_store_directory(char ret_path[MODEL_STORE_PATH])
{
	const char *given = getenv("STATE_DIRECTORY"), *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (given && given[0] == '/')
		snprintf(ret_path, MODEL_STORE_PATH, "%.*s/models", (int)strcspn(given, ":"), given);
	else if (geteuid() == 0 || (!home && !state))
		snprintf(ret_path, MODEL_STORE_PATH, "%s/lib/postured/models", LOCALSTATEDIR);
	else if (state && state[0] == '/')
		snprintf(ret_path, MODEL_STORE_PATH, "%s/postured/models", state);
	else
		snprintf(ret_path, MODEL_STORE_PATH, "%s/.local/state/postured/models", home ? home : "");
}

static void path_of(const char *name, char ret_path[MODEL_STORE_PATH])
{
	size_t used;

	model_store_directory(ret_path);
	used = strlen(ret_path);
	snprintf(ret_path + used, MODEL_STORE_PATH - used, "/%.*s", NAME_MAX_BYTES, name);
}

static void name_of(uint32_t number, char ret_name[NAME_MAX_BYTES])
{
	snprintf(ret_name, NAME_MAX_BYTES, "taught-%04u.pnn", number);
}

/* 0: it is no model of ours. */
static uint32_t number_of(const char *name)
{
	char exact[NAME_MAX_BYTES];
	unsigned number;

	if (sscanf(name, "taught-%4u.pnn", &number) != 1 || number == 0)
		return 0;
	name_of(number, exact);
	return strcmp(name, exact) == 0 ? number : 0;
}

static uint32_t current_number(void)
{
	char path[MODEL_STORE_PATH], name[NAME_MAX_BYTES];
	ssize_t n;

	path_of(current_name, path);
	n = readlink(path, name, sizeof(name) - 1);
	if (n < 0)
		return 0;
	name[n] = '\0';
	return number_of(name);
}

/* Numbers that there are, sorted; returns how many. Whatever else lies there is left alone. */
static size_t read_numbers(uint32_t **ret_numbers)
{
	char path[MODEL_STORE_PATH];
	uint32_t *numbers = NULL;
	struct dirent *entry;
	size_t n = 0;
	DIR *directory;

	model_store_directory(path);
	directory = opendir(path);
	while (directory && (entry = readdir(directory)) != NULL) {
		uint32_t number = number_of(entry->d_name), *more;
		size_t at = n;

		more = number ? realloc(numbers, (n + 1) * sizeof(*numbers)) : NULL;
		if (!more)
			continue;
		numbers = more;
		for (; at > 0 && numbers[at - 1] > number; at--)
			numbers[at] = numbers[at - 1];
		numbers[at] = number;
		n++;
	}
	if (directory)
		closedir(directory);
	*ret_numbers = numbers;
	return n;
}

static void fill_entry(uint32_t number, struct model_store_entry *ret_entry)
{
	struct model_store_entry entry = {.number = number, .current = number == current_number()};
	char name[NAME_MAX_BYTES];
	struct stat st;

	name_of(number, name);
	path_of(name, entry.path);
	if (stat(entry.path, &st) == 0)
		entry.installed_s = (uint64_t)st.st_mtime;
	*ret_entry = entry;
}

unsigned model_store_list(struct model_store_entry ret_entries[MODEL_STORE_KEPT])
{
	uint32_t *numbers;
	size_t n = read_numbers(&numbers), from = n > MODEL_STORE_KEPT ? n - MODEL_STORE_KEPT : 0;

	for (size_t i = from; i < n; i++)
		fill_entry(numbers[i], &ret_entries[i - from]);
	free(numbers);
	return (unsigned)(n - from);
}

int model_store_current(struct model_store_entry *ret_entry)
{
	uint32_t number = current_number();

	if (number == 0)
		return -ENOENT;
	fill_entry(number, ret_entry);
	return 0;
}

/* --- changing ------------------------------------------------------------------------------------------------- */

static int explain(int error, const char *path, char *ret_reason)
{
	const char *advice = "";

	if (error == -ENOSPC || error == -EDQUOT)
		advice = ": make room there";
	else if (error == -EACCES || error == -EPERM || error == -EROFS)
		advice = ": the service must be allowed to write there (StateDirectory=postured in its unit)";
	snprintf(ret_reason, MODEL_STORE_REASON, "%.200s: %s%s; nothing has changed", path, strerror(-error), advice);
	return error;
}

/* With all that leads to it. */
static int make_directory(char path[MODEL_STORE_PATH])
{
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return -errno;
		if (!slash)
			return 0;
		*slash = '/';
	}
}

int model_store_add(const void *bytes, size_t size, struct model_store_entry *ret_entry, char *ret_reason)
{
	char directory[MODEL_STORE_PATH], name[NAME_MAX_BYTES];
	struct model_store_entry entry;
	uint32_t *numbers, number;
	size_t n = read_numbers(&numbers);
	int r;

	number = n > 0 ? numbers[n - 1] + 1 : 1;
	free(numbers);
	if (number > NUMBER_MAX) {
		snprintf(ret_reason, MODEL_STORE_REASON, "there have been %d taught models: remove the old ones",
			 NUMBER_MAX);
		return -EOVERFLOW;
	}
	model_store_directory(directory);
	r = make_directory(directory);
	if (r < 0)
		return explain(r, directory, ret_reason);
	name_of(number, name);
	path_of(name, entry.path);
	r = model_file_write(entry.path, bytes, size);
	if (r < 0)
		return explain(r, entry.path, ret_reason);
	fill_entry(number, ret_entry);
	return 0;
}

int model_store_use(uint32_t number, char *ret_reason)
{
	char link[MODEL_STORE_PATH], fresh[MODEL_STORE_PATH], name[NAME_MAX_BYTES];

	path_of(current_name, link);
	if (number == 0) {
		if (unlink(link) == 0 || errno == ENOENT)
			return 0;
		return explain(-errno, link, ret_reason);
	}
	path_of("current.new", fresh);
	name_of(number, name);
	(void)unlink(fresh);
	if (symlink(name, fresh) == 0 && rename(fresh, link) == 0)
		return 0;
	return explain(-errno, link, ret_reason);
}

static void remove_number(uint32_t number)
{
	char name[NAME_MAX_BYTES], path[MODEL_STORE_PATH];

	name_of(number, name);
	path_of(name, path);
	(void)unlink(path);
}

void model_store_prune(uint32_t keep)
{
	uint32_t *numbers, current = current_number();
	size_t n = read_numbers(&numbers), left = 0;

	for (size_t i = 0; i < n; i++) {
		if (numbers[i] > current && numbers[i] != keep)
			remove_number(numbers[i]);
		else
			numbers[left++] = numbers[i];
	}
	for (size_t i = 0; i + MODEL_STORE_KEPT < left; i++)
		if (numbers[i] != current && numbers[i] != keep)
			remove_number(numbers[i]);
	free(numbers);
}
