/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt-link.h - a connection to an MQTT broker that never blocks its user.
 *
 *   event loop                         worker thread                    Paho's threads
 *   mqtt_link_publish() -> queue ====> takes one, calls Paho            store, count, wake
 *   mqtt_link_dispatch() <- eventfd <=====================================|
 *
 * Paho resolves names, opens sockets and takes its one lock inside its calls, so that each of them may block for
 * seconds: only the worker calls it. The queue (mqtt-queue.h) is the only one: Paho keeps nothing while disconnected.
 * The link reconnects for ever with back-off (1..60 s, jitter); at each connect it first subscribes and then sends
 * its `repeat` messages again, in order of their rank. It never logs: what happens is told through the handlers.
 */
#ifndef DAEMON_MQTT_LINK_H
#define DAEMON_MQTT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/health.h"
#include "daemon/mqtt-settings.h"

enum {
	MQTT_REASON_MAX = 192,	      /* bytes of every ret_reason */
	MQTT_TOPIC_MAX = 320,	      /* with the closing NUL */
	MQTT_PAYLOAD_MAX = 32 * 1024, /* longer ones are refused, in both directions */
	MQTT_SUBSCRIPTIONS_MAX = 8,
};

enum mqtt_lane {
	MQTT_LANE_STATE, /* one slot a topic, the newest wins */
	MQTT_LANE_FRAME, /* the same, and overwriting counts as a dropped frame */
	MQTT_LANE_EVENT, /* a ring: order is kept, when it is full the oldest goes and is counted */
};

struct mqtt_message {
	enum mqtt_lane lane;
	const char *topic;
	const void *payload;
	size_t length;
	uint8_t qos;
	bool retain;
	bool repeat;	   /* STATE only: send again at each connect and at mqtt_link_repeat() */
	uint8_t rank;	   /* STATE only: small goes first: discovery 0, availability 1, posture 2, others 3 */
	uint16_t expiry_s; /* 0 = never. Holds in our queue, and at the broker with MQTT 5 */
	bool json;	   /* MQTT 5: content type application/json, else text/plain */
};

struct mqtt_link_handlers {
	/* Called by mqtt_link_dispatch() only. reason: why it is not connected, or what the broker refuses. */
	void (*connection)(void *userdata, bool connected, const char *reason);
	/* payload is closed with a NUL that length does not count. */
	void (*message)(void *userdata, const char *topic, const char *payload, size_t length, bool retained);
	void *userdata;
};

struct mqtt_link_options {
	const struct mqtt_settings *settings; /* how to connect; copied */
	const char *client_id;		      /* used when the settings have none; "" = the broker chooses */
	const char *will_topic;		      /* NULL = no will. The will is also published at a clean stop */
	const char *will_payload;
	bool will_retain;
	struct mqtt_link_handlers handlers;
};

struct mqtt_link;

/* Starts the worker and returns; a broker that can't be reached is not an error. ret_reason says what EINVAL means. */
int mqtt_link_open(const struct mqtt_link_options *options, struct mqtt_link **ret_link, char *ret_reason);
/* New settings, will and client id: says goodbye, then connects anew. What is queued stays. Never blocks. */
int mqtt_link_change(struct mqtt_link *link, const struct mqtt_link_options *options, char *ret_reason);
/* Readable when dispatch has work. */
int mqtt_link_fd(const struct mqtt_link *link);
int mqtt_link_dispatch(struct mqtt_link *link);
/* Bounded copy. 0; -ENOBUFS: something older was dropped for it (counted); -EMSGSIZE, -EINVAL: refused. */
int mqtt_link_publish(struct mqtt_link *link, const struct mqtt_message *message);
/* Forgets a repeated message without sending anything. */
void mqtt_link_forget(struct mqtt_link *link, const char *topic);
/* Sends all repeated messages again, if connected. */
void mqtt_link_repeat(struct mqtt_link *link);
/* Remembered, and done again at each connect. */
int mqtt_link_subscribe(struct mqtt_link *link, const char *filter, uint8_t qos);
int mqtt_link_unsubscribe(struct mqtt_link *link, const char *filter);
/* Fills all but enabled, commands and commands_refused. */
void mqtt_link_health(struct mqtt_link *link, struct link_health *ret_health);
/* Publishes the will, disconnects and frees within 1.5 s, whatever the broker does. NULL allowed, returns NULL. */
struct mqtt_link *mqtt_link_free(struct mqtt_link *link);
/* "1.3.12", of the library that is loaded. */
const char *mqtt_link_version(void);

#endif
