/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus-client.h - the service as seen over D-Bus (daemon/dbus-names.h): finding it, asking, setting, following.
 *
 * What comes from the bus has checked bounds, and texts hold nothing that a terminal would obey. sd-bus stands in
 * the bus-*.c files alone.
 */
#ifndef DAEMON_POSTURECTL_BUS_CLIENT_H
#define DAEMON_POSTURECTL_BUS_CLIENT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/posturectl/options.h"
#include "daemon/posturectl/report.h"
#include "sensor/frame.h"

enum { BUS_CLIENT_REASON = 512 };

/* A change of posture. */
struct bus_posture {
	char posture[REPORT_TEXT], previous[REPORT_TEXT];
	double confidence, distance_mm;
	bool hand;
	uint32_t seq;
	uint64_t realtime_us;
};

struct bus_frame {
	struct frame frame;
	uint32_t dropped; /* before this one, because we were slow */
	struct bus_posture state;
	char class[REPORT_TEXT]; /* the network's word; "" without a hand in the gate */
	unsigned classes;
	char label[REPORT_CLASSES][REPORT_TEXT];
	double probability[REPORT_CLASSES];
};

/* Each may be NULL. */
struct bus_handlers {
	void (*frame)(void *userdata, const struct bus_frame *frame);
	void (*posture)(void *userdata, const struct bus_posture *posture);
	void (*presence)(void *userdata, bool there);
	void *userdata;
};

struct bus_client;

/*
 * Finds the service. which: BUS_ANY looks at the session's bus first, then at the system's. -ENOENT: it is on none of
 * them, ret_reason (BUS_CLIENT_REASON bytes) says what to do. handlers are borrowed.
 */
int bus_client_open(enum options_bus which, const struct bus_handlers *handlers, struct bus_client **ret_client,
		    char *ret_reason);
struct bus_client *bus_client_free(struct bus_client *client); /* NULL allowed, returns NULL */
/* "system bus", "session bus" */
const char *bus_client_name(const struct bus_client *client);

/* For poll(): descriptor and events, and at most how long; then dispatch. */
void bus_client_poll(struct bus_client *client, struct pollfd *ret_fd, int *timeout_ms);
/* Calls the handlers. -ENOTCONN: the bus itself has gone. */
int bus_client_dispatch(struct bus_client *client);

/* Frames from now on, topped up as they are read; or no more. */
int bus_client_stream(struct bus_client *client, bool on, char *ret_reason);

/* The service's answer, to be freed; it is bounded. name: "posture", "diagnostics", "availability". */
int bus_client_payload(struct bus_client *client, const char *name, char **ret_text, char *ret_reason);
/* interface: one of daemon/dbus-names.h. */
int bus_client_number(struct bus_client *client, const char *interface, const char *property, double *ret_number,
		      char *ret_reason);
int bus_client_text(struct bus_client *client, const char *interface, const char *property, size_t size, char *ret_text,
		    char *ret_reason);
/* -EACCES: the bus's policy forbids it; other negative errno: the service refuses, and why. */
int bus_client_set(struct bus_client *client, const char *key, const char *value, char *ret_reason);
int bus_client_reload(struct bus_client *client, char *ret_reason);

#endif
