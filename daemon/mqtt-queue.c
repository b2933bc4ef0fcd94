/* SPDX-License-Identifier: Apache-2.0 */
/* mqtt-queue.c - see mqtt-queue.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/mqtt-queue.h"

/* A topic to publish to: not empty, no wildcard, no control character. */
static bool topic_is_valid(const char *topic)
{
	size_t length = strlen(topic);

	if (length == 0 || length >= MQTT_TOPIC_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)topic[i] < 0x20 || topic[i] == 0x7f || topic[i] == '+' || topic[i] == '#')
			return false;
	return true;
}

int mqtt_outgoing_set(struct mqtt_outgoing *outgoing, const struct mqtt_message *message, uint64_t now_ns)
{
	if (!topic_is_valid(message->topic) || message->qos > 2)
		return -EINVAL;
	if (message->length > MQTT_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (message->length > outgoing->capacity) {
		unsigned char *payload = realloc(outgoing->payload, message->length);

		if (!payload)
			return -ENOMEM;
		outgoing->payload = payload;
		outgoing->capacity = message->length;
	}
	if (message->length)
		memcpy(outgoing->payload, message->payload, message->length);
	outgoing->length = message->length;
	strcpy(outgoing->topic, message->topic);
	outgoing->lane = message->lane;
	outgoing->qos = message->qos;
	outgoing->rank = message->rank;
	outgoing->retain = message->retain;
	outgoing->json = message->json;
	outgoing->expiry_s = message->expiry_s;
	outgoing->put_ns = now_ns;
	return 0;
}

void mqtt_outgoing_clear(struct mqtt_outgoing *outgoing)
{
	free(outgoing->payload);
	memset(outgoing, 0, sizeof(*outgoing));
}

static void outgoing_swap(struct mqtt_outgoing *a, struct mqtt_outgoing *b)
{
	struct mqtt_outgoing swap = *a;

	*a = *b;
	*b = swap;
}

static struct mqtt_slot *slot_find(struct mqtt_queue *queue, const char *topic)
{
	for (unsigned i = 0; i < MQTT_QUEUE_SLOTS; i++)
		if (queue->slot[i].used && strcmp(queue->slot[i].message.topic, topic) == 0)
			return &queue->slot[i];
	return NULL;
}

/* A slot that holds nothing to send, now or later, is free: its topic is only remembered for its buffer. */
static struct mqtt_slot *slot_free(struct mqtt_queue *queue)
{
	for (unsigned i = 0; i < MQTT_QUEUE_SLOTS; i++)
		if (!queue->slot[i].used)
			return &queue->slot[i];
	for (unsigned i = 0; i < MQTT_QUEUE_SLOTS; i++)
		if (!queue->slot[i].pending && !queue->slot[i].repeat)
			return &queue->slot[i];
	return NULL;
}

static void slot_count_loss(struct mqtt_queue *queue, enum mqtt_lane lane)
{
	if (lane == MQTT_LANE_FRAME)
		queue->frames_dropped++;
	else
		queue->states_coalesced++;
}

static int slot_put(struct mqtt_queue *queue, const struct mqtt_message *message, uint64_t now_ns)
{
	struct mqtt_slot *slot = slot_find(queue, message->topic);
	bool known = slot != NULL;
	int r;

	if (!slot)
		slot = slot_free(queue);
	if (!slot) {
		slot_count_loss(queue, message->lane);
		return -ENOBUFS;
	}
	r = mqtt_outgoing_set(&slot->message, message, now_ns);
	if (r < 0)
		return r;
	if (known && slot->pending)
		slot_count_loss(queue, message->lane);
	else
		slot->order = queue->order++;
	slot->used = true;
	slot->pending = true;
	slot->repeat = message->lane == MQTT_LANE_STATE && message->repeat;
	return 0;
}

static int event_put(struct mqtt_queue *queue, const struct mqtt_message *message, uint64_t now_ns)
{
	bool full = queue->events == MQTT_QUEUE_EVENTS;
	unsigned position = (queue->first_event + queue->events) % MQTT_QUEUE_EVENTS;
	int r = mqtt_outgoing_set(&queue->event[position], message, now_ns);

	if (r < 0)
		return r;
	if (full) {
		queue->first_event = (queue->first_event + 1) % MQTT_QUEUE_EVENTS;
		queue->events_dropped++;
		return -ENOBUFS;
	}
	queue->events++;
	return 0;
}

int mqtt_queue_put(struct mqtt_queue *queue, const struct mqtt_message *message, uint64_t now_ns)
{
	return message->lane == MQTT_LANE_EVENT ? event_put(queue, message, now_ns) : slot_put(queue, message, now_ns);
}

static bool outgoing_is_stale(const struct mqtt_outgoing *outgoing, uint64_t now_ns)
{
	return outgoing->expiry_s && now_ns > outgoing->put_ns &&
	       now_ns - outgoing->put_ns > outgoing->expiry_s * UINT64_C(1000000000);
}

/* An event of minutes ago would make somebody's automation run now. */
static void events_expire(struct mqtt_queue *queue, uint64_t now_ns)
{
	while (queue->events && outgoing_is_stale(&queue->event[queue->first_event], now_ns)) {
		queue->first_event = (queue->first_event + 1) % MQTT_QUEUE_EVENTS;
		queue->events--;
		queue->events_dropped++;
	}
}

static unsigned slot_turn(const struct mqtt_slot *slot)
{
	return slot->message.lane == MQTT_LANE_FRAME ? UINT8_MAX + 1u : slot->message.rank;
}

static struct mqtt_slot *slot_next(struct mqtt_queue *queue)
{
	struct mqtt_slot *next = NULL;

	for (unsigned i = 0; i < MQTT_QUEUE_SLOTS; i++) {
		struct mqtt_slot *slot = &queue->slot[i];

		if (!slot->pending)
			continue;
		if (!next || slot_turn(slot) < slot_turn(next) ||
		    (slot_turn(slot) == slot_turn(next) && slot->order < next->order))
			next = slot;
	}
	return next;
}

/* A repeated message is copied: its slot keeps it for the next connection. */
static bool slot_take(struct mqtt_slot *slot, struct mqtt_outgoing *ret_message)
{
	const struct mqtt_outgoing *kept = &slot->message;

	slot->pending = false;
	if (slot->repeat) {
		struct mqtt_message message = {
			.lane = kept->lane,
			.topic = kept->topic,
			.payload = kept->payload,
			.length = kept->length,
			.qos = kept->qos,
			.retain = kept->retain,
			.rank = kept->rank,
			.json = kept->json,
			.expiry_s = kept->expiry_s,
		};

		return mqtt_outgoing_set(ret_message, &message, kept->put_ns) == 0;
	}
	outgoing_swap(&slot->message, ret_message);
	strcpy(slot->message.topic, ret_message->topic);
	slot->message.lane = ret_message->lane;
	return true;
}

bool mqtt_queue_take(struct mqtt_queue *queue, uint64_t now_ns, struct mqtt_outgoing *ret_message)
{
	struct mqtt_slot *slot = slot_next(queue);

	events_expire(queue, now_ns);
	if (queue->events && (!slot || slot_turn(slot) >= MQTT_QUEUE_EVENT_RANK)) {
		outgoing_swap(&queue->event[queue->first_event], ret_message);
		queue->first_event = (queue->first_event + 1) % MQTT_QUEUE_EVENTS;
		queue->events--;
		return true;
	}
	return slot && slot_take(slot, ret_message);
}

static void event_return(struct mqtt_queue *queue, struct mqtt_outgoing *message)
{
	if (queue->events == MQTT_QUEUE_EVENTS) { /* full: the one that comes back is the oldest */
		queue->events_dropped++;
		return;
	}
	queue->first_event = (queue->first_event + MQTT_QUEUE_EVENTS - 1) % MQTT_QUEUE_EVENTS;
	queue->events++;
	outgoing_swap(&queue->event[queue->first_event], message);
}

void mqtt_queue_return(struct mqtt_queue *queue, struct mqtt_outgoing *message)
{
	struct mqtt_slot *slot;

	if (message->lane == MQTT_LANE_EVENT) {
		event_return(queue, message);
		return;
	}
	slot = slot_find(queue, message->topic);
	if (!slot)
		return;
	if (slot->pending) {
		slot_count_loss(queue, message->lane);
		return;
	}
	if (!slot->repeat)
		outgoing_swap(&slot->message, message);
	slot->pending = true;
	slot->order = queue->order++;
}

void mqtt_queue_repeat(struct mqtt_queue *queue)
{
	for (unsigned i = 0; i < MQTT_QUEUE_SLOTS; i++) {
		struct mqtt_slot *slot = &queue->slot[i];

		if (!slot->used || !slot->repeat || slot->pending)
			continue;
		slot->pending = true;
		slot->order = queue->order++;
	}
}

void mqtt_queue_forget(struct mqtt_queue *queue, const char *topic)
{
	struct mqtt_slot *slot = slot_find(queue, topic);

	if (slot)
		slot->used = slot->pending = slot->repeat = false;
}

bool mqtt_queue_empty(const struct mqtt_queue *queue)
{
	for (unsigned i = 0; i < MQTT_QUEUE_SLOTS; i++)
		if (queue->slot[i].pending)
			return false;
	return queue->events == 0;
}

void mqtt_queue_clear(struct mqtt_queue *queue)
{
	for (unsigned i = 0; i < MQTT_QUEUE_SLOTS; i++)
		mqtt_outgoing_clear(&queue->slot[i].message);
	for (unsigned i = 0; i < MQTT_QUEUE_EVENTS; i++)
		mqtt_outgoing_clear(&queue->event[i]);
	memset(queue, 0, sizeof(*queue));
}
