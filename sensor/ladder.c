/* SPDX-License-Identifier: Apache-2.0 */
/* ladder.c - the policy of recovery (see ladder.h). */
#include "sensor/ladder.h"

uint32_t ladder_back_off_s(unsigned n)
{
	static const uint8_t seconds[] = {1, 2, 5, 10, 30, LADDER_BACK_OFF_MAX_S};
	unsigned last = sizeof(seconds) - 1;

	return seconds[n < last ? n : last];
}

void ladder_init(struct ladder *ladder, bool power_cycle)
{
	*ladder = (struct ladder){
		.top = power_cycle ? SOURCE_RUNG_POWER_CYCLE : SOURCE_RUNG_REBOOT,
		.next = SOURCE_RUNG_RESYNC,
	};
}

struct ladder_step ladder_next(struct ladder *ladder, enum source_rung at_least)
{
	struct ladder_step step = {.rung = ladder->next > at_least ? ladder->next : at_least};

	ladder->good = 0;
	/* Without an LPn line the wish for a power cycle is one for a reboot. */
	if (step.rung > ladder->top && ladder->next <= ladder->top)
		step.rung = ladder->top;
	if (step.rung > ladder->top) {
		step.rung = ladder->top;
		step.wait_s = ladder_back_off_s(ladder->rounds++);
	}
	ladder->next = step.rung + 1;
	return step;
}

void ladder_exhaust(struct ladder *ladder)
{
	ladder->next = ladder->top + 1;
}

void ladder_good(struct ladder *ladder)
{
	if (++ladder->good < LADDER_GOOD_FRAMES)
		return;
	ladder->next = SOURCE_RUNG_RESYNC;
	ladder->rounds = 0;
}

void ladder_bad(struct ladder *ladder)
{
	ladder->good = 0;
}
