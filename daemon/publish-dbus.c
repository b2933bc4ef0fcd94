/* SPDX-License-Identifier: Apache-2.0 */
/* publish-dbus.c - the connection to the bus, for as long and as often as there is one, and the publisher (see publish-dbus.h). */
#include "daemon/publish-dbus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/dbus-private.h"
#include "daemon/log.h"
#include "daemon/payload.h"

enum {
	RETRY_MIN_S = 1,
	RETRY_MAX_S = 16,
	QUEUE_MAX = 512, /* messages that the bus has not taken yet */
	NAME_IN_QUEUE = 2,
};

static struct dbus *bus_of(struct publisher *publisher)
{
	return (struct dbus *)publisher;
}

bool dbus_is_choked(const struct dbus *bus)
{
	uint64_t n = 0;

	return sd_bus_get_n_queued_write(bus->bus, &n) < 0 || n >= QUEUE_MAX;
}

/* --- connection ----------------------------------------------------------------------------------------------- */

static int on_retry(sd_event_source *event, uint64_t usec, void *userdata);

static void retry_in(struct dbus *bus, unsigned seconds)
{
	bus->retry = sd_event_source_disable_unref(bus->retry);
	(void)sd_event_add_time_relative(bus->loop, &bus->retry, CLOCK_MONOTONIC, seconds * 1000000ull, 0, on_retry,
					 bus);
}

static void disconnect(struct dbus *bus)
{
	dbus_frames_forget(bus);
	bus->bus = sd_bus_close_unref(bus->bus);
}

static void complain(struct dbus *bus, const char *what)
{
	if (!bus->complained)
		log_warning("bus", "%s: %s; the service goes on without it and tries again",
			    bus->which == DBUS_SESSION ? "session bus" : "system bus", what);
	bus->complained = true;
}

/* The connection is being used by who calls this: it is closed by the timer. */
static int on_disconnected(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	struct dbus *bus = userdata;

	(void)signal;
	(void)error;
	complain(bus, "the connection is lost");
	retry_in(bus, bus->retry_s);
	return 0;
}

static int on_name(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct dbus *bus = userdata;
	const sd_bus_error *refused = sd_bus_message_get_error(reply);
	uint32_t answer = 0;

	(void)error;
	if (refused) {
		complain(bus, refused->message ? refused->message : refused->name);
		bus->retry_s = bus->retry_s * 2 < RETRY_MAX_S ? bus->retry_s * 2 : RETRY_MAX_S;
		retry_in(bus, bus->retry_s);
		return 0;
	}
	if (sd_bus_message_read(reply, "u", &answer) >= 0 && answer == NAME_IN_QUEUE)
		log_warning("bus", "%s belongs to another process: waiting for its end", DBUS_NAME);
	else
		log_info("bus", "%s on the %s bus", DBUS_NAME, bus->which == DBUS_SESSION ? "session" : "system");
	bus->complained = false;
	bus->retry_s = RETRY_MIN_S;
	return 0;
}

static int set_up(struct dbus *bus)
{
	int r = sd_bus_attach_event(bus->bus, bus->loop, SD_EVENT_PRIORITY_NORMAL);

	if (r >= 0)
		r = dbus_object_add(bus);
	if (r >= 0)
		r = sd_bus_match_signal_async(bus->bus, NULL, "org.freedesktop.DBus.Local",
					      "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
					      "Disconnected", on_disconnected, NULL, bus);
	if (r >= 0)
		r = sd_bus_request_name_async(bus->bus, NULL, DBUS_NAME, SD_BUS_NAME_QUEUE, on_name, bus);
	return r;
}

/* Begins to connect; what comes of it is heard later. */
static void connect_bus(struct dbus *bus)
{
	int r = bus->which == DBUS_SESSION ? sd_bus_open_user(&bus->bus) : sd_bus_open_system(&bus->bus);

	if (r >= 0)
		r = set_up(bus);
	if (r >= 0)
		return;
	complain(bus, r == -ENOMEDIUM ? "this process has none" : strerror(-r));
	disconnect(bus);
	bus->retry_s = bus->retry_s * 2 < RETRY_MAX_S ? bus->retry_s * 2 : RETRY_MAX_S;
	retry_in(bus, bus->retry_s);
}

static int on_retry(sd_event_source *event, uint64_t usec, void *userdata)
{
	struct dbus *bus = userdata;

	(void)event;
	(void)usec;
	disconnect(bus);
	connect_bus(bus);
	return 0;
}

/* --- the publisher -------------------------------------------------------------------------------------------- */

static void send_event(struct dbus *bus, const struct message *message)
{
	const struct decision *decision = message->decision;
	char posture[NN_LABEL_MAX], previous[NN_LABEL_MAX];

	dbus_facts_text(posture, sizeof(posture), payload_label(message->model, decision->posture));
	dbus_facts_text(previous, sizeof(previous), payload_label(message->model, decision->previous));
	(void)sd_bus_emit_signal(bus->bus, DBUS_PATH, DBUS_DAEMON, "PostureChanged", DBUS_POSTURE_TYPE, posture,
				 previous, (double)decision->confidence, (double)decision->distance_mm,
				 (int)decision->hand, decision->seq, message->wall_us);
}

static int bus_publish(struct publisher *publisher, const struct message *message)
{
	struct dbus *bus = bus_of(publisher);

	if (message->kind == MESSAGE_POSTURE || message->kind == MESSAGE_EVENT)
		dbus_facts_posture(&bus->facts, message);
	else if (message->kind == MESSAGE_AVAILABILITY)
		bus->facts.online = message->online;
	if (!bus->bus)
		return 0;
	if (message->kind == MESSAGE_FRAME) {
		dbus_frames_send(bus, message);
		return 0;
	}
	if (dbus_is_choked(bus))
		return -ENOBUFS;
	if (message->kind == MESSAGE_EVENT)
		send_event(bus, message);
	dbus_object_tell(bus);
	return 0;
}

static int bus_fd(struct publisher *publisher)
{
	(void)publisher; /* the loop has it already */
	return -1;
}

static int bus_dispatch(struct publisher *publisher)
{
	(void)publisher;
	return 0;
}

static struct publisher *bus_free(struct publisher *publisher)
{
	struct dbus *bus = bus_of(publisher);

	disconnect(bus);
	sd_event_source_disable_unref(bus->retry);
	sd_event_unref(bus->loop);
	free(bus);
	return NULL;
}

void publish_dbus_tell(struct publisher *publisher, const struct dbus_state *state)
{
	struct dbus *bus = bus_of(publisher);

	dbus_facts_state(&bus->facts, state);
	dbus_object_tell(bus);
}

static enum dbus_which usual_bus(void)
{
	return geteuid() != 0 && getenv("DBUS_SESSION_BUS_ADDRESS") ? DBUS_SESSION : DBUS_SYSTEM;
}

int publish_dbus_open(sd_event *loop, enum dbus_which which, const struct dbus_hooks *hooks,
		      struct publisher **ret_publisher)
{
	static const struct publisher_ops ops = {
		.name = "bus",
		.fd = bus_fd,
		.dispatch = bus_dispatch,
		.publish = bus_publish,
		.free = bus_free,
	};
	struct dbus *bus = calloc(1, sizeof(*bus));

	if (!bus)
		return -ENOMEM;
	bus->publisher.ops = &ops;
	bus->hooks = *hooks;
	bus->which = which == DBUS_AUTO ? usual_bus() : which;
	bus->loop = sd_event_ref(loop);
	bus->retry_s = RETRY_MIN_S;
	dbus_facts_text(bus->facts.posture, sizeof(bus->facts.posture), "None");
	dbus_frames_forget(bus);
	connect_bus(bus);
	*ret_publisher = &bus->publisher;
	return 0;
}
