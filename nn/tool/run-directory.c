/* SPDX-License-Identifier: Apache-2.0 */
/* run-directory.c - see run-directory.h. */
#include "nn/tool/run-directory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "nn/model-file.h"
#include "nn/train/recipe-keys.h"

static const char set_mark[] = "# --set ";

static int fail(char *ret_reason, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int fail(char *ret_reason, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ret_reason, RUN_DIRECTORY_REASON, format, arguments);
	va_end(arguments);
	return error;
}

/* --- recipes --------------------------------------------------------------------------------------------------- */

/* Lines at the top that an earlier run wrote. */
static int find_sets(struct recipe_file *file, char *ret_reason)
{
	char *at;

	file->saved_sets = strdup(file->text);
	if (!file->saved_sets)
		return fail(ret_reason, -ENOMEM, "out of memory");
	for (at = file->saved_sets; !strncmp(at, set_mark, sizeof(set_mark) - 1);) {
		char *end = strchr(at, '\n');
		int r;

		if (!end)
			break;
		*end = '\0';
		r = recipe_file_add_set(file, at + sizeof(set_mark) - 1, ret_reason);
		if (r < 0)
			return r;
		at = end + 1;
	}
	return 0;
}

int recipe_file_set_text(const char *name, const char *text, struct recipe_file *file, char *ret_reason)
{
	snprintf(file->name, sizeof(file->name), "%s", name);
	file->size = strlen(text);
	file->text = strdup(text);
	return file->text ? find_sets(file, ret_reason) : fail(ret_reason, -ENOMEM, "out of memory");
}

int recipe_file_read(const char *path, struct recipe_file *file, char *ret_reason)
{
	void *bytes;
	size_t size;
	char *text;
	int r = model_file_read(path, &bytes, &size);

	if (r < 0)
		return fail(ret_reason, r, "%s: %s", path, strerror(-r));
	text = strndup(bytes, size);
	free(bytes);
	if (!text)
		return fail(ret_reason, -ENOMEM, "out of memory");
	if (strlen(text) != size)
		r = fail(ret_reason, -EBADMSG, "%s: is no text", path);
	else
		r = recipe_file_set_text(path, text, file, ret_reason);
	free(text);
	return r;
}

int recipe_file_add_set(struct recipe_file *file, const char *key_and_value, char *ret_reason)
{
	if (file->set_count == RUN_DIRECTORY_SETS)
		return fail(ret_reason, -E2BIG, "--set: more than %d", RUN_DIRECTORY_SETS);
	file->sets[file->set_count++] = key_and_value;
	return 0;
}

static int apply_set(struct recipe *recipe, const char *text, char *ret_reason)
{
	const char *equals = strchr(text, '=');
	char reason[RECIPE_REASON];

	if (!equals)
		return fail(ret_reason, -EINVAL, "--set %s: KEY=VALUE is needed", text);
	for (const struct recipe_key *key = recipe_keys; key->path || key->st; key++) {
		size_t length = key->path ? strlen(key->path) : 0;

		if (!length || length != (size_t)(equals - text) || strncmp(key->path, text, length) != 0)
			continue;
		if (recipe_set(recipe, key, equals + 1, reason) < 0)
			return fail(ret_reason, -EINVAL, "--set %s: %s", text, reason);
		return 0;
	}
	return fail(ret_reason, -EINVAL, "--set %s: no such key; `posture-model train --keys` lists all", text);
}

int recipe_file_parse(const struct recipe_file *file, FILE *notes, struct recipe *ret_recipe, char *ret_reason)
{
	int r = recipe_parse(file->name, file->text, file->size, notes, ret_recipe, ret_reason);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < file->set_count && r == 0; i++)
		r = apply_set(ret_recipe, file->sets[i], ret_reason);
	if (r < 0)
		recipe_clear(ret_recipe);
	return r;
}

void recipe_file_clear(struct recipe_file *file)
{
	free(file->text);
	free(file->saved_sets);
	file->text = file->saved_sets = NULL;
}

/* --- the directory --------------------------------------------------------------------------------------------- */

void run_directory_path(const char *directory, const char *name, char *ret_path)
{
	snprintf(ret_path, RUN_DIRECTORY_PATH, "%.4000s/%.90s", directory, name);
}

static int make_parents(const char *path)
{
	char part[RUN_DIRECTORY_PATH];

	snprintf(part, sizeof(part), "%s", path);
	for (char *at = part + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(part, 0777) < 0 && errno != EEXIST)
			return -errno;
		*at = '/';
	}
	return mkdir(part, 0777) < 0 && errno != EEXIST ? -errno : 0;
}

int run_directory_make(const char *wanted, const struct recipe *recipe, char *ret_path, char *ret_reason)
{
	time_t now = time(NULL);
	struct tm tm;
	char date[32];
	int r;

	localtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y%m%d-%H%M%S", &tm);
	if (wanted)
		snprintf(ret_path, RUN_DIRECTORY_PATH, "%s", wanted);
	else
		snprintf(ret_path, RUN_DIRECTORY_PATH, "%s/%s-%s", recipe->output, recipe->name, date);
	r = make_parents(ret_path);
	return r < 0 ? fail(ret_reason, r, "%s: %s", ret_path, strerror(-r)) : 0;
}

int run_directory_write(const char *directory, const char *name, const void *bytes, size_t size, char *ret_reason)
{
	char path[RUN_DIRECTORY_PATH];
	int r;

	run_directory_path(directory, name, path);
	r = model_file_write(path, bytes, size);
	return r < 0 ? fail(ret_reason, r, "%s: %s", path, strerror(-r)) : 0;
}

int run_directory_save_recipe(const char *directory, const struct recipe_file *file, char *ret_reason)
{
	const char *text = file->text;
	char *all = NULL;
	size_t size;
	FILE *memory = open_memstream(&all, &size);
	int r;

	if (!memory)
		return fail(ret_reason, -ENOMEM, "out of memory");
	for (unsigned i = 0; i < file->set_count; i++)
		fprintf(memory, "%s%s\n", set_mark, file->sets[i]);
	while (!strncmp(text, set_mark, sizeof(set_mark) - 1) && strchr(text, '\n'))
		text = strchr(text, '\n') + 1;
	fputs(text, memory);
	if (fclose(memory)) {
		free(all);
		return fail(ret_reason, -ENOMEM, "out of memory");
	}
	r = run_directory_write(directory, "recipe.yaml", all, size, ret_reason);
	free(all);
	return r;
}

/* --- its history ----------------------------------------------------------------------------------------------- */

static int list_settings(const struct recipe *recipe, struct history *history)
{
	int r = 0;

	for (const struct recipe_key *key = recipe_keys; (key->path || key->st) && r == 0; key++) {
		char *value = key->path ? recipe_get(recipe, key) : NULL;

		if (!key->path)
			continue;
		r = value ? history_add_setting(history, key->path, value) : -ENOMEM;
		free(value);
	}
	return r;
}

int run_directory_describe(const struct recipe_file *file, const struct recipe *recipe, const struct material *material,
			   struct history *history)
{
	snprintf(history->name, sizeof(history->name), "%s", recipe->name);
	snprintf(history->tool, sizeof(history->tool), "posture-model %s", PACKAGE_VERSION);
	memcpy(history->data_sha256, material->sha256, sizeof(history->data_sha256));
	history->recipe_path = file->name;
	history->recipe = strdup(file->text);
	history->seed = recipe->seed;
	history->begun_s = (int64_t)time(NULL);
	history->classes = material->classes;
	history->labels = calloc(history->classes, sizeof(*history->labels));
	if (!history->labels || !history->recipe)
		return -ENOMEM;
	memcpy(history->labels, material->labels, history->classes * sizeof(*history->labels));
	return list_settings(recipe, history);
}
