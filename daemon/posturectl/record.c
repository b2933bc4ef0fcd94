/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - posturectl record: a take of one posture through the running service, kept only when it is good (take.h). */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/dbus-names.h"
#include "daemon/posturectl/bus-client.h"
#include "daemon/posturectl/commands.h"
#include "daemon/posturectl/moment.h"
#include "daemon/posturectl/take.h"
#include "sensor/recording.h"

enum {
	USUAL_SECONDS = 10,
	SECONDS_MAX = 300,
	USUAL_COUNTDOWN_S = 3,
	RATE_MAX_HZ = 60,
	PATIENCE_MS = 4000, /* for the first frame */
	NO_LABEL_ID = -1,   /* of a posture that ST has no number for */
};

struct record {
	const struct options *options;
	struct bus_client *client;
	struct take take;
	struct take_verdict verdict;
	unsigned seconds;
	double rate_hz;
	bool running;
	bool gone;
	char user[32], directory[512];
};

static int complain(const char *reason)
{
	fprintf(stderr, "posturectl: %s\n", reason);
	return EXIT_FAILURE;
}

static void on_frame(void *userdata, const struct bus_frame *frame)
{
	struct record *record = userdata;

	if (record->running)
		take_add(&record->take, &frame->frame, frame->class[0] != '\0', frame->dropped);
}

static void on_presence(void *userdata, bool there)
{
	((struct record *)userdata)->gone = !there;
}

/* Follows the bus until a time, or only until the first frame. */
static int wait_until(struct record *record, long long end_ms, bool first)
{
	while (!record->gone && !(first && record->take.n > 0)) {
		struct pollfd fd;
		long long now = moment_ms();
		int timeout_ms = (int)(end_ms - now);

		if (now >= end_ms)
			break;
		bus_client_poll(record->client, &fd, &timeout_ms);
		(void)poll(&fd, 1, timeout_ms);
		if (bus_client_dispatch(record->client) < 0)
			record->gone = true;
	}
	return record->gone ? -ENOTCONN : 0;
}

static void count_down(const struct record *record)
{
	int seconds = record->options->countdown_s < 0 ? USUAL_COUNTDOWN_S : record->options->countdown_s;

	fprintf(stderr, "%s: hold it in front of the sensor and keep moving a little, for %u s.\n",
		record->options->argument, record->seconds);
	for (; seconds > 0; seconds--) {
		fprintf(stderr, "%d...\n", seconds);
		sleep(1);
	}
	fprintf(stderr, "Now.\n");
}

/* From the first frame on, so that a sensor that starts late gives a whole take. */
static int collect(struct record *record, char *ret_reason)
{
	char why[200] = "";
	int r = bus_client_stream(record->client, true, ret_reason);

	if (r < 0)
		return r;
	record->running = true;
	r = wait_until(record, moment_ms() + PATIENCE_MS, true);
	if (r == 0 && record->take.n == 0) {
		(void)bus_client_text(record->client, DBUS_DAEMON, "SensorReason", sizeof(why), why, ret_reason);
		snprintf(ret_reason, BUS_CLIENT_REASON, "no frames come%s%s", why[0] ? ": " : "", why);
		return -ENODATA;
	}
	if (r == 0)
		r = wait_until(record, moment_ms() + record->seconds * 1000LL, false);
	record->running = false;
	if (r < 0)
		snprintf(ret_reason, BUS_CLIENT_REASON, "the service went away during the take");
	else
		(void)bus_client_stream(record->client, false, ret_reason);
	return r;
}

/* --- keeping -------------------------------------------------------------------------------------------------- */

static void usual_directory(char *ret_path, size_t size)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (geteuid() == 0 || (!home && !state))
		snprintf(ret_path, size, "%s/lib/postured/recordings", LOCALSTATEDIR);
	else if (state && state[0] == '/')
		snprintf(ret_path, size, "%s/postured/recordings", state);
	else
		snprintf(ret_path, size, "%s/.local/state/postured/recordings", home);
}

/* The login name, with what a directory's name must not have left out. */
static void usual_user(char *ret_user, size_t size)
{
	const char *name = getenv("USER");
	size_t n = 0;

	for (; name && *name && n + 1 < size; name++)
		if (isalnum((unsigned char)*name))
			ret_user[n++] = *name;
	ret_user[n] = '\0';
	if (n == 0)
		snprintf(ret_user, size, "User1");
}

static int keep(struct record *record, char *ret_reason)
{
	int label = recording_label_id(record->options->argument);
	const struct recording_writer_config config = {
		.directory = record->directory,
		.class_name = record->options->argument,
		.user = record->user,
		.label = (int16_t)(label < 0 ? NO_LABEL_ID : label),
		.extra_fields = true,
		.now_s = time(NULL),
	};
	struct recording_writer *writer;
	char reason[RECORDING_REASON] = "";
	int r = recording_writer_open(&config, &writer, reason), closed;

	if (r < 0) {
		snprintf(ret_reason, BUS_CLIENT_REASON, "%s", reason);
		return r;
	}
	for (size_t i = 0; i < record->take.n && r == 0; i++)
		r = recording_writer_add(writer, &record->take.frames[i]);
	closed = recording_writer_close(writer);
	if (r == 0)
		r = closed;
	if (r < 0)
		snprintf(ret_reason, BUS_CLIENT_REASON, "%.300s: %s", record->directory, strerror(-r));
	return r;
}

static int print(const struct record *record)
{
	const struct take_verdict *verdict = &record->verdict;
	cJSON *root;
	char *text;

	if (!record->options->json) {
		printf("%u frames, %u in the gate, %u twice, %llu missing; moved by %.0f mm and %.1f zones\n",
		       verdict->frames, verdict->in_gate, verdict->duplicates, (unsigned long long)verdict->missing,
		       verdict->span_mm, verdict->span_zones);
		if (verdict->good)
			printf("kept in %s/%s\n", record->directory, record->options->argument);
		else
			printf("not kept: %s\n", verdict->reason);
		return verdict->good ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	root = cJSON_CreateObject();
	cJSON_AddStringToObject(root, "label", record->options->argument);
	cJSON_AddStringToObject(root, "user", record->user);
	cJSON_AddBoolToObject(root, "kept", verdict->good);
	cJSON_AddStringToObject(root, "reason", verdict->reason);
	cJSON_AddStringToObject(root, "directory", record->directory);
	cJSON_AddNumberToObject(root, "frames", verdict->frames);
	cJSON_AddNumberToObject(root, "in_gate", verdict->in_gate);
	cJSON_AddNumberToObject(root, "duplicates", verdict->duplicates);
	cJSON_AddNumberToObject(root, "missing", (double)verdict->missing);
	cJSON_AddNumberToObject(root, "span_mm", verdict->span_mm);
	cJSON_AddNumberToObject(root, "span_zones", verdict->span_zones);
	text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (text)
		puts(text);
	free(text);
	return verdict->good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int record_take(struct record *record)
{
	char reason[BUS_CLIENT_REASON] = "";
	bool none = strcmp(record->options->argument, "None") == 0;

	count_down(record);
	if (collect(record, reason) < 0)
		return complain(reason);
	take_judge(&record->take, none, (size_t)(record->rate_hz * record->seconds), &record->verdict);
	if (record->verdict.good && keep(record, reason) < 0)
		return complain(reason);
	return print(record);
}

/* A name that can't be written must not cost a take first. */
static int prepare(struct record *record, char *ret_reason)
{
	const struct options *options = record->options;
	size_t n = strspn(options->argument, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	if (n == 0 || options->argument[n] || n > 31 || strstr(options->argument, "__")) {
		snprintf(ret_reason, BUS_CLIENT_REASON, "a posture's name is 1..31 letters, digits, - and single _");
		return -EINVAL;
	}
	if (options->person)
		snprintf(record->user, sizeof(record->user), "%s", options->person);
	else
		usual_user(record->user, sizeof(record->user));
	if (options->directory)
		snprintf(record->directory, sizeof(record->directory), "%s", options->directory);
	else
		usual_directory(record->directory, sizeof(record->directory));
	record->seconds = options->seconds ? options->seconds : USUAL_SECONDS;
	if (record->seconds > SECONDS_MAX) {
		snprintf(ret_reason, BUS_CLIENT_REASON, "a take is at most %d seconds long", SECONDS_MAX);
		return -EINVAL;
	}
	return take_init(&record->take, (size_t)record->seconds * RATE_MAX_HZ + RATE_MAX_HZ);
}

int record_run(const struct options *options)
{
	struct record record = {.options = options};
	const struct bus_handlers handlers = {.frame = on_frame, .presence = on_presence, .userdata = &record};
	char reason[BUS_CLIENT_REASON] = "out of memory";
	int status;

	if (!options->argument) {
		(void)complain("which posture? posturectl record LABEL");
		return EXIT_USAGE;
	}
	if (prepare(&record, reason) < 0) {
		take_clear(&record.take);
		(void)complain(reason);
		return EXIT_USAGE;
	}
	if (bus_client_open(options->bus, &handlers, &record.client, reason) < 0) {
		take_clear(&record.take);
		return complain(reason);
	}
	(void)bus_client_number(record.client, DBUS_DAEMON, "RateHz", &record.rate_hz, reason);
	status = record_take(&record);
	bus_client_free(record.client);
	take_clear(&record.take);
	return status;
}
