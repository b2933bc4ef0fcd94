/* SPDX-License-Identifier: Apache-2.0 */
/* test-pacer.c - when to look for a frame: good edges, missed ones, storms, no INT line. Times in ns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensor/pacer.h"

enum { PERIOD = 160 };

static const uint64_t mute_ns = 5000000000ull;

static void test_edges(void **state)
{
	struct pacer pacer;

	(void)state;
	pacer_start(&pacer, PERIOD, true, 1000);
	assert_int_equal(pacer.mode, PACER_EDGES);
	assert_true(pacer_listens(&pacer, 1000));
	assert_int_equal(pacer_wake_ns(&pacer), 1000 + PERIOD * 3 / 2);
	/* An edge when a frame is due is believed; one long before is not. */
	assert_false(pacer_doubts(&pacer, true, 1000 + PERIOD));
	assert_true(pacer_doubts(&pacer, true, 1000 + PERIOD / 4));
	assert_true(pacer_doubts(&pacer, false, 1000 + PERIOD));
	assert_false(pacer_frame(&pacer, true, 1160));
	assert_int_equal(pacer_wake_ns(&pacer), 1160 + PERIOD * 3 / 2);
}

/* Without an edge: 1.5 periods, then every eighth. A frame that is found then was missed. */
static void test_fallback(void **state)
{
	struct pacer pacer;

	(void)state;
	pacer_start(&pacer, PERIOD, true, 0);
	assert_false(pacer_nothing(&pacer, false, 240));
	assert_int_equal(pacer_wake_ns(&pacer), 260);
	assert_false(pacer_nothing(&pacer, false, 260));
	assert_int_equal(pacer_wake_ns(&pacer), 280);
	assert_true(pacer_frame(&pacer, false, 280));
	assert_int_equal(pacer.mode, PACER_EDGES);
	/* It came at 160, then, and the next at 320 is looked for in time. */
	assert_int_equal(pacer_wake_ns(&pacer), 160 + 240);
	/* After a long silence there is nothing to reckon with. */
	assert_true(pacer_frame(&pacer, false, 800));
	assert_int_equal(pacer_wake_ns(&pacer), 800 + 240);
}

/* An INT line that is stuck: after three misses it is polled at the full rate, and found again when it works. */
static void test_stuck(void **state)
{
	struct pacer pacer;
	uint64_t now = 0;

	(void)state;
	pacer_start(&pacer, PERIOD, true, now);
	for (now = 240; now <= 240 + 2 * PERIOD; now += PERIOD)
		assert_true(pacer_frame(&pacer, false, now));
	assert_int_equal(pacer.mode, PACER_POLLING);
	assert_int_equal(pacer_wake_ns(&pacer), 3 * PERIOD + 140);
	pacer_nothing(&pacer, false, 3 * PERIOD + 140);
	assert_int_equal(pacer_wake_ns(&pacer), 3 * PERIOD + 150);
	assert_false(pacer_frame(&pacer, false, now += PERIOD)); /* nobody counts on edges now */
	assert_true(pacer_listens(&pacer, now));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pacer.mode, PACER_POLLING);
		assert_false(pacer_frame(&pacer, true, now += PERIOD));
	}
	assert_int_equal(pacer.mode, PACER_EDGES);
}

/* Misses must follow each other. */
static void test_some_missed(void **state)
{
	struct pacer pacer;

	(void)state;
	pacer_start(&pacer, PERIOD, true, 0);
	for (uint64_t now = 0; now < 100 * PERIOD; now += 3 * PERIOD) {
		assert_true(pacer_frame(&pacer, false, now + PERIOD));
		assert_true(pacer_frame(&pacer, false, now + 2 * PERIOD));
		assert_false(pacer_frame(&pacer, true, now + 3 * PERIOD));
		assert_int_equal(pacer.mode, PACER_EDGES);
	}
}

static void test_spurious(void **state)
{
	struct pacer pacer;
	uint64_t now = 1000;

	(void)state;
	pacer_start(&pacer, PERIOD, true, now);
	for (int i = 0; i < 8; i++) {
		assert_true(pacer_nothing(&pacer, true, ++now));
		assert_true(pacer_listens(&pacer, now));
		assert_true(pacer_doubts(&pacer, true, now + PERIOD)); /* bitten once */
	}
	/* A frame between them: no storm. */
	pacer_frame(&pacer, true, now);
	for (int i = 0; i < 8; i++)
		assert_true(pacer_nothing(&pacer, true, ++now));
	assert_true(pacer_listens(&pacer, now));
	/* The ninth is a storm. */
	assert_true(pacer_nothing(&pacer, true, ++now));
	assert_false(pacer_listens(&pacer, now));
	assert_int_equal(pacer.mode, PACER_POLLING);
	assert_false(pacer_listens(&pacer, now + mute_ns - 1));
	assert_true(pacer_listens(&pacer, now + mute_ns));
}

static void test_no_int(void **state)
{
	struct pacer pacer;

	(void)state;
	pacer_start(&pacer, PERIOD, false, 0);
	assert_int_equal(pacer.mode, PACER_POLLING);
	assert_false(pacer_listens(&pacer, 1u << 30));
	assert_int_equal(pacer_wake_ns(&pacer), 140);
	for (uint64_t now = 0; now < 20 * PERIOD; now += PERIOD)
		assert_false(pacer_frame(&pacer, false, now));
	assert_int_equal(pacer.mode, PACER_POLLING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),	    cmocka_unit_test(test_fallback), cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_some_missed), cmocka_unit_test(test_spurious), cmocka_unit_test(test_no_int),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
