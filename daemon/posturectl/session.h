/* SPDX-License-Identifier: Apache-2.0 */
/* session.h - a connection to the broker for as long as a command runs: subscriptions, signals, time. */
#ifndef DAEMON_POSTURECTL_SESSION_H
#define DAEMON_POSTURECTL_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/health.h"
#include "daemon/posturectl/options.h"

struct session;

struct session_handlers {
	/* name is what stands behind "<prefix>/<node>/". */
	void (*message)(struct session *session, const char *name, const char *payload, size_t length, bool retained);
	/* Every tick_ms; NULL = never. */
	void (*tick)(struct session *session);
	unsigned tick_ms;
	/* Connected, or not and why. NULL: reasons go to stderr. */
	void (*connection)(struct session *session, bool connected, const char *reason);
	/* The last chance to say something. NULL = nothing to say. */
	void (*finish)(struct session *session);
};

struct session {
	const struct options *options;
	const struct session_handlers *handlers;
	void *userdata;
	struct mqtt_link *link;
	int signal_fd;
	bool done; /* set by a handler: the command has what it wants */
	bool was_connected;
	char last_reason[192];
};

/* names: topics below the node's, closed by NULL. Runs until a signal, the end of options->seconds or done. */
int session_run(struct session *session, const char *const *names);
/* Publishes to set/<key>. */
void session_command(struct session *session, const char *key, const char *value);

#endif
