/* SPDX-License-Identifier: Apache-2.0 */
/* bus-private.h - what bus-client.c and bus-models.c share. */
#ifndef DAEMON_POSTURECTL_BUS_PRIVATE_H
#define DAEMON_POSTURECTL_BUS_PRIVATE_H

#include <systemd/sd-bus.h>

#include "daemon/posturectl/bus-client.h"

sd_bus *bus_client_bus(struct bus_client *client);
/* Frees error, says it in ret_reason; returns r, or -EACCES when the bus's policy forbids the call. */
int bus_client_refuse(int r, sd_bus_error *error, char *ret_reason);

#endif
