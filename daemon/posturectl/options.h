/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - what all commands of posturectl understand: which broker, which service, how long, in what form. */
#ifndef DAEMON_POSTURECTL_OPTIONS_H
#define DAEMON_POSTURECTL_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "daemon/mqtt-settings.h"

struct options {
	struct mqtt_settings mqtt;
	char base[200];	  /* "<prefix>/<node>" */
	unsigned seconds; /* 0 = until it is interrupted (status: its own default) */
	bool summary;
	unsigned expect; /* different postures */
	bool json;
	bool frames; /* ask the service for frames while watching */
};

/* Options and their values start at argv[1]. 0, 1: help was asked for and given, -EINVAL: told on stderr. */
int options_parse(int argc, char **argv, struct options *ret_options);
void options_help(FILE *stream);

#endif
