/* SPDX-License-Identifier: Apache-2.0 */
/* bus-payload.h - signals of D-Bus as the payloads that MQTT's topics have, so that all that shows them is shared. */
#ifndef DAEMON_POSTURECTL_BUS_PAYLOAD_H
#define DAEMON_POSTURECTL_BUS_PAYLOAD_H

#include "daemon/posturectl/bus-client.h"

/* To be freed with free(); NULL when memory is short. */
char *bus_payload_event(const struct bus_posture *posture);
char *bus_payload_frame(const struct bus_frame *frame);

#endif
