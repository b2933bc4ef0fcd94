/* SPDX-License-Identifier: Apache-2.0 */
/* bus-client.c - see bus-client.h. */
#include "daemon/posturectl/bus-client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/dbus-names.h"
#include "daemon/posturectl/bus-decode.h"
#include "daemon/posturectl/bus-private.h"

enum {
	CALL_US = 5000000,
	CREDIT = 48, /* frames on their way at most; given back in parts */
	CREDIT_PART = 16,
	PAYLOAD_MAX = 64 * 1024,
};

struct bus_client {
	sd_bus *bus;
	bool session;
	bool streaming;
	unsigned taken; /* frames since credit was last given */
	const struct bus_handlers *handlers;
	struct bus_frame frame; /* the newest */
};

const char *bus_client_name(const struct bus_client *client)
{
	return client->session ? "session bus" : "system bus";
}

/* --- what comes ----------------------------------------------------------------------------------------------- */

static int give_credit(struct bus_client *client, uint32_t frames)
{
	return sd_bus_call_method_async(client->bus, NULL, DBUS_NAME, DBUS_PATH, DBUS_FRAMES, "StartFrames", NULL, NULL,
					"u", frames);
}

static int on_frame(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	struct bus_client *client = userdata;

	(void)error;
	if (!client->streaming || bus_decode_frame(signal, &client->frame) < 0)
		return 0;
	if (++client->taken >= CREDIT_PART) {
		(void)give_credit(client, client->taken);
		client->taken = 0;
	}
	if (client->handlers->frame)
		client->handlers->frame(client->handlers->userdata, &client->frame);
	return 0;
}

static int on_posture(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	struct bus_client *client = userdata;
	struct bus_posture posture;

	(void)error;
	if (bus_decode_posture(signal, &posture) == 0 && client->handlers->posture)
		client->handlers->posture(client->handlers->userdata, &posture);
	return 0;
}

static int on_owner(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	struct bus_client *client = userdata;
	const char *name, *before, *after;

	(void)error;
	if (sd_bus_message_read(signal, "sss", &name, &before, &after) < 0)
		return 0;
	if (after[0] && client->streaming)
		(void)give_credit(client, CREDIT);
	client->taken = 0;
	if (client->handlers->presence)
		client->handlers->presence(client->handlers->userdata, after[0] != '\0');
	return 0;
}

/* --- finding -------------------------------------------------------------------------------------------------- */

static bool has_service(sd_bus *bus)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_call_method(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
				   "GetNameOwner", &error, NULL, "s", DBUS_NAME);

	sd_bus_error_free(&error);
	return r >= 0;
}

static int try_bus(bool session, sd_bus **ret_bus, char *ret_state)
{
	sd_bus *bus = NULL;
	int r = session ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);

	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus, CALL_US);
	if (r >= 0 && !has_service(bus))
		r = sd_bus_is_ready(bus) > 0 ? -ENOENT : -ENOTCONN;
	if (r >= 0) {
		*ret_bus = bus;
		return 0;
	}
	sd_bus_close_unref(bus);
	snprintf(ret_state, 64, "%s bus: %s", session ? "session" : "system",
		 r == -ENOENT && bus ? "no postured" : "no such bus");
	return r;
}

static int follow(struct bus_client *client)
{
	int r = sd_bus_match_signal(client->bus, NULL, DBUS_NAME, DBUS_PATH, DBUS_DAEMON, "PostureChanged", on_posture,
				    client);

	if (r >= 0)
		r = sd_bus_match_signal(client->bus, NULL, DBUS_NAME, DBUS_PATH, DBUS_FRAMES, "Frame", on_frame,
					client);
	if (r >= 0)
		r = sd_bus_add_match(client->bus, NULL,
				     "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
				     "member='NameOwnerChanged',arg0='" DBUS_NAME "'",
				     on_owner, client);
	return r;
}

int bus_client_open(enum options_bus which, const struct bus_handlers *handlers, struct bus_client **ret_client,
		    char *ret_reason)
{
	char session[64] = "", system[64] = "";
	struct bus_client *client = calloc(1, sizeof(*client));
	int r = -ENOENT;

	if (!client)
		return -ENOMEM;
	client->handlers = handlers;
	if (which != BUS_OF_SYSTEM) {
		r = try_bus(true, &client->bus, session);
		client->session = r == 0;
	}
	if (r < 0 && which != BUS_OF_SESSION)
		r = try_bus(false, &client->bus, system);
	if (r < 0) {
		snprintf(ret_reason, BUS_CLIENT_REASON,
			 "the service is not on D-Bus (%s%s%s): is it running, and is its "
			 "bus as [dbus] says?",
			 session, session[0] && system[0] ? ", " : "", system);
		free(client);
		return -ENOENT;
	}
	r = follow(client);
	if (r < 0) {
		snprintf(ret_reason, BUS_CLIENT_REASON, "can't follow the service: %s", strerror(-r));
		bus_client_free(client);
		return r;
	}
	*ret_client = client;
	return 0;
}

struct bus_client *bus_client_free(struct bus_client *client)
{
	if (client) {
		sd_bus_flush_close_unref(client->bus);
		free(client);
	}
	return NULL;
}

/* --- the loop ------------------------------------------------------------------------------------------------- */

void bus_client_poll(struct bus_client *client, struct pollfd *ret_fd, int *timeout_ms)
{
	uint64_t until_us = UINT64_MAX;
	struct timespec now;
	int events = sd_bus_get_events(client->bus);

	ret_fd->fd = sd_bus_get_fd(client->bus);
	ret_fd->events = (short)(events < 0 ? POLLIN : events);
	if (sd_bus_get_timeout(client->bus, &until_us) < 0 || until_us == UINT64_MAX)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	until_us /= 1000;
	until_us -= (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	if ((int64_t)until_us < 0)
		until_us = 0;
	if (*timeout_ms < 0 || until_us < (uint64_t)*timeout_ms)
		*timeout_ms = (int)until_us;
}

int bus_client_dispatch(struct bus_client *client)
{
	int r;

	do
		r = sd_bus_process(client->bus, NULL);
	while (r > 0);
	return r < 0 || sd_bus_is_open(client->bus) <= 0 ? -ENOTCONN : 0;
}

sd_bus *bus_client_bus(struct bus_client *client)
{
	return client->bus;
}

/* --- calls ---------------------------------------------------------------------------------------------------- */

int bus_client_refuse(int r, sd_bus_error *error, char *ret_reason)
{
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED)) {
		snprintf(ret_reason, BUS_CLIENT_REASON,
			 "not allowed: settings and models are changed by root and by members of the group postured");
		r = -EACCES;
	} else {
		const char *text = error->message ? error->message : strerror(-r);

		report_text(text, strlen(text), BUS_CLIENT_REASON, ret_reason);
	}
	sd_bus_error_free(error);
	return r;
}

int bus_client_stream(struct bus_client *client, bool on, char *ret_reason)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	client->streaming = on;
	client->taken = 0;
	if (on)
		r = sd_bus_call_method(client->bus, DBUS_NAME, DBUS_PATH, DBUS_FRAMES, "StartFrames", &error, NULL, "u",
				       CREDIT);
	else
		r = sd_bus_call_method(client->bus, DBUS_NAME, DBUS_PATH, DBUS_FRAMES, "StopFrames", &error, NULL, "");
	return r < 0 ? bus_client_refuse(r, &error, ret_reason) : 0;
}

int bus_client_payload(struct bus_client *client, const char *name, char **ret_text, char *ret_reason)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	const char *text;
	char *copy = NULL;
	int r = sd_bus_call_method(client->bus, DBUS_NAME, DBUS_PATH, DBUS_DAEMON, "GetPayload", &error, &reply, "s",
				   name);

	if (r < 0)
		return bus_client_refuse(r, &error, ret_reason);
	r = sd_bus_message_read(reply, "s", &text);
	if (r >= 0) {
		copy = strlen(text) <= PAYLOAD_MAX ? strdup(text) : NULL;
		r = copy ? 0 : -ENOMEM;
	}
	sd_bus_message_unref(reply);
	if (r < 0) {
		snprintf(ret_reason, BUS_CLIENT_REASON, "the answer makes no sense: %s", strerror(-r));
		return r;
	}
	*ret_text = copy;
	return 0;
}

int bus_client_number(struct bus_client *client, const char *interface, const char *property, double *ret_number,
		      char *ret_reason)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	uint32_t whole = 0;
	double number = 0;
	int r = sd_bus_get_property_trivial(client->bus, DBUS_NAME, DBUS_PATH, interface, property, &error, 'd',
					    &number);

	if (r == -ENXIO) {
		sd_bus_error_free(&error);
		r = sd_bus_get_property_trivial(client->bus, DBUS_NAME, DBUS_PATH, interface, property, &error, 'u',
						&whole);
		number = whole;
	}
	if (r < 0)
		return bus_client_refuse(r, &error, ret_reason);
	*ret_number = number;
	return 0;
}

int bus_client_text(struct bus_client *client, const char *interface, const char *property, size_t size, char *ret_text,
		    char *ret_reason)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char *text = NULL;
	int r = sd_bus_get_property_string(client->bus, DBUS_NAME, DBUS_PATH, interface, property, &error, &text);

	if (r < 0)
		return bus_client_refuse(r, &error, ret_reason);
	report_text(text, strlen(text), size, ret_text);
	free(text);
	return 0;
}

int bus_client_set(struct bus_client *client, const char *key, const char *value, char *ret_reason)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_call_method(client->bus, DBUS_NAME, DBUS_PATH, DBUS_SETTINGS, "Set", &error, NULL, "ss", key,
				   value);

	return r < 0 ? bus_client_refuse(r, &error, ret_reason) : 0;
}

int bus_client_reload(struct bus_client *client, char *ret_reason)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_call_method(client->bus, DBUS_NAME, DBUS_PATH, DBUS_SETTINGS, "Reload", &error, NULL, "");

	return r < 0 ? bus_client_refuse(r, &error, ret_reason) : 0;
}
