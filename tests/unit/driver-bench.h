/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver-bench.h - the whole driver on the emulated chip, in virtual time, with a listener on the wire.
 *
 * The scene is rig_scene(): status 5, one target, 200 + 4 * zone mm, 100 + zone kcps/SPAD.
 */
#ifndef TESTS_UNIT_DRIVER_BENCH_H
#define TESTS_UNIT_DRIVER_BENCH_H

#include "sensor/emulator/emulator.h"
#include "sensor/firmware.h"
#include "sensor/vl53l8cx.h"

enum { BENCH_COMMANDS = 64, BENCH_SENSORS = 2 };

/* A command as it went over the wire. */
struct bench_command {
	uint16_t index; /* where it began: it ends at 0x3000 */
	uint16_t n;
	uint8_t bytes[1020];
};

struct bench {
	struct i2c_adapter base; /* the listener, between driver and emulator */
	struct emulator *emulator;
	struct firmware firmware;
	struct vl53l8cx chip;
	struct bench_command commands[BENCH_COMMANDS]; /* the newest, a ring */
	unsigned n_commands;
	struct bench_command building;
	unsigned transfers;
	unsigned page_writes;
	unsigned nacks; /* so many of the next transfers fail */
};

struct bench_config {
	const char *faults;
	uint16_t trailer;  /* 0 = 24 */
	uint32_t scl_hz;   /* 0 = 1 MHz */
	unsigned sensors;  /* 0 = 1 */
	const char *scene; /* NULL = rig_scene() */
};

/* Opens and sets the chip up; config may be NULL. Fails the test when anything does. */
struct bench *bench_open(const struct bench_config *config);
/* The same with nothing but a fault script. */
struct bench *bench_faulty(const char *faults);
void bench_close(struct bench *bench);

/* init, default settings at 8x8 and 15 Hz. */
void bench_init(struct bench *bench);

/* The newest command but `back`; 0 = the newest. */
const struct bench_command *bench_command(const struct bench *bench, unsigned back);
/* Compares all but the id. */
void bench_assert_command(const struct bench_command *command, uint16_t index, const char *hex);
/* The newest set command that begins with the same index must be these bytes. */
void bench_assert_sent(const struct bench *bench, uint16_t index, const char *hex);
/* Hash of a command with this id in its footer. */
void bench_assert_hash(const struct bench_command *command, uint8_t id, const char *sha256);

/* Waits for a frame by polling, at most so many milliseconds; fails the test when none comes. */
void bench_frame(struct bench *bench, unsigned ms, struct frame *ret_frame);
void bench_sleep_ms(struct bench *bench, unsigned ms);
uint64_t bench_now_ms(struct bench *bench);

#endif
