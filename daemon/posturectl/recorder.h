/* SPDX-License-Identifier: Apache-2.0 */
/* recorder.h - takes through the running service, for record and teach: collect, judge (take.h), keep. */
#ifndef DAEMON_POSTURECTL_RECORDER_H
#define DAEMON_POSTURECTL_RECORDER_H

#include <signal.h>

#include "daemon/posturectl/bus-client.h"
#include "daemon/posturectl/take.h"

struct recorder {
	const struct options *options;
	struct bus_handlers handlers;
	struct bus_client *client;
	struct take take; /* the last one */
	struct take_verdict verdict;
	const char *label; /* its posture */
	unsigned seconds;
	double rate_hz;
	bool running, gone;
	const volatile sig_atomic_t *stop; /* ends a take at once; NULL: nothing does */
	char user[32], directory[512];
};

/* A posture's name that can be a directory's: 0, or -EINVAL and what is allowed. */
int recorder_check_label(const char *label, char *ret_reason);
/* The data set, whose hand it is, and how long a take is, as options say; usual_seconds without. -EINVAL, and why. */
int recorder_prepare(struct recorder *recorder, const struct options *options, unsigned usual_seconds,
		     char *ret_reason);
/* Finds the service. The recorder must stay where it is until it is closed. */
int recorder_open(struct recorder *recorder, char *ret_reason);
void recorder_close(struct recorder *recorder);

/*
 * Counts down, collects, judges; keeps the take when recorder->verdict is good. Negative errno: it came to no take;
 * -EINTR: stopped, and nothing of it is kept.
 */
int recorder_take(struct recorder *recorder, const char *label, char *ret_reason);
/* "42 frames, 40 in the gate, ..." on a line. */
void recorder_print(const struct recorder *recorder, FILE *stream);

#endif
