/* SPDX-License-Identifier: Apache-2.0 */
/* test-recording.c - capture files: round trip, ST's layout, and every way in which a file can be bad. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sensor/npz.h"
#include "sensor/recording.h"
#include "tests/unit/recording-fixture.h"

struct room {
	char directory[FIXTURE_PATH];
	char path[FIXTURE_PATH + 16];
	char reason[RECORDING_REASON];
};

static int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	fixture_directory(room->directory);
	snprintf(room->path, sizeof(room->path), "%s/a.npz", room->directory);
	*state = room;
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;

	fixture_remove(room->directory);
	free(room);
	return 0;
}

static struct recording_list list_of(struct room *room)
{
	struct recording_list list;

	assert_int_equal(recording_list_open(room->directory, &list, room->reason), 0);
	return list;
}

static struct recording_writer *writer_for(struct room *room, bool extra_fields)
{
	struct recording_writer_config config = {
		.directory = room->directory,
		.class_name = "Like",
		.user = "User7",
		.label = 21,
		.extra_fields = extra_fields,
		.now_s = 1700000000,
	};
	struct recording_writer *writer;

	assert_int_equal(recording_writer_open(&config, &writer, room->reason), 0);
	return writer;
}

static void assert_same_frame(const struct frame *a, const struct frame *b, bool extra)
{
	assert_int_equal(a->cols, b->cols);
	assert_int_equal(a->label, b->label);
	assert_int_equal(a->wall_us, b->wall_us);
	assert_memory_equal(a->status, b->status, sizeof(a->status));
	assert_memory_equal(a->count, b->count, sizeof(a->count));
	assert_memory_equal(a->distance_q2, b->distance_q2, sizeof(a->distance_q2));
	assert_memory_equal(a->signal_q11, b->signal_q11, sizeof(a->signal_q11));
	if (!extra)
		return;
	assert_int_equal(a->fields, b->fields);
	assert_int_equal(a->temperature_c, b->temperature_c);
	assert_memory_equal(a->ambient_q11, b->ambient_q11, sizeof(a->ambient_q11));
	assert_memory_equal(a->sigma_q7, b->sigma_q7, sizeof(a->sigma_q7));
	assert_memory_equal(a->reflectance, b->reflectance, sizeof(a->reflectance));
	assert_memory_equal(a->spads, b->spads, sizeof(a->spads));
}

static void round_trip(struct room *room, bool extra, uint8_t side, uint32_t n)
{
	struct recording_writer *writer = writer_for(room, extra);
	struct recording_list list;
	uint32_t seen = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct frame frame = fixture_frame(i, side);

		assert_int_equal(recording_writer_add(writer, &frame), 0);
	}
	assert_int_equal(recording_writer_close(writer), 0);
	list = list_of(room);
	assert_int_equal(list.n, (n + RECORDING_CHUNK_FRAMES - 1) / RECORDING_CHUNK_FRAMES);
	for (size_t i = 0; i < list.n; i++) {
		struct recording recording;

		assert_int_equal(recording_read(list.paths[i], &recording, room->reason), 0);
		assert_string_equal(recording.class_name, "Like");
		assert_string_equal(recording.user, "User7");
		assert_ptr_equal(strstr(recording.log, "log__Like__User7__1__VL53L8__postured__"), recording.log);
		assert_int_equal(recording.frames[0].t_ns, 0);
		for (size_t k = 0; k < recording.n; k++, seen++) {
			struct frame frame = fixture_frame(seen, side);

			assert_same_frame(&recording.frames[k], &frame, extra);
			assert_int_equal(recording.frames[k].t_ns, k * 100000000ull);
		}
		recording_clear(&recording);
	}
	assert_int_equal(seen, n);
	recording_list_clear(&list);
}

static void test_round_trip_with_all_fields(void **state)
{
	round_trip(*state, true, 8, 2 * RECORDING_CHUNK_FRAMES + 7);
}

static void test_round_trip_as_st(void **state)
{
	round_trip(*state, false, 8, 30);
}

static void test_round_trip_4x4(void **state)
{
	round_trip(*state, true, 4, 5);
}

/* Without our extra fields a file has ST's members, channels and types, and no other. */
static void test_st_members(void **state)
{
	static const char *const channels[] = {"target_status", "valid", "signal_per_spad", "distance_mm"};
	struct room *room = *state;
	struct recording_writer *writer = writer_for(room, false);
	struct frame frame = fixture_frame(0, 8);
	struct recording_list list;
	struct npz_array array;
	struct npz *npz;
	char text[32];

	assert_int_equal(recording_writer_add(writer, &frame), 0);
	assert_int_equal(recording_writer_close(writer), 0);
	list = list_of(room);
	assert_int_equal(npz_open(list.paths[0], &npz, room->reason), 0);
	assert_false(npz_has(npz, "frame_tstmp"));
	assert_int_equal(npz_array_open(npz, "zone_head", 4096, &array, room->reason), 0);
	assert_int_equal(array.item_bytes, 4 * strlen("signal_per_spad"));
	assert_int_equal(array.items, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(npz_array_text(&array, text, sizeof(text), room->reason), 0);
		assert_string_equal(text, channels[i]);
	}
	assert_int_equal(npz_array_finish(&array, room->reason), 0);
	assert_int_equal(npz_array_open(npz, "glob_head", 4096, &array, room->reason), 0);
	assert_int_equal(npz_array_text(&array, text, sizeof(text), room->reason), 0);
	assert_string_equal(text, ".GestureGT");
	npz_array_close(&array);
	assert_int_equal(npz_array_open(npz, "start_tstmp", 4096, &array, room->reason), 0);
	assert_int_equal(array.dims, 0);
	npz_array_close(&array);
	npz_close(npz);
	recording_list_clear(&list);
}

/* --- bad files --------------------------------------------------------------------------------------------- */

/* A small file made member by member; each test spoils one thing. */
struct spoiled {
	const char *without;
	const char *zone_names[4];
	size_t names;
	uint64_t shape[3];
	unsigned dims;
	double value; /* of every zone and channel but target_status */
	double start, end;
	uint64_t glob_frames;
};

static const struct spoiled good = {
	.zone_names = {"target_status", "valid", "signal_per_spad", "distance_mm"},
	.names = 4,
	.shape = {4, 64, 3},
	.dims = 3,
	.value = 5,
	.start = 1700000000,
	.end = 1700000000.2,
	.glob_frames = 3,
};

static void build(struct room *room, const struct spoiled *how)
{
	const char *const glob[] = {".GestureGT"};
	double *values = malloc(4 * 64 * 8 * sizeof(*values));
	struct npz_writer *npz;

	for (size_t i = 0; i < 4 * 64 * 8; i++)
		values[i] = how->value;
	unlink(room->path);
	assert_int_equal(npz_writer_open(room->path, &npz, room->reason), 0);
#define ADD(member, call)                                                                                              \
	if (!how->without || strcmp(how->without, member) != 0)                                                        \
	assert_int_equal(call, 0)
	ADD("start_tstmp", npz_writer_numbers(npz, "start_tstmp", &how->start, 0, NULL));
	ADD("end_tstmp", npz_writer_numbers(npz, "end_tstmp", &how->end, 0, NULL));
	ADD("zone_data", npz_writer_numbers(npz, "zone_data", values, how->dims, how->shape));
	ADD("zone_head", npz_writer_texts(npz, "zone_head", how->zone_names, how->names));
	for (size_t i = 0; i < 8; i++)
		values[i] = 21;
	ADD("glob_data", npz_writer_numbers(npz, "glob_data", values, 2, (const uint64_t[]){1, how->glob_frames}));
	ADD("glob_head", npz_writer_texts(npz, "glob_head", glob, 1));
#undef ADD
	assert_int_equal(npz_writer_commit(npz, room->reason), 0);
	free(values);
}

static void expect(struct room *room, int error, const char *words)
{
	struct recording recording = {.n = 12345};

	room->reason[0] = '\0';
	assert_int_equal(recording_read(room->path, &recording, room->reason), error);
	assert_int_equal(recording.n, 12345); /* untouched */
	if (!strstr(room->reason, words))
		fail_msg("\"%s\" does not say \"%s\"", room->reason, words);
}

static void test_good_file(void **state)
{
	struct room *room = *state;
	struct recording recording;

	build(room, &good);
	assert_int_equal(recording_read(room->path, &recording, room->reason), 0);
	assert_int_equal(recording.n, 3);
	assert_int_equal(recording.frames[2].distance_q2[63], 20);
	assert_int_equal(recording.frames[2].signal_q11[63], 5 * 2048);
	assert_int_equal(recording.frames[2].label, 21);
	assert_int_equal(recording.frames[2].t_ns, 200000000);
	assert_string_equal(recording.class_name, "");
	recording_clear(&recording);
}

static void test_values_are_clamped(void **state)
{
	struct room *room = *state;
	struct spoiled huge = good;
	struct recording recording;

	huge.value = 1e300;
	build(room, &huge);
	assert_int_equal(recording_read(room->path, &recording, room->reason), 0);
	assert_int_equal(recording.frames[0].distance_q2[0], INT16_MAX);
	assert_int_equal(recording.frames[0].signal_q11[0], UINT32_MAX);
	assert_int_equal(recording.frames[0].status[0], 255);
	assert_int_equal(recording.frames[0].count[0], 0);
	recording_clear(&recording);
	huge.value = -0.13;
	build(room, &huge);
	assert_int_equal(recording_read(room->path, &recording, room->reason), 0);
	assert_int_equal(recording.frames[0].distance_q2[0], -1);
	assert_int_equal(recording.frames[0].signal_q11[0], 0);
	recording_clear(&recording);
}

static void test_missing_members(void **state)
{
	static const char *const members[] = {"start_tstmp", "end_tstmp", "zone_data",
					      "zone_head",   "glob_data", "glob_head"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		struct spoiled spoiled = good;
		char words[64];

		spoiled.without = members[i];
		build(*state, &spoiled);
		snprintf(words, sizeof(words), "member %s.npy is missing", members[i]);
		expect(*state, -EBADMSG, words);
	}
}

static void test_wrong_shapes(void **state)
{
	struct spoiled spoiled = good;

	spoiled.shape[1] = 63;
	build(*state, &spoiled);
	expect(*state, -EBADMSG, "63 zones");
	spoiled = good;
	spoiled.shape[0] = 3;
	build(*state, &spoiled);
	expect(*state, -EBADMSG, "shape (4, zones, frames)");
	spoiled = good;
	spoiled.dims = 2;
	build(*state, &spoiled);
	expect(*state, -EBADMSG, "zone_data.npy: shape");
	spoiled = good;
	spoiled.shape[2] = 0;
	build(*state, &spoiled);
	expect(*state, -EBADMSG, "no frames");
	spoiled = good;
	spoiled.glob_frames = 4;
	build(*state, &spoiled);
	expect(*state, -EBADMSG, "glob_data.npy: shape (1, 3)");
	spoiled = good;
	spoiled.zone_names[3] = "distance_cm";
	build(*state, &spoiled);
	expect(*state, -EBADMSG, "no channel distance_mm");
}

static void test_not_a_number(void **state)
{
	struct spoiled spoiled = good;

	spoiled.value = (double)NAN;
	build(*state, &spoiled);
	expect(*state, -EBADMSG, "zone_data.npy: target_status of zone 0 in frame 0 is not a number");
	spoiled = good;
	spoiled.start = (double)INFINITY;
	build(*state, &spoiled);
	expect(*state, -EBADMSG, "start_tstmp.npy");
	spoiled = good;
	spoiled.end = 5;
	build(*state, &spoiled);
	expect(*state, -EBADMSG, "end_tstmp.npy lies before");
}

/* A file cut anywhere is an error, never a crash and never half a recording. */
static void test_cut_anywhere(void **state)
{
	struct room *room = *state;
	struct recording recording;
	unsigned char *data;
	size_t n;

	build(room, &good);
	data = fixture_load(room->path, &n);
	for (size_t i = 0; i < n; i++)
		assert_true(recording_read_memory(data, i, &recording, room->reason) < 0);
	assert_int_equal(recording_read_memory(data, n, &recording, room->reason), 0);
	recording_clear(&recording);
	fixture_save(room->path, data, n / 2);
	expect(room, -EBADMSG, "not a readable .npz");
	free(data);
}

/* Any flipped byte is either harmless (names, dates) or an error. */
static void test_flipped_bytes(void **state)
{
	struct room *room = *state;
	unsigned char *data;
	size_t n;

	build(room, &good);
	data = fixture_load(room->path, &n);
	for (size_t i = 0; i < n; i++) {
		struct recording recording;

		data[i] ^= 0x55;
		if (recording_read_memory(data, n, &recording, room->reason) == 0) {
			assert_int_equal(recording.frames[1].distance_q2[17], 20);
			recording_clear(&recording);
		}
		data[i] ^= 0x55;
	}
	free(data);
}

static void test_no_such_file(void **state)
{
	struct room *room = *state;
	struct recording_list list;

	expect(room, -ENOENT, "No such file");
	assert_int_equal(recording_list_open(room->path, &list, room->reason), -ENOENT);
	assert_int_equal(recording_list_open(room->directory, &list, room->reason), -ENOENT);
	assert_non_null(strstr(room->reason, "no .npz recording below"));
	fixture_save(room->path, "hello", 5);
	expect(room, -EBADMSG, "not a readable .npz");
}

static void test_list_is_sorted(void **state)
{
	struct room *room = *state;
	struct recording_list list;

	fixture_record(room->directory, "Love", 3, 1700000000);
	fixture_record(room->directory, "Fist", 3, 1700000100);
	fixture_record(room->directory, "Fist", 3, 1700000200);
	list = list_of(room);
	assert_int_equal(list.n, 3);
	assert_non_null(strstr(list.paths[0], "/Fist/log__Fist__User1__1__"));
	assert_non_null(strstr(list.paths[1], "/Fist/log__Fist__User1__2__"));
	assert_non_null(strstr(list.paths[2], "/Love/log__Love__User1__1__"));
	recording_list_clear(&list);
}

static void test_writer_refuses(void **state)
{
	struct room *room = *state;
	struct recording_writer_config config = {
		.directory = room->directory, .class_name = "../Like", .user = "User1", .now_s = 1700000000};
	struct recording_writer *writer;
	struct frame frame = fixture_frame(0, 8);

	assert_int_equal(recording_writer_open(&config, &writer, room->reason), -EINVAL);
	config.class_name = "A__B";
	assert_int_equal(recording_writer_open(&config, &writer, room->reason), -EINVAL);
	writer = writer_for(room, false);
	assert_int_equal(recording_writer_add(writer, &frame), 0);
	frame = fixture_frame(0, 4);
	assert_int_equal(recording_writer_add(writer, &frame), -EINVAL);
	frame.cols = 7;
	assert_int_equal(recording_writer_add(writer, &frame), -EINVAL);
	assert_int_equal(recording_writer_close(writer), 0);
}

static void test_labels(void **state)
{
	(void)state;
	assert_int_equal(recording_label_id("Like"), 21);
	assert_int_equal(recording_label_id("None"), 0);
	assert_int_equal(recording_label_id("like"), -ENOENT);
	assert_string_equal(recording_label_name(32), "Fist");
	assert_null(recording_label_name(1));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_round_trip_with_all_fields),
		T(test_round_trip_as_st),
		T(test_round_trip_4x4),
		T(test_st_members),
		T(test_good_file),
		T(test_values_are_clamped),
		T(test_missing_members),
		T(test_wrong_shapes),
		T(test_not_a_number),
		T(test_cut_anywhere),
		T(test_flipped_bytes),
		T(test_no_such_file),
		T(test_list_is_sorted),
		T(test_writer_refuses),
		T(test_labels),
	};
	return cmocka_run_group_tests_name("recording", tests, NULL, NULL);
}
