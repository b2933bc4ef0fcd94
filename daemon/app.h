/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app.h - the service put together: the pipeline, its parts, and the event loop that drives them.
 *
 * app.c opens, runs and closes; app-publishers.c connects those whom it tells; reload.c changes things while it runs.
 */
#ifndef DAEMON_APP_H
#define DAEMON_APP_H

#include <systemd/sd-event.h>

#include "daemon/backend.h"
#include "daemon/health.h"
#include "daemon/model-choice.h"
#include "daemon/options.h"
#include "daemon/pipeline.h"
#include "daemon/supervisor.h"

struct app {
	const struct options *options;
	struct config config;  /* in use */
	struct config started; /* as of the start: what keys that need a restart are compared with */
	struct pipeline pipeline;
	char model_origin[MODEL_CHOICE_ORIGIN];
	struct health health;
	struct supervisor supervisor;
	struct backend backend;
	struct publisher *mqtt, *json, *dbus; /* also among the pipeline's; NULL = none */
	char *faults;
	sd_event *loop;
	sd_event_source *source_io, *classifier_io, *mqtt_io, *tick;
	bool watchdog;
	bool ending;		 /* the recording is over, the broker not there yet */
	bool rejected;		 /* the configuration that was last read; the one before it is in use */
	uint64_t diagnostics_ns; /* when they were last published */
};

/* Runs until a signal, the end of a recording or a reader's going. Returns the exit status. */
int app_run(const struct options *options, const struct config *config);

/* What --config, its drop-ins and the command line say. Returns 0 or a negative errno, all faults reported. */
int app_configure(const struct options *options, struct config_report *report, struct config *ret_config);

/* Those that the configuration and the command line want. The loop must be there. Returns 0 or a negative errno. */
int app_open_publishers(struct app *app);

/* What D-Bus's properties say; diagnostics NULL: of now. */
void app_tell_dbus(struct app *app, const struct diagnostics *diagnostics);

/* Watches the classifier's descriptor, if it has one; after each change of classifier. */
int app_watch_classifier(struct app *app);

/* A copy of what all parts say of themselves. */
void app_diagnostics(struct app *app, struct diagnostics *ret_diagnostics);

/* The STATUS= line of now. */
void app_status(struct app *app, char ret_text[HEALTH_STATUS]);

#endif
