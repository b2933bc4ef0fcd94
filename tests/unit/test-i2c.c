/* SPDX-License-Identifier: Apache-2.0 */
/* test-i2c.c - chunks, step-downs, retries and counters of a device on a scripted adapter. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/i2c.h"
#include "tests/unit/fake-clock.h"

enum { ADDRESS = 0x29, MEMORY = 0x8000, SCRIPT = 16, LOG = 8192, SHORT = -1000, MS = 1000000 };

/* A page of memory behind an adapter with limits; script[i] is what call i returns instead of working. */
struct fake {
	struct i2c_adapter base;
	struct fake_clock clock;
	struct i2c_device device;
	uint8_t memory[MEMORY];
	uint16_t index;
	int script[SCRIPT];
	int refusal; /* errno for what is beyond the limits */
	unsigned write_limit, read_limit, combined_limit, messages_limit;
	unsigned calls;
	struct {
		uint16_t index, n;
	} log[LOG]; /* data messages that went through */
	unsigned logged;
};

static bool beyond_limits(const struct fake *fake, const struct i2c_msg *msgs, unsigned n)
{
	if (n > fake->messages_limit)
		return true;
	for (unsigned i = 0; i < n; i++) {
		unsigned limit = msgs[i].flags & I2C_M_RD ? (n > 1 ? fake->combined_limit : fake->read_limit)
							  : fake->write_limit;

		if (msgs[i].len > limit)
			return true;
	}
	return false;
}

static void log_data(struct fake *fake, uint16_t index, unsigned n)
{
	assert_in_range(fake->logged, 0, LOG - 1);
	fake->log[fake->logged].index = index;
	fake->log[fake->logged++].n = (uint16_t)n;
}

static int fake_transfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, unsigned n)
{
	struct fake *fake = (struct fake *)adapter;
	unsigned call = fake->calls++;

	fake->clock.now_ns += MS / 10;
	if (call < SCRIPT && fake->script[call])
		return fake->script[call] == SHORT ? (int)n - 1 : -fake->script[call];
	if (beyond_limits(fake, msgs, n))
		return -fake->refusal;
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(msgs[i].addr, ADDRESS);
		if (msgs[i].flags & I2C_M_RD) {
			memcpy(msgs[i].buf, fake->memory + fake->index, msgs[i].len);
			log_data(fake, fake->index, msgs[i].len);
			fake->index = (uint16_t)(fake->index + msgs[i].len);
			continue;
		}
		fake->index = (uint16_t)(msgs[i].buf[0] << 8 | msgs[i].buf[1]);
		if (msgs[i].len == 2)
			continue;
		assert_in_range(fake->index + msgs[i].len - 2, 0, MEMORY);
		memcpy(fake->memory + fake->index, msgs[i].buf + 2, msgs[i].len - 2u);
		log_data(fake, fake->index, msgs[i].len - 2u);
	}
	return (int)n;
}

static int setup(void **state)
{
	static const struct i2c_adapter_ops ops = {.transfer = fake_transfer};
	static struct fake fake;

	memset(&fake, 0, sizeof(fake));
	fake_clock_init(&fake.clock);
	fake.base.ops = &ops;
	fake.refusal = EOPNOTSUPP;
	fake.write_limit = fake.read_limit = fake.combined_limit = 8192;
	fake.messages_limit = 42;
	i2c_device_init(&fake.device, &fake.base, &fake.clock.base, ADDRESS);
	*state = &fake;
	return 0;
}

static const uint8_t *pattern(void)
{
	static uint8_t bytes[MEMORY];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 251);
	return bytes;
}

static void test_write_splits_at_the_default_chunk(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(i2c_write(&fake->device, 0, pattern(), MEMORY), 0);
	assert_memory_equal(fake->memory, pattern(), MEMORY);
	assert_int_equal(fake->logged, 33);
	for (unsigned i = 0; i < 32; i++) {
		assert_int_equal(fake->log[i].index, i * I2C_WRITE_MAX_DEFAULT);
		assert_int_equal(fake->log[i].n, I2C_WRITE_MAX_DEFAULT);
	}
	assert_int_equal(fake->device.counters.bytes_out, MEMORY + 33 * 2);
	assert_int_equal(fake->device.counters.messages, 33);
	assert_int_equal(fake->device.counters.transfers, 33);
	assert_int_equal(fake->device.counters.bus_ns, 33 * MS / 10);
}

static void test_one_byte_is_one_message(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(i2c_write(&fake->device, 0x7fff, pattern() + 1, 1), 0);
	assert_int_equal(fake->logged, 1);
	assert_int_equal(fake->log[0].n, 1);
	assert_int_equal(fake->memory[0x7fff], pattern()[1]);
}

/* For every limit there is: a burst over the whole page ends with 0x7FFF inside a message of two bytes or more. */
static void test_no_burst_ends_in_a_lone_byte(void **state)
{
	struct fake *fake = *state;

	for (uint16_t max = 1; max <= 1100; max++) {
		size_t n = max < 20 ? 8 * (size_t)max + 1 : MEMORY;

		fake->logged = 0;
		fake->device.write_max = max;
		memset(fake->memory, 0, MEMORY);
		assert_int_equal(i2c_write(&fake->device, (uint16_t)(MEMORY - n), pattern(), n), 0);
		assert_memory_equal(fake->memory + MEMORY - n, pattern(), n);
		assert_in_range(fake->log[fake->logged - 1].n, 2, max < 2 ? 2 : max);
	}
	for (unsigned i = 0; i < 6; i++) {
		static const uint16_t divisors[] = {7, 31, 151, 217, 1057, 4681};

		fake->logged = 0;
		fake->device.write_max = divisors[i];
		assert_int_equal(i2c_write(&fake->device, 0, pattern(), MEMORY), 0);
		assert_int_equal(fake->log[fake->logged - 1].n, 2);
	}
}

static void test_write_steps_down_and_stays(void **state)
{
	static const uint16_t steps[] = {1022, 510, 254, 126, 62, 30};
	struct fake *fake = *state;

	for (unsigned i = 1; i < 6; i++) {
		fake->write_limit = steps[i] + 2u + i % 2;
		fake->refusal = i % 2 ? EOPNOTSUPP : EINVAL;
		assert_int_equal(i2c_write(&fake->device, 0, pattern(), 4000), 0);
		assert_memory_equal(fake->memory, pattern(), 4000);
		assert_int_equal(fake->device.write_max, steps[i]);
		assert_int_equal(fake->device.counters.step_downs, i);
	}
	fake->calls = fake->logged = 0;
	assert_int_equal(i2c_write(&fake->device, 0, pattern(), 3000), 0);
	assert_int_equal(fake->calls, 100);
	assert_int_equal(fake->device.counters.retries, 0);
	assert_int_equal(fake->device.counters.failures, 0);
}

static void test_refused_at_every_size_is_an_error(void **state)
{
	struct fake *fake = *state;
	uint8_t data[100];

	fake->write_limit = 10;
	assert_int_equal(i2c_write(&fake->device, 0, pattern(), 100), -EOPNOTSUPP);
	assert_int_equal(fake->device.write_max, I2C_WRITE_MAX_DEFAULT);
	assert_int_equal(fake->device.counters.failures, 1);
	fake->write_limit = 8192;
	fake->read_limit = fake->combined_limit = 10;
	assert_int_equal(i2c_read(&fake->device, 0, data, 100), -EOPNOTSUPP);
	assert_int_equal(fake->device.read_max, I2C_READ_MAX_DEFAULT);
	assert_false(fake->device.split_reads);
	assert_int_equal(fake->device.counters.failures, 2);
}

static void test_read_is_one_transaction(void **state)
{
	struct fake *fake = *state;
	uint8_t data[1444];

	memcpy(fake->memory, pattern(), MEMORY);
	assert_int_equal(i2c_read(&fake->device, 0x123, data, sizeof(data)), 0);
	assert_memory_equal(data, pattern() + 0x123, sizeof(data));
	assert_int_equal(fake->calls, 1);
	assert_int_equal(fake->device.counters.messages, 2);
	assert_int_equal(fake->device.counters.bytes_in, sizeof(data));
	assert_int_equal(fake->device.counters.bytes_out, 2);
}

static void test_read_steps_down_and_stays(void **state)
{
	struct fake *fake = *state;
	uint8_t data[1444];

	memcpy(fake->memory, pattern(), MEMORY);
	fake->read_limit = fake->combined_limit = 255;
	assert_int_equal(i2c_read(&fake->device, 0x40, data, sizeof(data)), 0);
	assert_memory_equal(data, pattern() + 0x40, sizeof(data));
	assert_int_equal(fake->device.read_max, 254);
	assert_false(fake->device.split_reads);
	fake->calls = 0;
	assert_int_equal(i2c_read(&fake->device, 0, data, 580), 0);
	assert_int_equal(fake->calls, 3);
}

/* mt65xx: 31 bytes in a combined read, 255 in a plain one. */
static void test_short_combined_reads_are_split(void **state)
{
	struct fake *fake = *state;
	uint8_t data[580];

	memcpy(fake->memory, pattern(), MEMORY);
	fake->read_limit = 255;
	fake->combined_limit = 31;
	assert_int_equal(i2c_read(&fake->device, 5, data, sizeof(data)), 0);
	assert_memory_equal(data, pattern() + 5, sizeof(data));
	assert_true(fake->device.split_reads);
	assert_int_equal(fake->device.read_max, 254);
}

static void test_single_message_adapter(void **state)
{
	struct fake *fake = *state;
	uint8_t data[580];

	memcpy(fake->memory, pattern(), MEMORY);
	fake->messages_limit = 1;
	assert_int_equal(i2c_read(&fake->device, 9, data, 1), 0);
	assert_int_equal(data[0], pattern()[9]);
	assert_true(fake->device.split_reads);
	assert_int_equal(fake->device.read_max, I2C_READ_MAX_DEFAULT);
	fake->calls = 0;
	assert_int_equal(i2c_read(&fake->device, 9, data, sizeof(data)), 0);
	assert_memory_equal(data, pattern() + 9, sizeof(data));
	assert_int_equal(fake->calls, 2);
}

/* Nothing but combined reads of 30 bytes: the last resort. */
static void test_tiny_combined_reads(void **state)
{
	struct fake *fake = *state;
	uint8_t data[300];

	memcpy(fake->memory, pattern(), MEMORY);
	fake->read_limit = 0;
	fake->combined_limit = 30;
	assert_int_equal(i2c_read(&fake->device, 0, data, sizeof(data)), 0);
	assert_memory_equal(data, pattern(), sizeof(data));
	assert_int_equal(fake->device.read_max, 30);
	assert_false(fake->device.split_reads);
}

static void test_short_count_is_a_failure(void **state)
{
	struct fake *fake = *state;
	uint8_t data[4];

	fake->script[0] = SHORT;
	memcpy(fake->memory, pattern(), MEMORY);
	assert_int_equal(i2c_read(&fake->device, 0, data, 4), 0);
	assert_memory_equal(data, pattern(), 4);
	assert_int_equal(fake->calls, 2);
	assert_int_equal(fake->device.counters.short_counts, 1);
	assert_int_equal(fake->device.counters.retries, 1);
	fake->calls = 0;
	for (unsigned i = 0; i < SCRIPT; i++)
		fake->script[i] = SHORT;
	assert_int_equal(i2c_write(&fake->device, 0, data, 4), -EIO);
	assert_int_equal(fake->calls, 1 + I2C_RETRIES);
}

static void test_retries_wait_1_5_20_ms(void **state)
{
	struct fake *fake = *state;
	uint64_t start = fake->clock.now_ns;

	for (unsigned i = 0; i < SCRIPT; i++)
		fake->script[i] = i % 2 ? EREMOTEIO : ENXIO;
	assert_int_equal(i2c_write(&fake->device, 0, pattern(), 4), -EREMOTEIO);
	assert_int_equal(fake->calls, 4);
	assert_int_equal(fake->clock.now_ns - start, 26 * MS + 4 * MS / 10);
	assert_int_equal(fake->device.counters.nacks, 4);
	assert_int_equal(fake->device.counters.retries, 3);
	assert_int_equal(fake->device.counters.failures, 1);
}

static void test_last_retry_succeeds(void **state)
{
	struct fake *fake = *state;

	fake->script[0] = ETIMEDOUT;
	fake->script[1] = ENXIO;
	fake->script[2] = EBUSY;
	assert_int_equal(i2c_write(&fake->device, 0, pattern(), 4), 0);
	assert_memory_equal(fake->memory, pattern(), 4);
	assert_int_equal(fake->device.counters.timeouts, 1);
	assert_int_equal(fake->device.counters.nacks, 1);
	assert_int_equal(fake->device.counters.other_errors, 1);
	assert_int_equal(fake->device.counters.failures, 0);
}

static void test_lost_arbitration_is_repeated_at_once(void **state)
{
	struct fake *fake = *state;
	uint64_t start = fake->clock.now_ns;

	for (unsigned i = 0; i < 3; i++)
		fake->script[i] = EAGAIN;
	assert_int_equal(i2c_write(&fake->device, 0, pattern(), 4), 0);
	assert_int_equal(fake->clock.now_ns - start, 4 * MS / 10);
	assert_int_equal(fake->device.counters.arbitration, 3);
	assert_int_equal(fake->device.counters.retries, 3);
}

static void test_lost_arbitration_is_bounded(void **state)
{
	struct fake *fake = *state;

	for (unsigned i = 0; i < SCRIPT; i++)
		fake->script[i] = EAGAIN;
	assert_int_equal(i2c_write(&fake->device, 0, pattern(), 4), -EAGAIN);
	assert_int_equal(fake->calls, 1 + 2 * I2C_RETRIES);
	assert_int_equal(fake->device.counters.failures, 1);
}

/* A chunk in the middle fails: it alone is repeated, at its own index. */
static void test_retry_repeats_only_its_chunk(void **state)
{
	struct fake *fake = *state;

	fake->script[1] = ENXIO;
	assert_int_equal(i2c_write(&fake->device, 0x100, pattern(), 3000), 0);
	assert_memory_equal(fake->memory + 0x100, pattern(), 3000);
	assert_int_equal(fake->calls, 4);
	assert_int_equal(fake->log[1].index, 0x100 + I2C_WRITE_MAX_DEFAULT);
}

#define CASE(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_write_splits_at_the_default_chunk),
		CASE(test_one_byte_is_one_message),
		CASE(test_no_burst_ends_in_a_lone_byte),
		CASE(test_write_steps_down_and_stays),
		CASE(test_refused_at_every_size_is_an_error),
		CASE(test_read_is_one_transaction),
		CASE(test_read_steps_down_and_stays),
		CASE(test_short_combined_reads_are_split),
		CASE(test_single_message_adapter),
		CASE(test_tiny_combined_reads),
		CASE(test_short_count_is_a_failure),
		CASE(test_retries_wait_1_5_20_ms),
		CASE(test_last_retry_succeeds),
		CASE(test_lost_arbitration_is_repeated_at_once),
		CASE(test_lost_arbitration_is_bounded),
		CASE(test_retry_repeats_only_its_chunk),
	};

	return cmocka_run_group_tests_name("i2c", tests, NULL, NULL);
}
