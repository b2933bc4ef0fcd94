/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - a connection to the service for as long as a command runs: what it says, signals, time.
 *
 * The service speaks through a broker (session-mqtt.c) or over D-Bus (session-bus.c); a command hears the same names and
 * payloads either way.
 */
#ifndef DAEMON_POSTURECTL_SESSION_H
#define DAEMON_POSTURECTL_SESSION_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

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

/* How the service is reached. */
struct session_way {
	/* names as for session_run(). Quiet when *why* it fails is left to another way: then ret_reason says it. */
	int (*open)(struct session *session, const char *const *names, char *ret_reason);
	void (*poll)(struct session *session, struct pollfd *ret_fd, int *timeout_ms);
	void (*dispatch)(struct session *session);
	void (*command)(struct session *session, const char *key, const char *value);
	void (*close)(struct session *session);
};

extern const struct session_way session_mqtt, session_bus;

enum { SESSION_REASON = 512 };

struct session {
	const struct options *options;
	const struct session_handlers *handlers;
	void *userdata;
	const struct session_way *way;
	void *connection; /* the way's own */
	char where[256];  /* "postured/desk", "system bus" */
	int signal_fd;
	bool done; /* set by a handler: the command has what it wants */
	bool was_connected;
	char last_reason[SESSION_REASON];
};

/*
 * names: topics below the node's, closed by NULL. Runs until a signal, the end of options->seconds or done. Fails, and
 * says so on stderr, when there is no way to the service.
 */
int session_run(struct session *session, const char *const *names);
/* The connection came or went, and why: for the ways. */
void session_connection(struct session *session, bool connected, const char *reason);
/* What set/<key> is for. */
void session_command(struct session *session, const char *key, const char *value);

#endif
