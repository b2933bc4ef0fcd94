/* SPDX-License-Identifier: Apache-2.0 */
/* mqtt-worker.c - see mqtt-worker.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "daemon/mqtt-reason.h"
#include "daemon/mqtt-worker.h"

enum {
	CONNECT_ABANDON_S = 30,	 /* the library should have said something by then */
	STABLE_S = 10,		 /* a connection that lived longer was a good one */
	TAKEN_OVER_ATTEMPTS = 5, /* as if so many attempts had failed: 26..38 s */
	SHORT_LIVES_SUSPICIOUS = 2,
	STUCK_KEEPALIVES = 3,
	STUCK_DEFAULT_S = 60, /* keep-alive off */
	IDLE_S = 3600,
	FLUSH_MS = 200,	     /* goodbye: for what still waits, */
	GOODBYE_MS = 150,    /* for the will, */
	DISCONNECT_MS = 150, /* for the end of the connection; Paho then takes up to a second to end its threads */
};

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

/* --- what callbacks report --------------------------------------------------------------------------------- */

void mqtt_worker_connected(struct mqtt_worker *worker, int code, const char *text)
{
	pthread_mutex_lock(&worker->mailbox.lock);
	worker->connect_done = true;
	worker->connect_code = code;
	snprintf(worker->library_text, sizeof(worker->library_text), "%s", text ? text : "");
	mqtt_mailbox_wake_locked(&worker->mailbox);
	pthread_mutex_unlock(&worker->mailbox.lock);
}

void mqtt_worker_tls_error(struct mqtt_worker *worker, const char *line, size_t length)
{
	pthread_mutex_lock(&worker->mailbox.lock);
	if (!worker->tls_text[0])
		mqtt_reason_tls(line, length, sizeof(worker->tls_text), worker->tls_text);
	pthread_mutex_unlock(&worker->mailbox.lock);
}

void mqtt_worker_lost(struct mqtt_worker *worker, int code)
{
	pthread_mutex_lock(&worker->mailbox.lock);
	worker->lost = true;
	if (code)
		worker->lost_code = code;
	mqtt_mailbox_wake_locked(&worker->mailbox);
	pthread_mutex_unlock(&worker->mailbox.lock);
}

void mqtt_worker_received(struct mqtt_worker *worker, const char *topic, size_t topic_length, const void *payload,
			  size_t length, bool retained)
{
	pthread_mutex_lock(&worker->mailbox.lock);
	mqtt_mailbox_receive_locked(&worker->mailbox, topic, topic_length, payload, length, retained);
	pthread_mutex_unlock(&worker->mailbox.lock);
}

/* --- the client: called without the lock ------------------------------------------------------------------- */

static void worker_destroy(struct mqtt_worker *worker)
{
	if (!worker->created)
		return;
	pthread_mutex_unlock(&worker->mailbox.lock);
	worker->client->destroy(worker);
	pthread_mutex_lock(&worker->mailbox.lock);
	worker->created = false;
}

/* Creates the client when there is none, reads the secrets, starts the attempt. */
static int worker_begin(struct mqtt_worker *worker, char *ret_reason)
{
	struct mqtt_secret password = {0};
	int r = mqtt_endpoint_check_files(&worker->setup.settings, ret_reason);

	if (r == 0)
		r = mqtt_endpoint_psk_check(&worker->setup.settings, ret_reason);
	if (r == 0)
		r = mqtt_endpoint_password(&worker->setup.settings, &password, ret_reason);
	if (r == 0 && !worker->created) {
		r = worker->client->create(worker);
		worker->created = r == 0;
		if (r)
			snprintf(ret_reason, MQTT_REASON_MAX, "the MQTT library can't make a client (%d)", r);
	}
	if (r == 0) {
		r = worker->client->connect(worker, &password);
		if (r)
			snprintf(ret_reason, MQTT_REASON_MAX, "the MQTT library can't connect (%d)", r);
	}
	mqtt_secret_wipe(&password);
	return r;
}

/* --- states ------------------------------------------------------------------------------------------------ */

static void worker_back_off(struct mqtt_worker *worker)
{
	uint32_t random = UINT32_MAX / 2;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = (uint32_t)mqtt_mailbox_now_ns();
	worker->deadline_ns = mqtt_mailbox_now_ns() +
			      (uint64_t)(mqtt_endpoint_backoff_s(worker->attempts, random) * (double)NS_PER_S);
	worker->attempts++;
	worker->state = MQTT_WORKER_WAITING;
}

static void worker_failed(struct mqtt_worker *worker, const char *reason)
{
	worker->mailbox.health.connect_failures++;
	worker_back_off(worker);
	mqtt_mailbox_tell_locked(&worker->mailbox, false, reason);
}

static void worker_connect(struct mqtt_worker *worker)
{
	char reason[MQTT_REASON_MAX];
	int r;

	worker->connect_done = worker->lost = false;
	worker->connect_code = worker->lost_code = 0;
	worker->library_text[0] = worker->tls_text[0] = '\0';
	pthread_mutex_unlock(&worker->mailbox.lock);
	r = worker_begin(worker, reason);
	pthread_mutex_lock(&worker->mailbox.lock);
	if (r) {
		worker_destroy(worker);
		worker_failed(worker, reason);
		return;
	}
	worker->state = MQTT_WORKER_CONNECTING;
	worker->deadline_ns = mqtt_mailbox_now_ns() + CONNECT_ABANDON_S * NS_PER_S;
}

static void worker_accepted(struct mqtt_worker *worker)
{
	struct mqtt_mailbox *mailbox = &worker->mailbox;

	worker->state = MQTT_WORKER_CONNECTED;
	worker->connected_ns = mqtt_mailbox_now_ns();
	mqtt_mailbox_recall_locked(mailbox);
	mqtt_mailbox_renew_locked(mailbox);
	mailbox->health.connects++;
	mailbox->health.protocol = worker->protocol;
	mqtt_mailbox_tell_locked(mailbox, true, "");
}

static void worker_refused(struct mqtt_worker *worker)
{
	struct mqtt_failure failure = {
		.protocol = worker->protocol,
		.code = worker->connect_code,
		.library = worker->library_text,
		.tls = worker->tls_text,
		.with_tls = worker->setup.settings.tls,
		.verify = worker->setup.settings.verify && !mqtt_endpoint_uses_psk(&worker->setup.settings),
		.host = worker->setup.settings.host,
	};
	char reason[MQTT_REASON_MAX];

	if (worker->protocol == 5 && mqtt_failure_is_protocol(&failure)) {
		worker_destroy(worker);
		worker->protocol = 4;
		worker_connect(worker);
		return;
	}
	mqtt_failure_text(&failure, sizeof(reason), reason);
	if (worker->setup.settings.tls) /* so that renewed certificates are read */
		worker_destroy(worker);
	worker_failed(worker, reason);
}

static void worker_step_connecting(struct mqtt_worker *worker)
{
	if (worker->connect_done && worker->connect_code == 0) {
		worker_accepted(worker);
	} else if (worker->connect_done) {
		worker_refused(worker);
	} else if (mqtt_mailbox_now_ns() >= worker->deadline_ns) {
		worker_destroy(worker);
		worker_failed(worker, "the attempt to connect came to no end");
	}
}

/* Why the connection ended, and how long to stay away. */
static void worker_lost(struct mqtt_worker *worker, const char *stuck)
{
	struct mqtt_mailbox *mailbox = &worker->mailbox;
	const char *known = mqtt_reason_text(worker->lost_code);
	bool stable = mqtt_mailbox_now_ns() - worker->connected_ns >= STABLE_S * NS_PER_S;
	char reason[MQTT_REASON_MAX];

	worker->short_lives = stable ? 0 : worker->short_lives + 1;
	if (stable)
		worker->attempts = 0;
	if (worker->lost_code == MQTT_REASON_TAKEN_OVER && worker->attempts < TAKEN_OVER_ATTEMPTS)
		worker->attempts = TAKEN_OVER_ATTEMPTS;
	if (stuck)
		snprintf(reason, sizeof(reason), "%s", stuck);
	else if (known)
		snprintf(reason, sizeof(reason), "%s", known);
	else if (worker->short_lives >= SHORT_LIVES_SUSPICIOUS)
		snprintf(reason, sizeof(reason),
			 "the connection ends again and again right after it began: is there another client with the "
			 "id \"%.50s\"?",
			 worker->setup.client_id);
	else
		snprintf(reason, sizeof(reason), "the connection was lost");
	mailbox->health.connection_losses++;
	mqtt_mailbox_recall_locked(mailbox);
	worker_back_off(worker);
	mqtt_mailbox_tell_locked(mailbox, false, reason);
}

/* Returns whether something was handed to the client. */
static bool worker_subscribe_next(struct mqtt_worker *worker)
{
	struct mqtt_mailbox *mailbox = &worker->mailbox;

	for (unsigned i = 0; i < MQTT_SUBSCRIPTIONS_MAX; i++) {
		struct mqtt_subscription *subscription = &mailbox->subscription[i];

		if (!subscription->pending)
			continue;
		subscription->pending = false;
		pthread_mutex_unlock(&mailbox->lock);
		worker->client->subscribe(worker, subscription);
		pthread_mutex_lock(&mailbox->lock);
		if (subscription->remove)
			subscription->filter[0] = '\0';
		return true;
	}
	return false;
}

static bool worker_send_next(struct mqtt_worker *worker)
{
	struct mqtt_mailbox *mailbox = &worker->mailbox;
	struct mqtt_flight *flight = mqtt_mailbox_take_locked(mailbox);
	int r;

	if (!flight)
		return false;
	pthread_mutex_unlock(&mailbox->lock);
	r = worker->client->send(worker, flight);
	pthread_mutex_lock(&mailbox->lock);
	if (r == 0) {
		mailbox->health.published++;
		return true;
	}
	/* Offline, and the callback that says so is on its way. */
	flight->state = MQTT_FLIGHT_FAILED;
	mqtt_mailbox_collect_locked(mailbox);
	worker->lost = true;
	return false;
}

static bool worker_is_stuck(const struct mqtt_worker *worker)
{
	uint64_t keepalive = worker->setup.settings.keepalive_s;
	uint64_t limit = keepalive ? STUCK_KEEPALIVES * keepalive : STUCK_DEFAULT_S;

	return worker->mailbox.awaiting_ns && mqtt_mailbox_now_ns() - worker->mailbox.awaiting_ns > limit * NS_PER_S;
}

static void worker_step_connected(struct mqtt_worker *worker)
{
	mqtt_mailbox_collect_locked(&worker->mailbox);
	while (!worker->lost && !worker->stop && !worker->change &&
	       (worker_subscribe_next(worker) || worker_send_next(worker)))
		;
	if (worker->lost) {
		worker_lost(worker, NULL);
	} else if (worker_is_stuck(worker)) {
		worker_destroy(worker);
		worker_lost(worker, "the broker acknowledges nothing any more");
	}
}

/* --- goodbye ----------------------------------------------------------------------------------------------- */

/* Until all that was sent is home, or the time is over. */
static void worker_drain(struct mqtt_worker *worker, unsigned ms)
{
	uint64_t until = mqtt_mailbox_now_ns() + ms * NS_PER_MS;

	while (!worker->lost) {
		bool home = mqtt_mailbox_collect_locked(&worker->mailbox);

		while (worker_send_next(worker))
			home = false;
		if ((home && mqtt_queue_empty(&worker->mailbox.queue)) || mqtt_mailbox_now_ns() >= until)
			return;
		mqtt_mailbox_wait_locked(&worker->mailbox, until);
	}
}

/* The will is only published by the broker when we vanish: at a clean end we say it ourselves. */
static void worker_goodbye(struct mqtt_worker *worker)
{
	struct mqtt_message message = {
		.lane = MQTT_LANE_EVENT,
		.topic = worker->setup.will_topic,
		.payload = worker->setup.will_payload,
		.length = strlen(worker->setup.will_payload),
		.qos = 1,
		.retain = worker->setup.will_retain,
	};
	struct mqtt_mailbox *mailbox = &worker->mailbox;
	uint64_t until;

	worker_drain(worker, FLUSH_MS);
	if (worker->setup.will_topic[0] && mqtt_queue_put(&mailbox->queue, &message, mqtt_mailbox_now_ns()) == 0)
		worker_drain(worker, GOODBYE_MS);
	until = mqtt_mailbox_now_ns() + DISCONNECT_MS * NS_PER_MS;
	if (worker->lost)
		return;
	pthread_mutex_unlock(&mailbox->lock);
	worker->client->disconnect(worker);
	pthread_mutex_lock(&mailbox->lock);
	while (!worker->lost && mqtt_mailbox_now_ns() < until)
		mqtt_mailbox_wait_locked(mailbox, until);
}

static void worker_end_connection(struct mqtt_worker *worker)
{
	if (worker->state == MQTT_WORKER_CONNECTED)
		worker_goodbye(worker);
	worker_destroy(worker);
	mqtt_mailbox_recall_locked(&worker->mailbox);
	worker->state = MQTT_WORKER_WAITING;
}

/* --- the thread -------------------------------------------------------------------------------------------- */

static void worker_adopt(struct mqtt_worker *worker)
{
	worker->setup = worker->next_setup;
	worker->change = false;
	worker->protocol = worker->setup.settings.protocol;
	worker->attempts = worker->short_lives = 0;
	worker->deadline_ns = 0;
	mqtt_endpoint_text(&worker->setup.settings, false, sizeof(worker->mailbox.health.broker),
			   worker->mailbox.health.broker);
}

static void worker_step(struct mqtt_worker *worker)
{
	if (worker->state == MQTT_WORKER_WAITING && mqtt_mailbox_now_ns() >= worker->deadline_ns)
		worker_connect(worker);
	else if (worker->state == MQTT_WORKER_CONNECTING)
		worker_step_connecting(worker);
	if (worker->state == MQTT_WORKER_CONNECTED)
		worker_step_connected(worker);
}

static uint64_t worker_next_ns(const struct mqtt_worker *worker)
{
	uint64_t now = mqtt_mailbox_now_ns();

	if (worker->state != MQTT_WORKER_CONNECTED)
		return worker->deadline_ns;
	return now + (worker->mailbox.awaiting_ns ? 1 : IDLE_S) * NS_PER_S;
}

static void *worker_run(void *context)
{
	struct mqtt_worker *worker = context;

	pthread_mutex_lock(&worker->mailbox.lock);
	worker_adopt(worker);
	while (!worker->stop) {
		if (worker->change) {
			worker_end_connection(worker);
			worker_adopt(worker);
		}
		worker_step(worker);
		if (!worker->stop && !worker->change)
			mqtt_mailbox_wait_locked(&worker->mailbox, worker_next_ns(worker));
	}
	worker_end_connection(worker);
	worker->finished = true;
	pthread_cond_signal(&worker->mailbox.ended);
	pthread_mutex_unlock(&worker->mailbox.lock);
	return NULL;
}

int mqtt_worker_start(struct mqtt_worker *worker)
{
	sigset_t all, before;
	int r = mqtt_mailbox_init(&worker->mailbox);

	if (r < 0)
		return r;
	/* The library's threads inherit the mask: signals belong to the event loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&worker->thread, NULL, worker_run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r) {
		mqtt_mailbox_clear(&worker->mailbox);
		return -r;
	}
	pthread_setname_np(worker->thread, "mqtt");
	return 0;
}

int mqtt_worker_stop(struct mqtt_worker *worker)
{
	uint64_t until_ns = mqtt_mailbox_now_ns() + MQTT_WORKER_FREE_MS * NS_PER_MS;
	struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_S), .tv_nsec = (long)(until_ns % NS_PER_S)};
	bool finished;

	pthread_mutex_lock(&worker->mailbox.lock);
	worker->stop = true;
	mqtt_mailbox_wake_locked(&worker->mailbox);
	while (!worker->finished && pthread_cond_timedwait(&worker->mailbox.ended, &worker->mailbox.lock, &until) == 0)
		;
	finished = worker->finished;
	pthread_mutex_unlock(&worker->mailbox.lock);
	if (!finished) {
		pthread_detach(worker->thread);
		return -ETIMEDOUT;
	}
	pthread_join(worker->thread, NULL);
	mqtt_mailbox_clear(&worker->mailbox);
	return 0;
}

void mqtt_worker_change(struct mqtt_worker *worker, const struct mqtt_setup *setup)
{
	pthread_mutex_lock(&worker->mailbox.lock);
	worker->next_setup = *setup;
	worker->change = true;
	mqtt_mailbox_wake_locked(&worker->mailbox);
	pthread_mutex_unlock(&worker->mailbox.lock);
}
