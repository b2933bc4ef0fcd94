/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbus-private.h - what the files of the D-Bus publisher share.
 *
 *   publish-dbus.c  connects, waits, takes the name; the publisher
 *   dbus-object.c   interfaces, properties, methods
 *   dbus-frames.c   the stream of frames and its clients
 *   dbus-models.c   models that come and go
 *   dbus-facts.c    what the properties say; knows no D-Bus
 */
#ifndef DAEMON_DBUS_PRIVATE_H
#define DAEMON_DBUS_PRIVATE_H

#include <systemd/sd-bus.h>

#include "daemon/dbus-facts.h"
#include "daemon/dbus-names.h"
#include "daemon/publish-dbus.h"

struct dbus;

/* One that takes frames. */
struct dbus_client {
	struct dbus *bus;
	char name[256];	    /* its unique name, "" = free */
	uint32_t credit;    /* frames it will still take */
	uint32_t dropped;   /* since the last one that it got */
	uint64_t silent_ns; /* when its credit ran out */
	sd_bus_slot *gone;  /* the watch for its end */
};

struct dbus {
	struct publisher publisher; /* first */
	struct dbus_hooks hooks;
	enum dbus_which which;
	sd_event *loop;
	sd_event_source *retry;
	unsigned retry_s;
	bool complained; /* of this time without a bus */
	sd_bus *bus;	 /* NULL: there is none now */
	struct dbus_facts facts, told;
	struct dbus_client client[DBUS_CLIENTS_MAX];
};

/* A client or the daemon is slow: signals beyond this are dropped, not kept. */
bool dbus_is_choked(const struct dbus *bus);

/* dbus-object.c */
int dbus_object_add(struct dbus *bus);
/* PropertiesChanged of all that differs from what was told. */
void dbus_object_tell(struct dbus *bus);

/* dbus-models.c */
extern const sd_bus_vtable dbus_models_vtable[];

/* dbus-frames.c */
extern const sd_bus_vtable dbus_frames_vtable[];
void dbus_frames_send(struct dbus *bus, const struct message *message);
void dbus_frames_forget(struct dbus *bus);

#endif
