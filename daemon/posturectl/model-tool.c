/* SPDX-License-Identifier: Apache-2.0 */
/* model-tool.c - see model-tool.h. */
#include "daemon/posturectl/model-tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/posturectl/report.h"

enum {
	OUTPUT_MAX = 1024 * 1024,
	ARGUMENTS_MAX = 24,
	STOP_MS = 200, /* till a child is told that nobody wants its answer any more */
};

extern char **environ;

int model_tool_find(struct model_tool *tool, char *ret_reason)
{
	char self[MODEL_TOOL_PATH - 32];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
		if (slash)
			*slash = '\0';
		snprintf(tool->path, sizeof(tool->path), "%s/posture-model", self);
		if (access(tool->path, X_OK) == 0)
			return 0;
	}
	snprintf(tool->path, sizeof(tool->path), "%s/posture-model", BINDIR);
	if (access(tool->path, X_OK) == 0)
		return 0;
	snprintf(
		ret_reason, MODEL_TOOL_REASON,
		"posture-model is not installed here, and it is what trains: install it (it needs a build with libhdf5 "
		"and libyaml), or record here and train elsewhere; the takes are in ST's layout");
	return -ENOENT;
}

/* The last line that says something. */
static void last_words(const char *text, char *ret_reason)
{
	size_t end = strlen(text), begin;

	while (end > 0 && text[end - 1] == '\n')
		end--;
	for (begin = end; begin > 0 && text[begin - 1] != '\n'; begin--)
		;
	report_text(text + begin, end - begin, MODEL_TOOL_REASON, ret_reason);
}

/* All of fd, or what fits. */
static char *drain(int fd, const struct model_tool *tool, pid_t child)
{
	char *text = malloc(OUTPUT_MAX + 1), lost[512];
	size_t used = 0;
	ssize_t n;

	for (;;) {
		bool keep = text && used < OUTPUT_MAX;
		struct pollfd wait = {.fd = fd, .events = POLLIN};

		if (tool->stop && *tool->stop)
			(void)kill(child, SIGTERM);
		/* A signal just before it would not end it. */
		if (poll(&wait, 1, STOP_MS) <= 0)
			continue;
		n = keep ? read(fd, text + used, OUTPUT_MAX - used) : read(fd, lost, sizeof(lost));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += keep ? (size_t)n : 0;
	}
	if (text)
		text[used] = '\0';
	return text;
}

/* Its words of both kinds go to the pipe, or only those of errors to file. */
static int start(const struct model_tool *tool, const char *const *arguments, int out, int err, pid_t *ret_child)
{
	const char *argv[ARGUMENTS_MAX + 2] = {"posture-model"};
	posix_spawn_file_actions_t actions;
	int r;

	for (unsigned i = 0; arguments[i] && i < ARGUMENTS_MAX; i++)
		argv[i + 1] = arguments[i];
	r = posix_spawn_file_actions_init(&actions);
	if (r == 0) {
		r = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
		r = r ? r : posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
		r = r ? r : posix_spawn(ret_child, tool->path, &actions, NULL, (char *const *)argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	return -r;
}

static int finish(pid_t child, const struct model_tool *tool, int errors, char *ret_reason)
{
	char words[4096];
	ssize_t n;
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (tool->stop && *tool->stop) {
		snprintf(ret_reason, MODEL_TOOL_REASON, "interrupted");
		return -EINTR;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	n = lseek(errors, 0, SEEK_SET) == 0 ? read(errors, words, sizeof(words) - 1) : 0;
	words[n > 0 ? n : 0] = '\0';
	last_words(words, ret_reason);
	if (!ret_reason[0])
		snprintf(ret_reason, MODEL_TOOL_REASON, "%.300s has failed with status %d", tool->path, status);
	return -ECHILD;
}

int model_tool_run(const struct model_tool *tool, const char *const *arguments, char **ret_output, char *ret_reason)
{
	FILE *errors = tmpfile();
	char *output = NULL;
	int ends[2] = {-1, -1}, r = 0;
	pid_t child = -1;

	if (!errors || pipe2(ends, O_CLOEXEC) != 0)
		r = -errno;
	r = r < 0 ? r : start(tool, arguments, ends[1], fileno(errors), &child);
	if (ends[1] >= 0)
		close(ends[1]);
	if (r == 0) {
		output = drain(ends[0], tool, child);
		r = finish(child, tool, fileno(errors), ret_reason);
	} else {
		snprintf(ret_reason, MODEL_TOOL_REASON, "%.300s: %s", tool->path, strerror(-r));
	}
	if (ends[0] >= 0)
		close(ends[0]);
	if (errors)
		fclose(errors);
	if (r == 0 && !output) {
		snprintf(ret_reason, MODEL_TOOL_REASON, "out of memory");
		r = -ENOMEM;
	}
	if (r == 0 && ret_output)
		*ret_output = output;
	else
		free(output);
	return r;
}
