/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-mqtt-worker.c - the thread that keeps the connection, with a client of our own instead of Paho: what a broker
 * can't be made to do at will. Also the run for the thread sanitizer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/mqtt-reason.h"
#include "daemon/mqtt-worker.h"

enum { SENT_MAX = 64 };

/* How the next calls go, and what came. The worker alone writes; the test reads atomically. */
struct fake {
	struct mqtt_worker worker; /* first */
	_Atomic int connect_code;  /* answer of the next attempts */
	_Atomic bool acknowledge, offline, hang, signals_blocked;
	_Atomic unsigned creates, destroys, connects, disconnects, subscriptions, sent;
	char topic[SENT_MAX][32];
};

static struct fake *fake_of(struct mqtt_worker *worker)
{
	return (struct fake *)worker;
}

static int fake_create(struct mqtt_worker *worker)
{
	sigset_t blocked;

	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	fake_of(worker)->signals_blocked = sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGINT);
	fake_of(worker)->creates++;
	return 0;
}

static void fake_destroy(struct mqtt_worker *worker)
{
	fake_of(worker)->destroys++;
}

static int fake_connect(struct mqtt_worker *worker, const struct mqtt_secret *password)
{
	(void)password;
	fake_of(worker)->connects++;
	/* 5 is refused by a broker of 3.1.1's time, and that has nothing against 3.1.1. */
	if (fake_of(worker)->connect_code == 1 && worker->protocol == 4)
		mqtt_worker_connected(worker, 0, NULL);
	else
		mqtt_worker_connected(worker, fake_of(worker)->connect_code, NULL);
	return 0;
}

static int fake_disconnect(struct mqtt_worker *worker)
{
	fake_of(worker)->disconnects++;
	mqtt_worker_lost(worker, 0);
	return 0;
}

static int fake_send(struct mqtt_worker *worker, struct mqtt_flight *flight)
{
	struct fake *fake = fake_of(worker);

	while (fake->hang)
		usleep(1000);
	if (fake->offline)
		return -3;
	if (fake->sent < SENT_MAX)
		snprintf(fake->topic[fake->sent], sizeof(fake->topic[0]), "%.31s", flight->message.topic);
	fake->sent++;
	if (fake->acknowledge)
		mqtt_flight_store(flight, MQTT_FLIGHT_DONE, 0);
	return 0;
}

static int fake_subscribe(struct mqtt_worker *worker, struct mqtt_subscription *subscription)
{
	(void)subscription;
	fake_of(worker)->subscriptions++;
	return 0;
}

static const struct mqtt_client_ops fake_ops = {
	.create = fake_create,
	.destroy = fake_destroy,
	.connect = fake_connect,
	.disconnect = fake_disconnect,
	.send = fake_send,
	.subscribe = fake_subscribe,
};

static int setup(void **state)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct mqtt_setup setup = {.settings = {.host = "broker", .protocol = 5, .keepalive_s = 1, .verify = true},
				   .client_id = "us",
				   .will_topic = "will",
				   .will_payload = "offline"};

	fake->worker.client = &fake_ops;
	fake->worker.next_setup = setup;
	fake->acknowledge = true;
	*state = fake;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static struct link_health health_of(struct fake *fake)
{
	struct link_health health;

	mqtt_mailbox_health(&fake->worker.mailbox, &health);
	return health;
}

#define eventually(condition)                                                                                          \
	do {                                                                                                           \
		int tries = 0;                                                                                         \
		while (!(condition) && tries++ < 5000)                                                                 \
			usleep(1000);                                                                                  \
		assert_true(condition);                                                                                \
	} while (0)

static void publish(struct fake *fake, enum mqtt_lane lane, const char *topic, uint8_t rank, bool repeat)
{
	struct mqtt_message message = {.lane = lane,
				       .topic = topic,
				       .payload = topic,
				       .length = strlen(topic),
				       .qos = 1,
				       .rank = rank,
				       .repeat = repeat};

	mqtt_mailbox_publish(&fake->worker.mailbox, &message);
}

static void test_goodbye(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(mqtt_worker_start(&fake->worker), 0);
	assert_int_equal(mqtt_mailbox_subscribe(&fake->worker.mailbox, "set/#", 1), 0);
	eventually(health_of(fake).connected);
	publish(fake, MQTT_LANE_STATE, "posture", 2, true);
	eventually(fake->sent == 1 && fake->subscriptions == 1);
	assert_true(fake->signals_blocked);
	assert_int_equal(mqtt_worker_stop(&fake->worker), 0);
	assert_int_equal(fake->sent, 2);
	assert_string_equal(fake->topic[1], "will");
	assert_int_equal(fake->disconnects, 1);
	assert_int_equal(fake->destroys, 1);
}

static void test_taken_over(void **state)
{
	struct fake *fake = *state;

	mqtt_worker_start(&fake->worker);
	eventually(health_of(fake).connected);
	mqtt_worker_lost(&fake->worker, MQTT_REASON_TAKEN_OVER);
	eventually(!health_of(fake).connected);
	assert_non_null(strstr(health_of(fake).reason, "same client id"));
	usleep(1500000); /* a common loss would be over */
	assert_int_equal(fake->connects, 1);
	assert_int_equal(mqtt_worker_stop(&fake->worker), 0);
}

static void test_reconnect_repeats(void **state)
{
	struct fake *fake = *state;

	mqtt_worker_start(&fake->worker);
	eventually(health_of(fake).connected);
	publish(fake, MQTT_LANE_STATE, "posture", 2, true);
	publish(fake, MQTT_LANE_STATE, "config", 0, true);
	eventually(fake->sent == 2);
	mqtt_worker_lost(&fake->worker, 0);
	eventually(health_of(fake).connects == 2);
	eventually(fake->sent == 4);
	assert_string_equal(fake->topic[2], "config");
	assert_string_equal(fake->topic[3], "posture");
	assert_int_equal(fake->creates, 1);
	assert_int_equal(mqtt_worker_stop(&fake->worker), 0);
}

static void test_lost_events_are_sent_again(void **state)
{
	struct fake *fake = *state;

	fake->acknowledge = false;
	mqtt_worker_start(&fake->worker);
	eventually(health_of(fake).connected);
	publish(fake, MQTT_LANE_EVENT, "one", 0, false);
	publish(fake, MQTT_LANE_EVENT, "two", 0, false);
	eventually(fake->sent == 2);
	mqtt_worker_lost(&fake->worker, 0);
	fake->acknowledge = true;
	eventually(fake->sent == 4);
	assert_string_equal(fake->topic[2], "one");
	assert_string_equal(fake->topic[3], "two");
	eventually(health_of(fake).acknowledged == 2);
	assert_int_equal(mqtt_worker_stop(&fake->worker), 0);
}

static void test_in_flight_is_bounded(void **state)
{
	struct fake *fake = *state;

	fake->acknowledge = false;
	fake->worker.next_setup.settings.keepalive_s = 60;
	mqtt_worker_start(&fake->worker);
	eventually(health_of(fake).connected);
	for (int i = 0; i < MQTT_FLIGHTS; i++)
		publish(fake, MQTT_LANE_EVENT, "event", 0, false);
	eventually(fake->sent == MQTT_FLIGHTS);
	for (int i = 0; i < MQTT_QUEUE_EVENTS + 5; i++)
		publish(fake, MQTT_LANE_EVENT, "event", 0, false);
	usleep(50000);
	assert_int_equal(fake->sent, MQTT_FLIGHTS);
	assert_int_equal(health_of(fake).events_dropped, 5);
	assert_int_equal(mqtt_worker_stop(&fake->worker), 0);
}

static void test_stuck(void **state)
{
	struct fake *fake = *state;

	fake->acknowledge = false;
	mqtt_worker_start(&fake->worker);
	eventually(health_of(fake).connected);
	publish(fake, MQTT_LANE_EVENT, "event", 0, false);
	eventually(health_of(fake).connection_losses == 1);
	assert_non_null(strstr(health_of(fake).reason, "acknowledges nothing"));
	assert_int_equal(fake->destroys, 1);
	assert_int_equal(mqtt_worker_stop(&fake->worker), 0);
}

static void test_fall_back(void **state)
{
	struct fake *fake = *state;

	fake->connect_code = 1;
	mqtt_worker_start(&fake->worker);
	eventually(health_of(fake).connected);
	assert_int_equal(health_of(fake).protocol, 4);
	assert_int_equal(health_of(fake).connect_failures, 0);
	assert_int_equal(fake->creates, 2);
	assert_int_equal(mqtt_worker_stop(&fake->worker), 0);
}

static void test_refused(void **state)
{
	struct fake *fake = *state;

	fake->connect_code = 0x86;
	mqtt_worker_start(&fake->worker);
	eventually(health_of(fake).connect_failures == 1);
	assert_non_null(strstr(health_of(fake).reason, "wrong user name or password"));
	fake->connect_code = 0;
	eventually(health_of(fake).connected);
	assert_string_equal(health_of(fake).reason, "");
	assert_int_equal(mqtt_worker_stop(&fake->worker), 0);
}

static void test_change(void **state)
{
	struct fake *fake = *state;
	struct mqtt_setup setup = fake->worker.next_setup;

	mqtt_worker_start(&fake->worker);
	eventually(health_of(fake).connected);
	strcpy(setup.settings.host, "other");
	setup.settings.tls = true;
	mqtt_worker_change(&fake->worker, &setup);
	eventually(health_of(fake).connects == 2);
	assert_string_equal(health_of(fake).broker, "mqtts://other:8883");
	assert_string_equal(fake->topic[0], "will");
	assert_int_equal(mqtt_worker_stop(&fake->worker), 0);
}

/* A library that hangs, as in a name server's silence: neither publishing nor the end waits for it. */
static void test_hang(void **state)
{
	struct fake *fake = *state;

	mqtt_worker_start(&fake->worker);
	eventually(health_of(fake).connected);
	fake->hang = true;
	for (int i = 0; i < 1000; i++)
		publish(fake, MQTT_LANE_EVENT, "event", 0, false);
	assert_int_equal(mqtt_worker_stop(&fake->worker), -ETIMEDOUT);
	/* The thread is left alone with the link; let it end so that the test's memory can go. */
	fake->hang = false;
	eventually(fake->destroys == 1);
	pthread_mutex_lock(&fake->worker.mailbox.lock);
	while (!fake->worker.finished) {
		pthread_mutex_unlock(&fake->worker.mailbox.lock);
		usleep(1000);
		pthread_mutex_lock(&fake->worker.mailbox.lock);
	}
	pthread_mutex_unlock(&fake->worker.mailbox.lock);
	usleep(20000);
	mqtt_mailbox_clear(&fake->worker.mailbox);
}

static void on_message(void *userdata, const char *topic, const char *payload, size_t length, bool retained)
{
	(void)retained;
	assert_string_equal(topic, "set/key");
	assert_memory_equal(payload, "value", length);
	(*(int *)userdata)++;
}

static void test_dispatch(void **state)
{
	struct fake *fake = *state;
	int count = 0;
	const struct mqtt_link_handlers handlers = {.message = on_message, .userdata = &count};
	struct pollfd readable = {.events = POLLIN};

	mqtt_worker_start(&fake->worker);
	eventually(health_of(fake).connected);
	mqtt_mailbox_dispatch(&fake->worker.mailbox, &handlers);
	readable.fd = fake->worker.mailbox.event_fd;
	assert_int_equal(poll(&readable, 1, 0), 0);
	mqtt_worker_received(&fake->worker, "set/key", 7, "value", 5, false);
	mqtt_worker_received(&fake->worker, "set/key", 7, "value", 5, false);
	assert_int_equal(poll(&readable, 1, 0), 1);
	mqtt_mailbox_dispatch(&fake->worker.mailbox, &handlers);
	assert_int_equal(count, 2);
	assert_int_equal(poll(&readable, 1, 0), 0);
	assert_int_equal(mqtt_worker_stop(&fake->worker), 0);
}

static void test_backoff(void **state)
{
	(void)state;
	assert_float_equal(mqtt_endpoint_backoff_s(0, 0), 0.8, 1e-9);
	assert_float_equal(mqtt_endpoint_backoff_s(0, UINT32_MAX), 1.2, 1e-9);
	assert_float_equal(mqtt_endpoint_backoff_s(3, UINT32_MAX / 2), 8, 1e-6);
	assert_float_equal(mqtt_endpoint_backoff_s(6, UINT32_MAX), 60, 1e-9);
	assert_float_equal(mqtt_endpoint_backoff_s(1000000, 0), 48, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_goodbye, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken_over, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reconnect_repeats, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_events_are_sent_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_in_flight_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stuck, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fall_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_change, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hang, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dispatch, setup, teardown),
		cmocka_unit_test(test_backoff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
