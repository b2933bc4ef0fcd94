/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publisher.c - skeleton of a publisher (daemon/publish.h). Copy it to daemon/publish-NAME.c and fill in what is marked
 * "Yours". It keeps the newest posture and counts what it had no room for.
 *
 * Then: a header with the open function, a section of keys for it (config-key.c next to this file), its opening where
 * the service opens the other publishers, the file in daemon/local.mk, and a test in tests/unit/.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "daemon/publish.h"

enum { EVENTS_MAX = 64 };

struct skeleton {
	struct publisher publisher;
	struct decision newest; /* the state: only the newest one matters */
	bool newest_waiting;
	struct decision events[EVENTS_MAX]; /* changes: in order, none twice */
	unsigned events_waiting;
	uint64_t dropped;
};

int skeleton_publisher_open(struct publisher **ret_publisher);

static struct skeleton *skeleton_of(struct publisher *publisher)
{
	return (struct skeleton *)(void *)((char *)publisher - offsetof(struct skeleton, publisher));
}

static int skeleton_fd(struct publisher *publisher)
{
	(void)publisher;
	return -1; /* Yours: a descriptor that becomes readable when dispatch has work */
}

static int skeleton_dispatch(struct publisher *publisher)
{
	struct skeleton *skeleton = skeleton_of(publisher);

	/* Yours: send what waits, as far as it goes without waiting. */
	skeleton->newest_waiting = false;
	skeleton->events_waiting = 0;
	return 0;
}

/* Copies what it needs: the message's pointers end with this call. Never waits. */
static int skeleton_publish(struct publisher *publisher, const struct message *message)
{
	struct skeleton *skeleton = skeleton_of(publisher);

	switch (message->kind) {
	case MESSAGE_POSTURE:
		skeleton->newest = *message->decision;
		skeleton->newest_waiting = true;
		return 0;
	case MESSAGE_EVENT:
		if (skeleton->events_waiting == EVENTS_MAX) {
			skeleton->dropped++;
			return -ENOBUFS;
		}
		skeleton->events[skeleton->events_waiting++] = *message->decision;
		return 0;
	case MESSAGE_FRAME:
	case MESSAGE_DIAGNOSTICS:
	case MESSAGE_AVAILABILITY:
		return 0; /* Yours: what else the world should hear */
	}
	return -EINVAL;
}

static struct publisher *skeleton_free(struct publisher *publisher)
{
	/* Yours: say goodbye, within two seconds. */
	free(publisher ? skeleton_of(publisher) : NULL);
	return NULL;
}

int skeleton_publisher_open(struct publisher **ret_publisher)
{
	static const struct publisher_ops ops = {
		.name = "skeleton",
		.fd = skeleton_fd,
		.dispatch = skeleton_dispatch,
		.publish = skeleton_publish,
		.free = skeleton_free,
	};
	struct skeleton *skeleton = calloc(1, sizeof(*skeleton));

	if (!skeleton)
		return -ENOMEM;
	skeleton->publisher.ops = &ops;
	*ret_publisher = &skeleton->publisher;
	return 0;
}
