/* SPDX-License-Identifier: Apache-2.0 */
/* zones.h - zones of a frame that is being made up. */
#ifndef NN_TRAIN_ZONES_H
#define NN_TRAIN_ZONES_H

#include <stdbool.h>

#include "sensor/frame.h"

enum {
	SIDE = 8,
	ZONES = SIDE * SIDE,
};

static const float zones_middle = 3.5f;

static inline bool zone_is_seen(const struct frame *frame, unsigned zone)
{
	return frame->status[zone] == FRAME_STATUS_VALID || frame->status[zone] == FRAME_STATUS_VALID_WIDE;
}

static inline void zone_clear(struct frame *frame, unsigned zone)
{
	frame->count[zone] = 0;
	frame->status[zone] = FRAME_STATUS_NONE;
	frame->distance_q2[zone] = 0;
	frame->signal_q11[zone] = 0;
}

static inline void zone_set(struct frame *frame, unsigned zone, float distance_mm, float signal_kcps)
{
	frame->count[zone] = 1;
	frame->status[zone] = FRAME_STATUS_VALID;
	frame->distance_q2[zone] = (int16_t)(distance_mm * 4 + 0.5f);
	frame->signal_q11[zone] = (uint32_t)(signal_kcps * 2048 + 0.5f);
}

/* Nothing is seen. */
static inline void zones_clear(struct frame *frame)
{
	*frame = (struct frame){.cols = SIDE, .rows = SIDE};
	for (unsigned z = 0; z < ZONES; z++)
		zone_clear(frame, z);
}

static inline void zone_copy(const struct frame *from, unsigned from_zone, struct frame *to, unsigned to_zone)
{
	to->count[to_zone] = from->count[from_zone];
	to->status[to_zone] = from->status[from_zone];
	to->distance_q2[to_zone] = from->distance_q2[from_zone];
	to->signal_q11[to_zone] = from->signal_q11[from_zone];
}

#endif
