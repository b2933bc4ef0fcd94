/* SPDX-License-Identifier: Apache-2.0 */
/* augment.c - see augment.h. */
#include "nn/train/augment.h"

#include <string.h>

enum {
	SIDE = 8,
	ZONES = SIDE * SIDE,
};

static const float middle = 3.5f;

static void zone_clear(struct frame *frame, unsigned zone)
{
	frame->count[zone] = 0;
	frame->status[zone] = FRAME_STATUS_NONE;
	frame->distance_q2[zone] = 0;
	frame->signal_q11[zone] = 0;
}

static void zone_set(struct frame *frame, unsigned zone, float distance_mm, float signal_kcps)
{
	frame->count[zone] = 1;
	frame->status[zone] = FRAME_STATUS_VALID;
	frame->distance_q2[zone] = (int16_t)(distance_mm * 4 + 0.5f);
	frame->signal_q11[zone] = (uint32_t)(signal_kcps * 2048 + 0.5f);
}

static struct frame empty_frame(void)
{
	struct frame frame = {.cols = SIDE, .rows = SIDE};

	for (unsigned z = 0; z < ZONES; z++)
		zone_clear(&frame, z);
	return frame;
}

/* A zone of the hand: seen and not behind it. */
static void find_hand(const struct nn_preprocess *p, const struct frame *frame, bool hand[ZONES])
{
	int nearest = INT16_MAX;

	for (unsigned z = 0; z < ZONES; z++) {
		hand[z] = frame->status[z] == FRAME_STATUS_VALID || frame->status[z] == FRAME_STATUS_VALID_WIDE;
		if (hand[z] && frame->distance_q2[z] < nearest)
			nearest = frame->distance_q2[z];
	}
	for (unsigned z = 0; z < ZONES; z++)
		hand[z] = hand[z] && (float)frame->distance_q2[z] <= (float)nearest + 4 * p->background_mm;
}

/* Where a zone of the new frame looks in the old one: x' = (cosine x + sine y) / zoom + shift, mirrored or not. */
struct motion {
	float cosine, sine, shift_x, shift_y;
	bool mirror;
};

static struct motion random_motion(const struct augmentation *a, struct random *random)
{
	float angle = random_between(random, -a->rotation, a->rotation);
	float scale = 1 / random_between(random, 1 - a->zoom, 1 + a->zoom);

	/* Two terms of the series are exact to 1e-5 for the small angles meant here. */
	return (struct motion){
		.cosine = scale * (1 - angle * angle / 2 + angle * angle * angle * angle / 24),
		.sine = scale * (angle - angle * angle * angle / 6),
		.shift_x = random_between(random, -a->shift, a->shift),
		.shift_y = random_between(random, -a->shift, a->shift),
		.mirror = random_bits(random) >> 63,
	};
}

/* Interpolates between the hand's zones around (x, y); too little of the hand is background. */
static void sample(const struct frame *frame, const bool hand[ZONES], float x, float y, unsigned zone,
		   struct frame *ret_frame)
{
	int left = (int)(x + SIDE) - SIDE, top = (int)(y + SIDE) - SIDE;
	float weight = 0, distance = 0, signal = 0;

	for (int i = 0; i < 4; i++) {
		int col = left + i % 2, row = top + i / 2;
		float dx = x - (float)col, dy = y - (float)row;
		float share = (1 - (dx < 0 ? -dx : dx)) * (1 - (dy < 0 ? -dy : dy));
		int z = row * SIDE + col;

		if (col < 0 || col >= SIDE || row < 0 || row >= SIDE || !hand[z])
			continue;
		weight += share;
		distance += share * (float)frame->distance_q2[z] / 4;
		signal += share * (float)frame->signal_q11[z] / 2048;
	}
	if (weight >= 0.5f)
		zone_set(ret_frame, zone, distance / weight, signal / weight);
}

void augment_frame(const struct augmentation *augmentation, const struct nn_preprocess *preprocess,
		   const struct frame *frame, struct random *random, struct frame *ret_frame)
{
	struct motion motion = random_motion(augmentation, random);
	bool hand[ZONES];

	find_hand(preprocess, frame, hand);
	*ret_frame = empty_frame();
	for (unsigned z = 0; z < ZONES; z++) {
		float x = (float)(z % SIDE) - middle, y = (float)(z / SIDE) - middle;
		float from_x = motion.cosine * x + motion.sine * y + motion.shift_x;
		float from_y = motion.cosine * y - motion.sine * x + motion.shift_y;

		sample(frame, hand, (motion.mirror ? -from_x : from_x) + middle, from_y + middle, z, ret_frame);
	}
	for (unsigned z = 0; z < ZONES; z++)
		if (ret_frame->count[z])
			ret_frame->distance_q2[z] =
				(int16_t)((float)ret_frame->distance_q2[z] +
					  4 * random_between(random, -augmentation->noise_mm, augmentation->noise_mm));
}

void augment_input(const struct augmentation *augmentation, const float background[2], struct random *random,
		   float *input)
{
	float moved[ZONES][2];
	int right, down;

	if (random_between(random, 0, 1) >= augmentation->jump)
		return;
	right = (int)random_below(random, 3) - 1;
	down = (int)random_below(random, 3) - 1;
	for (int z = 0; z < ZONES; z++) {
		int col = z % SIDE - right, row = z / SIDE - down;
		bool inside = col >= 0 && col < SIDE && row >= 0 && row < SIDE;

		memcpy(moved[z], inside ? input + 2 * (row * SIDE + col) : background, sizeof(moved[z]));
	}
	memcpy(input, moved, sizeof(moved));
}

/* --- no posture ------------------------------------------------------------------------------------------------ */

/* Signal of a surface: falls with the square of the distance. */
static float signal_at(float reflectance, float distance_mm)
{
	return reflectance * (295 / distance_mm) * (295 / distance_mm);
}

static void make_plane(struct random *random, struct frame *frame)
{
	float distance = random_between(random, 110, 390), reflectance = random_between(random, 50, 1500);
	float slope_x = random_between(random, -12, 12), slope_y = random_between(random, -12, 12);

	for (unsigned z = 0; z < ZONES; z++) {
		float d = distance + slope_x * ((float)(z % SIDE) - middle) + slope_y * ((float)(z / SIDE) - middle) +
			  random_between(random, -4, 4);

		if (d > 20)
			zone_set(frame, z, d, signal_at(reflectance, d) * random_between(random, 0.9f, 1.1f));
	}
}

/* Grows from one zone to n, each next to one that is there. */
static void make_blob(struct random *random, struct frame *frame)
{
	float distance = random_between(random, 110, 390), reflectance = random_between(random, 50, 1500);
	unsigned n = 1 + random_below(random, 8);
	unsigned zone = random_below(random, ZONES);

	for (unsigned i = 0, tries = 0; i < n && tries < 200; tries++) {
		unsigned col = zone % SIDE, row = zone / SIDE, way = random_below(random, 4);

		if (!frame->count[zone]) {
			float d = distance + random_between(random, -15, 15);

			zone_set(frame, zone, d, signal_at(reflectance, d) * random_between(random, 0.6f, 1.2f));
			i++;
		}
		if (way == 0 && col > 0)
			zone--;
		else if (way == 1 && col < SIDE - 1)
			zone++;
		else if (way == 2 && row > 0)
			zone -= SIDE;
		else if (way == 3 && row < SIDE - 1)
			zone += SIDE;
	}
}

/* A bar that comes in from the bottom and ends somewhere, round across and tilted along. */
static void make_forearm(struct random *random, struct frame *frame)
{
	float distance = random_between(random, 130, 360), reflectance = random_between(random, 100, 1200);
	float half = random_between(random, 0.8f, 2.2f), column = random_between(random, 1, 6);
	float lean = random_between(random, -0.5f, 0.5f), tilt = random_between(random, -12, 12);
	float end = random_between(random, -1, 5);

	for (unsigned z = 0; z < ZONES; z++) {
		float row = (float)(z / SIDE), across = (float)(z % SIDE) - (column + lean * (7 - row));
		float d = distance + tilt * (7 - row) + 6 * across * across + random_between(random, -4, 4);

		if (row > end && across > -half && across < half && d > 20)
			zone_set(frame, z, d, signal_at(reflectance, d) * random_between(random, 0.8f, 1.1f));
	}
}

/* The posture, moved four to six zones towards one side. */
static void make_leaving(const struct frame *posture, struct random *random, struct frame *frame)
{
	static const int8_t directions[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
	const int8_t *direction = directions[random_below(random, 4)];
	int zones = 4 + (int)random_below(random, 3);

	for (int z = 0; z < ZONES; z++) {
		int col = z % SIDE + direction[0] * zones, row = z / SIDE + direction[1] * zones;
		int to = row * SIDE + col;

		if (col < 0 || col >= SIDE || row < 0 || row >= SIDE)
			continue;
		frame->count[to] = posture->count[z];
		frame->status[to] = posture->status[z];
		frame->distance_q2[to] = posture->distance_q2[z];
		frame->signal_q11[to] = posture->signal_q11[z];
	}
}

void augment_make_none(const struct frame *posture, struct random *random, struct frame *ret_frame)
{
	*ret_frame = empty_frame();
	switch (random_below(random, 4)) {
	case 0:
		make_plane(random, ret_frame);
		break;
	case 1:
		make_blob(random, ret_frame);
		break;
	case 2:
		make_forearm(random, ret_frame);
		break;
	default:
		make_leaving(posture, random, ret_frame);
		break;
	}
}
