/* SPDX-License-Identifier: Apache-2.0 */
/* test-vl53l8cx-address.c - address change, and two sensors on one bus. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensor/vl53l8cx-address.h"
#include "tests/unit/driver-bench.h"

enum { OTHER = 0x2a, SENSORS = 2 };

static void test_change(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct frame frame;

	(void)state;
	assert_int_equal(vl53l8cx_address_set(&bench->chip, OTHER), 0);
	assert_int_equal(bench->chip.i2c.address, OTHER);
	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	bench->chip.i2c.address = VL53L8CX_ADDRESS;
	assert_int_equal(vl53l8cx_identify(&bench->chip), -ENXIO);
	bench_close(bench);
}

static void test_illegal_addresses(void **state)
{
	struct bench *bench = bench_open(NULL);

	(void)state;
	assert_int_equal(vl53l8cx_address_set(&bench->chip, 0x07), -EADDRNOTAVAIL);
	assert_int_equal(vl53l8cx_address_set(&bench->chip, 0x78), -EADDRNOTAVAIL);
	assert_int_equal(bench->chip.error, VL53L8CX_ERROR_ADDRESS);
	assert_int_equal(vl53l8cx_identify(&bench->chip), 0);
	bench_close(bench);
}

/* Configured for another address: moved there at init, and again after it lost power. */
static void test_claim(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct frame frame;

	(void)state;
	bench->chip.i2c.address = OTHER;
	bench_init(bench);
	assert_int_equal(bench->chip.i2c.address, OTHER);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	emulator_power_cycle(bench->emulator);
	bench_sleep_ms(bench, 20);
	assert_int_equal(vl53l8cx_reinit(&bench->chip), 0);
	assert_int_equal(bench->chip.i2c.address, OTHER);
	bench_frame(bench, 200, &frame);
	bench_close(bench);
}

/* A running sensor at 0x29 is somebody else's. */
static void test_claim_takes_nobodys_sensor(void **state)
{
	struct bench *bench = bench_open(NULL);

	(void)state;
	bench_init(bench);
	bench->chip.i2c.address = OTHER;
	assert_int_equal(vl53l8cx_init(&bench->chip, 1), -EADDRNOTAVAIL);
	assert_int_equal(bench->chip.error, VL53L8CX_ERROR_ADDRESS);
	bench->chip.i2c.address = VL53L8CX_ADDRESS;
	assert_int_equal(vl53l8cx_identify(&bench->chip), 0);
	bench_close(bench);
}

static void test_two_sensors(void **state)
{
	const struct bench_config config = {.sensors = SENSORS};
	struct bench *bench = bench_open(&config);
	struct vl53l8cx *chips[SENSORS] = {&bench->chip, test_malloc(sizeof(struct vl53l8cx))};
	struct gpio_line *lpn[SENSORS] = {emulator_lpn(bench->emulator, 0), emulator_lpn(bench->emulator, 1)};
	struct vl53l8cx_settings settings;
	unsigned frames[SENSORS] = {0};

	(void)state;
	vl53l8cx_setup(chips[1], &bench->base, emulator_clock(bench->emulator), OTHER, &bench->firmware);
	assert_int_equal(vl53l8cx_address_assign(chips, lpn, SENSORS), 0);
	vl53l8cx_settings_default(&settings);
	for (unsigned i = 0; i < SENSORS; i++) {
		settings.resolution = i ? 4 : 8;
		assert_int_equal(vl53l8cx_init(chips[i], 1), 0);
		assert_int_equal(vl53l8cx_configure(chips[i], &settings), 0);
	}
	for (unsigned i = 0; i < SENSORS; i++)
		assert_int_equal(vl53l8cx_start(chips[i]), 0);
	for (unsigned ms = 0; ms < 1000; ms++) {
		for (unsigned i = 0; i < SENSORS; i++) {
			enum vl53l8cx_verdict verdict;
			struct frame frame;

			if (vl53l8cx_data_ready(chips[i]) != 1)
				continue;
			assert_int_equal(vl53l8cx_read_frame(chips[i], &frame, &verdict), 1);
			assert_int_equal(frame.cols, i ? 4 : 8);
			frames[i]++;
		}
		bench_sleep_ms(bench, 1);
	}
	for (unsigned i = 0; i < SENSORS; i++)
		assert_in_range(frames[i], 8, 20);
	/* once more, from where they are: service restarted */
	assert_int_equal(vl53l8cx_address_assign(chips, lpn, SENSORS), 0);
	test_free(chips[1]);
	bench_close(bench);
}

static void test_sets_that_are_refused(void **state)
{
	const struct bench_config config = {.sensors = SENSORS};
	struct bench *bench = bench_open(&config);
	struct vl53l8cx *chips[SENSORS] = {&bench->chip, test_malloc(sizeof(struct vl53l8cx))};
	struct gpio_line *lpn[SENSORS] = {emulator_lpn(bench->emulator, 0), NULL};

	(void)state;
	vl53l8cx_setup(chips[1], &bench->base, emulator_clock(bench->emulator), OTHER, &bench->firmware);
	assert_int_equal(vl53l8cx_address_assign(chips, lpn, SENSORS), -EADDRNOTAVAIL); /* no LPn */
	lpn[1] = emulator_lpn(bench->emulator, 1);
	chips[1]->i2c.address = VL53L8CX_ADDRESS;
	assert_int_equal(vl53l8cx_address_assign(chips, lpn, SENSORS), -EADDRNOTAVAIL); /* the same address */
	chips[1]->i2c.address = 0x7f;
	assert_int_equal(vl53l8cx_address_assign(chips, lpn, SENSORS), -EADDRNOTAVAIL);
	test_free(chips[1]);
	bench_close(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_change),	    cmocka_unit_test(test_illegal_addresses),
		cmocka_unit_test(test_claim),	    cmocka_unit_test(test_claim_takes_nobodys_sensor),
		cmocka_unit_test(test_two_sensors), cmocka_unit_test(test_sets_that_are_refused),
	};

	return cmocka_run_group_tests_name("vl53l8cx-address", tests, NULL, NULL);
}
