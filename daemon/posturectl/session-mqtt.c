/* SPDX-License-Identifier: Apache-2.0 */
/* session-mqtt.c - the service through a broker, as every other subscriber hears it (see session.h). */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "daemon/mqtt-link.h"
#include "daemon/posturectl/session.h"

static void on_connection(void *userdata, bool connected, const char *reason)
{
	session_connection(userdata, connected, reason);
}

static void on_message(void *userdata, const char *topic, const char *payload, size_t length, bool retained)
{
	struct session *session = userdata;
	size_t base = strlen(session->options->base);

	if (strncmp(topic, session->options->base, base) == 0 && topic[base] == '/')
		session->handlers->message(session, topic + base + 1, payload, length, retained);
}

static int mqtt_open(struct session *session, const char *const *names, char *ret_reason)
{
	char client_id[64], topic[MQTT_TOPIC_MAX];
	struct mqtt_link_options options = {
		.settings = &session->options->mqtt,
		.client_id = client_id,
		.handlers = {.connection = on_connection, .message = on_message, .userdata = session},
	};
	struct mqtt_link *link;
	unsigned random = 0;
	int r;

	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	snprintf(client_id, sizeof(client_id), "posturectl-%d-%08x", (int)getpid(), random);
	snprintf(session->where, sizeof(session->where), "%s", session->options->base);
	r = mqtt_link_open(&options, &link, ret_reason);
	if (r < 0)
		return r;
	session->connection = link;
	for (; *names; names++) {
		snprintf(topic, sizeof(topic), "%s/%s", session->options->base, *names);
		mqtt_link_subscribe(link, topic, 1);
	}
	return 0;
}

static void mqtt_poll(struct session *session, struct pollfd *ret_fd, int *timeout_ms)
{
	(void)timeout_ms;
	ret_fd->fd = mqtt_link_fd(session->connection);
	ret_fd->events = POLLIN;
}

static void mqtt_dispatch(struct session *session)
{
	mqtt_link_dispatch(session->connection);
}

static void mqtt_command(struct session *session, const char *key, const char *value)
{
	char topic[MQTT_TOPIC_MAX];
	struct mqtt_message message = {.lane = MQTT_LANE_EVENT, .topic = topic, .qos = 1};

	snprintf(topic, sizeof(topic), "%s/set/%s", session->options->base, key);
	message.payload = value;
	message.length = strlen(value);
	mqtt_link_publish(session->connection, &message);
}

static void mqtt_close(struct session *session)
{
	session->connection = mqtt_link_free(session->connection);
}

const struct session_way session_mqtt = {
	.open = mqtt_open,
	.poll = mqtt_poll,
	.dispatch = mqtt_dispatch,
	.command = mqtt_command,
	.close = mqtt_close,
};
