/* SPDX-License-Identifier: Apache-2.0 */
/* augment.c - see augment.h. */
#include "nn/train/augment.h"

#include <string.h>

#include "nn/train/zones.h"

enum {
	RIM = SIDE + 2,
};

/* The hand with background around it, so that whoever looks between its zones needs no limits; 0 is no hand. */
struct view {
	float hand[RIM * RIM], distance_q2[RIM * RIM], signal_q11[RIM * RIM];
};

/* A zone of the hand: seen and not behind it. */
static void find_hand(const struct nn_preprocess *p, const struct frame *frame, struct view *ret_view)
{
	int nearest = INT16_MAX, farthest;

	for (unsigned z = 0; z < ZONES; z++)
		if (zone_is_seen(frame, z) && frame->distance_q2[z] < nearest)
			nearest = frame->distance_q2[z];
	farthest = (int)((float)nearest + 4 * p->background_mm);
	*ret_view = (struct view){0};
	for (unsigned z = 0; z < ZONES; z++) {
		unsigned at = (z / SIDE + 1) * RIM + z % SIDE + 1;

		if (!zone_is_seen(frame, z) || frame->distance_q2[z] > farthest)
			continue;
		ret_view->hand[at] = 1;
		ret_view->distance_q2[at] = (float)frame->distance_q2[z];
		ret_view->signal_q11[at] = (float)frame->signal_q11[z];
	}
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

static float mix(const float *rows, const float shares[4])
{
	return rows[0] * shares[0] + rows[1] * shares[1] + rows[RIM] * shares[2] + rows[RIM + 1] * shares[3];
}

/* Interpolates between the hand's zones around (x, y); too little of the hand is background. */
static void sample(const struct view *view, float x, float y, unsigned zone, struct frame *ret_frame)
{
	const float edge = SIDE - 0.001f;
	float right, down, weight;
	unsigned at;

	if (!(x > -1 && x < edge && y > -1 && y < edge))
		return;
	at = (unsigned)(y + 1) * RIM + (unsigned)(x + 1);
	right = x + 1 - (float)(unsigned)(x + 1);
	down = y + 1 - (float)(unsigned)(y + 1);

	const float shares[4] = {(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down};

	weight = mix(view->hand + at, shares);
	if (weight >= 0.5f)
		zone_set(ret_frame, zone, mix(view->distance_q2 + at, shares) / (4 * weight),
			 mix(view->signal_q11 + at, shares) / (2048 * weight));
}

/* The hand as seen by a moved sensor. */
static void move_hand(const struct motion *motion, const struct view *view, struct frame *ret_frame)
{
	zones_clear(ret_frame);
	for (unsigned z = 0; z < ZONES; z++) {
		float x = (float)(z % SIDE) - zones_middle, y = (float)(z / SIDE) - zones_middle;
		float from_x = motion->cosine * x + motion->sine * y + motion->shift_x;
		float from_y = motion->cosine * y - motion->sine * x + motion->shift_y;

		sample(view, (motion->mirror ? -from_x : from_x) + zones_middle,
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
	float across = a->tilt_mm > 0 ? random_between(random, -a->tilt_mm, a->tilt_mm) : 0;
	float along = a->tilt_mm > 0 ? random_between(random, -a->tilt_mm, a->tilt_mm) : 0;
	float gain = a->signal_scale > 0 ? random_between(random, 1 - a->signal_scale, 1 + a->signal_scale) : 1;

	for (unsigned z = 0; z < ZONES; z++) {
		float old = (float)frame->distance_q2[z] / 4;
		float new = old + move + across *((float)(z % SIDE) - zones_middle) +
			    along *((float)(z / SIDE) - zones_middle);

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
	struct view view;

	if (augmentation->twelve > 0 && random_between(random, 0, 1) < augmentation->twelve) {
		augment_twelve(preprocess, frame, random_below(random, AUGMENT_TWELVE), &changed);
		frame = &changed;
	}
	find_hand(preprocess, frame, &view);
	move_hand(&motion, &view, ret_frame);
	for (unsigned z = 0; z < ZONES; z++)
		if (ret_frame->count[z])
			ret_frame->distance_q2[z] =
				(int16_t)((float)ret_frame->distance_q2[z] +
					  4 * random_between(random, -augmentation->noise_mm, augmentation->noise_mm));
	if (augmentation->distance_mm > 0 || augmentation->tilt_mm > 0 || augmentation->signal_scale > 0)
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
	struct view view;

	find_hand(preprocess, frame, &view);
	zones_clear(ret_frame);
	for (unsigned z = 0; z < ZONES; z++) {
		float x = (float)(z % SIDE) - zones_middle, y = (float)(z / SIDE) - zones_middle;

		sample(&view, way[0] * x + way[1] * y + way[4] + zones_middle,
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
