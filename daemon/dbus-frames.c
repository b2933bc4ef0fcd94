/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbus-frames.c - the stream of frames: signals to those who asked for them, and to nobody else.
 *
 * A client gives credit with StartFrames(n), and gives more as it reads. So at most DBUS_CREDIT_MAX frames are on their
 * way to it, however slow it is; the daemon's memory and ours stay bounded without a timer or a guess.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/dbus-private.h"
#include "daemon/payload.h"

#define SILENT_NS (30 * 1000000000ull) /* without credit: its place may go to another */

static int append_array(sd_bus_message *signal, char type, const void *values, size_t bytes)
{
	return sd_bus_message_append_array(signal, type, values, bytes);
}

static int append_zones(sd_bus_message *signal, const struct frame *frame)
{
	size_t zones = (size_t)frame->cols * frame->rows;
	size_t ambient = frame->fields & FRAME_HAS_AMBIENT ? zones : 0,
	       spads = frame->fields & FRAME_HAS_SPADS ? zones : 0;
	size_t sigma = frame->fields & FRAME_HAS_SIGMA ? zones : 0;
	size_t reflectance = frame->fields & FRAME_HAS_REFLECTANCE ? zones : 0;
	int r = append_array(signal, 'y', frame->count, zones);

	if (r >= 0)
		r = append_array(signal, 'y', frame->status, zones);
	if (r >= 0)
		r = append_array(signal, 'n', frame->distance_q2, zones * sizeof(frame->distance_q2[0]));
	if (r >= 0)
		r = append_array(signal, 'u', frame->signal_q11, zones * sizeof(frame->signal_q11[0]));
	if (r >= 0)
		r = append_array(signal, 'u', frame->ambient_q11, ambient * sizeof(frame->ambient_q11[0]));
	if (r >= 0)
		r = append_array(signal, 'u', frame->spads, spads * sizeof(frame->spads[0]));
	if (r >= 0)
		r = append_array(signal, 'q', frame->sigma_q7, sigma * sizeof(frame->sigma_q7[0]));
	if (r >= 0)
		r = append_array(signal, 'y', frame->reflectance, reflectance);
	return r;
}

static int append_result(sd_bus_message *signal, const struct message *message)
{
	const struct decision *decision = message->decision;
	const struct nn_result *result = message->result;
	char posture[NN_LABEL_MAX], class[NN_LABEL_MAX] = "", label[NN_LABEL_MAX];
	int r;

	dbus_facts_text(posture, sizeof(posture), payload_label(message->model, decision->posture));
	if (result->hand.present)
		dbus_facts_text(class, sizeof(class), payload_label(message->model, result->best));
	r = sd_bus_message_append(signal, "sdbds", posture, (double)decision->confidence, (int)decision->hand,
				  (double)decision->distance_mm, class);
	if (r >= 0)
		r = sd_bus_message_open_container(signal, 'a', "{sd}");
	for (unsigned i = 0; i < result->classes && i < message->model->classes && r >= 0; i++) {
		dbus_facts_text(label, sizeof(label), message->model->labels[i]);
		r = sd_bus_message_append(signal, "{sd}", label, (double)result->probability[i]);
	}
	return r < 0 ? r : sd_bus_message_close_container(signal);
}

static int append_frame(sd_bus_message *signal, const struct dbus_client *client, const struct message *message)
{
	const struct frame *frame = message->frame;
	int r = sd_bus_message_append(signal, DBUS_FRAME_HEAD_TYPE, frame->t_ns, message->wall_us, frame->seq,
				      frame->lost, client->dropped, frame->fields, frame->cols, frame->rows,
				      frame->stream, (int16_t)frame->temperature_c);

	if (r >= 0)
		r = append_zones(signal, frame);
	return r < 0 ? r : append_result(signal, message);
}

static int send_frame(struct dbus *bus, struct dbus_client *client, const struct message *message)
{
	sd_bus_message *signal = NULL;
	int r = sd_bus_message_new_signal(bus->bus, &signal, DBUS_PATH, DBUS_FRAMES, "Frame");

	if (r >= 0)
		r = append_frame(signal, client, message);
	if (r >= 0)
		r = sd_bus_send_to(bus->bus, signal, client->name, NULL);
	sd_bus_message_unref(signal);
	return r;
}

void dbus_frames_send(struct dbus *bus, const struct message *message)
{
	for (struct dbus_client *client = bus->client; client < bus->client + DBUS_CLIENTS_MAX; client++) {
		if (!client->name[0])
			continue;
		if (client->credit == 0 || dbus_is_choked(bus) || send_frame(bus, client, message) < 0) {
			client->dropped++;
			bus->facts.stream_dropped++;
			continue;
		}
		bus->facts.stream_sent++;
		client->dropped = 0;
		if (--client->credit == 0)
			client->silent_ns = message->t_ns;
	}
}

/* --- clients -------------------------------------------------------------------------------------------------- */

static void forget(struct dbus_client *client)
{
	struct dbus *bus = client->bus;

	if (client->name[0])
		bus->facts.clients--;
	sd_bus_slot_unref(client->gone);
	*client = (struct dbus_client){.bus = bus};
}

void dbus_frames_forget(struct dbus *bus)
{
	for (unsigned i = 0; i < DBUS_CLIENTS_MAX; i++) {
		bus->client[i].bus = bus;
		forget(&bus->client[i]);
	}
}

static int on_gone(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	(void)signal;
	(void)error;
	forget(userdata);
	return 0;
}

static struct dbus_client *find(struct dbus *bus, const char *name)
{
	for (unsigned i = 0; i < DBUS_CLIENTS_MAX; i++)
		if (strcmp(bus->client[i].name, name) == 0)
			return &bus->client[i];
	return NULL;
}

/* A free place, or that of one which has taken nothing for long. */
static struct dbus_client *find_place(struct dbus *bus)
{
	struct dbus_client *place = find(bus, "");
	uint64_t now_ns = clock_now_ns(clock_monotonic());

	for (unsigned i = 0; i < DBUS_CLIENTS_MAX && !place; i++)
		if (bus->client[i].credit == 0 && now_ns - bus->client[i].silent_ns > SILENT_NS)
			place = &bus->client[i];
	if (place)
		forget(place);
	return place;
}

static struct dbus_client *admit(struct dbus *bus, const char *name)
{
	struct dbus_client *client = find_place(bus);
	char match[400];

	if (!client)
		return NULL;
	snprintf(client->name, sizeof(client->name), "%s", name);
	bus->facts.clients++;
	snprintf(match, sizeof(match),
		 "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
		 "member='NameOwnerChanged',arg0='%s',arg2=''",
		 name);
	/* When this fails its credit ends the stream as well. */
	(void)sd_bus_add_match_async(bus->bus, &client->gone, match, on_gone, NULL, client);
	return client;
}

static int method_start(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct dbus *bus = userdata;
	const char *sender = sd_bus_message_get_sender(call);
	struct dbus_client *client;
	uint32_t credit = 0;
	int r = sd_bus_message_read(call, "u", &credit);

	if (r < 0)
		return r;
	if (credit == 0 || credit > DBUS_CREDIT_MAX)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "credit: 1 to %d frames", DBUS_CREDIT_MAX);
	if (!sender || !sender[0] || strlen(sender) >= sizeof(client->name))
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "only a client with a name gets frames");
	client = find(bus, sender);
	if (!client)
		client = admit(bus, sender);
	if (!client)
		return sd_bus_error_setf(error, DBUS_LIMIT, "%d clients take frames already", DBUS_CLIENTS_MAX);
	client->credit = client->credit + credit < DBUS_CREDIT_MAX ? client->credit + credit : DBUS_CREDIT_MAX;
	return sd_bus_reply_method_return(call, "u", client->credit);
}

static int method_stop(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct dbus_client *client = find(userdata, sd_bus_message_get_sender(call) ?: "-");

	(void)error;
	if (client)
		forget(client);
	return sd_bus_reply_method_return(call, NULL);
}

#define FACT_OFFSET(member) offsetof(struct dbus, facts.member)

const sd_bus_vtable dbus_frames_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Clients", "u", NULL, FACT_OFFSET(clients), 0),
	SD_BUS_PROPERTY("Sent", "t", NULL, FACT_OFFSET(stream_sent), 0),
	SD_BUS_PROPERTY("Dropped", "t", NULL, FACT_OFFSET(stream_dropped), 0),
	SD_BUS_METHOD_WITH_ARGS("StartFrames", SD_BUS_ARGS("u", credit), SD_BUS_RESULT("u", credit_now), method_start,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("StopFrames", "", "", method_stop, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("Frame", DBUS_FRAME_TYPE, 0),
	SD_BUS_VTABLE_END,
};
