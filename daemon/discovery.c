/* SPDX-License-Identifier: Apache-2.0 */
/* discovery.c - see discovery.h. */
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/discovery.h"

enum { OBJECT_ID_MAX = 200, TOPIC_MAX = 320, EXPIRE_PERIODS = 3 };

/* One row a component; "" and NULL leave a key out. */
struct component {
	const char *name; /* key, and end of unique_id */
	const char *platform;
	const char *label; /* shown to people */
	const char *topic; /* below base */
	const char *template;
	const char *device_class, *unit, *category, *icon, *state_class;
	const char *command; /* set/<command> */
};

static const struct component components[] = {
	{.name = "posture",
	 .platform = "sensor",
	 .label = "Posture",
	 .topic = "posture",
	 .template = "{{ value_json.posture }}",
	 .device_class = "enum",
	 .icon = "mdi:hand-back-right"},
	{.name = "event", .platform = "event", .label = "Posture change", .topic = "event", .icon = "mdi:hand-wave"},
	{.name = "hand",
	 .platform = "binary_sensor",
	 .label = "Hand",
	 .topic = "posture",
	 .template = "{{ 'ON' if value_json.hand else 'OFF' }}",
	 .device_class = "occupancy"},
	{.name = "distance",
	 .platform = "sensor",
	 .label = "Distance",
	 .topic = "posture",
	 .template = "{{ value_json.distance_mm if value_json.hand else None }}",
	 .device_class = "distance",
	 .unit = "mm",
	 .state_class = "measurement"},
	{.name = "confidence",
	 .platform = "sensor",
	 .label = "Confidence",
	 .topic = "posture",
	 .template = "{{ (value_json.confidence * 100) | round(1) }}",
	 .unit = "%",
	 .category = "diagnostic",
	 .icon = "mdi:percent",
	 .state_class = "measurement"},
	{.name = "rate",
	 .platform = "sensor",
	 .label = "Frame rate",
	 .topic = "diagnostics",
	 .template = "{{ value_json.rate_hz }}",
	 .device_class = "frequency",
	 .unit = "Hz",
	 .category = "diagnostic",
	 .state_class = "measurement"},
	{.name = "latency",
	 .platform = "sensor",
	 .label = "Latency (99 %)",
	 .topic = "diagnostics",
	 .template = "{{ value_json.latency_p99_us / 1000 }}",
	 .device_class = "duration",
	 .unit = "ms",
	 .category = "diagnostic",
	 .state_class = "measurement"},
	{.name = "temperature",
	 .platform = "sensor",
	 .label = "Sensor temperature",
	 .topic = "diagnostics",
	 .template = "{{ value_json.sensor.temperature_c }}",
	 .device_class = "temperature",
	 .unit = "°C",
	 .category = "diagnostic",
	 .state_class = "measurement"},
	{.name = "state",
	 .platform = "sensor",
	 .label = "Sensor state",
	 .topic = "diagnostics",
	 .template = "{{ value_json.sensor.state }}",
	 .category = "diagnostic",
	 .icon = "mdi:state-machine"},
	{.name = "threshold",
	 .platform = "number",
	 .label = "Confidence threshold",
	 .topic = "setting/threshold",
	 .category = "config",
	 .icon = "mdi:tune",
	 .command = "threshold"},
	{.name = "frame",
	 .platform = "switch",
	 .label = "Publish frames",
	 .topic = "setting/frame",
	 .category = "config",
	 .icon = "mdi:grid",
	 .command = "frame"},
};

/* Home Assistant takes [a-zA-Z0-9_-] only, a prefix may have levels. */
static void object_id(const struct mqtt_settings *settings, const char *node, size_t size, char *ret_id)
{
	snprintf(ret_id, size, "%s_%s", settings->prefix, node);
	for (char *c = ret_id; *c; c++)
		if (!strchr("-_", *c) && !(*c >= '0' && *c <= '9') && !(*c >= 'a' && *c <= 'z') &&
		    !(*c >= 'A' && *c <= 'Z'))
			*c = '_';
}

void discovery_topic(const struct mqtt_settings *settings, const char *node, size_t size, char *ret_topic)
{
	char id[OBJECT_ID_MAX];

	object_id(settings, node, sizeof(id), id);
	snprintf(ret_topic, size, "%s/device/%s/config", settings->discovery_prefix, id);
}

static void add_text(cJSON *object, const char *key, const char *text)
{
	if (text && *text)
		cJSON_AddStringToObject(object, key, text);
}

static void add_topic(cJSON *object, const char *key, const char *base, const char *middle, const char *name)
{
	char topic[TOPIC_MAX];

	snprintf(topic, sizeof(topic), "%s/%s%s", base, middle, name);
	cJSON_AddStringToObject(object, key, topic);
}

/* Every posture that may be published: the model's labels, and None when no label has that name. */
static void add_postures(cJSON *object, const char *key, const struct nn_description *model)
{
	cJSON *list = cJSON_AddArrayToObject(object, key);
	bool none = false;

	for (unsigned i = 0; i < model->classes; i++) {
		cJSON_AddItemToArray(list, cJSON_CreateString(model->labels[i]));
		none = none || strcmp(model->labels[i], "None") == 0;
	}
	if (!none)
		cJSON_AddItemToArray(list, cJSON_CreateString("None"));
}

/* What a platform wants beyond the common keys. */
static void add_platform(cJSON *object, const struct component *component, const struct nn_description *model)
{
	if (strcmp(component->name, "posture") == 0) {
		add_postures(object, "options", model);
	} else if (strcmp(component->platform, "event") == 0) {
		add_postures(object, "event_types", model);
	} else if (strcmp(component->platform, "number") == 0) {
		cJSON_AddNumberToObject(object, "min", 0);
		cJSON_AddNumberToObject(object, "max", 1);
		cJSON_AddNumberToObject(object, "step", 0.01);
		cJSON_AddStringToObject(object, "mode", "slider");
	} else if (strcmp(component->platform, "switch") == 0) {
		cJSON_AddStringToObject(object, "payload_on", "on");
		cJSON_AddStringToObject(object, "payload_off", "off");
	}
}

static void add_component(cJSON *list, const struct component *component, const struct mqtt_settings *settings,
			  const char *id, const char *base, const struct nn_description *model)
{
	cJSON *object = cJSON_AddObjectToObject(list, component->name);
	char unique_id[OBJECT_ID_MAX + 32];

	snprintf(unique_id, sizeof(unique_id), "%s_%s", id, component->name);
	cJSON_AddStringToObject(object, "platform", component->platform);
	cJSON_AddStringToObject(object, "unique_id", unique_id);
	cJSON_AddStringToObject(object, "name", component->label);
	add_topic(object, "state_topic", base, "", component->topic);
	add_text(object, "value_template", component->template);
	add_text(object, "device_class", component->device_class);
	add_text(object, "unit_of_measurement", component->unit);
	add_text(object, "state_class", component->state_class);
	add_text(object, "entity_category", component->category);
	add_text(object, "icon", component->icon);
	if (component->command)
		add_topic(object, "command_topic", base, "set/", component->command);
	/* Retained diagnostics of a service that hangs must not look alive. */
	if (strcmp(component->topic, "diagnostics") == 0)
		cJSON_AddNumberToObject(object, "expire_after", EXPIRE_PERIODS * settings->diagnostics_s);
	add_platform(object, component, model);
}

static void add_device(cJSON *root, const char *id, const char *node)
{
	cJSON *device = cJSON_AddObjectToObject(root, "device"), *origin;
	char name[OBJECT_ID_MAX];

	snprintf(name, sizeof(name), "Hand postures %s", node);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(device, "identifiers"), cJSON_CreateString(id));
	cJSON_AddStringToObject(device, "name", name);
	cJSON_AddStringToObject(device, "manufacturer", "postured");
	cJSON_AddStringToObject(device, "model", "VL53L8CX hand posture sensor");
	cJSON_AddStringToObject(device, "sw_version", PACKAGE_VERSION);
	origin = cJSON_AddObjectToObject(root, "origin");
	cJSON_AddStringToObject(origin, "name", "postured");
	cJSON_AddStringToObject(origin, "sw_version", PACKAGE_VERSION);
}

char *discovery_text(const struct mqtt_settings *settings, const char *node, const char *base,
		     const struct nn_description *model)
{
	cJSON *root = cJSON_CreateObject(), *list;
	char id[OBJECT_ID_MAX], *text;

	object_id(settings, node, sizeof(id), id);
	add_device(root, id, node);
	add_topic(root, "availability_topic", base, "", "availability");
	cJSON_AddNumberToObject(root, "qos", settings->qos);
	list = cJSON_AddObjectToObject(root, "components");
	for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++)
		if (settings->diagnostics_s || strcmp(components[i].topic, "diagnostics") != 0)
			add_component(list, &components[i], settings, id, base, model);
	text = root ? cJSON_PrintUnformatted(root) : NULL;
	cJSON_Delete(root);
	return text;
}
