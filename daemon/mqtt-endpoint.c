/* SPDX-License-Identifier: Apache-2.0 */
/* mqtt-endpoint.c - see mqtt-endpoint.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/mqtt-endpoint.h"
#include "daemon/mqtt-link.h"

enum { PORT_PLAIN = 1883, PORT_TLS = 8883, BACKOFF_DOUBLINGS = 6, BACKOFF_MAX_S = 60 };

__attribute__((format(printf, 3, 4))) static int refuse(char *ret_reason, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ret_reason, MQTT_REASON_MAX, format, arguments);
	va_end(arguments);
	return error;
}

static bool host_is_valid(const char *host)
{
	for (const char *c = host; *c; c++)
		if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f || strchr("/@[]#?%\\", *c))
			return false;
	return *host != '\0';
}

int mqtt_endpoint_check(const struct mqtt_settings *settings, char *ret_reason)
{
	if (!host_is_valid(settings->host))
		return refuse(ret_reason, -EINVAL,
			      "mqtt.host: a host name or an address is needed, without scheme or port");
	if (settings->protocol != 4 && settings->protocol != 5)
		return refuse(ret_reason, -EINVAL, "mqtt.protocol: 5 or 4 (which is MQTT 3.1.1)");
	if (settings->qos > 2)
		return refuse(ret_reason, -EINVAL, "mqtt.qos: 0, 1 or 2");
	if (!settings->tls && (settings->ca_file[0] || settings->cert_file[0] || settings->psk_identity[0]))
		return refuse(ret_reason, -EINVAL, "mqtt.tls: must be yes when certificates or a PSK are set");
	if (!settings->cert_file[0] && settings->key_file[0])
		return refuse(ret_reason, -EINVAL,
			      "mqtt.cert_file: the certificate that belongs to key_file is needed");
	if (!settings->psk_identity[0] != !settings->psk_file[0])
		return refuse(ret_reason, -EINVAL, "mqtt.psk_identity and mqtt.psk_file: both or none");
	if (settings->psk_identity[0] && (settings->ca_file[0] || settings->cert_file[0]))
		return refuse(ret_reason, -EINVAL, "mqtt.psk_identity: certificates and a PSK exclude each other");
	if (settings->password_file[0] && !settings->user[0])
		return refuse(ret_reason, -EINVAL, "mqtt.user: is needed with password_file");
	return 0;
}

uint16_t mqtt_endpoint_port(const struct mqtt_settings *settings)
{
	if (settings->port)
		return settings->port;
	return settings->tls ? PORT_TLS : PORT_PLAIN;
}

void mqtt_endpoint_text(const struct mqtt_settings *settings, bool for_paho, size_t size, char *ret_text)
{
	const char *plain = for_paho ? "tcp" : "mqtt", *tls = for_paho ? "ssl" : "mqtts";
	bool ipv6 = strchr(settings->host, ':') != NULL;

	snprintf(ret_text, size, "%s://%s%s%s:%u", settings->tls ? tls : plain, ipv6 ? "[" : "", settings->host,
		 ipv6 ? "]" : "", mqtt_endpoint_port(settings));
}

static bool is_word(const char *text)
{
	return *text && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

int mqtt_endpoint_node(const struct mqtt_settings *settings, char ret_node[MQTT_NODE_MAX], char *ret_reason)
{
	char host[256] = "";

	if (settings->node[0]) {
		if (!is_word(settings->node))
			return refuse(ret_reason, -EINVAL, "mqtt.node: \"%s\": letters, digits, - and _ are allowed",
				      settings->node);
		strcpy(ret_node, settings->node);
		return 0;
	}
	gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	for (char *c = host; *c; c++)
		if (!is_word((char[]){*c, '\0'}))
			*c = '-';
	snprintf(ret_node, MQTT_NODE_MAX, "%.63s", host[0] ? host : "localhost");
	return 0;
}

bool mqtt_endpoint_uses_psk(const struct mqtt_settings *settings)
{
	return settings->tls && settings->psk_identity[0];
}

int mqtt_endpoint_check_files(const struct mqtt_settings *settings, char *ret_reason)
{
	const struct {
		const char *key, *path;
	} files[] = {
		{"ca_file", settings->ca_file},
		{"cert_file", settings->cert_file},
		{"key_file", settings->key_file},
	};

	for (size_t i = 0; settings->tls && i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i].path[0] && access(files[i].path, R_OK) < 0)
			return refuse(ret_reason, -errno, "mqtt.%s: can't read %s: %s", files[i].key, files[i].path,
				      strerror(errno));
	return 0;
}

void mqtt_secret_wipe(struct mqtt_secret *secret)
{
	explicit_bzero(secret, sizeof(*secret));
}

/* The first line of a small file. */
static int secret_read(const char *path, const char *key, struct mqtt_secret *ret_secret, char *ret_reason)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t length = -1;
	unsigned char *end;
	int error;

	if (fd >= 0)
		length = read(fd, ret_secret->bytes, sizeof(ret_secret->bytes));
	error = errno;
	if (fd >= 0)
		close(fd);
	if (length < 0)
		return refuse(ret_reason, -error, "mqtt.%s: can't read %s: %s", key, path, strerror(error));
	end = memchr(ret_secret->bytes, '\n', (size_t)length);
	ret_secret->length = end ? (size_t)(end - ret_secret->bytes) : (size_t)length;
	if (ret_secret->length && ret_secret->bytes[ret_secret->length - 1] == '\r')
		ret_secret->length--;
	if (ret_secret->length == 0 || ret_secret->length == sizeof(ret_secret->bytes)) {
		mqtt_secret_wipe(ret_secret);
		return refuse(ret_reason, -EBADMSG, "mqtt.%s: the first line of %s must hold 1..%u bytes", key, path,
			      MQTT_SECRET_MAX - 1);
	}
	return 0;
}

int mqtt_endpoint_password(const struct mqtt_settings *settings, struct mqtt_secret *ret_secret, char *ret_reason)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	char path[512];

	if (settings->password_file[0])
		return secret_read(settings->password_file, "password_file", ret_secret, ret_reason);
	ret_secret->length = 0;
	if (!credentials || !settings->user[0])
		return 0;
	if (snprintf(path, sizeof(path), "%s/mqtt-password", credentials) >= (int)sizeof(path) ||
	    access(path, F_OK) < 0)
		return 0;
	return secret_read(path, "password_file", ret_secret, ret_reason);
}

static int hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int mqtt_endpoint_psk(const struct mqtt_settings *settings, struct mqtt_secret *ret_secret, char *ret_reason)
{
	struct mqtt_secret text;
	const unsigned char *digits;
	size_t count;
	int r = secret_read(settings->psk_file, "psk_file", &text, ret_reason);

	if (r < 0)
		return r;
	digits = memchr(text.bytes, ':', text.length);
	digits = digits ? digits + 1 : text.bytes;
	count = text.length - (size_t)(digits - text.bytes);
	if (count == 0 || count % 2)
		r = -EBADMSG;
	for (size_t i = 0; r == 0 && i < count; i += 2) {
		int high = hex_digit(digits[i]), low = hex_digit(digits[i + 1]);

		if (high < 0 || low < 0)
			r = -EBADMSG;
		else
			ret_secret->bytes[i / 2] = (unsigned char)(high * 16 + low);
	}
	ret_secret->length = count / 2;
	mqtt_secret_wipe(&text);
	if (r < 0) {
		mqtt_secret_wipe(ret_secret);
		return refuse(ret_reason, r,
			      "mqtt.psk_file: %s must hold pairs of hexadecimal digits, or identity:digits",
			      settings->psk_file);
	}
	return 0;
}

int mqtt_endpoint_psk_check(const struct mqtt_settings *settings, char *ret_reason)
{
	struct mqtt_secret secret;
	int r;

	if (!mqtt_endpoint_uses_psk(settings))
		return 0;
	r = mqtt_endpoint_psk(settings, &secret, ret_reason);
	if (r == 0)
		mqtt_secret_wipe(&secret);
	return r;
}

double mqtt_endpoint_backoff_s(unsigned attempts, uint32_t random)
{
	double base = attempts < BACKOFF_DOUBLINGS ? (double)(1u << attempts) : BACKOFF_MAX_S;
	double jitter = 0.8 + 0.4 * ((double)random / (double)UINT32_MAX);

	return base * jitter > BACKOFF_MAX_S ? BACKOFF_MAX_S : base * jitter;
}
