/* SPDX-License-Identifier: Apache-2.0 */
/* test-emulator-bus.c - wire, time, pins and several sensors of the emulator. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/emulator-rig.h"

static void assert_duration(uint64_t ns, uint64_t rounded_ms)
{
	assert_in_range(ns, rounded_ms * 1000000 - 5000000, rounded_ms * 1000000 + 5000000);
}

/* Bytes of the firmware upload on the wire, and how long they take, as published for each chunk size. */
static void test_wire_time(void **state)
{
	enum { OTHERS = 6 }; /* messages of 4 bytes: five page selections and a register */
	static const struct {
		size_t chunk;
		unsigned messages;
		uint64_t at_100k_ms, at_400k_ms, at_1m_ms;
	} expected[] = {
		{30, 2869, 8520, 2130, 850},
		{254, 341, 7830, 1960, 780},
		{1022, 87, 7760, 1940, 780},
		{8190, 13, 7740, 1940, 770},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct emulator_counts before, after;
		struct rig rig;

		rig_open(&rig, NULL);
		rig_reset(&rig);
		rig.chunk = expected[i].chunk;
		emulator_counts(rig.emulator, &before);
		rig_upload(&rig);
		emulator_counts(rig.emulator, &after);
		assert_int_equal(after.messages - before.messages - OTHERS, expected[i].messages);
		assert_duration(after.wire_ns_100k - before.wire_ns_100k - OTHERS * 360000, expected[i].at_100k_ms);
		assert_duration(after.wire_ns_400k - before.wire_ns_400k - OTHERS * 90000, expected[i].at_400k_ms);
		assert_duration(after.wire_ns_1m - before.wire_ns_1m - OTHERS * 36000, expected[i].at_1m_ms);
		rig_close(&rig);
	}
}

static void test_virtual_time(void **state)
{
	static const struct {
		uint32_t scl_hz;
		uint64_t ns;
	} expected[] = {{0, 0}, {100000, 360000}, {400000, 90000}, {1000000, 36000}};

	(void)state;
	for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct emulator_config config = {.scl_hz = expected[i].scl_hz};
		struct clock *clock;
		struct rig rig;
		uint64_t before;

		rig_open(&rig, &config);
		clock = emulator_clock(rig.emulator);
		before = clock_now_ns(clock);
		rig_put(&rig, 0x0009, 0x04); /* address, two of index, one byte */
		assert_int_equal(clock_now_ns(clock) - before, expected[i].ns);
		before = clock_now_ns(clock);
		clock_sleep_us(clock, 3600ull * 1000000);
		assert_int_equal(clock_now_ns(clock) - before, 3600ull * 1000000000);
		rig_close(&rig);
	}
}

static void test_adapter_limits(void **state)
{
	struct i2c_msg many[43] = {{0}};
	static uint8_t data[8193];
	struct i2c_msg big = {.addr = 0x29, .len = sizeof(data), .buf = data};
	struct i2c_msg odd = {.addr = 0x29, .flags = I2C_M_TEN, .len = 2, .buf = data};
	struct i2c_adapter *adapter;
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_page(&rig, 2); /* where zeros do no harm */
	adapter = emulator_adapter(rig.emulator);
	assert_int_equal(adapter->ops->transfer(adapter, many, 43), -EINVAL);
	assert_int_equal(adapter->ops->transfer(adapter, &big, 1), -EINVAL);
	assert_int_equal(adapter->ops->transfer(adapter, &odd, 1), -EOPNOTSUPP);
	big.len = 8192;
	assert_int_equal(adapter->ops->transfer(adapter, &big, 1), 1);
	assert_null(i2c_adapter_free(adapter)); /* ours: nothing happens */
	assert_int_equal(adapter->ops->transfer(adapter, &big, 1), 1);
	rig_close(&rig);
}

static void test_int_edges(void **state)
{
	struct gpio_line *line;
	struct pollfd fd = {.events = POLLIN};
	struct clock *clock;
	struct rig rig;
	uint64_t started, t_ns;
	unsigned count;

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	line = emulator_int(rig.emulator, 0);
	clock = emulator_clock(rig.emulator);
	fd.fd = line->ops->fd(line);
	assert_int_equal(poll(&fd, 1, 0), 0);
	rig_start(&rig, RIG_POSTURE, 1);
	started = clock_now_ns(clock);
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(clock->ops->wait(clock, &fd, 1, started + 1000000000), 1);
		assert_int_equal(line->ops->drain(line, &count, &t_ns), 0);
		assert_int_equal(count, 1);
		assert_int_equal(t_ns, clock_now_ns(clock));
		assert_in_range(t_ns - started, 66666667 * i - 20000000, 66666667 * i);
		assert_int_equal(poll(&fd, 1, 0), 0);
	}
	/* until is before the next edge */
	t_ns = clock_now_ns(clock) + 1000000;
	assert_int_equal(clock->ops->wait(clock, &fd, 1, t_ns), 0);
	assert_int_equal(clock_now_ns(clock), t_ns);
	/* edges that nobody took add up */
	rig_sleep_ms(&rig, 200);
	assert_int_equal(line->ops->drain(line, &count, &t_ns), 0);
	assert_int_equal(count, 3);
	rig_stop(&rig);
	assert_int_equal(clock->ops->wait(clock, &fd, 1, clock_now_ns(clock) + 1000000000), 0);
	rig_close(&rig);
}

static void test_int_in_real_time(void **state)
{
	struct emulator_config config = {.scene = rig_scene(0), .trailer = 24};
	struct emulator *virtual_one;
	struct gpio_line *line;
	struct pollfd fd = {.events = POLLIN};
	struct rig rig;
	uint64_t t_ns;
	unsigned count;

	(void)state;
	rig_open(&rig, NULL);
	virtual_one = rig.emulator;
	assert_int_equal(emulator_new(&config, &rig.emulator, NULL), 0);
	emulator_free(virtual_one);
	rig_boot(&rig);
	line = emulator_int(rig.emulator, 0);
	fd.fd = line->ops->fd(line);
	assert_int_equal(poll(&fd, 1, 0), 0);
	rig_start(&rig, RIG_POSTURE, 1);
	for (unsigned i = 0; i < 2; i++) {
		do { /* the timer may fire for an edge that a transfer has already seen */
			assert_int_equal(poll(&fd, 1, 10000), 1);
			assert_int_equal(line->ops->drain(line, &count, &t_ns), 0);
		} while (!count);
		assert_true(t_ns <= clock_now_ns(emulator_clock(rig.emulator)));
		assert_int_equal(poll(&fd, 1, 0), 0);
	}
	rig_stop(&rig);
	assert_int_equal(poll(&fd, 1, 100), 0);
	rig_close(&rig);
}

static void test_pins_left_out(void **state)
{
	struct emulator_config config = {.without_int = true, .without_lpn = true};
	struct rig rig;

	(void)state;
	rig_open(&rig, &config);
	assert_null(emulator_int(rig.emulator, 0));
	assert_null(emulator_lpn(rig.emulator, 0));
	assert_null(emulator_int(rig.emulator, 1));
	rig_close(&rig);
	rig_open(&rig, NULL);
	assert_int_equal(emulator_int(rig.emulator, 0)->ops->set(emulator_int(rig.emulator, 0), 1), -EPERM);
	assert_int_equal(emulator_lpn(rig.emulator, 0)->ops->fd(emulator_lpn(rig.emulator, 0)), -EPERM);
	rig_close(&rig);
}

/* LPn low takes a sensor off the bus and loses nothing. */
static void test_lpn(void **state)
{
	struct gpio_line *lpn;
	uint8_t id, grid[8];
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_boot(&rig);
	lpn = emulator_lpn(rig.emulator, 0);
	assert_int_equal(lpn->ops->set(lpn, 0), 0);
	assert_int_equal(rig_try_read(&rig, 0x0000, &id, 1), -ENXIO);
	rig_sleep_ms(&rig, 100);
	assert_int_equal(lpn->ops->set(lpn, 1), 0);
	assert_int_equal(rig_fetch(&rig, 0x5450, grid, sizeof(grid)), 3);
	assert_int_equal(grid[0], 8);
	rig_close(&rig);
}

static void lpn_set(struct rig *rig, unsigned sensor, int value)
{
	struct gpio_line *lpn = emulator_lpn(rig->emulator, sensor);

	assert_int_equal(lpn->ops->set(lpn, value), 0);
}

/* Two sensors get two addresses, one after the other, and then range side by side. */
static void test_two_sensors(void **state)
{
	struct emulator_config config = {.sensors = 2};
	uint8_t status[4], byte;
	struct rig rig;

	(void)state;
	rig_open(&rig, &config);
	lpn_set(&rig, 1, 0);
	rig_page(&rig, 0);
	rig_put(&rig, 0x0004, 0x2A);
	assert_int_equal(rig_try_read(&rig, 0x7FFF, &byte, 1), -ENXIO);
	rig.address = 0x2A;
	rig_page(&rig, 2);
	lpn_set(&rig, 1, 1);
	rig.address = 0x29;
	rig_boot(&rig);
	rig.address = 0x2A;
	assert_int_equal(rig_get(&rig, 0x7FFF), 2);
	rig_boot(&rig);
	rig_start(&rig, RIG_POSTURE, 1);
	rig.address = 0x29;
	rig_read(&rig, 0, status, 4);
	assert_int_equal(status[1], 4);
	rig.address = 0x2A;
	assert_true(rig_wait(&rig, 0xFF, status));
	rig_close(&rig);
}

/* At one address both answer: a bit is 1 only where both let it be. */
static void test_wired_and(void **state)
{
	struct emulator_config config = {.sensors = 2};
	struct rig rig;

	(void)state;
	rig_open(&rig, &config);
	rig_page(&rig, 0);
	rig_put(&rig, 0x0100, 0x3C);
	lpn_set(&rig, 1, 0);
	rig_put(&rig, 0x0100, 0x66);
	lpn_set(&rig, 1, 1);
	assert_int_equal(rig_get(&rig, 0x0100), 0x24);
	lpn_set(&rig, 0, 0);
	assert_int_equal(rig_get(&rig, 0x0100), 0x3C);
	rig_close(&rig);
}

static void test_bad_configuration(void **state)
{
	struct emulator_config config = {.sensors = 5};
	struct emulator *emulator = NULL;
	char reason[192] = "";

	(void)state;
	config.scene = rig_scene(0); /* freed in spite of the error */
	assert_int_equal(emulator_new(&config, &emulator, reason), -EINVAL);
	assert_non_null(strstr(reason, "1 to 4"));
	config = (struct emulator_config){.trailer = 28};
	assert_int_equal(emulator_new(&config, &emulator, reason), -EINVAL);
	assert_non_null(strstr(reason, "24 or 32"));
	assert_null(emulator);
	assert_null(emulator_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wire_time),
		cmocka_unit_test(test_virtual_time),
		cmocka_unit_test(test_adapter_limits),
		cmocka_unit_test(test_int_edges),
		cmocka_unit_test(test_int_in_real_time),
		cmocka_unit_test(test_pins_left_out),
		cmocka_unit_test(test_lpn),
		cmocka_unit_test(test_two_sensors),
		cmocka_unit_test(test_wired_and),
		cmocka_unit_test(test_bad_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
