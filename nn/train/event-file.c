/* SPDX-License-Identifier: Apache-2.0 */
/* event-file.c - see event-file.h. The messages are so few and flat that their bytes are written here. */
#include "nn/train/event-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = "events.out.tfevents.";

enum {
	PATH = 4096,
	WIRE_VARINT = 0,
	WIRE_64 = 1,
	WIRE_BYTES = 2,
	WIRE_32 = 5,
	EVENT_WALL_TIME = 1,
	EVENT_STEP = 2,
	EVENT_FILE_VERSION = 3,
	EVENT_SUMMARY = 5,
	EVENT_SESSION_LOG = 7,
	SESSION_LOG_STATUS = 1,
	SESSION_LOG_START = 1,
	SUMMARY_VALUE = 1,
	VALUE_TAG = 1,
	VALUE_SIMPLE = 2,
	VALUE_IMAGE = 4,
	VALUE_TENSOR = 8,
	VALUE_METADATA = 9,
	IMAGE_HEIGHT = 1,
	IMAGE_WIDTH = 2,
	IMAGE_COLOURS = 3,
	IMAGE_BYTES = 4,
	METADATA_PLUGIN = 1,
	PLUGIN_NAME = 1,
	TENSOR_TYPE = 1,
	TENSOR_TYPE_STRING = 7,
	TENSOR_SHAPE = 2,
	TENSOR_STRINGS = 8,
};

/* --- messages -------------------------------------------------------------------------------------------------- */

/* A message that grows. */
struct message {
	uint8_t *bytes; /* owned */
	size_t n, room;
	bool full; /* out of memory: what it has is of no use */
};

static void put(struct message *message, const void *bytes, size_t n)
{
	if (message->room - message->n < n) {
		size_t room = 2 * message->room + n + 64;
		uint8_t *grown = message->full ? NULL : realloc(message->bytes, room);

		if (!grown) {
			message->full = true;
			return;
		}
		message->bytes = grown;
		message->room = room;
	}
	if (n)
		memcpy(message->bytes + message->n, bytes, n);
	message->n += n;
}

static void put_little(struct message *message, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		put(message, &(uint8_t){(uint8_t)(value >> 8 * i)}, 1);
}

static void put_varint(struct message *message, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		put(message, &(uint8_t){(uint8_t)(value | 0x80)}, 1);
	put(message, &(uint8_t){(uint8_t)value}, 1);
}

static void put_number(struct message *message, unsigned field, uint64_t value)
{
	put_varint(message, field << 3 | WIRE_VARINT);
	put_varint(message, value);
}

static void put_bytes(struct message *message, unsigned field, const void *bytes, size_t n)
{
	put_varint(message, field << 3 | WIRE_BYTES);
	put_varint(message, n);
	put(message, bytes, n);
}

static void put_text(struct message *message, unsigned field, const char *text)
{
	put_bytes(message, field, text, strlen(text));
}

/* The inner message is done with. */
static void put_message(struct message *message, unsigned field, struct message *inner)
{
	put_bytes(message, field, inner->bytes, inner->n);
	message->full |= inner->full;
	free(inner->bytes);
	*inner = (struct message){0};
}

static struct message start_event(double wall_s, int64_t step)
{
	struct message event = {0};
	uint64_t bits;

	memcpy(&bits, &wall_s, sizeof(bits));
	put_varint(&event, EVENT_WALL_TIME << 3 | WIRE_64);
	put_little(&event, bits, 8);
	put_number(&event, EVENT_STEP, (uint64_t)step);
	return event;
}

/* --- records --------------------------------------------------------------------------------------------------- */

static uint32_t masked_crc32c(const uint8_t *bytes, size_t n)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < n; i++) {
		crc ^= bytes[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	crc = ~crc;
	return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static int write_all(int fd, const uint8_t *bytes, size_t n)
{
	while (n) {
		ssize_t written = write(fd, bytes, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		n -= (size_t)written;
	}
	return 0;
}

/* The event is done with. */
static int write_event(struct event_file *file, struct message *event)
{
	struct message record = {0};
	int r;

	put_little(&record, event->n, 8);
	put_little(&record, record.full ? 0 : masked_crc32c(record.bytes, 8), 4);
	put(&record, event->bytes, event->n);
	put_little(&record, event->full ? 0 : masked_crc32c(event->bytes, event->n), 4);
	r = event->full || record.full ? -ENOMEM : write_all(file->fd, record.bytes, record.n);
	free(record.bytes);
	free(event->bytes);
	return r;
}

/* A summary of one value, which is done with. */
static int write_value(struct event_file *file, double wall_s, int64_t step, struct message *value)
{
	struct message event = start_event(wall_s, step), summary = {0};

	put_message(&summary, SUMMARY_VALUE, value);
	put_message(&event, EVENT_SUMMARY, &summary);
	return write_event(file, &event);
}

/* --- the file -------------------------------------------------------------------------------------------------- */

static void remove_others(const char *directory, const char *name)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, prefix, sizeof(prefix) - 1) && strcmp(entry->d_name, name) != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

void event_file_remove_all(const char *directory)
{
	remove_others(directory, "");
}

int event_file_open(const char *directory, double wall_s, struct event_file *ret_file)
{
	struct event_file file;
	struct message event, log = {0};
	char name[64], path[PATH];
	int r;

	snprintf(name, sizeof(name), "%s%010lld.%ld.posture-model", prefix, (long long)wall_s, (long)getpid());
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) >= sizeof(path))
		return -ENAMETOOLONG;
	if (mkdir(directory, 0777) < 0 && errno != EEXIST)
		return -errno;
	file.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	if (file.fd < 0)
		return -errno;
	event = start_event(wall_s, 0);
	put_text(&event, EVENT_FILE_VERSION, "brain.Event:2");
	r = write_event(&file, &event);
	/* Who has seen steps of an older file forgets them. */
	event = start_event(wall_s, 0);
	put_number(&log, SESSION_LOG_STATUS, SESSION_LOG_START);
	put_message(&event, EVENT_SESSION_LOG, &log);
	if (r == 0)
		r = write_event(&file, &event);
	else
		free(event.bytes);
	if (r < 0) {
		close(file.fd);
		return r;
	}
	remove_others(directory, name);
	*ret_file = file;
	return 0;
}

void event_file_close(struct event_file *file)
{
	close(file->fd);
	file->fd = -1;
}

int event_file_add_scalar(struct event_file *file, double wall_s, int64_t step, const char *tag, float number)
{
	struct message value = {0};
	uint32_t bits;

	memcpy(&bits, &number, sizeof(bits));
	put_text(&value, VALUE_TAG, tag);
	put_varint(&value, VALUE_SIMPLE << 3 | WIRE_32);
	put_little(&value, bits, 4);
	return write_value(file, wall_s, step, &value);
}

int event_file_add_text(struct event_file *file, double wall_s, int64_t step, const char *tag, const char *text)
{
	struct message value = {0}, metadata = {0}, plugin = {0}, tensor = {0};

	put_text(&plugin, PLUGIN_NAME, "text");
	put_message(&metadata, METADATA_PLUGIN, &plugin);
	put_number(&tensor, TENSOR_TYPE, TENSOR_TYPE_STRING);
	put_bytes(&tensor, TENSOR_SHAPE, "", 0);
	put_text(&tensor, TENSOR_STRINGS, text);
	put_text(&value, VALUE_TAG, tag);
	put_message(&value, VALUE_TENSOR, &tensor);
	put_message(&value, VALUE_METADATA, &metadata);
	return write_value(file, wall_s, step, &value);
}

int event_file_add_png(struct event_file *file, double wall_s, int64_t step, const char *tag, uint32_t width,
		       uint32_t height, const void *png, size_t size)
{
	struct message value = {0}, image = {0};

	put_number(&image, IMAGE_HEIGHT, height);
	put_number(&image, IMAGE_WIDTH, width);
	put_number(&image, IMAGE_COLOURS, 3);
	put_bytes(&image, IMAGE_BYTES, png, size);
	put_text(&value, VALUE_TAG, tag);
	put_message(&value, VALUE_IMAGE, &image);
	return write_value(file, wall_s, step, &value);
}
