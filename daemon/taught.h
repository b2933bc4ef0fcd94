/* SPDX-License-Identifier: Apache-2.0 */
/*
 * taught.h - models that come while the service runs: checked whole, kept (model-store.h), used from the next frame on.
 * Whatever fails leaves the old one in use.
 */
#ifndef DAEMON_TAUGHT_H
#define DAEMON_TAUGHT_H

#include "daemon/app.h"
#include "daemon/publish-dbus.h"

/* Negative errno, and ret_reason (DBUS_REASON_MAX bytes) says why and what to do. */
int taught_install(struct app *app, const void *bytes, size_t size, char ret_sha256[65], char *ret_reason);
/* Back to the one before, in the end to the built-in model. -ENOENT: there is none before it. */
int taught_rollback(struct app *app, char ret_sha256[65], char *ret_reason);
/* The file of the one in use (""), of the built-in one ("built-in"), or of one that is kept, by its hash. Free it. */
int taught_read(struct app *app, const char *which, void **ret_bytes, size_t *ret_size, char *ret_reason);
/* The built-in one first. Returns how many. */
unsigned taught_list(struct app *app, struct dbus_model ret_models[DBUS_MODELS_MAX]);

#endif
