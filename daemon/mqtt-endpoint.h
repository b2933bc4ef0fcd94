/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt-endpoint.h - from the [mqtt] settings to what a connection needs: address, client id, checked files, secrets.
 *
 * Files are read at each connection, so that renewed certificates and passwords need no restart. Secrets are wiped
 * by their reader and never become part of a text.
 */
#ifndef DAEMON_MQTT_ENDPOINT_H
#define DAEMON_MQTT_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/mqtt-settings.h"

enum { MQTT_SECRET_MAX = 512, MQTT_NODE_MAX = 64 };

struct mqtt_secret {
	size_t length;
	unsigned char bytes[MQTT_SECRET_MAX];
};

/* What can be said without touching a file: -EINVAL and why in ret_reason (MQTT_REASON_MAX bytes). */
int mqtt_endpoint_check(const struct mqtt_settings *settings, char *ret_reason);
uint16_t mqtt_endpoint_port(const struct mqtt_settings *settings);
/* "mqtts://host:8883", as users write it, or with Paho's own scheme "ssl://". size >= 300. */
void mqtt_endpoint_text(const struct mqtt_settings *settings, bool for_paho, size_t size, char *ret_text);
/* The configured node, or the first label of the host's name. -EINVAL when it can't be part of a topic. */
int mqtt_endpoint_node(const struct mqtt_settings *settings, char ret_node[MQTT_NODE_MAX], char *ret_reason);
bool mqtt_endpoint_uses_psk(const struct mqtt_settings *settings);
/* CA, certificate and key can be opened; else a negative errno and which in ret_reason. */
int mqtt_endpoint_check_files(const struct mqtt_settings *settings, char *ret_reason);

/*
 * The first line of password_file, or of the systemd credential mqtt-password when there is one. Length 0 without
 * either: not every broker wants a password.
 */
int mqtt_endpoint_password(const struct mqtt_settings *settings, struct mqtt_secret *ret_secret, char *ret_reason);
/* The key in psk_file: hexadecimal digits, or a line "identity:digits" as mosquitto writes them. */
int mqtt_endpoint_psk(const struct mqtt_settings *settings, struct mqtt_secret *ret_secret, char *ret_reason);
/* Whether that would work; 0 also when no PSK is used. */
int mqtt_endpoint_psk_check(const struct mqtt_settings *settings, char *ret_reason);
void mqtt_secret_wipe(struct mqtt_secret *secret);

/* Seconds until the next attempt: 1, 2, 4 ... 60, each -20..+20 % by random. */
double mqtt_endpoint_backoff_s(unsigned attempts, uint32_t random);

#endif
