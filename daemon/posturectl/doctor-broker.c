/* SPDX-License-Identifier: Apache-2.0 */
/* doctor-broker.c - the broker with its credentials (see doctor.h). */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/mqtt-endpoint.h"
#include "daemon/mqtt-link.h"
#include "daemon/posturectl/doctor.h"
#include "daemon/posturectl/moment.h"

enum { PATIENCE_MS = 4000 };

struct attempt {
	bool answered, connected;
	char reason[300];
};

static void on_connection(void *userdata, bool connected, const char *reason)
{
	struct attempt *attempt = userdata;

	attempt->answered = true;
	attempt->connected = connected;
	snprintf(attempt->reason, sizeof(attempt->reason), "%s", reason);
}

static void on_message(void *userdata, const char *topic, const char *payload, size_t length, bool retained)
{
	(void)userdata, (void)topic, (void)payload, (void)length, (void)retained;
}

/* Connects as somebody else than the service, so that nobody is thrown out. */
static int try_broker(const struct mqtt_settings *settings, struct attempt *attempt)
{
	char client_id[64], reason[MQTT_REASON_MAX] = "";
	const struct mqtt_link_options options = {
		.settings = settings,
		.client_id = client_id,
		.handlers = {.connection = on_connection, .message = on_message, .userdata = attempt},
	};
	long long end = moment_ms() + PATIENCE_MS;
	struct mqtt_link *link;
	int r;

	snprintf(client_id, sizeof(client_id), "posturectl-doctor-%d", (int)getpid());
	r = mqtt_link_open(&options, &link, reason);
	if (r < 0) {
		snprintf(attempt->reason, sizeof(attempt->reason), "%.290s", reason);
		return r;
	}
	while (!attempt->answered && moment_ms() < end) {
		struct pollfd fd = {.fd = mqtt_link_fd(link), .events = POLLIN};

		(void)poll(&fd, 1, (int)(end - moment_ms() > 0 ? end - moment_ms() : 0));
		mqtt_link_dispatch(link);
	}
	mqtt_link_free(link);
	if (!attempt->answered)
		snprintf(attempt->reason, sizeof(attempt->reason), "no answer in %d s", PATIENCE_MS / 1000);
	return attempt->connected ? 0 : -ENOTCONN;
}

static void note_credentials(struct doctor *doctor, const char *reason)
{
	doctor_note(doctor, "credentials", DOCTOR_FAIL, "%s", reason);
	doctor_advise(doctor,
		      "correct the section [mqtt], or the file that it names; only root may be able to read it");
}

static void advise_broker(struct doctor *doctor, const struct mqtt_settings *mqtt)
{
	doctor_advise(
		doctor,
		"check host, port, user and password_file in [mqtt]; does the broker run (mosquitto_sub -h %.60s)? "
		"Another address than localhost needs IPAddressAllow= in a drop-in of the unit",
		mqtt->host);
}

void doctor_broker(struct doctor *doctor)
{
	const struct mqtt_settings *mqtt = &doctor->config.mqtt;
	const struct report_diagnostics *report = &doctor->report;
	char reason[MQTT_REASON_MAX] = "";
	struct attempt attempt = {.answered = false};

	if (doctor->asked && report->has_broker) {
		doctor_note(doctor, "broker", report->broker_connected ? DOCTOR_OK : DOCTOR_FAIL, "%s: %s",
			    report->broker,
			    report->broker_connected   ? "the service is connected"
			    : report->broker_reason[0] ? report->broker_reason
						       : "not connected");
		if (!report->broker_connected)
			advise_broker(doctor, mqtt);
		return;
	}
	if (!mqtt->enabled || doctor->asked) {
		doctor_note(doctor, "broker", DOCTOR_OK, "none is wanted");
		return;
	}
	if (mqtt_endpoint_check(mqtt, reason) < 0) {
		note_credentials(doctor, reason);
		return;
	}
	if (try_broker(mqtt, &attempt) == 0) {
		doctor_note(doctor, "broker", DOCTOR_OK, "%.100s answers", mqtt->host);
		return;
	}
	if (strncmp(attempt.reason, "mqtt.", 5) == 0) { /* it names the key that is wrong */
		note_credentials(doctor, attempt.reason);
		return;
	}
	doctor_note(doctor, "broker", DOCTOR_FAIL, "%.100s: %s", mqtt->host, attempt.reason);
	advise_broker(doctor, mqtt);
}
