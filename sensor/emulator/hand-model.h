/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hand-model.h - hands as capsules: forearm, palm and jointed fingers, posed for the eight postures and for one that no
 * shipped model knows, to be taught.
 *
 * A pose says where the wrists are and which way fingers and palm look; hand-pose.c holds the table. An
 * appearance is one person's go at a posture: size, place, tilt, mirrored or not.
 */
#ifndef SENSOR_EMULATOR_HAND_MODEL_H
#define SENSOR_EMULATOR_HAND_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/emulator/random.h"
#include "sensor/emulator/ray.h"

enum hand_posture {
	HAND_NONE,
	HAND_FLAT_HAND,
	HAND_LIKE,
	HAND_LOVE,
	HAND_DISLIKE,
	HAND_BREAK_TIME,
	HAND_CROSS_HANDS,
	HAND_FIST,
	HAND_THUMB_SIDEWAYS, /* ST has no number for it */
	HAND_POSTURES,
};

#define HAND_POSTURE_NAMES "None, FlatHand, Like, Love, Dislike, BreakTime, CrossHands, Fist, ThumbSideways"

enum {
	HAND_FINGERS = 4, /* index to little; the thumb goes its own way */
	HAND_POSE_HANDS = 2,
	HAND_POSE_BODIES = 4,
	HAND_PARTS_MAX = 64,
};

/* One hand. Directions need not be of length 1; palm is made square to fingers. */
struct hand_pose {
	struct vector wrist;	/* mm from the middle of the picture */
	struct vector fingers;	/* from the wrist to the knuckles */
	struct vector palm;	/* out of the palm */
	float side;		/* +1, -1: on which side the thumb is (fingers x palm) */
	float bend;		/* of the knuckles, radians */
	float curl;		/* of the other finger joints, 0 straight .. 1 closed */
	float spread;		/* between neighbouring fingers, radians */
	struct vector thumb[2]; /* its two bones, in the hand's own frame: x thumb side, y fingers, z palm */
	struct vector forearm;	/* from the wrist to the elbow */
};

/* A posture, or a thing that is none. */
struct hand_set {
	struct hand_pose hands[HAND_POSE_HANDS];
	unsigned n;
	struct capsule bodies[HAND_POSE_BODIES];
	unsigned bodies_n;
};

enum { HAND_NONE_SETS = 4 };
extern const struct hand_set hand_sets[HAND_POSTURES]; /* HAND_NONE: the first of hand_none_sets */
extern const struct hand_set hand_none_sets[HAND_NONE_SETS];

struct hand_appearance {
	const struct hand_set *set;
	bool mirrored;
	float size;			    /* 1 = a man's hand, palm 85 mm wide */
	float stretch_curl, stretch_spread; /* added to every hand */
	struct vector place;		    /* of the middle; z = distance of the nearest point */
	float yaw, pitch, roll;		    /* radians */
	float reflectance;
};

struct hand_model {
	struct capsule parts[HAND_PARTS_MAX];
	unsigned n;
};

/* "Like" -> HAND_LIKE; -ENOENT. */
int hand_posture_from_name(const char *name);
const char *hand_posture_name(enum hand_posture posture);
/* ST's number, or -1. */
int16_t hand_posture_label(enum hand_posture posture);

/* Another go at a posture; distance_mm 0 = as people hold it. */
void hand_appearance_draw(enum hand_posture posture, unsigned distance_mm, struct random *random,
			  struct hand_appearance *ret_appearance);

/* The appearance's parts in place, moved by shift. */
void hand_model_build(const struct hand_appearance *appearance, struct vector shift, struct hand_model *ret_model);

#endif
