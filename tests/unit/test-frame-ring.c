/* SPDX-License-Identifier: Apache-2.0 */
/* test-frame-ring.c - frames between two threads: order, overrun, a lossless ring, the end, the descriptor. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensor/frame-ring.h"

enum { MANY = 20000 };

static int is_readable(const struct frame_ring *ring)
{
	struct pollfd fd = {.fd = frame_ring_fd(ring), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

static int put(struct frame_ring *ring, uint32_t seq)
{
	struct frame frame = {.seq = seq};

	return frame_ring_put(ring, &frame);
}

static void expect(struct frame_ring *ring, uint32_t seq)
{
	struct frame frame;

	assert_true(is_readable(ring));
	assert_int_equal(frame_ring_take(ring, &frame), 1);
	assert_int_equal(frame.seq, seq);
}

static void test_order(void **state)
{
	struct frame_ring *ring;
	struct frame frame;

	(void)state;
	assert_int_equal(frame_ring_new(false, &ring), 0);
	assert_false(is_readable(ring));
	assert_int_equal(frame_ring_take(ring, &frame), 0);
	for (uint32_t i = 0; i < 3 * FRAME_RING_SLOTS; i += 2) {
		assert_int_equal(put(ring, i), 0);
		assert_int_equal(put(ring, i + 1), 0);
		expect(ring, i);
		expect(ring, i + 1);
		assert_false(is_readable(ring));
	}
	frame_ring_free(ring);
	assert_null(frame_ring_free(NULL));
}

static void test_overrun(void **state)
{
	struct frame_ring *ring;

	(void)state;
	assert_int_equal(frame_ring_new(false, &ring), 0);
	for (uint32_t i = 0; i < FRAME_RING_SLOTS + 3; i++)
		assert_int_equal(put(ring, i), i >= FRAME_RING_SLOTS);
	for (uint32_t i = 3; i < FRAME_RING_SLOTS + 3; i++)
		expect(ring, i);
	assert_false(is_readable(ring));
	frame_ring_free(ring);
}

static void test_end(void **state)
{
	struct frame_ring *ring;
	struct frame frame;

	(void)state;
	assert_int_equal(frame_ring_new(false, &ring), 0);
	put(ring, 1);
	put(ring, 2);
	frame_ring_end(ring);
	frame_ring_end(ring);
	assert_int_equal(put(ring, 3), -ECANCELED);
	expect(ring, 1);
	expect(ring, 2);
	for (int i = 0; i < 3; i++) {
		assert_true(is_readable(ring));
		assert_int_equal(frame_ring_take(ring, &frame), -ENODATA);
	}
	frame_ring_free(ring);

	assert_int_equal(frame_ring_new(true, &ring), 0);
	frame_ring_end(ring);
	assert_true(is_readable(ring));
	assert_int_equal(frame_ring_take(ring, &frame), -ENODATA);
	frame_ring_free(ring);
}

static void *putter(void *arg)
{
	struct frame_ring *ring = arg;
	uint32_t i = 0;

	while (i < MANY && put(ring, i) == 0)
		i++;
	return (void *)(uintptr_t)i;
}

/* Nothing is lost between two threads, whoever is faster. */
static void test_lossless(void **state)
{
	struct frame_ring *ring;
	pthread_t thread;
	void *sent;

	(void)state;
	assert_int_equal(frame_ring_new(true, &ring), 0);
	assert_int_equal(pthread_create(&thread, NULL, putter, ring), 0);
	for (uint32_t i = 0; i < MANY;) {
		struct pollfd fd = {.fd = frame_ring_fd(ring), .events = POLLIN};
		struct frame frame;

		assert_int_equal(poll(&fd, 1, 10000), 1);
		while (frame_ring_take(ring, &frame) == 1)
			assert_int_equal(frame.seq, i++);
	}
	pthread_join(thread, &sent);
	assert_int_equal((uintptr_t)sent, MANY);
	frame_ring_free(ring);
}

/* The taker goes away while the putter waits for room. */
static void test_release(void **state)
{
	struct frame_ring *ring;
	pthread_t thread;
	void *sent;

	(void)state;
	assert_int_equal(frame_ring_new(true, &ring), 0);
	assert_int_equal(pthread_create(&thread, NULL, putter, ring), 0);
	while (!is_readable(ring))
		poll(NULL, 0, 1);
	frame_ring_end(ring);
	pthread_join(thread, &sent);
	assert_true((uintptr_t)sent <= FRAME_RING_SLOTS);
	frame_ring_free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	 cmocka_unit_test(test_overrun), cmocka_unit_test(test_end),
		cmocka_unit_test(test_lossless), cmocka_unit_test(test_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
