/* SPDX-License-Identifier: Apache-2.0 */
/* take.c - see take.h. */
#include "daemon/posturectl/take.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HAND_DEPTH_MM = 120, /* what lies behind the nearest zone by less belongs to the hand */
	BLOCK = 5,	     /* frames that are averaged, or noise would pass for movement */
};

int take_init(struct take *take, size_t room)
{
	*take = (struct take){
		.frames = calloc(room, sizeof(*take->frames)),
		.gated = calloc(room, sizeof(*take->gated)),
		.room = room,
	};
	if (take->frames && take->gated)
		return 0;
	take_clear(take);
	return -ENOMEM;
}

void take_clear(struct take *take)
{
	free(take->frames);
	free(take->gated);
	*take = (struct take){.frames = NULL};
}

static bool is_same(const struct frame *a, const struct frame *b)
{
	return memcmp(a->distance_q2, b->distance_q2, sizeof(a->distance_q2)) == 0 &&
	       memcmp(a->signal_q11, b->signal_q11, sizeof(a->signal_q11)) == 0 &&
	       memcmp(a->status, b->status, sizeof(a->status)) == 0;
}

void take_add(struct take *take, const struct frame *frame, bool in_gate, uint32_t dropped)
{
	const struct frame *last = take->n > 0 ? &take->frames[take->n - 1] : NULL;

	if (take->n == take->room) {
		take->full = true;
		return;
	}
	if (last) {
		take->duplicates += is_same(last, frame);
		take->missing += dropped + frame->lost;
	}
	take->in_gate += in_gate;
	take->gated[take->n] = in_gate;
	take->frames[take->n++] = *frame;
}

/* --- movement ------------------------------------------------------------------------------------------------- */

struct hand {
	double mm, col, row;
};

static bool is_seen(const struct frame *frame, unsigned zone)
{
	return frame->count[zone] > 0 &&
	       (frame->status[zone] == FRAME_STATUS_VALID || frame->status[zone] == FRAME_STATUS_VALID_WIDE);
}

/* Mean distance and place of the nearest thing; false when there is none. */
static bool hand_of(const struct frame *frame, struct hand *ret_hand)
{
	unsigned zones = (unsigned)frame->cols * frame->rows, n = 0;
	double nearest = INFINITY;
	struct hand hand = {0};

	for (unsigned i = 0; i < zones; i++)
		if (is_seen(frame, i))
			nearest = fmin(nearest, frame->distance_q2[i] / 4.0);
	for (unsigned i = 0; i < zones; i++) {
		if (!is_seen(frame, i) || frame->distance_q2[i] / 4.0 > nearest + HAND_DEPTH_MM)
			continue;
		hand.mm += frame->distance_q2[i] / 4.0;
		hand.col += i % frame->cols;
		hand.row += i / frame->cols;
		n++;
	}
	if (n == 0)
		return false;
	*ret_hand = (struct hand){hand.mm / n, hand.col / n, hand.row / n};
	return true;
}

struct span {
	double low, high;
};

static void widen(struct span *span, double value)
{
	span->low = fmin(span->low, value);
	span->high = fmax(span->high, value);
}

static void measure(const struct take *take, struct take_verdict *verdict)
{
	struct span mm = {INFINITY, -INFINITY}, col = mm, row = mm;
	struct hand sum = {0};
	unsigned n = 0;

	for (size_t i = 0; i < take->n; i++) {
		struct hand hand;

		if (!take->gated[i] || !hand_of(&take->frames[i], &hand))
			continue;
		sum = (struct hand){sum.mm + hand.mm, sum.col + hand.col, sum.row + hand.row};
		if (++n < BLOCK)
			continue;
		widen(&mm, sum.mm / BLOCK);
		widen(&col, sum.col / BLOCK);
		widen(&row, sum.row / BLOCK);
		sum = (struct hand){0};
		n = 0;
	}
	if (!isfinite(mm.low))
		return;
	verdict->span_mm = mm.high - mm.low;
	verdict->span_zones = hypot(col.high - col.low, row.high - row.low);
}

/* --- the verdict ---------------------------------------------------------------------------------------------- */

static unsigned percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (unsigned)(part * 100 / whole) : 0;
}

void take_judge(const struct take *take, bool none, size_t wanted, struct take_verdict *ret_verdict)
{
	struct take_verdict verdict = {
		.frames = (unsigned)take->n,
		.in_gate = take->in_gate,
		.duplicates = take->duplicates,
		.missing = take->missing,
	};
	char *reason = verdict.reason;

	measure(take, &verdict);
	if (take->n < TAKE_FRAMES_MIN)
		snprintf(reason, TAKE_REASON,
			 "only %zu frames came, %d are needed: record for longer, or see what "
			 "posturectl status says of the sensor",
			 take->n, TAKE_FRAMES_MIN);
	else if (percent(take->missing, take->n + take->missing) > TAKE_MISSING_PERCENT ||
		 (size_t)take->n * 100 < wanted * (100 - TAKE_MISSING_PERCENT))
		snprintf(reason, TAKE_REASON,
			 "%zu frames of %zu came: the bus or this machine was too slow, see posturectl status", take->n,
			 wanted > take->n + take->missing ? wanted : (size_t)(take->n + take->missing));
	else if (percent(take->duplicates, take->n) > TAKE_DUPLICATES_PERCENT)
		snprintf(reason, TAKE_REASON, "%u of %zu frames are the same as the one before: the sensor is stuck",
			 take->duplicates, take->n);
	else if (!none && percent(take->in_gate, take->n) < TAKE_GATE_PERCENT)
		snprintf(reason, TAKE_REASON,
			 "only %u of %zu frames show a hand in the gate: hold it in front of the sensor for the whole "
			 "take, neither nearer nor farther than the model looks",
			 take->in_gate, take->n);
	else if (!none && verdict.span_mm < TAKE_SPAN_MM && verdict.span_zones * 100 < TAKE_SPAN_CENTIZONES)
		snprintf(
			reason, TAKE_REASON,
			"the hand moved by %.0f mm and %.1f zones only: turn it a little, nearer and farther, left and "
			"right, or the model learns one picture",
			verdict.span_mm, verdict.span_zones);
	verdict.good = reason[0] == '\0';
	*ret_verdict = verdict;
}
