/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pacer.h - when to look whether the sensor has a new frame. Pure: no bus, no clock.
 *
 * INT is a hint: a pulse of 100 us can be missed, a spike can look like one. The data-ready register is the truth.
 *
 *   EDGES    look at each edge; without one, look after 1.5 periods and then 8 times a period
 *   POLLING  no INT line, or one that can't be trusted: look 16 times a period from 7/8 of it on
 *
 * Three missed edges in a row lead to POLLING, where edges are still listened to: three that brought a frame lead
 * back. Edges without a frame are spurious; more than eight of them between two frames are a storm: nobody listens
 * for five seconds.
 */
#ifndef SENSOR_PACER_H
#define SENSOR_PACER_H

#include <stdbool.h>
#include <stdint.h>

enum pacer_mode { PACER_EDGES, PACER_POLLING };

struct pacer {
	uint64_t period_ns;
	bool has_int;
	enum pacer_mode mode;
	uint64_t frame_ns; /* when the last frame came, or ranging began */
	uint64_t look_ns;  /* when somebody looked last */
	uint64_t mute_ns;  /* nobody listens to INT before this */
	unsigned missed;   /* edges, in a row */
	unsigned trusted;  /* edges that brought a frame, in a row */
	unsigned spurious; /* edges since the last frame */
};

void pacer_start(struct pacer *pacer, uint64_t period_ns, bool has_int, uint64_t now_ns);

/* When to look even if no edge comes. */
uint64_t pacer_wake_ns(const struct pacer *pacer);

/* Whether an edge shall wake us. */
bool pacer_listens(const struct pacer *pacer, uint64_t now_ns);

/*
 * Whether the 4 bytes of the data-ready register are read before a whole frame: always, except at an edge that
 * comes about when a frame is due.
 */
bool pacer_doubts(const struct pacer *pacer, bool edge, uint64_t now_ns);

/* A frame was there. True when the INT line should have told and did not (a missed edge). */
bool pacer_frame(struct pacer *pacer, bool edge, uint64_t now_ns);

/* Nothing was there. True when the edge was spurious. */
bool pacer_nothing(struct pacer *pacer, bool edge, uint64_t now_ns);

#endif
