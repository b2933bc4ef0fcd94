/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt-worker.h - the thread that keeps a connection alive: connects, backs off, sends what the mailbox holds.
 *
 *   WAITING --time--> CONNECTING --accepted--> CONNECTED
 *      ^                  | refused               | lost, taken over, no acknowledgements
 *      +------------------+-----------------------+
 *
 * It knows no MQTT library: mqtt-link.c gives it a client of Paho's, tests give it one of their own. A client's
 * functions may block and are called by the worker alone, without the lock; what becomes of them arrives through
 * mqtt_worker_connected(), mqtt_worker_lost(), mqtt_flight_store() and mqtt_subscription_store() from any thread.
 */
#ifndef DAEMON_MQTT_WORKER_H
#define DAEMON_MQTT_WORKER_H

#include "daemon/mqtt-endpoint.h"
#include "daemon/mqtt-mailbox.h"

struct mqtt_worker;

/* Numbers that are not 0 are errors of the library. */
struct mqtt_client_ops {
	int (*create)(struct mqtt_worker *worker); /* for worker->setup and worker->protocol */
	void (*destroy)(struct mqtt_worker *worker);
	int (*connect)(struct mqtt_worker *worker, const struct mqtt_secret *password);
	int (*disconnect)(struct mqtt_worker *worker);
	int (*send)(struct mqtt_worker *worker, struct mqtt_flight *flight);
	int (*subscribe)(struct mqtt_worker *worker, struct mqtt_subscription *subscription);
};

struct mqtt_setup {
	struct mqtt_settings settings;
	char client_id[64];
	char will_topic[MQTT_TOPIC_MAX]; /* "" = none */
	char will_payload[64];
	bool will_retain;
};

enum mqtt_worker_state { MQTT_WORKER_WAITING, MQTT_WORKER_CONNECTING, MQTT_WORKER_CONNECTED };

enum { MQTT_WORKER_TEXT = 160, MQTT_WORKER_FREE_MS = 1500 };

struct mqtt_worker {
	const struct mqtt_client_ops *client;
	struct mqtt_mailbox mailbox;
	pthread_t thread;

	/* Of the worker alone. */
	struct mqtt_setup setup;
	unsigned protocol;
	enum mqtt_worker_state state;
	bool created; /* a client */
	unsigned attempts, short_lives;
	uint64_t deadline_ns; /* WAITING: the next attempt. CONNECTING: given up */
	uint64_t connected_ns;

	/* Under the mailbox's lock. */
	bool stop, finished, change;
	struct mqtt_setup next_setup;
	bool connect_done, lost;
	int connect_code, lost_code;
	char library_text[MQTT_WORKER_TEXT], tls_text[MQTT_WORKER_TEXT];
};

/* worker is zeroed but for client and next_setup. */
int mqtt_worker_start(struct mqtt_worker *worker);
/* Says goodbye. 0: the worker has ended and may be freed; -ETIMEDOUT: it hangs in the library, leave it alone. */
int mqtt_worker_stop(struct mqtt_worker *worker);
void mqtt_worker_change(struct mqtt_worker *worker, const struct mqtt_setup *setup);

/* An attempt to connect is over; code 0 = well. text: what the library says, may be NULL. */
void mqtt_worker_connected(struct mqtt_worker *worker, int code, const char *text);
/* One line of OpenSSL's error queue; the first of an attempt is kept. */
void mqtt_worker_tls_error(struct mqtt_worker *worker, const char *line, size_t length);
void mqtt_worker_lost(struct mqtt_worker *worker, int code);
void mqtt_worker_received(struct mqtt_worker *worker, const char *topic, size_t topic_length, const void *payload,
			  size_t length, bool retained);

#endif
