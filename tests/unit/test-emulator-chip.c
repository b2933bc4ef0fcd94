/* SPDX-License-Identifier: Apache-2.0 */
/* test-emulator-chip.c - the emulated chip's registers, pages, boot, power modes and command window. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/bytes.h"
#include "tests/unit/emulator-rig.h"

static int rig_setup(void **state)
{
	struct rig *rig = malloc(sizeof(*rig));

	assert_non_null(rig);
	rig_open(rig, NULL);
	*state = rig;
	return 0;
}

static int rig_teardown(void **state)
{
	rig_close(*state);
	free(*state);
	return 0;
}

static void test_identity(void **state)
{
	struct rig *rig = *state;
	uint8_t id[2];

	rig_page(rig, 0);
	rig_read(rig, 0x0000, id, 2);
	assert_int_equal(id[0], 0xF0);
	assert_int_equal(id[1], 0x0C);
	rig_put(rig, 0x0000, 0x55); /* read only */
	assert_int_equal(rig_get(rig, 0x0000), 0xF0);
	rig->address = 0x2A;
	assert_int_equal(rig_try_read(rig, 0x0000, id, 2), -ENXIO);
}

/* The index survives the STOP and moves on with every byte, as drivers rely on that send it only once. */
static void test_index_persists(void **state)
{
	static const uint8_t where[2] = {0x00, 0x00};
	struct rig *rig = *state;
	uint8_t byte;

	assert_int_equal(emulator_write(rig->emulator, 0x29, where, 2), 0);
	assert_int_equal(emulator_read(rig->emulator, 0x29, &byte, 1), 0);
	assert_int_equal(byte, 0xF0);
	assert_int_equal(emulator_read(rig->emulator, 0x29, &byte, 1), 0);
	assert_int_equal(byte, 0x0C);
}

static void test_page_select(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_get(rig, 0x7FFF), 0);
	rig_page(rig, 2);
	assert_int_equal(rig_get(rig, 0x7FFF), 2);
	assert_int_equal(rig_get(rig, 0x0000), 0); /* not the identity */
	rig_page(rig, 0);
	assert_int_equal(rig_get(rig, 0x0000), 0xF0);
}

/* Inside a burst the byte at 7FFF is RAM; alone in its message it selects a page. */
static void test_boundary_rule(void **state)
{
	static const uint8_t burst[2] = {0x11, 0x02};
	struct rig *rig = *state;

	rig_reset(rig);
	rig_page(rig, 1);
	rig_put(rig, 0x0006, 0x01);
	rig_page(rig, 9);
	rig_write(rig, 0x7FFE, burst, 2);
	assert_int_equal(rig_get(rig, 0x7FFE), 0x11);
	assert_int_equal(rig_get(rig, 0x7FFF), 9);
	rig_put(rig, 0x7FFF, 0x0A);
	assert_int_equal(rig_get(rig, 0x7FFF), 0x0A);
}

static uint32_t checksum_after_boot(struct rig *rig)
{
	uint8_t word[4];

	rig_reset(rig);
	rig_upload(rig);
	rig_run(rig);
	rig_page(rig, 2);
	rig_read(rig, 0x2FFC, word, 4);
	return bytes_get_be32(word);
}

static void test_checksum_of_any_chunk(void **state)
{
	static const size_t good[] = {30, 62, 254, 1022, 4094, 8190, 32768};
	static const size_t bad[] = {7, 31, 151, 217, 1057, 4681}; /* leave one byte for 7FFF */
	struct rig *rig = *state;

	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		rig->chunk = good[i];
		assert_int_equal(checksum_after_boot(rig), rig->firmware.checksum);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig->chunk = bad[i];
		assert_int_not_equal(checksum_after_boot(rig), rig->firmware.checksum);
	}
	rig->chunk = 1022;
	firmware_synthetic(2, &rig->firmware);
	assert_int_equal(checksum_after_boot(rig), rig->firmware.checksum);
}

static void test_reset_order(void **state)
{
	struct rig *rig = *state;

	rig_sleep_ms(rig, 10);
	rig_page(rig, 0);
	assert_int_equal(rig_get(rig, 0x0006), 0x01);
	rig_put(rig, 0x000A, 0x03);
	assert_int_equal(rig_get(rig, 0x0006), 0x00);
	rig_put(rig, 0x000A, 0x01); /* regulators were not off: still held */
	rig_sleep_ms(rig, 10);
	assert_int_equal(rig_get(rig, 0x0006), 0x00);
	rig_put(rig, 0x000A, 0x03);
	rig_put(rig, 0x000F, 0x43);
	rig_put(rig, 0x000F, 0x40);
	rig_put(rig, 0x000A, 0x01);
	rig_sleep_ms(rig, 4);
	assert_int_equal(rig_get(rig, 0x0006), 0x00);
	rig_sleep_ms(rig, 2);
	assert_int_equal(rig_get(rig, 0x0006), 0x01);
}

static void test_ram_access(void **state)
{
	struct rig *rig = *state;

	rig_reset(rig);
	rig_page(rig, 9);
	rig_put(rig, 0x0000, 0x42); /* closed */
	assert_int_equal(rig_get(rig, 0x0000), 0);
	rig_page(rig, 1);
	assert_int_equal(rig_get(rig, 0x0021), 0x00);
	rig_put(rig, 0x0006, 0x01);
	assert_int_equal(rig_get(rig, 0x0021), 0x04);
	rig_page(rig, 9);
	assert_int_equal(rig_get(rig, 0x0000), 0);
	rig_put(rig, 0x0000, 0x42);
	assert_int_equal(rig_get(rig, 0x0000), 0x42);
	rig_reset(rig); /* the RAM is lost */
	rig_page(rig, 1);
	rig_put(rig, 0x0006, 0x01);
	rig_page(rig, 9);
	assert_int_equal(rig_get(rig, 0x0000), 0);
}

static void test_mcu_boot(void **state)
{
	struct rig *rig = *state;
	uint8_t status[4];

	rig_reset(rig);
	rig_upload(rig);
	rig_run(rig);
	assert_int_equal(rig_get(rig, 0x0006), 0x01);
	assert_int_equal(rig_get(rig, 0x0007), 0x85);
	rig_page(rig, 2);
	rig_read(rig, 0x0000, status, 4);
	assert_memory_equal(status, "\xFF\x04\x85\x01", 4);
}

static void test_blank_ram_traps(void **state)
{
	struct rig *rig = *state;

	rig_reset(rig);
	rig_page(rig, 1);
	rig_put(rig, 0x0006, 0x01);
	rig_run(rig);
	assert_int_equal(rig_get(rig, 0x0006), 0x80);
	assert_int_equal(rig_get(rig, 0x0007), 0xC5);
}

static void test_set_and_get(void **state)
{
	struct rig *rig = *state;
	uint8_t out[16], in[16];

	rig_boot(rig);
	for (unsigned i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(0xA0 + i);
	assert_int_equal(rig_set(rig, 0xAED8, out, sizeof(out)), 3);
	assert_int_equal(rig_fetch(rig, 0xAED8, in, sizeof(in)), 3);
	assert_memory_equal(in, out, sizeof(in));
}

/* The vectors of the host protocol notes: bytes as they travel. */
static void test_vectors(void **state)
{
	static const uint8_t get_grid[] = {0x54, 0x50, 0x00, 0x80, 0, 0, 0, 0x0F, 0x00, 0x02, 0x00, 0x08};
	static const uint8_t set_grid[] = {0x54, 0x50, 0x00, 0x80, 0x00, 0x04, 0x08, 0x08, 0x00, 0x00,
					   0x04, 0x04, 0x00, 0x00, 0x00, 0x0F, 0x05, 0x01, 0x00, 0x10};
	static const uint8_t set_rate[] = {0x54, 0x58, 0x00, 0x40, 0x04, 0x1A, 0x0F, 0x00,
					   0x00, 0x00, 0x00, 0x0F, 0x05, 0x01, 0x00, 0x0C};
	static const uint8_t reply[] = {0x54, 0x50, 0x00, 0x80, 0x00, 0x04, 0x08, 0x08, 0x00, 0x00,
					0x04, 0x04, 0x00, 0x00, 0x00, 0x0F, 0x00, 0x02, 0x00, 0x10};
	struct rig *rig = *state;
	uint8_t got[20], rate[4];

	rig_boot(rig);
	assert_int_equal(rig_command(rig, set_grid, sizeof(set_grid)), 3);
	assert_int_equal(rig_command(rig, get_grid, sizeof(get_grid)), 3);
	rig_read(rig, 0x2C00, got, 4);
	assert_memory_equal(got, "\x00\x03\x00\x10", 4);
	rig_read(rig, 0x2C04, got, sizeof(got));
	assert_memory_equal(got, reply, sizeof(got));
	assert_int_equal(rig_command(rig, set_rate, sizeof(set_rate)), 3);
	assert_int_equal(rig_fetch(rig, 0x5458, rate, sizeof(rate)), 3);
	assert_memory_equal(rate, "\x00\x0F\x1A\x04", 4);
}

static void test_command_takes_time(void **state)
{
	static const uint8_t get[] = {0x54, 0x50, 0x00, 0x80, 0, 0, 0, 0x0F, 0x77, 0x02, 0x00, 0x08};
	struct rig *rig = *state;
	uint8_t status[4];

	rig_boot(rig);
	rig_write(rig, 0x2FF4, get, sizeof(get));
	rig_read(rig, 0x2C00, status, 4);
	assert_memory_equal(status, "\x77\x01\x00\x00", 4);
	emulator_sleep_us(rig->emulator, 1900);
	rig_read(rig, 0x2C00, status, 4);
	assert_int_equal(status[1], 1);
	emulator_sleep_us(rig->emulator, 100);
	rig_read(rig, 0x2C00, status, 4);
	assert_memory_equal(status, "\x77\x03\x00\x10", 4);
}

/* A command written in pieces is taken when 2FFF is written, whatever the pieces. */
static void test_command_in_chunks(void **state)
{
	struct rig *rig = *state;
	uint8_t out[128], in[128];

	rig_boot(rig);
	for (unsigned i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(3 * i);
	rig->chunk = 30;
	assert_int_equal(rig_set(rig, 0xBFAC, out, sizeof(out)), 3);
	assert_int_equal(rig_fetch(rig, 0xBFAC, in, sizeof(in)), 3);
	assert_memory_equal(in, out, sizeof(in));
}

static void test_bad_commands(void **state)
{
	static const struct {
		const char *what;
		uint8_t bytes[24];
		size_t n;
	} bad[] = {
		{"index not aligned", {0x54, 0x51, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0xF, 5, 1, 0, 0xC}, 16},
		{"count too small", {0x54, 0x50, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0xF, 5, 1, 0, 0x8}, 16},
		{"count beyond the window", {0x54, 0x50, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0xF, 5, 1, 0xFF, 0xFC}, 16},
		{"no end word", {0x54, 0x50, 0, 0x40, 0, 0, 0, 0, 5, 1, 0, 0x8}, 12},
		{"payload longer than the command", {0x54, 0x50, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0xF, 5, 1, 0, 0xC}, 16},
		{"past the end of the memory",
		 {0xFF, 0xFC, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF, 5, 1, 0, 0x10},
		 20},
		{"unknown command", {0, 0, 0, 0xF, 5, 9, 0, 4}, 8},
		{"reply longer than the window", {0xB0, 0, 0x3F, 0xC0, 0, 0, 0, 0xF, 5, 2, 0, 8}, 12},
	};
	struct rig *rig = *state;
	uint8_t grid[8];

	rig_boot(rig);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		print_message("# %s\n", bad[i].what);
		assert_int_equal(rig_command(rig, bad[i].bytes, bad[i].n), 4);
	}
	assert_int_equal(rig_fetch(rig, 0x5450, grid, sizeof(grid)), 3);
	assert_int_equal(grid[0], 8); /* nothing of them was stored */
}

static void test_sleep(void **state)
{
	struct rig *rig = *state;
	uint8_t grid[8];

	rig_boot(rig);
	rig_page(rig, 0);
	rig_put(rig, 0x0009, 0x02);
	assert_int_equal(rig_get(rig, 0x0006), 0x00);
	assert_int_equal(rig_get(rig, 0x0009), 0x02);
	rig_page(rig, 2);
	assert_int_equal(rig_get(rig, 0x2C01), 0);
	rig_page(rig, 0);
	rig_put(rig, 0x0009, 0x04);
	assert_int_equal(rig_get(rig, 0x0006), 0x01);
	rig_page(rig, 2);
	assert_int_equal(rig_fetch(rig, 0x5450, grid, sizeof(grid)), 3);
	assert_int_equal(grid[0], 8);
}

static void test_deep_sleep(void **state)
{
	struct rig *rig = *state;

	rig_boot(rig);
	rig_page(rig, 0);
	rig_put(rig, 0x0009, 0x02);
	rig_put(rig, 0x000F, 0x43);
	rig_put(rig, 0x0009, 0x04);
	assert_int_equal(rig_get(rig, 0x000F), 0x43);
	assert_int_equal(rig_get(rig, 0x0006), 0x00);
	rig_put(rig, 0x000F, 0x40);
	rig_sleep_ms(rig, 6);
	assert_int_equal(rig_get(rig, 0x0006), 0x01);
	rig_page(rig, 2);
	assert_int_equal(rig_get(rig, 0x2FFC), 0); /* no firmware any more */
	rig_boot(rig);
}

static void test_power_cycle(void **state)
{
	struct rig *rig = *state;

	rig_boot(rig);
	rig_page(rig, 0);
	rig_put(rig, 0x0004, 0x2A);
	rig->address = 0x2A;
	assert_int_equal(rig_get(rig, 0x0000), 0xF0);
	emulator_power_cycle(rig->emulator);
	rig->address = 0x29;
	assert_int_equal(rig_get(rig, 0x7FFF), 0);
	assert_int_equal(rig_get(rig, 0x0006), 0x00);
	rig_boot(rig);
}

int main(void)
{
#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_identity),
		RIG_TEST(test_index_persists),
		RIG_TEST(test_page_select),
		RIG_TEST(test_boundary_rule),
		RIG_TEST(test_checksum_of_any_chunk),
		RIG_TEST(test_reset_order),
		RIG_TEST(test_ram_access),
		RIG_TEST(test_mcu_boot),
		RIG_TEST(test_blank_ram_traps),
		RIG_TEST(test_set_and_get),
		RIG_TEST(test_vectors),
		RIG_TEST(test_command_takes_time),
		RIG_TEST(test_command_in_chunks),
		RIG_TEST(test_bad_commands),
		RIG_TEST(test_sleep),
		RIG_TEST(test_deep_sleep),
		RIG_TEST(test_power_cycle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
