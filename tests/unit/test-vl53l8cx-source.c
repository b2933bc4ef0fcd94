/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-vl53l8cx-source.c - the frame source with its thread, the real driver below it and the emulated chip below
 * that: steady frames, traffic, time, the end of a scene, and what it waits for.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sensor/clock.h"
#include "sensor/firmware.h"
#include "tests/unit/source-rig.h"

enum { PERIOD_NS = 66666000 };

/* --- the good days ---------------------------------------------------------------------------------------------- */

static void check_steady(const struct source_config *config, unsigned frames)
{
	struct source *source = rig_open(config);
	struct source_health health;
	struct frame frame;
	uint64_t before_ns = 0;

	for (uint32_t i = 0; i < frames; i++) {
		assert_int_equal(rig_next(source, &frame), 1);
		assert_int_equal(frame.seq, i);
		assert_int_equal(frame.lost, 0);
		assert_int_equal(frame.cols, config->resolution);
		assert_int_equal(frame.rows, config->resolution);
		/* Polling sees a frame up to a sixteenth of a period late, and then one early. */
		if (before_ns)
			assert_in_range(frame.t_ns - before_ns, PERIOD_NS * 14ull / 16, PERIOD_NS * 18ull / 16);
		before_ns = frame.t_ns;
	}
	health = rig_health(source);
	assert_int_equal(health.state, SOURCE_RUNNING);
	assert_string_equal(health.reason, "");
	assert_int_equal(health.error, 0);
	assert_int_equal(health.deadline_ns, 0); /* virtual time */
	assert_string_equal(health.device, "vl53l8cx rev 0x0c at emulator:0x29, firmware synthetic");
	assert_int_equal(health.rate_hz, 15);
	assert_true(health.frames >= frames);
	assert_int_equal(health.lost + health.missed_edges + health.spurious_edges + health.warnings, 0);
	for (int i = 0; i < SOURCE_REJECTS_COUNT; i++)
		assert_int_equal(health.rejects[i], 0);
	for (int i = 0; i < SOURCE_RUNGS_COUNT; i++)
		assert_int_equal(health.recoveries[i], 0);
	assert_int_equal(health.i2c.failures, 0);
	assert_true(health.i2c.bytes_out > FIRMWARE_IMAGE_BYTES);
	assert_null(source_free(source));
}

static void test_steady(void **state)
{
	struct source_config config = rig_config();

	(void)state;
	check_steady(&config, 600); /* twice around the stream count */
	config.resolution = 4;
	check_steady(&config, 50);
	config.all_outputs = true;
	config.scl_hz = 400000;
	check_steady(&config, 50);
}

static void test_without_int(void **state)
{
	struct source_config config = rig_config();

	(void)state;
	config.int_line = "";
	config.lpn_line = NULL;
	check_steady(&config, 300);
	config.scl_hz = 400000; /* reading takes a fifth of the period */
	check_steady(&config, 300);
}

/* With INT, a frame costs one transaction; polling adds a few short ones. */
static void test_traffic(void **state)
{
	struct source_config config = rig_config();
	uint64_t transfers[2], bytes[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct source *source = rig_open(&config);
		struct source_health first, last;

		rig_skip(source, 1);
		rig_await(source, SOURCE_RUNNING);
		/* The thread waits for room in the ring, so it stands still while we look. */
		poll(NULL, 0, 50);
		first = rig_health(source);
		rig_skip(source, 200);
		poll(NULL, 0, 50);
		last = rig_health(source);
		transfers[i] = (last.i2c.transfers - first.i2c.transfers) / (last.frames - first.frames);
		bytes[i] = (last.i2c.bytes_in + last.i2c.bytes_out - first.i2c.bytes_in - first.i2c.bytes_out) /
			   (last.frames - first.frames);
		source_free(source);
		config.int_line = "";
	}
	assert_int_equal(transfers[0], 1);
	assert_in_range(bytes[0], 580, 600);
	assert_in_range(transfers[1], 2, 5);
	assert_in_range(bytes[1], 580, 620);
}

/* On the machine's clock: time stamps, the deadline, and the newest frames when nobody takes them. */
static void test_real_time(void **state)
{
	struct source_config config = rig_config();
	struct source_health health;
	struct timespec wall;
	struct source *source;
	struct frame frame;
	uint64_t now;
	uint32_t seq;

	(void)state;
	config.virtual_time = false;
	config.resolution = 4;
	config.rate_hz = 60;
	config.integration_ms = 5;
	source = rig_open(&config);
	for (int i = 0; i < 5; i++)
		assert_int_equal(rig_next(source, &frame), 1);
	now = clock_now_ns(clock_monotonic());
	clock_gettime(CLOCK_REALTIME, &wall);
	assert_in_range(now - frame.t_ns, 0, 1000000000);
	assert_in_range((uint64_t)wall.tv_sec * 1000000 + (uint64_t)wall.tv_nsec / 1000 - frame.wall_us, 0, 1000000);
	health = rig_health(source);
	assert_in_range(health.deadline_ns, now, now + 30000000000ull);
	assert_true(health.state_since_ns <= now);

	while (rig_health(source).rejects[SOURCE_REJECT_OVERRUN] < 10)
		poll(NULL, 0, 10);
	seq = frame.seq;
	assert_int_equal(rig_next(source, &frame), 1);
	assert_true(frame.seq >= seq + 10);
	assert_null(source_free(source));
}

/* A slow taker loses nothing in virtual time, and the end comes after the last frame. */
static void test_end_of_scene(void **state)
{
	char path[] = "/tmp/test-source.XXXXXX";
	char scene[64];
	struct source_config config = rig_config();
	struct source *source;
	struct frame frame;
	uint32_t n = 0;
	int fd = mkstemp(path);
	int r;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "2 empty\n2 hand:Fist\n", 20), 20);
	close(fd);
	snprintf(scene, sizeof(scene), "script:%s", path);
	config.scene = scene;
	source = rig_open(&config);
	while ((r = rig_next(source, &frame)) == 1) {
		assert_int_equal(frame.seq, n++);
		assert_int_equal(frame.lost, 0);
		poll(NULL, 0, 1);
	}
	assert_int_equal(r, -ENODATA);
	assert_in_range(n, 59, 61);
	assert_int_equal(source->ops->dispatch(source, &frame), -ENODATA);
	assert_int_equal(rig_health(source).state, SOURCE_ENDED);
	assert_int_equal(source->ops->recover(source, SOURCE_RUNG_RESTART), -ENODATA);
	source_free(source);
	unlink(path);
}

static void test_thread_has_no_signals(void **state)
{
	struct source_config config = rig_config();
	struct source *source;
	sigset_t before, after;

	(void)state;
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	source = rig_open(&config);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (int i = 1; i < NSIG; i++)
		assert_int_equal(sigismember(&before, i), sigismember(&after, i));
	rig_skip(source, 3);
	source_free(source);
}

/* --- what is configured ------------------------------------------------------------------------------------------ */

static void test_bad_settings(void **state)
{
	static const struct {
		uint8_t resolution, rate_hz;
		uint16_t integration_ms;
		uint8_t sharpener_percent;
	} table[] = {{8, 16, 10, 5}, {4, 61, 10, 5}, {5, 10, 10, 5}, {8, 0, 10, 5}, {8, 10, 1, 5}, {8, 10, 10, 100}};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct source_config config = rig_config();
		struct source *source = NULL;

		config.resolution = table[i].resolution;
		config.rate_hz = table[i].rate_hz;
		config.integration_ms = table[i].integration_ms;
		config.sharpener_percent = table[i].sharpener_percent;
		assert_int_equal(source_open(&config, &source), -EINVAL);
		assert_null(source);
	}
}

/* What is missing is waited for, and the reason says what to do. */
static void check_waits(const struct source_config *config, int error, const char *text)
{
	struct source *source = rig_open(config);
	struct source_health health;
	struct frame frame;

	rig_await(source, SOURCE_WAITING);
	health = rig_health(source);
	assert_int_equal(health.error, error);
	if (!strstr(health.reason, text))
		fail_msg("\"%s\" is not in \"%s\"", text, health.reason);
	assert_int_equal(source->ops->dispatch(source, &frame), 0);
	assert_null(source_free(source));
}

static void test_waiting(void **state)
{
	struct source_config config = rig_config();

	(void)state;
	config.scene = "nonsense";
	check_waits(&config, -EINVAL, "nonsense");
	config = rig_config();
	config.faults = "at nothing: nack";
	check_waits(&config, -EINVAL, "line 1");
	config = rig_config();
	config.firmware = "/nonexistent/vl53l8cx.fw";
	check_waits(&config, -ENOENT, "vl53l8cx-fwcut vl53l8cx_buffers.h -o /nonexistent/vl53l8cx.fw");
	config.firmware = "/dev/null";
	check_waits(&config, -EBADMSG, "not a plain file");
}

/* Without hardware: a firmware is needed before the bus is looked for. */
static void test_no_adapter(void **state)
{
	struct source_config config = rig_config();
	char path[] = "/tmp/test-source-fw.XXXXXX";
	static const uint8_t no_source[32];
	struct firmware *firmware = malloc(sizeof(*firmware));

	(void)state;
	assert_non_null(firmware);
	close(mkstemp(path));
	firmware_synthetic(1, firmware);
	assert_int_equal(firmware_save(firmware, no_source, NULL, path), 0);
	config.virtual_time = false;
	config.firmware = path;
	config.bus = "/dev/i2c-4711";
	check_waits(&config, -ENODEV, "no I2C adapter /dev/i2c-4711; adapters here: ");
	config.bus = "no such adapter";
	check_waits(&config, -ENODEV, "no I2C adapter no such adapter");
	unlink(path);
	free(firmware);
}

/* The service was started first, then somebody ran the cutter. */
static void test_firmware_appears(void **state)
{
	struct source_config config = rig_config();
	char path[] = "/tmp/test-source-fw.XXXXXX";
	static const uint8_t no_source[32];
	struct firmware *firmware = malloc(sizeof(*firmware));
	struct source *source;

	(void)state;
	assert_non_null(firmware);
	close(mkstemp(path));
	unlink(path);
	config.firmware = path;
	source = rig_open(&config);
	rig_await(source, SOURCE_WAITING);
	firmware_synthetic(5, firmware);
	snprintf(firmware->version, sizeof(firmware->version), "later");
	assert_int_equal(firmware_save(firmware, no_source, NULL, path), 0);
	rig_skip(source, 3);
	assert_non_null(strstr(rig_health(source).device, "firmware later"));
	source_free(source);
	unlink(path);
	free(firmware);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steady),	     cmocka_unit_test(test_without_int),
		cmocka_unit_test(test_traffic),	     cmocka_unit_test(test_real_time),
		cmocka_unit_test(test_end_of_scene), cmocka_unit_test(test_thread_has_no_signals),
		cmocka_unit_test(test_bad_settings), cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_no_adapter),   cmocka_unit_test(test_firmware_appears),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
