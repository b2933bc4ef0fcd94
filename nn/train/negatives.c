/* SPDX-License-Identifier: Apache-2.0 */
/* negatives.c - see negatives.h. */
#include "nn/train/negatives.h"

#include <stdbool.h>

#include "nn/train/zones.h"

enum {
	BLOB_ZONES_MAX = 12,
};

const char *const negative_names[NEGATIVE_FAMILIES] = {
	"plane", "blob", "forearm", "leaving", "grazing", "speckle", "mixture",
};

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
		float d = distance + slope_x * ((float)(z % SIDE) - zones_middle) +
			  slope_y * ((float)(z / SIDE) - zones_middle) + random_between(random, -4, 4);

		if (d > 20)
			zone_set(frame, z, d, signal_at(reflectance, d) * random_between(random, 0.9f, 1.1f));
	}
}

/* Grows from one zone to n, each next to one that is there. */
static void make_blob(struct random *random, struct frame *frame)
{
	float distance = random_between(random, 110, 390), reflectance = random_between(random, 50, 1500);
	unsigned n = 1 + random_below(random, BLOB_ZONES_MAX);
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

/* The posture, moved so many zones towards one side. */
static void make_moved(const struct frame *posture, int zones, struct random *random, struct frame *frame)
{
	static const int8_t directions[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
	const int8_t *direction = directions[random_below(random, 4)];

	for (int z = 0; z < ZONES; z++) {
		int col = z % SIDE + direction[0] * zones, row = z / SIDE + direction[1] * zones;

		if (col >= 0 && col < SIDE && row >= 0 && row < SIDE)
			zone_copy(posture, (unsigned)z, frame, (unsigned)(row * SIDE + col));
	}
}

static void make_speckle(struct random *random, struct frame *frame)
{
	float share = random_between(random, 0.05f, 0.6f);
	float distance = random_between(random, 110, 390), reflectance = random_between(random, 50, 1500);

	for (unsigned z = 0; z < ZONES; z++) {
		float d = distance + random_between(random, 0, 120);

		if (random_between(random, 0, 1) < share)
			zone_set(frame, z, d, signal_at(reflectance, d) * random_between(random, 0.3f, 1.5f));
	}
}

static void make_mixture(const struct frame *posture, const struct frame *other, struct frame *frame)
{
	for (unsigned z = 0; z < ZONES; z++)
		zone_copy(z % SIDE < SIDE / 2 ? posture : other, z, frame, z);
}

void negative_make(enum negative_family family, const struct frame *posture, const struct frame *other,
		   struct random *random, struct frame *ret_frame)
{
	zones_clear(ret_frame);
	switch (family) {
	case NEGATIVE_PLANE:
		make_plane(random, ret_frame);
		break;
	case NEGATIVE_BLOB:
		make_blob(random, ret_frame);
		break;
	case NEGATIVE_FOREARM:
		make_forearm(random, ret_frame);
		break;
	case NEGATIVE_LEAVING:
		make_moved(posture, 4 + (int)random_below(random, 3), random, ret_frame);
		break;
	case NEGATIVE_GRAZING:
		make_moved(posture, 2 + (int)random_below(random, 2), random, ret_frame);
		break;
	case NEGATIVE_SPECKLE:
		make_speckle(random, ret_frame);
		break;
	default:
		make_mixture(posture, other, ret_frame);
		break;
	}
}
