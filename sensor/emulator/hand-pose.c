/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hand-pose.c - the eight postures as people show them to the sensor, as a table (see hand-model.h).
 *
 * Lengths in mm from the middle of the picture; x right, y up, z away. Fitted by eye and by figures to the mean
 * pictures of recorded people.
 */
#include "sensor/emulator/hand-model.h"

/* clang-format off */
#define THUMB_OUT    {{0.75f, 0.65f, 0.05f}, {0.55f, 0.85f, 0.05f}}  /* beside the flat hand */
#define THUMB_UP     {{1.0f, 0.15f, 0.1f}, {1.0f, 0.0f, -0.05f}}     /* away from the fist */
#define THUMB_ACROSS {{-0.1f, 0.75f, 0.65f}, {-0.9f, 0.2f, 0.4f}}    /* over the closed fingers */
#define THUMB_IN     {{0.25f, 0.1f, 0.95f}, {0.1f, 0.2f, 0.95f}}     /* square to the palm */
#define THUMB_CLOSE  {{0.3f, 0.95f, 0.1f}, {0.1f, 1.0f, 0.1f}}       /* along the palm */

const struct hand_set hand_sets[HAND_POSTURES] = {
	[HAND_FLAT_HAND] = {.n = 1, .hands = {{
		.wrist = {0, -100, 0}, .fingers = {0, 1, 0.05f}, .palm = {0, 0, -1}, .side = 1,
		.bend = 0.05f, .curl = 0.05f, .spread = 0.12f, .thumb = THUMB_OUT, .forearm = {0.2f, -0.85f, 0.5f}}}},
	[HAND_LIKE] = {.n = 1, .hands = {{
		.wrist = {35, -55, 45}, .fingers = {-0.75f, 0.05f, -0.65f}, .palm = {0.65f, 0, -0.75f}, .side = -1,
		.bend = 1.5f, .curl = 1, .spread = 0, .thumb = THUMB_UP, .forearm = {0.5f, -0.45f, 0.74f}}}},
	[HAND_LOVE] = {.n = 2, .hands = {{
		.wrist = {-70, -75, 60}, .fingers = {-0.1f, 0.75f, -0.65f}, .palm = {0.85f, 0, 0.5f}, .side = 1,
		.bend = 1.35f, .curl = 0.25f, .spread = 0.05f, .thumb = THUMB_IN, .forearm = {-0.3f, -0.6f, 0.75f}}, {
		.wrist = {70, -75, 60}, .fingers = {0.1f, 0.75f, -0.65f}, .palm = {-0.85f, 0, 0.5f}, .side = -1,
		.bend = 1.35f, .curl = 0.25f, .spread = 0.05f, .thumb = THUMB_IN, .forearm = {0.3f, -0.6f, 0.75f}}}},
	[HAND_DISLIKE] = {.n = 1, .hands = {{
		.wrist = {35, 10, 45}, .fingers = {-0.75f, 0.1f, -0.65f}, .palm = {0.65f, 0, -0.75f}, .side = 1,
		.bend = 1.5f, .curl = 1, .spread = 0, .thumb = THUMB_UP, .forearm = {0.65f, -0.2f, 0.72f}}}},
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
		.wrist = {5, -80, 10}, .fingers = {0, 1, -0.1f}, .palm = {0, -0.1f, -1}, .side = 1,
		.bend = 1.5f, .curl = 1, .spread = 0, .thumb = THUMB_ACROSS, .forearm = {0.25f, -0.75f, 0.6f}}}},
};

/* What people hold before the sensor without meaning anything. */
const struct hand_set hand_none_sets[HAND_NONE_SETS] = {
	/* a chest or a head */
	{.bodies_n = 2, .bodies = {
		{.a = {-40, -130, 70}, .b = {50, -130, 60}, .radius_mm = 85, .reflectance = 0.5f},
		{.a = {-15, -20, 75}, .b = {10, -20, 75}, .radius_mm = 70, .reflectance = 0.4f}}},
	/* a loose hand pointing at the sensor, with its sleeve */
	{.n = 1, .hands = {{
		.wrist = {10, -75, 80}, .fingers = {-0.1f, 0.45f, -0.8f}, .palm = {0, -0.9f, -0.4f}, .side = 1,
		.bend = 0.5f, .curl = 0.35f, .spread = 0.1f, .thumb = THUMB_OUT, .forearm = {0.3f, -0.6f, 0.75f}}},
	 .bodies_n = 1, .bodies = {
		{.a = {0, -80, 90}, .b = {60, -200, 130}, .radius_mm = 65, .reflectance = 0.55f}}},
	/* a leg or a bag, coming from the side */
	{.bodies_n = 2, .bodies = {
		{.a = {-200, -90, 80}, .b = {200, -120, 60}, .radius_mm = 70, .reflectance = 0.55f},
		{.a = {-30, 0, 90}, .b = {10, 50, 110}, .radius_mm = 65, .reflectance = 0.4f}}},
	/* a broad thing held up */
	{.bodies_n = 3, .bodies = {
		{.a = {-50, -150, 60}, .b = {-45, 50, 80}, .radius_mm = 50, .reflectance = 0.45f},
		{.a = {0, -160, 50}, .b = {0, 70, 75}, .radius_mm = 50, .reflectance = 0.45f},
		{.a = {50, -160, 55}, .b = {50, 10, 80}, .radius_mm = 50, .reflectance = 0.45f}}},
};
/* clang-format on */
