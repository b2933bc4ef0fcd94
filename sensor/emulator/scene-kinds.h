/* SPDX-License-Identifier: Apache-2.0 */
/* scene-kinds.h - the scenes behind the texts of scene_open(), for scene.c alone. */
#ifndef SENSOR_EMULATOR_SCENE_KINDS_H
#define SENSOR_EMULATOR_SCENE_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/emulator/hand-model.h"
#include "sensor/emulator/scene.h"

enum { SCENE_REASON = 192 };

/* Errors: ENOENT, EBADMSG, ENOMEM; reason says which file. */
int scene_recording_new(const char *path, bool loop, struct scene **ret_scene, char *reason);

/* The eight postures in turn, hands coming and going. */
int scene_demo_new(uint64_t seed, struct scene **ret_scene);
/* One posture for ever; distance_mm 0 = as people hold it. */
int scene_posture_new(enum hand_posture posture, unsigned distance_mm, uint64_t seed, struct scene **ret_scene);
/* A wall and nothing else. */
int scene_empty_new(uint64_t seed, struct scene **ret_scene);

#endif
