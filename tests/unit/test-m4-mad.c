/* SPDX-License-Identifier: Apache-2.0 */
/* test-m4-mad.c - a driver that has gone mad: descriptors, entries, indexes and rings that make no sense. */
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

/* What a mad driver writes into the descriptor of the next message; the one behind it is answered all the same. */
static void mad_descriptors_cost_themselves_only(void **unused)
{
	static const struct {
		uint64_t address;
		uint32_t bytes;
		uint16_t flags;
	} mad[] = {
		{BENCH_ADDRESS + DRIVER_BUFFERS, 15, 0},
		{BENCH_ADDRESS + DRIVER_BUFFERS, 0, 0},
		{BENCH_ADDRESS + DRIVER_BUFFERS, 513, 0},
		{BENCH_ADDRESS + DRIVER_BUFFERS, UINT32_MAX, 0},
		{BENCH_ADDRESS + DRIVER_BUFFERS, 48, M4_RING_FLAG_NEXT},
		{BENCH_ADDRESS - 1, 48, 0},
		{BENCH_ADDRESS + DRIVER_BYTES - 47, 48, 0},
		{0, 48, 0},
		{UINT64_MAX, 48, 0},
		{BENCH_ADDRESS + 0x100000000, 48, 0},
	};

	for (size_t i = 0; i < sizeof(mad) / sizeof(mad[0]); i++) {
		struct protocol_message message = bench_ping(&bench, 1), reply;
		volatile struct m4_descriptor *descriptor;
		uint16_t last;

		set_up_online(unused);
		bench_send(&bench, &message);
		last = (uint16_t)(bench.driver.rings[1].available->index - 1);
		descriptor = &bench.driver.rings[1].descriptors[bench.driver.rings[1].available->ids[last % 16]];
		descriptor->address = mad[i].address;
		descriptor->bytes = mad[i].bytes;
		descriptor->flags = mad[i].flags;
		bench_run(&bench);
		assert_false(bench_receive(&bench, &reply));
		assert_int_equal(bench.core.channel.bad_buffers, 1);
		assert_answers();
	}
}

static void a_header_longer_than_its_buffer_is_dropped(void **unused)
{
	struct protocol_message message = bench_ping(&bench, 1), reply;
	struct m4_channel_header header;
	uint8_t *buffer;

	(void)unused;
	bench_send(&bench, &message);
	buffer = bench.memory + DRIVER_BUFFERS + (DRIVER_SIZE + bench.driver.sent - 1) * M4_CHANNEL_BUFFER_BYTES;
	memcpy(&header, buffer, sizeof(header));
	assert_int_equal(header.bytes, 32);
	header.bytes = 33;
	memcpy(buffer, &header, sizeof(header));
	bench_run(&bench);
	assert_false(bench_receive(&bench, &reply));
	assert_int_equal(bench.core.channel.bad_buffers, 1);
	assert_answers();
}

static void messages_for_others_are_dropped(void **unused)
{
	struct protocol_message message = bench_ping(&bench, 1), reply;
	size_t size = protocol_seal(&message);

	(void)unused;
	assert_true(driver_send(&bench.driver, BENCH_LINUX, PROTOCOL_ADDRESS - 1, &message, (uint16_t)size));
	assert_true(driver_send(&bench.driver, BENCH_LINUX, PROTOCOL_TTY_ADDRESS + 1, &message, (uint16_t)size));
	bench_run(&bench);
	assert_false(bench_receive(&bench, &reply));
	assert_answers();
}

static void an_entry_that_names_no_descriptor_is_skipped(void **unused)
{
	struct m4_ring *ring = &bench.driver.rings[1];
	struct protocol_message reply;

	(void)unused;
	ring->available->ids[ring->available->index % 16] = 16;
	ring->available->index++;
	bench.driver.made[1]++;
	bench_run(&bench);
	assert_false(bench_receive(&bench, &reply));
	assert_int_equal(bench.core.channel.bad_buffers, 1);
	assert_answers();
}

static void a_ring_with_too_many_entries_is_left_alone(void **unused)
{
	struct protocol_message reply;

	(void)unused;
	for (unsigned ring = 0; ring < 2; ring++) {
		set_up_online(unused);
		bench.driver.rings[ring].available->index += 17;
		if (ring == 0) {
			struct protocol_message message = bench_ping(&bench, 1);

			bench_send(&bench, &message);
		}
		bench_run(&bench);
		assert_int_equal(bench.core.state, M4_CORE_PARKED);
		assert_false(bench_receive(&bench, &reply));
		bench_probe(&bench); /* and is good again when Linux begins anew */
		bench_run(&bench);
		assert_int_equal(bench.core.state, M4_CORE_ONLINE);
		bench_hello(&bench);
		assert_answers();
	}
}

static void a_buffer_too_small_for_a_reply_is_kept_back(void **unused)
{
	struct m4_ring *ring = &bench.driver.rings[0];
	uint16_t next = ring->available->ids[bench.core.channel.rings[0].seen % 16];

	(void)unused;
	ring->descriptors[next].bytes = 20;
	assert_answers();
	assert_int_equal(bench.core.channel.bad_buffers, 1);
	assert_int_equal(bench.driver.dropped, 0);
}

static void impossible_rings_are_refused(void **unused)
{
	static const struct m4_vring impossible[] = {
		{BENCH_ADDRESS, 16, 0, 0, 0},
		{BENCH_ADDRESS, 16, 15, 0, 0},
		{BENCH_ADDRESS, 16, 32, 0, 0},
		{BENCH_ADDRESS, 0, 16, 0, 0},
		{BENCH_ADDRESS, 24, 16, 0, 0},
		{BENCH_ADDRESS, 1u << 31, 16, 0, 0},
		{BENCH_ADDRESS + 2, 16, 16, 0, 0},
		{BENCH_ADDRESS - 16, 16, 16, 0, 0},
		{BENCH_ADDRESS + DRIVER_BYTES - 16, 16, 16, 0, 0},
		{UINT32_MAX, 16, 16, 0, 0},
	};

	for (size_t i = 0; i < 2 * sizeof(impossible) / sizeof(impossible[0]); i++) {
		set_up(unused);
		driver_start(&bench.driver, &bench.vdev, bench.memory, BENCH_ADDRESS);
		bench.vdev.vring[i % 2] = impossible[i / 2];
		bench_run(&bench);
		assert_int_equal(bench.core.state, M4_CORE_PARKED);
		driver_stop(&bench.driver);
		bench_run(&bench);
		assert_int_equal(bench.core.state, M4_CORE_OFFLINE);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(mad_descriptors_cost_themselves_only),
		cmocka_unit_test_setup(a_header_longer_than_its_buffer_is_dropped, set_up_online),
		cmocka_unit_test_setup(messages_for_others_are_dropped, set_up_online),
		cmocka_unit_test_setup(an_entry_that_names_no_descriptor_is_skipped, set_up_online),
		cmocka_unit_test(a_ring_with_too_many_entries_is_left_alone),
		cmocka_unit_test_setup(a_buffer_too_small_for_a_reply_is_kept_back, set_up_online),
		cmocka_unit_test(impossible_rings_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
