/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postured-m4.c - starts and stops our firmware on the Cortex-M4. Run by postured-m4.service as root, because the service
 * itself may not write to sysfs. What this machine lacks is said in one line and is no failure: postured works without.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcu-offload/remoteproc.h"
#include "mcu-offload/sysfs.h"

static int usage(FILE *stream, int status)
{
	fputs("usage: postured-m4 start|stop|status [OPTION]...\n"
	      "Starts and stops postured's firmware on the Cortex-M4 of an STM32MP1. A firmware that isn't\n"
	      "postured's is left alone.\n"
	      "\n"
	      "  --firmware NAME   below /lib/firmware [" REMOTEPROC_FIRMWARE "]\n"
	      "  --root DIR        where sys/ and lib/ are, for tests\n"
	      "  --version, --help\n"
	      "\n"
	      "Exit status: 0 also when there is nothing to do: no Cortex-M4, no firmware installed, or another one\n"
	      "running there; 1 when the kernel refuses, 2 for wrong usage. status: 0 when ours runs, 3 when it doesn't.\n",
	      stream);
	return status;
}

static int run(struct remoteproc *remoteproc, const char *verb)
{
	enum remoteproc_outcome outcome;
	bool status = strcmp(verb, "status") == 0;

	if (strcmp(verb, "start") == 0)
		outcome = remoteproc_start(remoteproc);
	else if (strcmp(verb, "stop") == 0)
		outcome = remoteproc_stop(remoteproc);
	else if (status)
		outcome = remoteproc_look(remoteproc);
	else
		return usage(stderr, 2);
	fprintf(outcome == REMOTEPROC_FAILED ? stderr : stdout, "postured-m4: %s\n", remoteproc->reason);
	if (status)
		return outcome == REMOTEPROC_RUNNING || outcome == REMOTEPROC_ATTACHED ? 0 : 3;
	return outcome == REMOTEPROC_FAILED ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option table[] = {
		{"firmware", required_argument, NULL, 'f'},
		{"root", required_argument, NULL, 'r'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct remoteproc remoteproc = {
		.root = "", .firmware = REMOTEPROC_FIRMWARE, .patience_ms = 3000, .write = sysfs_write};
	int option;

	while ((option = getopt_long(argc, argv, "", table, NULL)) >= 0) {
		switch (option) {
		case 'f':
			remoteproc.firmware = optarg;
			break;
		case 'r':
			remoteproc.root = optarg;
			remoteproc.patience_ms = 200;
			break;
		case 'v':
			printf("postured-m4 %s\n", PACKAGE_VERSION);
			return 0;
		case 'h':
			return usage(stdout, 0);
		default:
			return 2;
		}
	}
	if (optind + 1 != argc)
		return usage(stderr, 2);
	return run(&remoteproc, argv[optind]);
}
