/* SPDX-License-Identifier: Apache-2.0 */
/* main.c of posture-model - finds the subcommand. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "nn/tool/tool.h"

static const struct command *const commands[] = {
	&command_info,	   &command_import,   &command_eval,  &command_run,
	&command_quantize, &command_validate, &command_bench, &command_export,
#ifdef HAVE_YAML
	&command_train,	   &command_crossval,
#endif
};

enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0]),
};

int tool_fail(const struct command *command, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "posture-model %s: ", command->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return 1;
}

int tool_misuse(const struct command *command)
{
	fprintf(stderr, "Usage: posture-model %s %s\nMore: posture-model %s --help\n", command->name,
		command->arguments, command->name);
	return TOOL_WRONG_USE;
}

int tool_help(const struct command *command)
{
	printf("Usage: posture-model %s %s\n%s.\n\n%s", command->name, command->arguments, command->summary,
	       command->help);
	return 0;
}

static void print_help(FILE *file)
{
	fprintf(file, "Usage: posture-model COMMAND ...\nLooks at, makes and measures models of hand postures.\n\n");
	for (unsigned i = 0; i < COMMANDS; i++)
		fprintf(file, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(file, "\n`posture-model COMMAND --help` tells more; so does posture-model(1).\n");
}

/* What could not be written is no success. */
static int check_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "posture-model: standard output: %s\n", strerror(errno));
	return status ? status : 1;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stderr);
		return TOOL_WRONG_USE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("posture-model (postured) %s\n", PACKAGE_VERSION);
		return 0;
	}
	for (unsigned i = 0; i < COMMANDS; i++)
		if (!strcmp(argv[1], commands[i]->name))
			return check_output(commands[i]->run(commands[i], argc - 1, argv + 1));
	fprintf(stderr, "posture-model: no command \"%s\"\n\n", argv[1]);
	print_help(stderr);
	return TOOL_WRONG_USE;
}
