/* SPDX-License-Identifier: Apache-2.0 */
/* drop-in.c - see drop-in.h. */
#include "daemon/posturectl/drop-in.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config.h"

enum { REASON = 512, LINE = 256, LINES_MAX = 400 };

#define FILE_NAME "90-posturectl.conf"

static int fail(int r, const char *path, char *ret_reason)
{
	snprintf(ret_reason, REASON, "%.300s: %s%s", path, strerror(-r),
		 r == -EACCES || r == -EROFS ? " (root may)" : "");
	return r;
}

/* True when line is the key's. */
static bool is_key(const char *line, const char *key)
{
	size_t n = strlen(key);

	return strncmp(line, key, n) == 0 && line[n + strspn(line + n, " ")] == '=';
}

/* Copies old without the key, and puts the new line at the end of its section, which is made when there is none. */
static void rewrite(FILE *old, FILE *new, const char *section, const char *key, const char *value)
{
	char line[LINE], heading[LINE];
	bool inside = false, done = false;
	unsigned lines = 0;

	snprintf(heading, sizeof(heading), "[%s]\n", section);
	if (!old)
		fputs("# Written by posturectl --save.\n", new);
	while (old && lines++ < LINES_MAX && fgets(line, sizeof(line), old)) {
		if (inside && line[0] == '[') {
			fprintf(new, "%s = %s\n", key, value);
			inside = false;
			done = true;
		}
		inside = inside || strcmp(line, heading) == 0;
		if (!inside || !is_key(line, key))
			fputs(line, new);
	}
	if (!inside && !done)
		fputs(heading, new);
	if (!done)
		fprintf(new, "%s = %s\n", key, value);
}

static void keep_first(void *userdata, const char *text)
{
	char *reason = userdata;

	if (!reason[0])
		snprintf(reason, REASON, "%s", text);
}

/* The new file alone must be right; the service says at its next start when files contradict each other. */
static int check(const char *path, char *ret_reason)
{
	struct config_report report = {.line = keep_first, .userdata = ret_reason};
	struct config *config = malloc(sizeof(*config));
	FILE *stream = fopen(path, "re");
	int r = config && stream ? 0 : -ENOMEM;

	if (r == 0) {
		config_init(config);
		r = config_read(stream, path, &report, config);
	}
	if (stream)
		fclose(stream);
	free(config);
	return r;
}

int drop_in_set(const char *config, const char *section, const char *key, const char *value, char *ret_path,
		char *ret_reason)
{
	char directory[DROP_IN_PATH - 64], path[DROP_IN_PATH], fresh[DROP_IN_PATH + 8];
	FILE *old, *new;
	int r = 0;

	if (snprintf(directory, sizeof(directory), "%s.d", config) >= (int)sizeof(directory))
		return fail(-ENAMETOOLONG, config, ret_reason);
	snprintf(path, sizeof(path), "%s/%s", directory, FILE_NAME);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	if (mkdir(directory, 0755) != 0 && errno != EEXIST)
		return fail(-errno, directory, ret_reason);
	new = fopen(fresh, "we");
	if (!new)
		return fail(-errno, fresh, ret_reason);
	old = fopen(path, "re");
	rewrite(old, new, section, key, value);
	if (old)
		fclose(old);
	(void)fchmod(fileno(new), 0644);
	if (fflush(new) != 0 || fsync(fileno(new)) != 0)
		r = -errno;
	if (fclose(new) != 0 && r == 0)
		r = -errno;
	ret_reason[0] = '\0';
	if (r == 0)
		r = check(fresh, ret_reason);
	if (r == 0 && rename(fresh, path) != 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(fresh);
		return ret_reason[0] ? r : fail(r, path, ret_reason);
	}
	snprintf(ret_path, DROP_IN_PATH, "%s", path);
	return 0;
}
