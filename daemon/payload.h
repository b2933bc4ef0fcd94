/* SPDX-License-Identifier: Apache-2.0 */
/*
 * payload.h - messages as JSON texts. The fields are described by docs/schema/; numbers are rounded to what the
 * sensor can tell (whole millimetres, probabilities to four places), times are UTC with milliseconds.
 *
 *   posture      {"posture":"Like","confidence":0.9412,"distance_mm":243,"hand":true,"seq":8123,"ts":"...Z"}
 *   event        the same, and "event_type" (= posture), "previous"
 *   frame        the same, and "class", "probabilities":{LABEL: p, ...}, "label": what a labelled recording says it is,
 *                and with zones "cols", "zones_mm":[64], "zones_kcps":[64], row by row, null = no valid target
 *   diagnostics  state and counters of sensor, link, model and service
 *
 * "ts" is null when the time is unknown (a recording without one). Each function returns a text to be freed with
 * free(), or NULL when memory is short.
 */
#ifndef DAEMON_PAYLOAD_H
#define DAEMON_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/publish.h"

enum { PAYLOAD_TIME = 32 };

char *payload_posture(const struct message *message);
char *payload_event(const struct message *message);
char *payload_frame(const struct message *message, bool zones);
char *payload_diagnostics(const struct message *message);
/* "online" or "offline": a literal, not JSON. */
const char *payload_availability(const struct message *message);

/* "None" for DECIDE_NONE. */
const char *payload_label(const struct nn_description *model, int posture);

/* "2026-11-21T07:01:45.120Z" */
void payload_time(uint64_t wall_us, char ret_text[PAYLOAD_TIME]);

#endif
