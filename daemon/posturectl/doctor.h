/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor.h - posturectl doctor: one finding a part, each with what to do.
 *
 * A service that runs is asked and never disturbed: then nobody but it touches the sensor. Without it the doctor looks
 * itself, at the files below root, which is "" except for a look at another machine's file system.
 */
#ifndef DAEMON_POSTURECTL_DOCTOR_H
#define DAEMON_POSTURECTL_DOCTOR_H

#include <stdbool.h>

#include "daemon/config.h"
#include "daemon/posturectl/bus-client.h"
#include "daemon/posturectl/options.h"
#include "daemon/posturectl/report.h"

enum doctor_level { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };
enum { DOCTOR_FINDINGS_MAX = 24, DOCTOR_TEXT = 400 };

struct doctor_finding {
	const char *part;
	enum doctor_level level;
	char text[DOCTOR_TEXT];
	char advice[DOCTOR_TEXT]; /* "" when nothing has to be done */
};

struct doctor {
	const struct options *options;
	struct config config; /* defaults when it has faults */
	bool asked;	      /* the service has answered: report is its word */
	bool running;	      /* its process is there, whether it answers or not */
	struct report_diagnostics report;
	struct doctor_finding finding[DOCTOR_FINDINGS_MAX];
	unsigned findings;
};

/* The newest finding's advice is set by doctor_advise(). */
void doctor_note(struct doctor *doctor, const char *part, enum doctor_level level, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void doctor_advise(struct doctor *doctor, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* doctor-service.c: configuration, the process, groups. First of all: the others go by what it finds. */
void doctor_service(struct doctor *doctor);
/* doctor-sensor.c: bus, chip, firmware, clock, INT line. */
void doctor_sensor(struct doctor *doctor);
/* doctor-m4.c: the other core. */
void doctor_m4(struct doctor *doctor);
/* doctor-broker.c: broker and credentials. */
void doctor_broker(struct doctor *doctor);

#endif
