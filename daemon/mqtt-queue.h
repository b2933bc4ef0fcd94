/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt-queue.h - what waits for the broker: one slot for each state-like topic, a ring for events. Bounded.
 *
 *   taken first   states of rank 0, 1, 2      discovery, availability, posture
 *                 events, oldest first
 *                 states of rank 3 and more   diagnostics, settings
 *                 frames                      of what there is only the newest
 *
 * No lock and no clock of its own: mqtt-link.c holds its lock around every call and passes the time in.
 */
#ifndef DAEMON_MQTT_QUEUE_H
#define DAEMON_MQTT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/mqtt-link.h"

enum {
	MQTT_QUEUE_SLOTS = 64,
	MQTT_QUEUE_EVENTS = 64,
	MQTT_QUEUE_EVENT_RANK = 3, /* events go before states of this rank */
};

/* An own copy of a message. The buffer stays allocated, so that the next message of its kind needs no allocation. */
struct mqtt_outgoing {
	enum mqtt_lane lane;
	char topic[MQTT_TOPIC_MAX];
	unsigned char *payload;
	size_t length, capacity;
	uint8_t qos, rank;
	bool retain, json;
	uint16_t expiry_s;
	uint64_t put_ns;
};

struct mqtt_slot {
	bool used, pending, repeat;
	uint64_t order; /* of the moment when it became pending */
	struct mqtt_outgoing message;
};

struct mqtt_queue {
	struct mqtt_slot slot[MQTT_QUEUE_SLOTS];
	struct mqtt_outgoing event[MQTT_QUEUE_EVENTS];
	unsigned first_event, events;
	uint64_t order;
	uint64_t states_coalesced, events_dropped, frames_dropped;
};

/* 0; -ENOBUFS: an older event was dropped, or there is no free slot; -EINVAL, -EMSGSIZE, -ENOMEM: not taken. */
int mqtt_queue_put(struct mqtt_queue *queue, const struct mqtt_message *message, uint64_t now_ns);
/* Moves the next one into ret_message (swapping buffers where it can). false: nothing waits. */
bool mqtt_queue_take(struct mqtt_queue *queue, uint64_t now_ns, struct mqtt_outgoing *ret_message);
/* What could not be sent goes back in front, unless a newer one has come meanwhile. */
void mqtt_queue_return(struct mqtt_queue *queue, struct mqtt_outgoing *message);
void mqtt_queue_repeat(struct mqtt_queue *queue);
void mqtt_queue_forget(struct mqtt_queue *queue, const char *topic);
bool mqtt_queue_empty(const struct mqtt_queue *queue);
/* Frees the buffers, not the queue. */
void mqtt_queue_clear(struct mqtt_queue *queue);

/* Also for messages outside the queue. */
int mqtt_outgoing_set(struct mqtt_outgoing *outgoing, const struct mqtt_message *message, uint64_t now_ns);
void mqtt_outgoing_clear(struct mqtt_outgoing *outgoing);

#endif
