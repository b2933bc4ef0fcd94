/* SPDX-License-Identifier: Apache-2.0 */
/* mqtt-inbox.c - see mqtt-inbox.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/mqtt-inbox.h"
#include "daemon/mqtt-link.h"

static int inbox_refuse(struct mqtt_inbox *inbox, int error)
{
	inbox->dropped++;
	return error;
}

int mqtt_inbox_put(struct mqtt_inbox *inbox, const char *topic, size_t topic_length, const void *payload, size_t length,
		   bool retained)
{
	struct mqtt_incoming *message = &inbox->message[(inbox->first + inbox->count) % MQTT_INBOX_MESSAGES];
	size_t size = topic_length + length + 2;
	char *copy;

	if (topic_length >= MQTT_TOPIC_MAX || length > MQTT_PAYLOAD_MAX)
		return inbox_refuse(inbox, -EMSGSIZE);
	if (memchr(topic, '\0', topic_length))
		return inbox_refuse(inbox, -EINVAL);
	if (inbox->count == MQTT_INBOX_MESSAGES || inbox->bytes + size > MQTT_INBOX_BYTES)
		return inbox_refuse(inbox, -ENOBUFS);
	copy = malloc(size);
	if (!copy)
		return inbox_refuse(inbox, -ENOMEM);
	memcpy(copy, topic, topic_length);
	copy[topic_length] = '\0';
	if (length)
		memcpy(copy + topic_length + 1, payload, length);
	copy[size - 1] = '\0';
	*message = (struct mqtt_incoming){
		.topic = copy, .payload = copy + topic_length + 1, .length = length, .retained = retained};
	inbox->bytes += size;
	inbox->count++;
	return 0;
}

bool mqtt_inbox_take(struct mqtt_inbox *inbox, struct mqtt_incoming *ret_message)
{
	if (inbox->count == 0)
		return false;
	*ret_message = inbox->message[inbox->first];
	inbox->bytes -= (size_t)(ret_message->payload - ret_message->topic) + ret_message->length + 1;
	inbox->first = (inbox->first + 1) % MQTT_INBOX_MESSAGES;
	inbox->count--;
	return true;
}

void mqtt_inbox_clear(struct mqtt_inbox *inbox)
{
	struct mqtt_incoming message;

	while (mqtt_inbox_take(inbox, &message))
		mqtt_incoming_free(&message);
}

void mqtt_incoming_free(struct mqtt_incoming *message)
{
	free(message->topic);
	memset(message, 0, sizeof(*message));
}
