/* SPDX-License-Identifier: Apache-2.0 */
/*
 * negatives.h - things inside the gate that are no posture, made up. Each family is a function of its own, so that a
 * network can be tried on families that it was not trained with.
 */
#ifndef NN_TRAIN_NEGATIVES_H
#define NN_TRAIN_NEGATIVES_H

#include "nn/train/random.h"
#include "sensor/frame.h"

enum negative_family {
	NEGATIVE_PLANE,	  /* flat or tilted surface at 110..390 mm */
	NEGATIVE_BLOB,	  /* 1 to 12 zones next to each other */
	NEGATIVE_FOREARM, /* a bar from the bottom */
	NEGATIVE_LEAVING, /* the posture, 4 to 6 zones out of view */
	NEGATIVE_GRAZING, /* the posture, 2 or 3 zones out of view */
	NEGATIVE_SPECKLE, /* zones and distances at random */
	NEGATIVE_MIXTURE, /* left half of one posture, right half of another one */
	NEGATIVE_FAMILIES,
};

extern const char *const negative_names[NEGATIVE_FAMILIES];

/*
 * posture and other are frames with a hand; families that need none don't look at them. What comes out may lie outside
 * the gate or show too much of the posture: see negative_is_fair().
 */
void negative_make(enum negative_family family, const struct frame *posture, const struct frame *other,
		   struct random *random, struct frame *ret_frame);

/* A hand of which 45 % or more is left is a posture still. Zones: of the hand, before and after. */
static inline int negative_is_fair(enum negative_family family, unsigned zones_before, unsigned zones_after)
{
	return (family != NEGATIVE_LEAVING && family != NEGATIVE_GRAZING) || 100 * zones_after < 45 * zones_before;
}

#endif
