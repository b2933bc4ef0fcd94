/* SPDX-License-Identifier: Apache-2.0 */
/* test-mqtt-queue.c - what waits for the broker, and what came from it: order, coalescing, bounds, counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/mqtt-inbox.h"
#include "daemon/mqtt-queue.h"

#define NS_PER_S UINT64_C(1000000000)

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct mqtt_queue));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	mqtt_queue_clear(*state);
	free(*state);
	return 0;
}

static int put(struct mqtt_queue *queue, enum mqtt_lane lane, const char *topic, const char *text, uint8_t rank,
	       bool repeat)
{
	struct mqtt_message message = {.lane = lane,
				       .topic = topic,
				       .payload = text,
				       .length = strlen(text),
				       .qos = 1,
				       .rank = rank,
				       .repeat = repeat,
				       .expiry_s = lane == MQTT_LANE_EVENT ? 60 : 0};

	return mqtt_queue_put(queue, &message, NS_PER_S);
}

static void expect_next(struct mqtt_queue *queue, uint64_t now_ns, const char *topic, const char *text)
{
	struct mqtt_outgoing message = {0};

	assert_true(mqtt_queue_take(queue, now_ns, &message));
	assert_string_equal(message.topic, topic);
	assert_int_equal(message.length, strlen(text));
	assert_memory_equal(message.payload, text, strlen(text));
	mqtt_outgoing_clear(&message);
}

static void expect_empty(struct mqtt_queue *queue)
{
	struct mqtt_outgoing message = {0};

	assert_true(mqtt_queue_empty(queue));
	assert_false(mqtt_queue_take(queue, NS_PER_S, &message));
}

static void test_order(void **state)
{
	struct mqtt_queue *queue = *state;

	put(queue, MQTT_LANE_FRAME, "frame", "f", 0, false);
	put(queue, MQTT_LANE_STATE, "diagnostics", "d", 3, false);
	put(queue, MQTT_LANE_EVENT, "event", "1", 0, false);
	put(queue, MQTT_LANE_EVENT, "event", "2", 0, false);
	put(queue, MQTT_LANE_STATE, "posture", "p", 2, false);
	put(queue, MQTT_LANE_STATE, "availability", "online", 1, false);
	put(queue, MQTT_LANE_STATE, "config", "{}", 0, false);
	expect_next(queue, NS_PER_S, "config", "{}");
	expect_next(queue, NS_PER_S, "availability", "online");
	expect_next(queue, NS_PER_S, "posture", "p");
	expect_next(queue, NS_PER_S, "event", "1");
	expect_next(queue, NS_PER_S, "event", "2");
	expect_next(queue, NS_PER_S, "diagnostics", "d");
	expect_next(queue, NS_PER_S, "frame", "f");
	expect_empty(queue);
}

static void test_newest_state_wins(void **state)
{
	struct mqtt_queue *queue = *state;

	for (int i = 0; i < 10; i++) {
		char text[8];

		snprintf(text, sizeof(text), "%d", i);
		put(queue, MQTT_LANE_STATE, "posture", text, 2, true);
		put(queue, MQTT_LANE_FRAME, "frame", text, 0, false);
	}
	assert_int_equal(queue->states_coalesced, 9);
	assert_int_equal(queue->frames_dropped, 9);
	expect_next(queue, NS_PER_S, "posture", "9");
	expect_next(queue, NS_PER_S, "frame", "9");
	expect_empty(queue);
}

static void test_event_ring(void **state)
{
	struct mqtt_queue *queue = *state;
	char text[16];

	for (int i = 0; i < MQTT_QUEUE_EVENTS; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(put(queue, MQTT_LANE_EVENT, "event", text, 0, false), 0);
	}
	for (int i = MQTT_QUEUE_EVENTS; i < MQTT_QUEUE_EVENTS + 5; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(put(queue, MQTT_LANE_EVENT, "event", text, 0, false), -ENOBUFS);
	}
	assert_int_equal(queue->events_dropped, 5);
	for (int i = 5; i < MQTT_QUEUE_EVENTS + 5; i++) {
		snprintf(text, sizeof(text), "%d", i);
		expect_next(queue, NS_PER_S, "event", text);
	}
	expect_empty(queue);
}

static void test_old_events_expire(void **state)
{
	struct mqtt_queue *queue = *state;
	struct mqtt_outgoing message = {0};

	put(queue, MQTT_LANE_EVENT, "event", "old", 0, false);
	assert_false(mqtt_queue_take(queue, 62 * NS_PER_S, &message));
	assert_int_equal(queue->events_dropped, 1);
	put(queue, MQTT_LANE_EVENT, "event", "in time", 0, false);
	expect_next(queue, 61 * NS_PER_S, "event", "in time");
}

static void test_return(void **state)
{
	struct mqtt_queue *queue = *state;
	struct mqtt_outgoing first = {0}, second = {0}, posture = {0};

	put(queue, MQTT_LANE_STATE, "posture", "a", 2, true);
	put(queue, MQTT_LANE_EVENT, "event", "1", 0, false);
	put(queue, MQTT_LANE_EVENT, "event", "2", 0, false);
	put(queue, MQTT_LANE_EVENT, "event", "3", 0, false);
	assert_true(mqtt_queue_take(queue, NS_PER_S, &posture));
	assert_true(mqtt_queue_take(queue, NS_PER_S, &first));
	assert_true(mqtt_queue_take(queue, NS_PER_S, &second));
	mqtt_queue_return(queue, &second);
	mqtt_queue_return(queue, &first);
	put(queue, MQTT_LANE_STATE, "posture", "b", 2, true);
	mqtt_queue_return(queue, &posture); /* a newer one has come */
	expect_next(queue, NS_PER_S, "posture", "b");
	expect_next(queue, NS_PER_S, "event", "1");
	expect_next(queue, NS_PER_S, "event", "2");
	expect_next(queue, NS_PER_S, "event", "3");
	expect_empty(queue);
	assert_int_equal(queue->states_coalesced, 1);
	mqtt_outgoing_clear(&first);
	mqtt_outgoing_clear(&second);
	mqtt_outgoing_clear(&posture);
}

static void test_repeat(void **state)
{
	struct mqtt_queue *queue = *state;

	put(queue, MQTT_LANE_STATE, "posture", "p", 2, true);
	put(queue, MQTT_LANE_STATE, "once", "o", 3, false);
	put(queue, MQTT_LANE_STATE, "gone", "g", 3, true);
	expect_next(queue, NS_PER_S, "posture", "p");
	expect_next(queue, NS_PER_S, "once", "o");
	expect_next(queue, NS_PER_S, "gone", "g");
	mqtt_queue_forget(queue, "gone");
	mqtt_queue_repeat(queue);
	expect_next(queue, NS_PER_S, "posture", "p");
	expect_empty(queue);
}

static void test_bounds(void **state)
{
	struct mqtt_queue *queue = *state;
	char topic[MQTT_TOPIC_MAX + 1], *payload = calloc(1, MQTT_PAYLOAD_MAX + 1);
	struct mqtt_message message = {.topic = "t", .payload = payload, .length = MQTT_PAYLOAD_MAX + 1};

	memset(topic, 't', sizeof(topic) - 1);
	topic[sizeof(topic) - 1] = '\0';
	assert_int_equal(put(queue, MQTT_LANE_STATE, topic, "", 0, false), -EINVAL);
	assert_int_equal(put(queue, MQTT_LANE_STATE, "", "", 0, false), -EINVAL);
	assert_int_equal(put(queue, MQTT_LANE_EVENT, "a/+/b", "", 0, false), -EINVAL);
	assert_int_equal(put(queue, MQTT_LANE_EVENT, "a/#", "", 0, false), -EINVAL);
	assert_int_equal(put(queue, MQTT_LANE_EVENT, "a\n", "", 0, false), -EINVAL);
	assert_int_equal(mqtt_queue_put(queue, &message, 0), -EMSGSIZE);
	for (int i = 0; i < MQTT_QUEUE_SLOTS; i++) {
		snprintf(topic, sizeof(topic), "t%d", i);
		assert_int_equal(put(queue, MQTT_LANE_STATE, topic, "", 0, false), 0);
	}
	assert_int_equal(put(queue, MQTT_LANE_STATE, "one more", "", 0, false), -ENOBUFS);
	expect_next(queue, NS_PER_S, "t0", "");
	assert_int_equal(put(queue, MQTT_LANE_STATE, "one more", "", 0, false), 0);
	free(payload);
}

static void test_inbox(void **state)
{
	struct mqtt_inbox inbox = {0};
	struct mqtt_incoming message;
	static char payload[MQTT_PAYLOAD_MAX + 1];

	(void)state;
	assert_int_equal(mqtt_inbox_put(&inbox, "topic", 5, "abc", 3, true), 0);
	assert_int_equal(mqtt_inbox_put(&inbox, "empty", 5, NULL, 0, false), 0);
	assert_int_equal(mqtt_inbox_put(&inbox, "a\0b", 3, "", 0, false), -EINVAL);
	assert_int_equal(mqtt_inbox_put(&inbox, "big", 3, payload, sizeof(payload), false), -EMSGSIZE);
	assert_true(mqtt_inbox_take(&inbox, &message));
	assert_string_equal(message.topic, "topic");
	assert_string_equal(message.payload, "abc");
	assert_true(message.retained);
	mqtt_incoming_free(&message);
	assert_true(mqtt_inbox_take(&inbox, &message));
	assert_string_equal(message.payload, "");
	mqtt_incoming_free(&message);
	assert_int_equal(inbox.bytes, 0);
	for (int i = 0; i < MQTT_INBOX_MESSAGES; i++)
		assert_int_equal(mqtt_inbox_put(&inbox, "t", 1, "", 0, false), 0);
	assert_int_equal(mqtt_inbox_put(&inbox, "t", 1, "", 0, false), -ENOBUFS);
	mqtt_inbox_clear(&inbox);
	for (int i = 0; i < MQTT_INBOX_BYTES / MQTT_PAYLOAD_MAX - 1; i++)
		assert_int_equal(mqtt_inbox_put(&inbox, "t", 1, payload, MQTT_PAYLOAD_MAX, false), 0);
	assert_int_equal(mqtt_inbox_put(&inbox, "t", 1, payload, MQTT_PAYLOAD_MAX, false), -ENOBUFS);
	assert_int_equal(inbox.dropped, 4);
	mqtt_inbox_clear(&inbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_newest_state_wins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_event_ring, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old_events_expire, setup, teardown),
		cmocka_unit_test_setup_teardown(test_return, setup, teardown),
		cmocka_unit_test_setup_teardown(test_repeat, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
		cmocka_unit_test(test_inbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
