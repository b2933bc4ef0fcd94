/* SPDX-License-Identifier: Apache-2.0 */
/* driver-bench.c - driver, listener and emulated chip put together (see driver-bench.h). */
#include "tests/unit/driver-bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/firmware-parts.h"
#include "tests/unit/emulator-rig.h"

enum { WINDOW = 0x2c04, WINDOW_END = 0x3000, PAGE_REGISTER = 0x7fff, MS = 1000000 };

/* Collects the chunks of a command; the one that reaches the window's end completes it. */
static void listen(struct bench *bench, const struct i2c_msg *msg)
{
	struct bench_command *command = &bench->building;
	uint16_t index, n;

	if (msg->flags & I2C_M_RD || msg->len < 3)
		return;
	index = (uint16_t)(msg->buf[0] << 8 | msg->buf[1]);
	n = (uint16_t)(msg->len - 2);
	bench->page_writes += index == PAGE_REGISTER && n == 1;
	if (n == 1 || index < WINDOW || index + n > WINDOW_END)
		return;
	if (index != command->index + command->n) {
		command->index = index;
		command->n = 0;
	}
	memcpy(command->bytes + command->n, msg->buf + 2, n);
	command->n = (uint16_t)(command->n + n);
	if (index + n == WINDOW_END) {
		bench->commands[bench->n_commands++ % BENCH_COMMANDS] = *command;
		command->index = command->n = 0;
	}
}

static int bench_transfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, unsigned n)
{
	struct bench *bench = (struct bench *)adapter;
	struct i2c_adapter *chip = emulator_adapter(bench->emulator);
	int r;

	bench->transfers++;
	if (bench->nacks) {
		bench->nacks--;
		return -ENXIO;
	}
	r = chip->ops->transfer(chip, msgs, n);
	if (r == (int)n)
		listen(bench, &msgs[0]);
	return r;
}

struct bench *bench_open(const struct bench_config *config)
{
	static const struct i2c_adapter_ops ops = {.transfer = bench_transfer};
	const struct bench_config none = {0}, *c = config ? config : &none;
	struct bench *bench = calloc(1, sizeof(*bench));
	struct emulator_config emulator = {
		.virtual_time = true,
		.scl_hz = c->scl_hz ? c->scl_hz : 1000000,
		.trailer = c->trailer,
		.sensors = c->sensors,
		.faults = c->faults,
		.seed = 1,
	};
	char reason[192] = "";

	assert_non_null(bench);
	if (c->scene)
		assert_int_equal(scene_open(c->scene, 1, &emulator.scene, reason), 0);
	else
		emulator.scene = rig_scene(0);
	if (emulator_new(&emulator, &bench->emulator, reason) < 0)
		fail_msg("%s", reason);
	firmware_synthetic(1, &bench->firmware);
	if (c->trailer)
		bench->firmware.trailer = c->trailer;
	bench->base.ops = &ops;
	vl53l8cx_setup(&bench->chip, &bench->base, emulator_clock(bench->emulator), VL53L8CX_ADDRESS, &bench->firmware);
	return bench;
}

struct bench *bench_faulty(const char *faults)
{
	const struct bench_config config = {.faults = faults};

	return bench_open(&config);
}

void bench_close(struct bench *bench)
{
	emulator_free(bench->emulator);
	free(bench);
}

void bench_init(struct bench *bench)
{
	struct vl53l8cx_settings settings;

	vl53l8cx_settings_default(&settings);
	settings.rate_hz = 15;
	assert_int_equal(vl53l8cx_init(&bench->chip, 1), 0);
	assert_int_equal(vl53l8cx_configure(&bench->chip, &settings), 0);
}

const struct bench_command *bench_command(const struct bench *bench, unsigned back)
{
	assert_true(back < bench->n_commands && back < BENCH_COMMANDS);
	return &bench->commands[(bench->n_commands - 1 - back) % BENCH_COMMANDS];
}

void bench_assert_command(const struct bench_command *command, uint16_t index, const char *hex)
{
	uint8_t expected[1020];
	size_t n = 0;
	int used;

	for (unsigned byte; sscanf(hex, "%2x%n", &byte, &used) == 1; hex += used) {
		expected[n++] = (uint8_t)byte;
		hex += strspn(hex + used, " |");
	}
	assert_int_equal(command->index, index);
	assert_int_equal(command->n, n);
	expected[n - 4] = command->bytes[n - 4];
	assert_memory_equal(command->bytes, expected, n);
}

void bench_assert_sent(const struct bench *bench, uint16_t index, const char *hex)
{
	uint8_t first[2];
	unsigned a, b;

	assert_int_equal(sscanf(hex, "%2x%2x", &a, &b), 2);
	first[0] = (uint8_t)a;
	first[1] = (uint8_t)b;
	for (unsigned back = 0; back < bench->n_commands && back < BENCH_COMMANDS; back++) {
		const struct bench_command *command = bench_command(bench, back);

		if (memcmp(command->bytes, first, 2) == 0 && command->bytes[command->n - 3] == 1) {
			bench_assert_command(command, index, hex);
			return;
		}
	}
	fail_msg("no command begins with %.4s", hex);
}

void bench_assert_hash(const struct bench_command *command, uint8_t id, const char *sha256)
{
	struct bench_command copy = *command;
	uint8_t hash[FIRMWARE_SHA256_BYTES];
	char hex[2 * FIRMWARE_SHA256_BYTES + 1];

	copy.bytes[copy.n - 4] = id;
	firmware_sha256(copy.bytes, copy.n, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	assert_string_equal(hex, sha256);
}

void bench_sleep_ms(struct bench *bench, unsigned ms)
{
	clock_sleep_us(emulator_clock(bench->emulator), ms * 1000);
}

uint64_t bench_now_ms(struct bench *bench)
{
	return clock_now_ns(emulator_clock(bench->emulator)) / MS;
}

void bench_frame(struct bench *bench, unsigned ms, struct frame *ret_frame)
{
	for (unsigned waited = 0; waited < ms; waited++) {
		int r = vl53l8cx_data_ready(&bench->chip);

		assert_in_range(r, 0, 1);
		if (r == 1) {
			enum vl53l8cx_verdict verdict;

			assert_int_equal(vl53l8cx_read_frame(&bench->chip, ret_frame, &verdict), 1);
			assert_int_equal(verdict, VL53L8CX_VERDICT_GOOD);
			return;
		}
		bench_sleep_ms(bench, 1);
	}
	fail_msg("no frame within %u ms", ms);
}
