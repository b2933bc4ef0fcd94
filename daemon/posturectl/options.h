/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - what all commands of posturectl understand: which broker, which service, how long, in what form. */
#ifndef DAEMON_POSTURECTL_OPTIONS_H
#define DAEMON_POSTURECTL_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "daemon/mqtt-settings.h"

enum options_way { WAY_ANY, WAY_BUS, WAY_MQTT };
enum options_bus { BUS_ANY, BUS_OF_SYSTEM, BUS_OF_SESSION };

struct options {
	enum options_way way; /* ANY: D-Bus when the service is there, else MQTT */
	enum options_bus bus;
	const char *argument; /* what stands there without an option, NULL = nothing */
	char *const *words;   /* all of them, argument the first; texts are argv's */
	unsigned word_count;
	const char *config; /* NULL = the installed one */
	struct mqtt_settings mqtt;
	char base[200];	  /* "<prefix>/<node>" */
	unsigned seconds; /* 0 = until it is interrupted (status: its own default) */
	bool summary;
	unsigned expect; /* different postures */
	bool json;
	bool frames; /* ask the service for frames while watching */

	bool save;				    /* settings: keep them for the next start */
	const char *posture;			    /* settings: of this posture alone */
	const char *person;			    /* record: whose hand */
	const char *directory;			    /* record: the data set */
	int countdown_s;			    /* record; -1 = usual */
	const char *fresh;			    /* teach: a posture that the model does not know */
	unsigned takes;				    /* teach: of each posture, 0 = usual */
	bool yes, force, rollback, list, no_record; /* teach */
	const char *root;			    /* doctor: look at this machine's files below it, "" = / */
};

/* What the installed service reads. */
#define OPTIONS_CONFIG SYSCONFDIR "/postured/postured.conf"

enum options_form {
	OPTIONS_ARGUMENT = 1,	/* the command takes a word that is no option */
	OPTIONS_WORDS = 4,	/* any number of them */
	OPTIONS_ANY_CONFIG = 2, /* it looks at a bad configuration itself */
};

/* Options and their values start at argv[1]; texts are those of argv. form: OPTIONS_*. 0, 1: help was asked for and given, -EINVAL: told on stderr. */
int options_parse(int argc, char **argv, unsigned form, struct options *ret_options);
void options_help(FILE *stream);

#endif
