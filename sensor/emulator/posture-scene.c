/* SPDX-License-Identifier: Apache-2.0 */
/*
 * posture-scene.c - writes what a scene shows as recordings in ST's layout, one log for each label:
 *
 *   posture-scene [-s SEED] [-r RATE_HZ] [-a APPEARANCES] [-H] [-p] -o DIR SCENE FRAMES
 *
 * -a plays the scene so many times with seeds of their own (one user each), -H leaves out frames in which no
 * posture is held (those of None too), -p writes exactly ST's members and none of ours. For training on synthetic frames and for tests that have no recordings of people.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/emulator/hand-model.h"
#include "sensor/emulator/scene-kinds.h"
#include "sensor/recording.h"

struct options {
	const char *scene, *directory;
	uint64_t seed;
	unsigned rate_hz, appearances, frames;
	bool held_only, plain;
};

static int usage(void)
{
	fprintf(stderr, "usage: posture-scene [-s SEED] [-r RATE_HZ] [-a APPEARANCES] [-H] [-p] -o DIR SCENE FRAMES\n");
	return 2;
}

static bool parse_number(const char *text, unsigned long max, unsigned long *ret_value)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value > max)
		return false;
	*ret_value = value;
	return true;
}

static bool parse(int argc, char **argv, struct options *ret_options)
{
	struct options options = {.seed = 1, .rate_hz = 10, .appearances = 1};
	unsigned long value;
	int c;

	while ((c = getopt(argc, argv, "s:r:a:Hpo:")) != -1) {
		value = 0;
		if (c == 'o')
			options.directory = optarg;
		else if (c == 'H')
			options.held_only = true;
		else if (c == 'p')
			options.plain = true;
		else if (c == '?' || !parse_number(optarg, UINT32_MAX, &value) || (c != 's' && value == 0))
			return false;
		if (c == 's')
			options.seed = value;
		else if (c == 'r')
			options.rate_hz = (unsigned)value;
		else if (c == 'a')
			options.appearances = (unsigned)value;
	}
	if (argc - optind != 2 || !options.directory || !parse_number(argv[optind + 1], UINT32_MAX, &value))
		return false;
	options.scene = argv[optind];
	options.frames = (unsigned)value;
	*ret_options = options;
	return true;
}

/* "hand:NAME@MM": a posture that has no number is what such a scene holds for ever. */
static const char *name_of_scene(const char *scene, char ret_name[32])
{
	if (strncmp(scene, "hand:", 5) != 0)
		return NULL;
	snprintf(ret_name, 32, "%.*s", (int)strcspn(scene + 5, "@"), scene + 5);
	return ret_name;
}

/* The writer of a label's log, opened at its first frame. */
static int writer_for(const struct options *options, unsigned appearance, int16_t label,
		      struct recording_writer **writers, struct recording_writer **ret_writer)
{
	char held[32];
	const char *name = label < 0 ? name_of_scene(options->scene, held) : recording_label_name(label);
	char user[16];
	struct recording_writer_config config = {
		.directory = options->directory,
		.class_name = name,
		.user = user,
		.label = label,
		.extra_fields = !options->plain,
		.now_s = 1700000000 + (int64_t)appearance * 1000,
	};
	int posture = name ? hand_posture_from_name(name) : -1;
	char reason[RECORDING_REASON] = "";
	int r;

	if (posture < 0)
		return -1;
	snprintf(user, sizeof(user), "Scene%u", appearance % 1000000 + 1);
	if (!writers[posture]) {
		r = recording_writer_open(&config, &writers[posture], reason);
		if (r < 0) {
			fprintf(stderr, "posture-scene: %s\n", reason);
			return r;
		}
	}
	*ret_writer = writers[posture];
	return 0;
}

static int play(const struct options *options, unsigned appearance, struct scene *scene,
		struct recording_writer **writers)
{
	const uint64_t period_ns = 1000000000u / options->rate_hz;

	for (uint32_t n = 0; n < options->frames; n++) {
		struct recording_writer *writer;
		struct frame frame;
		int r = scene->ops->render(scene, n, n * period_ns, 8, &frame);

		if (r < 0)
			break;
		if (options->held_only && frame.label == 0)
			continue;
		frame.t_ns = n * period_ns;
		if (frame.wall_us == 0) /* a recorded one keeps its own */
			frame.wall_us = (1700000000u + (uint64_t)appearance * 1000) * 1000000u + frame.t_ns / 1000;
		r = writer_for(options, appearance, frame.label, writers, &writer);
		if (r == 0)
			r = recording_writer_add(writer, &frame);
		if (r < 0)
			return r;
	}
	return 0;
}

static int play_once(const struct options *options, unsigned appearance)
{
	struct recording_writer *writers[HAND_POSTURES] = {NULL};
	char reason[SCENE_REASON];
	struct scene *scene;
	int r = scene_open(options->scene, options->seed + appearance, &scene, reason);

	if (r < 0) {
		fprintf(stderr, "posture-scene: %s\n", reason);
		return r;
	}
	r = play(options, appearance, scene, writers);
	scene_free(scene);
	for (unsigned i = 0; i < HAND_POSTURES; i++) {
		int closed = writers[i] ? recording_writer_close(writers[i]) : 0;

		if (r == 0)
			r = closed;
	}
	if (r < 0)
		fprintf(stderr, "posture-scene: %s\n", strerror(-r));
	return r;
}

int main(int argc, char **argv)
{
	struct options options;

	if (!parse(argc, argv, &options))
		return usage();
	for (unsigned i = 0; i < options.appearances; i++)
		if (play_once(&options, i) < 0)
			return 1;
	return 0;
}
