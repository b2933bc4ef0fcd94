/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discovery.h - the text by which Home Assistant learns of us: device-based MQTT discovery, one message for all.
 *
 *   topic    <discovery_prefix>/device/<object id>/config, retained; an empty payload removes the device
 *   payload  {"device":{..}, "origin":{..}, "components":{NAME:{"platform":.., "unique_id":.., ..}, ..}, shared keys}
 *
 * Pure: settings and model in, text out. Source: Home Assistant's documentation of its MQTT integration.
 */
#ifndef DAEMON_DISCOVERY_H
#define DAEMON_DISCOVERY_H

#include <stddef.h>

#include "daemon/mqtt-settings.h"
#include "nn/classifier.h"

/* Topic of the discovery message. node is the one in use, also when the settings leave it to the host name. */
void discovery_topic(const struct mqtt_settings *settings, const char *node, size_t size, char *ret_topic);
/* To be freed with free(); NULL when memory is short. base is "<prefix>/<node>". */
char *discovery_text(const struct mqtt_settings *settings, const char *node, const char *base,
		     const struct nn_description *model);

#endif
