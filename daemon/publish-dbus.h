/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish-dbus.h - the publisher for D-Bus: the service as an object that can be asked, followed and set (dbus-names.h).
 *
 * It lives on the event loop and never blocks it. A bus that is not there is waited for: the service runs without it,
 * and takes its name again when the bus comes back. Nothing that a client does or leaves undone makes anything grow:
 * frames go only to clients that have asked for them, each as many as it has given credit for; what comes when the
 * credit is used up is dropped for that client and counted. sd-bus stands in the *dbus*.c files alone.
 */
#ifndef DAEMON_PUBLISH_DBUS_H
#define DAEMON_PUBLISH_DBUS_H

#include <systemd/sd-event.h>

#include "daemon/health.h"
#include "daemon/publish.h"

enum dbus_which { DBUS_AUTO, DBUS_SYSTEM, DBUS_SESSION, DBUS_NONE };

enum { DBUS_REASON_MAX = 384 };

/* Calls that come from clients. */
struct dbus_hooks {
	/*
	 * key: one of [decide], POSTURE/<key>, or "backend", 1..63 printable characters, as value. 0, or a negative errno
	 * and why in ret_reason (DBUS_REASON_MAX bytes).
	 */
	int (*set)(void *userdata, const char *key, const char *value, char *ret_reason);
	int (*reload)(void *userdata, char *ret_reason);
	/* "posture", "diagnostics", "availability": the text that MQTT's topic has, freed by the caller; NULL: no such. */
	char *(*payload)(void *userdata, const char *name);
	void *userdata;
};

/* What changes without a message: tell it about twice a second, and after each change of settings or model. */
struct dbus_state {
	const struct diagnostics *diagnostics; /* with model */
	double threshold;
	unsigned confirm_frames;
	const char *backends[8]; /* that can be chosen, NULL at the end */
};

/* DBUS_AUTO: the session's bus for a user's process that has one, else the system's. -ENOMEM only. */
int publish_dbus_open(sd_event *loop, enum dbus_which which, const struct dbus_hooks *hooks,
		      struct publisher **ret_publisher);
void publish_dbus_tell(struct publisher *publisher, const struct dbus_state *state);

#endif
