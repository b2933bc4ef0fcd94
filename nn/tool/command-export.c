/* SPDX-License-Identifier: Apache-2.0 */
/* command-export.c - a model as C source for one core, or as a TensorFlow Lite file. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "nn/export/c.h"
#include "nn/export/tflite.h"
#include "nn/import/pnn.h"
#include "nn/runtime/run.h"
#include "nn/tool/any-model.h"
#include "nn/tool/tool.h"

struct export_arguments {
	const char *directory, *tflite, *model;
	char name[C_NAME];
	enum c_core core;
};

static int parse(const struct command *command, int argc, char **argv, struct export_arguments *ret)
{
	static const struct option long_options[] = {
		{"c", required_argument, NULL, 'c'},	{"tflite", required_argument, NULL, 't'},
		{"core", required_argument, NULL, 'k'}, {"name", required_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},	{0}};
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) >= 0)
		switch (option) {
		case 'c':
			ret->directory = optarg;
			break;
		case 't':
			ret->tflite = optarg;
			break;
		case 'k':
			if (c_core_parse(optarg, &ret->core) < 0)
				return tool_fail(command, "core \"%s\": m4, a7, x86 and generic are there", optarg);
			break;
		case 'n':
			if (strlen(optarg) >= sizeof(ret->name))
				return tool_fail(command, "name \"%s\" is longer than %d characters", optarg,
						 C_NAME - 1);
			strcpy(ret->name, optarg);
			break;
		case 'h':
			tool_help(command);
			exit(0);
		default:
			return tool_misuse(command);
		}
	if (!ret->directory == !ret->tflite || argc - optind > 1)
		return tool_misuse(command);
	ret->model = argv[optind];
	return 0;
}

/* The model's name with what no C identifier may have replaced. */
static void name_from_model(const char *model, char name[C_NAME])
{
	snprintf(name, C_NAME, "%.40s", *model ? model : "model");
	for (char *c = name; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *c))
			*c = '_';
	if (name[0] >= '0' && name[0] <= '9')
		name[0] = '_';
}

/* The self-test's input: nothing special, but every element another. The table-driven runtime says what comes out. */
static void *make_sample(const struct nn_model *model, void **ret_in, const void **ret_out)
{
	const struct nn_tensor *in = nn_model_input(model);
	void *arena = aligned_alloc(64, (model->main->arena_bytes + 63) / 64 * 64 + 64);
	struct nn_run run;

	*ret_in = malloc(in->bytes);
	if (!arena || !*ret_in || nn_run_start(&run, model, arena, model->main->arena_bytes)) {
		free(arena);
		return NULL;
	}
	for (uint32_t i = 0, state = 1; i < nn_tensor_elements(in); i++) {
		state = state * 1664525 + 1013904223;
		if (in->type == NN_TYPE_F32)
			((float *)*ret_in)[i] = (float)(state >> 16) / 32768 - 1;
		else if (in->type == NN_TYPE_I16)
			((int16_t *)*ret_in)[i] = (int16_t)(state >> 16);
		else
			((uint8_t *)*ret_in)[i] = (uint8_t)(state >> 24);
	}
	memcpy(nn_run_tensor(&run, in), *ret_in, in->bytes);
	nn_run(&run);
	*ret_out = nn_run_tensor(&run, nn_model_output(model));
	return arena;
}

static int write_module(const struct command *command, const struct export_arguments *arguments,
			const struct c_module *module)
{
	const char *const extensions[] = {"h", "c"}, *const texts[] = {module->header, module->source};

	if (mkdir(arguments->directory, 0777) < 0 && errno != EEXIST)
		return tool_fail(command, "%s: %s", arguments->directory, strerror(errno));
	for (int i = 0; i < 2; i++) {
		char *path;
		int error;

		if (asprintf(&path, "%s/%s.%s", arguments->directory, arguments->name, extensions[i]) < 0)
			return tool_fail(command, "out of memory");
		error = model_file_write(path, texts[i], strlen(texts[i]));
		if (error < 0)
			tool_fail(command, "%s: %s", path, strerror(-error));
		else
			printf("%s\n", path);
		free(path);
		if (error < 0)
			return 1;
	}
	printf("arena %u bytes\n", module->arena_bytes);
	return 0;
}

static int export_model(const struct command *command, struct export_arguments *arguments, const struct nn_model *model)
{
	struct c_options options = {.name = arguments->name, .core = arguments->core};
	struct c_module module;
	char reason[C_REASON];
	void *in = NULL, *arena;
	int error;

	if (!*arguments->name)
		name_from_model(model->main->name, arguments->name);
	arena = make_sample(model, &in, &options.sample_out);
	options.sample_in = arena ? in : NULL;
	error = c_export(model, &options, &module, reason);
	free(in);
	free(arena);
	if (error < 0)
		return tool_fail(command, "%s", reason);
	error = write_module(command, arguments, &module);
	c_module_free(&module);
	return error;
}

/* From the model file: a .pnn is lowered, other files have been by any_model_open(). */
static int export_tflite(const struct command *command, const char *path, const struct nn_model *model)
{
	struct graph *graph = graph_new();
	char reason[GRAPH_REASON] = "out of memory";
	size_t size;
	void *bytes;
	int r = graph ? pnn_import(model, graph) : -ENOMEM;

	r = r < 0 ? r : tflite_write(graph, &bytes, &size, reason);
	graph_free(graph);
	if (r < 0)
		return tool_fail(command, "%s", reason);
	r = model_file_write(path, bytes, size);
	free(bytes);
	if (r < 0)
		return tool_fail(command, "%s: %s", path, strerror(-r));
	printf("%s: %zu bytes\n", path, size);
	return 0;
}

static int export_run(const struct command *command, int argc, char **argv)
{
	struct export_arguments arguments = {.core = C_GENERIC};
	char reason[ANY_MODEL_REASON];
	struct model_file file;
	int status = parse(command, argc, argv, &arguments);

	if (status)
		return status;
	if (any_model_open(arguments.model, &file, reason) < 0)
		return tool_fail(command, "%s", reason);
	status = arguments.tflite ? export_tflite(command, arguments.tflite, &file.model)
				  : export_model(command, &arguments, &file.model);
	model_file_close(&file);
	return status;
}

const struct command command_export = {
	.name = "export",
	.arguments = "--c DIR [--core CORE] [--name NAME] [MODEL] | --tflite FILE [MODEL]",
	.summary = "Writes a model as C source (weights, kernels, plan of memory) for one core, or as .tflite",
	.help = "  --c DIR       where NAME.h and NAME.c go\n"
		"  --tflite FILE the TensorFlow Lite file to write\n"
		"  --core CORE   m4, a7, x86 or generic (plain C) [generic]\n"
		"  --name NAME   of the files and of all symbols [the model's]\n",
	.run = export_run,
};
