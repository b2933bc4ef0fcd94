/* SPDX-License-Identifier: Apache-2.0 */
/* app.c - opens the parts, runs the loop, closes in reverse (see app.h). */
#include "daemon/app.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/publish-json.h"
#include "daemon/publish-mqtt.h"
#include "daemon/reload.h"

#define NS_PER_S 1000000000ull

enum {
	TICK_US = 500000,
	FRAMES_AT_ONCE = 64, /* then the loop looks at everything else */
	FAULTS_MAX = 64 * 1024,
	DELIVERY_US = 2000000, /* at the end of a recording: for a broker that is not there yet */
};

/* So long without a result is time that passes without frames. Longer than the slowest sensor's period. */
#define IDLE_NS (1500 * 1000000ull)

int app_configure(const struct options *options, struct config_report *report, struct config *ret_config)
{
	int r = config_load(options->config, options->config_given, report, ret_config);

	if (r == 0)
		r = options_apply(options, report, ret_config);
	return r == 0 ? config_check(ret_config, report) : r;
}

void app_diagnostics(struct app *app, struct diagnostics *ret_diagnostics)
{
	struct source_health source;

	app->pipeline.source->ops->health(app->pipeline.source, &source);
	health_diagnostics(&app->health, &source, clock_now_ns(app->pipeline.clock), ret_diagnostics);
	if (app->mqtt)
		publish_mqtt_health(app->mqtt, &ret_diagnostics->link);
	ret_diagnostics->model = &app->pipeline.model;
	remote_status(app->pipeline.classifier, &ret_diagnostics->cores);
	ret_diagnostics->model_origin = app->model_origin;
	snprintf(ret_diagnostics->version, sizeof(ret_diagnostics->version), "%s", PACKAGE_VERSION);
}

static void describe(struct app *app, const struct diagnostics *diagnostics, char ret_text[HEALTH_STATUS])
{
	size_t n;

	health_describe(diagnostics, pipeline_posture(&app->pipeline), ret_text);
	n = strlen(ret_text);
	if (app->rejected)
		snprintf(ret_text + n, HEALTH_STATUS - n, ", new configuration rejected");
}

void app_status(struct app *app, char ret_text[HEALTH_STATUS])
{
	struct diagnostics diagnostics;

	app_diagnostics(app, &diagnostics);
	describe(app, &diagnostics, ret_text);
}

/* --- what the loop calls -------------------------------------------------------------------------------------- */

/* The reader of stdout has gone: nobody waits for a filter any more. */
static void check_reader(struct app *app)
{
	if (app->json && publish_json_closed(app->json))
		sd_event_exit(app->loop, EXIT_SUCCESS);
}

/* Or nobody wants it. */
static bool broker_is_there(struct app *app)
{
	struct link_health link = {.connected = false};

	if (app->mqtt)
		publish_mqtt_health(app->mqtt, &link);
	return !app->mqtt || link.connected;
}

static int on_patience_over(sd_event_source *event, uint64_t usec, void *userdata)
{
	struct app *app = userdata;

	(void)event;
	(void)usec;
	log_warning("mqtt", "the recording is over and the broker is not there: its events are lost");
	return sd_event_exit(app->loop, EXIT_SUCCESS);
}

/* A short recording may be over before the broker has answered; the link delivers what waits when it is freed. */
static int end_of_source(struct app *app)
{
	if (broker_is_there(app))
		return sd_event_exit(app->loop, EXIT_SUCCESS);
	app->ending = true;
	app->source_io = sd_event_source_disable_unref(app->source_io);
	return sd_event_add_time_relative(app->loop, NULL, CLOCK_MONOTONIC, DELIVERY_US, 0, on_patience_over, app);
}

static int on_source(sd_event_source *event, int fd, uint32_t revents, void *userdata)
{
	struct app *app = userdata;
	int r = pipeline_take(&app->pipeline, FRAMES_AT_ONCE);
	struct source_health source;

	(void)event;
	(void)fd;
	(void)revents;
	check_reader(app);
	if (r >= 0)
		return 0;
	if (r == -ENODATA)
		return end_of_source(app);
	app->pipeline.source->ops->health(app->pipeline.source, &source);
	log_error("sensor", "%s", source.reason[0] ? source.reason : strerror(-r));
	return sd_event_exit(app->loop, EXIT_FAILURE);
}

static int on_classifier(sd_event_source *event, int fd, uint32_t revents, void *userdata)
{
	struct app *app = userdata;

	(void)event;
	(void)fd;
	(void)revents;
	pipeline_results(&app->pipeline);
	return 0;
}

static int on_mqtt(sd_event_source *event, int fd, uint32_t revents, void *userdata)
{
	struct app *app = userdata;

	(void)event;
	(void)fd;
	(void)revents;
	(void)app->mqtt->ops->dispatch(app->mqtt);
	return app->ending && broker_is_there(app) ? sd_event_exit(app->loop, EXIT_SUCCESS) : 0;
}

static int on_stop(sd_event_source *event, const struct signalfd_siginfo *info, void *userdata)
{
	struct app *app = userdata;

	(void)event;
	log_info("app", "stopping on %s", info->ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
	return sd_event_exit(app->loop, EXIT_SUCCESS);
}

static int on_reload(sd_event_source *event, const struct signalfd_siginfo *info, void *userdata)
{
	(void)event;
	(void)info;
	reload(userdata);
	return 0;
}

static void publish_diagnostics(struct app *app, const struct diagnostics *diagnostics, bool changed, uint64_t now_ns)
{
	struct message message = {.t_ns = now_ns, .online = app->supervisor.online, .diagnostics = diagnostics};
	uint64_t period_ns = app->config.mqtt.diagnostics_s * NS_PER_S;

	if (changed) {
		message.kind = MESSAGE_AVAILABILITY;
		pipeline_publish(&app->pipeline, &message);
	}
	if (period_ns == 0 || (!changed && now_ns - app->diagnostics_ns < period_ns))
		return;
	message.kind = MESSAGE_DIAGNOSTICS;
	pipeline_publish(&app->pipeline, &message);
	app->diagnostics_ns = now_ns;
}

static void pass_time(struct app *app, uint64_t now_ns)
{
	struct pipeline *pipeline = &app->pipeline;
	uint64_t heartbeat_ns = app->config.mqtt.heartbeat_s * NS_PER_S;

	if (pipeline->filter)
		return;
	if (now_ns - pipeline->result_ns >= IDLE_NS)
		pipeline_idle(pipeline);
	if (heartbeat_ns != 0 && pipeline->told && now_ns - pipeline->posture_ns >= heartbeat_ns)
		pipeline_repeat(pipeline);
}

static int on_tick(sd_event_source *event, uint64_t usec, void *userdata)
{
	struct app *app = userdata;
	uint64_t now_ns = clock_now_ns(app->pipeline.clock);
	struct diagnostics diagnostics;
	char status[HEALTH_STATUS];
	bool changed;

	health_tick(&app->health, now_ns);
	pass_time(app, now_ns);
	app_diagnostics(app, &diagnostics);
	backend_look(&app->backend, &diagnostics.cores);
	changed = supervisor_look(&app->supervisor, &diagnostics.source);
	supervisor_note_losses(&app->supervisor, diagnostics.link.events_dropped,
			       app->json ? publish_json_dropped(app->json) : 0, app->pipeline.refused);
	publish_diagnostics(app, &diagnostics, changed, now_ns);
	app_tell_dbus(app, &diagnostics);
	describe(app, &diagnostics, status);
	health_notify_status(&app->health, status);
	if (app->watchdog && health_progress(&app->health, &diagnostics.source, now_ns))
		health_notify_watchdog();
	check_reader(app);
	(void)sd_event_source_set_time(event, usec + TICK_US);
	return sd_event_source_set_enabled(event, SD_EVENT_ONESHOT);
}

/* --- opening -------------------------------------------------------------------------------------------------- */

static int open_classifier(struct app *app)
{
	char reason[192] = "";
	struct classifier *local = NULL;
	int r = model_choice_open(&app->config, &local, app->model_origin, reason);

	if (r < 0) {
		log_event(LOG_MODEL_REFUSED, "classifier", NULL, "%s: %s", app->model_origin, reason);
		return r;
	}
	r = backend_open(&app->config, app->pipeline.filter, local, &app->pipeline.classifier);
	if (r < 0) {
		log_error("classifier", "%s", strerror(-r));
		classifier_free(local);
		return r;
	}
	app->pipeline.classifier->ops->describe(app->pipeline.classifier, &app->pipeline.model);
	reload_rules(app);
	return 0;
}

static int read_faults(struct app *app)
{
	FILE *stream = fopen(app->options->faults, "re");
	size_t n;

	if (!stream) {
		log_error("app", "%s: %s", app->options->faults, strerror(errno));
		return -errno;
	}
	app->faults = calloc(1, FAULTS_MAX + 1);
	n = app->faults ? fread(app->faults, 1, FAULTS_MAX + 1, stream) : 0;
	fclose(stream);
	if (n <= FAULTS_MAX && app->faults)
		return 0;
	log_error("app", "%s: longer than %d bytes", app->options->faults, FAULTS_MAX);
	return -EFBIG;
}

static int open_source(struct app *app)
{
	struct source_config config;
	int r = app->options->faults ? read_faults(app) : 0;

	if (r < 0)
		return r;
	config_source(&app->config, &config);
	config.fast = config.virtual_time = app->options->fast;
	config.loop = app->options->loop;
	config.seed = app->options->seed;
	config.faults = app->faults;
	/* A recording has a rate of its own. */
	if (strcmp(config.type, "replay") == 0)
		config.rate_hz = (uint8_t)app->options->rate_hz;
	r = source_open(&config, &app->pipeline.source);
	if (r < 0)
		log_error("sensor", "%s %s can't be opened: %s", config.type,
			  strcmp(config.type, "replay") == 0 ? config.path : config.bus, strerror(-r));
	return r;
}

int app_watch_classifier(struct app *app)
{
	int fd = app->pipeline.classifier->ops->fd(app->pipeline.classifier);

	app->classifier_io = sd_event_source_disable_unref(app->classifier_io);
	return fd < 0 ? 0 : sd_event_add_io(app->loop, &app->classifier_io, fd, EPOLLIN, on_classifier, app);
}

static int watch_signal(struct app *app, int signal, sd_event_signal_handler_t handler)
{
	sd_event_source *event;
	int r = sd_event_add_signal(app->loop, &event, signal, handler, app);

	if (r < 0)
		return r;
	(void)sd_event_source_set_floating(event, 1);
	sd_event_source_unref(event);
	/* A source that is always readable must not hide them. */
	return sd_event_source_set_priority(event, SD_EVENT_PRIORITY_IMPORTANT);
}

static int watch(struct app *app)
{
	struct source *source = app->pipeline.source;
	int r = watch_signal(app, SIGTERM, on_stop);

	if (r >= 0)
		r = watch_signal(app, SIGINT, on_stop);
	if (r >= 0)
		r = watch_signal(app, SIGHUP, on_reload);
	if (r >= 0)
		r = sd_event_add_io(app->loop, &app->source_io, source->ops->fd(source), EPOLLIN, on_source, app);
	if (r >= 0)
		r = app_watch_classifier(app);
	if (r >= 0 && app->mqtt)
		r = sd_event_add_io(app->loop, &app->mqtt_io, app->mqtt->ops->fd(app->mqtt), EPOLLIN, on_mqtt, app);
	if (r >= 0)
		r = sd_event_add_time_relative(app->loop, &app->tick, CLOCK_MONOTONIC, 0, 10000, on_tick, app);
	if (r >= 0)
		r = sd_event_source_set_priority(app->tick, SD_EVENT_PRIORITY_IMPORTANT);
	return r;
}

static int open_all(struct app *app)
{
	int r = open_classifier(app);

	if (r >= 0)
		r = sd_event_new(&app->loop);
	if (r >= 0)
		r = app_open_publishers(app);
	if (r >= 0)
		r = open_source(app);
	return r < 0 ? r : watch(app);
}

static void close_all(struct app *app)
{
	struct pipeline *pipeline = &app->pipeline;

	app->tick = sd_event_source_disable_unref(app->tick);
	app->mqtt_io = sd_event_source_disable_unref(app->mqtt_io);
	app->classifier_io = sd_event_source_disable_unref(app->classifier_io);
	app->source_io = sd_event_source_disable_unref(app->source_io);
	pipeline->source = source_free(pipeline->source);
	while (pipeline->publishers_count > 0)
		publisher_free(pipeline->publishers[--pipeline->publishers_count]);
	if (pipeline->classifier) {
		struct remote_status cores;

		remote_status(pipeline->classifier, &cores);
		backend_sum_up(&cores);
	}
	pipeline->classifier = classifier_free(pipeline->classifier);
	app->loop = sd_event_unref(app->loop);
	free(app->faults);
}

/*
 * Threads inherit the mask of the one that starts them, and none but the loop's may take a signal. Once they run,
 * this one takes again what is not the loop's business: Ctrl-Z, Ctrl-\.
 */
static void block_signals(sigset_t *ret_loop)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&set, faults[i]);
	pthread_sigmask(SIG_SETMASK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(ret_loop);
	sigaddset(ret_loop, SIGTERM);
	sigaddset(ret_loop, SIGINT);
	sigaddset(ret_loop, SIGHUP);
}

int app_run(const struct options *options, const struct config *config)
{
	struct app *app = calloc(1, sizeof(*app));
	char status[HEALTH_STATUS];
	sigset_t loop_signals;
	int r;

	if (!app)
		return EXIT_FAILURE;
	block_signals(&loop_signals);
	app->options = options;
	app->config = app->started = *config;
	app->watchdog = sd_watchdog_enabled(0, NULL) > 0;
	pipeline_init(&app->pipeline);
	app->pipeline.health = &app->health;
	app->pipeline.clock = clock_monotonic();
	app->pipeline.filter = options->fast;
	health_init(&app->health, clock_now_ns(app->pipeline.clock));
	supervisor_init(&app->supervisor);
	r = open_all(app);
	if (r >= 0) {
		pthread_sigmask(SIG_SETMASK, &loop_signals, NULL);
		log_event(LOG_STARTED, "app", NULL, "postured %s, model %s (%.12s), %s", PACKAGE_VERSION,
			  app->pipeline.model.model, app->pipeline.model.sha256, app->model_origin);
		app_status(app, status);
		health_notify_ready(&app->health, status);
		r = sd_event_loop(app->loop);
	}
	health_notify_stopping();
	close_all(app);
	free(app);
	log_event(LOG_STOPPED, "app", NULL, "stopped");
	return r < 0 ? EXIT_FAILURE : r;
}
