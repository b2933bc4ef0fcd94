/* SPDX-License-Identifier: Apache-2.0 */
/* fault-checks.c - faults whose reaction is more than counters (see fault-checks.h). */
#include "tests/fault/fault-checks.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sensor/vl53l8cx-address.h"
#include "sensor/vl53l8cx-internal.h"
#include "tests/fault/fault-bench.h"
#include "tests/unit/driver-bench.h"

enum { OTHER_ADDRESS = 0x2a, SENSORS = 2, A_FEW_BYTES = 600 };

/* Opens a source with the script and holds it at the state. */
static struct fault_bench *held_at(const char *script, enum source_state state, unsigned times)
{
	const struct source_config config = fault_config(script);
	struct fault_bench *bench = test_malloc(sizeof(*bench));

	fault_bench_open(bench, &config);
	fault_bench_until(bench, state, times);
	return bench;
}

static void release(struct fault_bench *bench)
{
	fault_bench_close(bench);
	test_free(bench);
}

/* --- before anything is sent ------------------------------------------------------------------------------------- */

/* Nothing of the firmware goes to a chip that is another one. */
void check_another_chip(void)
{
	struct fault_bench *bench = held_at("always: wrong-id", SOURCE_WAITING, 3);

	assert_int_equal(bench->health.error, -ENOTSUP);
	assert_in_range(bench->health.i2c.bytes_out, 1, 3 * A_FEW_BYTES);
	release(bench);
	bench = held_at("always: wrong-id 0x44 0x0C", SOURCE_WAITING, 3);
	assert_int_equal(bench->health.error, -ENODEV);
	assert_in_range(bench->health.i2c.bytes_out, 1, 3 * A_FEW_BYTES);
	release(bench);
}

void check_ram_denied(void)
{
	struct fault_bench *bench = held_at("always: ram-denied", SOURCE_WAITING, 1);

	assert_int_equal(bench->health.recoveries[SOURCE_RUNG_REBOOT], 1);
	assert_in_range(bench->health.i2c.bytes_out, 1, 3 * A_FEW_BYTES);
	release(bench);
}

/* A damaged download is repeated once, not more. */
void check_two_uploads(void)
{
	struct fault_bench *bench =
		held_at("at boot 2: firmware-flip 100; at boot 3: firmware-flip 40001", SOURCE_RECOVERING, 1);

	assert_int_equal(bench->health.error, -EBADMSG);
	assert_in_range(bench->health.i2c.bytes_out, 2 * FIRMWARE_IMAGE_BYTES, 2 * FIRMWARE_IMAGE_BYTES + 3000);
	release(bench);
}

/* Makes the image one that is known as another chip's, by the checksum over its words and their addresses. */
static void image_of_vl53l7cx(struct firmware *firmware)
{
	enum { AT = 0x8000, CHECKSUM = (int)0x8b118ce7 };
	const uint32_t address = 0x00420000 + AT;
	uint8_t *p = firmware->image + AT;
	uint32_t term = bytes_get_be32(p) + address;

	term ^= firmware_checksum(firmware->image) ^ (uint32_t)CHECKSUM;
	bytes_put_be32(p, term - address);
	firmware->checksum = firmware_checksum(firmware->image);
	assert_int_equal(firmware->checksum, (uint32_t)CHECKSUM);
}

static void check_refused(struct fault_bench *bench, const struct source_config *config, int error, const char *reason)
{
	fault_bench_open(bench, config);
	fault_bench_until(bench, SOURCE_WAITING, 1);
	if (!strstr(bench->health.reason, reason))
		fail_msg("\"%s\" is not in \"%s\"", reason, bench->health.reason);
	assert_false(bench->has_bus);
	assert_int_equal(bench->health.i2c.transfers, 0);
	assert_int_equal(bench->health.error, error);
	fault_bench_close(bench);
}

/* Missing, cut short, damaged, another format, another chip's image: said, and the bus is not even opened. */
void check_firmware_file(void)
{
	enum { TRUNCATED = 50000, IN_IMAGE = 20000 };
	static const struct {
		long length; /* of the file, -1 = whole */
		long flip;   /* byte, -1 = none */
		const char *reason;
	} files[] = {{0, -1, "too short"},
		     {TRUNCATED, -1, "its header says"},
		     {-1, IN_IMAGE, "wrong CRC"},
		     {-1, 0, "not made by vl53l8cx-fwcut"}};
	static const uint8_t no_source[32];
	struct firmware *firmware = test_malloc(sizeof(*firmware));
	struct source_config config = fault_config("");
	struct fault_bench *bench = test_malloc(sizeof(*bench));
	char path[] = "/tmp/test-faults.XXXXXX";

	close(mkstemp(path));
	firmware_synthetic(1, firmware);
	config.firmware = path;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd;

		assert_int_equal(firmware_save(firmware, no_source, NULL, path), 0);
		fd = open(path, O_RDWR | O_CLOEXEC);
		assert_true(fd >= 0);
		if (files[i].length >= 0)
			assert_int_equal(ftruncate(fd, files[i].length), 0);
		if (files[i].flip >= 0)
			assert_int_equal(pwrite(fd, "\xA5", 1, files[i].flip), 1);
		close(fd);
		check_refused(bench, &config, -EBADMSG, files[i].reason);
	}
	image_of_vl53l7cx(firmware);
	assert_int_equal(firmware_save(firmware, no_source, NULL, path), 0);
	check_refused(bench, &config, -EBADMSG, "firmware for the VL53L7CX, not for this sensor");
	unlink(path);
	check_refused(bench, &config, -ENOENT, "vl53l8cx-fwcut");
	test_free(bench);
	test_free(firmware);
}

/* --- laser safety ------------------------------------------------------------------------------------------------ */

static void check_latch(const char *script, unsigned frames_min)
{
	struct fault_bench *bench = held_at(script, SOURCE_FAULT, 1);

	assert_int_equal(bench->health.error, -EHWPOISON);
	assert_non_null(strstr(bench->health.reason, "laser safety fault (0x05)"));
	assert_false(bench->ranging);
	assert_true(bench->frames >= frames_min);
	for (enum source_rung rung = 0; rung < SOURCE_RUNGS_COUNT; rung++)
		assert_int_equal(bench->source->ops->recover(bench->source, rung), -EHWPOISON);
	release(bench);
}

/* The chip is stopped, no rung is taken and none can be asked for: at the first start, and at a later one. */
void check_laser(void)
{
	struct fault_bench *bench = held_at("at boot 2: laser 5", SOURCE_FAULT, 1);

	for (enum source_rung rung = 0; rung < SOURCE_RUNGS_COUNT; rung++)
		assert_int_equal(bench->health.recoveries[rung], 0);
	assert_int_equal(bench->made, 0);
	release(bench);
	check_latch("at boot 2: laser 5", 0);
	check_latch("at frame 40: brown-out; at boot 4: laser 5", 39);
	check_latch("at frame 40..45: footer-id; at frame 45..47: laser 5", 39);
}

/* --- frames ------------------------------------------------------------------------------------------------------ */

/* 254 is followed by 0, and nothing is lost there. */
void check_wrap(void)
{
	struct fault_bench *bench = held_at("", SOURCE_RUNNING, 600);

	fault_bench_check_counters(bench, "");
	assert_int_equal(bench->frame.stream, bench->frame.seq % 255);
	assert_true(bench->frame.seq > 2 * 255);
	release(bench);
}

/* The driver alone on firmware MM1.8.0.1 with its results CRC: what it makes of five frames. */
static void check_crc_catches(const char *script, unsigned dropped)
{
	const struct bench_config config = {.faults = script, .trailer = 32};
	struct bench *bench = bench_open(&config);
	struct vl53l8cx_settings settings;
	unsigned good = 0, bad = 0, lost = 0;

	vl53l8cx_settings_default(&settings);
	settings.rate_hz = FAULT_RATE_HZ;
	settings.results_crc = true;
	assert_int_equal(vl53l8cx_init(&bench->chip, 1), 0);
	assert_int_equal(vl53l8cx_configure(&bench->chip, &settings), 0);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	while (good < 5) {
		enum vl53l8cx_verdict verdict;
		struct frame frame;
		int r = vl53l8cx_data_ready(&bench->chip);

		assert_in_range(r, 0, 1);
		if (r == 1 && vl53l8cx_read_frame(&bench->chip, &frame, &verdict) == 1) {
			lost += frame.lost;
			good++;
		} else if (r == 1) {
			assert_int_equal(verdict, VL53L8CX_VERDICT_CRC);
			bad++;
		}
		bench_sleep_ms(bench, 1);
	}
	assert_int_equal(bad, dropped);
	assert_true(lost >= dropped);
	bench_close(bench);
}

void check_crc(void)
{
	check_crc_catches("", 0);
	check_crc_catches("at frame 3..4: crc", 2);
}

/*
 * With MM1.8 nothing tells such a tear: the frame is taken, with one half of the next, and all goes on. The CRC of
 * MM1.8.0.1 does.
 */
void check_tear_with_equal_ids(void)
{
	struct fault_bench *bench = held_at("at frame 40 times 1: torn-same-id", SOURCE_RUNNING, 100);

	fault_bench_check_counters(bench, "lost 0-1 unseen 0-1 spurious * stale *");
	release(bench);
	check_crc_catches("at frame 3 times 1: torn-same-id", 1);
}

/* What a host finds that reads on blindly: no frame, whatever the page register fell back to. */
void check_brown_out(void)
{
	struct bench *bench = bench_open(NULL);
	enum vl53l8cx_verdict verdict = VL53L8CX_VERDICT_GOOD;
	struct frame frame;

	bench_init(bench);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	bench_frame(bench, 200, &frame);
	emulator_power_cycle(bench->emulator);
	for (unsigned ms = 0; ms < 100; ms += 10) {
		assert_in_range(vl53l8cx_read_frame(&bench->chip, &frame, &verdict) + 1, 0, 1);
		assert_int_not_equal(verdict, VL53L8CX_VERDICT_GOOD);
		(void)vl53l8cx_read(&bench->chip, PAGE_FIRMWARE, REG_RESULT, bench->chip.raw,
				    4); /* page 2 again: zeros */
		bench_sleep_ms(bench, 10);
	}
	bench_close(bench);
}

/* Edges without end cost a bounded number of looks, and no frame. */
void check_edges(void)
{
	static const char *const scripts[] = {"always: int-storm 100000", "at frame 10..: int-spurious 1000",
					      "at frame 10..: int-stuck"};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct fault_bench *bench = held_at(scripts[i], SOURCE_RUNNING, 10);
		uint64_t transfers = bench->health.i2c.transfers;

		fault_bench_until(bench, SOURCE_RUNNING, 300);
		assert_in_range(bench->health.i2c.transfers - transfers, 300, 300 * 8);
		assert_int_equal(bench->lost, 0);
		release(bench);
	}
}

/* --- values go through as they are ------------------------------------------------------------------------------- */

void check_targets(void)
{
	static const uint8_t statuses[] = {0, 13, 14, 200, 255};
	char script[64];
	struct fault_bench *bench = held_at("always: no-target", SOURCE_RUNNING, 5);

	for (unsigned z = 0; z < FRAME_ZONES_MAX; z++) {
		assert_int_equal(bench->frame.count[z], 0);
		assert_int_equal(bench->frame.status[z], FRAME_STATUS_NONE);
	}
	release(bench);
	bench = held_at("always: negative", SOURCE_RUNNING, 5);
	for (unsigned z = 0; z < FRAME_ZONES_MAX; z++)
		assert_int_equal(bench->frame.distance_q2[z], -10 - (int)z);
	release(bench);
	for (size_t i = 0; i < sizeof(statuses); i++) {
		snprintf(script, sizeof(script), "always: status %u", statuses[i]);
		bench = held_at(script, SOURCE_RUNNING, 5);
		for (unsigned z = 0; z < FRAME_ZONES_MAX; z++)
			assert_int_equal(bench->frame.status[z], bench->frame.count[z] ? statuses[i] : 255);
		release(bench);
	}
}

void check_temperature(void)
{
	static const int8_t celsius[] = {-40, 125, -128};
	char script[64];

	for (size_t i = 0; i < sizeof(celsius); i++) {
		struct fault_bench *bench;

		snprintf(script, sizeof(script), "always: temperature %d", celsius[i]);
		bench = held_at(script, SOURCE_RUNNING, 5);
		assert_int_equal(bench->frame.temperature_c, celsius[i]);
		assert_int_equal(bench->health.temperature_c, celsius[i]);
		release(bench);
	}
}

/* --- several sensors, slow buses --------------------------------------------------------------------------------- */

static void two_ranging(struct bench *bench, struct vl53l8cx *second)
{
	struct vl53l8cx *chips[SENSORS] = {&bench->chip, second};
	struct gpio_line *lpn[SENSORS] = {emulator_lpn(bench->emulator, 0), emulator_lpn(bench->emulator, 1)};
	struct vl53l8cx_settings settings;

	vl53l8cx_setup(second, &bench->base, emulator_clock(bench->emulator), OTHER_ADDRESS, &bench->firmware);
	bench->chip.i2c.address = OTHER_ADDRESS + 1;
	assert_int_equal(vl53l8cx_address_assign(chips, lpn, SENSORS), 0);
	vl53l8cx_settings_default(&settings);
	for (unsigned i = 0; i < SENSORS; i++) {
		assert_int_equal(vl53l8cx_init(chips[i], 1), 0);
		assert_int_equal(vl53l8cx_configure(chips[i], &settings), 0);
		assert_int_equal(vl53l8cx_start(chips[i]), 0);
	}
}

/* The other sensor goes on whatever happens. One that was switched off is found; one that is in use is not taken. */
void check_address_lost(void)
{
	static const struct {
		const char *faults;
		int r;
	} rows[] = {{"sensor 1 after 10s: brown-out", 0}, {"sensor 1 after 10s: address-lost", -EADDRNOTAVAIL}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct bench_config config = {.faults = rows[i].faults, .sensors = SENSORS};
		struct bench *bench = bench_open(&config);
		struct vl53l8cx *second = test_malloc(sizeof(*second));
		struct frame frame;

		two_ranging(bench, second);
		assert_in_range(vl53l8cx_data_ready(second), 0, 1);
		bench_frame(bench, 300, &frame);
		bench_sleep_ms(bench, 11000);
		assert_int_equal(vl53l8cx_data_ready(second), -ENXIO);
		assert_int_equal(vl53l8cx_reinit(second), rows[i].r);
		assert_int_equal(second->i2c.address, OTHER_ADDRESS);
		if (rows[i].r < 0)
			assert_int_equal(second->error, VL53L8CX_ERROR_ADDRESS);
		else
			assert_in_range(vl53l8cx_data_ready(second), 0, 1);
		bench_frame(bench, 300, &frame);
		test_free(second);
		bench_close(bench);
	}
}

/* All outputs at 100 kHz take two periods: said at the start, and no rung is taken, for none would help. */
void check_slow_bus(void)
{
	struct source_config config = fault_config("");
	struct fault_bench *bench = test_malloc(sizeof(*bench));
	uint64_t transfers, now_ns;

	config.all_outputs = true;
	config.scl_hz = 100000;
	fault_bench_open(bench, &config);
	fault_bench_until(bench, SOURCE_WAITING, 1);
	assert_int_equal(strncmp(bench->health.warning, "slow bus: a frame takes 1", 25), 0);
	transfers = bench->health.i2c.transfers;
	now_ns = bench->now_ns;
	fault_bench_until(bench, SOURCE_WAITING, 20);
	assert_non_null(strstr(bench->health.reason, "faster clock"));
	assert_int_equal(bench->health.warnings, 1);
	for (enum source_rung rung = 0; rung < SOURCE_RUNGS_COUNT; rung++)
		assert_int_equal(bench->health.recoveries[rung], 0);
	assert_in_range(bench->health.i2c.transfers - transfers, 60, (bench->now_ns - now_ns) / 10000000);
	release(bench);
}
