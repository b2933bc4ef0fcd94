/* SPDX-License-Identifier: Apache-2.0 */
/* bus-models.c - see bus-models.h. */
#include "daemon/posturectl/bus-models.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/dbus-names.h"
#include "daemon/posturectl/bus-private.h"

static int senseless(int r, char *ret_reason)
{
	snprintf(ret_reason, BUS_CLIENT_REASON, "the answer makes no sense: %s", strerror(-r));
	return r;
}

int bus_client_labels(struct bus_client *client, struct bus_labels *ret_labels, char *ret_reason)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	struct bus_labels labels = {.n = 0};
	char **texts = NULL;
	int r = sd_bus_get_property_strv(bus_client_bus(client), DBUS_NAME, DBUS_PATH, DBUS_DAEMON, "Postures", &error,
					 &texts);

	if (r < 0)
		return bus_client_refuse(r, &error, ret_reason);
	for (char **text = texts; text && *text; text++) {
		if (labels.n < REPORT_CLASSES)
			report_text(*text, strlen(*text), REPORT_TEXT, labels.label[labels.n++]);
		free(*text);
	}
	free(texts);
	*ret_labels = labels;
	return 0;
}

/* A hash is 64 digits or nothing. */
static int take_sha256(const char *text, char ret_sha256[BUS_MODELS_SHA256])
{
	size_t n = strspn(text, "0123456789abcdef");

	if (text[n] || n != BUS_MODELS_SHA256 - 1)
		return -EBADMSG;
	memcpy(ret_sha256, text, BUS_MODELS_SHA256);
	return 0;
}

static int finish_change(int r, sd_bus_error *error, sd_bus_message *reply, char ret_sha256[BUS_MODELS_SHA256],
			 char *ret_reason)
{
	const char *text;

	if (r < 0)
		return bus_client_refuse(r, error, ret_reason);
	r = sd_bus_message_read(reply, "s", &text);
	r = r < 0 ? r : take_sha256(text, ret_sha256);
	sd_bus_message_unref(reply);
	return r < 0 ? senseless(r, ret_reason) : 0;
}

int bus_models_install(struct bus_client *client, const void *bytes, size_t size, char ret_sha256[BUS_MODELS_SHA256],
		       char *ret_reason)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *call = NULL, *reply = NULL;
	int r = sd_bus_message_new_method_call(bus_client_bus(client), &call, DBUS_NAME, DBUS_PATH, DBUS_MODELS,
					       "Install");

	if (r >= 0)
		r = sd_bus_message_append_array(call, 'y', bytes, size);
	if (r >= 0)
		r = sd_bus_call(bus_client_bus(client), call, 0, &error, &reply);
	sd_bus_message_unref(call);
	return finish_change(r, &error, reply, ret_sha256, ret_reason);
}

int bus_models_rollback(struct bus_client *client, char ret_sha256[BUS_MODELS_SHA256], char *ret_reason)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	int r = sd_bus_call_method(bus_client_bus(client), DBUS_NAME, DBUS_PATH, DBUS_MODELS, "Rollback", &error,
				   &reply, "");

	return finish_change(r, &error, reply, ret_sha256, ret_reason);
}

int bus_models_get(struct bus_client *client, const char *which, void **ret_bytes, size_t *ret_size, char *ret_reason)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	const void *bytes;
	void *copy = NULL;
	size_t size = 0;
	int r = sd_bus_call_method(bus_client_bus(client), DBUS_NAME, DBUS_PATH, DBUS_MODELS, "Get", &error, &reply,
				   "s", which);

	if (r < 0)
		return bus_client_refuse(r, &error, ret_reason);
	r = sd_bus_message_read_array(reply, 'y', &bytes, &size);
	if (r >= 0 && (size == 0 || size > 64 * DBUS_MODEL_BYTES_MAX))
		r = -EBADMSG;
	if (r >= 0) {
		copy = malloc(size);
		if (copy)
			memcpy(copy, bytes, size);
		r = copy ? 0 : -ENOMEM;
	}
	sd_bus_message_unref(reply);
	if (r < 0)
		return senseless(r, ret_reason);
	*ret_bytes = copy;
	*ret_size = size;
	return 0;
}

static int read_list(sd_bus_message *reply, struct bus_model *models, unsigned *n)
{
	int r = sd_bus_message_enter_container(reply, 'a', "(utssb)");

	while (r >= 0 && *n < BUS_MODELS_MAX) {
		struct bus_model *model = &models[*n];
		const char *name, *sha256;
		int in_use;

		r = sd_bus_message_read(reply, "(utssb)", &model->number, &model->installed_s, &name, &sha256, &in_use);
		if (r <= 0)
			return r;
		report_text(name, strlen(name), sizeof(model->name), model->name);
		model->sha256[0] = '\0';
		(void)take_sha256(sha256, model->sha256);
		model->in_use = in_use != 0;
		(*n)++;
	}
	return r;
}

int bus_models_list(struct bus_client *client, struct bus_model ret_models[BUS_MODELS_MAX], unsigned *ret_n,
		    char *ret_reason)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	unsigned n = 0;
	int r = sd_bus_call_method(bus_client_bus(client), DBUS_NAME, DBUS_PATH, DBUS_MODELS, "List", &error, &reply,
				   "");

	if (r < 0)
		return bus_client_refuse(r, &error, ret_reason);
	r = read_list(reply, ret_models, &n);
	sd_bus_message_unref(reply);
	if (r < 0)
		return senseless(r, ret_reason);
	*ret_n = n;
	return 0;
}
