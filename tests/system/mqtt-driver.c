/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt-driver.c - the MQTT publisher alone, driven by the lines of its standard input.
 *
 *   posture NAME | event NAME | diagnostics | frame | online | offline     publishes one
 *   count N KIND                                                           publishes N of posture, event or frame
 *   setting KEY VALUE | set SETTING VALUE | update                         update takes the settings over
 *   health                                                                 prints link_health as KEY=VALUE
 *   quit                                                                   a clean stop; so does the end of input
 *
 * Arguments are settings: host=.. port=.. tls=yes ... It prints notices and commands, one a line.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/publish-mqtt.h"

#define TEXT(name)                                                                                                     \
	{                                                                                                              \
#name, offsetof(struct mqtt_settings, name), sizeof(((struct mqtt_settings *)0)->name)                 \
	}

static const struct {
	const char *name;
	size_t offset, size;
} texts[] = {
	TEXT(host),	TEXT(client_id),    TEXT(user),	    TEXT(password_file), TEXT(ca_file), TEXT(cert_file),
	TEXT(key_file), TEXT(psk_identity), TEXT(psk_file), TEXT(prefix),	 TEXT(node),	TEXT(discovery_prefix),
};

static const char *const labels[] = {"None", "FlatHand", "Like"};

static struct nn_description model = {.backend = "local", .model = "test", .classes = 3};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int settings_set(struct mqtt_settings *settings, const char *name, const char *value)
{
	bool yes = strcmp(value, "yes") == 0;
	unsigned number = (unsigned)strtoul(value, NULL, 10);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].name, name) == 0) {
			snprintf((char *)settings + texts[i].offset, texts[i].size, "%s", value);
			return 0;
		}
	if (strcmp(name, "port") == 0)
		settings->port = (uint16_t)number;
	else if (strcmp(name, "protocol") == 0)
		settings->protocol = number;
	else if (strcmp(name, "keepalive_s") == 0)
		settings->keepalive_s = (uint16_t)number;
	else if (strcmp(name, "qos") == 0)
		settings->qos = (uint8_t)number;
	else if (strcmp(name, "tls") == 0)
		settings->tls = yes;
	else if (strcmp(name, "verify") == 0)
		settings->verify = yes;
	else if (strcmp(name, "retain") == 0)
		settings->retain = yes;
	else if (strcmp(name, "discovery") == 0)
		settings->discovery = yes;
	else if (strcmp(name, "frame") == 0)
		settings->frame = yes;
	else if (strcmp(name, "frame_hz") == 0)
		settings->frame_hz = (uint8_t)number;
	else
		return -EINVAL;
	return 0;
}

static int on_command(void *userdata, const char *key, const char *value, char *ret_reason)
{
	(void)userdata;
	printf("command %s %s\n", key, value);
	if (strcmp(key, "threshold") == 0)
		return 0;
	snprintf(ret_reason, PUBLISH_MQTT_REASON_MAX, "no such key");
	return -EINVAL;
}

static void on_notice(void *userdata, int level, const char *text)
{
	(void)userdata;
	printf("notice %d %s\n", level, text);
}

static void publish(struct publisher *publisher, const char *kind, const char *label)
{
	static uint32_t seq;
	struct decision decision = {.posture = DECIDE_NONE, .previous = DECIDE_NONE, .seq = ++seq};
	struct diagnostics diagnostics = {
		.model = &model, .version = "test", .rate_hz = 15, .source = {.device = "test"}};
	struct nn_result result = {
		.classes = 3, .probability = {0.1f, 0.2f, 0.7f}, .best = 2, .hand = {.present = true}};
	struct frame frame = {.cols = 8, .rows = 8};
	struct message message = {.t_ns = clock_ns(CLOCK_MONOTONIC),
				  .wall_us = clock_ns(CLOCK_REALTIME) / 1000,
				  .decision = &decision,
				  .result = &result,
				  .model = &model,
				  .frame = &frame,
				  .diagnostics = &diagnostics,
				  .online = strcmp(kind, "online") == 0};

	for (unsigned i = 0; i < FRAME_ZONES_MAX; i++) {
		frame.count[i] = i % 3 != 0;
		frame.status[i] = FRAME_STATUS_VALID;
		frame.distance_q2[i] = (int16_t)(1000 + i * 8);
		frame.signal_q11[i] = (200 + i) << 11;
	}
	for (int i = 0; i < 3; i++)
		if (strcmp(labels[i], label) == 0)
			decision.posture = i;
	decision.hand = decision.posture > 0;
	decision.confidence = decision.hand ? 0.94f : 0;
	decision.distance_mm = decision.hand ? 243 : 0;
	publish_mqtt_health(publisher, &diagnostics.link);
	if (strcmp(kind, "posture") == 0)
		message.kind = MESSAGE_POSTURE;
	else if (strcmp(kind, "event") == 0)
		message.kind = MESSAGE_EVENT;
	else if (strcmp(kind, "frame") == 0)
		message.kind = MESSAGE_FRAME;
	else if (strcmp(kind, "diagnostics") == 0)
		message.kind = MESSAGE_DIAGNOSTICS;
	else if (strcmp(kind, "online") == 0 || strcmp(kind, "offline") == 0)
		message.kind = MESSAGE_AVAILABILITY;
	else
		printf("what is %s?\n", kind);
	publisher->ops->publish(publisher, &message);
}

static void health_print(struct publisher *publisher)
{
	struct link_health health;

	publish_mqtt_health(publisher, &health);
	printf("connected=%d protocol=%u connects=%" PRIu64 " losses=%" PRIu64 " failures=%" PRIu64
	       " published=%" PRIu64 " acknowledged=%" PRIu64 " coalesced=%" PRIu64 " events_dropped=%" PRIu64
	       " frames_dropped=%" PRIu64 " send_failures=%" PRIu64 " commands=%" PRIu64 " refused=%" PRIu64
	       " broker=%s reason=%s\n",
	       health.connected, health.protocol, health.connects, health.connection_losses, health.connect_failures,
	       health.published, health.acknowledged, health.states_coalesced, health.events_dropped,
	       health.frames_dropped, health.send_failures, health.commands, health.commands_refused, health.broker,
	       health.reason);
}

/* false: quit */
static bool obey(struct publisher *publisher, struct mqtt_settings *settings, char *line)
{
	const char *word = strtok(line, " "), *first = strtok(NULL, " "), *second = strtok(NULL, "");
	char reason[PUBLISH_MQTT_REASON_MAX];

	if (!word)
		return true;
	if (strcmp(word, "quit") == 0)
		return false;
	if (strcmp(word, "health") == 0) {
		health_print(publisher);
	} else if (strcmp(word, "count") == 0 && first && second) {
		uint64_t start = clock_ns(CLOCK_MONOTONIC);

		for (long i = strtol(first, NULL, 10); i > 0; i--)
			publish(publisher, second, i % 2 ? "Like" : "FlatHand");
		printf("counted %" PRIu64 " us\n", (clock_ns(CLOCK_MONOTONIC) - start) / 1000);
	} else if (strcmp(word, "setting") == 0 && first && second) {
		publish_mqtt_setting(publisher, first, second);
	} else if (strcmp(word, "set") == 0 && first) {
		settings_set(settings, first, second ? second : "");
	} else if (strcmp(word, "update") == 0) {
		if (publish_mqtt_update(publisher, settings, &model, reason) < 0)
			printf("refused %s\n", reason);
	} else {
		publish(publisher, word, first ? first : "");
	}
	return true;
}

static void run(struct publisher *publisher, struct mqtt_settings *settings)
{
	struct pollfd fds[] = {{.fd = 0, .events = POLLIN}, {.fd = publisher->ops->fd(publisher), .events = POLLIN}};
	char line[256];

	for (;;) {
		fflush(stdout);
		if (poll(fds, 2, -1) < 0)
			return;
		if (fds[1].revents)
			publisher->ops->dispatch(publisher);
		if (fds[0].revents) {
			/* Unbuffered, so that poll() knows of every line. */
			if (!fgets(line, sizeof(line), stdin))
				return;
			line[strcspn(line, "\n")] = '\0';
			if (!obey(publisher, settings, line))
				return;
		}
	}
}

int main(int argc, char **argv)
{
	struct mqtt_settings settings = {
		.enabled = true,
		.host = "127.0.0.1",
		.protocol = 5,
		.keepalive_s = 30,
		.verify = true,
		.prefix = "postured",
		.node = "test",
		.retain = true,
		.qos = 1,
		.discovery = true,
		.discovery_prefix = "homeassistant",
		.diagnostics_s = 60,
		.frame_hz = 5,
	};
	const struct publish_mqtt_hooks hooks = {.command = on_command, .notice = on_notice};
	struct publisher *publisher = NULL;
	char reason[PUBLISH_MQTT_REASON_MAX];
	uint64_t start;

	setvbuf(stdin, NULL, _IONBF, 0);
	memcpy(model.labels, labels, sizeof(labels));
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value || (*value++ = '\0', settings_set(&settings, argv[i], value)) < 0) {
			fprintf(stderr, "mqtt-driver: what is %s?\n", argv[i]);
			return 2;
		}
	}
	if (publish_mqtt_open(&settings, &model, &hooks, &publisher, reason) < 0) {
		printf("refused %s\n", reason);
		return 1;
	}
	run(publisher, &settings);
	start = clock_ns(CLOCK_MONOTONIC);
	publisher_free(publisher);
	printf("stopped %" PRIu64 " ms\n", (clock_ns(CLOCK_MONOTONIC) - start) / 1000000);
	return 0;
}
