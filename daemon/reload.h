/* SPDX-License-Identifier: Apache-2.0 */
/* reload.h - changes while the service runs: SIGHUP, set/<key> from the broker, calls over D-Bus. */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include "daemon/app.h"

/* Reads the configuration again. A bad one is reported and changes nothing. */
void reload(struct app *app);

/*
 * Another model with the same configuration: one that is handed over, or the one that the configuration and the store say.
 * On failure the old one stays, and classifier is the caller's; ret_reason has CONFIG_REASON bytes.
 */
int reload_model(struct app *app, struct classifier *classifier, const char *origin, char *ret_reason);
int reload_chosen_model(struct app *app, char *ret_reason);

/* set/<key>: 0, or -EINVAL and why in ret_reason (PUBLISH_MQTT_REASON_MAX bytes). Forgotten at the next reload. */
int reload_command(struct app *app, const char *key, const char *value, char *ret_reason);

/* The backend by its name; the same rules. */
int reload_backend(struct app *app, const char *backend, char *ret_reason);

/* The rules of the pipeline from app->config; unknown posture names are logged. */
void reload_rules(struct app *app);

/* Tells the broker the values of [decide], which set/<key> can change. */
void reload_tell_settings(struct app *app);

#endif
