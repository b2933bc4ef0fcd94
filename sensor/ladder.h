/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ladder.h - which step of recovery comes next. Pure: no bus, no clock.
 *
 *   resync -> restart -> reboot -> power cycle, and then the last one again after 1, 2, 5, 10, 30, 60, 60, ... s
 *
 * Each symptom names the lowest rung that can help it; a rung that did not bring lasting health is not tried again,
 * the next one is. So many good frames in a row bring everything back to the bottom.
 */
#ifndef SENSOR_LADDER_H
#define SENSOR_LADDER_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/source.h"

enum {
	LADDER_GOOD_FRAMES = 20,
	LADDER_BACK_OFF_MAX_S = 60,
};

struct ladder {
	enum source_rung top;  /* POWER_CYCLE with an LPn line, else REBOOT */
	enum source_rung next; /* one above top when all have been tried */
	unsigned rounds;       /* how often the top was repeated */
	unsigned good;	       /* frames in a row */
};

struct ladder_step {
	enum source_rung rung;
	uint32_t wait_s; /* before it is tried */
};

void ladder_init(struct ladder *ladder, bool power_cycle);

/* Something is wrong and takes at least this rung: what to do now. */
struct ladder_step ladder_next(struct ladder *ladder, enum source_rung at_least);

/* No rung can help what is wrong (another chip, another firmware): only time can, so the next step waits. */
void ladder_exhaust(struct ladder *ladder);

/* A good frame arrived. */
void ladder_good(struct ladder *ladder);

/* A frame was no good: the row is broken. */
void ladder_bad(struct ladder *ladder);

/* Seconds before attempt number n (0, 1, 2, ...): 1, 2, 5, 10, 30, 60, 60, ... */
uint32_t ladder_back_off_s(unsigned n);

#endif
