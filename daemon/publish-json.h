/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish-json.h - the publisher for pipes and terminals: one JSON object a line.
 *
 * An object an event, or with frames one a frame (payload.h). A reader that is slow makes a filter wait, but never
 * the live service: there the line is dropped and counted.
 */
#ifndef DAEMON_PUBLISH_JSON_H
#define DAEMON_PUBLISH_JSON_H

#include "daemon/publish.h"

struct publish_json_config {
	int fd;	     /* borrowed */
	bool frames; /* one object a frame instead of one an event */
	bool zones;  /* with frames: the zones too */
	bool wait;   /* a filter: collect lines, and wait for the reader; else each line at once or never */
};

int publish_json_open(const struct publish_json_config *config, struct publisher **ret_publisher);

/* True when the reader has gone: nothing will be written any more. */
bool publish_json_closed(const struct publisher *publisher);
/* Lines that the live service dropped. */
uint64_t publish_json_dropped(const struct publisher *publisher);

#endif
