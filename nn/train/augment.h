/* SPDX-License-Identifier: Apache-2.0 */
/* augment.h - frames from frames: what another hand at another moment could have looked like, and what is no posture. */
#ifndef NN_TRAIN_AUGMENT_H
#define NN_TRAIN_AUGMENT_H

#include "nn/runtime/preprocess.h"
#include "nn/train/random.h"
#include "sensor/frame.h"

struct augmentation {
	float rotation; /* largest, in radians */
	float zoom;	/* largest, as a share */
	float shift;	/* largest, in zones */
	float jump;	/* share of frames that are moved by a whole zone after centring */
	float noise_mm;
};

/* Mirrors half of the frames, then turns, scales and shifts the hand. */
void augment_frame(const struct augmentation *augmentation, const struct nn_preprocess *preprocess,
		   const struct frame *frame, struct random *random, struct frame *ret_frame);

/* Moves a network input by one zone in one of eight directions, for `jump` of the inputs. */
void augment_input(const struct augmentation *augmentation, const float background[2], struct random *random,
		   float *input);

/*
 * Something inside the gate that is no posture: a tilted plane, a blob, a forearm, or the given posture pushed
 * mostly out of view.
 */
void augment_make_none(const struct frame *posture, struct random *random, struct frame *ret_frame);

#endif
