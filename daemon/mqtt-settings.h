/* SPDX-License-Identifier: Apache-2.0 */
/* mqtt-settings.h - the [mqtt] section, as config.c fills it and mqtt-link.c, publish-mqtt.c and posturectl read it. */
#ifndef DAEMON_MQTT_SETTINGS_H
#define DAEMON_MQTT_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct mqtt_settings {
	bool enabled;
	char host[256];
	uint16_t port;	    /* 0 = 1883, or 8883 with tls */
	unsigned protocol;  /* 5 (falls back to 3.1.1 when the broker refuses it), 4 = 3.1.1 only */
	char client_id[64]; /* "" = "postured-<node>" */
	uint16_t keepalive_s;
	char user[128];
	char password_file[256]; /* "" = $CREDENTIALS_DIRECTORY/mqtt-password when it exists */
	bool tls;
	char ca_file[256]; /* "" = the system's */
	char cert_file[256], key_file[256];
	char psk_identity[128], psk_file[256];
	bool verify; /* broker's certificate and host name; false is reported */

	char prefix[128]; /* "postured" */
	char node[64];	  /* [a-zA-Z0-9_-]+, "" = host name */
	bool retain;	  /* false: nothing is ever retained */
	uint8_t qos;	  /* of posture and event */
	bool discovery;
	char discovery_prefix[64]; /* "homeassistant" */
	uint16_t diagnostics_s;	   /* 0 = off */
	uint16_t heartbeat_s;	   /* posture repeated when nothing changed, 0 = only on change */
	bool frame;		   /* publish frames */
	uint8_t frame_hz;	   /* at most */
};

#endif
