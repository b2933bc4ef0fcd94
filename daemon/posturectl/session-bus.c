/* SPDX-License-Identifier: Apache-2.0 */
/* session-bus.c - the service over D-Bus; a command hears it as through a broker (see session.h). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/posturectl/bus-client.h"
#include "daemon/posturectl/bus-payload.h"
#include "daemon/posturectl/moment.h"
#include "daemon/posturectl/session.h"

enum { DIAGNOSTICS_MS = 1000 }; /* how old what is shown may be */

struct connection {
	struct session *session;
	struct bus_client *client;
	struct bus_handlers handlers;
	bool frames, diagnostics; /* that are wanted */
	bool there, appeared;
	long long asked_ms;
};

static void hear(struct connection *connection, const char *name, char *text, bool retained)
{
	if (text)
		connection->session->handlers->message(connection->session, name, text, strlen(text), retained);
	free(text);
}

static void ask(struct connection *connection, const char *name)
{
	char *text, reason[BUS_CLIENT_REASON];

	if (bus_client_payload(connection->client, name, &text, reason) == 0)
		hear(connection, name, text, true);
}

static void on_frame(void *userdata, const struct bus_frame *frame)
{
	hear(userdata, "frame", bus_payload_frame(frame), false);
}

static void on_posture(void *userdata, const struct bus_posture *posture)
{
	hear(userdata, "event", bus_payload_event(posture), false);
}

static void on_presence(void *userdata, bool there)
{
	struct connection *connection = userdata;

	connection->there = there;
	connection->appeared = there;
	if (!there)
		session_connection(connection->session, false, "the service has gone from the bus");
}

/* What a broker would have kept. */
static void greet(struct connection *connection)
{
	char reason[BUS_CLIENT_REASON] = "";

	connection->appeared = false;
	if (connection->frames)
		(void)bus_client_stream(connection->client, true, reason);
	session_connection(connection->session, true, reason);
	ask(connection, "availability");
	ask(connection, "posture");
	connection->asked_ms = 0;
}

static bool is_wanted(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static int session_bus_open(struct session *session, const char *const *names, char *ret_reason)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	int r;

	if (!connection)
		return -ENOMEM;
	*connection = (struct connection){
		.session = session,
		.handlers = {.frame = on_frame, .posture = on_posture, .presence = on_presence, .userdata = connection},
		.frames = is_wanted(names, "frame"),
		.diagnostics = is_wanted(names, "diagnostics"),
		.there = true,
		.appeared = true,
	};
	r = bus_client_open(session->options->bus, &connection->handlers, &connection->client, ret_reason);
	if (r < 0) {
		free(connection);
		return r;
	}
	session->connection = connection;
	snprintf(session->where, sizeof(session->where), "postured on the %s", bus_client_name(connection->client));
	return 0;
}

static void session_bus_poll(struct session *session, struct pollfd *ret_fd, int *timeout_ms)
{
	struct connection *connection = session->connection;

	if (connection->appeared)
		*timeout_ms = 0;
	else if (connection->diagnostics && (*timeout_ms < 0 || *timeout_ms > DIAGNOSTICS_MS))
		*timeout_ms = DIAGNOSTICS_MS;
	bus_client_poll(connection->client, ret_fd, timeout_ms);
}

static void session_bus_dispatch(struct session *session)
{
	struct connection *connection = session->connection;

	if (bus_client_dispatch(connection->client) < 0) {
		session_connection(session, false, "the bus has gone");
		session->done = true;
		return;
	}
	if (connection->appeared)
		greet(connection);
	if (connection->there && connection->diagnostics && moment_ms() - connection->asked_ms >= DIAGNOSTICS_MS) {
		connection->asked_ms = moment_ms();
		ask(connection, "diagnostics");
	}
}

static void session_bus_command(struct session *session, const char *key, const char *value)
{
	struct connection *connection = session->connection;
	char reason[BUS_CLIENT_REASON];

	if (bus_client_set(connection->client, key, value, reason) < 0)
		fprintf(stderr, "posturectl: %s\n", reason);
}

static void session_bus_close(struct session *session)
{
	struct connection *connection = session->connection;

	bus_client_free(connection->client);
	free(connection);
	session->connection = NULL;
}

const struct session_way session_bus = {
	.open = session_bus_open,
	.poll = session_bus_poll,
	.dispatch = session_bus_dispatch,
	.command = session_bus_command,
	.close = session_bus_close,
};
