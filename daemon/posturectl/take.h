/* SPDX-License-Identifier: Apache-2.0 */
/*
 * take.h - a take of one posture while it is recorded, and whether it is worth keeping. Pure: frames in, a verdict out.
 *
 * A network learns nothing from frames without a hand, from the same frame twice, or from a hand that never moved; such
 * a take makes the figures of a training better than the model is.
 */
#ifndef DAEMON_POSTURECTL_TAKE_H
#define DAEMON_POSTURECTL_TAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/frame.h"

enum {
	TAKE_FRAMES_MIN = 20,
	TAKE_GATE_PERCENT = 80,	     /* of the frames must show a hand in the gate; not for None */
	TAKE_DUPLICATES_PERCENT = 5, /* at most */
	TAKE_MISSING_PERCENT = 20,   /* at most */
	TAKE_SPAN_MM = 15,	     /* the hand must have moved so far, or ... */
	TAKE_SPAN_CENTIZONES = 30,   /* ... sideways by so much of a zone */
	TAKE_REASON = 256,
};

struct take {
	struct frame *frames;
	bool *gated; /* of each frame */
	size_t n, room;
	unsigned in_gate, duplicates;
	uint64_t missing; /* that the sensor made and we have not */
	bool full;	  /* frames were left out because there was no room */
};

struct take_verdict {
	bool good;
	unsigned frames, in_gate, duplicates;
	uint64_t missing;
	double span_mm, span_zones; /* how far the hand moved: nearer and farther, sideways */
	char reason[TAKE_REASON];   /* why it is not good, and what to do; "" */
};

int take_init(struct take *take, size_t room);
void take_clear(struct take *take);
/* dropped: frames that never reached us before this one. */
void take_add(struct take *take, const struct frame *frame, bool in_gate, uint32_t dropped);
/* none: the take of no posture, in which there need not be a hand. wanted: frames that the time should have given. */
void take_judge(const struct take *take, bool none, size_t wanted, struct take_verdict *ret_verdict);

#endif
