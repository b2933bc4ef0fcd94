/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-m4-core.c - the M4's firmware against Linux' side of the rings: every order of messages, rings and turns, full and
 * rings, drivers that come and go. Mad ones: test-m4-mad.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/offload/bench.h"

static struct bench bench;

static int set_up(void **unused)
{
	(void)unused;
	bench_start(&bench);
	return 0;
}

static int set_up_online(void **unused)
{
	struct protocol_message none;

	set_up(unused);
	bench_probe(&bench);
	bench_run(&bench);
	assert_false(bench_receive(&bench, &none)); /* the announcement is none of the protocol's */
	bench_hello(&bench);
	return 0;
}

static void assert_answers(void)
{
	struct protocol_message message = bench_ping(&bench, 42), reply = bench_ask(&bench, &message);

	assert_int_equal(reply.header.type, PROTOCOL_PONG);
	assert_int_equal(reply.body.pong.opaque, 42);
}

static void nothing_is_touched_without_a_driver(void **unused)
{
	(void)unused;
	bench.to_m4 = 3;
	memset(bench.memory, 0x55, sizeof(bench.memory));
	assert_false(m4_core_turn(&bench.core));
	for (size_t i = 0; i < sizeof(bench.memory); i++)
		assert_int_equal(bench.memory[i], 0x55);
	assert_int_equal(bench.rings, 0);
}

static void it_announces_its_endpoints_once(void **unused)
{
	static const struct {
		const char *name;
		uint32_t address;
	} wanted[] = {{"rpmsg-raw", 0x500}, {"rpmsg-tty", 0x501}};
	struct m4_channel_header header;
	struct m4_channel_name name;
	uint8_t bytes[M4_CHANNEL_PAYLOAD_BYTES];

	(void)unused;
	bench_probe(&bench);
	bench_run(&bench);
	bench_run(&bench);
	assert_int_equal(bench.to_linux, 1u << M4_DOORBELL_VRING0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(driver_receive(&bench.driver, &header, bytes), 40);
		memcpy(&name, bytes, sizeof(name));
		assert_int_equal(header.destination, 53);
		assert_int_equal(header.source, wanted[i].address);
		assert_string_equal(name.name, wanted[i].name);
		assert_int_equal(name.address, wanted[i].address);
		assert_int_equal(name.flags, 0);
	}
	assert_int_equal(driver_receive(&bench.driver, &header, bytes), -1);
}

/* A kernel without rpmsg_char has only the tty, whose driver makes a message of each write. */
static void the_tty_channel_is_answered_like_the_other(void **unused)
{
	struct protocol_message message = bench_ping(&bench, 77), reply;

	(void)unused;
	assert_true(driver_send(&bench.driver, BENCH_LINUX, PROTOCOL_TTY_ADDRESS, &message,
				(uint16_t)protocol_seal(&message)));
	bench.to_m4 |= 1u << M4_DOORBELL_VRING1;
	bench_run(&bench);
	assert_true(bench_receive(&bench, &reply));
	assert_int_equal(reply.header.type, PROTOCOL_PONG);
	assert_int_equal(reply.body.pong.opaque, 77);
	assert_answers();
}

/* Linux asks not to be rung for buffers that it got back (bit 0 of available->flags), or wants it. */
static void bells_are_rung_where_wanted(void **unused)
{
	struct protocol_message message = bench_ping(&bench, 1);

	(void)unused;
	bench_send(&bench, &message);
	bench_run(&bench);
	assert_int_equal(bench.to_linux, 1u << M4_DOORBELL_VRING0);
	bench.to_linux = 0;
	bench.driver.rings[1].available->flags = 0;
	bench.driver.rings[0].available->flags = M4_RING_QUIET;
	message = bench_ping(&bench, 2);
	bench_send(&bench, &message);
	bench_run(&bench);
	assert_int_equal(bench.to_linux, 1u << M4_DOORBELL_VRING1);
}

static void a_bell_waits_for_the_one_before(void **unused)
{
	struct protocol_message message = bench_ping(&bench, 1), reply;

	(void)unused;
	bench.to_linux = 1u << M4_DOORBELL_VRING0; /* not yet taken by Linux */
	bench.rings = 0;
	bench_send(&bench, &message);
	for (unsigned i = 0; i < 3; i++)
		bench_run(&bench);
	assert_int_equal(bench.rings, 0);
	assert_int_equal(bench.core.session.stats.kick_waits, 1);
	bench.to_linux = 0;
	bench_run(&bench);
	assert_int_equal(bench.rings, 1);
	assert_true(bench_receive(&bench, &reply));
}

static void another_message_comes(struct bench *b)
{
	struct protocol_message message = bench_ping(&bench, 2);

	bench_send(b, &message);
}

/* A ring between the clearing of its flag and the draining of the vring. */
static void nothing_is_lost_while_it_looks(void **unused)
{
	struct protocol_message message = bench_ping(&bench, 1), reply;

	(void)unused;
	bench_send(&bench, &message);
	bench.while_looking = another_message_comes;
	bench_run(&bench);
	assert_true(bench_receive(&bench, &reply) && reply.body.pong.opaque == 1);
	assert_true(bench_receive(&bench, &reply) && reply.body.pong.opaque == 2);
	assert_true(bench.to_m4 & 1u << M4_DOORBELL_VRING1); /* wakes it up once more, for nothing */
}

static void replies_are_lost_when_linux_does_not_read(void **unused)
{
	struct protocol_message message, reply;
	unsigned received = 0;

	(void)unused;
	for (unsigned i = 0; i < 40; i++) {
		message = bench_ping(&bench, i);
		assert_true(bench_send(&bench, &message));
		bench_run(&bench);
	}
	while (bench_receive(&bench, &reply))
		assert_int_equal(reply.body.pong.opaque, received++);
	assert_int_equal(received, DRIVER_SIZE);
	message = bench_message(&bench, PROTOCOL_STATS, 0);
	reply = bench_ask(&bench, &message);
	assert_int_equal(reply.body.stats.no_buffer, 40 - DRIVER_SIZE);
}

static void linux_waits_when_the_m4_does_not_read(void **unused)
{
	struct protocol_message message, reply;
	unsigned received = 0;

	(void)unused;
	for (unsigned i = 0; i < DRIVER_SIZE; i++) {
		message = bench_ping(&bench, i);
		assert_true(bench_send(&bench, &message));
	}
	message = bench_ping(&bench, 99);
	assert_false(bench_send(&bench, &message));
	bench_run(&bench);
	while (bench_receive(&bench, &reply))
		received++;
	assert_int_equal(received, DRIVER_SIZE);
	assert_answers();
}

/* Whoever asks for much work at a time does not keep the main loop from the watchdog, which waits for 321 ms. */
static void long_work_is_done_in_turns(void **unused)
{
	struct protocol_message message, reply;
	unsigned received = 0;

	(void)unused;
	bench.network_us = 150000; /* of a self-test */
	for (unsigned i = 0; i < DRIVER_SIZE; i++) {
		message = bench_message(&bench, PROTOCOL_SELFTEST, 0);
		assert_true(bench_send(&bench, &message));
	}
	for (bool more = true; more;) {
		uint32_t begun_us = bench.now_us;

		more = m4_core_turn(&bench.core);
		assert_in_range(bench.now_us - begun_us, 0, 300000);
	}
	while (bench_receive(&bench, &reply))
		received += reply.header.type == PROTOCOL_SELFTEST_REPLY;
	assert_int_equal(received, DRIVER_SIZE);
}

static uint32_t random_next(void)
{
	static uint32_t state = 2463534242u;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/*
 * Whatever the order of messages, rings, turns and reading: every question is answered once and in order, as long as Linux
 * asks no more than it has buffers for. Rings may be lost: a turn is enough. The rings' indexes wrap twice.
 */
static void every_order_is_good(void **unused)
{
	uint64_t asked = 0, answered = 0;
	struct protocol_message message, reply;

	(void)unused;
	while (answered < 140000) {
		switch (random_next() % 8) {
		case 0:
		case 1:
		case 2:
			if (asked - answered >= DRIVER_SIZE)
				break;
			message = bench_ping(&bench, asked);
			assert_true(bench_send(&bench, &message));
			asked++;
			break;
		case 3:
			bench.to_m4 &= random_next(); /* a lost ring */
			break;
		case 4:
			bench.to_linux = 0;
			break;
		case 5:
		case 6:
			m4_core_turn(&bench.core);
			break;
		default:
			if (bench_receive(&bench, &reply)) {
				assert_int_equal(reply.header.type, PROTOCOL_PONG);
				assert_int_equal(reply.body.pong.opaque, answered);
				answered++;
			}
		}
		assert_false(bench.driver.broken);
	}
	assert_int_equal(bench.driver.dropped, 0);
	assert_int_equal(bench.core.channel.bad_buffers, 0);
	assert_int_equal(bench.core.channel.no_buffer, 0);
}

/* With turns only when rung: no answer stays behind when everybody sleeps until a ring. */
static void sleeping_until_rung_is_enough(void **unused)
{
	struct protocol_message message, reply;

	(void)unused;
	for (uint64_t i = 0; i < 2000; i++) {
		unsigned burst = 1 + random_next() % 4;

		for (unsigned k = 0; k < burst; k++) {
			message = bench_ping(&bench, i);
			assert_true(bench_send(&bench, &message));
		}
		while (bench.to_m4)
			bench_run(&bench);
		assert_true(bench.to_linux & 1u << M4_DOORBELL_VRING0);
		for (unsigned k = 0; k < burst; k++)
			assert_true(bench_receive(&bench, &reply));
		assert_false(bench_receive(&bench, &reply));
	}
}

static void a_driver_that_comes_back_is_served(void **unused)
{
	struct protocol_message message;

	(void)unused;
	driver_stop(&bench.driver);
	bench_run(&bench);
	assert_int_equal(bench.core.state, M4_CORE_OFFLINE);
	bench_probe(&bench);
	bench_run(&bench);
	message = bench_ping(&bench, 1);
	assert_int_equal(bench_ask(&bench, &message).body.error.status, PROTOCOL_STATUS_NO_SESSION);
	bench_hello(&bench);
	assert_answers();
}

/* Nobody saw the status without DRIVER_OK: only the rings tell. */
static void a_driver_that_comes_back_at_once_is_served(void **unused)
{
	struct m4_channel_header header;
	uint8_t bytes[M4_CHANNEL_PAYLOAD_BYTES];

	(void)unused;
	bench_probe(&bench);
	bench_run(&bench);
	assert_int_equal(driver_receive(&bench.driver, &header, bytes), 40);
	bench_hello(&bench);
	assert_answers();
}

static void the_driver_comes_back(struct bench *b)
{
	bench_probe(b);
}

/* The result of the old rings must not go into the new ones. */
static void a_driver_that_comes_back_during_a_run_is_served(void **unused)
{
	struct protocol_message message = bench_message(&bench, PROTOCOL_INFER, sizeof(struct protocol_infer)), reply;

	(void)unused;
	message.body.infer.model_tag = BENCH_TAG;
	bench.while_running = the_driver_comes_back;
	bench_send(&bench, &message);
	bench_run(&bench);
	bench.while_running = NULL;
	bench_run(&bench);
	assert_false(bench_receive(&bench, &reply));
	assert_int_equal(bench.core.state, M4_CORE_ONLINE);
	bench_hello(&bench);
	assert_answers();
}

static void the_driver_goes(struct bench *b)
{
	driver_stop(&b->driver);
}

static void a_driver_that_goes_during_a_run_is_left_alone(void **unused)
{
	struct protocol_message message = bench_message(&bench, PROTOCOL_INFER, sizeof(struct protocol_infer)), reply;

	(void)unused;
	message.body.infer.model_tag = BENCH_TAG;
	bench.while_running = the_driver_goes;
	bench_send(&bench, &message);
	bench_run(&bench);
	assert_false(bench_receive(&bench, &reply));
	bench_run(&bench); /* at the next tick */
	assert_int_equal(bench.core.state, M4_CORE_OFFLINE);
}

static void detaching_parks_until_linux_begins_anew(void **unused)
{
	struct protocol_message message = bench_ping(&bench, 1), reply;

	(void)unused;
	bench.to_m4 |= 1u << M4_DOORBELL_DETACH;
	bench_send(&bench, &message);
	bench_run(&bench);
	assert_int_equal(bench.acknowledged, 1u << M4_DOORBELL_DETACH);
	assert_int_equal(bench.core.state, M4_CORE_PARKED);
	assert_false(bench_receive(&bench, &reply));
	driver_stop(&bench.driver);
	bench_run(&bench);
	bench_probe(&bench);
	bench_run(&bench);
	bench_hello(&bench);
	assert_answers();
}

static void shutdown_is_acknowledged_in_every_state(void **unused)
{
	struct protocol_message message = bench_ping(&bench, 1), reply;

	(void)unused;
	for (unsigned state = M4_CORE_OFFLINE; state <= M4_CORE_PARKED; state++) {
		bench_start(&bench);
		if (state != M4_CORE_OFFLINE)
			bench_probe(&bench);
		bench_run(&bench);
		if (state == M4_CORE_PARKED)
			bench.to_m4 |= 1u << M4_DOORBELL_DETACH;
		bench_run(&bench);
		assert_int_equal(bench.core.state, state);
		bench.to_m4 |= 1u << M4_DOORBELL_SHUTDOWN;
		bench_run(&bench);
		assert_true(bench.acknowledged & 1u << M4_DOORBELL_SHUTDOWN);
		assert_int_equal(bench.core.state, M4_CORE_OFF);
		if (state == M4_CORE_OFFLINE)
			continue;
		bench_send(&bench, &message);
		bench_run(&bench);
		assert_false(bench_receive(&bench, &reply));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_is_touched_without_a_driver, set_up),
		cmocka_unit_test_setup(it_announces_its_endpoints_once, set_up),
		cmocka_unit_test_setup(the_tty_channel_is_answered_like_the_other, set_up_online),
		cmocka_unit_test_setup(bells_are_rung_where_wanted, set_up_online),
		cmocka_unit_test_setup(a_bell_waits_for_the_one_before, set_up_online),
		cmocka_unit_test_setup(nothing_is_lost_while_it_looks, set_up_online),
		cmocka_unit_test_setup(replies_are_lost_when_linux_does_not_read, set_up_online),
		cmocka_unit_test_setup(linux_waits_when_the_m4_does_not_read, set_up_online),
		cmocka_unit_test_setup(long_work_is_done_in_turns, set_up_online),
		cmocka_unit_test_setup(every_order_is_good, set_up_online),
		cmocka_unit_test_setup(sleeping_until_rung_is_enough, set_up_online),
		cmocka_unit_test_setup(a_driver_that_comes_back_is_served, set_up_online),
		cmocka_unit_test_setup(a_driver_that_comes_back_at_once_is_served, set_up_online),
		cmocka_unit_test_setup(a_driver_that_comes_back_during_a_run_is_served, set_up_online),
		cmocka_unit_test_setup(a_driver_that_goes_during_a_run_is_left_alone, set_up_online),
		cmocka_unit_test_setup(detaching_parks_until_linux_begins_anew, set_up_online),
		cmocka_unit_test_setup(shutdown_is_acknowledged_in_every_state, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
