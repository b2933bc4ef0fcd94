/* SPDX-License-Identifier: Apache-2.0 */
/* dbus-object.c - the object's interfaces: properties, methods, signals (see dbus-names.h). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/dbus-private.h"

/* --- properties ----------------------------------------------------------------------------------------------- */

/* Name, type, member of struct dbus_facts, getter, EMITS when its changes are told. */
#define DAEMON_PROPERTIES(X)                                                                                           \
	X("Version", "s", version, get_text, EMITS)                                                                    \
	X("Online", "b", online, NULL, EMITS)                                                                          \
	X("UptimeSeconds", "t", uptime_s, NULL, QUIET)                                                                 \
	X("MemoryKiB", "u", rss_kib, NULL, QUIET)                                                                      \
	X("Posture", "s", posture, get_text, EMITS)                                                                    \
	X("Confidence", "d", confidence, NULL, EMITS)                                                                  \
	X("DistanceMm", "d", distance_mm, NULL, EMITS)                                                                 \
	X("Hand", "b", hand, NULL, EMITS)                                                                              \
	X("RateHz", "d", rate_hz, NULL, EMITS)                                                                         \
	X("LatencyP50Us", "u", latency_p50_us, NULL, QUIET)                                                            \
	X("LatencyP99Us", "u", latency_p99_us, NULL, QUIET)                                                            \
	X("FramesClassified", "t", frames, NULL, QUIET)                                                                \
	X("FramesDropped", "t", frames_dropped, NULL, QUIET)                                                           \
	X("Events", "t", events, NULL, QUIET)                                                                          \
	X("SensorState", "s", sensor_state, get_text, EMITS)                                                           \
	X("SensorReason", "s", sensor_reason, get_text, EMITS)                                                         \
	X("SensorDevice", "s", sensor_device, get_text, EMITS)                                                         \
	X("SensorWarning", "s", sensor_warning, get_text, EMITS)                                                       \
	X("TemperatureC", "i", temperature_c, NULL, EMITS)                                                             \
	X("Rejects", "a{st}", source, get_rejects, QUIET)                                                              \
	X("Recoveries", "a{st}", source, get_recoveries, QUIET)                                                        \
	X("I2c", "a{st}", source, get_i2c, QUIET)                                                                      \
	X("BusTimeUs", "t", bus_time_us, NULL, QUIET)                                                                  \
	X("Backend", "s", backend, get_text, EMITS)                                                                    \
	X("Model", "s", model, get_text, EMITS)                                                                        \
	X("ModelOrigin", "s", origin, get_text, EMITS)                                                                 \
	X("ModelSha256", "s", sha256, get_text, EMITS)                                                                 \
	X("Postures", "as", label, get_labels, EMITS)                                                                  \
	X("GateMinMm", "d", gate_min_mm, NULL, EMITS)                                                                  \
	X("GateMaxMm", "d", gate_max_mm, NULL, EMITS)                                                                  \
	X("BrokerEnabled", "b", broker_enabled, NULL, EMITS)                                                           \
	X("BrokerConnected", "b", broker_connected, NULL, EMITS)                                                       \
	X("Broker", "s", broker, get_text, EMITS)                                                                      \
	X("BrokerReason", "s", broker_reason, get_text, EMITS)                                                         \
	X("BrokerCounters", "a{st}", link, get_link, QUIET)                                                            \
	X("M4State", "s", m4_state, get_text, EMITS)                                                                   \
	X("M4Reason", "s", m4_reason, get_text, EMITS)                                                                 \
	X("M4Counters", "a{st}", cores, get_cores, QUIET)                                                              \
	X("Reloads", "t", reloads, NULL, EMITS)                                                                        \
	X("ReloadsRefused", "t", reloads_refused, NULL, EMITS)

#define SETTINGS_PROPERTIES(X)                                                                                         \
	X("Threshold", "d", threshold, NULL, EMITS)                                                                    \
	X("ConfirmFrames", "u", confirm_frames, NULL, EMITS)                                                           \
	X("Backends", "as", backends, get_backends, EMITS)

#define FACT_OFFSET(member) offsetof(struct dbus, facts.member)

static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		    void *userdata, sd_bus_error *error)
{
	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append_basic(reply, 's', userdata);
}

struct count {
	const char *name;
	uint64_t value;
};

static int append_counts(sd_bus_message *reply, const struct count *counts, size_t n)
{
	int r = sd_bus_message_open_container(reply, 'a', "{st}");

	for (size_t i = 0; i < n && r >= 0; i++)
		r = sd_bus_message_append(reply, "{st}", counts[i].name, counts[i].value);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_rejects(sd_bus *bus, const char *path, const char *interface, const char *property,
		       sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct source_health *source = userdata;
	struct count counts[SOURCE_REJECTS_COUNT];

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	for (int i = 0; i < SOURCE_REJECTS_COUNT; i++)
		counts[i] = (struct count){source_reject_text((enum source_reject)i), source->rejects[i]};
	return append_counts(reply, counts, SOURCE_REJECTS_COUNT);
}

static int get_recoveries(sd_bus *bus, const char *path, const char *interface, const char *property,
			  sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct source_health *source = userdata;
	struct count counts[SOURCE_RUNGS_COUNT];

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	for (int i = 0; i < SOURCE_RUNGS_COUNT; i++)
		counts[i] = (struct count){source_rung_text((enum source_rung)i), source->recoveries[i]};
	return append_counts(reply, counts, SOURCE_RUNGS_COUNT);
}

static int get_i2c(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		   void *userdata, sd_bus_error *error)
{
	const struct i2c_counters *i2c = &((const struct source_health *)userdata)->i2c;
	const struct count counts[] = {
		{"transfers", i2c->transfers},	     {"bytes_out", i2c->bytes_out},
		{"bytes_in", i2c->bytes_in},	     {"nacks", i2c->nacks},
		{"timeouts", i2c->timeouts},	     {"arbitration", i2c->arbitration},
		{"short_counts", i2c->short_counts}, {"other_errors", i2c->other_errors},
		{"retries", i2c->retries},	     {"failures", i2c->failures},
	};

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return append_counts(reply, counts, sizeof(counts) / sizeof(counts[0]));
}

static int get_link(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		    void *userdata, sd_bus_error *error)
{
	const struct link_health *link = userdata;
	const struct count counts[] = {
		{"connects", link->connects},
		{"connection_losses", link->connection_losses},
		{"connect_failures", link->connect_failures},
		{"published", link->published},
		{"acknowledged", link->acknowledged},
		{"events_dropped", link->events_dropped},
		{"frames_dropped", link->frames_dropped},
		{"send_failures", link->send_failures},
		{"commands", link->commands},
		{"commands_refused", link->commands_refused},
	};

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return append_counts(reply, counts, sizeof(counts) / sizeof(counts[0]));
}

/* Of this side of the link; and of the other one, when it has told them. */
static int get_cores(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		     void *userdata, sd_bus_error *error)
{
	const struct remote_status *cores = userdata;
	const struct protocol_stats *own = &cores->stats;
	const struct count counts[] = {
		{"results_m4", cores->remote},
		{"results_local", cores->local},
		{"fallbacks", cores->fallbacks},
		{"compared", cores->compared},
		{"mismatches", cores->mismatches},
		{"deadline_misses", cores->link.misses},
		{"sessions", cores->link.sessions},
		{"reboots", cores->link.reboots},
		{"uploads", cores->link.uploads},
		{"own_inferences", own->inferences},
		{"own_busy", own->busy},
		{"own_late", own->late},
		{"own_bad_messages", own->bad_messages},
		{"own_replies_lost", own->no_buffer},
		{"own_run_us_min", own->run_us_min},
		{"own_run_us_average", own->run_us_average},
		{"own_run_us_max", own->run_us_max},
		{"own_stack_free_least_bytes", own->stack_free_least_bytes},
	};
	enum { OWN = 9 };

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	if (cores->mode == REMOTE_LOCAL)
		return append_counts(reply, counts, 0);
	return append_counts(reply, counts, cores->has_stats ? sizeof(counts) / sizeof(counts[0]) : OWN);
}

static int append_texts(sd_bus_message *reply, const char *texts, size_t size, unsigned n)
{
	int r = sd_bus_message_open_container(reply, 'a', "s");

	for (unsigned i = 0; i < n && r >= 0; i++)
		r = sd_bus_message_append_basic(reply, 's', texts + i * size);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static const struct dbus_facts *facts_of(const void *member, size_t offset)
{
	return &((const struct dbus *)((const char *)member - offset))->facts;
}

static int get_labels(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		      void *userdata, sd_bus_error *error)
{
	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return append_texts(reply, userdata, NN_LABEL_MAX, facts_of(userdata, FACT_OFFSET(label))->classes);
}

static int get_backends(sd_bus *bus, const char *path, const char *interface, const char *property,
			sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct dbus_facts *facts = facts_of(userdata, FACT_OFFSET(backends));
	unsigned n = 0;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	while (facts->backends[n][0])
		n++;
	return append_texts(reply, userdata, sizeof(facts->backends[0]), n);
}

/* --- methods -------------------------------------------------------------------------------------------------- */

static bool is_printable(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (text[i] < 0x20 || text[i] >= 0x7f)
			return false;
	return n > 0 && n < DBUS_TEXT_MAX;
}

static int call_set(struct dbus *bus, sd_bus_message *call, const char *key, const char *value, sd_bus_error *error)
{
	char reason[DBUS_REASON_MAX] = "";

	if (!is_printable(key) || !is_printable(value))
		return sd_bus_error_setf(error, DBUS_REFUSED, "key and value are 1..%d printable characters each",
					 DBUS_TEXT_MAX - 1);
	if (bus->hooks.set(bus->hooks.userdata, key, value, reason) < 0)
		return sd_bus_error_setf(error, DBUS_REFUSED, "%s: %s", key, reason);
	return sd_bus_reply_method_return(call, NULL);
}

static int method_set(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const char *key, *value;
	int r = sd_bus_message_read(call, "ss", &key, &value);

	return r < 0 ? r : call_set(userdata, call, key, value, error);
}

static int method_set_threshold(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	double threshold;
	char text[32];
	int r = sd_bus_message_read(call, "d", &threshold);

	snprintf(text, sizeof(text), "%.9g", r < 0 ? 0 : threshold);
	return r < 0 ? r : call_set(userdata, call, "threshold", text, error);
}

static int method_set_confirm_frames(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	uint32_t frames = 0;
	char text[16];
	int r = sd_bus_message_read(call, "u", &frames);

	snprintf(text, sizeof(text), "%u", frames);
	return r < 0 ? r : call_set(userdata, call, "confirm_frames", text, error);
}

static int method_set_backend(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const char *backend;
	int r = sd_bus_message_read(call, "s", &backend);

	return r < 0 ? r : call_set(userdata, call, "backend", backend, error);
}

static int method_reload(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct dbus *bus = userdata;
	char reason[DBUS_REASON_MAX] = "";

	if (bus->hooks.reload(bus->hooks.userdata, reason) < 0)
		return sd_bus_error_setf(error, DBUS_REFUSED, "%s", reason);
	return sd_bus_reply_method_return(call, NULL);
}

static int method_payload(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct dbus *bus = userdata;
	const char *name;
	char *text;
	int r = sd_bus_message_read(call, "s", &name);

	if (r < 0)
		return r;
	text = bus->hooks.payload(bus->hooks.userdata, name);
	if (!text)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "posture, diagnostics or availability");
	r = sd_bus_reply_method_return(call, "s", text);
	free(text);
	return r;
}

/* --- the object ----------------------------------------------------------------------------------------------- */

#define EMITS					    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define QUIET					    0
#define PROPERTY(name, type, member, getter, flags) SD_BUS_PROPERTY(name, type, getter, FACT_OFFSET(member), flags),

static const sd_bus_vtable daemon_vtable[] = {
	SD_BUS_VTABLE_START(0),
	DAEMON_PROPERTIES(PROPERTY)
		SD_BUS_METHOD_WITH_ARGS("GetPayload", SD_BUS_ARGS("s", name), SD_BUS_RESULT("s", payload),
					method_payload, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL_WITH_ARGS("PostureChanged",
				SD_BUS_ARGS("s", posture, "s", previous, "d", confidence, "d", distance_mm, "b", hand,
					    "u", seq, "t", realtime_us),
				0),
	SD_BUS_VTABLE_END,
};

/* Unprivileged for sd-bus, which would ask for capabilities: who may call is the bus's own policy. */
static const sd_bus_vtable settings_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SETTINGS_PROPERTIES(PROPERTY)
		SD_BUS_METHOD_WITH_ARGS("SetThreshold", SD_BUS_ARGS("d", threshold), SD_BUS_NO_RESULT,
					method_set_threshold, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("SetConfirmFrames", SD_BUS_ARGS("u", frames), SD_BUS_NO_RESULT,
				method_set_confirm_frames, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("SetBackend", SD_BUS_ARGS("s", backend), SD_BUS_NO_RESULT, method_set_backend,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Set", SD_BUS_ARGS("s", key, "s", value), SD_BUS_NO_RESULT, method_set,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Reload", "", "", method_reload, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int dbus_object_add(struct dbus *bus)
{
	int r = sd_bus_add_object_vtable(bus->bus, NULL, DBUS_PATH, DBUS_DAEMON, daemon_vtable, bus);

	if (r >= 0)
		r = sd_bus_add_object_vtable(bus->bus, NULL, DBUS_PATH, DBUS_SETTINGS, settings_vtable, bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus->bus, NULL, DBUS_PATH, DBUS_MODELS, dbus_models_vtable, bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus->bus, NULL, DBUS_PATH, DBUS_FRAMES, dbus_frames_vtable, bus);
	return r;
}

struct fact {
	const char *name;
	size_t offset, size;
	uint64_t flags;
};

#define FACT(name, type, member, getter, flags)                                                                        \
	{name, offsetof(struct dbus_facts, member), sizeof(((struct dbus_facts *)0)->member), flags},
static const struct fact daemon_facts[] = {DAEMON_PROPERTIES(FACT)};
static const struct fact settings_facts[] = {SETTINGS_PROPERTIES(FACT)};

static void tell(struct dbus *bus, const char *interface, const struct fact *facts, size_t n)
{
	const char *names[sizeof(daemon_facts) / sizeof(daemon_facts[0]) + 1];
	unsigned changed = 0;

	for (size_t i = 0; i < n; i++)
		if (facts[i].flags == EMITS && memcmp((const char *)&bus->facts + facts[i].offset,
						      (const char *)&bus->told + facts[i].offset, facts[i].size) != 0)
			names[changed++] = facts[i].name;
	names[changed] = NULL;
	if (changed > 0)
		(void)sd_bus_emit_properties_changed_strv(bus->bus, DBUS_PATH, interface, (char **)names);
}

void dbus_object_tell(struct dbus *bus)
{
	if (bus->bus && !dbus_is_choked(bus)) {
		tell(bus, DBUS_DAEMON, daemon_facts, sizeof(daemon_facts) / sizeof(daemon_facts[0]));
		tell(bus, DBUS_SETTINGS, settings_facts, sizeof(settings_facts) / sizeof(settings_facts[0]));
		bus->told = bus->facts;
	}
}
