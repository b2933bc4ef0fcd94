/* SPDX-License-Identifier: Apache-2.0 */
/* dbus-models.c - the interface Models: what the service was taught (see dbus-names.h, taught.h). */
#include <stdlib.h>

#include "daemon/dbus-private.h"

static int method_install(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct dbus *bus = userdata;
	char reason[DBUS_REASON_MAX] = "", sha256[65] = "";
	const void *bytes;
	size_t size;
	int r = sd_bus_message_read_array(call, 'y', &bytes, &size);

	if (r < 0)
		return r;
	if (size == 0 || size > DBUS_MODEL_BYTES_MAX)
		return sd_bus_error_setf(error, DBUS_REFUSED, "a model has 1 to %d bytes, not %zu",
					 DBUS_MODEL_BYTES_MAX, size);
	if (bus->hooks.model_install(bus->hooks.userdata, bytes, size, sha256, reason) < 0)
		return sd_bus_error_setf(error, DBUS_REFUSED, "%s", reason);
	return sd_bus_reply_method_return(call, "s", sha256);
}

static int method_rollback(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct dbus *bus = userdata;
	char reason[DBUS_REASON_MAX] = "", sha256[65] = "";

	if (bus->hooks.model_rollback(bus->hooks.userdata, sha256, reason) < 0)
		return sd_bus_error_setf(error, DBUS_REFUSED, "%s", reason);
	return sd_bus_reply_method_return(call, "s", sha256);
}

static int answer_with_bytes(sd_bus_message *call, const void *bytes, size_t size)
{
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(call, &reply);

	if (r >= 0)
		r = sd_bus_message_append_array(reply, 'y', bytes, size);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 1;
}

static int method_get(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct dbus *bus = userdata;
	char reason[DBUS_REASON_MAX] = "out of memory";
	const char *which;
	void *bytes;
	size_t size;
	int r = sd_bus_message_read(call, "s", &which);

	if (r < 0)
		return r;
	if (bus->hooks.model_read(bus->hooks.userdata, which, &bytes, &size, reason) < 0)
		return sd_bus_error_setf(error, DBUS_REFUSED, "%s", reason);
	r = answer_with_bytes(call, bytes, size);
	free(bytes);
	return r;
}

static int append_models(sd_bus_message *reply, const struct dbus_model *models, unsigned n)
{
	int r = sd_bus_message_open_container(reply, 'a', "(utssb)");

	for (unsigned i = 0; i < n && r >= 0; i++)
		r = sd_bus_message_append(reply, "(utssb)", models[i].number, models[i].installed_s, models[i].name,
					  models[i].sha256, (int)models[i].in_use);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int method_list(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct dbus *bus = userdata;
	struct dbus_model models[DBUS_MODELS_MAX];
	unsigned n = bus->hooks.model_list(bus->hooks.userdata, models);
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(call, &reply);

	(void)error;
	if (r >= 0)
		r = append_models(reply, models, n);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 1;
}

const sd_bus_vtable dbus_models_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("Install", SD_BUS_ARGS("ay", file), SD_BUS_RESULT("s", sha256), method_install,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Rollback", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", sha256), method_rollback,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Get", SD_BUS_ARGS("s", which), SD_BUS_RESULT("ay", file), method_get,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("List", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(utssb)", models), method_list,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};
