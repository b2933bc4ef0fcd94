/* SPDX-License-Identifier: Apache-2.0 */
/* recording.c - reading one capture file (see recording.h). */
#include "sensor/recording.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/npz.h"
#include "sensor/recording-layout.h"

enum {
	CHANNELS_MAX = 32,
	NAME_MAX_BYTES = 32,
	ZONES_4X4 = 16,
	ZONES_8X8 = 64,
};

/* The year 5138; a double still has microseconds there. */
#define SECONDS_MAX 1e11

_Static_assert((int)NPZ_REASON == (int)RECORDING_REASON, "one buffer serves both");

struct heads {
	char names[CHANNELS_MAX][NAME_MAX_BYTES];
	size_t n;
};

__attribute__((format(printf, 2, 3))) static int bad(char *reason, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, RECORDING_REASON, format, args);
	va_end(args);
	return -EBADMSG;
}

static int read_heads(struct npz *npz, const char *member, struct heads *ret_heads, char *reason)
{
	struct npz_array array;
	int r = npz_array_open(npz, member, RECORDING_BYTES_MAX, &array, reason);

	if (r < 0)
		return r;
	if (array.dims != 1 || array.shape[0] < 1 || array.shape[0] > CHANNELS_MAX) {
		npz_array_close(&array);
		return bad(reason, "member %s.npy: a list of 1..%d names expected", member, CHANNELS_MAX);
	}
	ret_heads->n = (size_t)array.shape[0];
	for (size_t i = 0; i < ret_heads->n; i++) {
		r = npz_array_text(&array, ret_heads->names[i], NAME_MAX_BYTES, reason);
		if (r < 0) {
			npz_array_close(&array);
			return r;
		}
	}
	return npz_array_finish(&array, reason);
}

/* One time stamp, or n in a row. */
static int read_stamps(struct npz *npz, const char *member, unsigned dims, double *values, size_t n, char *reason)
{
	struct npz_array array;
	int r = npz_array_open(npz, member, RECORDING_BYTES_MAX, &array, reason);

	if (r < 0)
		return r;
	if (array.dims > dims || array.items != n) {
		npz_array_close(&array);
		return bad(reason, "member %s.npy: %zu number%s expected", member, n, n == 1 ? "" : "s");
	}
	r = npz_array_numbers(&array, values, n, reason);
	if (r < 0) {
		npz_array_close(&array);
		return r;
	}
	for (size_t i = 0; i < n; i++)
		if (!isfinite(values[i]) || values[i] < 0 || values[i] > SECONDS_MAX) {
			npz_array_close(&array);
			return bad(reason, "member %s.npy: not Unix seconds", member);
		}
	return npz_array_finish(&array, reason);
}

/* What each channel of zone_head is for us; NULL = nothing. */
static int find_channels(const struct heads *heads, const struct recording_channel **ret_channels, uint16_t *ret_fields,
			 bool *ret_counted, char *reason)
{
	for (size_t i = 0; i < heads->n; i++)
		ret_channels[i] = NULL;
	for (size_t k = 0; k < RECORDING_CHANNELS; k++) {
		const struct recording_channel *channel = &recording_channels[k];
		size_t i = 0;

		while (i < heads->n && strcmp(heads->names[i], channel->name) != 0)
			i++;
		if (i == heads->n && channel->need == RECORDING_REQUIRED)
			return bad(reason, "member zone_head.npy: no channel %s", channel->name);
		if (i == heads->n || channel->need == RECORDING_CONSTANT)
			continue;
		ret_channels[i] = channel;
		*ret_fields |= channel->field;
		*ret_counted |= channel->offset == offsetof(struct frame, count);
	}
	return 0;
}

/*
 * Streams a member of shape (channels, zones, frames), or (channels, frames) with zones = 1, through one row of
 * memory and hands each value to store().
 */
struct walk {
	struct npz_array array;
	const struct heads *heads;
	size_t zones, frames;
	void (*store)(const struct walk *walk, size_t channel, size_t zone, size_t frame, double value);
	const struct recording_channel **channels;
	struct frame *to;
};

static int walk_row(const struct walk *walk, const double *row, size_t row_number, size_t length, char *reason)
{
	for (size_t i = 0; i < length; i++) {
		/* C order: a row is all frames of one zone. Fortran: all channels of all zones of one frame. */
		size_t frame = walk->array.fortran ? row_number : i;
		size_t channel = walk->array.fortran ? i % walk->heads->n : row_number / walk->zones;
		size_t zone = walk->array.fortran ? i / walk->heads->n : row_number % walk->zones;

		if (!isfinite(row[i]))
			return bad(reason, "member %s.npy: %s of zone %zu in frame %zu is not a number",
				   walk->array.name, walk->heads->names[channel], zone, frame);
		walk->store(walk, channel, zone, frame, row[i]);
	}
	return 0;
}

static int walk_all(struct walk *walk, char *reason)
{
	size_t rows = walk->array.fortran ? walk->frames : walk->heads->n * walk->zones;
	size_t length = walk->array.fortran ? walk->heads->n * walk->zones : walk->frames;
	double *row = malloc(length * sizeof(*row));
	int r = row ? 0 : -ENOMEM;

	for (size_t i = 0; i < rows && r == 0; i++) {
		r = npz_array_numbers(&walk->array, row, length, reason);
		if (r == 0)
			r = walk_row(walk, row, i, length, reason);
	}
	free(row);
	if (r == 0)
		return npz_array_finish(&walk->array, reason);
	npz_array_close(&walk->array);
	return r;
}

static void store_zone(const struct walk *walk, size_t channel, size_t zone, size_t frame, double value)
{
	if (walk->channels[channel])
		recording_channel_store(walk->channels[channel], &walk->to[frame], (unsigned)zone, value);
}

static int open_zone_data(struct npz *npz, struct walk *walk, char *reason)
{
	struct npz_array *array = &walk->array;
	int r = npz_array_open(npz, "zone_data", RECORDING_BYTES_MAX, array, reason);

	if (r < 0)
		return r;
	if (array->dims != 3 || array->shape[0] != walk->heads->n)
		r = bad(reason, "member zone_data.npy: shape (%zu, zones, frames) expected", walk->heads->n);
	else if (array->shape[1] != ZONES_8X8 && array->shape[1] != ZONES_4X4)
		r = bad(reason, "member zone_data.npy: %llu zones, 64 (8x8) or 16 (4x4) expected",
			(unsigned long long)array->shape[1]);
	else if (array->shape[2] < 1)
		r = bad(reason, "member zone_data.npy: no frames");
	else if (array->shape[2] > RECORDING_FRAMES_MAX) {
		(void)bad(reason, "member zone_data.npy: %llu frames, at most %d are read",
			  (unsigned long long)array->shape[2], RECORDING_FRAMES_MAX);
		r = -EFBIG;
	}
	if (r < 0) {
		npz_array_close(array);
		return r;
	}
	walk->zones = (size_t)array->shape[1];
	walk->frames = (size_t)array->shape[2];
	return 0;
}

static int read_zones(struct npz *npz, struct recording *recording, char *reason)
{
	const struct recording_channel *channels[CHANNELS_MAX];
	struct heads heads;
	struct walk walk = {.heads = &heads, .store = store_zone, .channels = channels};
	uint16_t fields = 0;
	bool counted = false;
	int r = read_heads(npz, "zone_head", &heads, reason);

	if (r == 0)
		r = find_channels(&heads, channels, &fields, &counted, reason);
	if (r == 0)
		r = open_zone_data(npz, &walk, reason);
	if (r < 0)
		return r;
	recording->n = walk.frames;
	recording->frames = walk.to = calloc(walk.frames, sizeof(*walk.to));
	if (!walk.to) {
		npz_array_close(&walk.array);
		return -ENOMEM;
	}
	r = walk_all(&walk, reason);
	for (size_t i = 0; i < recording->n && r == 0; i++) {
		struct frame *frame = &recording->frames[i];

		frame->seq = (uint32_t)i;
		frame->fields = fields;
		frame->cols = frame->rows = walk.zones == ZONES_8X8 ? 8 : 4;
		for (size_t zone = 0; zone < walk.zones && !counted; zone++)
			frame->count[zone] = frame->status[zone] != FRAME_STATUS_NONE;
	}
	return r;
}

static void store_global(const struct walk *walk, size_t channel, size_t zone, size_t frame, double value)
{
	struct frame *to = &walk->to[frame];

	(void)zone;
	if (strcmp(walk->heads->names[channel], RECORDING_LABEL_CHANNEL) == 0) {
		to->label = (int16_t)lrint(fmax(INT16_MIN, fmin(INT16_MAX, value)));
		to->fields |= FRAME_HAS_LABEL;
	} else if (strcmp(walk->heads->names[channel], RECORDING_TEMPERATURE_CHANNEL) == 0) {
		to->temperature_c = (int8_t)lrint(fmax(INT8_MIN, fmin(INT8_MAX, value)));
		to->fields |= FRAME_HAS_TEMPERATURE;
	}
}

static int read_globals(struct npz *npz, struct recording *recording, char *reason)
{
	struct heads heads;
	struct walk walk = {.heads = &heads, .zones = 1, .frames = recording->n, .store = store_global};
	int r = read_heads(npz, "glob_head", &heads, reason);

	if (r < 0)
		return r;
	r = npz_array_open(npz, "glob_data", RECORDING_BYTES_MAX, &walk.array, reason);
	if (r < 0)
		return r;
	if (walk.array.dims != 2 || walk.array.shape[0] != heads.n || walk.array.shape[1] != recording->n) {
		npz_array_close(&walk.array);
		return bad(reason, "member glob_data.npy: shape (%zu, %zu) expected", heads.n, recording->n);
	}
	walk.to = recording->frames;
	return walk_all(&walk, reason);
}

/* Sets wall_us and t_ns; time never runs backwards in t_ns, whatever the recorder's clock did. */
static void set_time(struct recording *recording, size_t i, double unix_s)
{
	struct frame *frame = &recording->frames[i];

	frame->wall_us = (uint64_t)(unix_s * 1e6 + 0.5);
	if (i > 0) {
		const struct frame *last = frame - 1;
		uint64_t step_us = frame->wall_us > last->wall_us ? frame->wall_us - last->wall_us : 0;

		frame->t_ns = last->t_ns + step_us * 1000;
	}
}

static int read_times(struct npz *npz, struct recording *recording, char *reason)
{
	double *stamps, step = 0;
	int r = read_stamps(npz, "start_tstmp", 1, &recording->start_s, 1, reason);

	if (r == 0)
		r = read_stamps(npz, "end_tstmp", 1, &recording->end_s, 1, reason);
	if (r < 0)
		return r;
	if (recording->end_s < recording->start_s)
		return bad(reason, "member end_tstmp.npy lies before start_tstmp.npy");
	if (!npz_has(npz, "frame_tstmp")) {
		if (recording->n > 1)
			step = (recording->end_s - recording->start_s) / (double)(recording->n - 1);
		for (size_t i = 0; i < recording->n; i++)
			set_time(recording, i, recording->start_s + step * (double)i);
		return 0;
	}
	stamps = malloc(recording->n * sizeof(*stamps));
	if (!stamps)
		return -ENOMEM;
	r = read_stamps(npz, "frame_tstmp", 1, stamps, recording->n, reason);
	for (size_t i = 0; i < recording->n && r == 0; i++)
		set_time(recording, i, stamps[i]);
	free(stamps);
	return r;
}

static int read_all(struct npz *npz, struct recording *ret_recording, char *reason)
{
	struct recording recording = {.frames = NULL};
	int r = read_zones(npz, &recording, reason);

	if (r == 0)
		r = read_globals(npz, &recording, reason);
	if (r == 0)
		r = read_times(npz, &recording, reason);
	npz_close(npz);
	if (r < 0) {
		if (r == -ENOMEM)
			(void)bad(reason, "no memory for the recording");
		recording_clear(&recording);
		/* A member that is not there makes the file a bad recording, not a missing file. */
		return r == -ENOENT ? -EBADMSG : r;
	}
	*ret_recording = recording;
	return 0;
}

/* Copies a field of the log directory's name, up to the next "__". Returns what follows, NULL at the end. */
static const char *copy_field(const char *at, char *field, size_t size)
{
	const char *end = strstr(at, "__");
	size_t length = end ? (size_t)(end - at) : strcspn(at, "/");

	snprintf(field, size, "%.*s", (int)length, at);
	return end ? end + 2 : NULL;
}

static void name_from_path(const char *path, struct recording *recording)
{
	const char *log = NULL, *at = path;

	while ((at = strstr(at, "log__")) != NULL) {
		if (at == path || at[-1] == '/')
			log = at;
		at++;
	}
	if (!log || !strchr(log, '/'))
		return;
	snprintf(recording->log, sizeof(recording->log), "%.*s", (int)strcspn(log, "/"), log);
	at = copy_field(recording->log + strlen("log__"), recording->class_name, sizeof(recording->class_name));
	if (at)
		(void)copy_field(at, recording->user, sizeof(recording->user));
}

int recording_read(const char *path, struct recording *ret_recording, char *ret_reason)
{
	struct npz *npz;
	int r = npz_open(path, &npz, ret_reason);

	if (r == 0)
		r = read_all(npz, ret_recording, ret_reason);
	if (r == 0)
		name_from_path(path, ret_recording);
	return r;
}

int recording_read_memory(const void *data, size_t n, struct recording *ret_recording, char *ret_reason)
{
	struct npz *npz;
	int r = npz_open_memory(data, n, &npz, ret_reason);

	return r < 0 ? r : read_all(npz, ret_recording, ret_reason);
}

void recording_clear(struct recording *recording)
{
	free(recording->frames);
	*recording = (struct recording){.frames = NULL};
}
