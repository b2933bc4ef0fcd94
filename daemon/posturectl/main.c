/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - posturectl: what a service publishes, for people and scripts. */
#include <stdio.h>
#include <string.h>

#include "daemon/mqtt-link.h"
#include "daemon/posturectl/commands.h"

enum { EXIT_USAGE = 2 };

static const struct {
	const char *name, *help;
	int (*run)(const struct options *options);
} commands[] = {
	{"watch", "live view: heat map, posture, confidence, distance, frames a second", watch_run},
	{"monitor", "one line for each change of posture", monitor_run},
	{"status", "what the service says of itself, on one screen", status_run},
};

static void help(FILE *stream)
{
	fputs("usage: posturectl COMMAND [OPTIONS]\n\n", stream);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(stream, "  %-8s  %s\n", commands[i].name, commands[i].help);
	fputs("\n", stream);
	options_help(stream);
}

static int command_run(size_t command, int argc, char **argv)
{
	struct options options;
	int r = options_parse(argc, argv, &options);

	if (r > 0)
		help(stdout);
	if (r != 0)
		return r > 0 ? 0 : EXIT_USAGE;
	return commands[command].run(&options);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return command_run(i, argc - 1, argv + 1);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
		help(stdout);
		return 0;
	}
	if (strcmp(name, "--version") == 0) {
		printf("posturectl %s, Paho MQTT %s\n", PACKAGE_VERSION, mqtt_link_version());
		return 0;
	}
	if (*name)
		fprintf(stderr, "posturectl: there is no command \"%s\"\n", name);
	help(stderr);
	return EXIT_USAGE;
}
