/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recording-writer.c - capture files in ST's layout, in chunks as ST's logger makes them (see recording.h).
 *
 * Log directory:  log__<Class>__<User>__<k>__VL53L8__postured__8x8__<date>_<time>   k = 1, 2, ... per user
 * File in npz/:   data_<the same without log__>_ends<HHMMSS.mmm>.npz
 * Dates and times are local, as ST's are; the time stamps inside are Unix seconds.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "sensor/npz.h"
#include "sensor/recording-layout.h"
#include "sensor/recording.h"

enum {
	GLOBALS_MAX = 2,
	US_PER_S = 1000000,
	SAME_NAME_MAX = 1000, /* files that end in the same millisecond */
};

struct recording_writer {
	struct recording_writer_config config; /* the strings are ours */
	char *directory;		       /* of the npz files, NULL before the first chunk */
	char name[128];			       /* <Class>__<User>__... */
	int error;			       /* the first one */
	uint64_t first_t_ns;		       /* of the whole recording, for frames without wall_us */
	bool started;
	size_t n;
	struct frame chunk[RECORDING_CHUNK_FRAMES];
};

static bool is_plain_name(const char *name)
{
	if (!name || !name[0] || strlen(name) > 31 || strstr(name, "__"))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '-' && *name != '_')
			return false;
	return true;
}

static int make_directory(const char *path)
{
	char *copy = strdup(path);
	int r = 0;

	if (!copy)
		return -ENOMEM;
	for (char *at = copy + 1; r == 0; at++) {
		char c = *at;

		if (c != '/' && c != '\0')
			continue;
		*at = '\0';
		if (mkdir(copy, 0777) != 0 && errno != EEXIST)
			r = -errno;
		*at = c;
		if (c == '\0')
			break;
	}
	free(copy);
	return r;
}

/* The next free k among the logs of this class and user. */
static unsigned next_number(const char *class_directory, const char *prefix)
{
	DIR *directory = opendir(class_directory);
	struct dirent *entry;
	unsigned next = 1;

	if (!directory)
		return next;
	while ((entry = readdir(directory)) != NULL) {
		unsigned k;

		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
		    sscanf(entry->d_name + strlen(prefix), "%9u__", &k) == 1 && k >= next)
			next = k + 1;
	}
	closedir(directory);
	return next;
}

/* Names and makes the log directory, once the first frame has told the grid. */
static int make_log(struct recording_writer *writer)
{
	const struct recording_writer_config *config = &writer->config;
	unsigned side = writer->chunk[0].cols;
	time_t now = (time_t)config->now_s;
	char *class_directory, prefix[96], stamp[32];
	struct tm tm;
	int r;

	if (!localtime_r(&now, &tm))
		return -EOVERFLOW;
	strftime(stamp, sizeof(stamp), "%Y%m%d_%H%M%S", &tm);
	if (asprintf(&class_directory, "%s/%s", config->directory, config->class_name) < 0)
		return -ENOMEM;
	snprintf(prefix, sizeof(prefix), "log__%s__%s__", config->class_name, config->user);
	snprintf(writer->name, sizeof(writer->name), "%s__%s__%u__VL53L8__postured__%ux%u__%s", config->class_name,
		 config->user, next_number(class_directory, prefix), side, side, stamp);
	r = asprintf(&writer->directory, "%s/log__%s/npz", class_directory, writer->name);
	free(class_directory);
	if (r < 0) {
		writer->directory = NULL;
		return -ENOMEM;
	}
	return make_directory(writer->directory);
}

/* Opens the chunk's file; its name tells when it ended. */
static int open_file(struct recording_writer *writer, uint64_t end_us, struct npz_writer **ret_npz, char *reason)
{
	time_t seconds = (time_t)(end_us / US_PER_S);
	unsigned ms = (unsigned)(end_us % US_PER_S / 1000);
	char stamp[16], *path;
	struct tm tm;
	int r = -EEXIST;

	if (!localtime_r(&seconds, &tm))
		return -EOVERFLOW;
	strftime(stamp, sizeof(stamp), "%H%M%S", &tm);
	for (unsigned i = 0; i < SAME_NAME_MAX && r == -EEXIST; i++) {
		if (asprintf(&path, "%s/data_%s_ends%s.%03u.npz", writer->directory, writer->name, stamp,
			     (ms + i) % 1000) < 0)
			return -ENOMEM;
		r = npz_writer_open(path, ret_npz, reason);
		free(path);
	}
	return r;
}

static int write_zones(struct recording_writer *writer, struct npz_writer *npz, double *values)
{
	const struct recording_channel *channels[RECORDING_CHANNELS];
	const char *names[RECORDING_CHANNELS];
	size_t zones = (size_t)writer->chunk[0].cols * writer->chunk[0].rows, n = 0;
	int r;

	for (size_t i = 0; i < RECORDING_CHANNELS; i++) {
		const struct recording_channel *channel = &recording_channels[i];

		if (channel->need == RECORDING_EXTRA &&
		    (!writer->config.extra_fields || (channel->field && !(writer->chunk[0].fields & channel->field))))
			continue;
		channels[n] = channel;
		names[n++] = channel->name;
	}
	for (size_t i = 0; i < n; i++)
		for (unsigned zone = 0; zone < zones; zone++)
			for (size_t k = 0; k < writer->n; k++)
				values[(i * zones + zone) * writer->n + k] =
					recording_channel_load(channels[i], &writer->chunk[k], zone);
	r = npz_writer_numbers(npz, "zone_data", values, 3, (const uint64_t[]){n, zones, writer->n});
	return r < 0 ? r : npz_writer_texts(npz, "zone_head", names, n);
}

static int write_globals(struct recording_writer *writer, struct npz_writer *npz, double *values)
{
	static const char *const names[GLOBALS_MAX] = {RECORDING_LABEL_CHANNEL, RECORDING_TEMPERATURE_CHANNEL};
	bool temperature = writer->config.extra_fields && writer->chunk[0].fields & FRAME_HAS_TEMPERATURE;
	size_t n = temperature ? 2 : 1;
	int r;

	for (size_t k = 0; k < writer->n; k++) {
		values[k] = writer->config.label;
		if (temperature)
			values[writer->n + k] = writer->chunk[k].temperature_c;
	}
	r = npz_writer_numbers(npz, "glob_data", values, 2, (const uint64_t[]){n, writer->n});
	return r < 0 ? r : npz_writer_texts(npz, "glob_head", names, n);
}

static int write_times(struct recording_writer *writer, struct npz_writer *npz, double *values)
{
	int r;

	for (size_t k = 0; k < writer->n; k++)
		values[k] = (double)writer->chunk[k].wall_us / US_PER_S;
	r = npz_writer_numbers(npz, "start_tstmp", &values[0], 0, NULL);
	if (r == 0)
		r = npz_writer_numbers(npz, "end_tstmp", &values[writer->n - 1], 0, NULL);
	if (r == 0 && writer->config.extra_fields)
		r = npz_writer_numbers(npz, "frame_tstmp", values, 1, (const uint64_t[]){writer->n});
	return r;
}

static int write_chunk(struct recording_writer *writer)
{
	char reason[RECORDING_REASON];
	struct npz_writer *npz;
	double *values;
	int r = 0;

	if (writer->n == 0)
		return 0;
	if (!writer->directory)
		r = make_log(writer);
	if (r < 0)
		return r;
	values = malloc((size_t)RECORDING_CHANNELS * FRAME_ZONES_MAX * writer->n * sizeof(*values));
	if (!values)
		return -ENOMEM;
	r = open_file(writer, writer->chunk[writer->n - 1].wall_us, &npz, reason);
	if (r == 0) {
		r = write_times(writer, npz, values);
		if (r == 0)
			r = write_zones(writer, npz, values);
		if (r == 0)
			r = write_globals(writer, npz, values);
		if (r == 0)
			r = npz_writer_commit(npz, reason);
		else
			npz_writer_discard(npz);
	}
	free(values);
	writer->n = 0;
	return r;
}

static int copy_strings(struct recording_writer *writer, const struct recording_writer_config *config)
{
	writer->config = *config;
	writer->config.directory = strdup(config->directory);
	writer->config.class_name = strdup(config->class_name);
	writer->config.user = strdup(config->user);
	return writer->config.directory && writer->config.class_name && writer->config.user ? 0 : -ENOMEM;
}

static void free_writer(struct recording_writer *writer)
{
	free((char *)writer->config.directory);
	free((char *)writer->config.class_name);
	free((char *)writer->config.user);
	free(writer->directory);
	free(writer);
}

int recording_writer_open(const struct recording_writer_config *config, struct recording_writer **ret_writer,
			  char *ret_reason)
{
	struct recording_writer *writer;
	int r;

	if (!is_plain_name(config->class_name) || !is_plain_name(config->user)) {
		snprintf(ret_reason, RECORDING_REASON,
			 "class and user are 1..31 letters, digits, '-' and single '_': \"%.40s\", \"%.40s\"",
			 config->class_name ? config->class_name : "", config->user ? config->user : "");
		return -EINVAL;
	}
	r = make_directory(config->directory);
	if (r < 0) {
		snprintf(ret_reason, RECORDING_REASON, "can't create %.120s: %s", config->directory, strerror(-r));
		return r;
	}
	writer = calloc(1, sizeof(*writer));
	if (writer && copy_strings(writer, config) == 0) {
		*ret_writer = writer;
		return 0;
	}
	if (writer)
		free_writer(writer);
	snprintf(ret_reason, RECORDING_REASON, "no memory for a recording");
	return -ENOMEM;
}

int recording_writer_add(struct recording_writer *writer, const struct frame *frame)
{
	struct frame *to;
	int r = 0;

	if (writer->error)
		return writer->error;
	/* A file has one grid and one set of channels. */
	if (writer->n > 0 && (frame->cols != writer->chunk[0].cols || frame->rows != writer->chunk[0].rows))
		return -EINVAL;
	if (frame->cols != frame->rows || (frame->cols != 4 && frame->cols != 8))
		return -EINVAL;
	if (writer->n > 0 && frame->fields != writer->chunk[0].fields)
		r = write_chunk(writer);
	to = &writer->chunk[writer->n];
	*to = *frame;
	if (!writer->started) {
		writer->started = true;
		writer->first_t_ns = frame->t_ns;
	}
	if (to->wall_us == 0)
		to->wall_us = (uint64_t)writer->config.now_s * US_PER_S + (frame->t_ns - writer->first_t_ns) / 1000;
	writer->n++;
	if (r == 0 && writer->n == RECORDING_CHUNK_FRAMES)
		r = write_chunk(writer);
	if (r < 0)
		writer->error = r;
	return r;
}

int recording_writer_close(struct recording_writer *writer)
{
	int r = writer->error ? writer->error : write_chunk(writer);

	free_writer(writer);
	return r;
}
