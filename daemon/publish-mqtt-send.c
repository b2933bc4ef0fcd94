/* SPDX-License-Identifier: Apache-2.0 */
/* publish-mqtt-send.c - what the MQTT publisher says; see publish-mqtt-private.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/discovery.h"
#include "daemon/payload.h"
#include "daemon/publish-mqtt-private.h"

enum {
	RANK_DISCOVERY,
	RANK_AVAILABILITY,
	RANK_POSTURE,
	RANK_OTHER,
	EVENT_EXPIRY_S = 60, /* an older gesture must not make anything happen */
	DIAGNOSTICS_PERIODS = 3,
};

#define NS_PER_S UINT64_C(1000000000)

void publish_mqtt_topic(const struct mqtt_publisher *mqtt, const char *name, char ret_topic[MQTT_TOPIC_MAX])
{
	snprintf(ret_topic, MQTT_TOPIC_MAX, "%s/%s", mqtt->base, name);
}

int publish_mqtt_send_text(struct mqtt_publisher *mqtt, const char *name, const char *text,
			   const struct mqtt_message *form)
{
	char topic[MQTT_TOPIC_MAX];
	struct mqtt_message message = *form;

	publish_mqtt_topic(mqtt, name, topic);
	message.topic = topic;
	message.payload = text;
	message.length = strlen(text);
	message.retain = form->retain && mqtt->settings.retain;
	return mqtt_link_publish(mqtt->link, &message);
}

/* Takes the text. */
static int send_json(struct mqtt_publisher *mqtt, const char *name, char *text, struct mqtt_message form)
{
	int r = -ENOMEM;

	form.json = true;
	if (text)
		r = publish_mqtt_send_text(mqtt, name, text, &form);
	free(text);
	return r;
}

static int send_posture(struct mqtt_publisher *mqtt, const struct message *message)
{
	return send_json(mqtt, "posture", payload_posture(message),
			 (struct mqtt_message){.lane = MQTT_LANE_STATE,
					       .rank = RANK_POSTURE,
					       .qos = mqtt->settings.qos,
					       .retain = true,
					       .repeat = true});
}

static int send_event(struct mqtt_publisher *mqtt, const struct message *message)
{
	return send_json(
		mqtt, "event", payload_event(message),
		(struct mqtt_message){.lane = MQTT_LANE_EVENT, .qos = mqtt->settings.qos, .expiry_s = EVENT_EXPIRY_S});
}

static int send_diagnostics(struct mqtt_publisher *mqtt, const struct message *message)
{
	unsigned expiry = DIAGNOSTICS_PERIODS * mqtt->settings.diagnostics_s;

	if (!mqtt->settings.diagnostics_s)
		return 0;
	return send_json(mqtt, "diagnostics", payload_diagnostics(message),
			 (struct mqtt_message){.lane = MQTT_LANE_STATE,
					       .rank = RANK_OTHER,
					       .retain = true,
					       .repeat = true,
					       .expiry_s = (uint16_t)(expiry < UINT16_MAX ? expiry : UINT16_MAX)});
}

static int send_frame(struct mqtt_publisher *mqtt, const struct message *message)
{
	uint64_t period = NS_PER_S / (mqtt->settings.frame_hz ? mqtt->settings.frame_hz : 1);

	/* A little early is in time: a sensor at 15 Hz is never exactly at 15 Hz. */
	if (!mqtt->frame || (mqtt->frame_ns && message->t_ns - mqtt->frame_ns < period - period / 8))
		return 0;
	mqtt->frame_ns = message->t_ns;
	return send_json(mqtt, "frame", payload_frame(message, true), (struct mqtt_message){.lane = MQTT_LANE_FRAME});
}

int publish_mqtt_send_availability(struct mqtt_publisher *mqtt, bool online)
{
	mqtt->online = online;
	return publish_mqtt_send_text(
		mqtt, "availability", payload_availability(&(struct message){.online = online}),
		&(struct mqtt_message){
			.lane = MQTT_LANE_STATE, .rank = RANK_AVAILABILITY, .qos = 1, .retain = true, .repeat = true});
}

/* text "" removes the device. */
static void send_discovery(struct mqtt_publisher *mqtt, const char *text)
{
	char topic[MQTT_TOPIC_MAX];
	struct mqtt_message message = {.lane = MQTT_LANE_STATE,
				       .topic = topic,
				       .payload = text,
				       .length = strlen(text),
				       .qos = 1,
				       .rank = RANK_DISCOVERY,
				       .retain = mqtt->settings.retain,
				       .repeat = *text != '\0',
				       .json = *text != '\0'};

	discovery_topic(&mqtt->settings, mqtt->node, sizeof(topic), topic);
	mqtt_link_publish(mqtt->link, &message);
}

void publish_mqtt_birth_topic(const struct mqtt_settings *settings, char ret_topic[MQTT_TOPIC_MAX])
{
	snprintf(ret_topic, MQTT_TOPIC_MAX, "%s/status", settings->discovery_prefix);
}

void publish_mqtt_announce(struct mqtt_publisher *mqtt)
{
	char topic[MQTT_TOPIC_MAX];
	char *text;

	if (!mqtt->settings.discovery)
		return;
	text = discovery_text(&mqtt->settings, mqtt->node, mqtt->base, &mqtt->model);
	if (text)
		send_discovery(mqtt, text);
	free(text);
	publish_mqtt_birth_topic(&mqtt->settings, topic);
	mqtt_link_subscribe(mqtt->link, topic, 0);
}

void publish_mqtt_withdraw(struct mqtt_publisher *mqtt)
{
	char topic[MQTT_TOPIC_MAX];

	if (!mqtt->settings.discovery)
		return;
	send_discovery(mqtt, "");
	publish_mqtt_birth_topic(&mqtt->settings, topic);
	mqtt_link_unsubscribe(mqtt->link, topic);
}

int publish_mqtt_send(struct publisher *publisher, const struct message *message)
{
	struct mqtt_publisher *mqtt = mqtt_publisher_of(publisher);

	switch (message->kind) {
	case MESSAGE_POSTURE:
		return send_posture(mqtt, message);
	case MESSAGE_EVENT:
		return send_event(mqtt, message);
	case MESSAGE_FRAME:
		return send_frame(mqtt, message);
	case MESSAGE_DIAGNOSTICS:
		return send_diagnostics(mqtt, message);
	case MESSAGE_AVAILABILITY:
		return publish_mqtt_send_availability(mqtt, message->online);
	}
	return -EINVAL;
}

int publish_mqtt_setting(struct publisher *publisher, const char *key, const char *value)
{
	char name[sizeof("setting/") + PUBLISH_MQTT_KEY_MAX];

	if (strlen(key) >= PUBLISH_MQTT_KEY_MAX)
		return -EINVAL;
	snprintf(name, sizeof(name), "setting/%s", key);
	return publish_mqtt_send_text(
		mqtt_publisher_of(publisher), name, value,
		&(struct mqtt_message){
			.lane = MQTT_LANE_STATE, .rank = RANK_OTHER, .qos = 1, .retain = true, .repeat = true});
}
