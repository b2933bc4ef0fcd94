/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - see session.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "daemon/posturectl/moment.h"
#include "daemon/posturectl/session.h"

void session_connection(struct session *session, bool connected, const char *reason)
{
	session->was_connected = session->was_connected || connected;
	if (session->handlers->connection)
		session->handlers->connection(session, connected, reason);
	else if (*reason && strcmp(reason, session->last_reason) != 0)
		fprintf(stderr, "posturectl: %s\n", reason);
	snprintf(session->last_reason, sizeof(session->last_reason), "%s", reason);
}

static int session_signals(struct session *session)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGPIPE);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	session->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return session->signal_fd < 0 ? -errno : 0;
}

static int session_try(struct session *session, const struct session_way *way, const char *const *names,
		       char *ret_reason)
{
	session->way = way;
	return way->open(session, names, ret_reason);
}

static int session_open(struct session *session, const char *const *names)
{
	char reason[SESSION_REASON] = "";
	enum options_way way = session->options->way;
	int r = session_signals(session);

	if (r < 0)
		snprintf(reason, sizeof(reason), "%s", strerror(-r));
	else if (way != WAY_MQTT)
		r = session_try(session, &session_bus, names, reason);
	if (session->signal_fd >= 0 && (way == WAY_MQTT || (way == WAY_ANY && r < 0)))
		r = session_try(session, &session_mqtt, names, reason);
	if (r < 0)
		fprintf(stderr, "posturectl: %s\n", reason);
	return r;
}

static void session_loop(struct session *session)
{
	struct pollfd fds[] = {{.fd = -1}, {.fd = session->signal_fd, .events = POLLIN}};
	long long start = moment_ms(), tick = start;
	long long end = session->options->seconds ? start + session->options->seconds * 1000LL : -1;

	while (!session->done) {
		long long now = moment_ms(), until = end;
		int timeout_ms;

		if (end >= 0 && now >= end)
			return;
		if (session->handlers->tick && now >= tick) {
			session->handlers->tick(session);
			tick = now + session->handlers->tick_ms;
		}
		if (session->handlers->tick && (until < 0 || tick < until))
			until = tick;
		timeout_ms = until < 0 ? -1 : (int)(until > now ? until - now : 0);
		session->way->poll(session, &fds[0], &timeout_ms);
		if (poll(fds, 2, timeout_ms) < 0 && errno != EINTR)
			return;
		if (fds[1].revents)
			return;
		session->way->dispatch(session);
	}
}

int session_run(struct session *session, const char *const *names)
{
	int r = session_open(session, names);

	if (r < 0)
		return r;
	session_loop(session);
	if (session->handlers->finish)
		session->handlers->finish(session);
	session->way->close(session);
	close(session->signal_fd);
	return 0;
}

void session_command(struct session *session, const char *key, const char *value)
{
	session->way->command(session, key, value);
}
