/* SPDX-License-Identifier: Apache-2.0 */
/* scene-recording.c - recorded frames as a scene: each measurement shows the next one (see scene.h). */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/emulator/optics.h"
#include "sensor/emulator/scene-kinds.h"
#include "sensor/recording.h"

struct scene_recording {
	struct scene scene;
	struct recording_list list;
	size_t next_path, next_frame;
	struct recording recording;
	bool loop;
};

/* Opens the next readable file; broken ones are passed over. -ENODATA at the end. */
static int next_file(struct scene_recording *recording)
{
	char reason[RECORDING_REASON];
	size_t tries = 0;

	recording_clear(&recording->recording);
	recording->next_frame = 0;
	while (tries++ < recording->list.n) {
		if (recording->next_path == recording->list.n) {
			if (!recording->loop)
				return -ENODATA;
			recording->next_path = 0;
		}
		if (recording_read(recording->list.paths[recording->next_path++], &recording->recording, reason) == 0)
			return 0;
	}
	return -ENODATA;
}

static bool is_target(const struct frame *frame, unsigned zone)
{
	return frame->count[zone] > 0 &&
	       (frame->status[zone] == FRAME_STATUS_VALID || frame->status[zone] == FRAME_STATUS_VALID_WIDE);
}

static void copy_zone(const struct frame *from, unsigned from_zone, struct frame *to, unsigned to_zone)
{
	to->count[to_zone] = from->count[from_zone];
	to->status[to_zone] = from->status[from_zone];
	to->distance_q2[to_zone] = from->distance_q2[from_zone];
	to->signal_q11[to_zone] = from->signal_q11[from_zone];
	to->ambient_q11[to_zone] = from->ambient_q11[from_zone];
	to->spads[to_zone] = from->spads[from_zone];
	to->sigma_q7[to_zone] = from->sigma_q7[from_zone];
	to->reflectance[to_zone] = from->reflectance[from_zone];
}

/* Fewer, larger zones: the closest target of the small ones counts, as in the sensor. More: each is repeated. */
static void regrid(const struct frame *from, uint8_t cols, struct frame *to)
{
	*to = *from;
	to->cols = to->rows = cols;
	for (unsigned zone = 0; zone < (unsigned)cols * cols; zone++) {
		unsigned row = zone / cols, col = zone % cols, best = UINT_MAX;

		for (unsigned r = row * from->rows / cols; r * cols < (row + 1) * from->rows; r++)
			for (unsigned c = col * from->cols / cols; c * cols < (col + 1) * from->cols; c++) {
				unsigned i = r * from->cols + c;

				if (best == UINT_MAX ||
				    (is_target(from, i) &&
				     (!is_target(from, best) || from->distance_q2[i] < from->distance_q2[best])))
					best = i;
			}
		copy_zone(from, best, to, zone);
	}
}

static int recording_render(struct scene *scene, uint32_t n, uint64_t t_ns, uint8_t cols, struct frame *ret_frame)
{
	struct scene_recording *recording = (struct scene_recording *)(void *)scene;
	const struct frame *from;

	(void)n;
	(void)t_ns;
	if (recording->next_frame == recording->recording.n) {
		int r = next_file(recording);

		if (r < 0)
			return r;
	}
	from = &recording->recording.frames[recording->next_frame++];
	if (from->cols == cols)
		*ret_frame = *from;
	else
		regrid(from, cols, ret_frame);
	optics_complete(ret_frame);
	return 0;
}

static struct scene *recording_free(struct scene *scene)
{
	struct scene_recording *recording = (struct scene_recording *)(void *)scene;

	if (!scene)
		return NULL;
	recording_clear(&recording->recording);
	recording_list_clear(&recording->list);
	free(recording);
	return NULL;
}

int scene_recording_new(const char *path, bool loop, struct scene **ret_scene, char *reason)
{
	static const struct scene_ops ops = {.render = recording_render, .free = recording_free};
	struct scene_recording *recording = calloc(1, sizeof(*recording));
	int r;

	if (!recording)
		return -ENOMEM;
	recording->scene.ops = &ops;
	recording->loop = loop;
	r = recording_list_open(path, &recording->list, reason);
	/* The first one must be good: a path that was mistyped should not become an empty scene. */
	if (r == 0)
		r = recording_read(recording->list.paths[recording->next_path++], &recording->recording, reason);
	if (r < 0) {
		recording_free(&recording->scene);
		return r;
	}
	*ret_scene = &recording->scene;
	return 0;
}
