/* SPDX-License-Identifier: Apache-2.0 */
/* mqtt-mailbox.c - see mqtt-mailbox.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon/mqtt-mailbox.h"
#include "daemon/mqtt-reason.h"

#define NS_PER_S UINT64_C(1000000000)

uint64_t mqtt_mailbox_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

int mqtt_mailbox_init(struct mqtt_mailbox *mailbox)
{
	pthread_condattr_t monotonic;

	mailbox->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (mailbox->event_fd < 0)
		return -errno;
	pthread_mutex_init(&mailbox->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&mailbox->wake, &monotonic);
	pthread_cond_init(&mailbox->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	for (unsigned i = 0; i < MQTT_FLIGHTS; i++)
		mailbox->flight[i].mailbox = mailbox;
	for (unsigned i = 0; i < MQTT_SUBSCRIPTIONS_MAX; i++)
		mailbox->subscription[i].mailbox = mailbox;
	return 0;
}

void mqtt_mailbox_clear(struct mqtt_mailbox *mailbox)
{
	for (unsigned i = 0; i < MQTT_FLIGHTS; i++)
		mqtt_outgoing_clear(&mailbox->flight[i].message);
	mqtt_queue_clear(&mailbox->queue);
	mqtt_inbox_clear(&mailbox->inbox);
	pthread_cond_destroy(&mailbox->wake);
	pthread_cond_destroy(&mailbox->ended);
	pthread_mutex_destroy(&mailbox->lock);
	close(mailbox->event_fd);
}

/* --- the loop's side --------------------------------------------------------------------------------------- */

int mqtt_mailbox_publish(struct mqtt_mailbox *mailbox, const struct mqtt_message *message)
{
	int r;

	pthread_mutex_lock(&mailbox->lock);
	r = mqtt_queue_put(&mailbox->queue, message, mqtt_mailbox_now_ns());
	mqtt_mailbox_wake_locked(mailbox);
	pthread_mutex_unlock(&mailbox->lock);
	return r;
}

void mqtt_mailbox_forget(struct mqtt_mailbox *mailbox, const char *topic)
{
	pthread_mutex_lock(&mailbox->lock);
	mqtt_queue_forget(&mailbox->queue, topic);
	pthread_mutex_unlock(&mailbox->lock);
}

void mqtt_mailbox_repeat(struct mqtt_mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->lock);
	if (mailbox->health.connected)
		mqtt_queue_repeat(&mailbox->queue);
	mqtt_mailbox_wake_locked(mailbox);
	pthread_mutex_unlock(&mailbox->lock);
}

static struct mqtt_subscription *subscription_find(struct mqtt_mailbox *mailbox, const char *filter)
{
	for (unsigned i = 0; i < MQTT_SUBSCRIPTIONS_MAX; i++)
		if (strcmp(mailbox->subscription[i].filter, filter) == 0)
			return &mailbox->subscription[i];
	return NULL;
}

int mqtt_mailbox_subscribe(struct mqtt_mailbox *mailbox, const char *filter, uint8_t qos)
{
	struct mqtt_subscription *subscription;

	if (!filter[0] || strlen(filter) >= MQTT_TOPIC_MAX || qos > 2)
		return -EINVAL;
	pthread_mutex_lock(&mailbox->lock);
	subscription = subscription_find(mailbox, filter);
	if (!subscription)
		subscription = subscription_find(mailbox, "");
	if (subscription) {
		strcpy(subscription->filter, filter);
		subscription->qos = qos;
		subscription->remove = false;
		subscription->pending = true;
		mqtt_mailbox_wake_locked(mailbox);
	}
	pthread_mutex_unlock(&mailbox->lock);
	return subscription ? 0 : -ENOBUFS;
}

int mqtt_mailbox_unsubscribe(struct mqtt_mailbox *mailbox, const char *filter)
{
	struct mqtt_subscription *subscription;

	pthread_mutex_lock(&mailbox->lock);
	subscription = filter[0] ? subscription_find(mailbox, filter) : NULL;
	if (subscription) {
		subscription->remove = subscription->pending = true;
		mqtt_mailbox_wake_locked(mailbox);
	}
	pthread_mutex_unlock(&mailbox->lock);
	return subscription ? 0 : -ENOENT;
}

void mqtt_mailbox_health(struct mqtt_mailbox *mailbox, struct link_health *ret_health)
{
	pthread_mutex_lock(&mailbox->lock);
	*ret_health = mailbox->health;
	ret_health->states_coalesced = mailbox->queue.states_coalesced;
	ret_health->events_dropped = mailbox->queue.events_dropped;
	ret_health->frames_dropped = mailbox->queue.frames_dropped;
	pthread_mutex_unlock(&mailbox->lock);
}

int mqtt_mailbox_dispatch(struct mqtt_mailbox *mailbox, const struct mqtt_link_handlers *handlers)
{
	struct mqtt_incoming message;
	struct link_health health;
	eventfd_t count;
	bool changed, more = true;

	eventfd_read(mailbox->event_fd, &count);
	while (more) {
		pthread_mutex_lock(&mailbox->lock);
		changed = mailbox->changed;
		mailbox->changed = false;
		health = mailbox->health;
		more = mqtt_inbox_take(&mailbox->inbox, &message);
		pthread_mutex_unlock(&mailbox->lock);
		if (changed && handlers->connection)
			handlers->connection(handlers->userdata, health.connected, health.reason);
		if (!more)
			break;
		if (handlers->message)
			handlers->message(handlers->userdata, message.topic, message.payload, message.length,
					  message.retained);
		mqtt_incoming_free(&message);
	}
	return 0;
}

/* --- the worker's side ------------------------------------------------------------------------------------- */

void mqtt_mailbox_wake_locked(struct mqtt_mailbox *mailbox)
{
	mailbox->woken = true;
	pthread_cond_signal(&mailbox->wake);
}

void mqtt_mailbox_wait_locked(struct mqtt_mailbox *mailbox, uint64_t until_ns)
{
	struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_S), .tv_nsec = (long)(until_ns % NS_PER_S)};

	while (!mailbox->woken && pthread_cond_timedwait(&mailbox->wake, &mailbox->lock, &until) == 0)
		;
	mailbox->woken = false;
}

void mqtt_mailbox_tell_locked(struct mqtt_mailbox *mailbox, bool connected, const char *reason)
{
	mailbox->health.connected = connected;
	snprintf(mailbox->health.reason, sizeof(mailbox->health.reason), "%s", reason);
	mailbox->changed = true;
	eventfd_write(mailbox->event_fd, 1);
}

void mqtt_mailbox_renew_locked(struct mqtt_mailbox *mailbox)
{
	for (unsigned i = 0; i < MQTT_SUBSCRIPTIONS_MAX; i++)
		mailbox->subscription[i].pending = mailbox->subscription[i].filter[0] != '\0';
	mqtt_queue_repeat(&mailbox->queue);
}

struct mqtt_flight *mqtt_mailbox_take_locked(struct mqtt_mailbox *mailbox)
{
	uint64_t now = mqtt_mailbox_now_ns();

	for (unsigned i = 0; i < MQTT_FLIGHTS; i++) {
		struct mqtt_flight *flight = &mailbox->flight[i];

		if (flight->state != MQTT_FLIGHT_FREE)
			continue;
		if (!mqtt_queue_take(&mailbox->queue, now, &flight->message))
			return NULL;
		flight->state = MQTT_FLIGHT_SENT;
		flight->code = 0;
		if (!mailbox->awaiting_ns)
			mailbox->awaiting_ns = now;
		return flight;
	}
	return NULL;
}

static void refusal_tell(struct mqtt_mailbox *mailbox, const char *what, const char *topic, int code)
{
	const char *text = mqtt_reason_text(code);
	char reason[MQTT_REASON_MAX];

	mailbox->health.send_failures++;
	snprintf(reason, sizeof(reason), "the broker refuses %s %.60s: %.90s", what, topic,
		 text ? text : "it gives no reason");
	if (strcmp(reason, mailbox->health.reason) != 0)
		mqtt_mailbox_tell_locked(mailbox, mailbox->health.connected, reason);
}

/* An event with QoS 1 that went down with the connection is sent again; states are repeated anyway. */
static void flight_fail(struct mqtt_mailbox *mailbox, struct mqtt_flight *flight)
{
	if (flight->code)
		refusal_tell(mailbox, "to take", flight->message.topic, flight->code);
	else if (flight->message.qos)
		mqtt_queue_return(&mailbox->queue, &flight->message);
	else
		mailbox->health.send_failures++;
}

/* From the newest to the oldest, so that returned events end up in their old order. */
static struct mqtt_flight *flight_newest_failed(struct mqtt_mailbox *mailbox)
{
	struct mqtt_flight *newest = NULL;

	for (unsigned i = 0; i < MQTT_FLIGHTS; i++) {
		struct mqtt_flight *flight = &mailbox->flight[i];

		if (flight->state == MQTT_FLIGHT_FAILED && (!newest || flight->message.put_ns > newest->message.put_ns))
			newest = flight;
	}
	return newest;
}

bool mqtt_mailbox_collect_locked(struct mqtt_mailbox *mailbox)
{
	struct mqtt_flight *failed;
	bool home = true, answered = false;

	while ((failed = flight_newest_failed(mailbox))) {
		answered = answered || failed->code;
		flight_fail(mailbox, failed);
		failed->state = MQTT_FLIGHT_FREE;
	}
	for (unsigned i = 0; i < MQTT_FLIGHTS; i++) {
		struct mqtt_flight *flight = &mailbox->flight[i];

		if (flight->state == MQTT_FLIGHT_SENT)
			home = false;
		if (flight->state != MQTT_FLIGHT_DONE)
			continue;
		mailbox->health.acknowledged++;
		flight->state = MQTT_FLIGHT_FREE;
		answered = true;
	}
	if (home)
		mailbox->awaiting_ns = 0;
	else if (answered)
		mailbox->awaiting_ns = mqtt_mailbox_now_ns();
	return home;
}

void mqtt_mailbox_recall_locked(struct mqtt_mailbox *mailbox)
{
	for (unsigned i = 0; i < MQTT_FLIGHTS; i++)
		if (mailbox->flight[i].state == MQTT_FLIGHT_SENT)
			mailbox->flight[i].state = MQTT_FLIGHT_FAILED;
	mqtt_mailbox_collect_locked(mailbox);
}

/* --- the callbacks' side ----------------------------------------------------------------------------------- */

void mqtt_mailbox_receive_locked(struct mqtt_mailbox *mailbox, const char *topic, size_t topic_length,
				 const void *payload, size_t length, bool retained)
{
	if (mqtt_inbox_put(&mailbox->inbox, topic, topic_length, payload, length, retained) == 0)
		eventfd_write(mailbox->event_fd, 1);
}

void mqtt_flight_store(struct mqtt_flight *flight, enum mqtt_flight_state state, int code)
{
	struct mqtt_mailbox *mailbox = flight->mailbox;

	pthread_mutex_lock(&mailbox->lock);
	if (flight->state == MQTT_FLIGHT_SENT) {
		flight->state = state;
		flight->code = code;
		mqtt_mailbox_wake_locked(mailbox);
	}
	pthread_mutex_unlock(&mailbox->lock);
}

void mqtt_subscription_store(struct mqtt_subscription *subscription, int code)
{
	struct mqtt_mailbox *mailbox = subscription->mailbox;

	pthread_mutex_lock(&mailbox->lock);
	refusal_tell(mailbox, "our subscription to", subscription->filter, code);
	pthread_mutex_unlock(&mailbox->lock);
}
