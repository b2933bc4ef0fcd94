/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hand-pose.c - the postures as people show them to the sensor, as a table (see hand-model.h).
 *
 * Lengths in mm from the middle of the picture; x right, y up, z away. Fitted by eye and by figures to the mean
 * pictures of recorded people, but for ThumbSideways, of which there are none.
 */
#include "sensor/emulator/hand-model.h"

/* clang-format off */
#define THUMB_OUT    {{0.75f, 0.65f, 0.05f}, {0.55f, 0.85f, 0.05f}}  /* beside the flat hand */
#define THUMB_UP     {{1.0f, 0.15f, 0.1f}, {1.0f, 0.0f, -0.05f}}     /* away from the fist */
#define THUMB_HEART  {{0.97f, 0.2f, -0.1f}, {0.85f, 0.5f, -0.1f}}  /* the lower half of a heart */
#define THUMB_CLOSE  {{0.3f, 0.95f, 0.1f}, {0.1f, 1.0f, 0.1f}}       /* along the palm */

const struct hand_set hand_sets[HAND_POSTURES] = {
	[HAND_FLAT_HAND] = {.n = 1, .hands = {{
		.wrist = {0, -100, 15}, .fingers = {0, 1, -0.12f}, .palm = {0, 0, -1}, .side = 1,
		.bend = 0.05f, .curl = 0.05f, .spread = 0.12f, .thumb = THUMB_OUT, .forearm = {0.2f, -0.8f, 0.6f}}}},
	[HAND_LIKE] = {.n = 1, .hands = {{
		.wrist = {35, -85, 45}, .fingers = {-0.6f, 0.1f, -0.8f}, .palm = {0.8f, 0, -0.6f}, .side = -1,
		.bend = 1.5f, .curl = 1, .spread = 0, .thumb = THUMB_UP, .forearm = {0.5f, -0.45f, 0.74f}}}},
	[HAND_LOVE] = {.n = 2, .hands = {{
		.wrist = {-126, -58, 25}, .fingers = {0.68f, 0.68f, 0.22f}, .palm = {-0.2f, 0, 1}, .side = 1,
		.bend = 0.15f, .curl = 0.1f, .spread = 0.02f, .thumb = THUMB_HEART, .forearm = {-0.45f, -0.65f, 0.6f}}, {
		.wrist = {126, -58, 25}, .fingers = {-0.68f, 0.68f, 0.22f}, .palm = {0.2f, 0, 1}, .side = -1,
		.bend = 0.15f, .curl = 0.1f, .spread = 0.02f, .thumb = THUMB_HEART, .forearm = {0.45f, -0.65f, 0.6f}}}},
	[HAND_DISLIKE] = {.n = 1, .hands = {{
		.wrist = {42, 0, 42}, .fingers = {-0.8f, 0.05f, -0.58f}, .palm = {0.65f, 0, -0.75f}, .side = 1,
		.bend = 1.5f, .curl = 1, .spread = 0, .thumb = THUMB_UP, .forearm = {0.84f, -0.15f, 0.5f}}}},
	[HAND_BREAK_TIME] = {.n = 2, .hands = {{
		.wrist = {75, 10, 20}, .fingers = {-1, 0.05f, -0.1f}, .palm = {0, -0.9f, -0.35f}, .side = 1,
		.bend = 0.05f, .curl = 0.05f, .spread = 0.03f, .thumb = THUMB_CLOSE, .forearm = {0.55f, -0.6f, 0.55f}}, {
		.wrist = {-12, -170, 30}, .fingers = {0.03f, 1, -0.05f}, .palm = {0.8f, 0, -0.6f}, .side = 1,
		.bend = 0.05f, .curl = 0.05f, .spread = 0.03f, .thumb = THUMB_CLOSE, .forearm = {-0.2f, -0.8f, 0.5f}}}},
	[HAND_CROSS_HANDS] = {.n = 2, .hands = {{
		.wrist = {15, -30, 0}, .fingers = {0.8f, 0.6f, 0.1f}, .palm = {0.35f, -0.5f, -0.8f}, .side = 1,
		.bend = 0.1f, .curl = 0.1f, .spread = 0.05f, .thumb = THUMB_CLOSE, .forearm = {-0.75f, -0.65f, 0.05f}}, {
		.wrist = {-15, -30, 50}, .fingers = {-0.8f, 0.6f, 0.1f}, .palm = {-0.35f, -0.5f, -0.8f}, .side = -1,
		.bend = 0.1f, .curl = 0.1f, .spread = 0.05f, .thumb = THUMB_CLOSE, .forearm = {0.75f, -0.65f, 0.05f}}}},
	[HAND_FIST] = {.n = 1, .hands = {{
		.wrist = {3, -92, 45}, .fingers = {0.1f, 0.8f, -0.55f}, .palm = {0, 0.55f, 0.8f}, .side = 1,
		.bend = 1.5f, .curl = 1, .spread = 0, .thumb = THUMB_CLOSE, .forearm = {0.45f, -0.75f, 0.45f}}}},
	/* the hand of Like, turned until the thumb lies level */
	[HAND_THUMB_SIDEWAYS] = {.n = 1, .hands = {{
		.wrist = {-25, -60, 45}, .fingers = {0.1f, 0.6f, -0.8f}, .palm = {0, -0.8f, -0.6f}, .side = -1,
		.bend = 1.5f, .curl = 1, .spread = 0, .thumb = THUMB_UP, .forearm = {-0.25f, -0.65f, 0.7f}}}},
};

/* What people hold before the sensor without meaning anything. */
const struct hand_set hand_none_sets[HAND_NONE_SETS] = {
	/* a loose hand, the other arm before it */
	{.n = 1, .hands = {{
		.wrist = {-25, -65, 85}, .fingers = {-0.2f, 1, -0.1f}, .palm = {0.5f, 0, -0.85f}, .side = 1,
		.bend = 0.6f, .curl = 0.4f, .spread = 0.08f, .thumb = THUMB_OUT, .forearm = {-0.2f, -0.9f, 0.3f}}},
	 .bodies_n = 3, .bodies = {
		{.a = {40, -125, 45}, .b = {130, -115, 45}, .radius_mm = 50, .reflectance = 0.75f},
		{.a = {-75, -115, 90}, .b = {-10, -105, 95}, .radius_mm = 50, .reflectance = 0.5f},
		{.a = {-75, -100, 95}, .b = {-50, -10, 105}, .radius_mm = 40, .reflectance = 0.4f}}},
	/* a raised forearm, an elbow before it */
	{.bodies_n = 4, .bodies = {
		{.a = {-80, -100, 95}, .b = {-20, 70, 85}, .radius_mm = 50, .reflectance = 0.5f},
		{.a = {0, -110, 90}, .b = {50, 10, 100}, .radius_mm = 50, .reflectance = 0.5f},
		{.a = {-100, -130, 80}, .b = {-60, -110, 80}, .radius_mm = 50, .reflectance = 0.5f},
		{.a = {65, -130, 45}, .b = {130, -120, 45}, .radius_mm = 55, .reflectance = 0.75f}}},
	/* something broad held up */
	{.bodies_n = 4, .bodies = {
		{.a = {-85, -150, 85}, .b = {-70, 50, 75}, .radius_mm = 48, .reflectance = 0.45f},
		{.a = {-10, -150, 75}, .b = {0, 90, 55}, .radius_mm = 50, .reflectance = 0.5f},
		{.a = {55, -150, 90}, .b = {60, 30, 85}, .radius_mm = 45, .reflectance = 0.4f},
		{.a = {60, -140, 45}, .b = {110, -140, 45}, .radius_mm = 45, .reflectance = 0.75f}}},
	/* a chest and a chin */
	{.bodies_n = 2, .bodies = {
		{.a = {-40, -130, 70}, .b = {60, -130, 55}, .radius_mm = 75, .reflectance = 0.6f},
		{.a = {-15, -10, 85}, .b = {10, 20, 85}, .radius_mm = 65, .reflectance = 0.45f}}},
};
/* clang-format on */
