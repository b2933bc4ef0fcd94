/* SPDX-License-Identifier: Apache-2.0 */
/* core.c - fills a folder, has nn/bench/count.sh work in it, and reads what that tells. */
#include "nn/tool/core.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nn/model-file.h"
#include "nn/runtime/value.h"
#include "nn/tool/core-files.h"

enum {
	NO_TOOLS = 3, /* exit status of count.sh */
	ROOM_MORE = 65536,
};

const struct core_kind core_kinds[CORES] = {
	[CORE_HOST] = {"host", "this machine", 0},
	[CORE_A7] = {"a7", "Cortex-A7", 650},
	[CORE_M4] = {"m4", "Cortex-M4", 209},
};

/* A measurement under way. */
struct work {
	const struct nn_model *model;
	enum core core;
	bool runtime;
	char directory[256];
	struct core_cost *cost;
	char *reason;
};

static int fail(struct work *work, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int fail(struct work *work, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(work->reason, CORE_REASON, format, arguments);
	va_end(arguments);
	return error;
}

int core_parse(const char *text, enum core *ret_core)
{
	for (int i = 0; i < CORES; i++)
		if (!strcmp(text, core_kinds[i].name)) {
			*ret_core = (enum core)i;
			return 0;
		}
	return -EINVAL;
}

/* --- the folder ------------------------------------------------------------------------------------------------ */

static int make_directory(struct work *work)
{
	const char *base = getenv("TMPDIR");

	snprintf(work->directory, sizeof(work->directory), "%s/posture-model.XXXXXX", base && *base ? base : "/tmp");
	if (!mkdtemp(work->directory)) {
		int error = errno;

		fail(work, -error, "%s: %s", work->directory, strerror(error));
		*work->directory = 0;
		return -error;
	}
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_directory(const struct work *work)
{
	if (*work->directory)
		nftw(work->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void path_of(const struct work *work, const char *name, char path[512])
{
	snprintf(path, 512, "%s/%s", work->directory, name);
}

static int write_file(struct work *work, const char *name, const void *bytes, size_t size)
{
	char path[512];
	int r;

	path_of(work, name, path);
	r = model_file_write(path, bytes, size);
	return r < 0 ? fail(work, r, "%.400s: %s", path, strerror(-r)) : 0;
}

/* As a module when the exporter takes it. */
static int write_model(struct work *work)
{
	const struct c_options options = {.name = "net", .core = work->core == CORE_M4 ? C_M4 : C_A7};
	struct c_module module;
	int r = work->runtime ? -ENOTSUP : c_export(work->model, &options, &module, work->cost->why);

	if (r < 0)
		return write_file(work, "model.pnn", work->model->header, work->model->header->bytes);
	work->cost->module = true;
	work->cost->room_bytes = module.arena_bytes;
	r = write_file(work, "net.h", module.header, strlen(module.header));
	r = r < 0 ? r : write_file(work, "net.c", module.source, strlen(module.source));
	c_module_free(&module);
	return r;
}

static int fill_directory(struct work *work, struct runner *runner, const float *input)
{
	const struct nn_tensor *tensor = nn_model_input(work->model);
	int r = core_files_write(work->directory);

	if (r < 0)
		return fail(work, r, "%s: %s", work->directory, strerror(-r));
	r = write_model(work);
	nn_value_write(&runner->run, tensor, input);
	return r < 0 ? r : write_file(work, "in.bin", nn_run_tensor(&runner->run, tensor), tensor->bytes);
}

/* --- the script ------------------------------------------------------------------------------------------------ */

static _Noreturn void become_script(const struct work *work)
{
	/* The arena, and room for weights in the order in which a core's kernels want them. */
	uint64_t room = work->model->main->arena_bytes + 3 * (uint64_t)work->model->header->bytes + ROOM_MORE;
	char bytes[24];
	int out, errors;

	snprintf(bytes, sizeof(bytes), "%" PRIu64, room);
	if (chdir(work->directory) < 0)
		_exit(126);
	out = open("stdout", O_WRONLY | O_CREAT | O_TRUNC, 0666);
	errors = open("stderr", O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (out < 0 || errors < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0)
		_exit(126);
	execlp("sh", "sh", "nn/bench/count.sh", core_kinds[work->core].name, work->cost->module ? "module" : "runtime",
	       bytes, (char *)NULL);
	_exit(127);
}

static void first_line(const struct work *work, const char *name, char *text, size_t size)
{
	char path[512];
	FILE *file;

	path_of(work, name, path);
	file = fopen(path, "re");
	if (!file || !fgets(text, (int)size, file))
		*text = 0;
	text[strcspn(text, "\n")] = 0;
	if (file)
		fclose(file);
}

static int run_script(struct work *work)
{
	char line[400];
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fail(work, -errno, "fork: %s", strerror(errno));
	if (pid == 0)
		become_script(work);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	first_line(work, "stderr", line, sizeof(line));
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_TOOLS)
		return fail(work, -ENOPKG, "%s", line);
	return fail(work, -EIO, "building or running it for the %s failed: %s", core_kinds[work->core].title, line);
}

/* --- what it tells --------------------------------------------------------------------------------------------- */

static void read_layer(struct core_cost *cost, const char *line)
{
	struct core_layer *layer = &cost->layers[cost->layer_count];
	int at = 0;

	if (cost->layer_count == CORE_LAYERS_MAX)
		return;
	if (!cost->module && sscanf(line, "%" SCNu32 " %" SCNu64, &layer->operators, &layer->instructions) == 2)
		cost->layer_count++;
	else if (cost->module && sscanf(line, "%" SCNu64 " %n", &layer->instructions, &at) == 1 && at) {
		snprintf(layer->call, sizeof(layer->call), "%.*s", (int)strcspn(line + at, "\n"), line + at);
		cost->layer_count++;
	}
}

static int read_told(struct work *work)
{
	struct core_cost *cost = work->cost;
	const struct {
		const char *what;
		uint64_t *number;
	} numbers[] = {
		{"code", &cost->code_bytes},   {"constants", &cost->constant_bytes},
		{"room", &cost->room_bytes},   {"state", &cost->state_bytes},
		{"stack", &cost->stack_bytes}, {"instructions", &cost->instructions},
	};
	char path[512], line[512], what[16];
	FILE *file;

	path_of(work, "stdout", path);
	file = fopen(path, "re");
	if (!file)
		return fail(work, -errno, "%.400s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		uint64_t number;

		if (!strncmp(line, "layer ", 6))
			read_layer(cost, line + 6);
		else if (sscanf(line, "%15s %" SCNu64, what, &number) == 2)
			for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
				if (!strcmp(what, numbers[i].what))
					*numbers[i].number = number;
	}
	fclose(file);
	return cost->instructions ? 0 : fail(work, -EIO, "nothing was counted on the %s", core_kinds[work->core].title);
}

/* The same input through the runtime here. */
static int compare_outputs(struct work *work, struct runner *runner, const float *input)
{
	const struct nn_tensor *tensor = nn_model_output(work->model);
	struct core_cost *cost = work->cost;
	const uint8_t *here;
	char path[512];
	size_t size;
	void *there;
	int r;

	path_of(work, "out.bin", path);
	r = model_file_read(path, &there, &size);
	if (r < 0 || size != tensor->bytes) {
		if (r == 0)
			free(there);
		return fail(work, -EIO, "no output came back from the %s", core_kinds[work->core].title);
	}
	runner_run(runner, input);
	here = nn_run_tensor(&runner->run, tensor);
	cost->integer = tensor->type != NN_TYPE_F32;
	for (size_t i = 0; i < size; i++)
		cost->outputs_differ += here[i] != ((const uint8_t *)there)[i];
	for (size_t i = 0; !cost->integer && i < size / sizeof(float); i++)
		cost->output_error = fmax(cost->output_error,
					  fabs((double)((const float *)(const void *)here)[i] - ((float *)there)[i]));
	free(there);
	return 0;
}

int core_measure(struct runner *runner, const float *input, enum core core, bool runtime, struct core_cost *ret_cost,
		 char *ret_reason)
{
	struct work work = {
		.model = runner->run.model, .core = core, .runtime = runtime, .cost = ret_cost, .reason = ret_reason};
	int r;

	*ret_cost = (struct core_cost){0};
	r = make_directory(&work);
	r = r < 0 ? r : fill_directory(&work, runner, input);
	r = r < 0 ? r : run_script(&work);
	r = r < 0 ? r : read_told(&work);
	r = r < 0 ? r : compare_outputs(&work, runner, input);
	if (r == 0 && !ret_cost->module) /* besides what belongs to the code itself */
		ret_cost->constant_bytes += runner->run.model->header->bytes;
	remove_directory(&work);
	return r;
}

uint64_t core_flash_bytes(const struct core_cost *cost)
{
	return cost->code_bytes + cost->constant_bytes;
}

uint64_t core_ram_bytes(const struct core_cost *cost)
{
	return cost->room_bytes + cost->state_bytes + cost->stack_bytes;
}
