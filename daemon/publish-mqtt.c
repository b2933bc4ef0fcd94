/* SPDX-License-Identifier: Apache-2.0 */
/* publish-mqtt.c - opens, updates and frees the MQTT publisher; see publish-mqtt.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "daemon/discovery.h"
#include "daemon/publish-mqtt-private.h"

static int prefix_check(const char *key, const char *prefix, char *ret_reason)
{
	size_t length = strlen(prefix);

	if (length && prefix[0] != '/' && prefix[length - 1] != '/' && !strpbrk(prefix, "+#$"))
		return 0;
	snprintf(ret_reason, PUBLISH_MQTT_REASON_MAX,
		 "mqtt.%s: \"%s\": a topic without +, # and $, and without / at its ends", key, prefix);
	return -EINVAL;
}

static int mqtt_fd(struct publisher *publisher)
{
	return mqtt_publisher_of(publisher)->epoll_fd;
}

static int mqtt_dispatch(struct publisher *publisher)
{
	struct mqtt_publisher *mqtt = mqtt_publisher_of(publisher);
	uint64_t expirations;

	if (read(mqtt->timer_fd, &expirations, sizeof(expirations)) > 0)
		mqtt_link_repeat(mqtt->link);
	return mqtt_link_dispatch(mqtt->link);
}

static struct publisher *mqtt_free(struct publisher *publisher)
{
	struct mqtt_publisher *mqtt = mqtt_publisher_of(publisher);

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
	.publish = publish_mqtt_send,
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
		.handlers = {.connection = publish_mqtt_connection, .message = publish_mqtt_receive, .userdata = mqtt},
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
	publish_mqtt_topic(mqtt, "set/#", filter);
	mqtt_link_subscribe(mqtt->link, filter, 1);
	publish_mqtt_announce(mqtt);
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
	publish_mqtt_send_availability(mqtt, true);
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
		publish_mqtt_send_text(mqtt, names[i], "",
				       &(struct mqtt_message){.lane = MQTT_LANE_STATE, .qos = 1, .retain = true});
	publish_mqtt_topic(mqtt, "availability", topic);
	mqtt_link_forget(mqtt->link, topic);
	publish_mqtt_topic(mqtt, "set/#", topic);
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
	struct mqtt_publisher *mqtt = mqtt_publisher_of(publisher);
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
		publish_mqtt_withdraw(mqtt);
	if (strcmp(base, mqtt->base) != 0)
		topics_leave(mqtt);
	publisher_adopt(mqtt, settings, node, model);
	if (settings->frame == frame_was) /* not what this change is about: set/frame's word stays */
		publish_mqtt_switch_frames(mqtt, frame ? "on" : "off", ret_reason);
	publish_mqtt_send_availability(mqtt, mqtt->online);
	return 0;
}

void publish_mqtt_health(struct publisher *publisher, struct link_health *ret_health)
{
	struct mqtt_publisher *mqtt = mqtt_publisher_of(publisher);

	mqtt_link_health(mqtt->link, ret_health);
	ret_health->enabled = true;
	ret_health->commands = mqtt->commands;
	ret_health->commands_refused = mqtt->commands_refused;
}
