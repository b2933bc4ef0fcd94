/* SPDX-License-Identifier: Apache-2.0 */
/* model-tool.h - posture-model as a process: what makes and measures models never becomes a part of posturectl. */
#ifndef DAEMON_POSTURECTL_MODEL_TOOL_H
#define DAEMON_POSTURECTL_MODEL_TOOL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

enum { MODEL_TOOL_PATH = 512, MODEL_TOOL_REASON = 512 };

struct model_tool {
	char path[MODEL_TOOL_PATH];
	const volatile sig_atomic_t *stop; /* ends the process and the call; NULL = nobody asks */
};

/* Beside this program, else where both are installed. -ENOENT, and what to do. */
int model_tool_find(struct model_tool *tool, char *ret_reason);

/*
 * Runs it with arguments, closed by NULL, and waits. ret_output (NULL: not wanted) is what it prints, closed by NUL; free
 * it. -EINTR: stopped; -ECHILD: it failed, ret_reason (MODEL_TOOL_REASON bytes) is what it said last.
 */
int model_tool_run(const struct model_tool *tool, const char *const *arguments, char **ret_output, char *ret_reason);

#endif
