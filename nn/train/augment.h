/* SPDX-License-Identifier: Apache-2.0 */
/* augment.h - frames from frames: what another hand at another moment could have looked like. */
#ifndef NN_TRAIN_AUGMENT_H
#define NN_TRAIN_AUGMENT_H

#include "nn/runtime/preprocess.h"
#include "nn/train/random.h"
#include "sensor/frame.h"

/* What is 0 does not happen. */
struct augmentation {
	float mirror;	    /* share with left and right exchanged */
	float flip;	    /* share with top and bottom exchanged */
	float rotation;	    /* largest, in radians */
	float zoom;	    /* largest, as a share */
	float shift;	    /* largest, in zones */
	float jump;	    /* share of frames that are moved by a whole zone after centring */
	float noise_mm;	    /* largest */
	float noise_signal; /* largest, as a share */
	float zone_dropout; /* share of zones */
	float distance_mm;  /* largest move of the whole hand; the signal follows */
	float tilt_mm;	    /* largest slope, in mm from zone to zone, both ways; the signal follows */
	float signal_scale; /* largest change of all signals, as a share */
	float erase;	    /* share of frames with a rectangle erased */
	float twelve;	    /* share of frames changed by one of augment_twelve() */
};

enum {
	AUGMENT_TWELVE = 12,
};

/* Mirrors, turns, scales and shifts the hand, then spoils its zones. */
void augment_frame(const struct augmentation *augmentation, const struct nn_preprocess *preprocess,
		   const struct frame *frame, struct random *random, struct frame *ret_frame);

/* Moves a network input by one zone in one of eight directions, for `jump` of the inputs. */
void augment_input(const struct augmentation *augmentation, const float background[2], struct random *random,
		   float *input);

/*
 * One of twelve: turned by 90, 180, 270 degrees, flipped left-right, top-bottom; without the top, bottom, left, right
 * line of zones and without all four twice over, stretched again; moved by one zone towards both ends of the diagonal.
 */
void augment_twelve(const struct nn_preprocess *preprocess, const struct frame *frame, unsigned which,
		    struct frame *ret_frame);

/* The same changes of a picture [height][width][channels], as far as they have a meaning there. */
void augment_picture(const struct augmentation *augmentation, const uint32_t shape[3], struct random *random,
		     float *input);

#endif
