/* SPDX-License-Identifier: Apache-2.0 */
/* test-replay.c - recordings as a frame source. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/source.h"
#include "tests/unit/recording-fixture.h"

#define MS 1000000ull

struct room {
	char directory[FIXTURE_PATH];
	struct source_config config;
	struct source *source;
	struct frame frame;
};

static int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	fixture_directory(room->directory);
	room->config.type = "replay";
	room->config.path = room->directory;
	room->config.fast = true;
	*state = room;
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;

	source_free(room->source);
	fixture_remove(room->directory);
	free(room);
	return 0;
}

static void open_source(struct room *room)
{
	assert_int_equal(replay_source_ops.open(&room->config, &room->source), 0);
}

static int next(struct room *room)
{
	return room->source->ops->dispatch(room->source, &room->frame);
}

static bool readable(struct room *room, int timeout_ms)
{
	struct pollfd fd = {.fd = room->source->ops->fd(room->source), .events = POLLIN};

	return poll(&fd, 1, timeout_ms) == 1;
}

static struct source_health health_of(struct room *room)
{
	struct source_health health;

	room->source->ops->health(room->source, &health);
	return health;
}

/* A broken recording that sorts between the good ones. */
static void add_broken(struct room *room, const char *name)
{
	char path[FIXTURE_PATH + 32];

	snprintf(path, sizeof(path), "%s/%s", room->directory, name);
	fixture_save(path, "PK\003\004 nonsense", 13);
}

static void test_fast(void **state)
{
	struct room *room = *state;
	uint64_t last = 0;

	fixture_record(room->directory, "Fist", 150, 1700000000);
	fixture_record(room->directory, "Love", 10, 1700000020);
	open_source(room);
	for (uint32_t i = 0; i < 160; i++) {
		assert_true(readable(room, 0));
		assert_int_equal(next(room), 1);
		assert_int_equal(room->frame.seq, i);
		assert_int_equal(room->frame.label, i < 150 ? 32 : 24);
		/* 0.1 s in and between chunks of a log; the 5.1 s between the logs are cut to one. */
		if (i > 0)
			assert_int_equal(room->frame.t_ns - last, i == 150 ? 1000 * MS : 100 * MS);
		last = room->frame.t_ns;
	}
	assert_int_equal(health_of(room).frames, 160);
	assert_int_equal(health_of(room).rate_hz, 10);
	for (int i = 0; i < 3; i++) {
		assert_true(readable(room, 0));
		assert_int_equal(next(room), -ENODATA);
	}
	assert_int_equal(health_of(room).state, SOURCE_ENDED);
	assert_int_equal(health_of(room).error, 0);
	assert_int_equal(room->source->ops->recover(room->source, SOURCE_RUNG_RESYNC), -EOPNOTSUPP);
}

static void test_fixed_rate(void **state)
{
	struct room *room = *state;
	uint64_t first;

	fixture_record(room->directory, "Fist", 5, 1700000000);
	fixture_record(room->directory, "Love", 5, 1700001000);
	room->config.rate_hz = 50;
	open_source(room);
	assert_int_equal(next(room), 1);
	first = room->frame.t_ns;
	for (unsigned i = 1; i < 10; i++) {
		assert_int_equal(next(room), 1);
		assert_int_equal(room->frame.t_ns, first + i * 20 * MS);
	}
	assert_int_equal(health_of(room).rate_hz, 50);
}

static void test_loop(void **state)
{
	struct room *room = *state;
	uint64_t last = 0;

	fixture_record(room->directory, "Fist", 7, 1700000000);
	room->config.loop = true;
	open_source(room);
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(next(room), 1);
		assert_int_equal(room->frame.seq, i);
		assert_true(room->frame.t_ns > last);
		assert_int_equal(room->frame.distance_q2[5], fixture_frame(i % 7, 8).distance_q2[5]);
		last = room->frame.t_ns;
	}
}

static void test_real_time(void **state)
{
	struct room *room = *state;
	uint64_t first = 0;

	fixture_record(room->directory, "Fist", 4, 1700000000);
	room->config.fast = false;
	room->config.rate_hz = 100;
	open_source(room);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(readable(room, 5000));
		assert_int_equal(next(room), 1);
		if (i == 0)
			first = room->frame.t_ns;
		/* Never before its time, and with the time it was due. */
		assert_true(clock_now_ns(clock_monotonic()) >= room->frame.t_ns);
		assert_int_equal(room->frame.t_ns, first + i * 10 * MS);
	}
	assert_true(readable(room, 5000));
	assert_int_equal(next(room), -ENODATA);
}

static void test_real_time_waits(void **state)
{
	struct room *room = *state;

	fixture_record(room->directory, "Fist", 3, 1700000000);
	room->config.fast = false;
	room->config.rate_hz = 1;
	open_source(room);
	assert_true(readable(room, 5000));
	assert_int_equal(next(room), 1);
	assert_false(readable(room, 0));
	assert_int_equal(next(room), 0);
	assert_false(readable(room, 0));
}

static void test_broken_file_among_good_ones(void **state)
{
	struct room *room = *state;
	struct source_health health;

	fixture_record(room->directory, "Fist", 3, 1700000000);
	fixture_record(room->directory, "Love", 3, 1700000000);
	add_broken(room, "Gone.npz");
	open_source(room);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(next(room), 1);
	assert_int_equal(next(room), -ENODATA);
	health = health_of(room);
	assert_int_equal(health.warnings, 1);
	assert_non_null(strstr(health.warning, "skipped: "));
	assert_non_null(strstr(health.warning, "Gone.npz"));
	assert_int_equal(health.error, 0);
}

static void test_nothing_readable(void **state)
{
	struct room *room = *state;

	add_broken(room, "a.npz");
	add_broken(room, "b.npz");
	room->config.loop = true;
	open_source(room);
	assert_true(readable(room, 0));
	assert_int_equal(next(room), -EBADMSG);
	assert_int_equal(health_of(room).state, SOURCE_ENDED);
	assert_int_equal(health_of(room).error, -EBADMSG);
	assert_int_equal(health_of(room).warnings, 2);
	assert_non_null(strstr(health_of(room).reason, "not a readable .npz"));
}

static void test_no_such_path(void **state)
{
	struct room *room = *state;

	room->config.path = "/nonexistent/recordings";
	assert_int_equal(replay_source_ops.open(&room->config, &room->source), -ENOENT);
	room->config.path = "";
	assert_int_equal(replay_source_ops.open(&room->config, &room->source), -EINVAL);
	assert_null(room->source);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_fast),
		T(test_fixed_rate),
		T(test_loop),
		T(test_real_time),
		T(test_real_time_waits),
		T(test_broken_file_among_good_ones),
		T(test_nothing_readable),
		T(test_no_such_path),
	};
	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
