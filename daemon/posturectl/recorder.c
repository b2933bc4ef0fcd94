/* SPDX-License-Identifier: Apache-2.0 */
/* recorder.c - see recorder.h. */
#include "daemon/posturectl/recorder.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/dbus-names.h"
#include "daemon/posturectl/moment.h"
#include "sensor/recording.h"

enum {
	SECONDS_MAX = 300,
	USUAL_COUNTDOWN_S = 3,
	RATE_MAX_HZ = 60,
	PATIENCE_MS = 4000, /* for the first frame */
	NO_LABEL_ID = -1,   /* of a posture that ST has no number for */
};

static void on_frame(void *userdata, const struct bus_frame *frame)
{
	struct recorder *recorder = userdata;

	if (recorder->running)
		take_add(&recorder->take, &frame->frame, frame->class[0] != '\0', frame->dropped);
}

static void on_presence(void *userdata, bool there)
{
	((struct recorder *)userdata)->gone = !there;
}

static bool is_stopped(const struct recorder *recorder)
{
	return recorder->stop && *recorder->stop;
}

/* Follows the bus until a time, or only until the first frame. */
static int wait_until(struct recorder *recorder, long long end_ms, bool first)
{
	while (!recorder->gone && !is_stopped(recorder) && !(first && recorder->take.n > 0)) {
		struct pollfd fd;
		long long now = moment_ms();
		int timeout_ms = (int)(end_ms - now);

		if (now >= end_ms)
			break;
		bus_client_poll(recorder->client, &fd, &timeout_ms);
		(void)poll(&fd, 1, timeout_ms);
		if (bus_client_dispatch(recorder->client) < 0)
			recorder->gone = true;
	}
	if (is_stopped(recorder))
		return -EINTR;
	return recorder->gone ? -ENOTCONN : 0;
}

static void count_down(const struct recorder *recorder)
{
	int seconds = recorder->options->countdown_s < 0 ? USUAL_COUNTDOWN_S : recorder->options->countdown_s;

	fprintf(stderr, "%s: hold it in front of the sensor and keep moving a little, for %u s.\n", recorder->label,
		recorder->seconds);
	for (; seconds > 0 && !is_stopped(recorder); seconds--) {
		fprintf(stderr, "%d...\n", seconds);
		sleep(1);
	}
	if (!is_stopped(recorder))
		fprintf(stderr, "Now.\n");
}

/* From the first frame on, so that a sensor that starts late gives a whole take. */
static int collect(struct recorder *recorder, char *ret_reason)
{
	char why[200] = "";
	int r = bus_client_stream(recorder->client, true, ret_reason);

	if (r < 0)
		return r;
	recorder->running = true;
	r = wait_until(recorder, moment_ms() + PATIENCE_MS, true);
	if (r == 0 && recorder->take.n == 0) {
		(void)bus_client_text(recorder->client, DBUS_DAEMON, "SensorReason", sizeof(why), why, ret_reason);
		snprintf(ret_reason, BUS_CLIENT_REASON, "no frames come%s%s", why[0] ? ": " : "", why);
		return -ENODATA;
	}
	if (r == 0)
		r = wait_until(recorder, moment_ms() + recorder->seconds * 1000LL, false);
	recorder->running = false;
	if (r == -ENOTCONN)
		snprintf(ret_reason, BUS_CLIENT_REASON, "the service went away during the take");
	else
		(void)bus_client_stream(recorder->client, false, ret_reason);
	if (r == -EINTR)
		snprintf(ret_reason, BUS_CLIENT_REASON, "interrupted");
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

static int keep(struct recorder *recorder, char *ret_reason)
{
	int label = recording_label_id(recorder->label);
	const struct recording_writer_config config = {
		.directory = recorder->directory,
		.class_name = recorder->label,
		.user = recorder->user,
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
	for (size_t i = 0; i < recorder->take.n && r == 0; i++)
		r = recording_writer_add(writer, &recorder->take.frames[i]);
	closed = recording_writer_close(writer);
	if (r == 0)
		r = closed;
	if (r < 0)
		snprintf(ret_reason, BUS_CLIENT_REASON, "%.300s: %s", recorder->directory, strerror(-r));
	return r;
}

void recorder_print(const struct recorder *recorder, FILE *stream)
{
	const struct take_verdict *verdict = &recorder->verdict;

	fprintf(stream, "%u frames, %u in the gate, %u twice, %llu missing; moved by %.0f mm and %.1f zones\n",
		verdict->frames, verdict->in_gate, verdict->duplicates, (unsigned long long)verdict->missing,
		verdict->span_mm, verdict->span_zones);
	if (verdict->good)
		fprintf(stream, "kept in %s/%s\n", recorder->directory, recorder->label);
	else
		fprintf(stream, "not kept: %s\n", verdict->reason);
}

int recorder_take(struct recorder *recorder, const char *label, char *ret_reason)
{
	bool none = strcmp(label, "None") == 0;
	int r;

	recorder->label = label;
	take_clear(&recorder->take);
	r = take_init(&recorder->take, (size_t)recorder->seconds * RATE_MAX_HZ + RATE_MAX_HZ);
	if (r < 0) {
		snprintf(ret_reason, BUS_CLIENT_REASON, "out of memory");
		return r;
	}
	count_down(recorder);
	r = collect(recorder, ret_reason);
	if (r < 0)
		return r;
	take_judge(&recorder->take, none, (size_t)(recorder->rate_hz * recorder->seconds), &recorder->verdict);
	return recorder->verdict.good ? keep(recorder, ret_reason) : 0;
}

/* --- before and after ----------------------------------------------------------------------------------------- */

int recorder_check_label(const char *label, char *ret_reason)
{
	size_t n = strspn(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	if (n > 0 && !label[n] && n <= 31 && !strstr(label, "__"))
		return 0;
	snprintf(ret_reason, BUS_CLIENT_REASON, "a posture's name is 1..31 letters, digits, - and single _");
	return -EINVAL;
}

int recorder_prepare(struct recorder *recorder, const struct options *options, unsigned usual_seconds, char *ret_reason)
{
	*recorder = (struct recorder){.options = options};
	if (options->person)
		snprintf(recorder->user, sizeof(recorder->user), "%s", options->person);
	else
		usual_user(recorder->user, sizeof(recorder->user));
	if (options->directory)
		snprintf(recorder->directory, sizeof(recorder->directory), "%s", options->directory);
	else
		usual_directory(recorder->directory, sizeof(recorder->directory));
	recorder->seconds = options->seconds ? options->seconds : usual_seconds;
	if (recorder->seconds <= SECONDS_MAX)
		return 0;
	snprintf(ret_reason, BUS_CLIENT_REASON, "a take is at most %d seconds long", SECONDS_MAX);
	return -EINVAL;
}

int recorder_open(struct recorder *recorder, char *ret_reason)
{
	int r;

	recorder->handlers = (struct bus_handlers){.frame = on_frame, .presence = on_presence, .userdata = recorder};
	r = bus_client_open(recorder->options->bus, &recorder->handlers, &recorder->client, ret_reason);
	if (r == 0)
		(void)bus_client_number(recorder->client, DBUS_DAEMON, "RateHz", &recorder->rate_hz, ret_reason);
	return r;
}

void recorder_close(struct recorder *recorder)
{
	recorder->client = bus_client_free(recorder->client);
	take_clear(&recorder->take);
}
