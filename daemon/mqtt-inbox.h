/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt-inbox.h - what came from the broker and waits for the event loop: a ring of bounded messages.
 *
 * When the loop does not keep up, the newest message is refused and counted: whoever floods us does not push out
 * what was asked before. No lock of its own.
 */
#ifndef DAEMON_MQTT_INBOX_H
#define DAEMON_MQTT_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MQTT_INBOX_MESSAGES = 64, MQTT_INBOX_BYTES = 256 * 1024 };

struct mqtt_incoming {
	char *topic;   /* closed with a NUL */
	char *payload; /* in the same allocation, closed with a NUL that length does not count */
	size_t length;
	bool retained;
};

struct mqtt_inbox {
	struct mqtt_incoming message[MQTT_INBOX_MESSAGES];
	unsigned first, count;
	size_t bytes;
	uint64_t dropped;
};

/* -ENOBUFS: full; -EMSGSIZE: topic or payload too long; -EINVAL: a NUL in the topic. All are counted. */
int mqtt_inbox_put(struct mqtt_inbox *inbox, const char *topic, size_t topic_length, const void *payload, size_t length,
		   bool retained);
/* The caller frees with mqtt_incoming_free(). */
bool mqtt_inbox_take(struct mqtt_inbox *inbox, struct mqtt_incoming *ret_message);
void mqtt_inbox_clear(struct mqtt_inbox *inbox);
void mqtt_incoming_free(struct mqtt_incoming *message);

#endif
