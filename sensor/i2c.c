/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i2c.c - a chip on an adapter: bursts in chunks, retries and counters (see i2c.h).
 *
 *   write  S addr+W idx_hi idx_lo d0 .. dn-1 P
 *   read   S addr+W idx_hi idx_lo Sr addr+R d0 .. dn-1 P      split: P S instead of Sr
 *
 * What an adapter can do is found out by trying, because Linux tells nobody: EOPNOTSUPP and EINVAL make the chunk
 * smaller for good, down to what the poorest adapters take. An adapter that refuses even short combined reads
 * gets a STOP between index and data, which the VL53L8CX permits.
 * Facts: Linux 6.1 drivers/i2c (quirks, 8192 bytes a message in i2c-dev), ST UM3109.
 */
#include "sensor/i2c.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
	INDEX_BYTES = 2,
	MESSAGE_MAX = 8192, /* of i2c-dev */
	INDEX_END = 0x8000, /* of a page */
	CHUNK_MIN = 30,
};

/* How reads and writes may be done, the best first. */
struct way {
	uint16_t max;
	bool split;
};

static const struct way write_ways[] = {
	{1022, false}, {510, false}, {254, false}, {126, false}, {62, false}, {30, false},
};

/* Combined reads of 31 bytes at most exist (mt65xx), with long split ones: so splitting comes before 30. */
static const struct way read_ways[] = {
	{I2C_READ_MAX_DEFAULT, false},
	{1022, false},
	{510, false},
	{254, false},
	{126, false},
	{62, false},
	{I2C_READ_MAX_DEFAULT, true},
	{1022, true},
	{510, true},
	{254, true},
	{126, true},
	{62, true},
	{30, true},
	{30, false},
};

void i2c_device_init(struct i2c_device *device, struct i2c_adapter *adapter, struct clock *clock, uint16_t address)
{
	*device = (struct i2c_device){
		.adapter = adapter,
		.clock = clock,
		.address = address,
		.write_max = I2C_WRITE_MAX_DEFAULT,
		.read_max = I2C_READ_MAX_DEFAULT,
	};
}

static void count_error(struct i2c_counters *counters, int error)
{
	switch (error) {
	case -ENXIO:
	case -EREMOTEIO:
		counters->nacks++;
		break;
	case -ETIMEDOUT:
		counters->timeouts++;
		break;
	case -EAGAIN:
		counters->arbitration++;
		break;
	case -EOPNOTSUPP:
	case -EINVAL:
		break;
	default:
		counters->other_errors++;
	}
}

/* One call of the adapter. Everything but "all n messages went through" is a negative errno. */
static int transfer_once(struct i2c_device *device, struct i2c_msg *msgs, unsigned n)
{
	struct i2c_counters *counters = &device->counters;
	uint64_t start = clock_now_ns(device->clock);
	int r = device->adapter->ops->transfer(device->adapter, msgs, n);

	counters->bus_ns += clock_now_ns(device->clock) - start;
	counters->transfers++;
	if (r < 0) {
		count_error(counters, r);
		return r;
	}
	if ((unsigned)r != n) {
		counters->short_counts++;
		return -EIO;
	}
	counters->messages += n;
	for (unsigned i = 0; i < n; i++)
		*(msgs[i].flags & I2C_M_RD ? &counters->bytes_in : &counters->bytes_out) += msgs[i].len;
	return 0;
}

static int transfer_way(struct i2c_device *device, struct i2c_msg *msgs, unsigned n, bool split)
{
	if (!split)
		return transfer_once(device, msgs, n);
	for (unsigned i = 0; i < n; i++) {
		int r = transfer_once(device, &msgs[i], 1);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool refused(int error)
{
	return error == -EOPNOTSUPP || error == -EINVAL;
}

/*
 * Lost arbitration is repeated at once, as often as anything else; then, and for all other errors, the bus gets
 * time to recover. What the adapter refuses is not repeated.
 */
static int transfer_retry(struct i2c_device *device, struct i2c_msg *msgs, unsigned n, bool split)
{
	static const uint16_t delay_ms[I2C_RETRIES] = {1, 5, 20};
	unsigned at_once = 0, delayed = 0;

	for (;;) {
		int r = transfer_way(device, msgs, n, split);

		if (r == 0 || refused(r))
			return r;
		if (r == -EAGAIN && at_once < I2C_RETRIES) {
			at_once++;
		} else if (delayed < I2C_RETRIES) {
			clock_sleep_us(device->clock, delay_ms[delayed++] * 1000u);
		} else {
			device->counters.failures++;
			return r;
		}
		device->counters.retries++;
	}
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * After a refusal of a transfer of n bytes: takes the next poorer way, in which it looks any different. False when there
 * is none left.
 */
static bool step_down(struct i2c_counters *counters, const struct way *ways, size_t n_ways, size_t n,
		      struct way *current)
{
	bool found = false;

	for (size_t i = 0; i < n_ways; i++) {
		found = found || (ways[i].split == current->split && ways[i].max <= current->max);
		if (found && (ways[i].split != current->split || smaller(ways[i].max, n) < smaller(current->max, n))) {
			*current = ways[i];
			counters->step_downs++;
			return true;
		}
	}
	counters->failures++;
	return false;
}

#define STEP_DOWN(device, ways, n, current)                                                                            \
	step_down(&(device)->counters, ways, sizeof(ways) / sizeof((ways)[0]), n, current)

/*
 * The size of the next message. A burst never ends in a lone byte: alone at 0x7FFF it would not be data but select
 * a page. (That is the rule "no chunk c with 32768 mod c == 1", kept for any limit and any length.)
 */
static size_t write_chunk(size_t max, size_t left)
{
	size_t chunk = smaller(max < 2 ? 2 : smaller(max, MESSAGE_MAX - INDEX_BYTES), left);

	return chunk > 1 && left - chunk == 1 ? chunk - 1 : chunk;
}

int i2c_write(struct i2c_device *device, uint16_t index, const uint8_t *data, size_t n)
{
	struct way way = {device->write_max, false};
	uint8_t message[MESSAGE_MAX];

	assert(index + n <= INDEX_END);
	for (size_t done = 0; done < n;) {
		size_t chunk = write_chunk(way.max, n - done);
		struct i2c_msg msg = {
			.addr = device->address,
			.len = (uint16_t)(INDEX_BYTES + chunk),
			.buf = message,
		};
		int r;

		message[0] = (uint8_t)((index + done) >> 8);
		message[1] = (uint8_t)(index + done);
		memcpy(message + INDEX_BYTES, data + done, chunk);
		r = transfer_retry(device, &msg, 1, false);
		if (r < 0 && (!refused(r) || !STEP_DOWN(device, write_ways, chunk, &way)))
			return r;
		if (r < 0)
			continue;
		device->write_max = way.max;
		done += chunk;
	}
	return 0;
}

int i2c_read(struct i2c_device *device, uint16_t index, uint8_t *data, size_t n)
{
	struct way way = {device->read_max, device->split_reads};

	assert(index + n <= INDEX_END);
	for (size_t done = 0; done < n;) {
		size_t chunk = smaller(way.max ? way.max : CHUNK_MIN, n - done);
		uint8_t start[INDEX_BYTES] = {(uint8_t)((index + done) >> 8), (uint8_t)(index + done)};
		struct i2c_msg msgs[] = {
			{.addr = device->address, .len = INDEX_BYTES, .buf = start},
			{.addr = device->address, .flags = I2C_M_RD, .len = (uint16_t)chunk, .buf = data + done},
		};
		int r = transfer_retry(device, msgs, 2, way.split);

		if (r < 0 && (!refused(r) || !STEP_DOWN(device, read_ways, chunk, &way)))
			return r;
		if (r < 0)
			continue;
		device->read_max = way.max;
		device->split_reads = way.split;
		done += chunk;
	}
	return 0;
}
