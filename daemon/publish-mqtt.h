/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish-mqtt.h - the publisher for a broker: topics, payloads, discovery and commands on top of mqtt-link.h.
 *
 *   <prefix>/<node>/availability  retained, also the last will: "online", "offline"
 *   <prefix>/<node>/posture       retained: what is seen now
 *   <prefix>/<node>/event         never retained: one message a change
 *   <prefix>/<node>/diagnostics   retained, expires after three periods with MQTT 5
 *   <prefix>/<node>/frame         off by default, at most frame_hz a second
 *   <prefix>/<node>/setting/<key> retained: the value in use of what set/<key> changes
 *   <prefix>/<node>/set/<key>     subscribed: plain text
 *   <discovery_prefix>/device/<prefix>_<node>/config  retained: discovery.h
 *
 * After each connect: subscribe, discovery, availability, state. The service counts as online until a message of kind
 * MESSAGE_AVAILABILITY says otherwise. MESSAGE_FRAME may always come: it costs nothing while frames are off.
 */
#ifndef DAEMON_PUBLISH_MQTT_H
#define DAEMON_PUBLISH_MQTT_H

#include "daemon/health.h"
#include "daemon/mqtt-settings.h"
#include "daemon/publish.h"

enum { PUBLISH_MQTT_REASON_MAX = 384 };

struct publish_mqtt_hooks {
	/*
	 * Somebody wrote value to set/<key>: printable text of 1..63 bytes each, key may have levels. Returns 0, or a negative errno and
	 * why in ret_reason (PUBLISH_MQTT_REASON_MAX bytes). "frame" never comes here: the publisher does it itself.
	 */
	int (*command)(void *userdata, const char *key, const char *value, char *ret_reason);
	/* For the journal: connected, lost, refused. level is one of syslog's LOG_*. NULL = silent. */
	void (*notice)(void *userdata, int level, const char *text);
	void *userdata;
};

/* A broker that can't be reached is not an error. -EINVAL: the settings are wrong, ret_reason says which and how. */
int publish_mqtt_open(const struct mqtt_settings *settings, const struct nn_description *model,
		      const struct publish_mqtt_hooks *hooks, struct publisher **ret_publisher, char *ret_reason);
/* New settings or another model. Reconnects only when it must. On failure the old ones stay. */
int publish_mqtt_update(struct publisher *publisher, const struct mqtt_settings *settings,
			const struct nn_description *model, char *ret_reason);
/* Tells the value in use: at the start, and after each change, also by other ways than set/<key>. */
int publish_mqtt_setting(struct publisher *publisher, const char *key, const char *value);
void publish_mqtt_health(struct publisher *publisher, struct link_health *ret_health);

#endif
