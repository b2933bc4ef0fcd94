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

#include "daemon/dbus-names.h"
#include "daemon/health.h"
#include "daemon/publish.h"

enum dbus_which { DBUS_AUTO, DBUS_SYSTEM, DBUS_SESSION, DBUS_NONE };

enum { DBUS_REASON_MAX = 384 };

struct dbus_model {
	uint32_t number;      /* 0: the built-in one */
	uint64_t installed_s; /* Unix seconds */
	char name[NN_LABEL_MAX * 2], sha256[65];
	bool in_use;
};

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
	/* As taught.h has them. */
	int (*model_install)(void *userdata, const void *bytes, size_t size, char *ret_sha256, char *ret_reason);
	int (*model_rollback)(void *userdata, char *ret_sha256, char *ret_reason);
	int (*model_read)(void *userdata, const char *which, void **ret_bytes, size_t *ret_size, char *ret_reason);
	unsigned (*model_list)(void *userdata, struct dbus_model *ret_models);
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
/* Copies at most size - 1 characters. Whatever is not printable ASCII becomes '?'. */
void dbus_facts_text(char *ret_text, size_t size, const char *text);
void publish_dbus_tell(struct publisher *publisher, const struct dbus_state *state);

#endif
