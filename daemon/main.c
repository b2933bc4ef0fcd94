/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the service's command line: reads it, reads the configuration, and does what was asked. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/app.h"
#include "daemon/log.h"
#include "daemon/mqtt-link.h"
#include "daemon/payload.h"
#include "sensor/gpio.h"

static void print_fault(void *userdata, const char *text)
{
	(void)userdata;
	fprintf(stderr, "%s\n", text);
}

static int open_model(const struct config *config, struct classifier **ret_classifier)
{
	char reason[192] = "", origin[MODEL_CHOICE_ORIGIN];
	int r = model_choice_open(config, ret_classifier, origin, reason);

	if (r < 0)
		fprintf(stderr, "postured: %s: %s\n", origin, reason);
	return r;
}

static int print_version(const struct config *config)
{
	struct classifier *classifier;
	struct nn_description model;

	printf("postured %s\n", PACKAGE_VERSION);
	printf("Paho MQTT %s, libgpiod %s, libsystemd %s\n", mqtt_link_version(), gpio_library(), SYSTEMD_VERSION);
	if (open_model(config, &classifier) < 0)
		return EXIT_FAILURE;
	classifier->ops->describe(classifier, &model);
	printf("model %s, sha256 %s\n", model.model, model.sha256);
	classifier_free(classifier);
	return EXIT_SUCCESS;
}

static int list_postures(const struct config *config)
{
	struct config_report report = {.line = print_fault};
	struct classifier *classifier;
	struct nn_description model;
	struct decide_config rules;

	if (open_model(config, &classifier) < 0)
		return EXIT_FAILURE;
	classifier->ops->describe(classifier, &model);
	config_decide(config, &model, &report, &rules);
	for (int i = 0; i < (int)model.classes; i++)
		printf("%-16s threshold %g, %u frames%s\n", payload_label(&model, i), (double)rules.rule[i].threshold,
		       rules.rule[i].confirm_frames, rules.rule[i].enabled ? "" : ", disabled");
	classifier_free(classifier);
	return EXIT_SUCCESS;
}

static int act(const struct options *options, const struct config *config)
{
	switch (options->action) {
	case OPTIONS_VERSION:
		return print_version(config);
	case OPTIONS_CHECK_CONFIG:
		return EXIT_SUCCESS;
	case OPTIONS_DUMP_CONFIG:
		config_dump(config, options->dump, stdout);
		return EXIT_SUCCESS;
	case OPTIONS_LIST_POSTURES:
		return list_postures(config);
	default:
		log_open();
		log_level_set((enum log_level)config->log.level);
		return app_run(options, config);
	}
}

int main(int argc, char **argv)
{
	struct config_report report = {.line = print_fault};
	struct options options;
	static struct config config;

	if (options_parse(argc, argv, &options) < 0)
		return EXIT_FAILURE;
	if (options.action == OPTIONS_HELP) {
		options_usage(stdout);
		return EXIT_SUCCESS;
	}
	/* The template and the manual page are the same whatever this machine's files say. */
	if (options.action == OPTIONS_DUMP_CONFIG && options.dump != CONFIG_DUMP_EFFECTIVE)
		config_init(&config);
	else if (app_configure(&options, &report, &config) < 0)
		return EXIT_FAILURE;
	return act(&options, &config);
}
