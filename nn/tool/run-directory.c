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

/* The set that says the same key, or NULL. */
static const char **find_set(struct recipe_file *file, const char *text)
{
	size_t length = strcspn(text, "=") + 1;

	for (unsigned i = 0; i < file->set_count; i++)
		if (!strncmp(file->sets[i], text, length))
			return &file->sets[i];
	return NULL;
}

/* Lines at the top that an earlier run wrote; what is said now comes before them. */
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
		at += sizeof(set_mark) - 1;
		r = find_set(file, at) ? 0 : recipe_file_add_set(file, at, ret_reason);
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
		return fail(ret_reason, r, "%s: %s", path,
			    r == -EINVAL ? "is no file that could be a recipe" : strerror(-r));
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
	const char **earlier = find_set(file, key_and_value);

	if (earlier) {
		*earlier = key_and_value;
		return 0;
	}
	if (file->set_count == RUN_DIRECTORY_SETS)
		return fail(ret_reason, -E2BIG, "--set: more than %d", RUN_DIRECTORY_SETS);
	file->sets[file->set_count++] = key_and_value;
	return 0;
}

int recipe_file_parse(const struct recipe_file *file, FILE *notes, struct recipe *ret_recipe, char *ret_reason)
{
	return recipe_parse_sets(file->name, file->text, file->size, file->sets, file->set_count, notes, ret_recipe,
				 ret_reason);
}

const char *recipe_file_body(const struct recipe_file *file)
{
	const char *text = file->text;

	while (!strncmp(text, set_mark, sizeof(set_mark) - 1) && strchr(text, '\n'))
		text = strchr(text, '\n') + 1;
	return text;
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

/* Any text may be a recipe's name, but only some can be a directory's. */
static void name_new(const struct recipe *recipe, char *ret_path)
{
	time_t now = time(NULL);
	struct tm tm;
	char date[32], name[sizeof(recipe->name)];

	localtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y%m%d-%H%M%S", &tm);
	snprintf(name, sizeof(name), "%s", recipe->name);
	for (char *at = name; *at; at++)
		if (*at == '/')
			*at = '_';
	snprintf(ret_path, RUN_DIRECTORY_PATH, "%s/%s-%s", recipe->output, name, date);
}

int run_directory_make(const char *wanted, const struct recipe *recipe, char *ret_path, char *ret_reason)
{
	int r;

	if (wanted)
		snprintf(ret_path, RUN_DIRECTORY_PATH, "%s", wanted);
	else
		name_new(recipe, ret_path);
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
	char *all = NULL;
	size_t size;
	FILE *memory = open_memstream(&all, &size);
	int r;

	if (!memory)
		return fail(ret_reason, -ENOMEM, "out of memory");
	for (unsigned i = 0; i < file->set_count; i++)
		fprintf(memory, "%s%s\n", set_mark, file->sets[i]);
	fputs(recipe_file_body(file), memory);
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
