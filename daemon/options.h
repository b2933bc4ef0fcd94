/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the command line of postured, and how it overrides the configuration. */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "daemon/config.h"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_CHECK_CONFIG,
	OPTIONS_DUMP_CONFIG,
	OPTIONS_LIST_POSTURES,
};

/* Texts are those of argv. */
struct options {
	enum options_action action;
	enum config_dump dump;
	const char *config;	       /* file */
	bool config_given;	       /* else it may be missing */
	const char *replay;	       /* recording, NULL = none */
	const char *scene;	       /* of --emulator, NULL = none */
	const char *faults;	       /* file, NULL = none */
	const char *bus;	       /* of --bus, NULL = as the configuration says */
	const char *backend, *channel; /* NULL = as the configuration says */
	unsigned rate_hz;	       /* 0 = not given */
	uint64_t seed;
	int log_level; /* -1 = not given */
	bool fast, loop, json, frames, zones, no_mqtt;
};

/* Returns 0, or -EINVAL after saying on stderr what is wrong. */
int options_parse(int argc, char **argv, struct options *ret_options);
void options_usage(FILE *stream);

/* Puts what was given on the command line over what the files say. Faults are reported; returns 0 or -EINVAL. */
int options_apply(const struct options *options, struct config_report *report, struct config *config);

#endif
