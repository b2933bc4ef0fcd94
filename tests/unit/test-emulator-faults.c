/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-emulator-faults.c - what each fault of the table looks like to a host. The numbers are the table's; what the
 * driver makes of them is tested elsewhere.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/bytes.h"
#include "tests/unit/emulator-rig.h"

enum { FRAME = 580, FRAME_MAX = 4096 };

static void rig_faulty(struct rig *rig, const char *script)
{
	struct emulator_config config = {.faults = script};

	rig_open(rig, &config);
}

/* One register read as a transaction of two messages; what the adapter says. */
static int transfer(struct rig *rig, size_t n)
{
	static uint8_t data[8192];
	uint8_t where[2] = {0, 0};
	struct i2c_msg msgs[2] = {
		{.addr = rig->address, .len = 2, .buf = where},
		{.addr = rig->address, .flags = I2C_M_RD, .len = (uint16_t)n, .buf = data},
	};
	struct i2c_adapter *adapter = emulator_adapter(rig->emulator);

	return adapter->ops->transfer(adapter, msgs, 2);
}

/* 1, 2, 3, 4: by transaction number and by time. */
static void test_bus_errors(void **state)
{
	struct rig rig;

	(void)state;
	rig_faulty(&rig,
		   "at transfer 2: nack; at transfer 4: nack 2; at transfer 6..7: off-bus; at transfer 8: bus-stuck;"
		   "at transfer 9: arbitration; after 1s for 300ms: off-bus");
	assert_int_equal(transfer(&rig, 2), 2);
	assert_int_equal(transfer(&rig, 2), -ENXIO);
	assert_int_equal(transfer(&rig, 2), 2);
	assert_int_equal(transfer(&rig, 2), -EREMOTEIO);
	assert_int_equal(transfer(&rig, 2), 2);
	assert_int_equal(transfer(&rig, 2), -ENXIO);
	assert_int_equal(transfer(&rig, 2), -ENXIO);
	assert_int_equal(transfer(&rig, 2), -ETIMEDOUT);
	assert_int_equal(transfer(&rig, 2), -EAGAIN);
	assert_int_equal(transfer(&rig, 2), 2);
	rig_sleep_ms(&rig, 1000);
	assert_int_equal(transfer(&rig, 2), -ENXIO);
	rig_sleep_ms(&rig, 300);
	assert_int_equal(transfer(&rig, 2), 2);
	rig_close(&rig);
}

/* 5 */
static void test_adapter_refuses(void **state)
{
	struct rig rig;

	(void)state;
	rig_faulty(&rig, "length-limit 255 31");
	assert_int_equal(transfer(&rig, 31), 2);
	assert_int_equal(transfer(&rig, 32), -EOPNOTSUPP);
	rig_close(&rig);
	rig_faulty(&rig, "length-invalid 1 8192");
	assert_int_equal(transfer(&rig, 1), -EINVAL);
	rig_close(&rig);
	rig_faulty(&rig, "no-combined");
	assert_int_equal(transfer(&rig, 1), -EOPNOTSUPP);
	rig_close(&rig);
}

/* 6 */
static void test_short(void **state)
{
	uint8_t data[4];
	struct rig rig;

	(void)state;
	rig_faulty(&rig, "at transfer 1: short-transfer; at transfer 2: short-read 1");
	assert_int_equal(transfer(&rig, 2), 1);
	rig_read(&rig, 0, data, 4);
	assert_memory_equal(data, "\xF0\xFF\xFF\xFF", 4);
	rig_read(&rig, 0, data, 2);
	assert_memory_equal(data, "\xF0\x0C", 2);
	rig_close(&rig);
}

/* 7, 39 */
static void test_identity(void **state)
{
	struct rig rig;

	(void)state;
	rig_faulty(&rig, "wrong-id");
	assert_int_equal(rig_get(&rig, 0x0000), 0xF0);
	assert_int_equal(rig_get(&rig, 0x0001), 0x02);
	rig_close(&rig);
	rig_faulty(&rig, "twin 0x02");
	assert_int_equal(rig_get(&rig, 0x0001), 0x00);
	rig_close(&rig);
	rig_faulty(&rig, "twin");
	assert_int_equal(rig_get(&rig, 0x0001), 0x0C);
	rig_reset(&rig);
	rig_upload(&rig);
	rig_run(&rig);
	rig_page(&rig, 2);
	assert_int_equal(rig_get(&rig, 0x2FFC), 0x00);
	assert_int_not_equal(rig.firmware.checksum >> 24, 0);
	rig_close(&rig);
}

/* 8, 9 */
static void test_rom(void **state)
{
	struct rig rig;

	(void)state;
	rig_faulty(&rig, "rom-dead");
	rig_reset(&rig);
	rig_sleep_ms(&rig, 5000);
	assert_int_equal(rig_get(&rig, 0x0006), 0x00);
	rig_close(&rig);
	rig_faulty(&rig, "at boot 2: rom-slow 1500ms");
	rig_reset(&rig);
	rig_sleep_ms(&rig, 1390);
	assert_int_equal(rig_get(&rig, 0x0006), 0x00);
	rig_sleep_ms(&rig, 20);
	assert_int_equal(rig_get(&rig, 0x0006), 0x01);
	rig_page(&rig, 1);
	rig_close(&rig);
	rig_faulty(&rig, "ram-denied");
	rig_reset(&rig);
	rig_page(&rig, 1);
	rig_put(&rig, 0x0006, 0x01);
	assert_int_equal(rig_get(&rig, 0x0021), 0x00);
	rig_close(&rig);
}

static uint32_t rig_checksum(struct rig *rig)
{
	uint8_t word[4];

	rig_reset(rig);
	rig_upload(rig);
	rig_run(rig);
	rig_page(rig, 2);
	rig_read(rig, 0x2FFC, word, 4);
	return bytes_get_be32(word);
}

/* 10, 11: the second upload is good. */
static void test_checksum(void **state)
{
	static const char *const scripts[] = {"at boot 2: firmware-flip 0x8001", "once: firmware-flip",
					      "once: wrong-checksum"};
	struct rig rig;

	(void)state;
	for (unsigned i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		rig_faulty(&rig, scripts[i]);
		assert_int_not_equal(rig_checksum(&rig), rig.firmware.checksum);
		assert_int_equal(rig_checksum(&rig), rig.firmware.checksum);
		rig_close(&rig);
	}
}

/* 12 */
static void test_mcu(void **state)
{
	struct rig rig;

	(void)state;
	rig_faulty(&rig, "mcu-dead");
	rig_reset(&rig);
	rig_upload(&rig);
	rig_run(&rig);
	rig_sleep_ms(&rig, 2000);
	assert_int_equal(rig_get(&rig, 0x0006), 0x00);
	rig_close(&rig);
	rig_faulty(&rig, "mcu-trap 0xCA");
	rig_reset(&rig);
	rig_upload(&rig);
	rig_run(&rig);
	assert_int_equal(rig_get(&rig, 0x0006), 0x80);
	assert_int_equal(rig_get(&rig, 0x0007), 0xCA);
	rig_close(&rig);
}

/* rig_boot() makes three commands; this is the fourth. Waits so long and gives the status. */
static void fourth_command(struct rig *rig, unsigned ms, uint8_t status[4])
{
	static const uint8_t get[] = {0x54, 0x50, 0x00, 0x80, 0, 0, 0, 0x0F, 0x77, 0x02, 0x00, 0x08};

	rig_write(rig, 0x2FF4, get, sizeof(get));
	rig_sleep_ms(rig, ms);
	rig_read(rig, 0x2C00, status, 4);
}

/* 13 to 17 */
static void test_commands(void **state)
{
	static const struct {
		const char *script;
		unsigned ms;
		uint8_t status[4];
	} cases[] = {
		{"at command 4: command-stuck 1", 5000, {0x77, 1, 0, 0}},
		{"at command 4: command-stuck", 5000, {0x77, 2, 0, 0}},
		{"at command 4: command-error", 5, {0x77, 4, 0, 0}},
		{"at command 4: command-size", 5, {0x77, 3, 0x7F, 0}},
		{"at command 4: command-stale 50ms", 49, {0x05, 3, 0, 0}},
		{"at command 4: command-stale 50ms", 51, {0x77, 3, 0, 0x10}},
		{"at command 4: command-slow 1900ms", 1899, {0x77, 1, 0, 0}},
		{"at command 4: command-slow 1900ms", 1901, {0x77, 3, 0, 0x10}},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t status[4];
		struct rig rig;

		rig_faulty(&rig, cases[i].script);
		rig_boot(&rig);
		fourth_command(&rig, cases[i].ms, status);
		assert_memory_equal(status, cases[i].status, 4);
		rig_close(&rig);
	}
}

/* 18 */
static void test_replies(void **state)
{
	uint8_t status[4], reply[4];
	struct rig rig;

	(void)state;
	rig_faulty(&rig, "at command 4: reply-index");
	rig_boot(&rig);
	fourth_command(&rig, 5, status);
	rig_read(&rig, 0x2C04, reply, 4);
	assert_memory_equal(reply, "\x54\x54\x00\x80", 4);
	rig_close(&rig);
	rig_faulty(&rig, "at command 4: reply-length");
	rig_boot(&rig);
	fourth_command(&rig, 5, status);
	rig_read(&rig, 0x2C04, reply, 4);
	assert_memory_equal(reply, "\x54\x50\x00\xC0", 4);
	rig_close(&rig);
}

/* 19, 20 */
static void test_start(void **state)
{
	uint8_t safety[8];
	struct rig rig;

	(void)state;
	rig_faulty(&rig, "packet-size 8");
	rig_boot(&rig);
	assert_int_equal(rig_start(&rig, RIG_POSTURE, 1), FRAME + 8);
	rig_close(&rig);
	rig_faulty(&rig, "laser 3");
	rig_boot(&rig);
	rig_start(&rig, RIG_POSTURE, 1);
	assert_int_equal(rig_fetch(&rig, 0xE0C4, safety, sizeof(safety)), 3);
	assert_int_equal(safety[6], 3);
	rig_close(&rig);
}

/* 37 */
static void test_slow_bus(void **state)
{
	struct emulator_config config = {.scl_hz = 1000000, .faults = "at transfer 2: slow-bus 100000"};
	struct clock *clock;
	struct rig rig;
	uint64_t t[3];

	(void)state;
	rig_open(&rig, &config);
	clock = emulator_clock(rig.emulator);
	t[0] = clock_now_ns(clock);
	transfer(&rig, 100);
	t[1] = clock_now_ns(clock);
	transfer(&rig, 100);
	t[2] = clock_now_ns(clock);
	assert_int_equal(t[2] - t[1], 10 * (t[1] - t[0]));
	rig_close(&rig);
}

/* 38 */
static void test_page_ignored(void **state)
{
	struct rig rig;

	(void)state;
	rig_faulty(&rig, "once: page-ignored");
	rig_page(&rig, 2);
	assert_int_equal(rig_get(&rig, 0x7FFF), 0);
	assert_int_equal(rig_get(&rig, 0x0000), 0xF0);
	rig_page(&rig, 2);
	assert_int_equal(rig_get(&rig, 0x7FFF), 2);
	rig_close(&rig);
}

/* Faults are composable, and the same seed gives the same session. */
static void test_deterministic(void **state)
{
	uint64_t sums[2];

	(void)state;
	for (unsigned run = 0; run < 2; run++) {
		struct emulator_config config = {
			.seed = 42,
			.faults = "after 1s with probability 0.02: nack; after 1s with probability 0.05: footer-id;"
				  "after 1s with probability 0.05: frozen; at frame 30: stream-jump 2",
		};
		uint8_t frame[FRAME_MAX];
		uint64_t sum = 0;
		struct rig rig;

		rig_open(&rig, &config);
		rig_boot(&rig);
		rig_start(&rig, RIG_POSTURE, 1);
		rig_sleep_ms(&rig, 1000);
		for (unsigned i = 0; i < 500; i++) {
			sum = sum * 31 + (unsigned)-rig_try_read(&rig, 0, frame, FRAME);
			for (unsigned k = 0; k < FRAME; k++)
				sum = sum * 31 + frame[k];
			rig_sleep_ms(&rig, 20);
		}
		sums[run] = sum;
		rig_close(&rig);
	}
	assert_true(sums[0] == sums[1]);
}

/* A script with an error in it comes back as the emulator's error. */
static void test_bad_script(void **state)
{
	struct emulator_config config = {.virtual_time = true, .faults = "at frame 3: torn\nat frame 4: gone"};
	struct emulator *emulator = NULL;
	char reason[192] = "";

	(void)state;
	assert_int_equal(emulator_new(&config, &emulator, reason), -EINVAL);
	assert_non_null(strstr(reason, "line 2: unknown fault 'gone'"));
	assert_null(emulator);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bus_errors),    cmocka_unit_test(test_adapter_refuses),
		cmocka_unit_test(test_short),	      cmocka_unit_test(test_identity),
		cmocka_unit_test(test_rom),	      cmocka_unit_test(test_checksum),
		cmocka_unit_test(test_mcu),	      cmocka_unit_test(test_commands),
		cmocka_unit_test(test_replies),	      cmocka_unit_test(test_start),
		cmocka_unit_test(test_slow_bus),      cmocka_unit_test(test_page_ignored),
		cmocka_unit_test(test_deterministic), cmocka_unit_test(test_bad_script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
