/* SPDX-License-Identifier: Apache-2.0 */
/* mlflow-run.c - see mlflow-run.h. */
#include "nn/train/mlflow-run.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nn/model-file.h"
#include "nn/runtime/sha256.h"
#include "nn/train/markup.h"

static const char experiment[] = "0";

/* --- files ----------------------------------------------------------------------------------------------------- */

static int join(char *ret_path, const char *directory, const char *name)
{
	return (size_t)snprintf(ret_path, MLFLOW_PATH, "%s/%s", directory, name) < MLFLOW_PATH ? 0 : -ENAMETOOLONG;
}

static int make_directory(const char *path)
{
	return mkdir(path, 0777) < 0 && errno != EEXIST ? -errno : 0;
}

static int make_in(const char *directory, const char *name)
{
	char path[MLFLOW_PATH];
	int r = join(path, directory, name);

	return r < 0 ? r : make_directory(path);
}

static int make_all(const char *path)
{
	char part[MLFLOW_PATH];

	if (strlen(path) >= sizeof(part))
		return -ENAMETOOLONG;
	strcpy(part, path);
	for (char *at = part + 1; *at; at++) {
		int r;

		if (*at != '/')
			continue;
		*at = '\0';
		r = make_directory(part);
		if (r < 0)
			return r;
		*at = '/';
	}
	return make_directory(part);
}

/* A text that was written to memory; complete or not at all. Frees it. */
static int write_text(const char *directory, const char *name, FILE *memory, char **text, const size_t *size)
{
	char path[MLFLOW_PATH];
	int r = fclose(memory) ? -ENOMEM : join(path, directory, name);

	r = r < 0 ? r : model_file_write(path, *text, *size);
	free(*text);
	return r;
}

/* The path of metrics/NAME and the like. */
static int make_name(const struct mlflow_run *run, const char *kind, const char *name, char *ret_path)
{
	int n = snprintf(ret_path, MLFLOW_PATH, "%s/%s/", run->path, kind);

	if (n < 0 || (size_t)n + strlen(name) >= MLFLOW_PATH)
		return -ENAMETOOLONG;
	for (char *to = ret_path + n; (*to = *name); to++, name++)
		if (!isalnum((unsigned char)*name) && !strchr("-_.", *name))
			*to = '_';
	return 0;
}

/* A file of one line. */
static int set(const struct mlflow_run *run, const char *kind, const char *name, const char *value)
{
	char path[MLFLOW_PATH];
	FILE *file;
	int r = make_name(run, kind, name, path);

	if (r < 0)
		return r;
	file = fopen(path, "we");
	if (!file)
		return -errno;
	markup_write(file, MARKUP_LINE, value);
	r = ferror(file) ? -EIO : 0;
	return fclose(file) ? -EIO : r;
}

/* file:///..., with what is special in addresses as %XX. */
static void write_uri(FILE *file, const char *path)
{
	fputs("file://", file);
	for (; *path; path++)
		fprintf(file, isalnum((unsigned char)*path) || strchr("-_.~/", *path) ? "%c" : "%%%02X",
			(unsigned char)*path);
}

/* --- the store ------------------------------------------------------------------------------------------------- */

static int describe_experiment(const char *path, int64_t now_ms)
{
	char meta[MLFLOW_PATH], *text = NULL;
	size_t size;
	FILE *memory;
	int r = join(meta, path, "meta.yaml");

	if (r < 0 || access(meta, F_OK) == 0)
		return r;
	memory = open_memstream(&text, &size);
	if (!memory)
		return -ENOMEM;
	fputs("artifact_location: ", memory);
	write_uri(memory, path);
	fprintf(memory, "\ncreation_time: %lld\nexperiment_id: '%s'\nlast_update_time: %lld\n", (long long)now_ms,
		experiment, (long long)now_ms);
	fputs("lifecycle_stage: active\nname: Default\n", memory);
	return write_text(path, "meta.yaml", memory, &text, &size);
}

static const char *user_name(void)
{
	const struct passwd *user = getpwuid(getuid());

	return user ? user->pw_name : "";
}

int mlflow_run_set_status(const struct mlflow_run *run, enum mlflow_status status, int64_t time_ms)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return -ENOMEM;
	fputs("artifact_uri: ", memory);
	write_uri(memory, run->path);
	fputs("/artifacts\ndeleted_time: null\nend_time: ", memory);
	if (status == MLFLOW_RUNNING)
		fputs("null", memory);
	else
		fprintf(memory, "%lld", (long long)time_ms);
	fprintf(memory,
		"\nentry_point_name: ''\nexperiment_id: '%s'\nlifecycle_stage: active\nrun_id: '%s'\nrun_name: ",
		experiment, run->id);
	markup_write(memory, MARKUP_YAML, run->name);
	fprintf(memory, "\nrun_uuid: '%s'\nsource_name: ''\nsource_type: 4\nsource_version: ''\nstart_time: %lld\n",
		run->id, (long long)run->begun_ms);
	fprintf(memory, "status: %d\ntags: []\nuser_id: ", (int)status);
	markup_write(memory, MARKUP_YAML, user_name());
	fputc('\n', memory);
	return write_text(run->path, "meta.yaml", memory, &text, &size);
}

/* Metrics grow by appending: those of an earlier run of the same directory go first. */
static int remove_files(const struct mlflow_run *run, const char *kind)
{
	char path[MLFLOW_PATH];
	const struct dirent *entry;
	DIR *directory;
	int r = join(path, run->path, kind);

	if (r < 0)
		return r;
	directory = opendir(path);
	if (!directory)
		return -errno;
	while ((entry = readdir(directory)))
		if (*entry->d_name != '.')
			unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	return 0;
}

static int make_run(struct mlflow_run *run)
{
	static const char *const kinds[] = {"metrics", "params", "tags", "artifacts"};
	int r = make_directory(run->path);

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && r == 0; i++) {
		r = make_in(run->path, kinds[i]);
		r = r < 0 ? r : remove_files(run, kinds[i]);
	}
	r = r < 0 ? r : mlflow_run_set_status(run, MLFLOW_RUNNING, run->begun_ms);
	r = r < 0 ? r : mlflow_run_set_tag(run, "mlflow.runName", run->name);
	r = r < 0 ? r : mlflow_run_set_tag(run, "mlflow.source.name", "posture-model");
	r = r < 0 ? r : mlflow_run_set_tag(run, "mlflow.source.type", "LOCAL");
	return r < 0 ? r : mlflow_run_set_tag(run, "mlflow.user", user_name());
}

int mlflow_run_start(const char *store, const char *origin, const char *name, int64_t begun_ms,
		     struct mlflow_run *ret_run)
{
	struct mlflow_run run = {.begun_ms = begun_ms};
	char *absolute, *real, path[MLFLOW_PATH], digits[NN_SHA256_TEXT];
	uint8_t digest[NN_SHA256_BYTES];
	int r = make_all(store);

	if (r < 0)
		return r;
	absolute = realpath(store, NULL);
	real = realpath(origin, NULL);
	r = absolute && real ? join(path, absolute, experiment) : -errno;
	if (r == 0) {
		nn_sha256_of(real, strlen(real), digest);
		nn_sha256_text(digest, digits);
		snprintf(run.id, sizeof(run.id), "%.*s", MLFLOW_ID - 1, digits);
		snprintf(run.name, sizeof(run.name), "%s", name);
		r = join(run.path, path, run.id);
	}
	free(absolute);
	free(real);
	r = r < 0 ? r : make_directory(path);
	r = r < 0 ? r : describe_experiment(path, begun_ms);
	r = r < 0 ? r : make_run(&run);
	if (r == 0)
		*ret_run = run;
	return r;
}

int mlflow_run_add_metric(const struct mlflow_run *run, const char *name, int64_t time_ms, double value, int64_t step)
{
	char path[MLFLOW_PATH];
	FILE *file;
	int r = make_name(run, "metrics", name, path);

	if (r < 0)
		return r;
	file = fopen(path, "ae");
	if (!file)
		return -errno;
	r = fprintf(file, "%lld %.9g %lld\n", (long long)time_ms, value, (long long)step);
	return fclose(file) || r < 0 ? -EIO : 0;
}

int mlflow_run_set_param(const struct mlflow_run *run, const char *name, const char *value)
{
	return set(run, "params", name, value);
}

int mlflow_run_set_tag(const struct mlflow_run *run, const char *name, const char *value)
{
	return set(run, "tags", name, value);
}

int mlflow_run_add_artifact(const struct mlflow_run *run, const char *directory, const char *name)
{
	char from[MLFLOW_PATH], to[MLFLOW_PATH];
	size_t size;
	void *bytes;
	int r = join(from, directory, name);

	r = r < 0 ? r : make_name(run, "artifacts", name, to);
	r = r < 0 ? r : model_file_read(from, &bytes, &size);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = model_file_write(to, bytes, size);
	free(bytes);
	return r;
}
