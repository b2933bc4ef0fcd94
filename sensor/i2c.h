/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i2c.h - the seam between the chip driver and the wire, and what lies right above it.
 *
 *   chip driver -> i2c_device (chunks, retries, counters) -> i2c_adapter -> i2c-dev.c  | emulator/
 *
 * An adapter carries raw messages with the meaning of ioctl(I2C_RDWR). It knows nothing of chips; i2c-dev.c
 * and the emulator implement the same two functions, so everything above is the same code in tests, in the
 * demo and on a board. Facts: Linux Documentation/i2c/dev-interface, uapi linux/i2c-dev.h.
 */
#ifndef SENSOR_I2C_H
#define SENSOR_I2C_H

#include <linux/i2c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/clock.h"

struct i2c_adapter;

struct i2c_adapter_ops {
	/*
	 * Transfers n messages as one transaction (repeated START between them, STOP at the end).
	 * Returns how many were transferred, which the caller must compare with n, or a negative errno:
	 * ENXIO/EREMOTEIO no acknowledge, ETIMEDOUT bus stuck, EAGAIN arbitration lost,
	 * EOPNOTSUPP/EINVAL more than this adapter can do in one message or transaction.
	 */
	int (*transfer)(struct i2c_adapter *adapter, struct i2c_msg *msgs, unsigned n);
	/* Frees it, NULL allowed. Always returns NULL. */
	struct i2c_adapter *(*free)(struct i2c_adapter *adapter);
};

struct i2c_adapter {
	const struct i2c_adapter_ops *ops;
};

static inline struct i2c_adapter *i2c_adapter_free(struct i2c_adapter *adapter)
{
	return adapter ? adapter->ops->free(adapter) : NULL;
}

/*
 * Opens an i2c-dev adapter by its node ("/dev/i2c-1") or by the adapter's name ("STM32F7 I2C(0x40012000)",
 * as in /sys/class/i2c-dev/.../name; a unique substring is enough).
 * Errors: ENOENT no such adapter, ENOTUNIQ the name fits several, EACCES, EOPNOTSUPP not a plain-I2C adapter.
 */
int i2c_dev_open(const char *path_or_name, struct i2c_adapter **ret_adapter);

/* What happened on the wire since the device was set up. Plain sums, read by the owner of the bus only. */
struct i2c_counters {
	uint64_t transfers; /* calls of the adapter */
	uint64_t messages;
	uint64_t bytes_out; /* register index included, address bytes not */
	uint64_t bytes_in;
	uint64_t bus_ns; /* time spent inside the adapter */
	uint64_t nacks;	 /* ENXIO, EREMOTEIO */
	uint64_t timeouts;
	uint64_t arbitration; /* EAGAIN */
	uint64_t short_counts;
	uint64_t other_errors;
	uint64_t retries;
	uint64_t failures;   /* transfers given up after all retries */
	uint64_t step_downs; /* the chunk was made smaller */
};

/* A chip with 16-bit register indices, most significant byte first, on an adapter. */
struct i2c_device {
	struct i2c_adapter *adapter;
	struct clock *clock;
	uint16_t address;   /* 7 bit */
	uint16_t write_max; /* data bytes in one message, steps down on EOPNOTSUPP and EINVAL */
	uint16_t read_max;
	bool split_reads; /* the adapter can't combine write and read: STOP in between */
	struct i2c_counters counters;
};

enum {
	I2C_WRITE_MAX_DEFAULT = 1022,
	I2C_READ_MAX_DEFAULT = 8190,
	I2C_RETRIES = 3,
};

/* adapter and clock are borrowed. */
void i2c_device_init(struct i2c_device *device, struct i2c_adapter *adapter, struct clock *clock, uint16_t address);

/*
 * Writes n bytes to consecutive indices, in as many messages as the adapter needs; each repeats its own index.
 * Returns 0 or a negative errno after the retries (EIO for a short count).
 */
int i2c_write(struct i2c_device *device, uint16_t index, const uint8_t *data, size_t n);

/* Reads n bytes; one transaction when it fits. data is untouched beyond what was read when it fails. */
int i2c_read(struct i2c_device *device, uint16_t index, uint8_t *data, size_t n);

#endif
