/* SPDX-License-Identifier: Apache-2.0 */
/* bus-models.h - the service's interface Models (daemon/dbus-names.h): what it was taught. */
#ifndef DAEMON_POSTURECTL_BUS_MODELS_H
#define DAEMON_POSTURECTL_BUS_MODELS_H

#include "daemon/posturectl/bus-client.h"

enum { BUS_MODELS_MAX = 16, BUS_MODELS_SHA256 = 65 };

struct bus_model {
	uint32_t number; /* 0: the built-in one */
	uint64_t installed_s;
	char name[REPORT_TEXT], sha256[BUS_MODELS_SHA256];
	bool in_use;
};

/* The postures that the model in use knows. */
struct bus_labels {
	unsigned n;
	char label[REPORT_CLASSES][REPORT_TEXT];
};

int bus_client_labels(struct bus_client *client, struct bus_labels *ret_labels, char *ret_reason);

/* Negative errno, and why in ret_reason (BUS_CLIENT_REASON bytes); -EACCES as for settings. */
int bus_models_install(struct bus_client *client, const void *bytes, size_t size, char ret_sha256[BUS_MODELS_SHA256],
		       char *ret_reason);
int bus_models_rollback(struct bus_client *client, char ret_sha256[BUS_MODELS_SHA256], char *ret_reason);
/* which: "" in use, "built-in", or a hash. Free the bytes. */
int bus_models_get(struct bus_client *client, const char *which, void **ret_bytes, size_t *ret_size, char *ret_reason);
int bus_models_list(struct bus_client *client, struct bus_model ret_models[BUS_MODELS_MAX], unsigned *ret_n,
		    char *ret_reason);

#endif
