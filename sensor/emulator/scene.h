/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene.h - what the emulated sensor looks at.
 *
 * A scene gives the raw values of every zone for one measurement, and the truth (a posture's label) for tests.
 *
 * Texts that scene_open() understands:
 *   demo                the eight postures in turn, hands entering and leaving, from the ray-cast hand model
 *   empty               a wall at 1.5 m
 *   hand:NAME[@MM]      one posture held for ever (None, FlatHand, Like, Love, Dislike, BreakTime, CrossHands, Fist,
 *                       and ThumbSideways, which no shipped model knows)
 *   script:FILE         a playlist: lines "SECONDS WHAT" with WHAT any of these texts; '#' starts a comment
 *   PATH                a recording (.npz) or a directory of them in ST's layout, frame by frame, once
 *   loop:PATH           the same, again and again
 */
#ifndef SENSOR_EMULATOR_SCENE_H
#define SENSOR_EMULATOR_SCENE_H

#include <stddef.h>
#include <stdint.h>

#include "sensor/frame.h"

struct scene;

struct scene_ops {
	/*
	 * Renders measurement number n (0, 1, 2, ... each asked for once, in order) at time t_ns since ranging began
	 * for a grid of cols x cols zones. Fills count, status, distance_q2, signal_q11, all optional arrays, fields and label.
	 * Returns 0, -ENODATA when the scene is over, or another negative errno.
	 */
	int (*render)(struct scene *scene, uint32_t n, uint64_t t_ns, uint8_t cols, struct frame *ret_frame);
	struct scene *(*free)(struct scene *scene); /* NULL allowed, returns NULL */
};

struct scene {
	const struct scene_ops *ops;
};

/* Errors: ENOENT, EINVAL (ret_reason, 192 bytes, says what is allowed), EBADMSG for a broken recording. */
int scene_open(const char *text, uint64_t seed, struct scene **ret_scene, char *ret_reason);

static inline struct scene *scene_free(struct scene *scene)
{
	return scene ? scene->ops->free(scene) : NULL;
}

#endif
