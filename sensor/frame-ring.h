/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame-ring.h - hands frames from the acquisition thread to the event loop: a few slots, and a descriptor to poll.
 *
 * One thread puts, one thread takes. When the taker is late, the oldest frame makes room: the newest is what
 * matters. A lossless ring makes the putter wait instead (recordings and scenes that run as fast as they can).
 */
#ifndef SENSOR_FRAME_RING_H
#define SENSOR_FRAME_RING_H

#include <stdbool.h>

#include "sensor/frame.h"

enum { FRAME_RING_SLOTS = 8 };

struct frame_ring;

/* Errors: ENOMEM, or those of eventfd(). */
int frame_ring_new(bool lossless, struct frame_ring **ret_ring);
/* NULL allowed, returns NULL. */
struct frame_ring *frame_ring_free(struct frame_ring *ring);

/* Readable while a frame waits, and for ever after the end. */
int frame_ring_fd(const struct frame_ring *ring);

/*
 * Copies the frame. Returns 0; 1 when another frame had to be dropped for it; -ECANCELED when the ring was ended
 * (possibly while waiting for room).
 */
int frame_ring_put(struct frame_ring *ring, const struct frame *frame);

/* 1: ret_frame is filled; 0: none now; -ENODATA: ended and drained. */
int frame_ring_take(struct frame_ring *ring, struct frame *ret_frame);

/* No frame comes any more: by the putter after its last, or by the taker to stop a waiting putter. */
void frame_ring_end(struct frame_ring *ring);

#endif
