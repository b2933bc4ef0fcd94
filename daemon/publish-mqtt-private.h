/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish-mqtt-private.h - what the three files of the MQTT publisher share.
 *
 *   publish-mqtt.c          opens, updates and frees it
 *   publish-mqtt-send.c     messages, settings, discovery: what goes to the link
 *   publish-mqtt-receive.c  commands, birth messages, changes of the connection: what comes from it
 */
#ifndef DAEMON_PUBLISH_MQTT_PRIVATE_H
#define DAEMON_PUBLISH_MQTT_PRIVATE_H

#include "daemon/mqtt-endpoint.h"
#include "daemon/mqtt-link.h"
#include "daemon/publish-mqtt.h"

enum { PUBLISH_MQTT_KEY_MAX = 64, PUBLISH_MQTT_VALUE_MAX = 64 };

struct mqtt_publisher {
	struct publisher publisher; /* first */
	struct mqtt_settings settings;
	struct nn_description model; /* labels are borrowed */
	struct publish_mqtt_hooks hooks;
	struct mqtt_link *link;
	int epoll_fd, timer_fd; /* timer: answer to Home Assistant's birth message */
	char node[MQTT_NODE_MAX];
	char base[200]; /* "<prefix>/<node>" */
	bool online, frame;
	uint64_t frame_ns; /* of the last one published */
	uint64_t commands, commands_refused;
};

static inline struct mqtt_publisher *mqtt_publisher_of(struct publisher *publisher)
{
	return (struct mqtt_publisher *)publisher;
}

/* "<prefix>/<node>/<name>" */
void publish_mqtt_topic(const struct mqtt_publisher *mqtt, const char *name, char ret_topic[MQTT_TOPIC_MAX]);
/* Where Home Assistant says that it is there. */
void publish_mqtt_birth_topic(const struct mqtt_settings *settings, char ret_topic[MQTT_TOPIC_MAX]);

/* form: lane, rank, QoS and so on; it is retained only when the settings allow that. */
int publish_mqtt_send_text(struct mqtt_publisher *mqtt, const char *name, const char *text,
			   const struct mqtt_message *form);
int publish_mqtt_send(struct publisher *publisher, const struct message *message);
int publish_mqtt_send_availability(struct mqtt_publisher *mqtt, bool online);
/* Discovery, when the settings want it: tell it and listen for births; take it back. */
void publish_mqtt_announce(struct mqtt_publisher *mqtt);
void publish_mqtt_withdraw(struct mqtt_publisher *mqtt);

/* Handlers of the link; userdata is the publisher. */
void publish_mqtt_receive(void *userdata, const char *topic, const char *payload, size_t length, bool retained);
void publish_mqtt_connection(void *userdata, bool connected, const char *reason);
/* "on" or "off"; -EINVAL and why. */
int publish_mqtt_switch_frames(struct mqtt_publisher *mqtt, const char *value, char *ret_reason);

#endif
