/* SPDX-License-Identifier: Apache-2.0 */
/* mqtt-reason.c - see mqtt-reason.h. */
#include <stdio.h>
#include <string.h>

#include "daemon/mqtt-reason.h"

static const struct {
	int code;
	const char *text;
} reasons[] = {
	{0x80, "unspecified error"},
	{0x81, "malformed packet"},
	{0x82, "protocol error"},
	{0x83, "the broker has a reason of its own: see its log"},
	{0x84, "the broker does not speak this version of MQTT"},
	{0x85, "client id refused: set another mqtt.client_id"},
	{0x86, "wrong user name or password: check mqtt.user and mqtt.password_file"},
	{0x87, "not authorized: check the broker's access list for this user and topic"},
	{0x88, "the broker is not available"},
	{0x89, "the broker is busy"},
	{0x8a, "banned by the broker"},
	{0x8b, "the broker is shutting down"},
	{0x8c, "bad authentication method"},
	{0x8d, "keep-alive timeout"},
	{0x8e,
	 "another client with the same client id took over: set mqtt.client_id or mqtt.node so that it is unique"},
	{0x8f, "topic filter refused"},
	{0x90, "topic refused"},
	{0x93, "too many messages in flight"},
	{0x95, "packet too large for the broker"},
	{0x96, "too many messages: the broker's rate limit"},
	{0x97, "the broker's quota is exceeded"},
	{0x98, "disconnected by the broker's administrator"},
	{0x99, "payload format refused"},
	{0x9a, "the broker does not keep retained messages: set mqtt.retain = no"},
	{0x9b, "the broker does not support this QoS: lower mqtt.qos"},
	{0x9c, "use another server"},
	{0x9d, "the server moved"},
	{0x9f, "connection rate exceeded"},
};

/* MQTT 3.1.1's CONNACK codes, as the reason of MQTT 5 that means the same. */
static const int connack_311[] = {0, 0x84, 0x85, 0x88, 0x86, 0x87};

const char *mqtt_reason_text(int code)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == code)
			return reasons[i].text;
	return NULL;
}

void mqtt_reason_tls(const char *line, size_t length, size_t size, char *ret_text)
{
	const char *start = line, *end;
	size_t rest = length;

	for (unsigned field = 0; field < 5; field++) {
		const char *colon = memchr(start, ':', rest);

		if (!colon)
			break;
		rest -= (size_t)(colon + 1 - start);
		start = colon + 1;
	}
	end = memchr(start, ':', rest);
	if (end)
		rest = (size_t)(end - start);
	while (rest && (start[rest - 1] == '\n' || start[rest - 1] == '\0'))
		rest--;
	snprintf(ret_text, size, "%.*s", (int)rest, start);
}

/* An old broker answers a CONNECT of version 5 with its own code 1. */
static int failure_reason(const struct mqtt_failure *failure)
{
	if (failure->code > 0 && (size_t)failure->code < sizeof(connack_311) / sizeof(connack_311[0]))
		return connack_311[failure->code];
	return failure->code >= 0x80 ? failure->code : 0;
}

bool mqtt_failure_is_protocol(const struct mqtt_failure *failure)
{
	return failure_reason(failure) == MQTT_REASON_UNSUPPORTED_PROTOCOL;
}

static void tls_text(const struct mqtt_failure *failure, size_t size, char *ret_text)
{
	if (strstr(failure->tls, "certificate verify failed"))
		snprintf(ret_text, size,
			 "TLS: the broker's certificate is not trusted: check mqtt.ca_file and its dates");
	else if (strstr(failure->tls, "certificate required") || strstr(failure->tls, "handshake failure"))
		snprintf(ret_text, size,
			 "TLS: the broker refuses us: check mqtt.cert_file, mqtt.key_file or the PSK (%.60s)",
			 failure->tls);
	else if (failure->tls[0])
		snprintf(ret_text, size, "TLS: %.150s", failure->tls);
	else
		snprintf(ret_text, size, "TLS: the broker's certificate is not made for \"%.100s\"", failure->host);
}

void mqtt_failure_text(const struct mqtt_failure *failure, size_t size, char *ret_text)
{
	int reason = failure_reason(failure);
	const char *known = mqtt_reason_text(reason);
	bool handshake = strstr(failure->library, "TLS") || strstr(failure->library, "SSL");

	if (known)
		snprintf(ret_text, size, "%s", known);
	else if (reason)
		snprintf(ret_text, size, "refused by the broker with reason 0x%02x", (unsigned)reason);
	else if (failure->with_tls && (failure->tls[0] || (failure->verify && handshake)))
		tls_text(failure, size, ret_text);
	else if (failure->library[0])
		snprintf(ret_text, size, "can't reach the broker: %.120s", failure->library);
	else
		snprintf(ret_text, size,
			 "can't reach the broker: check that mqtt.host and mqtt.port are right, and that it runs");
}
