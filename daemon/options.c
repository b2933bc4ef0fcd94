/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - the command line of postured (see options.h). */
#include "daemon/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config-key.h"

enum {
	OPTION_CONFIG = 256,
	OPTION_CHECK_CONFIG,
	OPTION_DUMP_CONFIG,
	OPTION_REPLAY,
	OPTION_EMULATOR,
	OPTION_FAST,
	OPTION_LOOP,
	OPTION_RATE,
	OPTION_SEED,
	OPTION_FAULTS,
	OPTION_STDOUT,
	OPTION_FRAMES,
	OPTION_NO_MQTT,
	OPTION_BUS,
	OPTION_BACKEND,
	OPTION_CHANNEL,
	OPTION_LIST_POSTURES,
	OPTION_LOG_LEVEL,
	OPTION_VERSION,
	OPTION_HELP,
};

void options_usage(FILE *stream)
{
	fputs("usage: postured [OPTION]...\n"
	      "Recognises hand postures with a VL53L8CX sensor and publishes them over MQTT.\n"
	      "\n"
	      "  --config FILE           instead of " SYSCONFDIR "/postured/postured.conf (and FILE.d/*.conf)\n"
	      "  --check-config          say what is wrong with the configuration, exit 1 if anything is\n"
	      "  --dump-config[=FORM]    print the effective configuration; FORM template: all defaults, commented\n"
	      "  --list-postures         print the postures that the model knows\n"
	      "\n"
	      "  --emulator[=SCENE]      the emulated chip instead of a real one; SCENE as in postured.conf(5) [demo]\n"
	      "  --replay PATH           play a recording, or a directory of them, instead of a sensor\n"
	      "  --fast                  as fast as possible: recordings and emulator\n"
	      "  --loop                  play the recording again and again\n"
	      "  --rate HZ               frames a second\n"
	      "  --seed N                of the emulator's noise\n"
	      "  --faults FILE           what goes wrong with the emulated chip\n"
	      "\n"
	      "  --backend NAME          local, m4, auto or both, as in postured.conf(5)\n"
	      "  --channel CHANNEL       auto, unix:PATH or stream:PATH: how the Cortex-M4 is reached\n"
	      "\n"
	      "  --stdout                print one JSON object a line for every change\n"
	      "  --frames[=zones]        print one for every frame; with zones, distance and signal of each too\n"
	      "  --no-mqtt               no broker. --replay and --emulator use one only if --config names a file\n"
	      "                          with an [mqtt] section\n"
	      "  --bus WHICH             auto, system, session or none. --replay and --emulator use none without this option,\n"
	      "                          unless --config names a file with a [dbus] section\n"
	      "  --log-level LEVEL       error, warning, notice, info or debug\n"
	      "  --version, --help\n"
	      "\n"
	      "Signals: HUP reloads the configuration, TERM and INT stop.\n",
	      stream);
}

static int bad(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int bad(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fputs("postured: ", stderr);
	vfprintf(stderr, format, list);
	fputs(", see --help\n", stderr);
	va_end(list);
	return -EINVAL;
}

static int parse_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *ret_value)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < min || value > max) {
		fprintf(stderr, "postured: %s: `%s` is not a number from %llu to %llu\n", option, text,
			(unsigned long long)min, (unsigned long long)max);
		return -EINVAL;
	}
	*ret_value = value;
	return 0;
}

static int parse_level(const char *text, int *ret_level)
{
	struct config config;
	char reason[CONFIG_REASON];

	config_init(&config);
	if (config_set(&config, "log", "level", text, reason) < 0) {
		fprintf(stderr, "postured: --log-level: %s\n", reason);
		return -EINVAL;
	}
	*ret_level = config.log.level;
	return 0;
}

static int parse_dump(const char *form, struct options *options)
{
	options->action = OPTIONS_DUMP_CONFIG;
	if (!form || strcmp(form, "effective") == 0)
		options->dump = CONFIG_DUMP_EFFECTIVE;
	else if (strcmp(form, "template") == 0)
		options->dump = CONFIG_DUMP_TEMPLATE;
	else if (strcmp(form, "man") == 0)
		options->dump = CONFIG_DUMP_MAN;
	else
		return bad("--dump-config: `%s` is none of effective, template, man", form);
	return 0;
}

static int take(int option, struct options *options)
{
	uint64_t number = 0;
	int r = 0;

	switch (option) {
	case OPTION_CONFIG:
		options->config = optarg;
		options->config_given = true;
		break;
	case OPTION_CHECK_CONFIG:
		options->action = OPTIONS_CHECK_CONFIG;
		break;
	case OPTION_DUMP_CONFIG:
		return parse_dump(optarg, options);
	case OPTION_LIST_POSTURES:
		options->action = OPTIONS_LIST_POSTURES;
		break;
	case OPTION_REPLAY:
		options->replay = optarg;
		break;
	case OPTION_EMULATOR:
		options->scene = optarg ? optarg : "demo";
		break;
	case OPTION_FAST:
		options->fast = true;
		break;
	case OPTION_LOOP:
		options->loop = true;
		break;
	case OPTION_RATE:
		r = parse_number("--rate", optarg, 1, 60, &number);
		options->rate_hz = (unsigned)number;
		break;
	case OPTION_SEED:
		r = parse_number("--seed", optarg, 0, UINT64_MAX, &options->seed);
		break;
	case OPTION_FAULTS:
		options->faults = optarg;
		break;
	case OPTION_STDOUT:
		options->json = true;
		break;
	case OPTION_FRAMES:
		if (optarg && strcmp(optarg, "zones") != 0)
			return bad("--frames: `%s` is not zones", optarg);
		options->json = options->frames = true;
		options->zones = optarg != NULL;
		break;
	case OPTION_NO_MQTT:
		options->no_mqtt = true;
		break;
	case OPTION_BUS:
		options->bus = optarg;
		break;
	case OPTION_BACKEND:
		options->backend = optarg;
		break;
	case OPTION_CHANNEL:
		options->channel = optarg;
		break;
	case OPTION_LOG_LEVEL:
		return parse_level(optarg, &options->log_level);
	case OPTION_VERSION:
		options->action = OPTIONS_VERSION;
		break;
	case OPTION_HELP:
		options->action = OPTIONS_HELP;
		break;
	default: /* getopt_long() has said what is wrong */
		fputs("See --help.\n", stderr);
		return -EINVAL;
	}
	return r;
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
	static const struct option table[] = {
		{"config", required_argument, NULL, OPTION_CONFIG},
		{"check-config", no_argument, NULL, OPTION_CHECK_CONFIG},
		{"dump-config", optional_argument, NULL, OPTION_DUMP_CONFIG},
		{"list-postures", no_argument, NULL, OPTION_LIST_POSTURES},
		{"replay", required_argument, NULL, OPTION_REPLAY},
		{"emulator", optional_argument, NULL, OPTION_EMULATOR},
		{"fast", no_argument, NULL, OPTION_FAST},
		{"loop", no_argument, NULL, OPTION_LOOP},
		{"rate", required_argument, NULL, OPTION_RATE},
		{"seed", required_argument, NULL, OPTION_SEED},
		{"faults", required_argument, NULL, OPTION_FAULTS},
		{"stdout", no_argument, NULL, OPTION_STDOUT},
		{"frames", optional_argument, NULL, OPTION_FRAMES},
		{"no-mqtt", no_argument, NULL, OPTION_NO_MQTT},
		{"bus", required_argument, NULL, OPTION_BUS},
		{"backend", required_argument, NULL, OPTION_BACKEND},
		{"channel", required_argument, NULL, OPTION_CHANNEL},
		{"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
		{"version", no_argument, NULL, OPTION_VERSION},
		{"help", no_argument, NULL, OPTION_HELP},
		{NULL, 0, NULL, 0},
	};
	struct options options = {
		.config = SYSCONFDIR "/postured/postured.conf",
		.seed = 1,
		.log_level = -1,
	};
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", table, NULL)) >= 0) {
		int r = take(option, &options);

		if (r < 0)
			return r;
	}
	if (optind < argc)
		return bad("what is `%s`?", argv[optind]);
	if (options.replay && options.scene)
		return bad("--replay and --emulator exclude each other");
	if (options.faults && !options.scene)
		return bad("--faults needs --emulator");
	if (options.fast && !options.replay && !options.scene)
		return bad("--fast needs --replay or --emulator");
	if (options.loop && !options.replay)
		return bad("--loop needs --replay (the emulator has --emulator=loop:RECORDING)");
	*ret_options = options;
	return 0;
}

/* As a file's key would be set, so that the same checks hold. */
static void override(struct config *config, const char *section, const char *key, const char *value, const char *option,
		     struct config_report *report)
{
	char reason[CONFIG_REASON], text[CONFIG_REASON + 32];

	if (config_set(config, section, key, value, reason) == 0)
		return;
	snprintf(text, sizeof(text), "%s: %s", option, reason);
	report->errors++;
	report->line(report->userdata, text);
}

static void override_replay(const struct options *options, struct config *config, struct config_report *report)
{
	char *path = realpath(options->replay, NULL), text[CONFIG_TEXT];

	if (!path) {
		snprintf(text, sizeof(text), "--replay: %.150s: %s", options->replay, strerror(errno));
		report->errors++;
		report->line(report->userdata, text);
		return;
	}
	override(config, "sensor", "type", "replay", "--replay", report);
	override(config, "sensor", "path", path, "--replay", report);
	free(path);
}

int options_apply(const struct options *options, struct config_report *report, struct config *config)
{
	unsigned before = report->errors;
	char text[16];

	if (options->replay)
		override_replay(options, config, report);
	if (options->scene) {
		override(config, "sensor", "type", "vl53l8cx", "--emulator", report);
		override(config, "sensor", "bus", "emulator", "--emulator", report);
		override(config, "sensor", "scene", options->scene, "--emulator", report);
	}
	if (options->rate_hz != 0) {
		snprintf(text, sizeof(text), "%u", options->rate_hz);
		override(config, "sensor", "rate_hz", text, "--rate", report);
	}
	if (options->backend)
		override(config, "classifier", "backend", options->backend, "--backend", report);
	if (options->channel)
		override(config, "classifier", "m4_channel", options->channel, "--channel", report);
	if (options->log_level >= 0)
		config->log.level = (uint8_t)options->log_level;
	else if (options->fast && config->log.level > LOG_LEVEL_NOTICE)
		config->log.level = LOG_LEVEL_NOTICE; /* a filter works in silence */
	/* A recording must not reach a household's broker because the machine's own configuration names one. */
	if (options->no_mqtt || ((options->replay || options->scene) && !(options->config_given && config->mqtt_named)))
		config->mqtt.enabled = false;
	/* Nor take the name of the machine's own service. */
	if (options->bus)
		override(config, "dbus", "bus", options->bus, "--bus", report);
	else if (options->fast ||
		 ((options->replay || options->scene) && !(options->config_given && config->dbus_named)))
		override(config, "dbus", "bus", "none", "--bus", report);
	return report->errors == before ? 0 : -EINVAL;
}
