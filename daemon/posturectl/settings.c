/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.c - posturectl backend, threshold, frames: a value of the running service, read or changed.
 *
 * A change holds until the service starts or reads its configuration again; --save also writes it to a drop-in, which
 * outlives both.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/dbus-names.h"
#include "daemon/posturectl/bus-client.h"
#include "daemon/posturectl/bus-models.h"
#include "daemon/posturectl/commands.h"
#include "daemon/posturectl/drop-in.h"

struct setting {
	const char *name, *key; /* of the service's Set */
	const char *section;	/* of the configuration's file */
	const char *interface, *property;
	bool is_text;
};

static const struct setting backend = {"backend", "backend", "classifier", DBUS_DAEMON, "Backend", true};
static const struct setting threshold = {"threshold", "threshold", "decide", DBUS_SETTINGS, "Threshold", false};
static const struct setting frames = {"frames", "confirm_frames", "decide", DBUS_SETTINGS, "ConfirmFrames", false};

static int complain(const char *reason)
{
	fprintf(stderr, "posturectl: %s\n", reason);
	return EXIT_FAILURE;
}

static int read_value(struct bus_client *client, const struct setting *setting, size_t size, char *ret_value,
		      char *ret_reason)
{
	double number = 0;
	int r;

	if (setting->is_text)
		return bus_client_text(client, setting->interface, setting->property, size, ret_value, ret_reason);
	r = bus_client_number(client, setting->interface, setting->property, &number, ret_reason);
	if (r == 0)
		snprintf(ret_value, size, "%.9g", number);
	return r;
}

static int print(const struct options *options, const struct setting *setting, const char *before, const char *after,
		 const char *saved)
{
	cJSON *root = options->json ? cJSON_CreateObject() : NULL;
	char *text;

	if (!options->json) {
		if (!after)
			printf("%s: %s\n", setting->name, before);
		else
			printf("%s%s%s: %s%s%s, %s%s\n", setting->name, options->posture ? " of " : "",
			       options->posture ? options->posture : "", options->posture ? "" : before,
			       options->posture ? "" : " -> ", after,
			       saved ? "saved in " : "until the service starts or reloads (--save keeps it)",
			       saved ? saved : "");
		return EXIT_SUCCESS;
	}
	cJSON_AddStringToObject(root, "setting", setting->name);
	if (options->posture)
		cJSON_AddStringToObject(root, "posture", options->posture);
	cJSON_AddStringToObject(root, "value", after ? after : before);
	if (after && !options->posture) /* the service tells values of [decide] only */
		cJSON_AddStringToObject(root, "before", before);
	if (saved)
		cJSON_AddStringToObject(root, "saved", saved);
	text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (text)
		puts(text);
	free(text);
	return EXIT_SUCCESS;
}

static int save(const struct options *options, const struct setting *setting, char *ret_path, char *ret_reason)
{
	char section[64];

	snprintf(section, sizeof(section), options->posture ? "posture %.40s" : "%.40s",
		 options->posture ? options->posture : setting->section);
	return drop_in_set(options->config ? options->config : OPTIONS_CONFIG, section, setting->key, options->argument,
			   ret_path, ret_reason);
}

/* A name that is mistyped would be taken, and change nothing. */
static int check_posture(struct bus_client *client, const char *posture, char *ret_reason)
{
	struct bus_labels known = {.n = 0};
	int n, r = bus_client_labels(client, &known, ret_reason);

	for (unsigned i = 0; i < known.n && r == 0; i++)
		if (strcmp(known.label[i], posture) == 0)
			return 0;
	if (r < 0)
		return r;
	n = snprintf(ret_reason, BUS_CLIENT_REASON, "the model in use knows no posture `%.32s`, but", posture);
	for (unsigned i = 0; i < known.n && n < BUS_CLIENT_REASON; i++)
		n += snprintf(ret_reason + n, BUS_CLIENT_REASON - (size_t)n, " %s", known.label[i]);
	return -EINVAL;
}

static int change(const struct options *options, const struct setting *setting, struct bus_client *client)
{
	char reason[BUS_CLIENT_REASON] = "", before[64] = "", after[64] = "", key[128], path[DROP_IN_PATH] = "";
	int r = read_value(client, setting, sizeof(before), before, reason);

	if (r == 0 && options->posture)
		r = check_posture(client, options->posture, reason);
	snprintf(key, sizeof(key), "%s%s%s", options->posture ? options->posture : "", options->posture ? "/" : "",
		 setting->key);
	if (r == 0)
		r = bus_client_set(client, key, options->argument, reason);
	if (r == 0 && options->posture)
		snprintf(after, sizeof(after), "%.60s", options->argument);
	else if (r == 0)
		r = read_value(client, setting, sizeof(after), after, reason);
	if (r < 0)
		return complain(reason);
	r = options->save ? save(options, setting, path, reason) : 0;
	if (r < 0) {
		fprintf(stderr, "posturectl: the service has taken it, but it is not saved: %s\n", reason);
		return EXIT_FAILURE;
	}
	return print(options, setting, before, after, options->save ? path : NULL);
}

static int setting_run(const struct options *options, const struct setting *setting)
{
	static const struct bus_handlers deaf;
	char reason[BUS_CLIENT_REASON] = "", value[64];
	struct bus_client *client;
	int r;

	if (options->way == WAY_MQTT)
		return complain(
			"settings are changed over D-Bus; through a broker, publish to set/<key> (postured-mqtt(7))");
	if (options->posture && setting->is_text)
		return complain("--posture: the backend is the same for all postures");
	if (!options->argument && (options->posture || options->save))
		return complain("--posture and --save go with a new value");
	if (bus_client_open(options->bus, &deaf, &client, reason) < 0)
		return complain(reason);
	if (options->argument)
		r = change(options, setting, client);
	else if (read_value(client, setting, sizeof(value), value, reason) < 0)
		r = complain(reason);
	else
		r = print(options, setting, value, NULL, NULL);
	bus_client_free(client);
	return r;
}

int backend_run(const struct options *options)
{
	return setting_run(options, &backend);
}

int threshold_run(const struct options *options)
{
	return setting_run(options, &threshold);
}

int frames_run(const struct options *options)
{
	return setting_run(options, &frames);
}
