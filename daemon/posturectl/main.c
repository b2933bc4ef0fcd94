/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - posturectl: the service for people and scripts. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/mqtt-link.h"
#include "daemon/posturectl/commands.h"

static const struct {
	const char *name, *argument, *help;
	unsigned form; /* OPTIONS_* */
	int (*run)(const struct options *options);
} commands[] = {
	{"watch", "", "live view: distance, signal, posture, confidence, frames a second", 0, watch_run},
	{"monitor", "", "one line for each change of posture", 0, monitor_run},
	{"status", "", "what the service says of itself, on one screen", 0, status_run},
	{"threshold", "[P]", "confidence that a posture needs: show it, or change it now", OPTIONS_ARGUMENT,
	 threshold_run},
	{"frames", "[N]", "frames in a row that make a posture: show, or change now", OPTIONS_ARGUMENT, frames_run},
	{"backend", "[NAME]", "the core that runs the network: show, or change now", OPTIONS_ARGUMENT, backend_run},
	{"record", "LABEL", "a take of one posture, checked on the spot, for posture-model", OPTIONS_ARGUMENT,
	 record_run},
	{"teach", "[LABEL...]", "record postures, train, compare, and install the model when it got better",
	 OPTIONS_WORDS, teach_run},
	{"doctor", "", "look for what is wrong, and say what to do", OPTIONS_ANY_CONFIG, doctor_run},
};

static void help(FILE *stream)
{
	fputs("usage: posturectl COMMAND [OPTIONS]\n\n", stream);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(stream, "  %-9s %-10s  %s\n", commands[i].name, commands[i].argument, commands[i].help);
	fputs("\n", stream);
	options_help(stream);
}

/* What could not be written is no success; a reader who has gone away has had enough. */
static int check_output(int status)
{
	int error = fflush(stdout) == 0 ? EIO : errno;
	struct pollfd reader = {.fd = STDOUT_FILENO, .events = POLLOUT};

	if (!ferror(stdout) || (poll(&reader, 1, 0) == 1 && (reader.revents & POLLERR)))
		return status;
	fprintf(stderr, "posturectl: standard output: %s\n", strerror(error));
	return status ? status : EXIT_FAILURE;
}

static int command_run(size_t command, int argc, char **argv)
{
	struct options options;
	int r = options_parse(argc, argv, commands[command].form, &options);

	if (r > 0)
		help(stdout);
	if (r != 0)
		return r > 0 ? 0 : EXIT_USAGE;
	return check_output(commands[command].run(&options));
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
