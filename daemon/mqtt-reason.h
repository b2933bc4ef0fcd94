/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt-reason.h - why the broker said no, in words that tell what to do. Pure.
 *
 * Codes: OASIS MQTT 5.0 section 2.4 (reason codes, 0x80 and above are failures), MQTT 3.1.1 section 3.2.2.3
 * (CONNACK return codes 1..5).
 */
#ifndef DAEMON_MQTT_REASON_H
#define DAEMON_MQTT_REASON_H

#include <stdbool.h>
#include <stddef.h>

enum mqtt_reason_code {
	MQTT_REASON_UNSUPPORTED_PROTOCOL = 0x84,
	MQTT_REASON_NOT_AUTHORIZED = 0x87,
	MQTT_REASON_TAKEN_OVER = 0x8e,
};

/* What is known of a failed attempt; codes are 0 and texts "" when they are not. */
struct mqtt_failure {
	unsigned protocol;   /* 5 or 4 */
	int code;	     /* CONNACK's code, of either protocol */
	const char *library; /* what Paho says */
	const char *tls;     /* what OpenSSL says */
	bool with_tls, verify;
	const char *host;
};

/* The broker does not speak this version of MQTT. */
bool mqtt_failure_is_protocol(const struct mqtt_failure *failure);
void mqtt_failure_text(const struct mqtt_failure *failure, size_t size, char *ret_text);
/* MQTT 5 code of CONNACK, PUBACK, SUBACK or DISCONNECT; NULL for an unknown one. */
const char *mqtt_reason_text(int code);
/* The reason in a line of OpenSSL's error queue, "thread:error:code:library:function:REASON:file:line". */
void mqtt_reason_tls(const char *line, size_t length, size_t size, char *ret_text);

#endif
