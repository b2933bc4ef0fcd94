/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator-bus.c - messages on the emulated wire: who answers, how long it takes, what it counts.
 *
 *   write   START, address + W, index high, index low, data ..., STOP
 *   read    START, address + R, data ...              from the index that the last write left
 *
 * Every byte, the address included, takes 9 clocks; START and STOP are not counted. A read moves time byte by
 * byte past the chips' events, so that a slow host sees a frame change under its hands. Sensors that answer at
 * the same address pull the same open-drain wire: data are ANDed.
 */
#include <errno.h>
#include <string.h>

#include "sensor/emulator/emulator-bus.h"

enum {
	CLOCKS_PER_BYTE = 9,
	MESSAGES_MAX = 42,    /* Linux, I2C_RDWR_IOCTL_MAX_MSGS */
	MESSAGE_BYTES = 8192, /* Linux, i2c-dev */
	TORN_BYTES_MIN = 16,  /* shorter reads are polls, not frames */
};
#define NS_PER_S 1000000000ull

static const struct fault_hit *bus_fault(struct emulator *emulator, enum fault_kind kind)
{
	emulator->world.faults.moment.sensor = emulator->addressed;
	return faults_hit(&emulator->world.faults, kind);
}

static uint64_t byte_ns(struct emulator *emulator)
{
	uint64_t scl_hz = emulator->scl_hz;
	const struct fault_hit *slow = bus_fault(emulator, FAULT_SLOW_BUS);

	if (slow)
		scl_hz = (uint64_t)slow->arguments[0];
	return scl_hz ? CLOCKS_PER_BYTE * NS_PER_S / scl_hz : 0;
}

static void count_bytes(struct emulator *emulator, size_t n)
{
	struct emulator_counts *counts = &emulator->world.counts;

	counts->messages++;
	counts->bytes += n;
	counts->wire_ns_100k += n * CLOCKS_PER_BYTE * 10000;
	counts->wire_ns_400k += n * CLOCKS_PER_BYTE * 2500;
	counts->wire_ns_1m += n * CLOCKS_PER_BYTE * 1000;
}

/* The first sensor that listens to the address, NULL for none. */
static struct chip *listener(struct emulator *emulator, uint16_t address)
{
	for (unsigned i = 0; i < emulator->sensors; i++)
		if (chip_listens(&emulator->chips[i], address))
			return &emulator->chips[i];
	return NULL;
}

/* The address byte: 0 when somebody answers. */
static int message_begin(struct emulator *emulator, uint16_t address)
{
	const struct chip *chip = listener(emulator, address);

	emulator->addressed = chip ? chip->number : 0;
	if (chip && !bus_fault(emulator, FAULT_OFF_BUS))
		return 0;
	count_bytes(emulator, 1);
	emulator_advance(emulator, emulator->now_ns + byte_ns(emulator));
	return -ENXIO;
}

static int message_write(struct emulator *emulator, uint16_t address, const uint8_t *data, size_t n)
{
	const struct fault_hit *nack;
	int r = message_begin(emulator, address);

	if (r < 0)
		return r;
	nack = bus_fault(emulator, FAULT_NACK);
	if (nack) {
		r = nack->arguments[0] ? -EREMOTEIO : -ENXIO;
		if (n > (size_t)nack->arguments[0])
			n = (size_t)nack->arguments[0];
	}
	count_bytes(emulator, n + 1);
	emulator_advance(emulator, emulator->now_ns + (n + 1) * byte_ns(emulator));
	for (unsigned i = 0; i < emulator->sensors; i++) {
		struct chip *chip = &emulator->chips[i];

		if (!chip_listens(chip, address) || n < 2)
			continue;
		chip->index = (uint16_t)(data[0] << 8 | data[1]);
		if (n > 2)
			chip_write(chip, data + 2, n - 2, emulator->now_ns);
	}
	return r;
}

/* n bytes from all that listen, ANDed; nobody pulls the wire low when nobody listens. */
static void wired_read(struct emulator *emulator, uint16_t address, uint8_t *data, size_t n)
{
	const struct chip *first = listener(emulator, address);

	if (!first)
		memset(data, 0xFF, n);
	for (unsigned i = 0; i < emulator->sensors; i++) {
		struct chip *chip = &emulator->chips[i];
		uint8_t part[256];

		if (!chip_listens(chip, address))
			continue;
		if (chip == first) {
			chip_read(chip, data, n);
			continue;
		}
		for (size_t at = 0; at < n; at += sizeof(part)) {
			size_t k = n - at < sizeof(part) ? n - at : sizeof(part);

			chip_read(chip, part, k);
			for (size_t j = 0; j < k; j++)
				data[at + j] &= part[j];
		}
	}
}

/* Half of the frame has gone over the wire: the next one is ready before the other half. */
static void frame_hurry(struct emulator *emulator, uint16_t address, bool keep_id)
{
	for (unsigned i = 0; i < emulator->sensors; i++) {
		struct chip *chip = &emulator->chips[i];

		if (!chip_listens(chip, address) || chip->state != CHIP_RANGING)
			continue;
		chip->keep_id = keep_id;
		frame_make(chip, emulator->now_ns);
	}
}

/* A stranger at the same address that was only just switched on: it has an id, and nothing but zeros behind it. */
static void twin_read(const struct fault_hit *twin, const struct chip *chip, uint16_t index, uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = index + i;

		if (at == REG_PAGE)
			continue;
		if (chip->page == PAGE_HARDWARE && at == REG_DEVICE_ID)
			data[i] &= 0xF0;
		else if (chip->page == PAGE_HARDWARE && at == REG_REVISION_ID)
			data[i] &= (uint8_t)twin->arguments[0];
		else if (chip->page != PAGE_HARDWARE && chip->page != PAGE_MCU)
			data[i] = 0;
	}
}

/*
 * The data bytes, piece by piece between the chips' events; after torn_at bytes the next frame is there before
 * its time.
 */
static void live_read(struct emulator *emulator, uint16_t address, uint8_t *data, size_t n, size_t torn_at,
		      bool keep_id)
{
	uint64_t per_byte = byte_ns(emulator);

	for (size_t i = 0; i < n;) {
		uint64_t left_ns = emulator_next_ns(emulator) - emulator->now_ns; /* events of the past are done */
		size_t k = (i < torn_at && torn_at < n ? torn_at : n) - i;

		if (per_byte && left_ns / per_byte < k)
			k = (size_t)((left_ns + per_byte - 1) / per_byte);
		wired_read(emulator, address, data + i, k);
		i += k;
		emulator_advance(emulator, emulator->now_ns + k * per_byte);
		if (i == torn_at)
			frame_hurry(emulator, address, keep_id);
	}
}

static int message_read(struct emulator *emulator, uint16_t address, uint8_t *data, size_t n)
{
	const struct fault_hit *hit;
	size_t torn_at = SIZE_MAX;
	bool keep_id = false;
	struct chip *chip;
	uint16_t index;
	int r = message_begin(emulator, address);

	if (r < 0)
		return r;
	count_bytes(emulator, n + 1);
	emulator_advance(emulator, emulator->now_ns + byte_ns(emulator));
	chip = listener(emulator, address);
	if (!chip)
		return -ENXIO; /* it lost its address this very moment */
	index = chip->index;
	if (chip->page == PAGE_UI && index == UI_RESULT && n >= TORN_BYTES_MIN && chip->state == CHIP_RANGING) {
		keep_id = bus_fault(emulator, FAULT_TORN_SAME_ID) != NULL;
		if (keep_id || bus_fault(emulator, FAULT_TORN))
			torn_at = n / 2;
	}
	live_read(emulator, address, data, n, torn_at, keep_id);
	hit = bus_fault(emulator, FAULT_TWIN);
	if (hit)
		twin_read(hit, chip, index, data, n);
	hit = bus_fault(emulator, FAULT_SHORT_READ);
	if (hit && (size_t)hit->arguments[0] < n)
		memset(data + hit->arguments[0], 0xFF, n - (size_t)hit->arguments[0]);
	return 0;
}

/* START: what happens to the bus as a whole. */
static int transaction_begin(struct emulator *emulator)
{
	emulator_catch_up(emulator);
	emulator->world.faults.moment.transfer = ++emulator->world.counts.transactions;
	for (unsigned i = 0; i < emulator->sensors; i++)
		chip_incident(&emulator->chips[i], emulator->now_ns);
	if (bus_fault(emulator, FAULT_BUS_STUCK))
		return -ETIMEDOUT;
	if (bus_fault(emulator, FAULT_ARBITRATION))
		return -EAGAIN;
	return 0;
}

int emulator_write(struct emulator *emulator, uint16_t address, const uint8_t *data, size_t n)
{
	int r = transaction_begin(emulator);

	if (r == 0)
		r = message_write(emulator, address, data, n);
	emulator_settle(emulator);
	return r;
}

int emulator_read(struct emulator *emulator, uint16_t address, uint8_t *data, size_t n)
{
	int r = transaction_begin(emulator);

	if (r == 0)
		r = message_read(emulator, address, data, n);
	emulator_settle(emulator);
	return r;
}

/* What the adapter of a real machine refuses, and what a fault script makes it refuse. */
static int transfer_allowed(struct emulator *emulator, const struct i2c_msg *msgs, unsigned n)
{
	static const struct {
		enum fault_kind kind;
		int error;
	} limits[] = {{FAULT_LENGTH_LIMIT, -EOPNOTSUPP}, {FAULT_LENGTH_INVALID, -EINVAL}};

	if (!n || n > MESSAGES_MAX)
		return -EINVAL;
	emulator->world.faults.moment.transfer = emulator->world.counts.transactions + 1;
	if (n > 1 && bus_fault(emulator, FAULT_NO_COMBINED))
		return -EOPNOTSUPP;
	for (unsigned i = 0; i < n; i++) {
		bool read = msgs[i].flags & I2C_M_RD;

		if (msgs[i].len > MESSAGE_BYTES)
			return -EINVAL;
		if (msgs[i].flags & ~I2C_M_RD)
			return -EOPNOTSUPP;
		for (unsigned k = 0; k < 2; k++) {
			const struct fault_hit *hit = bus_fault(emulator, limits[k].kind);

			if (hit && msgs[i].len > (uint64_t)hit->arguments[read])
				return limits[k].error;
		}
	}
	return 0;
}

static int bus_transfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, unsigned n)
{
	struct emulator *emulator = (struct emulator *)adapter;
	unsigned done = 0;
	int r = transfer_allowed(emulator, msgs, n);

	if (r < 0)
		return r;
	r = transaction_begin(emulator);
	if (r == 0 && bus_fault(emulator, FAULT_SHORT_TRANSFER))
		n--;
	while (r == 0 && done < n) {
		struct i2c_msg *msg = &msgs[done];

		if (msg->flags & I2C_M_RD)
			r = message_read(emulator, msg->addr, msg->buf, msg->len);
		else
			r = message_write(emulator, msg->addr, msg->buf, msg->len);
		done += r == 0;
	}
	emulator_settle(emulator);
	return r < 0 ? r : (int)done;
}

/* The emulator owns its adapter. */
static struct i2c_adapter *bus_free(struct i2c_adapter *adapter)
{
	(void)adapter;
	return NULL;
}

const struct i2c_adapter_ops bus_adapter_ops = {.transfer = bus_transfer, .free = bus_free};
