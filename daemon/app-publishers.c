/* SPDX-License-Identifier: Apache-2.0 */
/* app-publishers.c - opens those whom the service tells, and answers what they ask for others (see app.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/app.h"
#include "daemon/config-key.h"
#include "daemon/log.h"
#include "daemon/payload.h"
#include "daemon/publish-dbus.h"
#include "daemon/publish-json.h"
#include "daemon/publish-mqtt.h"
#include "daemon/reload.h"
#include "daemon/taught.h"

static void add(struct app *app, struct publisher *publisher)
{
	app->pipeline.publishers[app->pipeline.publishers_count++] = publisher;
}

static int open_json(struct app *app)
{
	const struct publish_json_config json = {
		.fd = STDOUT_FILENO,
		.frames = app->options->frames,
		.zones = app->options->zones,
		.wait = app->pipeline.filter,
	};
	int r = publish_json_open(&json, &app->json);

	if (r == 0)
		add(app, app->json);
	return r;
}

/* --- MQTT ----------------------------------------------------------------------------------------------------- */

static int mqtt_command(void *userdata, const char *key, const char *value, char *ret_reason)
{
	return reload_command(userdata, key, value, ret_reason);
}

static void mqtt_notice(void *userdata, int level, const char *text)
{
	struct app *app = userdata;
	struct link_health link = {.enabled = true};

	/* While it is being opened there is nothing to ask yet. */
	if (app->mqtt)
		publish_mqtt_health(app->mqtt, &link);
	supervisor_note_link(&app->supervisor, &link, level, text);
}

static int open_mqtt(struct app *app)
{
	const struct publish_mqtt_hooks hooks = {.command = mqtt_command, .notice = mqtt_notice, .userdata = app};
	char reason[PUBLISH_MQTT_REASON_MAX] = "";
	int r = publish_mqtt_open(&app->config.mqtt, &app->pipeline.model, &hooks, &app->mqtt, reason);

	if (r < 0) {
		log_error("mqtt", "%s", reason);
		return r;
	}
	add(app, app->mqtt);
	reload_tell_settings(app);
	return 0;
}

/* --- D-Bus ---------------------------------------------------------------------------------------------------- */

static int bus_set(void *userdata, const char *key, const char *value, char *ret_reason)
{
	int r = strcmp(key, "backend") == 0 ? reload_backend(userdata, value, ret_reason)
					    : reload_command(userdata, key, value, ret_reason);

	if (r < 0)
		log_warning("bus", "set %s refused: %s", key, ret_reason);
	else
		log_notice("bus", "%s = %s", key, value);
	return r;
}

static int bus_reload(void *userdata, char *ret_reason)
{
	struct app *app = userdata;

	reload(app);
	if (!app->rejected)
		return 0;
	snprintf(ret_reason, DBUS_REASON_MAX,
		 "the new configuration was rejected and the old one stays: the service's log says where it is wrong");
	return -EINVAL;
}

/* How long the posture has been what it is. */
static uint64_t age_us(const struct pipeline *pipeline)
{
	return pipeline->told ? (clock_now_ns(pipeline->clock) - pipeline->posture_ns) / 1000 : 0;
}

static char *bus_payload(void *userdata, const char *name)
{
	struct app *app = userdata;
	struct diagnostics diagnostics;
	struct message message = {
		.model = &app->pipeline.model,
		.decision = &app->pipeline.last,
		.diagnostics = &diagnostics,
		.online = app->supervisor.online,
		.wall_us = pipeline_wall_us(&app->pipeline),
	};

	if (strcmp(name, "posture") == 0) {
		message.wall_us -= age_us(&app->pipeline);
		return payload_posture(&message);
	}
	if (strcmp(name, "availability") == 0)
		return strdup(payload_availability(&message));
	if (strcmp(name, "diagnostics") != 0)
		return NULL;
	app_diagnostics(app, &diagnostics);
	return payload_diagnostics(&message);
}

void app_tell_dbus(struct app *app, const struct diagnostics *diagnostics)
{
	const struct config_key *backend = config_key_find("classifier", "backend");
	struct dbus_state state = {
		.diagnostics = diagnostics,
		.threshold = (double)app->config.decide.rule.threshold,
		.confirm_frames = app->config.decide.rule.confirm_frames,
	};
	struct diagnostics now;

	if (!app->dbus)
		return;
	if (!diagnostics) {
		app_diagnostics(app, &now);
		state.diagnostics = &now;
	}
	for (unsigned i = 0; backend->choices[i].text && i + 1 < sizeof(state.backends) / sizeof(state.backends[0]);
	     i++)
		state.backends[i] = backend->choices[i].text;
	publish_dbus_tell(app->dbus, &state);
}

static int bus_model_install(void *userdata, const void *bytes, size_t size, char *ret_sha256, char *ret_reason)
{
	return taught_install(userdata, bytes, size, ret_sha256, ret_reason);
}

static int bus_model_rollback(void *userdata, char *ret_sha256, char *ret_reason)
{
	return taught_rollback(userdata, ret_sha256, ret_reason);
}

static int bus_model_read(void *userdata, const char *which, void **ret_bytes, size_t *ret_size, char *ret_reason)
{
	return taught_read(userdata, which, ret_bytes, ret_size, ret_reason);
}

static unsigned bus_model_list(void *userdata, struct dbus_model *ret_models)
{
	return taught_list(userdata, ret_models);
}

static int open_bus(struct app *app)
{
	const struct dbus_hooks hooks = {
		.set = bus_set,
		.reload = bus_reload,
		.payload = bus_payload,
		.model_install = bus_model_install,
		.model_rollback = bus_model_rollback,
		.model_read = bus_model_read,
		.model_list = bus_model_list,
		.userdata = app,
	};
	int r = publish_dbus_open(app->loop, (enum dbus_which)app->config.dbus.bus, &hooks, &app->dbus);

	if (r == 0)
		add(app, app->dbus);
	return r;
}

int app_open_publishers(struct app *app)
{
	int r = app->options->json ? open_json(app) : 0;

	if (r == 0 && app->config.mqtt.enabled)
		r = open_mqtt(app);
	if (r == 0 && app->config.dbus.bus != DBUS_NONE)
		r = open_bus(app);
	return r;
}
