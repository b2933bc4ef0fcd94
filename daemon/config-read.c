/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config-read.c - the configuration's files, through inih.
 *
 * inih may be built without line numbers, cuts long lines in silence, takes indented lines for continuations, and
 * tells only the first fault. So the lines come to it through a reader of ours, which counts, refuses and reports.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config-key.h"

struct reader {
	FILE *stream;
	const char *name;
	unsigned line;
	size_t longest; /* characters of a line */
	bool pending;	/* this line should give a key, and inih has not said one yet */
	bool skipping;	/* in a section that was refused */
	struct config *config;
	struct config_report *report;
};

static void fault(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fault(struct reader *reader, const char *format, ...)
{
	char text[CONFIG_TEXT + CONFIG_REASON];
	va_list list;
	int n = snprintf(text, sizeof(text), "%.200s:%u: ", reader->name, reader->line);

	va_start(list, format);
	vsnprintf(text + n, sizeof(text) - (size_t)n, format, list);
	va_end(list);
	reader->report->errors++;
	reader->report->line(reader->report->userdata, text);
}

static void check_section(struct reader *reader, const char *line)
{
	size_t n = strcspn(line + 1, "];");
	char name[64];
	const char *meant;

	reader->skipping = true;
	if (line[1 + n] != ']') {
		fault(reader, "a section without its closing ]");
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)n, line + 1);
	if (strncmp(name, "posture ", 8) == 0) {
		if (name[8] == '\0' || n - 8 >= NN_LABEL_MAX)
			fault(reader, "[%s]: a posture's name has 1 to %d bytes", name, NN_LABEL_MAX - 1);
		else
			reader->skipping = false;
		return;
	}
	if (strcmp(name, "posture") == 0) {
		fault(reader, "[posture]: the section needs a name, as in [posture Like]");
		return;
	}
	for (size_t i = 0; i < config_sections_count; i++)
		if (strcmp(config_sections[i].name, name) == 0) {
			reader->skipping = false;
			return;
		}
	meant = config_key_guess(NULL, name);
	fault(reader, "[%s]: unknown section%s%s%s", name, meant ? ", did you mean [" : ", see postured.conf(5)",
	      meant ? meant : "", meant ? "]?" : "");
}

/* One line without its newline and leading blanks; returns false at the end of the file. */
static bool fetch(struct reader *reader, char *line, size_t size)
{
	size_t n = 0;
	bool any = false, too_long = false, binary = false;
	int c;

	while ((c = getc(reader->stream)) != EOF) {
		any = true;
		if (c == '\n')
			break;
		if (n == 0 && isspace(c))
			continue;
		binary |= c == '\0';
		if (n + 1 < size)
			line[n++] = (char)c;
		else
			too_long = true;
	}
	line[n] = '\0';
	if (!any)
		return false;
	reader->line++;
	if (reader->line == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
		memmove(line, line + 3, strlen(line + 3) + 1);
	if (binary)
		fault(reader, "a NUL byte: this is not a text file");
	else if (too_long)
		fault(reader, "longer than %zu characters", size - 1);
	if (binary || too_long)
		line[0] = '\0';
	return true;
}

static char *read_line(char *line, int size, void *userdata)
{
	struct reader *reader = userdata;

	if (reader->pending && !reader->skipping)
		fault(reader, "neither [section] nor key = value");
	reader->pending = false;
	reader->longest = (size_t)size - 1;
	if (!fetch(reader, line, (size_t)size))
		return NULL;
	if (line[0] == '[')
		check_section(reader, line);
	else
		reader->pending = line[0] != '\0' && line[0] != ';' && line[0] != '#';
	return line;
}

static int take(void *userdata, const char *section, const char *name, const char *value)
{
	struct reader *reader = userdata;
	char reason[CONFIG_REASON];
	size_t n = strlen(value);

	reader->pending = false;
	if (reader->skipping)
		return 1;
	if (section[0] == '\0')
		fault(reader, "%s: before the first [section]", name);
	else if (n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n - 1] == value[0])
		fault(reader, "%s.%s: values are written without quotes", section, name);
	else if (strlen(name) + strlen(" = ") + n > reader->longest) /* or a dump could not be read back */
		fault(reader, "%s.%s: longer than %zu characters", section, name, reader->longest);
	else if (config_set(reader->config, section, name, value, reason) < 0)
		fault(reader, "%s.%s: %s", section, name, reason);
	return 1;
}

int config_read(FILE *stream, const char *name, struct config_report *report, struct config *config)
{
	struct reader reader = {.stream = stream, .name = name, .config = config, .report = report};
	unsigned before = report->errors;
	int r = ini_parse_stream(read_line, &reader, take, &reader);

	if (ferror(stream) || r < 0) {
		fault(&reader, "can't be read on");
		return -EIO;
	}
	return report->errors == before ? 0 : -EINVAL;
}

static int read_path(const char *path, bool required, struct config_report *report, struct config *config)
{
	FILE *stream = fopen(path, "re");
	int r = stream ? 0 : -errno;

	if (!stream) {
		char text[CONFIG_TEXT + CONFIG_REASON];

		if (!required && r == -ENOENT)
			return 0;
		snprintf(text, sizeof(text), "%.200s: %s", path, strerror(-r));
		report->errors++;
		report->line(report->userdata, text);
		return r;
	}
	r = config_read(stream, path, report, config);
	fclose(stream);
	return r;
}

static int is_conf(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 5, ".conf") == 0;
}

/* Byte order, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_directory(const char *path, struct config_report *report, struct config *config)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_conf, by_name), result = 0;

	if (n < 0)
		return errno == ENOENT ? 0 : read_path(path, true, report, config);
	for (int i = 0; i < n; i++) {
		char *file;
		int r = -ENOMEM;

		if (asprintf(&file, "%s/%s", path, entries[i]->d_name) >= 0) {
			r = read_path(file, true, report, config);
			free(file);
		}
		if (r < 0 && result == 0)
			result = r;
		free(entries[i]);
	}
	free(entries);
	return result;
}

int config_load(const char *path, bool required, struct config_report *report, struct config *ret_config)
{
	struct config config;
	char *directory;
	int r, also;

	if (asprintf(&directory, "%s.d", path) < 0)
		return -ENOMEM;
	config_init(&config);
	r = read_path(path, required, report, &config);
	also = read_directory(directory, report, &config);
	free(directory);
	if (r == 0)
		r = also;
	if (r == 0)
		r = config_check(&config, report);
	if (r == 0)
		*ret_config = config;
	return r;
}
