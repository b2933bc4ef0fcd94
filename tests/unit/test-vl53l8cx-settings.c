/* SPDX-License-Identifier: Apache-2.0 */
/* test-vl53l8cx-settings.c - settings: what goes over the wire, what is read back, what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/driver-bench.h"

static void test_settings_on_the_wire(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct vl53l8cx_settings settings;

	(void)state;
	bench_init(bench);
	bench_assert_sent(bench, 0x2ff0, "54580040 041A0F00 0000000F 0501000C");
	bench_assert_sent(bench, 0x2fec, "54500080 00040808 00000404 0000000F 05010010");
	bench_assert_sent(bench, 0x2fe4, "AD380100 01E00140 00100010 01000100 00000001 0000000F 05010018");
	bench_assert_sent(bench, 0x2ff0, "AE640040 00000001 0000000F 0501000C");
	vl53l8cx_settings_default(&settings);
	settings.rate_hz = 15;
	settings.continuous = true;
	assert_int_equal(vl53l8cx_configure(&bench->chip, &settings), 0);
	bench_assert_sent(bench, 0x2fec, "AD300080 03010103 00000300 0000000F 05010010");
	bench_assert_sent(bench, 0x2ff0, "D9640040 00000000 0000000F 0501000C");
	bench_close(bench);
}

static void assert_settings(const struct vl53l8cx_settings *a, const struct vl53l8cx_settings *b)
{
	assert_int_equal(a->resolution, b->resolution);
	assert_int_equal(a->rate_hz, b->rate_hz);
	assert_int_equal(a->integration_ms, b->integration_ms);
	assert_int_equal(a->continuous, b->continuous);
	assert_int_equal(a->sharpener_percent, b->sharpener_percent);
	assert_int_equal(a->order, b->order);
	assert_int_equal(a->xtalk_margin_kcps, b->xtalk_margin_kcps);
	assert_int_equal(a->vhv_repeat, b->vhv_repeat);
	assert_int_equal(a->external_sync, b->external_sync);
	assert_int_equal(a->results_crc, b->results_crc);
}

static void test_settings_round_trip(void **state)
{
	const struct bench_config config = {.trailer = 32};
	struct bench *bench = bench_open(&config);
	struct vl53l8cx_settings want, read;

	(void)state;
	assert_int_equal(vl53l8cx_init(&bench->chip, 1), 0);
	for (unsigned i = 0; i < 100; i++) {
		want = (struct vl53l8cx_settings){
			.resolution = i & 1 ? 8 : 4,
			.rate_hz = (uint8_t)(i & 1 ? 1 + i % 15 : 1 + i % 60),
			.integration_ms = (uint16_t)(2 + i * 10),
			.continuous = i & 2,
			.sharpener_percent = (uint8_t)i,
			.order = i & 4 ? VL53L8CX_ORDER_CLOSEST : VL53L8CX_ORDER_STRONGEST,
			.xtalk_margin_kcps = (uint16_t)(i * 101),
			.vhv_repeat = i * 12345,
			.external_sync = !(i & 2) && i & 8,
			.results_crc = i & 16,
			.targets = (uint8_t)(1 + i / 32),
			.outputs = VL53L8CX_OUTPUTS_NEEDED,
		};
		assert_null(vl53l8cx_settings_check(&want));
		assert_int_equal(vl53l8cx_configure(&bench->chip, &want), 0);
		assert_int_equal(vl53l8cx_settings_read(&bench->chip, &read), 0);
		assert_settings(&read, &want);
	}
	bench_close(bench);
}

static void test_same_settings_cost_nothing(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct vl53l8cx_settings settings;
	unsigned transfers;

	(void)state;
	bench_init(bench);
	settings = bench->chip.wanted;
	transfers = bench->transfers;
	assert_int_equal(vl53l8cx_configure(&bench->chip, &settings), 0);
	assert_int_equal(bench->transfers, transfers);
	settings.rate_hz = 10;
	assert_int_equal(vl53l8cx_configure(&bench->chip, &settings), 0);
	bench_assert_sent(bench, 0x2ff0, "54580040 041A0A00 0000000F 0501000C");
	bench_close(bench);
}

static void test_settings_limits(void **state)
{
	struct bench *bench = bench_open(NULL);
	struct vl53l8cx_settings good, bad;
	unsigned transfers;

	(void)state;
	bench_init(bench);
	good = bench->chip.wanted;
	transfers = bench->transfers;
#define REFUSED(change)                                                                                                \
	do {                                                                                                           \
		bad = good;                                                                                            \
		change;                                                                                                \
		assert_int_equal(vl53l8cx_configure(&bench->chip, &bad), -EINVAL);                                     \
		assert_int_equal(bench->chip.error, VL53L8CX_ERROR_SETTING);                                           \
	} while (0)
	REFUSED(bad.resolution = 5);
	REFUSED(bad.rate_hz = 0);
	REFUSED(bad.rate_hz = 16);
	REFUSED((bad.resolution = 4, bad.rate_hz = 61));
	REFUSED(bad.integration_ms = 1);
	REFUSED(bad.integration_ms = 1001);
	REFUSED(bad.sharpener_percent = 100);
	REFUSED(bad.order = 0);
	REFUSED(bad.order = 3);
	REFUSED(bad.xtalk_margin_kcps = 10001);
	REFUSED((bad.continuous = true, bad.external_sync = true));
	REFUSED(bad.targets = 0);
	REFUSED(bad.targets = 5);
	REFUSED(bad.outputs = VL53L8CX_OUTPUT_DISTANCE);
	REFUSED(bad.outputs = 0xffff);
	REFUSED(bad.results_crc = true); /* not with trailer 24 */
	assert_int_equal(bench->transfers, transfers);
	bench_close(bench);
}

static void test_period(void **state)
{
	struct vl53l8cx_settings settings;

	(void)state;
	vl53l8cx_settings_default(&settings);
	assert_int_equal(vl53l8cx_settings_period_us(&settings), 100000);
	settings.integration_ms = 100; /* 4 x 100 + 1 ms are more */
	assert_int_equal(vl53l8cx_settings_period_us(&settings), 401000);
	settings.continuous = true;
	assert_int_equal(vl53l8cx_settings_period_us(&settings), 100000);
	settings.continuous = false;
	settings.resolution = 4;
	settings.rate_hz = 60;
	settings.integration_ms = 5;
	assert_int_equal(vl53l8cx_settings_period_us(&settings), 16666);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings_on_the_wire),
		cmocka_unit_test(test_settings_round_trip),
		cmocka_unit_test(test_same_settings_cost_nothing),
		cmocka_unit_test(test_settings_limits),
		cmocka_unit_test(test_period),
	};

	return cmocka_run_group_tests_name("vl53l8cx-settings", tests, NULL, NULL);
}
