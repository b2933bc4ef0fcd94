/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preprocess.h - from a frame to the network's input: the one function that service, trainer and evaluation share.
 *
 *   1. a zone is seen when it has a target of status 5 or 9; the nearest seen zone gives the hand's distance
 *   2. hand in the gate when min_mm <= nearest <= max_mm
 *   3. zones farther than nearest + background_mm are background
 *   4. the representation turns what is left into numbers [8][8][2], row, column, channel
 *
 * Its parameters are part of the model file, so that training and use can't differ. Freestanding C11.
 */
#ifndef NN_RUNTIME_PREPROCESS_H
#define NN_RUNTIME_PREPROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/frame.h"

enum nn_representation {
	/* ST's: (d - distance_offset) / distance_scale and (s - signal_offset) / signal_scale; background 4000 mm, 0 */
	NN_REPRESENTATION_ST = 1,
	/* (nearest + background - d) / background in 0..1 mapped to far..near, and sqrt(signal) * d over its mean in the hand */
	NN_REPRESENTATION_RELATIVE = 2,
};

enum nn_preprocess_flags {
	NN_PREPROCESS_CENTRE = 1u << 0, /* shift by whole zones until the hand's centroid is in the middle */
};

/* As stored in the model file (little-endian, 48 bytes). */
struct nn_preprocess {
	uint32_t representation; /* enum nn_representation */
	uint32_t flags;		 /* NN_PREPROCESS_* */
	float min_mm, max_mm, background_mm;
	float default_mm;			      /* distance of a background zone (ST: 4000) */
	float distance_offset, distance_scale;	      /* ST: 295, 196; RELATIVE: value at the far edge, span */
	float signal_offset, signal_scale;	      /* ST: 281, 452 */
	float background_distance, background_signal; /* RELATIVE: what a background zone becomes */
};

/* What else is known of the hand, for deciding and publishing. */
struct nn_hand {
	bool present;			  /* something is inside the gate */
	float nearest_mm;		  /* 0 when no zone is seen */
	uint8_t zones;			  /* of the hand */
	float centroid_col, centroid_row; /* 0..7, of the hand's zones; 3.5 when there is none */
};

/*
 * Fills input[rows * cols * 2] and ret_hand. Returns 0 or NN_ERROR_INPUT for a frame that is not 8x8 or an
 * unknown representation. Without a hand in the gate input holds background only.
 */
int nn_preprocess(const struct nn_preprocess *preprocess, const struct frame *frame, float *input,
		  struct nn_hand *ret_hand);

#endif
