/* SPDX-License-Identifier: Apache-2.0 */
/* reload.c - changes while the service runs (see reload.h). */
#include "daemon/reload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config-key.h"
#include "daemon/log.h"
#include "daemon/publish-mqtt.h"

/* Names of keys in a row, "a, b, c". */
struct names {
	char text[512];
	size_t used;
	bool live; /* which of the two kinds */
};

static void name_add(struct names *names, const char *section, const char *key)
{
	int n = snprintf(names->text + names->used, sizeof(names->text) - names->used, "%s%s.%s",
			 names->used > 0 ? ", " : "", section, key);

	names->used = n < 0 || names->used + (size_t)n >= sizeof(names->text) ? sizeof(names->text) - 1
									      : names->used + (size_t)n;
}

static void name_changed(void *userdata, const char *section, const char *key, bool live)
{
	struct names *names = userdata;

	if (live == names->live)
		name_add(names, section, key);
}

static void log_fault(void *userdata, const char *text)
{
	(void)userdata;
	log_error("config", "%s", text);
}

static void log_unknown_posture(void *userdata, const char *text)
{
	(void)userdata;
	log_warning("config", "%s", text);
}

/* --- parts ---------------------------------------------------------------------------------------------------- */

void reload_rules(struct app *app)
{
	struct config_report report = {.line = log_unknown_posture};

	config_decide(&app->config, &app->pipeline.model, &report, &app->pipeline.rules);
}

/* name NULL: all of them. */
static void tell_setting(struct app *app, const char *name)
{
	char value[CONFIG_TEXT];

	for (size_t i = 0; app->mqtt && i < config_keys_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (strcmp(key->section, "decide") != 0 || (name && strcmp(key->name, name) != 0))
			continue;
		config_key_format(key, &app->config, value, sizeof(value));
		(void)publish_mqtt_setting(app->mqtt, key->name, value);
	}
}

void reload_tell_settings(struct app *app)
{
	tell_setting(app, NULL);
}

/* --- SIGHUP --------------------------------------------------------------------------------------------------- */

static void refuse(struct app *app, const char *why)
{
	char status[HEALTH_STATUS];

	app->health.reloads_refused++;
	app->rejected = true;
	log_event(LOG_CONFIG_REJECTED, "config", NULL, "%s; the old configuration stays", why);
	app_status(app, status);
	health_notify_ready(&app->health, status);
	app_tell_dbus(app, NULL);
}

/*
 * A model is opened again even when its name is the same: the file may be another one. When it is not, the one in use stays.
 */
static int open_model(const struct app *app, const struct config *config, struct classifier **ret_classifier,
		      char ret_origin[MODEL_CHOICE_ORIGIN], char *ret_reason)
{
	struct classifier *classifier;
	struct nn_description model;
	int r = model_choice_open(config, &classifier, ret_origin, ret_reason);

	if (r < 0)
		return r;
	classifier->ops->describe(classifier, &model);
	if (strcmp(model.sha256, app->pipeline.model.sha256) == 0) {
		classifier_free(classifier);
		classifier = app->pipeline.classifier;
	}
	*ret_classifier = classifier;
	return 0;
}

/* From the next frame on; those that wait are not lost. */
static void change_model(struct app *app, struct classifier *classifier, const char *origin)
{
	struct classifier *old = app->pipeline.classifier, *local = classifier;

	snprintf(app->model_origin, sizeof(app->model_origin), "%s", origin);
	if (classifier == old)
		return;
	backend_release(&app->config, old);
	/* Without memory for the other core's side, this one's is enough to go on with. */
	if (backend_open(&app->config, app->pipeline.filter, local, &classifier) < 0)
		classifier = local;
	pipeline_change_model(&app->pipeline, classifier);
	(void)app_watch_classifier(app);
	classifier_free(old);
}

/* The network stays, and what is under way too. */
static void apply_backend(struct app *app)
{
	backend_configure(&app->config, app->pipeline.filter, app->pipeline.classifier);
	app->pipeline.classifier->ops->describe(app->pipeline.classifier, &app->pipeline.model);
}

/* Takes the new configuration over. From here on nothing fails. */
static void adopt(struct app *app, const struct config *config, struct classifier *classifier, const char *origin)
{
	struct names live = {.live = true}, restart = {.live = false};

	config_compare(&app->config, config, name_changed, &live);
	config_compare(&app->started, config, name_changed, &restart);
	app->config = *config;
	change_model(app, classifier, origin);
	apply_backend(app);
	log_level_set((enum log_level)config->log.level);
	reload_rules(app);
	reload_tell_settings(app);
	log_event(LOG_RELOADED, "config", NULL, "reloaded, changed: %s%s%s", live.used > 0 ? live.text : "nothing",
		  restart.used > 0 ? "; needs a restart: " : "", restart.text);
}

static int update_mqtt(struct app *app, const struct config *config, struct classifier *classifier, char *ret_reason)
{
	struct nn_description model;

	if (!app->mqtt)
		return 0;
	classifier->ops->describe(classifier, &model);
	return publish_mqtt_update(app->mqtt, &config->mqtt, &model, ret_reason);
}

static void reload_with(struct app *app, struct config *config)
{
	struct config_report report = {.line = log_fault};
	struct classifier *classifier = NULL;
	char reason[CONFIG_REASON] = "", status[HEALTH_STATUS], origin[MODEL_CHOICE_ORIGIN];

	if (app_configure(app->options, &report, config) < 0) {
		refuse(app, "it has faults");
		return;
	}
	if (open_model(app, config, &classifier, origin, reason) < 0) {
		log_event(LOG_MODEL_REFUSED, "classifier", NULL, "%s: %s", config->classifier.model, reason);
		refuse(app, reason);
		return;
	}
	if (update_mqtt(app, config, classifier, reason) < 0) {
		if (classifier != app->pipeline.classifier)
			classifier_free(classifier);
		refuse(app, reason);
		return;
	}
	app->health.reloads++;
	app->rejected = false;
	adopt(app, config, classifier, origin);
	app_status(app, status);
	health_notify_ready(&app->health, status);
	app_tell_dbus(app, NULL);
}

void reload(struct app *app)
{
	struct config *config = calloc(1, sizeof(*config));

	health_notify_reloading(clock_now_ns(clock_monotonic()));
	if (!config) {
		refuse(app, "out of memory");
		return;
	}
	reload_with(app, config);
	free(config);
}

/* --- a model alone -------------------------------------------------------------------------------------------- */

int reload_model(struct app *app, struct classifier *classifier, const char *origin, char *ret_reason)
{
	int r = update_mqtt(app, &app->config, classifier, ret_reason);

	if (r < 0)
		return r;
	change_model(app, classifier, origin);
	reload_rules(app);
	app->health.reloads++;
	log_event(LOG_RELOADED, "classifier", NULL, "model %s (%.12s), %s", app->pipeline.model.model,
		  app->pipeline.model.sha256, app->model_origin);
	app_tell_dbus(app, NULL);
	return 0;
}

int reload_chosen_model(struct app *app, char *ret_reason)
{
	struct classifier *classifier = NULL;
	char origin[MODEL_CHOICE_ORIGIN];
	int r = open_model(app, &app->config, &classifier, origin, ret_reason);

	if (r < 0)
		return r;
	r = reload_model(app, classifier, origin, ret_reason);
	if (r < 0 && classifier != app->pipeline.classifier)
		classifier_free(classifier);
	return r;
}

/* --- set/<key> ------------------------------------------------------------------------------------------------ */

static void keep_first(void *userdata, const char *text)
{
	char *reason = userdata;

	if (reason[0] == '\0')
		snprintf(reason, CONFIG_REASON, "%s", text);
}

int reload_backend(struct app *app, const char *backend, char *ret_reason)
{
	struct config *config = malloc(sizeof(*config));
	int r = -ENOMEM;

	if (config) {
		*config = app->config;
		r = config_set(config, "classifier", "backend", backend, ret_reason);
	}
	if (r == 0) {
		app->config = *config;
		apply_backend(app);
		app_tell_dbus(app, NULL);
	}
	free(config);
	return r;
}

int reload_command(struct app *app, const char *key, const char *value, char *ret_reason)
{
	struct config *config = malloc(sizeof(*config));
	char reason[CONFIG_REASON] = "";
	struct config_report report = {.line = keep_first, .userdata = reason};
	int r = -ENOMEM;

	if (config) {
		*config = app->config;
		r = config_command(config, key, value, reason);
		if (r == 0)
			r = config_check(config, &report);
	}
	if (r == 0) {
		app->config = *config;
		reload_rules(app);
		tell_setting(app, key);
		app_tell_dbus(app, NULL);
	} else {
		snprintf(ret_reason, PUBLISH_MQTT_REASON_MAX, "%s", reason);
	}
	free(config);
	return r;
}
