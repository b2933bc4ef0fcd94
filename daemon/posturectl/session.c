/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - see session.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon/mqtt-link.h"
#include "daemon/posturectl/session.h"

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void on_connection(void *userdata, bool connected, const char *reason)
{
	struct session *session = userdata;

	session->was_connected = session->was_connected || connected;
	if (session->handlers->connection)
		session->handlers->connection(session, connected, reason);
	else if (*reason && strcmp(reason, session->last_reason) != 0)
		fprintf(stderr, "posturectl: %s\n", reason);
	snprintf(session->last_reason, sizeof(session->last_reason), "%s", reason);
}

static void on_message(void *userdata, const char *topic, const char *payload, size_t length, bool retained)
{
	struct session *session = userdata;
	size_t base = strlen(session->options->base);

	if (strncmp(topic, session->options->base, base) == 0 && topic[base] == '/')
		session->handlers->message(session, topic + base + 1, payload, length, retained);
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

static int session_open(struct session *session, const char *const *names)
{
	char client_id[64], reason[MQTT_REASON_MAX], topic[MQTT_TOPIC_MAX];
	struct mqtt_link_options options = {
		.settings = &session->options->mqtt,
		.client_id = client_id,
		.handlers = {.connection = on_connection, .message = on_message, .userdata = session},
	};
	unsigned random = 0;
	int r = session_signals(session);

	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	snprintf(client_id, sizeof(client_id), "posturectl-%d-%08x", (int)getpid(), random);
	if (r == 0)
		r = mqtt_link_open(&options, &session->link, reason);
	if (r < 0) {
		fprintf(stderr, "posturectl: %s\n", session->signal_fd < 0 ? strerror(-r) : reason);
		return r;
	}
	for (; *names; names++) {
		snprintf(topic, sizeof(topic), "%s/%s", session->options->base, *names);
		mqtt_link_subscribe(session->link, topic, 1);
	}
	return 0;
}

static void session_loop(struct session *session)
{
	struct pollfd fds[] = {{.fd = mqtt_link_fd(session->link), .events = POLLIN},
			       {.fd = session->signal_fd, .events = POLLIN}};
	long long start = now_ms(), tick = start;
	long long end = session->options->seconds ? start + session->options->seconds * 1000LL : -1;

	while (!session->done) {
		long long now = now_ms(), until = end;

		if (end >= 0 && now >= end)
			return;
		if (session->handlers->tick && now >= tick) {
			session->handlers->tick(session);
			tick = now + session->handlers->tick_ms;
		}
		if (session->handlers->tick && (until < 0 || tick < until))
			until = tick;
		if (poll(fds, 2, until < 0 ? -1 : (int)(until > now ? until - now : 0)) < 0 && errno != EINTR)
			return;
		if (fds[1].revents)
			return;
		if (fds[0].revents)
			mqtt_link_dispatch(session->link);
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
	session->link = mqtt_link_free(session->link);
	close(session->signal_fd);
	return 0;
}

void session_command(struct session *session, const char *key, const char *value)
{
	char topic[MQTT_TOPIC_MAX];
	struct mqtt_message message = {.lane = MQTT_LANE_EVENT, .topic = topic, .qos = 1};

	snprintf(topic, sizeof(topic), "%s/set/%s", session->options->base, key);
	message.payload = value;
	message.length = strlen(value);
	mqtt_link_publish(session->link, &message);
}
