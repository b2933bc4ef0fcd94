/* SPDX-License-Identifier: Apache-2.0 */
/* test-scene.c - what the emulated sensor looks at: texts, playlists, recorded frames, ray-cast hands. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/emulator/hand-model.h"
#include "sensor/emulator/ray.h"
#include "sensor/emulator/scene.h"
#include "sensor/recording.h"
#include "tests/unit/recording-fixture.h"

#define PERIOD_NS 66666667ull /* 15 Hz */

struct room {
	char directory[FIXTURE_PATH];
	char text[2 * FIXTURE_PATH];
	char reason[192];
	struct scene *scene;
	struct frame frame;
};

static int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	fixture_directory(room->directory);
	*state = room;
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;

	scene_free(room->scene);
	fixture_remove(room->directory);
	free(room);
	return 0;
}

static void open_text(struct room *room, const char *text, uint64_t seed)
{
	room->scene = scene_free(room->scene);
	room->reason[0] = '\0';
	if (scene_open(text, seed, &room->scene, room->reason) != 0)
		fail_msg("%s: %s", text, room->reason);
}

static int render(struct room *room, uint32_t n, uint8_t cols)
{
	return room->scene->ops->render(room->scene, n, n * PERIOD_NS, cols, &room->frame);
}

static void expect(struct room *room, const char *text, int error, const char *words)
{
	struct scene *scene = (struct scene *)(void *)room;

	room->reason[0] = '\0';
	assert_int_equal(scene_open(text, 1, &scene, room->reason), error);
	assert_ptr_equal(scene, room);
	if (!strstr(room->reason, words))
		fail_msg("%s: \"%s\" does not say \"%s\"", text, room->reason, words);
}

/* A playlist in the room's directory; room->text becomes the scene text. */
static void playlist(struct room *room, const char *name, const char *lines)
{
	char path[FIXTURE_PATH + 64];

	snprintf(path, sizeof(path), "%s/%s", room->directory, name);
	fixture_save(path, lines, strlen(lines));
	snprintf(room->text, sizeof(room->text), "script:%s", path);
}

static unsigned hand_zones(const struct frame *frame, int *ret_nearest_mm)
{
	int nearest = INT16_MAX;
	unsigned n = 0;

	for (unsigned i = 0; i < 64; i++)
		if (frame->count[i] && frame->distance_q2[i] < nearest)
			nearest = frame->distance_q2[i];
	for (unsigned i = 0; i < 64; i++)
		n += frame->count[i] && frame->distance_q2[i] < nearest + 120 * 4;
	*ret_nearest_mm = nearest / 4;
	return n;
}

/* --- texts ------------------------------------------------------------------------------------------------- */

static void test_bad_texts(void **state)
{
	struct room *room = *state;

	expect(room, "", -EINVAL, "allowed: demo, empty");
	expect(room, "Demo", -EINVAL, "\"Demo\" is no scene; allowed: demo, empty");
	expect(room, "hand:like", -EINVAL, "None, FlatHand, Like");
	expect(room, "hand:Like@99", -EINVAL, "100..1000 mm");
	expect(room, "hand:Like@1001", -EINVAL, "100..1000 mm");
	expect(room, "hand:Like@300mm", -EINVAL, "100..1000 mm");
	expect(room, "/nonexistent/recording.npz", -ENOENT, "/nonexistent/recording.npz");
	expect(room, "loop:/nonexistent", -ENOENT, "/nonexistent");
	expect(room, "script:/nonexistent", -ENOENT, "/nonexistent");
	expect(room, room->directory, -ENOENT, "no .npz recording");
}

static void test_empty(void **state)
{
	struct room *room = *state;

	open_text(room, "empty", 1);
	for (uint32_t n = 0; n < 20; n++) {
		assert_int_equal(render(room, n, 8), 0);
		for (unsigned i = 0; i < 64; i++) {
			assert_int_equal(room->frame.status[i], FRAME_STATUS_VALID);
			assert_in_range(room->frame.distance_q2[i], 4 * 1300, 4 * 1700);
		}
		assert_int_equal(room->frame.label, 0);
		assert_true(room->frame.fields & FRAME_HAS_LABEL);
	}
}

/* --- hands ------------------------------------------------------------------------------------------------- */

static void test_every_posture_is_in_view(void **state)
{
	struct room *room = *state;

	for (enum hand_posture posture = HAND_NONE; posture < HAND_POSTURES; posture++)
		for (uint64_t seed = 0; seed < 20; seed++) {
			int nearest;

			snprintf(room->text, sizeof(room->text), "hand:%s", hand_posture_name(posture));
			open_text(room, room->text, seed);
			assert_int_equal(render(room, 0, 8), 0);
			assert_int_equal(room->frame.label, posture == HAND_THUMB_SIDEWAYS
								    ? -1
								    : recording_label_id(hand_posture_name(posture)));
			assert_in_range(hand_zones(&room->frame, &nearest), 6, posture == HAND_NONE ? 64 : 50);
			assert_in_range(nearest, 180, 380);
		}
}

static void test_distance_is_kept(void **state)
{
	struct room *room = *state;

	for (unsigned mm = 150; mm <= 500; mm += 50) {
		int nearest;

		snprintf(room->text, sizeof(room->text), "hand:FlatHand@%u", mm);
		open_text(room, room->text, mm);
		assert_int_equal(render(room, 0, 8), 0);
		hand_zones(&room->frame, &nearest);
		/* The nearest point of the model; a zone's mean lies a little behind. */
		assert_in_range(nearest, mm - 15, mm + 35);
	}
}

/* Thumb up: the narrow half of what is seen is the upper one; thumb down: the lower one. */
static void test_like_is_not_dislike(void **state)
{
	struct room *room = *state;
	static const char *const texts[] = {"hand:Like@250", "hand:Dislike@250"};

	for (int down = 0; down < 2; down++)
		for (uint64_t seed = 0; seed < 10; seed++) {
			unsigned width[8] = {0}, first = 8, last = 0, upper = 0, lower = 0;
			int nearest;

			open_text(room, texts[down], seed);
			assert_int_equal(render(room, 0, 8), 0);
			hand_zones(&room->frame, &nearest);
			for (unsigned i = 0; i < 64; i++) {
				if (!room->frame.count[i] || room->frame.distance_q2[i] > (nearest + 120) * 4)
					continue;
				width[i / 8]++;
				first = i / 8 < first ? i / 8 : first;
				last = i / 8;
			}
			for (unsigned row = first; row <= last; row++) {
				upper += 2 * row < first + last ? width[row] : 0;
				lower += 2 * row > first + last ? width[row] : 0;
			}
			assert_true(down ? lower < upper : upper < lower);
		}
}

static void test_demo_shows_all_postures(void **state)
{
	struct room *room = *state;
	unsigned seen = 0, held = 0, empty = 0;
	int16_t last = 0;

	open_text(room, "demo", 7);
	for (uint32_t n = 0; n < 15 * 31; n++) {
		int nearest;

		assert_int_equal(render(room, n, 8), 0);
		if (room->frame.label != 0 && room->frame.label != last)
			seen++;
		if (n < 15)
			held += room->frame.label != 0;
		last = room->frame.label;
		hand_zones(&room->frame, &nearest);
		empty += nearest > 450;
	}
	assert_int_equal(seen, HAND_POSTURES - 2); /* None has no label of its own, ThumbSideways has none at all */
	assert_true(held > 0);			   /* within the first second */
	assert_true(empty > 15);
}

static void test_same_seed_same_frames(void **state)
{
	struct room *room = *state;
	struct frame *frames = calloc(100, sizeof(*frames));
	unsigned different = 0;

	open_text(room, "demo", 3);
	for (uint32_t n = 0; n < 100; n++) {
		assert_int_equal(render(room, n, 8), 0);
		frames[n] = room->frame;
	}
	open_text(room, "demo", 3);
	for (uint32_t n = 0; n < 100; n++) {
		assert_int_equal(render(room, n, 8), 0);
		assert_memory_equal(&room->frame, &frames[n], sizeof(*frames));
	}
	open_text(room, "demo", 4);
	for (uint32_t n = 0; n < 100; n++) {
		assert_int_equal(render(room, n, 8), 0);
		different += memcmp(&room->frame, &frames[n], sizeof(*frames)) != 0;
	}
	assert_int_equal(different, 100);
	free(frames);
}

static void test_4x4(void **state)
{
	struct room *room = *state;

	open_text(room, "hand:FlatHand@250", 1);
	assert_int_equal(render(room, 0, 4), 0);
	assert_int_equal(room->frame.cols, 4);
	assert_int_equal(room->frame.rows, 4);
	assert_in_range(room->frame.distance_q2[9], 4 * 235, 4 * 330);
	for (unsigned i = 16; i < 64; i++)
		assert_int_equal(room->frame.distance_q2[i], 0);
}

/* Light falls with the square of the distance. */
static void test_inverse_square(void **state)
{
	struct room *room = *state;
	uint32_t signal[2];

	for (unsigned i = 0; i < 2; i++) {
		open_text(room, i ? "hand:FlatHand@400" : "hand:FlatHand@200", 11);
		assert_int_equal(render(room, 0, 8), 0);
		signal[i] = 0;
		for (unsigned zone = 0; zone < 64; zone++)
			if (room->frame.signal_q11[zone] > signal[i])
				signal[i] = room->frame.signal_q11[zone];
	}
	assert_true(signal[0] > 3 * signal[1]);
	assert_true(signal[0] < 6 * signal[1]);
}

/* --- rays -------------------------------------------------------------------------------------------------- */

static float middle_of(const struct capsule *capsule, float *ret_echo)
{
	static struct ray_picture picture;
	unsigned i = (RAY_SIDE / 2) * RAY_SIDE + RAY_SIDE / 2;

	ray_clear(&picture);
	ray_draw(&picture, capsule);
	*ret_echo = picture.echo[i];
	return picture.distance_mm[i];
}

static void test_rays_meet_capsules(void **state)
{
	struct capsule ball = {{0, 0, 300}, {0, 0, 300}, 50, 1}, stick = {{-100, 0, 300}, {100, 0, 300}, 20, 1};
	struct capsule end_on = {{0, 0, 300}, {0, 0, 400}, 30, 1}, aside = {{200, 0, 300}, {200, 50, 300}, 20, 1};
	float echo;

	(void)state;
	assert_true(fabsf(middle_of(&ball, &echo) - 250) < 1);
	assert_true(echo > 0.98f);
	assert_true(fabsf(middle_of(&stick, &echo) - 280) < 1);
	assert_true(fabsf(middle_of(&end_on, &echo) - 270) < 1);
	assert_true(isinf(middle_of(&aside, &echo)));
}

/* --- recordings and playlists ------------------------------------------------------------------------------ */

static void test_recording_once(void **state)
{
	struct room *room = *state;

	fixture_record(room->directory, "Fist", 130, 1700000000);
	open_text(room, room->directory, 1);
	for (uint32_t n = 0; n < 130; n++) {
		struct frame frame = fixture_frame(n, 8);

		assert_int_equal(render(room, n, 8), 0);
		assert_memory_equal(room->frame.distance_q2, frame.distance_q2, sizeof(frame.distance_q2));
		assert_memory_equal(room->frame.signal_q11, frame.signal_q11, sizeof(frame.signal_q11));
		assert_memory_equal(room->frame.status, frame.status, sizeof(frame.status));
		assert_int_equal(room->frame.label, 32);
	}
	assert_int_equal(render(room, 130, 8), -ENODATA);
	assert_int_equal(render(room, 131, 8), -ENODATA);
}

static void test_recording_loop(void **state)
{
	struct room *room = *state;

	fixture_record(room->directory, "Fist", 3, 1700000000);
	snprintf(room->text, sizeof(room->text), "loop:%s", room->directory);
	open_text(room, room->text, 1);
	for (uint32_t n = 0; n < 10; n++) {
		assert_int_equal(render(room, n, 8), 0);
		assert_int_equal(room->frame.distance_q2[7], fixture_frame(n % 3, 8).distance_q2[7]);
	}
}

/* The closest valid target of four zones. */
static void test_recording_4x4(void **state)
{
	struct room *room = *state;
	struct frame from = fixture_frame(0, 8);

	fixture_record(room->directory, "Fist", 1, 1700000000);
	open_text(room, room->directory, 1);
	assert_int_equal(render(room, 0, 4), 0);
	assert_int_equal(room->frame.cols, 4);
	/* Zone 0 of 16 is 0, 1, 8, 9 of 64: status 5, 9, 10, 0; the nearer one of the first two. */
	assert_int_equal(room->frame.distance_q2[0], from.distance_q2[0]);
	assert_int_equal(room->frame.status[0], FRAME_STATUS_VALID);
}

static void test_playlist(void **state)
{
	struct room *room = *state;
	unsigned like = 0, fist = 0, none = 0;
	uint32_t n = 0;

	playlist(room, "inner.scene", "1 hand:Fist@250\n");
	playlist(room, "outer.scene", "# a comment\n\n  1.0  hand:Like   # thumb\n1 script:inner.scene\n0.5 empty\n");
	open_text(room, room->text, 1);
	while (render(room, n, 8) == 0) {
		like += room->frame.label == 21;
		fist += room->frame.label == 32;
		none += room->frame.label == 0;
		n++;
		assert_true(n < 100);
	}
	assert_in_range(like, 14, 16);
	assert_in_range(fist, 14, 16);
	assert_in_range(none, 7, 9);
	assert_int_equal(render(room, n, 8), -ENODATA);
}

/* A recording that ends before its seconds are over makes room for the next line at once. */
static void test_playlist_with_recording(void **state)
{
	struct room *room = *state;

	fixture_record(room->directory, "Fist", 5, 1700000000);
	playlist(room, "a.scene", "100 Fist\n1 hand:Like\n");
	open_text(room, room->text, 1);
	for (uint32_t n = 0; n < 20; n++) {
		assert_int_equal(render(room, n, 8), 0);
		assert_int_equal(room->frame.label, n < 5 ? 32 : 21);
	}
	assert_int_equal(render(room, 20, 8), -ENODATA);
}

static void test_bad_playlists(void **state)
{
	static const struct {
		const char *lines, *words;
		int error;
	} bad[] = {
		{"", "no line", -EINVAL},
		{"# nothing\n", "no line", -EINVAL},
		{"demo\n", "bad.scene:1: \"SECONDS WHAT\" expected", -EINVAL},
		{"1 demo\n\n0 demo\n", "bad.scene:3: \"SECONDS WHAT\" expected", -EINVAL},
		{"nan demo\n", "bad.scene:1:", -EINVAL},
		{"1e9 demo\n", "bad.scene:1:", -EINVAL},
		{"-1 demo\n", "bad.scene:1:", -EINVAL},
		{"1demo\n", "bad.scene:1:", -EINVAL},
		{"1 hand:Lke\n", "bad.scene:1: hand:Lke", -EINVAL},
		{"1 nowhere.npz\n", "bad.scene:1:", -ENOENT},
	};
	struct room *room = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		playlist(room, "bad.scene", bad[i].lines);
		expect(room, room->text, bad[i].error, bad[i].words);
	}
	playlist(room, "self.scene", "1 script:self.scene\n");
	expect(room, room->text, -EINVAL, "nest deeper");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_bad_texts),
		T(test_empty),
		T(test_every_posture_is_in_view),
		T(test_distance_is_kept),
		T(test_like_is_not_dislike),
		T(test_demo_shows_all_postures),
		T(test_same_seed_same_frames),
		T(test_4x4),
		T(test_inverse_square),
		T(test_rays_meet_capsules),
		T(test_recording_once),
		T(test_recording_loop),
		T(test_recording_4x4),
		T(test_playlist),
		T(test_playlist_with_recording),
		T(test_bad_playlists),
	};
	return cmocka_run_group_tests_name("scene", tests, NULL, NULL);
}
