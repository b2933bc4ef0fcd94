/* SPDX-License-Identifier: Apache-2.0 */
/* publish-mqtt.c - see publish-mqtt.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/discovery.h"
#include "daemon/mqtt-endpoint.h"
#include "daemon/mqtt-link.h"
#include "daemon/payload.h"
#include "daemon/publish-mqtt.h"

enum {
	RANK_DISCOVERY,
	RANK_AVAILABILITY,
	RANK_POSTURE,
	RANK_OTHER,
	EVENT_EXPIRY_S = 60, /* an older gesture must not make anything happen */
	DIAGNOSTICS_PERIODS = 3,
	KEY_MAX = 64,
	VALUE_MAX = 64,
	BIRTH_JITTER_MS = 3000,
};

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

struct mqtt_publisher {
	struct publisher publisher; /* first */
	struct mqtt_settings settings;
	struct nn_description model; /* labels are borrowed */
	struct publish_mqtt_hooks hooks;
	struct mqtt_link *link;
	int epoll_fd, timer_fd; /* timer: answer to Home Assistant's birth message */
	char node[MQTT_NODE_MAX];
	char base[200];
	bool online, frame;
	uint64_t frame_ns; /* of the last one published */
	uint64_t commands, commands_refused;
};

static struct mqtt_publisher *publisher_of(struct publisher *publisher)
{
	return (struct mqtt_publisher *)publisher;
}

__attribute__((format(printf, 3, 4))) static void notice(struct mqtt_publisher *mqtt, int level, const char *format,
							 ...)
{
	va_list arguments;
	char text[512];

	if (!mqtt->hooks.notice)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	mqtt->hooks.notice(mqtt->hooks.userdata, level, text);
}

/* --- names ------------------------------------------------------------------------------------------------- */

static int prefix_check(const char *key, const char *prefix, char *ret_reason)
{
	size_t length = strlen(prefix);

	if (length && prefix[0] != '/' && prefix[length - 1] != '/' && !strpbrk(prefix, "+#$"))
		return 0;
	snprintf(ret_reason, PUBLISH_MQTT_REASON_MAX,
		 "mqtt.%s: \"%s\": a topic without +, # and $, and without / at its ends", key, prefix);
	return -EINVAL;
}

static void topic_of(const struct mqtt_publisher *mqtt, const char *name, char ret_topic[MQTT_TOPIC_MAX])
{
	snprintf(ret_topic, MQTT_TOPIC_MAX, "%s/%s", mqtt->base, name);
}

/* --- sending ----------------------------------------------------------------------------------------------- */

static int send_text(struct mqtt_publisher *mqtt, const char *name, const char *text, const struct mqtt_message *form)
{
	char topic[MQTT_TOPIC_MAX];
	struct mqtt_message message = *form;

	topic_of(mqtt, name, topic);
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
		r = send_text(mqtt, name, text, &form);
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

static int send_availability(struct mqtt_publisher *mqtt, bool online)
{
	mqtt->online = online;
	return send_text(
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

static void birth_topic(const struct mqtt_settings *settings, char ret_topic[MQTT_TOPIC_MAX])
{
	snprintf(ret_topic, MQTT_TOPIC_MAX, "%s/status", settings->discovery_prefix);
}

static void discovery_start(struct mqtt_publisher *mqtt)
{
	char topic[MQTT_TOPIC_MAX];
	char *text;

	if (!mqtt->settings.discovery)
		return;
	text = discovery_text(&mqtt->settings, mqtt->node, mqtt->base, &mqtt->model);
	if (text)
		send_discovery(mqtt, text);
	free(text);
	birth_topic(&mqtt->settings, topic);
	mqtt_link_subscribe(mqtt->link, topic, 0);
}

static void discovery_stop(struct mqtt_publisher *mqtt)
{
	char topic[MQTT_TOPIC_MAX];

	if (!mqtt->settings.discovery)
		return;
	send_discovery(mqtt, "");
	birth_topic(&mqtt->settings, topic);
	mqtt_link_unsubscribe(mqtt->link, topic);
}

/* --- receiving --------------------------------------------------------------------------------------------- */

static bool is_printable(const char *text, size_t length, size_t size)
{
	if (length == 0 || length >= size)
		return false;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x7f)
			return false;
	return true;
}

static int command_frame(struct mqtt_publisher *mqtt, const char *value, char *ret_reason)
{
	bool on = strcmp(value, "on") == 0;

	if (!on && strcmp(value, "off") != 0) {
		snprintf(ret_reason, PUBLISH_MQTT_REASON_MAX, "on or off is allowed");
		return -EINVAL;
	}
	mqtt->frame = on;
	return publish_mqtt_setting(&mqtt->publisher, "frame", value);
}

static void command_take(struct mqtt_publisher *mqtt, const char *key, const char *payload, size_t length)
{
	char reason[PUBLISH_MQTT_REASON_MAX] = "unknown key";
	int r = -EINVAL;

	if (!is_printable(key, strlen(key), KEY_MAX)) {
		key = "?";
		snprintf(reason, sizeof(reason), "a key is 1..%d printable characters", KEY_MAX - 1);
	} else if (!is_printable(payload, length, VALUE_MAX)) {
		snprintf(reason, sizeof(reason), "a value is 1..%d printable characters", VALUE_MAX - 1);
	} else if (strcmp(key, "frame") == 0) {
		r = command_frame(mqtt, payload, reason);
	} else if (mqtt->hooks.command) {
		r = mqtt->hooks.command(mqtt->hooks.userdata, key, payload, reason);
	}
	mqtt->commands++;
	if (r < 0) {
		mqtt->commands_refused++;
		notice(mqtt, LOG_WARNING, "set/%s refused: %s", key, reason);
	} else {
		notice(mqtt, LOG_NOTICE, "set/%s = %s", key, payload);
	}
}

/* All devices of a house answer to the same birth message: not all at once. */
static void birth_take(struct mqtt_publisher *mqtt, const char *payload)
{
	uint32_t random = 0;
	struct itimerspec when = {0};

	if (strcmp(payload, "online") != 0)
		return;
	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	random %= BIRTH_JITTER_MS;
	when.it_value.tv_sec = (time_t)(random / 1000);
	when.it_value.tv_nsec = (long)((random % 1000 + 1) * NS_PER_MS);
	if (when.it_value.tv_nsec >= (long)NS_PER_S)
		when.it_value.tv_nsec = (long)NS_PER_S - 1;
	timerfd_settime(mqtt->timer_fd, 0, &when, NULL);
}

static void on_message(void *userdata, const char *topic, const char *payload, size_t length, bool retained)
{
	struct mqtt_publisher *mqtt = userdata;
	size_t base = strlen(mqtt->base);
	char birth[MQTT_TOPIC_MAX];

	birth_topic(&mqtt->settings, birth);
	if (strcmp(topic, birth) == 0)
		birth_take(mqtt, payload);
	else if (strncmp(topic, mqtt->base, base) != 0 || strncmp(topic + base, "/set/", 5) != 0)
		return;
	else if (retained) /* would be obeyed again at each connect */
		notice(mqtt, LOG_WARNING, "%s ignored: it was published with the retain flag", topic);
	else
		command_take(mqtt, topic + base + 5, payload, length);
}

static void on_connection(void *userdata, bool connected, const char *reason)
{
	struct mqtt_publisher *mqtt = userdata;
	struct link_health health;

	mqtt_link_health(mqtt->link, &health);
	if (!connected)
		notice(mqtt, LOG_WARNING, "%s: %s", health.broker, reason);
	else if (*reason)
		notice(mqtt, LOG_WARNING, "%s: %s", health.broker, reason);
	else
		notice(mqtt, LOG_NOTICE, "connected to %s with MQTT %s", health.broker,
		       health.protocol == 5 ? "5" : "3.1.1");
}

/* --- the publisher ----------------------------------------------------------------------------------------- */

static int mqtt_fd(struct publisher *publisher)
{
	return publisher_of(publisher)->epoll_fd;
}

static int mqtt_dispatch(struct publisher *publisher)
{
	struct mqtt_publisher *mqtt = publisher_of(publisher);
	uint64_t expirations;

	if (read(mqtt->timer_fd, &expirations, sizeof(expirations)) > 0)
		mqtt_link_repeat(mqtt->link);
	return mqtt_link_dispatch(mqtt->link);
}

static int mqtt_publish(struct publisher *publisher, const struct message *message)
{
	struct mqtt_publisher *mqtt = publisher_of(publisher);

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
		return send_availability(mqtt, message->online);
	}
	return -EINVAL;
}

static struct publisher *mqtt_free(struct publisher *publisher)
{
	struct mqtt_publisher *mqtt = publisher_of(publisher);

	mqtt_link_free(mqtt->link);
	if (mqtt->epoll_fd >= 0)
		close(mqtt->epoll_fd);
	if (mqtt->timer_fd >= 0)
		close(mqtt->timer_fd);
	free(mqtt);
	return NULL;
}

static const struct publisher_ops mqtt_publisher_ops = {
	.name = "mqtt",
	.fd = mqtt_fd,
	.dispatch = mqtt_dispatch,
	.publish = mqtt_publish,
	.free = mqtt_free,
};

static void link_options(struct mqtt_publisher *mqtt, const struct mqtt_settings *settings, const char *node,
			 char will_topic[MQTT_TOPIC_MAX], char client_id[64], struct mqtt_link_options *ret_options)
{
	snprintf(will_topic, MQTT_TOPIC_MAX, "%s/%s/availability", settings->prefix, node);
	snprintf(client_id, 64, "postured-%.50s", node);
	*ret_options = (struct mqtt_link_options){
		.settings = settings,
		.client_id = client_id,
		.will_topic = will_topic,
		.will_payload = "offline",
		.will_retain = settings->retain,
		.handlers = {.connection = on_connection, .message = on_message, .userdata = mqtt},
	};
}

/* Takes settings over and says everything that does not come from messages. */
static void publisher_adopt(struct mqtt_publisher *mqtt, const struct mqtt_settings *settings, const char *node,
			    const struct nn_description *model)
{
	char filter[MQTT_TOPIC_MAX];

	mqtt->settings = *settings;
	mqtt->model = *model;
	mqtt->frame = settings->frame;
	memcpy(mqtt->node, node, sizeof(mqtt->node));
	snprintf(mqtt->base, sizeof(mqtt->base), "%s/%s", settings->prefix, node);
	topic_of(mqtt, "set/#", filter);
	mqtt_link_subscribe(mqtt->link, filter, 1);
	discovery_start(mqtt);
	publish_mqtt_setting(&mqtt->publisher, "frame", mqtt->frame ? "on" : "off");
}

static int publisher_check(const struct mqtt_settings *settings, char ret_node[MQTT_NODE_MAX], char *ret_reason)
{
	int r = prefix_check("prefix", settings->prefix, ret_reason);

	if (r == 0 && settings->discovery)
		r = prefix_check("discovery_prefix", settings->discovery_prefix, ret_reason);
	return r < 0 ? r : mqtt_endpoint_node(settings, ret_node, ret_reason);
}

static int publisher_fds(struct mqtt_publisher *mqtt)
{
	struct epoll_event event = {.events = EPOLLIN};

	mqtt->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	mqtt->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (mqtt->epoll_fd < 0 || mqtt->timer_fd < 0)
		return -errno;
	if (epoll_ctl(mqtt->epoll_fd, EPOLL_CTL_ADD, mqtt->timer_fd, &event) < 0 ||
	    epoll_ctl(mqtt->epoll_fd, EPOLL_CTL_ADD, mqtt_link_fd(mqtt->link), &event) < 0)
		return -errno;
	return 0;
}

int publish_mqtt_open(const struct mqtt_settings *settings, const struct nn_description *model,
		      const struct publish_mqtt_hooks *hooks, struct publisher **ret_publisher, char *ret_reason)
{
	struct mqtt_publisher *mqtt = calloc(1, sizeof(*mqtt));
	char node[MQTT_NODE_MAX] = "", will_topic[MQTT_TOPIC_MAX], client_id[64];
	struct mqtt_link_options options;
	int r = mqtt ? publisher_check(settings, node, ret_reason) : -ENOMEM;

	if (r == 0) {
		mqtt->publisher.ops = &mqtt_publisher_ops;
		mqtt->epoll_fd = mqtt->timer_fd = -1;
		mqtt->hooks = *hooks;
		link_options(mqtt, settings, node, will_topic, client_id, &options);
		r = mqtt_link_open(&options, &mqtt->link, ret_reason);
	}
	if (r < 0) {
		free(mqtt);
		return r;
	}
	r = publisher_fds(mqtt);
	if (r < 0) {
		snprintf(ret_reason, PUBLISH_MQTT_REASON_MAX, "can't watch the MQTT link: %s", strerror(-r));
		mqtt_free(&mqtt->publisher);
		return r;
	}
	publisher_adopt(mqtt, settings, node, model);
	send_availability(mqtt, true);
	*ret_publisher = &mqtt->publisher;
	return 0;
}

/* Whether the connection itself must be made anew: address, secrets, client id or last will differ. */
static bool needs_reconnect(const struct mqtt_publisher *mqtt, const struct mqtt_settings *new, const char *node)
{
	const struct mqtt_settings *old = &mqtt->settings;
	const char *texts[][2] = {
		{old->host, new->host},
		{old->client_id, new->client_id},
		{old->user, new->user},
		{old->password_file, new->password_file},
		{old->ca_file, new->ca_file},
		{old->cert_file, new->cert_file},
		{old->key_file, new->key_file},
		{old->psk_identity, new->psk_identity},
		{old->psk_file, new->psk_file},
		{old->prefix, new->prefix},
		{mqtt->node, node},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i][0], texts[i][1]) != 0)
			return true;
	return old->port != new->port || old->protocol != new->protocol || old->keepalive_s != new->keepalive_s ||
	       old->tls != new->tls || old->verify != new->verify || old->retain != new->retain;
}

/* Nothing retained stays behind under a name that is given up; availability becomes "offline" by the goodbye. */
static void topics_leave(struct mqtt_publisher *mqtt)
{
	static const char *const names[] = {"posture", "diagnostics", "setting/frame", "setting/threshold"};
	char topic[MQTT_TOPIC_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		send_text(mqtt, names[i], "",
			  &(struct mqtt_message){.lane = MQTT_LANE_STATE, .qos = 1, .retain = true});
	topic_of(mqtt, "availability", topic);
	mqtt_link_forget(mqtt->link, topic);
	topic_of(mqtt, "set/#", topic);
	mqtt_link_unsubscribe(mqtt->link, topic);
}

static bool discovery_moves(const struct mqtt_publisher *mqtt, const struct mqtt_settings *settings, const char *node)
{
	char before[MQTT_TOPIC_MAX], after[MQTT_TOPIC_MAX];

	discovery_topic(&mqtt->settings, mqtt->node, sizeof(before), before);
	discovery_topic(settings, node, sizeof(after), after);
	return !settings->discovery || strcmp(before, after) != 0;
}

int publish_mqtt_update(struct publisher *publisher, const struct mqtt_settings *settings,
			const struct nn_description *model, char *ret_reason)
{
	struct mqtt_publisher *mqtt = publisher_of(publisher);
	char node[MQTT_NODE_MAX], will_topic[MQTT_TOPIC_MAX], client_id[64], base[sizeof(mqtt->base)];
	bool frame = mqtt->frame, frame_was = mqtt->settings.frame;
	struct mqtt_link_options options;
	int r = publisher_check(settings, node, ret_reason);

	if (r < 0)
		return r;
	link_options(mqtt, settings, node, will_topic, client_id, &options);
	snprintf(base, sizeof(base), "%s/%s", settings->prefix, node);
	if (needs_reconnect(mqtt, settings, node)) {
		r = mqtt_link_change(mqtt->link, &options, ret_reason);
		if (r < 0)
			return r;
	}
	if (discovery_moves(mqtt, settings, node))
		discovery_stop(mqtt);
	if (strcmp(base, mqtt->base) != 0)
		topics_leave(mqtt);
	publisher_adopt(mqtt, settings, node, model);
	if (settings->frame == frame_was) /* not what this change is about: set/frame's word stays */
		command_frame(mqtt, frame ? "on" : "off", ret_reason);
	send_availability(mqtt, mqtt->online);
	return 0;
}

int publish_mqtt_setting(struct publisher *publisher, const char *key, const char *value)
{
	char name[sizeof("setting/") + KEY_MAX];

	if (!is_printable(key, strlen(key), KEY_MAX))
		return -EINVAL;
	snprintf(name, sizeof(name), "setting/%s", key);
	return send_text(
		publisher_of(publisher), name, value,
		&(struct mqtt_message){
			.lane = MQTT_LANE_STATE, .rank = RANK_OTHER, .qos = 1, .retain = true, .repeat = true});
}

void publish_mqtt_health(struct publisher *publisher, struct link_health *ret_health)
{
	struct mqtt_publisher *mqtt = publisher_of(publisher);

	mqtt_link_health(mqtt->link, ret_health);
	ret_health->enabled = true;
	ret_health->commands = mqtt->commands;
	ret_health->commands_refused = mqtt->commands_refused;
}
