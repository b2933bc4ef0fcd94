/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide.h - from results to postures the world hears of: a pure function of (state, result, time).
 *
 * A class becomes the posture when it was the best one with at least its threshold in confirm_frames results in a
 * row. It stays while results disagree, until another class (None among them) is confirmed and hold_ms are over, or
 * until release_ms have gone by since it was last seen, which is: best, with its threshold, in its gate. Without a
 * hand in the gate nothing is confirmed, and after absence_ms the posture is none, whatever hold_ms says.
 * No allocation, no clock, no I/O.
 */
#ifndef DAEMON_DECIDE_H
#define DAEMON_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/classifier.h"

enum { DECIDE_NONE = -1 }; /* "no posture": also what the class named None becomes */

struct decide_rule {
	float threshold;	 /* 0..1, on the class's probability */
	uint16_t confirm_frames; /* >= 1 */
	uint16_t min_mm, max_mm; /* of the nearest zone; 0, 0 = the model's own gate */
	uint32_t hold_ms;	 /* nothing that the network says replaces it sooner than this */
	uint32_t release_ms;	 /* without being seen: back to None */
	bool enabled;		 /* false: as if the network had said None */
};

struct decide_config {
	struct decide_rule rule[NN_CLASSES_MAX]; /* per class, filled from [decide] and [posture NAME] */
	uint8_t classes;
	int none_class;	     /* index of the class that means "no posture", or DECIDE_NONE */
	uint32_t absence_ms; /* without a hand */
};

struct decide_state {
	int posture; /* class index or DECIDE_NONE */
	int candidate;
	uint16_t streak;
	float confidence; /* of the posture when it was last seen */
	uint64_t changed_ns, seen_ns, hand_ns;
	bool hand;	   /* within the last absence_ms */
	float distance_mm; /* when a hand was last seen */
	uint32_t seq;
};

struct decision {
	bool changed; /* posture differs from the one before this result: an event */
	bool hand_changed;
	int posture; /* class index or DECIDE_NONE */
	int previous;
	float confidence;  /* of the posture; 0 for none */
	bool hand;	   /* something was in the gate within the last absence_ms */
	float distance_mm; /* nearest zone when the hand was last seen, 0 without a hand */
	uint32_t seq;	   /* of the newest result */
	uint64_t t_ns;
};

void decide_reset(struct decide_state *state);
/* result NULL: only time has passed (no frame came): release and absence still run. */
struct decision decide_step(const struct decide_config *config, struct decide_state *state,
			    const struct nn_result *result, uint64_t now_ns);

#endif
