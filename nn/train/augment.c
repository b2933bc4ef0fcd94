/* SPDX-License-Identifier: Apache-2.0 */
/* augment.c - see augment.h. */
#include "nn/train/augment.h"

#include <string.h>

#include "nn/train/negatives.h"
#include "nn/train/zones.h"

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
	bool mirror, flip;
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
		.mirror = random_between(random, 0, 1) >= 1 - a->mirror,
		.flip = a->flip > 0 && random_between(random, 0, 1) < a->flip,
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

/* The hand as seen by a moved sensor. */
static void move_hand(const struct motion *motion, const struct frame *frame, const bool hand[ZONES],
		      struct frame *ret_frame)
{
	zones_clear(ret_frame);
	for (unsigned z = 0; z < ZONES; z++) {
		float x = (float)(z % SIDE) - zones_middle, y = (float)(z / SIDE) - zones_middle;
		float from_x = motion->cosine * x + motion->sine * y + motion->shift_x;
		float from_y = motion->cosine * y - motion->sine * x + motion->shift_y;

		sample(frame, hand, (motion->mirror ? -from_x : from_x) + zones_middle,
		       (motion->flip ? -from_y : from_y) + zones_middle, z, ret_frame);
	}
}

/* A rectangle of 2 to 4 zones each way. */
static void erase(struct frame *frame, struct random *random)
{
	unsigned width = 2 + random_below(random, 3), height = 2 + random_below(random, 3);
	unsigned left = random_below(random, SIDE - width + 1), top = random_below(random, SIDE - height + 1);

	for (unsigned row = top; row < top + height; row++)
		for (unsigned col = left; col < left + width; col++)
			zone_clear(frame, row * SIDE + col);
}

static void scale_all(const struct augmentation *a, struct frame *frame, struct random *random)
{
	float move = a->distance_mm > 0 ? random_between(random, -a->distance_mm, a->distance_mm) : 0;
	float gain = a->signal_scale > 0 ? random_between(random, 1 - a->signal_scale, 1 + a->signal_scale) : 1;

	for (unsigned z = 0; z < ZONES; z++) {
		float old = (float)frame->distance_q2[z] / 4, new = old + move;

		if (frame->count[z] && old > 20 && new > 20)
			zone_set(frame, z, new, (float)frame->signal_q11[z] / 2048 * gain * (old / new) * (old / new));
	}
}

static void spoil_zones(const struct augmentation *a, struct frame *frame, struct random *random)
{
	for (unsigned z = 0; z < ZONES && a->zone_dropout > 0; z++)
		if (frame->count[z] && random_between(random, 0, 1) < a->zone_dropout)
			zone_clear(frame, z);
	for (unsigned z = 0; z < ZONES && a->noise_signal > 0; z++)
		if (frame->count[z])
			frame->signal_q11[z] =
				(uint32_t)((float)frame->signal_q11[z] *
					   random_between(random, 1 - a->noise_signal, 1 + a->noise_signal));
}

void augment_frame(const struct augmentation *augmentation, const struct nn_preprocess *preprocess,
		   const struct frame *frame, struct random *random, struct frame *ret_frame)
{
	struct motion motion = random_motion(augmentation, random);
	struct frame changed;
	bool hand[ZONES];

	if (augmentation->twelve > 0 && random_between(random, 0, 1) < augmentation->twelve) {
		augment_twelve(preprocess, frame, random_below(random, AUGMENT_TWELVE), &changed);
		frame = &changed;
	}
	find_hand(preprocess, frame, hand);
	move_hand(&motion, frame, hand, ret_frame);
	for (unsigned z = 0; z < ZONES; z++)
		if (ret_frame->count[z])
			ret_frame->distance_q2[z] =
				(int16_t)((float)ret_frame->distance_q2[z] +
					  4 * random_between(random, -augmentation->noise_mm, augmentation->noise_mm));
	if (augmentation->distance_mm > 0 || augmentation->signal_scale > 0)
		scale_all(augmentation, ret_frame, random);
	spoil_zones(augmentation, ret_frame, random);
	if (augmentation->erase > 0 && random_between(random, 0, 1) < augmentation->erase)
		erase(ret_frame, random);
}

void augment_twelve(const struct nn_preprocess *preprocess, const struct frame *frame, unsigned which,
		    struct frame *ret_frame)
{
	/* Where (x, y) of the new frame, from its middle, lies in the old one: (a x + b y + e, c x + d y + f). */
	static const float ways[AUGMENT_TWELVE][6] = {
		{0, 1, -1, 0, 0, 0},	      {-1, 0, 0, -1, 0, 0},	    {0, -1, 1, 0, 0, 0},
		{-1, 0, 0, 1, 0, 0},	      {1, 0, 0, -1, 0, 0},	    {1, 0, 0, 6 / 7.0f, 0, -0.5f},
		{1, 0, 0, 6 / 7.0f, 0, 0.5f}, {6 / 7.0f, 0, 0, 1, 0.5f, 0}, {6 / 7.0f, 0, 0, 1, -0.5f, 0},
		{1, 0, 0, 1, -1, -1},	      {1, 0, 0, 1, 1, 1},	    {4 / 7.0f, 0, 0, 4 / 7.0f, -0.5f, -0.5f},
	};
	const float *way = ways[which % AUGMENT_TWELVE];
	bool hand[ZONES];

	find_hand(preprocess, frame, hand);
	zones_clear(ret_frame);
	for (unsigned z = 0; z < ZONES; z++) {
		float x = (float)(z % SIDE) - zones_middle, y = (float)(z / SIDE) - zones_middle;

		sample(frame, hand, way[0] * x + way[1] * y + way[4] + zones_middle,
		       way[2] * x + way[3] * y + way[5] + zones_middle, z, ret_frame);
	}
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

/* Those that the shipped model was first trained with. */
void augment_make_none(const struct frame *posture, struct random *random, struct frame *ret_frame)
{
	static const enum negative_family families[] = {NEGATIVE_PLANE, NEGATIVE_BLOB, NEGATIVE_FOREARM,
							NEGATIVE_LEAVING};

	negative_make(families[random_below(random, 4)], posture, posture, random, ret_frame);
}
