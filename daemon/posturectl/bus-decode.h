/* SPDX-License-Identifier: Apache-2.0 */
/* bus-decode.h - the service's signals, read with checked bounds (layouts: daemon/dbus-names.h). */
#ifndef DAEMON_POSTURECTL_BUS_DECODE_H
#define DAEMON_POSTURECTL_BUS_DECODE_H

#include <systemd/sd-bus.h>

#include "daemon/posturectl/bus-client.h"

/* 0, or -EBADMSG with the target untouched. */
int bus_decode_posture(sd_bus_message *signal, struct bus_posture *ret_posture);
int bus_decode_frame(sd_bus_message *signal, struct bus_frame *ret_frame);

#endif
