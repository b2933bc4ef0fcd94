/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt-mailbox.h - what the event loop, the worker and Paho's callbacks share: one lock, short critical sections.
 *
 *   event loop   puts messages and subscriptions, takes incoming messages and connection changes (eventfd)
 *   worker       waits for something to do, takes messages, books them as in flight
 *   callbacks    store what became of a message or of the connection
 *
 * Functions named ..._locked want the lock held; all others take it.
 */
#ifndef DAEMON_MQTT_MAILBOX_H
#define DAEMON_MQTT_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/mqtt-inbox.h"
#include "daemon/mqtt-link.h"
#include "daemon/mqtt-queue.h"

enum { MQTT_FLIGHTS = 8 };

struct mqtt_mailbox;

/* A message that Paho holds and the broker has not acknowledged. */
enum mqtt_flight_state { MQTT_FLIGHT_FREE, MQTT_FLIGHT_SENT, MQTT_FLIGHT_DONE, MQTT_FLIGHT_FAILED };

struct mqtt_flight {
	struct mqtt_mailbox *mailbox;
	enum mqtt_flight_state state;
	int code; /* MQTT 5 reason of a refusal, 0 = the connection broke */
	struct mqtt_outgoing message;
};

struct mqtt_subscription {
	struct mqtt_mailbox *mailbox;
	char filter[MQTT_TOPIC_MAX]; /* "" = free */
	uint8_t qos;
	bool pending, remove;
};

struct mqtt_mailbox {
	pthread_mutex_t lock;
	pthread_cond_t wake;  /* of the worker */
	pthread_cond_t ended; /* it has, for whoever stops it */
	bool woken;
	int event_fd; /* of the loop */
	struct mqtt_queue queue;
	struct mqtt_inbox inbox;
	struct mqtt_flight flight[MQTT_FLIGHTS];
	uint64_t awaiting_ns; /* since when the broker owes an acknowledgement, 0 = it owes none */
	struct mqtt_subscription subscription[MQTT_SUBSCRIPTIONS_MAX];
	struct link_health health;
	bool changed; /* health.connected or health.reason */
};

uint64_t mqtt_mailbox_now_ns(void);

int mqtt_mailbox_init(struct mqtt_mailbox *mailbox);
void mqtt_mailbox_clear(struct mqtt_mailbox *mailbox);

/* The loop's side; see mqtt-link.h. */
int mqtt_mailbox_publish(struct mqtt_mailbox *mailbox, const struct mqtt_message *message);
void mqtt_mailbox_forget(struct mqtt_mailbox *mailbox, const char *topic);
void mqtt_mailbox_repeat(struct mqtt_mailbox *mailbox);
int mqtt_mailbox_subscribe(struct mqtt_mailbox *mailbox, const char *filter, uint8_t qos);
int mqtt_mailbox_unsubscribe(struct mqtt_mailbox *mailbox, const char *filter);
void mqtt_mailbox_health(struct mqtt_mailbox *mailbox, struct link_health *ret_health);
int mqtt_mailbox_dispatch(struct mqtt_mailbox *mailbox, const struct mqtt_link_handlers *handlers);

/* The worker's side. */
void mqtt_mailbox_wake_locked(struct mqtt_mailbox *mailbox);
/* Until somebody wakes the worker or the time comes. */
void mqtt_mailbox_wait_locked(struct mqtt_mailbox *mailbox, uint64_t until_ns);
void mqtt_mailbox_tell_locked(struct mqtt_mailbox *mailbox, bool connected, const char *reason);
/* All subscriptions and repeated messages are due again. */
void mqtt_mailbox_renew_locked(struct mqtt_mailbox *mailbox);
/* The next message, booked as sent; NULL: nothing waits or all flights are taken. */
struct mqtt_flight *mqtt_mailbox_take_locked(struct mqtt_mailbox *mailbox);
/* Books what callbacks stored; what was lost with the connection goes back into the queue. true: all are home. */
bool mqtt_mailbox_collect_locked(struct mqtt_mailbox *mailbox);
/* The connection is gone: whatever is still out counts as failed. */
void mqtt_mailbox_recall_locked(struct mqtt_mailbox *mailbox);

/* The callbacks' side. */
void mqtt_mailbox_receive_locked(struct mqtt_mailbox *mailbox, const char *topic, size_t topic_length,
				 const void *payload, size_t length, bool retained);
void mqtt_flight_store(struct mqtt_flight *flight, enum mqtt_flight_state state, int code);
void mqtt_subscription_store(struct mqtt_subscription *subscription, int code);

#endif
