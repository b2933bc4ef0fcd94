/* SPDX-License-Identifier: Apache-2.0 */
/* pacer.c - when to look for a frame (see pacer.h). */
#include "sensor/pacer.h"

enum {
	MISSED_MAX = 3,
	TRUSTED_ENOUGH = 3,
	SPURIOUS_MAX = 8,
	MUTE_S = 5,
};

void pacer_start(struct pacer *pacer, uint64_t period_ns, bool has_int, uint64_t now_ns)
{
	*pacer = (struct pacer){
		.period_ns = period_ns,
		.has_int = has_int,
		.mode = has_int ? PACER_EDGES : PACER_POLLING,
		.frame_ns = now_ns,
		.look_ns = now_ns,
	};
}

uint64_t pacer_wake_ns(const struct pacer *pacer)
{
	bool edges = pacer->mode == PACER_EDGES;
	uint64_t first = pacer->frame_ns + (edges ? pacer->period_ns * 3 / 2 : pacer->period_ns * 7 / 8);
	uint64_t again = pacer->look_ns + pacer->period_ns / (edges ? 8 : 16);

	return first > again ? first : again;
}

bool pacer_listens(const struct pacer *pacer, uint64_t now_ns)
{
	return pacer->has_int && now_ns >= pacer->mute_ns;
}

bool pacer_doubts(const struct pacer *pacer, bool edge, uint64_t now_ns)
{
	return !edge || pacer->spurious > 0 || now_ns < pacer->frame_ns + pacer->period_ns / 2;
}

bool pacer_frame(struct pacer *pacer, bool edge, uint64_t now_ns)
{
	bool missed = pacer->mode == PACER_EDGES && !edge;

	/* Found late: it came a period after the one before, else each would be later than the last. */
	if (missed && now_ns - pacer->frame_ns < 2 * pacer->period_ns)
		pacer->frame_ns += pacer->period_ns;
	else
		pacer->frame_ns = now_ns;
	pacer->look_ns = now_ns;
	pacer->spurious = 0;
	pacer->missed = missed ? pacer->missed + 1 : 0;
	pacer->trusted = edge ? pacer->trusted + 1 : 0;
	if (pacer->missed >= MISSED_MAX)
		pacer->mode = PACER_POLLING;
	else if (pacer->trusted >= TRUSTED_ENOUGH)
		pacer->mode = PACER_EDGES;
	return missed;
}

bool pacer_nothing(struct pacer *pacer, bool edge, uint64_t now_ns)
{
	pacer->look_ns = now_ns;
	if (!edge)
		return false;
	pacer->trusted = 0;
	if (++pacer->spurious > SPURIOUS_MAX) {
		pacer->spurious = 0;
		pacer->mode = PACER_POLLING;
		pacer->mute_ns = now_ns + MUTE_S * 1000000000ull;
	}
	return true;
}
