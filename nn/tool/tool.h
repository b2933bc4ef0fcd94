/* SPDX-License-Identifier: Apache-2.0 */
/* tool.h - posture-model: one file per subcommand, one table of them in main.c. */
#ifndef NN_TOOL_TOOL_H
#define NN_TOOL_TOOL_H

#include <stdbool.h>
#include <stdio.h>

#include "nn/runtime/model.h"

enum {
	/* Exit status; 1 is a failure. */
	TOOL_WRONG_USE = 2,
	TOOL_INTERRUPTED = 130, /* as shells have it for SIGINT */
};

struct command {
	const char *name, *arguments, *summary;
	const char *help; /* options and more, behind the usage line */
	/* argv[0] is the command's name. Returns the exit status; has said on stderr what went wrong. */
	int (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command command_info, command_import, command_eval, command_run, command_quantize, command_validate,
	command_bench, command_export, command_train, command_crossval;

/* "posture-model NAME: text" on stderr; returns 1. */
int tool_fail(const struct command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Usage on stderr; returns TOOL_WRONG_USE. */
int tool_misuse(const struct command *command);
int tool_help(const struct command *command);

#endif
