/* SPDX-License-Identifier: Apache-2.0 */
/* publish-json.c - one JSON object a line (see publish-json.h). */
#include "daemon/publish-json.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/payload.h"

enum { BUFFER = 64 * 1024 };

struct publish_json {
	struct publisher publisher;
	struct publish_json_config config;
	bool closed;
	uint64_t dropped;
	size_t used;
	char buffer[BUFFER];
};

static struct publish_json *of(struct publisher *publisher)
{
	return (struct publish_json *)((char *)publisher - offsetof(struct publish_json, publisher));
}

static bool writable(const struct publish_json *json, int timeout_ms)
{
	struct pollfd fd = {.fd = json->config.fd, .events = POLLOUT};

	return poll(&fd, 1, timeout_ms) > 0;
}

/*
 * Writes what is collected. A live service asks first whether there is room; a pipe that says yes takes PIPE_BUF
 * bytes at least, and no more is written at once.
 */
static void flush(struct publish_json *json)
{
	size_t done = 0;

	while (done < json->used && !json->closed) {
		size_t n = json->used - done;
		ssize_t r;

		if (!json->config.wait && !writable(json, 0))
			break;
		if (!json->config.wait && n > 4096)
			n = 4096;
		r = write(json->config.fd, json->buffer + done, n);
		if (r > 0)
			done += (size_t)r;
		else if (r < 0 && errno == EAGAIN && json->config.wait)
			(void)writable(json, -1);
		else if (r < 0 && errno == EAGAIN)
			break;
		else if (r < 0 && errno != EINTR)
			json->closed = true;
	}
	memmove(json->buffer, json->buffer + done, json->used - done);
	json->used -= done;
}

static int add_line(struct publish_json *json, const char *text)
{
	size_t n = strlen(text);

	if (json->used + n + 1 > BUFFER)
		flush(json);
	if (json->closed)
		return -EPIPE;
	if (json->used + n + 1 > BUFFER) {
		json->dropped++;
		return -ENOBUFS;
	}
	memcpy(json->buffer + json->used, text, n);
	json->buffer[json->used + n] = '\n';
	json->used += n + 1;
	if (!json->config.wait)
		flush(json);
	return 0;
}

static int json_publish(struct publisher *publisher, const struct message *message)
{
	struct publish_json *json = of(publisher);
	char *text;
	int r;

	if (json->closed)
		return -EPIPE;
	if (message->kind != (json->config.frames ? MESSAGE_FRAME : MESSAGE_EVENT))
		return 0;
	text = json->config.frames ? payload_frame(message, json->config.zones) : payload_event(message);
	if (!text)
		return -ENOMEM;
	r = add_line(json, text);
	free(text);
	return r;
}

static int json_fd(struct publisher *publisher)
{
	(void)publisher;
	return -1;
}

static int json_dispatch(struct publisher *publisher)
{
	struct publish_json *json = of(publisher);

	flush(json);
	return json->closed ? -EPIPE : 0;
}

static struct publisher *json_free(struct publisher *publisher)
{
	struct publish_json *json = of(publisher);

	flush(json);
	free(json);
	return NULL;
}

int publish_json_open(const struct publish_json_config *config, struct publisher **ret_publisher)
{
	static const struct publisher_ops ops = {
		.name = "json",
		.fd = json_fd,
		.dispatch = json_dispatch,
		.publish = json_publish,
		.free = json_free,
	};
	struct publish_json *json = calloc(1, sizeof(*json));

	if (!json)
		return -ENOMEM;
	json->publisher.ops = &ops;
	json->config = *config;
	*ret_publisher = &json->publisher;
	return 0;
}

bool publish_json_closed(const struct publisher *publisher)
{
	const struct publish_json *json =
		(const struct publish_json *)((const char *)publisher - offsetof(struct publish_json, publisher));

	return json->closed;
}

uint64_t publish_json_dropped(const struct publisher *publisher)
{
	const struct publish_json *json =
		(const struct publish_json *)((const char *)publisher - offsetof(struct publish_json, publisher));

	return json->dropped;
}
