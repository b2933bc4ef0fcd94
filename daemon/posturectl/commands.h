/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - what posturectl can do: each command is a file of its own and a row in main.c's table. */
#ifndef DAEMON_POSTURECTL_COMMANDS_H
#define DAEMON_POSTURECTL_COMMANDS_H

#include "daemon/posturectl/options.h"

enum { EXIT_USAGE = 2 };

/* Return the exit status. */
int doctor_run(const struct options *options);
int monitor_run(const struct options *options);
int record_run(const struct options *options);
int teach_run(const struct options *options);
int status_run(const struct options *options);
int watch_run(const struct options *options);

/* settings.c */
int backend_run(const struct options *options);
int frames_run(const struct options *options);
int threshold_run(const struct options *options);

#endif
