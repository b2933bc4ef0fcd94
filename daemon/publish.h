/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.h - telling the world. A publisher takes a bounded copy and never blocks the event loop.
 *
 * Implementations: publish-mqtt.c (through mqtt-link.c), publish-json.c (stdout).
 */
#ifndef DAEMON_PUBLISH_H
#define DAEMON_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/decide.h"
#include "nn/classifier.h"
#include "sensor/frame.h"

enum message_kind {
	MESSAGE_POSTURE,     /* the state; the newest one wins */
	MESSAGE_EVENT,	     /* a change; kept in order, never retained */
	MESSAGE_FRAME,	     /* zones and probabilities of one frame; may be dropped */
	MESSAGE_DIAGNOSTICS, /* health; the newest one wins */
	MESSAGE_AVAILABILITY,
};

/* Everything a publisher may say; it picks what its kind needs. Pointers are valid during publish() only. */
struct message {
	enum message_kind kind;
	uint64_t t_ns;			       /* CLOCK_MONOTONIC of what it tells */
	uint64_t wall_us;		       /* CLOCK_REALTIME of the same moment */
	const struct decision *decision;       /* POSTURE, EVENT, FRAME */
	const struct nn_result *result;	       /* FRAME, and POSTURE when there is one */
	const struct nn_description *model;    /* labels; never NULL */
	const struct frame *frame;	       /* FRAME */
	const struct diagnostics *diagnostics; /* DIAGNOSTICS (daemon/health.h) */
	bool online;			       /* AVAILABILITY */
};

struct publisher;

struct publisher_ops {
	const char *name;
	/* Readable when dispatch has work; -1 = never. */
	int (*fd)(struct publisher *publisher);
	int (*dispatch)(struct publisher *publisher);
	/* Bounded copy; 0, or -ENOBUFS when something had to be dropped (already counted). */
	int (*publish)(struct publisher *publisher, const struct message *message);
	/* Says goodbye, within two seconds. NULL allowed, returns NULL. */
	struct publisher *(*free)(struct publisher *publisher);
};

struct publisher {
	const struct publisher_ops *ops;
};

static inline struct publisher *publisher_free(struct publisher *publisher)
{
	return publisher ? publisher->ops->free(publisher) : NULL;
}

#endif
